/* SPDX-License-Identifier: ISC */
/*
 * Frames as lines for people, and lines as frames: format_ndjson.c,
 * parse_ndjson.c and group.c of tools/.
 */
#include "config.h"

#include "common/frame_json.h"
#include "common/json.h"

#include "tools/format_ndjson.h"
#include "tools/group.h"
#include "tools/parse_ndjson.h"

#include "t/frames.h"
#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FRAME_HEAD "{\"v\":1,\"kind\":\"node\",\"window_us\":1700000000000000," \
	"\"resolution_us\":60000000,\"metrics\":[\"cpu/usage\"," \
	"\"cpu/node_utilization\"],\"labelled\":[\"filesystem/usage\"," \
	"\"resource/request\",\"custom/value\"],"
#define LINE_HEAD "{\"time\":\"2023-11-14T22:13:20Z\",\"type\":"

static struct arena arena;

/* The text lives in the arena. */
static struct frame
decoded(const char *text)
{
	size_t len = strlen(text);
	char *copy = arena_alloc(&arena, len + JSON_PAD);
	struct err err = { "" };
	struct frame f;

	memset(copy, 0, len + JSON_PAD);
	memcpy(copy, text, len);
	ok(frame_decode(&f, &arena, (struct str){ copy, len }, &err),
	    "the frame of the test is valid %s", err.msg);
	return f;
}

static void
golden(void)
{
	static const char *const want[] = {
		LINE_HEAD "\"node\",\"host_id\":\"m1\",\"hostname\":\"n1\","
		"\"labels\":\"zone:a\",\"nodename\":\"n1\","
		"\"schedulable\":\"true\",\"resolution_us\":60000000,"
		"\"started\":\"2023-07-22T04:26:40Z\","
		"\"scraped\":\"2023-11-14T22:13:20.1Z\","
		"\"network_scraped\":\"2023-11-14T22:13:19Z\","
		"\"metrics\":{\"cpu/usage\":18446744073709551615,"
		"\"cpu/node_utilization\":0.25,\"gpu/request\":2,"
		"\"custom/a b\":1.5},\"resources\":["
		"{\"resource_id\":\"/\",\"metrics\":"
		"{\"filesystem/usage\":4096}}]}\n",
		LINE_HEAD "\"pod\",\"host_id\":\"m1\",\"hostname\":\"n1\","
		"\"labels\":\"app:web\",\"namespace_name\":\"default\","
		"\"nodename\":\"n1\",\"pod_id\":\"u1\",\"pod_name\":\"we\\\"b\","
		"\"team\":\"x\",\"resolution_us\":60000000,\"metrics\":{}}\n",
		LINE_HEAD "\"pod_container\",\"container_base_image\":\"i:1\","
		"\"container_name\":\"c\",\"host_id\":\"m1\","
		"\"hostname\":\"n1\",\"labels\":\"app:web\","
		"\"namespace_name\":\"default\",\"nodename\":\"n1\","
		"\"pod_id\":\"u1\",\"pod_name\":\"we\\\"b\",\"team\":\"x\","
		"\"resolution_us\":60000000,\"metrics\":{\"cpu/usage\":7}}\n",
	};
	static const struct ndjson_filter all;
	struct frame f = decoded(FRAME_HEAD "\"node\":{\"name\":\"n1\","
	    "\"host_id\":\"m1\",\"schedulable\":\"true\","
	    "\"labels\":\"zone:a\",\"start_us\":1690000000000000,"
	    "\"scraped_us\":1700000000100000,"
	    "\"network_us\":1699999999000000,"
	    "\"values\":[18446744073709551615,0.25],\"resources\":["
	    "{\"resource_id\":\"/\",\"values\":[4096]},"
	    "{\"resource_id\":\"gpu\",\"values\":[null,2]},"
	    "{\"resource_id\":\"a b\",\"values\":[null,null,1.5]}],"
	    "\"system\":[],"
	    "\"pods\":[{\"namespace\":\"default\",\"name\":\"we\\\"b\","
	    "\"uid\":\"u1\",\"labels\":\"app:web\",\"stored\":{\"team\":\"x\","
	    "\"time\":\"a label\"},\"values\":[],\"containers\":["
	    "{\"name\":\"c\",\"image\":\"i:1\",\"values\":[7]}]}]}}");
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < f.n_sets; i++) {
		buf_reset(&out);
		ok(format_ndjson(&out, &f, i, &all), "set %zu is printed", i);
		is_mem(out.p, out.len, want[i], strlen(want[i]),
		    "set %zu looks as it should", i);
	}
	is_u64(f.n_sets, COUNT(want), "all sets were looked at");
	buf_fini(&out);
	arena_reset(&arena);
}

