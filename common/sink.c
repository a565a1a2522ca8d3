/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/backoff.h"
#include "common/bus.h"
#include "common/bus_options.h"
#include "common/clock.h"
#include "common/cursor.h"
#include "common/daemon.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/sink.h"
#include "common/timestamp.h"

#define CURSOR_INTERVAL_NS NS_PER_S
#define FRAME_ARENA_BYTES_MAX (256u << 20)
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 30000

#define SINK_COUNTERS(X) \
	X(frames_written, COUNTER, "frames the back end has taken") \
	X(frames_dropped, COUNTER, "frames given up") \
	X(frames_retried, COUNTER, "attempts that failed and were repeated") \
	X(frames_undecodable, COUNTER, "lines that were no frames") \
	X(cursor_errors, COUNTER, "cursors that could not be stored")
COUNTERS_STRUCT(sink_counters, SINK_COUNTERS)

static struct {
	const char *live, *replay, *name;
	uint64_t retry_max;
} conf;

static const struct opt sink_options[] = {
	OPT_STRING("out-bus", conf.live, NULL, "URL",
	    "take frames from here; default ipc:// in the run directory"),
	OPT_STRING("out-replay", conf.replay, NULL, "URL",
	    "ask here for frames that were missed"),
	OPT_STRING("name", conf.name, NULL, "NAME",
	    "names the cursor, for two sinks of one kind on one machine"),
	OPT_U64("retry-max", conf.retry_max, "0", "N",
	    "give a frame up after N attempts; 0: never"),
	OPT_END
};

/* The line that is tried again; its text belongs to us meanwhile. */
struct parked {
	struct frame_line line;
	struct buf text;
	bool is_there;
};

struct sink {
	const struct sink_ops *ops;
	void *self;
	struct daemon daemon;
	struct bus_sub *out;
	struct cursor cursor;
	struct arena arena;
	struct backoff backoff;
	struct loop_timer retry;
	struct loop_timer store;
	struct parked parked;
	uint64_t attempts;		/* of the frame in hand */
	struct log_condition failing;
	struct log_condition dropping;
	struct log_condition cursor_failing;
	struct sink_counters counters;
	struct bus_sub_counters sub_counters;
};

bool
sink_is_stopping(void)
{
	return loop_signal_pending() != 0;
}

static void
store_cursor(struct sink *s)
{
	struct err err;

	if (cursor_store(&s->cursor, &err)) {
		if (log_clear(&s->cursor_failing))
			log_info("cursor_stored path=%s", s->cursor.path);
		return;
	}
	s->counters.cursor_errors++;
	if (log_onset(&s->cursor_failing, clock_mono_ns()))
		log_err("cursor_not_stored seen=%" PRIu64 " error=%s",
		    s->cursor_failing.seen, log_qs(err.msg));
}

static void
on_store(void *arg)
{
	store_cursor(arg);
}

static void
done_with(struct sink *s, const struct frame_line *line)
{
	s->attempts = 0;
	backoff_reset(&s->backoff);
	cursor_set(&s->cursor, line->epoch, line->seq);
	if (!loop_timer_is_set(&s->store))
		loop_timer_set_ns(&s->store, CURSOR_INTERVAL_NS);
}

static void
drop(struct sink *s, const struct frame_line *line, const struct err *err)
{
	s->counters.frames_dropped++;
	if (log_onset(&s->dropping, clock_mono_ns()))
		log_warn("frame_dropped epoch=%" PRIu64 " seq=%" PRIu64
		    " seen=%" PRIu64 " error=%s", line->epoch, line->seq,
		    s->dropping.seen, log_qs(err->msg));
	done_with(s, line);
}

/* Takes a copy of the line, and no others until it is done with. */
static void
park(struct sink *s, const struct frame_line *line)
{
	struct parked *p = &s->parked;

	if (p->is_there)
		return;
	buf_reset(&p->text);
	buf_add_str(&p->text, line->json);
	buf_pad(&p->text);
	p->line = (struct frame_line){
		.topic = STR("node"),
		.epoch = line->epoch,
		.seq = line->seq,
		.json = buf_str(&p->text),
	};
	p->is_there = !p->text.failed;
	bus_sub_pause(s->out, p->is_there);
}

static void
retry(struct sink *s, const struct frame_line *line, const struct err *err)
{
	int64_t wait_ms;

	if (sink_is_stopping()) {	/* it comes again at the next start */
		park(s, line);
		return;
	}
	s->attempts++;
	if (conf.retry_max > 0 && s->attempts >= conf.retry_max) {
		drop(s, line, err);
		return;
	}
	s->counters.frames_retried++;
	wait_ms = backoff_step_ms(&s->backoff, (uint32_t)random());
	if (log_onset(&s->failing, clock_mono_ns()))
		log_warn("write_failed attempts=%" PRIu64 " retry_in_ms=%"
		    PRId64 " error=%s", s->attempts, wait_ms,
		    log_qs(err->msg));
	park(s, line);
	loop_timer_set_ns(&s->retry, wait_ms * NS_PER_MS);
}

