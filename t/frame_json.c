/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/frame_json.h"
#include "common/json.h"
#include "t/frames.h"
#include "t/tap.h"

#define ARENA_BYTES (16u << 20)
#define ROUNDS 2000

/* A copy of exactly so many bytes, so that reading beyond them is found; the
 * digits behind the text must not be read into a number. */
struct copy {
	char *p;
	struct str text;
};

static struct copy
copy_of(struct str s)
{
	struct copy c;

	c.p = malloc(s.len + JSON_PAD);
	if (c.p == NULL)
		abort();
	memcpy(c.p, s.p, s.len);
	memset(c.p + s.len, '1', JSON_PAD);
	c.text = (struct str){ c.p, s.len };
	return c;
}

static bool
decodes(struct str text, struct err *err)
{
	struct copy c = copy_of(text);
	struct arena a;
	struct frame f;
	bool is_fine;

	arena_init(&a, ARENA_BYTES);
	is_fine = frame_decode(&f, &a, c.text, err);
	arena_fini(&a);
	free(c.p);
	return is_fine;
}

/* NULL, or what is wrong with this frame's way there and back. */
static const char *
round_trip(const struct frame *f)
{
	struct buf text = BUF_INIT, again = BUF_INIT;
	struct frame back;
	struct copy c;
	struct arena a;
	static struct err err;
	const char *wrong = NULL;

	arena_init(&a, ARENA_BYTES);
	frame_encode(f, &text);
	c = copy_of(buf_str(&text));
	if (!frame_decode(&back, &a, c.text, &err))
		wrong = err.msg;
	else
		wrong = frames_differ(f, &back);
	if (wrong == NULL) {
		frame_encode(&back, &again);
		if (!str_eq(buf_str(&text), buf_str(&again)))
			wrong = "the second text";
	}
	buf_fini(&text);
	buf_fini(&again);
	free(c.p);
	arena_fini(&a);
	return wrong;
}

static void
test_round_trips(void)
{
	struct arena a;
	const char *wrong = NULL;
	uint64_t seed;

	arena_init(&a, ARENA_BYTES);
	for (seed = 0; seed < ROUNDS && wrong == NULL; seed++) {
		struct frame f;

		arena_reset(&a);
		frames_random(&f, &a, seed);
		wrong = round_trip(&f);
	}
	ok(wrong == NULL, "%d random frames come back as they were", ROUNDS);
	if (wrong != NULL)
		printf("# seed %d: %s\n", (int)seed - 1, wrong);
	arena_fini(&a);
}

static void
is_text(const struct frame *f, const char *expected, const char *what)
{
	struct buf b = BUF_INIT;

	frame_encode(f, &b);
	ok(str_is(buf_str(&b), expected), "golden: %s", what);
	if (!str_is(buf_str(&b), expected))
		printf("# got      %.*s\n# expected %s\n",
		    STR_ARG(buf_str(&b)), expected);
	ok(round_trip(f) == NULL, "and back: %s", what);
	buf_fini(&b);
}

static struct frame
small_frame(enum frame_kind kind)
{
	struct frame f;

	frame_clear(&f);
	f.kind = kind;
	f.window_ns = 1795510385000000000;
	f.resolution_ns = 15000000000;
	f.collector = STR("c1");
	return f;
}

static void
fill_golden_pod(struct frame *f, struct arena *a)
{
	static struct label stored[] = {
		{ STR_INIT("team"), STR_INIT("x\"y") },
	};
	size_t pod = frame_add_set(f, a, SET_POD, 0);
	size_t container;
	struct resource *r;

	f->sets[pod].namespace_name = STR("default");
	f->sets[pod].name = STR("web");
	f->sets[pod].pod_id = STR("u1");
	f->sets[pod].namespace_id = STR("u2");
	f->sets[pod].labels = STR("app:web");
	f->sets[pod].stored = stored;
	f->sets[pod].n_stored = 1;
	f->sets[pod].start_ns = 1795510000000001000;
	container = frame_add_set(f, a, SET_POD_CONTAINER, pod);
	f->sets[container].name = STR("c");
	f->sets[container].image = STR("img:1");
	f->sets[container].scraped_ns = 1795510385123456000;
	set_u64(&f->sets[container], METRIC_MEMORY_USAGE, UINT64_MAX);
	r = frame_add_resource(f, a, container);
	r->resource_id = STR("/");
	resource_u64(r, METRIC_FILESYSTEM_USAGE, 4096);
	resource_float(r, METRIC_DISK_IO_READ_BYTES_RATE, 0.25);
}

