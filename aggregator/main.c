/* SPDX-License-Identifier: ISC */
/*
 * cheapster-aggregator: raw frames in, rates and sums added, out frames out.
 * What is done with a frame is in window.h; here it is wired to the buses.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/bus.h"
#include "common/bus_options.h"
#include "common/clock.h"
#include "common/daemon.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/quantiles.h"
#include "common/timestamp.h"

#include "aggregator/window.h"

#define FRAME_ARENA_BYTES_MAX (256u << 20)
#define SPOOL_BYTES_MIN (1u << 20)

#define AGGREGATOR_COUNTERS(X) \
	X(frames_undecodable, COUNTER, "raw lines that were no frames")
COUNTERS_STRUCT(aggregator_counters, AGGREGATOR_COUNTERS)

static struct {
	const char *raw_live, *raw_replay, *out_live, *out_replay;
	uint64_t journal_bytes;
	const char *spool;
	uint64_t spool_bytes;
	int64_t spool_age_ns;
} conf;

static const struct opt options[] = {
	OPT_STRING("raw-bus", conf.raw_live, NULL, "URL",
	    "listen here for raw frames; default ipc:// in the run directory"),
	OPT_STRING("raw-replay", conf.raw_replay, NULL, "URL",
	    "listen here to ask collectors for what was missed"),
	OPT_STRING("out-bus", conf.out_live, NULL, "URL",
	    "publish out frames here; default ipc:// in the run directory"),
	OPT_STRING("out-replay", conf.out_replay, NULL, "URL",
	    "answer here what sinks and apiservers have missed"),
	OPT_SIZE("journal-bytes", conf.journal_bytes, "64Mi",
	    "how much of what was published is kept for replay"),
	OPT_STRING("spool", conf.spool, NULL, "DIR",
	    "keep it here instead, for hours, so that a sink may be away for "
	    "so long"),
	OPT_SIZE("spool-bytes", conf.spool_bytes, "8Gi",
	    "with --spool: how much of it"),
	OPT_DURATION("spool-age", conf.spool_age_ns, "2h",
	    "with --spool: for how long, if it fits; 0: any time"),
	OPT_END
};

static void
check_options(const struct opt_program *program)
{
	if (conf.spool != NULL && conf.spool_bytes < SPOOL_BYTES_MIN)
		opt_usage(program, "--spool-bytes: less than 1Mi");
	bus_check(program, conf.raw_live, conf.raw_replay,
	    bus_security);
	bus_check(program, conf.out_live, conf.out_replay,
	    bus_security);
}

static const struct opt *const tables[] = {
	options, bus_options, daemon_options, NULL
};

static const struct opt_program program = {
	.name = "cheapster-aggregator",
	.synopsis = "",
	.summary = "computes rates, sums and utilisation of frames",
	.tables = tables,
	.check = check_options,
};

struct aggregator {
	struct daemon daemon;
	struct windows *windows;
	struct bus_pub *out;
	struct bus_sub *raw;
	struct loop_timer tick;
	struct arena arena;	/* of the frame in hand */
	struct log_condition undecodable;
	struct log_condition full;	/* a table of the windows */
	struct quantiles window_us;	/* work for all of a window */
	int64_t spent_ns;		/* since the last roll-up */
	struct aggregator_counters counters;
	struct window_counters window_counters;
	struct bus_pub_counters pub_counters;
	struct bus_sub_counters sub_counters;
};

static void
on_publish(void *arg, const struct frame *f)
{
	struct aggregator *a = arg;

	bus_publish_frame(a->out, f);
	if (f->kind == FRAME_ROLLUP) {
		quantiles_add(&a->window_us, (double)a->spent_ns / NS_PER_US);
		a->spent_ns = 0;
	}
}

/* Heapster's processors ran one after the other; here they are one. */
static void
print_work(const void *arg, struct buf *out)
{
	static const char name[] = "heapster_processor_duration_microseconds";
	const struct aggregator *a = arg;

	quantiles_print_head(out, name,
	    "time spent on all that belongs to a window");
	quantiles_print(out, name, "processor", "all", &a->window_us);
}

static void
set_tick(struct aggregator *a)
{
	int64_t now_ns = clock_wall_ns();
	int64_t at_ns = windows_tick(a->windows, now_ns,
	    bus_sub_is_level(a->raw));

	if (at_ns == 0)
		loop_timer_cancel(&a->tick);
	else
		loop_timer_set_ns(&a->tick, at_ns > now_ns ? at_ns - now_ns :
		    NS_PER_S);
}

static void
on_tick(void *arg)
{
	set_tick(arg);
}

static bool
decode(struct aggregator *a, const struct frame_line *line, struct frame *f)
{
	struct err err;

	arena_reset(&a->arena);
	if (frame_decode(f, &a->arena, line->json, &err)) {
		if (log_clear(&a->undecodable))
			log_info("frames_decodable");
		return true;
	}
	a->counters.frames_undecodable++;
	if (log_onset(&a->undecodable, clock_mono_ns()))
		log_warn("frame_undecodable epoch=%" PRIu64 " seq=%" PRIu64
		    " seen=%" PRIu64 " error=%s", line->epoch, line->seq,
		    a->undecodable.seen, log_qs(err.msg));
	return false;
}