static void
write_line(struct sink *s, const struct frame_line *line)
{
	struct frame f;
	struct sink_frame frame = { &f, line->topic, line->json };
	struct err err = { "" };

	arena_reset(&s->arena);
	if (!frame_decode(&f, &s->arena, line->json, &err)) {
		s->counters.frames_undecodable++;
		drop(s, line, &err);
		return;
	}
	frame.topic = frame_kind_name(f.kind);
	switch (s->ops->write(s->self, &frame, &err)) {
	case SINK_OK:
		if (log_clear(&s->failing))
			log_info("write_succeeded attempts=%" PRIu64,
			    s->attempts + 1);
		log_clear(&s->dropping);
		s->counters.frames_written++;
		done_with(s, line);
		break;
	case SINK_RETRY:
		retry(s, line, &err);
		break;
	case SINK_DROP:
		drop(s, line, &err);
		break;
	}
}

static void
on_line(void *arg, const struct frame_line *line)
{
	write_line(arg, line);
}

static void
on_retry(void *arg)
{
	struct sink *s = arg;
	uint64_t attempts = s->attempts;

	if (s->parked.is_there)
		write_line(s, &s->parked.line);
	if (s->parked.is_there && s->attempts > attempts)
		return;			/* and again */
	s->parked.is_there = false;
	bus_sub_resume(s->out);
}

static bool
open_all(struct sink *s, char **operands, const struct bus_address *address,
    struct err *err)
{
	char *path = xasprintf("%s/sink-%s.cursor", s->daemon.state_dir,
	    conf.name);
	struct bus_sub_conf sub = {
		.address = *address,
		.on_line = on_line,
		.arg = s,
	};
	bool ok = cursor_load(&s->cursor, path, err);

	free(path);
	if (!ok || !s->ops->init(s->self, operands, err))
		return false;
	s->out = bus_sub_open(&s->daemon.loop, &sub, &s->sub_counters, err);
	if (s->out == NULL)
		return false;
	for (size_t i = 0; i < s->cursor.n; i++)
		bus_sub_seed(s->out, s->cursor.entries[i].epoch,
		    s->cursor.entries[i].seq);
	return true;
}

/* Those of the command line, or the one of the environment: a launcher gives
 * it there since it may have a password in it.  No process that we start has
 * it in turn. */
static char **
find_operands(char **argv, int first_operand)
{
	static char *from_environment[2];
	const char *text = getenv(SINK_OPERAND_VARIABLE);

	if (text == NULL || *text == '\0' || argv[first_operand] != NULL)
		return argv + first_operand;
	from_environment[0] = xstrdup(text);
	unsetenv(SINK_OPERAND_VARIABLE);
	return from_environment;
}

static void
close_all(struct sink *s)
{
	store_cursor(s);
	bus_sub_close(s->out);
	if (s->ops->fini != NULL)
		s->ops->fini(s->self);
	cursor_fini(&s->cursor);
	loop_timer_fini(&s->retry);
	loop_timer_fini(&s->store);
	buf_fini(&s->parked.text);
	arena_fini(&s->arena);
	free(s->self);
}

static void
check_options(const struct opt_program *program)
{
	if (conf.name != NULL && !daemon_is_name(conf.name))
		opt_usage(program, "--name=%s: not a file name", conf.name);
	bus_check(program, conf.live, conf.replay, bus_security);
}

int
sink_main(const struct sink_ops *ops, int argc, char **argv)
{
	static const struct opt none[] = { OPT_END };
	const struct opt *const tables[] = {
		ops->opts == NULL ? none : ops->opts, sink_options,
		bus_options, daemon_options, NULL,
	};
	char *name = xasprintf("cheapster-sink-%s", ops->name);
	struct opt_program program = {
		.name = name,
		.synopsis = ops->synopsis,
		.summary = ops->summary,
		.tables = tables,
		.check = check_options,
		.operand_variable = SINK_OPERAND_VARIABLE,
	};
	struct sink s = { .ops = ops };
	struct bus_address address;
	struct err err;

	daemon_init(&s.daemon, &program, argc, argv);
	if (conf.name == NULL)
		conf.name = ops->name;
	if (!bus_addresses(&address, s.daemon.run_dir, "out", conf.live,
	    conf.replay, bus_security, &err))
		opt_usage(&program, "%s", err.msg);
	if (s.daemon.is_check) {
		daemon_fini(&s.daemon);
		free(name);
		return 0;
	}
	counters_add(&s.daemon.counters, &s.counters, sink_counters);
	counters_add(&s.daemon.counters, &s.sub_counters, bus_sub_counters);
	s.self = xcalloc(1, ops->ctx_size + 1);
	arena_init(&s.arena, FRAME_ARENA_BYTES_MAX);
	backoff_init(&s.backoff, RETRY_MIN_MS, RETRY_MAX_MS);
	loop_timer_init(&s.retry, &s.daemon.loop, on_retry, &s);
	loop_timer_init(&s.store, &s.daemon.loop, on_store, &s);
	if (!open_all(&s, find_operands(argv, s.daemon.first_operand),
	    &address, &err))
		log_die(EX_UNAVAILABLE, "start_failed error=%s",
		    log_qs(err.msg));
	daemon_run(&s.daemon);
	close_all(&s);
	daemon_fini(&s.daemon);
	free(name);
	return 0;
}