static void
test_golden_node(void)
{
	struct arena a;
	struct frame f = small_frame(FRAME_NODE);
	size_t i;

	arena_init(&a, ARENA_BYTES);
	f.node = STR("n1");
	f.hostname = STR("n1.local");
	f.host_id = STR("");
	f.schedulable = STR("true");
	i = frame_add_set(&f, &a, SET_NODE, 0);
	f.sets[i].name = f.node;
	f.sets[i].labels = STR("");
	set_u64(&f.sets[i], METRIC_CPU_USAGE, 1234567890123);
	set_float(&f.sets[i], METRIC_CPU_NODE_CAPACITY, 3500);
	is_text(&f, "{\"v\":1,\"kind\":\"node\",\"window_us\":1795510385000000,"
	    "\"resolution_us\":15000000,\"collector\":\"c1\","
	    "\"metrics\":[\"cpu/usage\",\"cpu/node_capacity\"],"
	    "\"node\":{\"name\":\"n1\",\"hostname\":\"n1.local\","
	    "\"host_id\":\"\",\"schedulable\":\"true\",\"labels\":\"\","
	    "\"values\":[1234567890123,3500],\"system\":[],\"pods\":[]}}",
	    "a node alone");

	i = frame_add_set(&f, &a, SET_SYS_CONTAINER, 0);
	f.sets[i].name = STR("kubelet");
	set_u64(&f.sets[i], METRIC_CPU_USAGE, 0);
	fill_golden_pod(&f, &a);
	is_text(&f, "{\"v\":1,\"kind\":\"node\",\"window_us\":1795510385000000,"
	    "\"resolution_us\":15000000,\"collector\":\"c1\","
	    "\"metrics\":[\"cpu/usage\",\"memory/usage\","
	    "\"cpu/node_capacity\"],"
	    "\"labelled\":[\"filesystem/usage\",\"disk/io_read_bytes_rate\"],"
	    "\"node\":{\"name\":\"n1\",\"hostname\":\"n1.local\","
	    "\"host_id\":\"\",\"schedulable\":\"true\",\"labels\":\"\","
	    "\"values\":[1234567890123,null,3500],"
	    "\"system\":[{\"name\":\"kubelet\",\"values\":[0]}],"
	    "\"pods\":[{\"namespace\":\"default\",\"name\":\"web\","
	    "\"uid\":\"u1\",\"namespace_id\":\"u2\",\"labels\":\"app:web\","
	    "\"stored\":{\"team\":\"x\\\"y\"},\"start_us\":1795510000000001,"
	    "\"values\":[],\"containers\":[{\"name\":\"c\","
	    "\"image\":\"img:1\",\"scraped_us\":1795510385123456,"
	    "\"values\":[null,18446744073709551615],"
	    "\"resources\":[{\"resource_id\":\"/\",\"values\":[4096,0.25]}]"
	    "}]}]}}", "a node with everything");
	arena_fini(&a);
}

