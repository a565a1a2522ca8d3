/* SPDX-License-Identifier: ISC */
/*
 * cheapster-tap: prints what passes on a bus.  The lines are made in
 * format_ndjson.c.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "common/bus.h"
#include "common/bus_options.h"
#include "common/clock.h"
#include "common/daemon.h"
#include "common/log.h"

#include "tools/address.h"
#include "tools/format_ndjson.h"
#include "tools/output.h"

#define FRAME_ARENA_BYTES_MAX (256u << 20)

#define TAP_COUNTERS(X) \
	X(lines_printed, COUNTER, "lines printed") \
	X(frames_undecodable, COUNTER, "lines that were no frames")
COUNTERS_STRUCT(tap_counters, TAP_COUNTERS)

static struct {
	const char *bus;
	bool is_raw, is_json, want_replay;
	uint64_t count;
	struct opt_list types, namespaces, nodes, pods, containers, metrics;
} conf;

static const struct opt options[] = {
	OPT_STRING("bus", conf.bus, "out", "BUS",
	    "out; or raw, which has one listener only, the aggregator, and "
	    "can be tapped in its place alone: with --listen"),
	OPT_SWITCH("raw", conf.is_raw, "print the lines as they are on the "
	    "wire"),
	OPT_SWITCH("json", conf.is_json, "print the JSON of the lines alone"),
	OPT_SWITCH("replay", conf.want_replay,
	    "begin with the oldest line that is kept, not with the next one"),
	OPT_U64("count", conf.count, "0", "N",
	    "end after so many lines of output; 0: never"),
	OPT_LIST("type", conf.types, "TYPE",
	    "only node, sys_container, pod, pod_container, ns or cluster"),
	OPT_LIST("namespace", conf.namespaces, "NAME", "only this namespace"),
	OPT_LIST("node", conf.nodes, "NAME", "only what is on this node"),
	OPT_LIST("pod", conf.pods, "NAME", "only this pod and its containers"),
	OPT_LIST("container", conf.containers, "NAME",
	    "only containers of this name"),
	OPT_LIST("metric", conf.metrics, "PREFIX",
	    "only metrics whose names begin so"),
	OPT_END
};

static void check_options(const struct opt_program *program);

static const struct opt *const tables[] = {
	options, tool_address_options, bus_options, daemon_options, NULL
};

static const struct opt_program program = {
	.name = "cheapster-tap",
	.synopsis = "",
	.summary = "prints what passes on the out bus as lines of JSON",
	.tables = tables,
	.is_tool = true,
	.check = check_options,
};

struct tap {
	struct daemon daemon;
	struct bus_sub *sub;
	struct output output;
	struct arena arena;
	struct buf text;
	struct ndjson_filter filter;
	struct tap_counters counters;
	struct bus_sub_counters sub_counters;
};

static unsigned
type_bit(const char *name)
{
	for (unsigned t = 0; t < SET_TYPE_COUNT; t++)
		if (str_is(set_type_name((enum set_type)t), name))
			return 1u << t;
	return 0;
}

static void
check_options(const struct opt_program *p)
{
	if (tool_bus_parse(p, conf.bus) == TOOL_BUS_RAW && !tool_is_listening())
		opt_usage(p, "--bus=raw: only the aggregator hears it; "
		    "--listen takes its place");
	if (conf.is_raw && conf.is_json)
		opt_usage(p, "--raw and --json: one of them, please");
	if ((conf.is_raw || conf.is_json) && conf.metrics.n > 0)
		opt_usage(p, "--metric: not with --raw and --json, which "
		    "print whole frames");
	for (size_t i = 0; i < conf.types.n; i++)
		if (type_bit(conf.types.items[i]) == 0)
			opt_usage(p, "--type=%s: no such type",
			    conf.types.items[i]);
}

static struct ndjson_list
list_of(const struct opt_list *l)
{
	return (struct ndjson_list){ l->items, l->n };
}

static void
set_filter(struct ndjson_filter *filter)
{
	for (size_t i = 0; i < conf.types.n; i++)
		filter->types |= type_bit(conf.types.items[i]);
	filter->namespaces = list_of(&conf.namespaces);
	filter->nodes = list_of(&conf.nodes);
	filter->pods = list_of(&conf.pods);
	filter->containers = list_of(&conf.containers);
	filter->metrics = list_of(&conf.metrics);
}

static bool
is_filtering(void)
{
	return conf.types.n + conf.namespaces.n + conf.nodes.n + conf.pods.n +
	    conf.containers.n + conf.metrics.n > 0;
}

/* Whether a whole frame is printed: for any of its sets, or, if it has none,
 * for its node when nothing else is asked for. */
