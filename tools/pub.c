/* SPDX-License-Identifier: ISC */
/*
 * cheapster-pub: publishes the frames it is given on stdin.  What
 * cheapster-tap prints is put together again in group.c.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "common/bus.h"
#include "common/bus_options.h"
#include "common/daemon.h"
#include "common/intern.h"
#include "common/json.h"
#include "common/log.h"
#include "common/timestamp.h"

#include "tools/address.h"
#include "tools/group.h"
#include "tools/input.h"

#define FRAME_ARENA_BYTES_MAX (256u << 20)
#define NODES_BYTES_MAX (16u << 20)
#define IDLE_NS NS_PER_S		/* then a group has all its lines */
#define LOOK_NS (50 * NS_PER_MS)	/* whether everything was replayed */
#define LEAVE_NS (250 * NS_PER_MS)	/* for what the transport still has */

#define PUB_COUNTERS(X) \
	X(lines_read, COUNTER, "lines read") \
	X(lines_invalid, COUNTER, "lines that could not be published") \
	X(frames_published, COUNTER, "frames published, made-up rosters too") \
	X(frames_left_out, COUNTER, "frames that do not belong on the bus")
COUNTERS_STRUCT(pub_counters, PUB_COUNTERS)

static struct {
	const char *bus, *name;
	bool omits_roster;
	int64_t linger_ns, resolution_ns;
	uint64_t journal_bytes;
} conf;

static const struct opt options[] = {
	OPT_STRING("bus", conf.bus, "raw", "BUS",
	    "raw, as a collector; or out, with --listen, in place of the "
	    "aggregator"),
	OPT_STRING("name", conf.name, "pub", "NAME",
	    "the collector that frames are from which do not say it"),
	OPT_DURATION("metric-resolution", conf.resolution_ns, "60s",
	    "length of the window of lines that do not say it"),
	OPT_SWITCH("no-roster", conf.omits_roster,
	    "do not send a roster for windows that have none"),
	OPT_DURATION("linger", conf.linger_ns, "2s",
	    "how long to answer replays after the end of the input"),
	OPT_SIZE("journal-bytes", conf.journal_bytes, "64Mi",
	    "how much of what was published is kept for replay, in memory"),
	OPT_END
};

static void
check_options(const struct opt_program *p)
{
	if (tool_bus_parse(p, conf.bus) == TOOL_BUS_OUT && !tool_is_listening())
		opt_usage(p, "--bus=out: subscribers dial the aggregator; "
		    "--listen takes its place");
	if (conf.resolution_ns == 0 || conf.resolution_ns % NS_PER_US != 0)
		opt_usage(p, "--metric-resolution: whole microseconds, please");
}

static const struct opt *const tables[] = {
	options, tool_address_options, bus_options, daemon_options, NULL
};

static const struct opt_program program = {
	.name = "cheapster-pub",
	.synopsis = "",
	.summary = "publishes frames from standard input",
	.tables = tables,
	.is_tool = true,
	.check = check_options,
};

struct pub {
	struct daemon daemon;
	enum tool_bus bus_name;
	struct bus_pub *bus;
	struct input input;
	struct group group;
	struct arena arena;		/* of the frame in hand */
	struct loop_timer idle;
	struct loop_timer linger;
	struct loop_timer look;

	/* The window of the last frame, and who has answered in it. */
	int64_t window_ns;
	int64_t resolution_ns;
	struct intern nodes;
	bool has_roster;

	struct pub_counters counters;
	struct bus_pub_counters bus_counters;
};

static void
refuse(struct pub *p, const char *why)
{
	p->counters.lines_invalid++;
	log_err("line_invalid line=%" PRIu64 " error=%s",
	    p->counters.lines_read, log_qs(why));
}

static void
publish(struct pub *p, const struct frame *f)
{
	if (bus_publish_frame(p->bus, f))
		p->counters.frames_published++;
	else
		p->counters.lines_invalid++;
}

/* Ends the window: without a roster it would stay open till its deadline. */
static void
close_window(struct pub *p)
{
	struct frame f;

	if (p->nodes.n > 0 && !p->has_roster) {
		frame_clear(&f);
		f.kind = FRAME_ROSTER;
		f.window_ns = p->window_ns;
		f.resolution_ns = p->resolution_ns;
		f.collector = str_of(conf.name);
		f.nodes = p->nodes.strings;
		f.n_nodes = p->nodes.n;
		publish(p, &f);
	}
	intern_fini(&p->nodes);
	intern_init(&p->nodes, NODES_BYTES_MAX);
}

static void
note_window(struct pub *p, const struct frame *f)
{
	if (p->bus_name != TOOL_BUS_RAW || conf.omits_roster)
		return;
	if (f->window_ns != p->window_ns) {
		close_window(p);
		p->has_roster = false;
	}
	p->window_ns = f->window_ns;
	p->resolution_ns = f->resolution_ns;
	switch (f->kind) {
	case FRAME_ROSTER:
		p->has_roster = true;
		break;
	case FRAME_NODE:
	case FRAME_FAILED:
		intern_add(&p->nodes, f->node);
		break;
	case FRAME_ROLLUP:
		close_window(p);
		break;
	}
}

static void
take_frame(struct pub *p, struct frame *f)
{
	if (f->collector.p == NULL && f->kind != FRAME_ROLLUP)
		f->collector = str_of(conf.name);
	note_window(p, f);
	if (f->kind == (p->bus_name == TOOL_BUS_RAW ? FRAME_ROLLUP :
	    FRAME_ROSTER))
		p->counters.frames_left_out++;
	else
		publish(p, f);
}