static void
test_golden_others(void)
{
	static struct str names[] = { STR_INIT("n1"), STR_INIT("n2") };
	struct arena a;
	struct frame f = small_frame(FRAME_FAILED);
	size_t i;

	arena_init(&a, ARENA_BYTES);
	f.node = STR("n1");
	f.error = STR("timed out");
	is_text(&f, "{\"v\":1,\"kind\":\"failed\","
	    "\"window_us\":1795510385000000,\"resolution_us\":15000000,"
	    "\"collector\":\"c1\",\"node\":{\"name\":\"n1\"},"
	    "\"error\":\"timed out\"}", "a failed node");

	f = small_frame(FRAME_ROSTER);
	is_text(&f, "{\"v\":1,\"kind\":\"roster\","
	    "\"window_us\":1795510385000000,\"resolution_us\":15000000,"
	    "\"collector\":\"c1\",\"nodes\":[]}", "an empty roster");
	f.nodes = names;
	f.n_nodes = 2;
	is_text(&f, "{\"v\":1,\"kind\":\"roster\","
	    "\"window_us\":1795510385000000,\"resolution_us\":15000000,"
	    "\"collector\":\"c1\",\"nodes\":[\"n1\",\"n2\"]}", "a roster");

	f = small_frame(FRAME_ROLLUP);
	f.collector = (struct str){ 0 };
	f.n_answered = 2;
	f.nodes = names;
	f.n_nodes = 1;
	i = frame_add_set(&f, &a, SET_CLUSTER, 0);
	set_u64(&f.sets[i], METRIC_MEMORY_USAGE, 7);
	i = frame_add_set(&f, &a, SET_NAMESPACE, 0);
	f.sets[i].name = STR("default");
	f.sets[i].namespace_id = STR("u2");
	set_u64(&f.sets[i], METRIC_CPU_REQUEST, 100);
	is_text(&f, "{\"v\":1,\"kind\":\"rollup\","
	    "\"window_us\":1795510385000000,\"resolution_us\":15000000,"
	    "\"metrics\":[\"memory/usage\",\"cpu/request\"],"
	    "\"answered\":2,\"missing\":[\"n1\"],\"cluster\":{\"values\":[7]},"
	    "\"namespaces\":[{\"name\":\"default\",\"uid\":\"u2\","
	    "\"values\":[null,100]}]}", "a roll-up");
	arena_fini(&a);
}