#define LIST(...) { (const char *const[]){ __VA_ARGS__ }, \
	COUNT(((const char *const[]){ __VA_ARGS__ })) }

/* Which of node, kubelet, pod a/p, its container c, pod b/q pass. */
static void
filters(void)
{
	const struct {
		const char *name;
		struct ndjson_filter filter;
		const char *want;
	} cases[] = {
		{ "no filter: all", { .types = 0 }, "01234" },
		{ "types", { .types = 1u << SET_POD | 1u << SET_NODE }, "024" },
		{ "a namespace", { .namespaces = LIST("a") }, "23" },
		{ "two namespaces", { .namespaces = LIST("a", "b") }, "234" },
		{ "a name is no prefix", { .namespaces = LIST("") }, "" },
		{ "the node", { .nodes = LIST("n1") }, "01234" },
		{ "another node", { .nodes = LIST("n") }, "" },
		{ "a pod", { .pods = LIST("q") }, "4" },
		{ "a pod and its containers", { .pods = LIST("p") }, "23" },
		{ "a container", { .containers = LIST("c") }, "3" },
		{ "a system container", { .containers = LIST("kubelet") }, "1" },
		{ "a metric", { .metrics = LIST("cpu/u") }, "03" },
		{ "one of resources", { .metrics = LIST("filesystem/") }, "4" },
		{ "a composed one", { .metrics = LIST("custom/q") }, "2" },
		{ "another", { .metrics = LIST("gp") }, "2" },
		{ "one that is nowhere", { .metrics = LIST("x") }, "" },
		{ "all lists at once", { .types = 1u << SET_NODE,
		    .pods = LIST("p") }, "" },
	};
	struct frame f = decoded(FRAME_HEAD "\"node\":{\"name\":\"n1\","
	    "\"values\":[1],\"system\":[{\"name\":\"kubelet\",\"values\":[]}],"
	    "\"pods\":[{\"namespace\":\"a\",\"name\":\"p\",\"values\":[],"
	    "\"resources\":[{\"resource_id\":\"q\",\"values\":[null,null,1]},"
	    "{\"resource_id\":\"gpu\",\"values\":[null,2]}],"
	    "\"containers\":[{\"name\":\"c\",\"values\":[1]}]},"
	    "{\"namespace\":\"b\",\"name\":\"q\",\"values\":[],\"resources\":"
	    "[{\"resource_id\":\"/\",\"values\":[1]}],\"containers\":[]}]}}");
	struct buf out = BUF_INIT;

	for (size_t c = 0; c < COUNT(cases); c++) {
		char passed[8];
		size_t n = 0;

		for (size_t i = 0; i < f.n_sets; i++)
			if (format_ndjson(&out, &f, i, &cases[c].filter))
				passed[n++] = (char)('0' + i);
		passed[n] = '\0';
		is_str(passed, cases[c].want, "selects: %s", cases[c].name);
	}
	buf_fini(&out);
	arena_reset(&arena);
}

