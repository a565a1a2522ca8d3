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
#include "common/notify.h"
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
	X(frames_held, GAUGE, "frames in memory, not taken yet") \
	X(lag_windows, GAUGE, "windows between the newest frame tried and now") \
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
	struct loop_timer hold;
	struct parked parked;
	struct cursor ahead;		/* of the frames that are held */
	bool is_flush_due;		/* it failed, and is tried again */
	int64_t window_ns;		/* of the newest frame tried */
	int64_t resolution_ns;
	uint64_t attempts;		/* of the frames in hand */
	struct log_condition failing;
	struct log_condition dropping;
	struct log_condition cursor_failing;
	struct sink_counters counters;
	struct bus_sub_counters sub_counters;
};

bool
sink_is_stopping(void)
{
	static int64_t told_mono_ns;

	if (notify_watchdog_interval_ns() > 0 &&
	    clock_mono_ns() - told_mono_ns > NS_PER_S) {
		told_mono_ns = clock_mono_ns();
		notify_watchdog();
	}
	return loop_signal_pending() != 0;
}

static int64_t retry_after_ns;

void
sink_retry_after_ns(int64_t wait_ns)
{
	retry_after_ns = wait_ns;
}

static void
note_lag(struct sink *s)
{
	int64_t behind_ns = clock_wall_ns() - s->window_ns;

	s->counters.lag_windows = s->resolution_ns <= 0 || behind_ns < 0 ? 0 :
	    (uint64_t)(behind_ns / s->resolution_ns);
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

/* All frames in hand are done with. */
static void
settle(struct sink *s)
{
	s->attempts = 0;
	s->is_flush_due = false;
	backoff_reset(&s->backoff);
	for (size_t i = 0; i < s->ahead.n; i++)
		cursor_set(&s->cursor, s->ahead.entries[i].epoch,
		    s->ahead.entries[i].seq);
	s->ahead.n = 0;
	s->counters.frames_held = 0;
	loop_timer_cancel(&s->hold);
	if (s->ops->discard != NULL)
		s->ops->discard(s->self);
	if (!loop_timer_is_set(&s->store))
		loop_timer_set_ns(&s->store, CURSOR_INTERVAL_NS);
}

static void
taken(struct sink *s)
{
	if (log_clear(&s->failing))
		log_info("write_succeeded attempts=%" PRIu64, s->attempts + 1);
	log_clear(&s->dropping);
	s->counters.frames_written += s->counters.frames_held;
	settle(s);
}

/* line is the one in hand, or NULL for all that are held. */
static void
drop(struct sink *s, const struct frame_line *line, const struct err *err)
{
	uint64_t n = line == NULL ? s->counters.frames_held : 1;

	s->counters.frames_dropped += n;
	if (log_onset(&s->dropping, clock_mono_ns())) {
		if (line == NULL)
			log_warn("frames_dropped frames=%" PRIu64 " seen=%"
			    PRIu64 " error=%s", n, s->dropping.seen,
			    log_qs(err->msg));
		else
			log_warn("frame_dropped epoch=%" PRIu64 " seq=%" PRIu64
			    " seen=%" PRIu64 " error=%s", line->epoch,
			    line->seq, s->dropping.seen, log_qs(err->msg));
	}
	if (line != NULL)
		cursor_set(&s->ahead, line->epoch, line->seq);
	if (line == NULL || s->counters.frames_held == 0)
		settle(s);
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

/* line is the one in hand, or NULL for all that are held. */
static void
retry(struct sink *s, const struct frame_line *line, const struct err *err)
{
	int64_t wait_ms;

	note_lag(s);
	s->attempts++;
	if (!sink_is_stopping() && conf.retry_max > 0 &&
	    s->attempts >= conf.retry_max) {
		drop(s, line, err);
		return;
	}
	if (line != NULL)
		park(s, line);
	else
		bus_sub_pause(s->out, true);
	s->is_flush_due = line == NULL;
	if (sink_is_stopping())		/* it comes again at the next start */
		return;
	s->counters.frames_retried += line != NULL ? 1 :
	    s->counters.frames_held;
	wait_ms = backoff_step_ms(&s->backoff, (uint32_t)random());
	if (wait_ms < retry_after_ns / NS_PER_MS)
		wait_ms = retry_after_ns / NS_PER_MS;
	if (log_onset(&s->failing, clock_mono_ns()))
		log_warn("write_failed attempts=%" PRIu64 " retry_in_ms=%"
		    PRId64 " error=%s", s->attempts, wait_ms,
		    log_qs(err->msg));
	loop_timer_set_ns(&s->retry, wait_ms * NS_PER_MS);
}

static void
flush(struct sink *s)
{
	struct err err = { "" };

	loop_timer_cancel(&s->hold);
	retry_after_ns = 0;
	switch (s->ops->flush(s->self, &err)) {
	case SINK_OK:
		taken(s);
		break;
	case SINK_DROP:
		drop(s, NULL, &err);
		break;
	case SINK_RETRY:
	case SINK_HELD:
	case SINK_FULL:
		retry(s, NULL, &err);
		break;
	}
}

static void
on_hold(void *arg)
{
	struct sink *s = arg;

	if (s->counters.frames_held > 0 && !s->is_flush_due)
		flush(s);
}

static void
hold(struct sink *s, const struct frame_line *line)
{
	cursor_set(&s->ahead, line->epoch, line->seq);
	s->counters.frames_held++;
	note_lag(s);
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
	s->window_ns = f.window_ns;
	s->resolution_ns = f.resolution_ns;
	retry_after_ns = 0;
	switch (s->ops->write(s->self, &frame, &err)) {
	case SINK_OK:
		hold(s, line);
		taken(s);
		break;
	case SINK_HELD:
		hold(s, line);
		if (!loop_timer_is_set(&s->hold))
			loop_timer_set_ns(&s->hold, *s->ops->hold_ns);
		break;
	case SINK_FULL:
		hold(s, line);
		flush(s);
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

	if (s->is_flush_due)
		flush(s);
	else if (s->parked.is_there)
		write_line(s, &s->parked.line);
	if (s->attempts > attempts)
		return;			/* and again */
	s->parked.is_there = false;
	bus_sub_resume(s->out);
}

static int
init_exit_code(const struct sink *s)
{
	return s->ops->init_exit_code == 0 ? EX_UNAVAILABLE :
	    s->ops->init_exit_code;
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
	if (!ok)
		return false;
	if (!s->ops->init(s->self, operands, err))
		log_die(init_exit_code(s), "start_failed error=%s",
		    log_qs(err->msg));
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

/* The far side may be there, but what failed just now fails again. */
static void
close_all(struct sink *s)
{
	if (s->counters.frames_held > 0 && !s->is_flush_due)
		flush(s);
	store_cursor(s);
	bus_sub_close(s->out);
	if (s->ops->fini != NULL)
		s->ops->fini(s->self);
	cursor_fini(&s->cursor);
	loop_timer_fini(&s->retry);
	loop_timer_fini(&s->store);
	loop_timer_fini(&s->hold);
	buf_fini(&s->parked.text);
	arena_fini(&s->arena);
}

static void
check_options(const struct opt_program *program)
{
	if (conf.name != NULL && !daemon_is_name(conf.name))
		opt_usage(program, "--name=%s: not a file name", conf.name);
	bus_check(program, conf.live, conf.replay, bus_security);
}

static void
check_far_side(struct sink *s, char **operands)
{
	struct err err = { "" };

	if (s->ops->check == NULL)
		return;
	if (!s->ops->init(s->self, operands, &err))
		log_die(init_exit_code(s), "check_failed error=%s",
		    log_qs(err.msg));
	if (!s->ops->check(s->self, &err))
		log_die(EX_UNAVAILABLE, "check_failed error=%s",
		    log_qs(err.msg));
	log_info("check_succeeded");
	if (s->ops->fini != NULL)
		s->ops->fini(s->self);
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
	s.self = xcalloc(1, ops->ctx_size + 1);
	if (s.daemon.is_check) {
		check_far_side(&s, find_operands(argv,
		    s.daemon.first_operand));
		daemon_fini(&s.daemon);
		free(s.self);
		free(name);
		return 0;
	}
	counters_add(&s.daemon.counters, &s.counters, sink_counters);
	counters_add(&s.daemon.counters, &s.sub_counters, bus_sub_counters);
	if (ops->count != NULL)
		ops->count(s.self, &s.daemon.counters);
	arena_init(&s.arena, FRAME_ARENA_BYTES_MAX);
	backoff_init(&s.backoff, RETRY_MIN_MS, RETRY_MAX_MS);
	loop_timer_init(&s.retry, &s.daemon.loop, on_retry, &s);
	loop_timer_init(&s.store, &s.daemon.loop, on_store, &s);
	loop_timer_init(&s.hold, &s.daemon.loop, on_hold, &s);
	if (!open_all(&s, find_operands(argv, s.daemon.first_operand),
	    &address, &err))
		log_die(EX_UNAVAILABLE, "start_failed error=%s",
		    log_qs(err.msg));
	daemon_run(&s.daemon);
	close_all(&s);
	daemon_fini(&s.daemon);		/* tells what the sink has counted */
	free(s.self);
	free(name);
	return 0;
}