/* Texts that mean the same as another text: what they are encoded to. */
static void
test_tolerance(void)
{
#define HEAD "{\"v\":1,\"kind\":\"node\",\"window_us\":1,\"resolution_us\":2,"
#define METRICS "\"metrics\":[\"cpu/usage\",\"memory/usage\"],"
	static const struct { const char *what, *text, *same; } cases[] = {
	{ "unknown fields are ignored at each level",
	  "{\"new\":[{\"a\":null}],\"v\":1,\"kind\":\"node\",\"window_us\":1,"
	  "\"resolution_us\":2," METRICS "\"labelled\":[\"filesystem/usage\"],"
	  "\"node\":{\"new\":1,\"name\":\"n\",\"values\":[1],"
	  "\"system\":[{\"new\":{},\"name\":\"s\",\"values\":[],\"uid\":\"\"}],"
	  "\"pods\":[{\"new\":\"x\",\"namespace\":\"a\",\"name\":\"b\","
	  "\"image\":\"\",\"values\":[],\"resources\":[{\"new\":[[]],"
	  "\"values\":[3]}],\"containers\":[{\"uid\":1,\"new\":1.5e3,"
	  "\"name\":\"c\",\"new\":true,\"values\":[]}]}]}}",
	  HEAD "\"metrics\":[\"cpu/usage\"],"
	  "\"labelled\":[\"filesystem/usage\"],"
	  "\"node\":{\"name\":\"n\",\"values\":[1],"
	  "\"system\":[{\"name\":\"s\",\"values\":[]}],"
	  "\"pods\":[{\"namespace\":\"a\",\"name\":\"b\",\"values\":[],"
	  "\"resources\":[{\"values\":[3]}],"
	  "\"containers\":[{\"name\":\"c\",\"values\":[]}]}]}}" },
	{ "metrics that we do not know are skipped",
	  HEAD "\"metrics\":[\"cpu/new\",\"cpu/usage\",\"filesystem/usage\","
	  "null,\"memory/usage\"],\"node\":{\"name\":\"n\","
	  "\"values\":[{\"a\":[1]},5,\"x\",1e40,6]}}",
	  HEAD METRICS "\"node\":{\"name\":\"n\",\"values\":[5,6],"
	  "\"system\":[],\"pods\":[]}}" },
	{ "columns may stand in any order",
	  HEAD "\"metrics\":[\"memory/usage\",\"cpu/usage\"],"
	  "\"node\":{\"name\":\"n\",\"values\":[5,6]}}",
	  HEAD METRICS "\"node\":{\"name\":\"n\",\"values\":[6,5],"
	  "\"system\":[],\"pods\":[]}}" },
	{ "fields may stand in any order",
	  "{\"metrics\":[\"cpu/usage\"],\"node\":{\"pods\":[{"
	  "\"containers\":[{\"values\":[1],\"name\":\"c\"}],\"name\":\"b\","
	  "\"namespace\":\"a\"},{\"namespace\":\"a\",\"name\":\"b2\"}],"
	  "\"system\":[{\"name\":\"s\"},{\"name\":\"s2\"}],\"name\":\"n\"},"
	  "\"resolution_us\":2,\"window_us\":1,\"kind\":\"node\",\"v\":1}",
	  HEAD "\"metrics\":[\"cpu/usage\"],"
	  "\"node\":{\"name\":\"n\",\"values\":[],"
	  "\"system\":[{\"name\":\"s\",\"values\":[]},"
	  "{\"name\":\"s2\",\"values\":[]}],"
	  "\"pods\":[{\"namespace\":\"a\",\"name\":\"b\",\"values\":[],"
	  "\"containers\":[{\"name\":\"c\",\"values\":[1]}]},"
	  "{\"namespace\":\"a\",\"name\":\"b2\",\"values\":[],"
	  "\"containers\":[]}]}}" },
	{ "null is absent, blanks do not matter",
	  " {\"v\" : 1 , \"kind\":\"node\",\"window_us\":1,"
	  "\"resolution_us\":2,\"collector\":null," METRICS
	  "\"node\":{\"name\":\"n\",\"labels\":null,\"stored\":{\"a\":null},"
	  "\"start_us\":null,\"values\": [ null ,\t7 ] ,\"system\":null,"
	  "\"resources\":null,\"pods\":[ ]}}\n",
	  HEAD "\"metrics\":[\"memory/usage\"],"
	  "\"node\":{\"name\":\"n\",\"values\":[7],"
	  "\"system\":[],\"pods\":[]}}" },
	{ "fields of another kind are dropped",
	  "{\"v\":1,\"kind\":\"failed\",\"window_us\":1,\"resolution_us\":2,"
	  "\"nodes\":[\"x\"],\"missing\":[\"y\"],\"answered\":3,"
	  "\"node\":{\"name\":\"n\",\"values\":[]},\"error\":\"e\"}",
	  "{\"v\":1,\"kind\":\"failed\",\"window_us\":1,\"resolution_us\":2,"
	  "\"node\":{\"name\":\"n\"},\"error\":\"e\"}" },
	{ "a roll-up may name its namespaces first",
	  "{\"v\":1,\"kind\":\"rollup\",\"window_us\":1,\"resolution_us\":2,"
	  METRICS "\"namespaces\":[{\"name\":\"a\"}],"
	  "\"cluster\":{\"values\":[4]}}",
	  "{\"v\":1,\"kind\":\"rollup\",\"window_us\":1,\"resolution_us\":2,"
	  "\"metrics\":[\"cpu/usage\"],\"answered\":0,\"missing\":[],"
	  "\"cluster\":{\"values\":[4]},"
	  "\"namespaces\":[{\"name\":\"a\",\"values\":[]}]}" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct copy c = copy_of(str_of(cases[i].text));
		struct buf b = BUF_INIT;
		struct arena a;
		struct frame f;
		struct err err = { "" };

		arena_init(&a, ARENA_BYTES);
		if (frame_decode(&f, &a, c.text, &err))
			frame_encode(&f, &b);
		ok(str_is(buf_str(&b), cases[i].same), "%s", cases[i].what);
		if (!str_is(buf_str(&b), cases[i].same))
			printf("# %s\n# got      %.*s\n# expected %s\n",
			    err.msg, STR_ARG(buf_str(&b)), cases[i].same);
		buf_fini(&b);
		arena_fini(&a);
		free(c.p);
	}
}

static void
test_refusals(void)
{
#define NODE(fields) HEAD METRICS "\"node\":{\"name\":\"n\"," fields "}}"
#define POD(fields) NODE("\"pods\":[{\"namespace\":\"a\",\"name\":\"b\"," \
	    fields "}]")
	static const struct { const char *what, *text, *reason; } cases[] = {
	{ "nothing", "", "json" },
	{ "no object", "[]", "json" },
	{ "null", "null", "object" },
	{ "garbage", "hello", "json" },
	{ "an empty object", "{}", "version" },
	{ "version 2", "{\"v\":2,\"kind\":\"node\"}", "unknown version" },
	{ "no version", "{\"kind\":\"roster\"}", "version" },
	{ "no kind", "{\"v\":1,\"node\":{\"name\":\"n\"}}", "kind" },
	{ "an unknown kind", "{\"v\":1,\"kind\":\"nod\"}", "unknown kind" },
	{ "a node frame without node", HEAD METRICS "\"nodes\":[]}",
	  "no node" },
	{ "a failed frame without node", "{\"v\":1,\"kind\":\"failed\"}",
	  "no node" },
	{ "a roll-up without cluster", "{\"v\":1,\"kind\":\"rollup\"}",
	  "no cluster" },
	{ "a roll-up with a node instead",
	  "{\"v\":1,\"kind\":\"rollup\",\"node\":{\"name\":\"n\"}}",
	  "no cluster" },
	{ "a node frame with a cluster instead",
	  "{\"v\":1,\"kind\":\"node\",\"cluster\":{}}", "no node" },
	{ "both a node and a cluster",
	  HEAD "\"cluster\":{},\"node\":{\"name\":\"n\"}}",
	  "a node and a cluster" },
	{ "a cluster beside a node",
	  HEAD "\"node\":{\"name\":\"n\"},\"namespaces\":[]}",
	  "a node and a cluster" },
	{ "a node without name", HEAD "\"node\":{\"values\":[]}}",
	  "node without a name" },
	{ "a node whose name is null", HEAD "\"node\":{\"name\":null}}",
	  "node without a name" },
	{ "a node that is null", HEAD "\"node\":null}", "object" },
	{ "a pod that is null", NODE("\"pods\":[null]"), "object" },
	{ "a pod without namespace", NODE("\"pods\":[{\"name\":\"b\"}]"),
	  "pod without" },
	{ "a pod without name", NODE("\"pods\":[{\"namespace\":\"b\"}]"),
	  "pod without" },
	{ "a container without name", POD("\"containers\":[{}]"),
	  "container without" },
	{ "a system container without name", NODE("\"system\":[{}]"),
	  "container without" },
	{ "a namespace without name",
	  "{\"v\":1,\"kind\":\"rollup\",\"namespaces\":[{\"uid\":\"u\"}]}",
	  "namespace without" },
	{ "a roster with a nameless node",
	  "{\"v\":1,\"kind\":\"roster\",\"nodes\":[\"a\",null]}",
	  "node without a name" },
	{ "more values than metrics", NODE("\"values\":[1,2,3]"),
	  "more values" },
	{ "one null more than metrics", NODE("\"values\":[1,2,null]"),
	  "more values" },
	{ "values without metrics",
	  HEAD "\"node\":{\"name\":\"n\",\"values\":[1]}}", "more values" },
	{ "a negative integer", NODE("\"values\":[-1]"), "json" },
	{ "an integer with a fraction", NODE("\"values\":[1.5]"), "json" },
	{ "an integer with an exponent", NODE("\"values\":[1,1e3]"), "json" },
	{ "an integer with a leading zero", NODE("\"values\":[01]"), "json" },
	{ "an integer of 2^64", NODE("\"values\":[18446744073709551616]"),
	  "json" },
	{ "an integer of 40 digits", NODE("\"values\":["
	  "1111111111111111111111111111111111111111]"), "json" },
	{ "a string for a value", NODE("\"values\":[\"1\"]"), "json" },
	{ "a comma at the end of the values", NODE("\"values\":[1,]"),
	  "json" },
	{ "two commas between values", NODE("\"values\":[1,,2]"), "json" },
	{ "a comma before the values", NODE("\"values\":[,1]"), "json" },
	{ "values that end in another bracket", NODE("\"values\":[1}"),
	  "json" },
	{ "a time beyond 64 bits of ns",
	  NODE("\"start_us\":9223372036854775807"), "time out of range" },
	{ "a time with a fraction", NODE("\"start_us\":1.5"), "json" },
	{ "a name that is a number", HEAD "\"node\":{\"name\":1}}", "json" },
	{ "a name that is not UTF-8", HEAD "\"node\":{\"name\":\"\xff\"}}",
	  "json" },
	{ "a field twice", NODE("\"values\":[],\"values\":[]"), "twice" },
	{ "pods twice", NODE("\"pods\":[],\"pods\":[]"), "twice" },
	{ "metrics twice", HEAD METRICS METRICS "\"node\":{\"name\":\"n\"}}",
	  "twice" },
	{ "one metric twice", HEAD "\"metrics\":[\"uptime\",\"uptime\"],"
	  "\"node\":{\"name\":\"n\"}}", "metric stands twice" },
	{ "something behind the frame",
	  "{\"v\":1,\"kind\":\"roster\"}{}", "json" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = { "accepted" };

		ok(!decodes(str_of(cases[i].text), &err) &&
		    strstr(err.msg, cases[i].reason) != NULL,
		    "refuses %s", cases[i].what);
		if (strstr(err.msg, cases[i].reason) == NULL)
			printf("# says: %s\n", err.msg);
	}
}

static void
test_truncation(void)
{
	struct arena a;
	struct frame f;
	struct buf b = BUF_INIT;
	struct err err;
	size_t n_accepted = 0;

	arena_init(&a, ARENA_BYTES);
	for (uint64_t seed = 0; seed < 8; seed++) {
		frames_random(&f, &a, seed);
		buf_reset(&b);
		frame_encode(&f, &b);
		for (size_t n = 0; n < b.len; n++)
			n_accepted += decodes((struct str){ b.p, n }, &err);
	}
	ok(n_accepted == 0, "a frame cut at any byte is refused");
	buf_fini(&b);
	arena_fini(&a);
}

/* n times text, between head and tail. */
static struct buf
repeated(const char *head, const char *text, size_t n, const char *tail)
{
	struct buf b = BUF_INIT;

	buf_add_str(&b, str_of(head));
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(&b, ',');
		buf_add_str(&b, str_of(text));
	}
	buf_add_str(&b, str_of(tail));
	return b;
}