/* What did not fit was counted: n before this frame. */
static void
check_full(struct aggregator *a, uint64_t n)
{
	const struct window_counters *c = &a->window_counters;

	if (c->frames_refused + c->pods_refused != n &&
	    log_onset(&a->full, clock_mono_ns()))
		log_warn("table_full frames_refused=%" PRIu64 " pods_refused=%"
		    PRIu64 " error=\"more nodes, collectors or namespaces "
		    "than fit\"", c->frames_refused, c->pods_refused);
}

static void
on_line(void *arg, const struct frame_line *line)
{
	struct aggregator *a = arg;
	int64_t began_ns = clock_mono_ns();
	struct frame f;
	uint64_t n_refused = a->window_counters.frames_refused +
	    a->window_counters.pods_refused;

	if (!decode(a, line, &f))
		return;
	windows_feed(a->windows, &f, clock_wall_ns());
	a->spent_ns += clock_mono_ns() - began_ns;
	check_full(a, n_refused);
	if (!loop_timer_is_set(&a->tick))
		loop_timer_set_ns(&a->tick, f.resolution_ns);
}

/* What came together goes on together, and waits no more. */
static void
on_batch(void *arg)
{
	struct aggregator *a = arg;

	bus_pub_flush(a->out);
}

static void
on_level(void *arg)
{
	set_tick(arg);
}

static void
on_recalled(void *arg, const struct frame_line *line)
{
	struct aggregator *a = arg;
	struct frame f;

	if (decode(a, line, &f))
		windows_recall(a->windows, &f);
}

static void
check_addresses(struct aggregator *a, struct bus_address *raw,
    struct bus_address *out)
{
	struct err err;

	if (!bus_addresses(raw, a->daemon.run_dir, "raw", conf.raw_live,
	    conf.raw_replay, bus_security, &err) ||
	    !bus_addresses(out, a->daemon.run_dir, "out", conf.out_live,
	    conf.out_replay, bus_security, &err))
		opt_usage(&program, "%s", err.msg);
	raw->is_listening = true;
	out->is_listening = true;
}

/* Where what was published is kept.  The path is on the heap. */
static char *
journal_conf(const struct aggregator *a, struct bus_pub_conf *pub)
{
	char *dir = conf.spool == NULL ? xstrdup(a->daemon.state_dir) :
	    daemon_directory(&a->daemon, "spool", conf.spool);
	char *path = xasprintf("%s/out.%s", dir, conf.spool == NULL ?
	    "journal" : "spool");

	free(dir);
	pub->journal_path = path;
	pub->is_spool = conf.spool != NULL;
	pub->journal_bytes = pub->is_spool ? conf.spool_bytes :
	    conf.journal_bytes;
	pub->spool_age_ns = conf.spool_age_ns;
	return path;
}

static bool
open_buses(struct aggregator *a, const struct bus_address *raw,
    const struct bus_address *out, struct err *err)
{
	struct bus_pub_conf pub = { .address = *out };
	char *journal = journal_conf(a, &pub);
	struct bus_sub_conf sub = {
		.address = *raw,
		.on_line = on_line,
		.on_level = on_level,
		.on_batch = on_batch,
		.arg = a,
	};

	a->out = bus_pub_open(&a->daemon.loop, &pub, &a->pub_counters, err);
	free(journal);
	if (a->out == NULL || !bus_pub_recall(a->out, on_recalled, a, err))
		return false;
	a->raw = bus_sub_open(&a->daemon.loop, &sub, &a->sub_counters, err);
	return a->raw != NULL;
}

int
main(int argc, char **argv)
{
	static struct aggregator a;
	struct bus_address raw, out;
	struct err err;

	daemon_init(&a.daemon, &program, argc, argv);
	check_addresses(&a, &raw, &out);
	if (a.daemon.is_check)
		return 0;
	counters_add(&a.daemon.counters, &a.counters, aggregator_counters);
	counters_add(&a.daemon.counters, &a.window_counters, window_counters);
	counters_add(&a.daemon.counters, &a.pub_counters, bus_pub_counters);
	counters_add(&a.daemon.counters, &a.sub_counters, bus_sub_counters);
	counters_add_printer(&a.daemon.counters, print_work, &a);
	arena_init(&a.arena, FRAME_ARENA_BYTES_MAX);
	loop_timer_init(&a.tick, &a.daemon.loop, on_tick, &a);
	a.windows = windows_new(on_publish, &a, &a.window_counters);
	if (!open_buses(&a, &raw, &out, &err))
		log_die(EX_UNAVAILABLE, "start_failed error=%s",
		    log_qs(err.msg));
	daemon_run(&a.daemon);
	/* It looks at the subscriber, and closing a publisher takes a while in
	 * which timers fire. */
	loop_timer_fini(&a.tick);
	bus_sub_close(a.raw);
	bus_pub_close(a.out);
	windows_free(a.windows);
	arena_fini(&a.arena);
	daemon_fini(&a.daemon);
	return 0;
}