static bool
frame_passes(const struct tap *t, const struct frame *f)
{
	for (size_t i = 0; i < f->n_sets; i++)
		if (ndjson_passes(&t->filter, f, i))
			return true;
	if (f->n_sets > 0 || conf.types.n + conf.namespaces.n + conf.pods.n +
	    conf.containers.n > 0)
		return false;
	for (size_t i = 0; i < conf.nodes.n; i++)
		if (str_is(f->node, conf.nodes.items[i]))
			return true;
	return false;
}

static bool
is_enough(const struct tap *t)
{
	return conf.count > 0 && t->counters.lines_printed == conf.count;
}

static void
add_whole(struct tap *t, const struct frame_line *line)
{
	if (conf.is_raw)
		frame_line_begin(&t->text, line->topic, line->epoch, line->seq);
	buf_add_str(&t->text, line->json);
	buf_add_char(&t->text, '\n');
	t->counters.lines_printed++;
}

static void
add_sets(struct tap *t, const struct frame *f)
{
	for (size_t i = 0; i < f->n_sets && !is_enough(t); i++)
		if (format_ndjson(&t->text, f, i, &t->filter))
			t->counters.lines_printed++;
}

static void
add_lines(struct tap *t, const struct frame_line *line)
{
	bool want_whole = conf.is_raw || conf.is_json;
	struct frame f;
	struct err err;

	if (want_whole && !is_filtering()) {
		add_whole(t, line);
		return;
	}
	arena_reset(&t->arena);
	if (!frame_decode(&f, &t->arena, line->json, &err)) {
		t->counters.frames_undecodable++;
		log_warn("frame_undecodable epoch=%" PRIu64 " seq=%" PRIu64
		    " error=%s", line->epoch, line->seq, log_qs(err.msg));
	} else if (!want_whole) {
		add_sets(t, &f);
	} else if (frame_passes(t, &f)) {
		add_whole(t, line);
	}
}

static void
on_line(void *arg, const struct frame_line *line)
{
	struct tap *t = arg;

	buf_reset(&t->text);
	add_lines(t, line);
	if (t->text.failed)
		log_die(EX_OSERR, "out_of_memory");
	if (!output_write(&t->output, buf_str(&t->text)) || is_enough(t)) {
		bus_sub_pause(t->sub, true);
		loop_stop(&t->daemon.loop);
	}
}

int
main(int argc, char **argv)
{
	static struct tap t;
	struct bus_sub_conf sub = { .on_line = on_line, .arg = &t };
	struct err err;

	daemon_init(&t.daemon, &program, argc, argv);
	tool_address(&sub.address, &program, t.daemon.run_dir,
	    tool_bus_parse(&program, conf.bus));
	if (t.daemon.is_check)
		return 0;
	counters_add(&t.daemon.counters, &t.counters, tap_counters);
	counters_add(&t.daemon.counters, &t.sub_counters, bus_sub_counters);
	sub.is_live_only = !conf.want_replay;
	set_filter(&t.filter);
	arena_init(&t.arena, FRAME_ARENA_BYTES_MAX);
	output_init(&t.output, &t.daemon.loop);
	t.sub = bus_sub_open(&t.daemon.loop, &sub, &t.sub_counters, &err);
	if (t.sub == NULL)
		log_die(EX_UNAVAILABLE, "start_failed error=%s",
		    log_qs(err.msg));
	daemon_run(&t.daemon);
	bus_sub_close(t.sub);
	output_fini(&t.output);
	arena_fini(&t.arena);
	buf_fini(&t.text);
	daemon_fini(&t.daemon);
	return 0;
}