static void
test_bounds(void)
{
#define RESOURCES POD_HEAD "\"resources\":["
#define POD_HEAD HEAD "\"node\":{\"name\":\"n\",\"pods\":[{" \
	"\"namespace\":\"a\",\"name\":\"b\","
	static const struct {
		const char *what, *head, *text, *tail;
		size_t max;
	} cases[] = {
		{ "metrics", HEAD "\"metrics\":[", "\"x\"",
		  "],\"node\":{\"name\":\"n\"}}", FRAME_COLUMNS_MAX },
		{ "resources", POD_HEAD "\"resources\":[", "{}", "]}]}}",
		  FRAME_RESOURCES_MAX },
		{ "stored labels", POD_HEAD "\"stored\":{", "\"a\":\"b\"",
		  "}}]}}", FRAME_STORED_MAX },
		{ "nodes", "{\"v\":1,\"kind\":\"roster\",\"nodes\":[", "\"\"",
		  "]}", FRAME_NODES_MAX },
	};
	struct err err;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b = repeated(cases[i].head, cases[i].text,
		    cases[i].max, cases[i].tail);

		ok(decodes(buf_str(&b), &err), "takes %zu %s", cases[i].max,
		    cases[i].what);
		buf_fini(&b);
		b = repeated(cases[i].head, cases[i].text, cases[i].max + 1,
		    cases[i].tail);
		ok(!decodes(buf_str(&b), &err) &&
		    strstr(err.msg, "too many") != NULL,
		    "refuses one more of the %s", cases[i].what);
		buf_fini(&b);
	}
}

