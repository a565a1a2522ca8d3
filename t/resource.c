/* SPDX-License-Identifier: ISC */
/* What becomes of each line, and of bodies that are not as expected. */
#include "config.h"

#include "collector/resource.h"
#include "common/timestamp.h"
#include "t/decoded.h"
#include "t/tap.h"

#define NODE_KEY "node:"
#define POD_KEY "namespace:ns/pod:p"
#define CONTAINER_KEY POD_KEY "/container:c"
#define POD "{namespace=\"ns\",pod=\"p\"} "
#define CONTAINER "{container=\"c\",namespace=\"ns\",pod=\"p\"} "
#define CPU "container_cpu_usage_seconds_total"
#define START "container_start_time_seconds"

static void
decode(struct decoded *d, struct str body)
{
	decode_with(d, body, resource_decode);
}

static const struct value_case {
	const char *body;
	const char *key;
	enum metric metric;
	const char *value;
} value_cases[] = {
	{ "node_cpu_usage_seconds_total 1207.186394587 1795425844000\n",
	    NODE_KEY, METRIC_CPU_USAGE, "1207186394587" },
	{ "node_memory_working_set_bytes 1.20410112e+09 1795425844000\n",
	    NODE_KEY, METRIC_MEMORY_WORKING_SET, "1204101120" },
	{ "node_swap_usage_bytes 0 1795425844000\n",
	    NODE_KEY, METRIC_SWAP_USAGE, "0" },
	{ "node_cpu_usage_seconds_total{x=\"y\"} 1\n",
	    NODE_KEY, METRIC_CPU_USAGE, "1000000000" },
	{ "pod_cpu_usage_seconds_total" POD "0.286027161 1795425844000\n",
	    POD_KEY, METRIC_CPU_USAGE, "286027161" },
	{ "pod_memory_working_set_bytes" POD "458752 1795425844000\n",
	    POD_KEY, METRIC_MEMORY_WORKING_SET, "458752" },
	{ "pod_swap_usage_bytes" POD "4096 1795425844000\n",
	    POD_KEY, METRIC_SWAP_USAGE, "4096" },
	{ CPU CONTAINER "15.76253756 1795425844000\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "15762537560" },
	{ "container_memory_working_set_bytes" CONTAINER
	    "1.2632064e+08 1795425844000\n",
	    CONTAINER_KEY, METRIC_MEMORY_WORKING_SET, "126320640" },
	{ "container_swap_usage_bytes" CONTAINER "5 1795425844000\n",
	    CONTAINER_KEY, METRIC_SWAP_USAGE, "5" },
	{ "container_swap_limit_bytes" CONTAINER "7 1795425844000\n"
	    "container_swap_usage_bytes" CONTAINER "5 1795425844000\n",
	    CONTAINER_KEY, METRIC_SWAP_AVAILABLE, "2" },
	{ "container_swap_limit_bytes" CONTAINER "4\n"
	    "container_swap_usage_bytes" CONTAINER "5\n",
	    CONTAINER_KEY, METRIC_SWAP_AVAILABLE, "0" },
	{ "container_swap_limit_bytes" CONTAINER "4\n",
	    CONTAINER_KEY, METRIC_SWAP_AVAILABLE, "-" },
	{ START CONTAINER "1.79542584e+09 1795425840000\n",
	    CONTAINER_KEY, METRIC_UPTIME, "5000" },
	{ START CONTAINER "1.7954258437505e+09\n",
	    CONTAINER_KEY, METRIC_UPTIME, "1249" },
	{ START CONTAINER "1.79542584e+09 -62135596800000\n",
	    CONTAINER_KEY, METRIC_UPTIME, "5000" },
	{ START CONTAINER "1.795425846e+09\n",
	    CONTAINER_KEY, METRIC_UPTIME, "-" },
	{ START CONTAINER "0\n", CONTAINER_KEY, METRIC_UPTIME, "-" },
	{ START CONTAINER "1e+10\n", CONTAINER_KEY, METRIC_UPTIME, "-" },
	{ "node_swap_usage_bytes 1\n" START CONTAINER "-6.21355968e+10\n",
	    CONTAINER_KEY, METRIC_UPTIME, "-" },
	{ "node_swap_usage_bytes 1\n" CPU CONTAINER "NaN 1795425844000\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "-" },
	{ "node_swap_usage_bytes 1\n" CPU CONTAINER "+Inf\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "-" },
	{ "node_swap_usage_bytes 1\n" CPU CONTAINER "-1\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "-" },
	{ "node_swap_usage_bytes 1\n" CPU CONTAINER "18446744074\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "-" },
	{ "node_swap_usage_bytes 1\n" CPU CONTAINER "1 -62135596800000\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "-" },
	{ "node_swap_usage_bytes 1\n" CPU CONTAINER "1 0\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "-" },
	{ "node_swap_usage_bytes 1\n" CPU CONTAINER "1 9223372036855\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "-" },
	{ CPU CONTAINER "1\n" CPU CONTAINER "2\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "2000000000" },
	{ CPU "{ pod = \"p\", x=\"\\\"}\",container=\"c\" , "
	    "namespace=\"ns\", } 3 1795425844000\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "3000000000" },
	{ CPU "{container=\"a\\\\b\\\"c\",namespace=\"ns\",pod=\"p\"} 4\n",
	    POD_KEY "/container:a\\b\"c", METRIC_CPU_USAGE, "4000000000" },
	{ CPU "_x" CONTAINER "1\n" CPU CONTAINER "2\n" CPU "_x" CONTAINER
	    "3\n", CONTAINER_KEY, METRIC_CPU_USAGE, "2000000000" },
	{ "# HELP x y\n# TYPE x gauge\n\n" CPU CONTAINER "2\nscrape_error 0\n"
	    "resource_scrape_error 0\n",
	    CONTAINER_KEY, METRIC_CPU_USAGE, "2000000000" },
};

static void
test_values(void)
{
	struct decoded d;

	for (size_t i = 0; i < COUNT(value_cases); i++) {
		const struct value_case *c = &value_cases[i];

		decode(&d, str_of(c->body));
		if (!d.is_decoded)
			diag("%s", d.err.msg);
		ok(d.is_decoded && is_hierarchical(&d.frame) &&
		    strcmp(value_of(&d.frame, c->key, c->metric),
		    c->value) == 0, "%s is %s after %s",
		    metrics[c->metric].name.p, c->value, c->body);
		decoded_fini(&d);
	}
}

static void
test_failures(void)
{
	static const struct { const char *body; const char *msg; } cases[] = {
		{ "", "resource: no samples" },
		{ "\n# HELP a b\n", "resource: no samples" },
		{ "scrape_error 0\n", "resource: no samples" },
		{ "up 1\n", "resource: no samples" },
		{ CPU "{container=\"c\",namespace=\"ns\"} 1\n",
		    "resource: no samples" },
		{ CPU "{container=\"\",namespace=\"ns\",pod=\"p\"} 1\n",
		    "resource: no samples" },
		{ "pod_swap_usage_bytes{namespace=\"\",pod=\"p\"} 1\n",
		    "resource: no samples" },
		{ CPU " 1\n", "resource: no samples" },
		{ "scrape_error 1\n", "resource: the kubelet could not "
		    "measure: scrape_error is not 0" },
		{ "node_swap_usage_bytes 1\nresource_scrape_error 1\n",
		    "resource: the kubelet could not measure: "
		    "resource_scrape_error is not 0" },
		{ "scrape_error 0\nresource_scrape_error 1 5\n",
		    "resource: the kubelet could not measure: "
		    "resource_scrape_error is not 0" },
		{ "node_swap_usage_bytes 1\nnode_swap_usa",
		    "resource: the text ends within line 2" },
		{ "node_swap_usage_bytes 1",
		    "resource: the text ends within line 1" },
		{ "node_swap_usage_bytes 1\n" CPU CONTAINER "one\n",
		    "resource: expected a number in line 2" },
		{ "node_swap_usage_bytes 1\nup{a=b} 1\nup 2\n",
		    "resource: expected '\"' in line 2" },
		{ "{\"node\":{}}\n", "resource: expected a name in line 1" },
		{ "404: Page Not Found", "resource: the text ends within "
		    "line 1" },
	};
	struct decoded d;

	for (size_t i = 0; i < COUNT(cases); i++) {
		decode(&d, str_of(cases[i].body));
		ok(!d.is_decoded, "fails: %s", cases[i].body);
		is_str(d.err.msg, cases[i].msg, "and says why");
		decoded_fini(&d);
	}
}

static void
test_times(void)
{
	static const struct {
		const char *body;
		int64_t scraped_ms, memory_ms;
	} cases[] = {
		{ "node_cpu_usage_seconds_total 1 1795425841001\n"
		    "node_memory_working_set_bytes 1 1795425842002\n",
		    1795425841001, 1795425842002 },
		{ "node_memory_working_set_bytes 1 1795425841001\n"
		    "node_cpu_usage_seconds_total 1 1795425841001\n",
		    1795425841001, 0 },
		{ "node_swap_usage_bytes 1 1795425843003\n"
		    "node_memory_working_set_bytes 1 1795425842002\n",
		    1795425842002, 0 },
		{ "node_swap_usage_bytes 1 1795425843003\n", 1795425843003,
		    0 },
		{ "node_cpu_usage_seconds_total 1 -1\n"
		    "node_swap_usage_bytes 1 1795425843003\n", 1795425843003,
		    0 },
		{ "node_cpu_usage_seconds_total 1\n", NOW_NS / NS_PER_MS, 0 },
	};
	struct decoded d;
	size_t set;

	for (size_t i = 0; i < COUNT(cases); i++) {
		decode(&d, str_of(cases[i].body));
		ok(d.is_decoded, "times: %s", cases[i].body);
		is_i64(d.frame.sets[0].scraped_ns,
		    cases[i].scraped_ms * NS_PER_MS, "the sample's time");
		is_i64(d.frame.sets[0].parts_ns[SET_MEMORY],
		    cases[i].memory_ms * NS_PER_MS, "that of its memory");
		decoded_fini(&d);
	}
	decode(&d, STR(START CONTAINER "1.7954258401234567e+09 1795425840123\n"
	    CPU CONTAINER "1 1795425844000\n"));
	set = find_set(&d.frame, CONTAINER_KEY);
	if (ok(set < d.frame.n_sets, "a container is there")) {
		is_i64(d.frame.sets[set].start_ns,
		    INT64_C(1795425840123456000),
		    "its start is cut to microseconds");
		is_i64(d.frame.sets[set].scraped_ns,
		    INT64_C(1795425844000000000),
		    "and has nothing to do with the sample's time");
	}
	decoded_fini(&d);
}

static void
test_sets(void)
{
	static const char *const keys[] = { "node:", "namespace:b/pod:p",
		"namespace:b/pod:p/container:x",
		"namespace:b/pod:p/container:a", "namespace:a/pod:p",
		"namespace:a/pod:p/container:x", "namespace:a/pod:alone" };
	struct decoded d;

	decode(&d, STR(
	    CPU "{container=\"x\",namespace=\"b\",pod=\"p\"} 1\n"
	    CPU "{container=\"x\",namespace=\"a\",pod=\"p\"} 2\n"
	    CPU "{container=\"a\",namespace=\"b\",pod=\"p\"} 3\n"
	    "node_swap_usage_bytes 4\n"
	    "pod_cpu_usage_seconds_total{pod=\"alone\",namespace=\"a\"} 5\n"
	    "pod_cpu_usage_seconds_total{namespace=\"b\",pod=\"p\"} 6\n"
	    START "{pod=\"p\",container=\"a\",namespace=\"b\"} 7\n"));
	ok(d.is_decoded && d.frame.kind == FRAME_NODE &&
	    d.frame.node.p == NULL, "a node without a name");
	is_u64(d.frame.n_sets, COUNT(keys), "all sets are there");
	ok(is_hierarchical(&d.frame), "in a hierarchy");
	for (size_t i = 0; i < COUNT(keys); i++)
		is_u64(find_set(&d.frame, keys[i]), i, "%s has its place",
		    keys[i]);
	is_str(value_of(&d.frame, keys[5], METRIC_CPU_USAGE), "2000000000",
	    "a value has its set");
	is_u64(d.frame.sets[4].present, 0,
	    "a pod that is known by its containers has no values");
	decoded_fini(&d);
}

/* Containers of one pod, in one family or in two. */
static void
make_many(struct buf *b, unsigned n, bool want_both)
{
	static const char *const names[] = { CPU, START };

	buf_reset(b);
	for (int f = 0; f < 1 + want_both; f++)
		for (unsigned i = 0; i < n; i++)
			buf_addf(b, "%s{container=\"%u\",namespace=\"ns\","
			    "pod=\"p\"} %u 1795425844000\n", names[f], i, i);
}

static void
test_bounds(void)
{
	struct buf b = BUF_INIT;
	struct decoded d;
	struct frame frame;
	struct arena arena;
	struct err err;

	make_many(&b, 5000, true);
	decode(&d, buf_str(&b));
	is_u64(d.frame.n_sets, 5002, "5000 containers are decoded");
	is_str(value_of(&d.frame, POD_KEY "/container:4711",
	    METRIC_CPU_USAGE), "4711000000000", "each with its value");
	decoded_fini(&d);

	buf_pad(&b);
	for (size_t bytes = 0; bytes <= 1 << 20; bytes += 65536) {
		arena_init(&arena, bytes);
		ok(!resource_decode(&frame, &arena, buf_str(&b), NOW_NS,
		    &err) && strstr(err.msg, "no memory") != NULL,
		    "fails in an arena of %zu bytes", bytes);
		arena_fini(&arena);
	}

	make_many(&b, FRAME_SETS_MAX - 1, false);
	buf_pad(&b);
	arena_init(&arena, 256 << 20);
	ok(!resource_decode(&frame, &arena, buf_str(&b), NOW_NS, &err),
	    "more sets than a frame holds are an error");
	is_str(err.msg, "resource: too many sets", "and it says so");
	arena_reset(&arena);
	make_many(&b, FRAME_SETS_MAX - 2, false);
	buf_pad(&b);
	ok(resource_decode(&frame, &arena, buf_str(&b), NOW_NS, &err),
	    "as many as a frame holds are none");
	arena_fini(&arena);
	buf_fini(&b);
}

int
main(void)
{
	test_values();
	test_failures();
	test_times();
	test_sets();
	test_bounds();
	return done_testing();
}