static void
finish_group(struct pub *p)
{
	struct frame f;
	struct err err;

	loop_timer_cancel(&p->idle);
	if (p->group.n == 0)
		return;
	if (group_frame(&p->group, &f, conf.resolution_ns, &err))
		take_frame(p, &f);
	else
		refuse(p, err.msg);
	group_reset(&p->group);
}

static void
on_idle(void *arg)
{
	finish_group(arg);
}

static void
take_object(struct pub *p, struct str json)
{
	struct err err;
	enum group_result result = group_add(&p->group, json, &err);

	if (result == GROUP_OTHER) {
		finish_group(p);
		result = group_add(&p->group, json, &err);
	}
	if (result == GROUP_ADDED)
		loop_timer_set_ns(&p->idle, IDLE_NS);
	else
		refuse(p, err.msg);
}

static bool
decode_line(struct pub *p, struct str topic, struct str json, struct frame *f,
    struct err *err)
{
	arena_reset(&p->arena);
	if (!frame_decode(f, &p->arena, json, err))
		return false;
	return topic.p == NULL || str_eq(topic, frame_kind_name(f->kind)) ||
	    err_set(err, "the topic is not the kind of the frame");
}

/* A frame says what kind it is, an object of cheapster-tap what type. */
static bool
is_frame(struct pub *p, struct str json)
{
	static const struct json_keys keys = JSON_KEYS("kind", "v");
	struct json j;
	unsigned hint = 0;
	int k = JSON_END;

	arena_reset(&p->arena);
	json_begin(&j, json, &p->arena);
	if (json_object_begin(&j))
		while ((k = json_object_next(&j, &keys, &hint)) ==
		    JSON_UNKNOWN)
			json_skip(&j);
	return k >= 0;
}

static void
on_line(void *arg, struct str text)
{
	struct pub *p = arg;
	struct frame_line line = { .json = text };
	struct frame f;
	struct err err;

	p->counters.lines_read++;
	if (text.p == NULL)
		refuse(p, "too long");
	else if (text.len == 0)
		return;
	else if (text.p[0] == '{' && !is_frame(p, text))
		take_object(p, text);
	else if (text.p[0] != '{' && !frame_line_parse(&line, text, &err))
		refuse(p, err.msg);
	else if (str_is(line.topic, "head"))
		return;
	else if (!decode_line(p, line.topic, line.json, &f, &err))
		refuse(p, err.msg);
	else {
		finish_group(p);
		take_frame(p, &f);
	}
}

static void
on_look(void *arg)
{
	struct pub *p = arg;

	if (bus_pub_is_replayed(p->bus))
		loop_timer_set_ns(&p->linger, LEAVE_NS);
	else
		loop_timer_set_ns(&p->look, LOOK_NS);
}

static void
on_leave(void *arg)
{
	struct pub *p = arg;

	loop_stop(&p->daemon.loop);
}

static void
on_end(void *arg, const char *error)
{
	struct pub *p = arg;

	if (error != NULL)
		refuse(p, error);
	finish_group(p);
	close_window(p);
	bus_pub_flush(p->bus);
	log_info("input_ended lines_read=%" PRIu64 " frames_published=%"
	    PRIu64, p->counters.lines_read, p->counters.frames_published);
	loop_timer_set_ns(&p->linger, p->counters.frames_published == 0 ? 0 :
	    conf.linger_ns);
	loop_timer_set_ns(&p->look, LOOK_NS);
}

static bool
open_all(struct pub *p, const struct bus_address *address, struct err *err)
{
	struct bus_pub_conf conf_of_bus = {
		.address = *address,
		.journal_bytes = conf.journal_bytes,
	};

	group_init(&p->group);
	intern_init(&p->nodes, NODES_BYTES_MAX);
	arena_init(&p->arena, FRAME_ARENA_BYTES_MAX);
	loop_timer_init(&p->idle, &p->daemon.loop, on_idle, p);
	loop_timer_init(&p->linger, &p->daemon.loop, on_leave, p);
	loop_timer_init(&p->look, &p->daemon.loop, on_look, p);
	p->input.on_line = on_line;
	p->input.on_end = on_end;
	p->input.arg = p;
	p->bus = bus_pub_open(&p->daemon.loop, &conf_of_bus, &p->bus_counters,
	    err);
	return p->bus != NULL && input_open(&p->input, &p->daemon.loop, err);
}

static void
close_all(struct pub *p)
{
	input_close(&p->input);
	finish_group(p);
	bus_pub_close(p->bus);
	loop_timer_fini(&p->idle);
	loop_timer_fini(&p->linger);
	loop_timer_fini(&p->look);
	group_fini(&p->group);
	intern_fini(&p->nodes);
	arena_fini(&p->arena);
}

int
main(int argc, char **argv)
{
	static struct pub p;
	struct bus_address address;
	struct err err;

	daemon_init(&p.daemon, &program, argc, argv);
	p.bus_name = tool_bus_parse(&program, conf.bus);
	tool_address(&address, &program, p.daemon.run_dir, p.bus_name);
	if (p.daemon.is_check)
		return 0;
	counters_add(&p.daemon.counters, &p.counters, pub_counters);
	counters_add(&p.daemon.counters, &p.bus_counters, bus_pub_counters);
	if (!open_all(&p, &address, &err))
		log_die(EX_UNAVAILABLE, "start_failed error=%s",
		    log_qs(err.msg));
	daemon_run(&p.daemon);
	close_all(&p);
	daemon_fini(&p.daemon);
	return p.counters.lines_invalid > 0 ? EX_DATAERR : 0;
}