static void
test_memory(void)
{
	struct buf b = repeated(HEAD "\"node\":{\"name\":\"n\",\"system\":[",
	    "{\"name\":\"s\"}", FRAME_SETS_MAX - 1, "]}}");
	struct buf small = { .max_bytes = 10000 };
	struct arena a;
	struct frame f;
	struct err err;
	struct copy c;

	ok(!decodes(buf_str(&b), &err) &&
	    strstr(err.msg, "too large") != NULL,
	    "a frame that does not fit into the arena is refused");
	c = copy_of(buf_str(&b));
	arena_init(&a, 256u << 20);
	ok(frame_decode(&f, &a, c.text, &err) && f.n_sets == FRAME_SETS_MAX,
	    "takes %d sets", FRAME_SETS_MAX);
	frame_encode(&f, &small);
	ok(small.failed, "a full buffer is marked as failed");
	free(c.p);
	buf_fini(&b);
	b = repeated(HEAD "\"node\":{\"name\":\"n\",\"system\":[",
	    "{\"name\":\"s\"}", FRAME_SETS_MAX, "]}}");
	c = copy_of(buf_str(&b));
	arena_reset(&a);
	ok(!frame_decode(&f, &a, c.text, &err) &&
	    strstr(err.msg, "too many sets") != NULL, "refuses one set more");
	free(c.p);
	buf_fini(&b);
	buf_fini(&small);
	arena_fini(&a);
}

