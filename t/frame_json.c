/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/frame_json.h"
#include "t/frames.h"
#include "t/tap.h"

#define ARENA_BYTES (16u << 20)
#define ROUNDS 2000

/* NULL, or what is wrong with this frame's way there and back. */
static const char *
round_trip(const struct frame *f)
{
	struct buf text = BUF_INIT, again = BUF_INIT;
	struct frame back;
	struct frames_copy c;
	struct arena a;
	static struct err err;
	const char *wrong = NULL;

	arena_init(&a, ARENA_BYTES);
	frame_encode(f, &text);
	c = frames_copy(buf_str(&text));
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
	f->sets[pod].parts_ns[SET_NETWORK] = 1795510385000000000;
	container = frame_add_set(f, a, SET_POD_CONTAINER, pod);
	f->sets[container].name = STR("c");
	f->sets[container].image = STR("img:1");
	f->sets[container].scraped_ns = 1795510385123456000;
	f->sets[container].parts_ns[SET_MEMORY] = 1795510385123457000;
	f->sets[container].parts_ns[SET_IO] = 1795510385123458000;
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
	    "\"network_us\":1795510385000000,\"values\":[],\"containers\":[{\"name\":\"c\","
	    "\"image\":\"img:1\",\"scraped_us\":1795510385123456,"
	    "\"memory_us\":1795510385123457,\"io_us\":1795510385123458,"
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
#define HEAD "{\"v\":1,\"kind\":\"node\",\"window_us\":1,\"resolution_us\":2,"
#define METRICS "\"metrics\":[\"cpu/usage\",\"memory/usage\"],"
static const struct { const char *what, *text, *same; } tolerated[] = {
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
	{ "when a kubelet was asked, and how long it took",
	  "{\"v\":1,\"kind\":\"failed\",\"took_us\":4,\"window_us\":1,"
	  "\"asked_us\":3,\"resolution_us\":2,\"node\":{\"name\":\"n\"},"
	  "\"error\":\"e\"}",
	  "{\"v\":1,\"kind\":\"failed\",\"window_us\":1,\"resolution_us\":2,"
	  "\"asked_us\":3,\"took_us\":4,\"node\":{\"name\":\"n\"},"
	  "\"error\":\"e\"}" },
	{ "how long it took is nothing if none was",
	  HEAD "\"took_us\":4," METRICS "\"node\":{\"name\":\"n\"}}",
	  HEAD "\"metrics\":[],\"node\":{\"name\":\"n\",\"values\":[],"
	  "\"system\":[],\"pods\":[]}}" },
	{ "fields of another kind are dropped",
	  "{\"v\":1,\"kind\":\"failed\",\"window_us\":1,\"resolution_us\":2,"
	  "\"nodes\":[\"x\"],\"missing\":[\"y\"],\"answered\":3,"
	  "\"node\":{\"name\":\"n\",\"values\":[]},\"error\":\"e\"}",
	  "{\"v\":1,\"kind\":\"failed\",\"window_us\":1,\"resolution_us\":2,"
	  "\"node\":{\"name\":\"n\"},\"error\":\"e\"}" },
	{ "times of parts may stand anywhere, null is absent",
	  HEAD METRICS "\"node\":{\"io_us\":3,\"name\":\"n\","
	  "\"network_us\":null,\"values\":[1],\"memory_us\":-4,"
	  "\"pods\":[{\"namespace\":\"a\",\"containers\":[{"
	  "\"network_us\":5,\"name\":\"c\"}],\"memory_us\":6,"
	  "\"name\":\"b\"}],\"system\":[{\"name\":\"s\",\"io_us\":7}]}}",
	  HEAD "\"metrics\":[\"cpu/usage\"],"
	  "\"node\":{\"name\":\"n\",\"memory_us\":-4,\"io_us\":3,"
	  "\"values\":[1],\"system\":[{\"name\":\"s\",\"io_us\":7,"
	  "\"values\":[]}],\"pods\":[{\"namespace\":\"a\","
	  "\"name\":\"b\",\"memory_us\":6,\"values\":[],"
	  "\"containers\":[{\"name\":\"c\",\"network_us\":5,"
	  "\"values\":[]}]}]}}" },
	{ "a roll-up may name its namespaces first",
	  "{\"v\":1,\"kind\":\"rollup\",\"window_us\":1,\"resolution_us\":2,"
	  METRICS "\"namespaces\":[{\"name\":\"a\"}],"
	  "\"cluster\":{\"values\":[4]}}",
	  "{\"v\":1,\"kind\":\"rollup\",\"window_us\":1,\"resolution_us\":2,"
	  "\"metrics\":[\"cpu/usage\"],\"answered\":0,\"missing\":[],"
	  "\"cluster\":{\"values\":[4]},"
	  "\"namespaces\":[{\"name\":\"a\",\"values\":[]}]}" },
};

static void
test_tolerance(void)
{
	for (size_t i = 0; i < sizeof tolerated / sizeof tolerated[0]; i++) {
		struct frames_copy c = frames_copy(str_of(tolerated[i].text));
		struct buf b = BUF_INIT;
		struct arena a;
		struct frame f;
		struct err err = { "" };

		arena_init(&a, ARENA_BYTES);
		if (frame_decode(&f, &a, c.text, &err))
			frame_encode(&f, &b);
		ok(str_is(buf_str(&b), tolerated[i].same), "%s",
		    tolerated[i].what);
		if (!str_is(buf_str(&b), tolerated[i].same))
			printf("# %s\n# got      %.*s\n# expected %s\n",
			    err.msg, STR_ARG(buf_str(&b)), tolerated[i].same);
		buf_fini(&b);
		arena_fini(&a);
		free(c.p);
	}
}

static void
test_parents(void)
{
	static const uint32_t parents[] = { 0, 0, 0, 0, 3, 3, 0, 6 };
	struct frames_copy c = frames_copy(str_of(HEAD "\"node\":{"
	    "\"name\":\"n\",\"pods\":[{\"namespace\":\"a\","
	    "\"name\":\"b\",\"containers\":[{\"name\":\"c\"},"
	    "{\"name\":\"d\"}]},{\"namespace\":\"a\",\"name\":\"e\","
	    "\"containers\":[{\"name\":\"f\"}]}],"
	    "\"system\":[{\"name\":\"s\"},{\"name\":\"t\"}]}}"));
	struct arena a;
	struct frame f;
	struct err err;
	size_t n_wrong = 0;

	arena_init(&a, ARENA_BYTES);
	ok(frame_decode(&f, &a, c.text, &err) && f.n_sets == 8,
	    "decodes pods that precede the system containers");
	for (size_t i = 0; i < f.n_sets; i++)
		n_wrong += f.sets[i].parent != parents[i];
	ok(n_wrong == 0, "containers keep their pods when they are moved");
	free(c.p);
	arena_fini(&a);
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

int
main(void)
{
	test_golden_node();
	test_golden_others();
	test_digits();
	test_round_trips();
	test_tolerance();
	test_parents();
	return done_testing();
}