static void
refusals(void)
{
	static const struct {
		const char *line;
		const char *want;
	} cases[] = {
		{ "", "not an object" },
		{ "[]", "not an object" },
		{ "{\"time\":\"2023-11-14T22:13:20Z\",\"metrics\":{}}",
		    "type is missing" },
		{ "{\"type\":\"node\",\"metrics\":{}}", "time is missing" },
		{ LINE_HEAD "\"node\"}", "metrics is missing" },
		{ LINE_HEAD "\"nod\",\"metrics\":{}}",
		    "type: no such type: nod" },
		{ "{\"time\":\"noon\",\"type\":\"cluster\",\"metrics\":{}}",
		    "time: not a time: noon" },
		{ LINE_HEAD "\"cluster\",\"scraped\":\"x\",\"metrics\":{}}",
		    "scraped: not a time: x" },
		{ LINE_HEAD "\"cluster\",\"io_scraped\":\"x\","
		    "\"metrics\":{}}", "io_scraped: not a time: x" },
		{ LINE_HEAD "\"node\",\"metrics\":{}}", "nodename is missing" },
		{ LINE_HEAD "\"pod\",\"nodename\":\"n\",\"metrics\":{}}",
		    "pod_name is missing" },
		{ LINE_HEAD "\"pod\",\"nodename\":\"n\",\"pod_name\":\"p\","
		    "\"metrics\":{}}", "namespace_name is missing" },
		{ LINE_HEAD "\"sys_container\",\"nodename\":\"n\","
		    "\"metrics\":{}}", "container_name is missing" },
		{ LINE_HEAD "\"ns\",\"metrics\":{}}",
		    "namespace_name is missing" },
		{ LINE_HEAD "\"cluster\",\"metrics\":{\"cpu\":1}}",
		    "unknown metric: cpu" },
		{ LINE_HEAD "\"cluster\",\"metrics\":{\"filesystem/usage\":1}}",
		    "a metric of resources: filesystem/usage" },
		{ LINE_HEAD "\"cluster\",\"metrics\":{},\"resources\":["
		    "{\"metrics\":{\"cpu/usage\":1}}]}",
		    "not a metric of resources: cpu/usage" },
		{ LINE_HEAD "\"cluster\",\"metrics\":{},\"resources\":["
		    "{\"metrics\":{\"custom/x\":1}}]}",
		    "not a metric of resources: custom/x" },
		{ LINE_HEAD "\"cluster\",\"metrics\":{\"custom/\":1}}",
		    "unknown metric: custom/" },
		{ LINE_HEAD "\"cluster\",\"metrics\":{\"a/request\":-1}}",
		    "not an unsigned integer of 64 bits: a/request" },
		{ LINE_HEAD "\"cluster\",\"metrics\":{\"cpu/usage\":-1}}",
		    "not an unsigned integer of 64 bits: cpu/usage" },
		{ LINE_HEAD "\"cluster\",\"metrics\":{\"cpu/usage\":1e20}}",
		    "not an unsigned integer of 64 bits: cpu/usage" },
		{ LINE_HEAD "\"cluster\",\"resolution_us\":0,\"metrics\":{}}",
		    "out of range: resolution_us" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct frames_copy copy = frames_copy(str_of(cases[i].line));
		struct err err = { "" };
		struct ndjson_set s;

		ok(!ndjson_parse(&s, &arena, copy.text, &err), "refuses %s",
		    cases[i].line);
		is_str(err.msg, cases[i].want, "and says why");
		free(copy.p);
		arena_reset(&arena);
	}
}

static void
numbers(void)
{
	static const struct {
		const char *text;
		uint64_t want;
	} cases[] = {
		{ "0", 0 }, { "18446744073709551615", UINT64_MAX },
		{ "1e+17", 100000000000000000 }, { "2.5", 3 }, { "7.0", 7 },
		{ "1.8446744073709550e19", 18446744073709549568u },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = { "" };
		struct ndjson_set s;
		char line[256];

		snprintf(line, sizeof line, LINE_HEAD "\"cluster\","
		    "\"metrics\":{\"memory/usage\":%s,\"cpu/limit\":null}}",
		    cases[i].text);
		ok(ndjson_parse(&s, &arena, str_of(line), &err), "takes %s %s",
		    cases[i].text, err.msg);
		is_u64(s.set.values[METRIC_MEMORY_USAGE].u, cases[i].want,
		    "as the integer it is or is next to");
		ok(!set_has(&s.set, METRIC_CPU_LIMIT), "and null as absent");
		arena_reset(&arena);
	}
}

/* All lines of a frame, which are handed to a group on the way. */
static void
print_sets(struct buf *out, const struct frame *f, struct group *g)
{
	static const struct ndjson_filter all;
	struct err err = { "" };

	buf_reset(out);
	for (size_t i = 0; i < f->n_sets; i++) {
		size_t before = out->len;

		format_ndjson(out, f, i, &all);
		if (g != NULL)
			ok(group_add(g, (struct str){ out->p + before,
			    out->len - before - 1 }, &err) == GROUP_ADDED,
			    "line %zu belongs to the frame %s", i, err.msg);
	}
}

static void
round_trips(void)
{
	static const char *const frames[] = {
		FRAME_HEAD "\"node\":{\"name\":\"n1\",\"hostname\":\"h\","
		"\"host_id\":\"\",\"labels\":\"a:b\",\"values\":[1,0.5],"
		"\"system\":[{\"name\":\"s\",\"start_us\":5,\"values\":[]},"
		"{\"name\":\"t\",\"values\":[2]}],\"pods\":["
		"{\"namespace\":\"a\",\"name\":\"p\",\"uid\":\"u\","
		"\"namespace_id\":\"i\",\"stored\":{\"k\":\"v\"},"
		"\"values\":[],\"containers\":[{\"name\":\"c\","
		"\"image\":\"m\",\"values\":[3],\"resources\":["
		"{\"resource_id\":\"/\",\"values\":[1]},"
		"{\"resource_id\":\"logs\",\"values\":[2,null,1.5]},"
		"{\"resource_id\":\"gpu\",\"values\":[null,3]},"
		"{\"make\":\"x\",\"model\":\"y\",\"accelerator_id\":\"z\","
		"\"values\":[9]}]}]},{\"namespace\":\"b\",\"name\":\"p\","
		"\"values\":[],\"containers\":[]}]}}",
		"{\"v\":1,\"kind\":\"rollup\",\"window_us\":1000000,"
		"\"resolution_us\":1000000,\"metrics\":[\"memory/usage\"],"
		"\"answered\":0,\"missing\":[],\"cluster\":{\"values\":[5]},"
		"\"namespaces\":[{\"name\":\"a\",\"uid\":\"u\",\"values\":[5]},"
		"{\"name\":\"b\",\"values\":[]}]}",
	};
	struct buf before = BUF_INIT, after = BUF_INIT;
	struct group g;

	group_init(&g);
	for (size_t i = 0; i < COUNT(frames); i++) {
		struct frame f = decoded(frames[i]), again;
		struct err err = { "" };

		print_sets(&before, &f, &g);
		ok(group_frame(&g, &again, 1, &err), "it is a frame again");
		print_sets(&after, &again, NULL);
		is_mem(after.p, after.len, before.p, before.len,
		    "with all that was in it");
		is_i64(again.resolution_ns, f.resolution_ns,
		    "the resolution as well");
		group_reset(&g);
		arena_reset(&arena);
	}
	group_fini(&g);
	buf_fini(&before);
	buf_fini(&after);
}

#define OBJECT_AT(time, rest) \
	"{\"time\":\"" time "\",\"metrics\":{}," rest "}"
#define OBJECT(rest) OBJECT_AT("2023-11-14T22:13:20Z", rest)

static void
groups(void)
{
	static const char container[] = OBJECT("\"type\":\"pod_container\","
	    "\"nodename\":\"n\",\"pod_name\":\"p\",\"namespace_name\":\"a\","
	    "\"labels\":\"k:v\",\"container_name\":\"c\",\"x\":{},\"y\":\"z\"");
	static const char *const others[] = {
		OBJECT("\"type\":\"node\",\"nodename\":\"m\""),
		OBJECT("\"type\":\"cluster\""),
		OBJECT_AT("2023-11-14T22:13:21Z",
		    "\"type\":\"node\",\"nodename\":\"n\""),
	};
	struct err err = { "" };
	struct frame f;
	struct group g;

	group_init(&g);
	ok(group_add(&g, str_of(container), &err) == GROUP_ADDED,
	    "a container alone begins a frame");
	for (size_t i = 0; i < COUNT(others); i++)
		ok(group_add(&g, str_of(others[i]), &err) == GROUP_OTHER,
		    "%s does not belong to it", others[i]);
	ok(group_add(&g, STR("{}"), &err) == GROUP_INVALID,
	    "an invalid line does no harm");
	ok(group_frame(&g, &f, 15, &err), "it becomes a frame");
	is_i64(f.resolution_ns, 15, "of the resolution that was given");
	is_u64(f.n_sets, 3, "with a node and a pod made up");
	ok(f.sets[0].type == SET_NODE && str_is(f.sets[0].name, "n"),
	    "the node has its name");
	ok(f.sets[1].type == SET_POD && str_is(f.sets[1].name, "p") &&
	    str_is(f.sets[1].namespace_name, "a") &&
	    str_is(f.sets[1].labels, "k:v"), "the pod has names and labels");
	ok(f.sets[1].n_stored == 1 && str_is(f.sets[1].stored[0].key, "y"),
	    "strings of other names are stored labels, objects are not");
	is_u64(f.sets[2].parent, 1, "the container is in the pod");
	group_fini(&g);
}

int
main(void)
{
	arena_init(&arena, 64u << 20);
	golden();
	filters();
	refusals();
	numbers();
	round_trips();
	groups();
	arena_fini(&arena);
	return done_testing();
}