static void
test_nesting(void)
{
	struct buf b = BUF_INIT;
	struct err err;

	buf_add_str(&b, str_of("{\"v\":1,\"kind\":\"roster\",\"x\":"));
	for (int i = 0; i < 100000; i++)
		buf_add_char(&b, '[');
	ok(!decodes(buf_str(&b), &err), "refuses 100000 open brackets");
	buf_fini(&b);
}

static void
test_digits(void)
{
	static const uint64_t edges[] = { 0, 1, UINT64_MAX - 1, UINT64_MAX };
	const char *wrong = NULL;
	struct arena a;
	uint64_t power = 1;

	arena_init(&a, ARENA_BYTES);
	for (int digits = 0; digits < 20; digits++, power *= 10) {
		struct frame f = small_frame(FRAME_NODE);
		size_t i;

		arena_reset(&a);
		f.node = STR("n");
		i = frame_add_set(&f, &a, SET_NODE, 0);
		f.sets[i].name = f.node;
		set_u64(&f.sets[i], METRIC_CPU_USAGE, power - 1);
		set_u64(&f.sets[i], METRIC_MEMORY_USAGE, power);
		set_u64(&f.sets[i], METRIC_MEMORY_RSS, power + 1);
		set_u64(&f.sets[i], METRIC_UPTIME, edges[digits % 4]);
		set_u64(&f.sets[i], METRIC_SWAP_USAGE, power / 7 * 5);
		if (wrong == NULL)
			wrong = round_trip(&f);
	}
	ok(wrong == NULL, "integers of all lengths come back exactly");
	if (wrong != NULL)
		printf("# %s\n", wrong);
	arena_fini(&a);
}

static void
test_lines(void)
{
	static const struct { const char *what, *line; } bad[] = {
		{ "an empty line", "" },
		{ "a topic alone", "node" },
		{ "no topic", " 1.2 {}" },
		{ "a topic in capitals", "Node 1.2 {}" },
		{ "no position", "node {}" },
		{ "no sequence number", "node 1 {}" },
		{ "an empty sequence number", "node 1. {}" },
		{ "an empty epoch", "node .1 {}" },
		{ "three numbers", "node 1.2.3 {}" },
		{ "a negative epoch", "node -1.2 {}" },
		{ "an epoch of 2^64", "node 18446744073709551616.2 {}" },
		{ "two blanks", "node  1.2 {}" },
		{ "two blanks before the JSON", "node 1.2  {}" },
		{ "no JSON", "node 1.2 " },
		{ "no JSON and no blank", "node 1.2" },
		{ "an array", "node 1.2 []" },
	};
	struct frame_line l;
	struct buf b = BUF_INIT;
	struct err err;

	ok(frame_line_parse(&l, STR("rollup 7.18446744073709551615 {a b}"),
	    &err) && str_is(l.topic, "rollup") && l.epoch == 7 &&
	    l.seq == UINT64_MAX && str_is(l.json, "{a b}"),
	    "a line is cut into its parts");
	frame_line_begin(&b, STR("node"), UINT64_MAX, 0);
	ok(str_is(buf_str(&b), "node 18446744073709551615.0 "),
	    "a line begins with topic and position");
	buf_fini(&b);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!frame_line_parse(&l, str_of(bad[i].line), &err),
		    "refuses a line: %s", bad[i].what);
}

int
main(void)
{
	test_golden_node();
	test_golden_others();
	test_digits();
	test_round_trips();
	test_tolerance();
	test_refusals();
	test_truncation();
	test_bounds();
	test_memory();
	test_nesting();
	test_lines();
	return done_testing();
}
