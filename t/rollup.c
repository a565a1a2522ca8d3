/* SPDX-License-Identifier: ISC */
/* Sums and shares within a frame and across the frames of a window. */
#include "config.h"

#include <math.h>

#include "common/timestamp.h"

#include "aggregator/rollup.h"

#include "t/tap.h"

static struct arena arena;

static size_t
add(struct frame *f, enum set_type type, size_t parent, const char *ns,
    const char *name)
{
	size_t set = frame_add_set(f, &arena, type, parent);

	f->sets[set].name = str_of(name);
	f->sets[set].namespace_name = str_of(ns);
	return set;
}

static void
begin(struct frame *f, const char *node)
{
	frame_clear(f);
	f->kind = FRAME_NODE;
	f->node = str_of(node);
	add(f, SET_NODE, 0, NULL, node);
}

static void
test_pods(void)
{
	struct frame f;
	size_t pod, c1, c2;

	begin(&f, "h1");
	pod = add(&f, SET_POD, 0, "ns1", "pod1");
	c1 = add(&f, SET_POD_CONTAINER, pod, NULL, "c1");
	c2 = add(&f, SET_POD_CONTAINER, pod, NULL, "c2");
	set_u64(&f.sets[c1], METRIC_MEMORY_USAGE, 10);
	set_u64(&f.sets[c1], METRIC_MEMORY_RSS, 222);
	set_u64(&f.sets[c2], METRIC_MEMORY_USAGE, 100);
	set_u64(&f.sets[c2], METRIC_MEMORY_CACHE, 30);
	set_float(&f.sets[c1], METRIC_MEMORY_PAGE_FAULTS_RATE, 1.5);
	set_float(&f.sets[c2], METRIC_MEMORY_PAGE_FAULTS_RATE, 0.25);
	set_u64(&f.sets[c1], METRIC_CPU_USAGE, 99);
	set_u64(&f.sets[c1], METRIC_RESTART_COUNT, 2);
	set_u64(&f.sets[c2], METRIC_RESTART_COUNT, 3);
	rollup_pods(&f);
	is_u64(f.sets[pod].values[METRIC_MEMORY_USAGE].u, 110,
	    "containers are summed into their pod");
	is_u64(f.sets[pod].values[METRIC_MEMORY_RSS].u, 222,
	    "what only the first has is copied");
	is_u64(f.sets[pod].values[METRIC_MEMORY_CACHE].u, 30,
	    "what only the second has, too");
	is_double(f.sets[pod].values[METRIC_MEMORY_PAGE_FAULTS_RATE].f, 1.75,
	    "rates that are floats are summed");
	is_u64(f.sets[pod].values[METRIC_RESTART_COUNT].u, 5,
	    "restarts are summed");
	ok(!set_has(&f.sets[pod], METRIC_CPU_USAGE),
	    "counters are not summed");

	begin(&f, "h1");
	pod = add(&f, SET_POD, 0, "ns1", "pod2");
	set_u64(&f.sets[pod], METRIC_MEMORY_USAGE, 100);
	c1 = add(&f, SET_POD_CONTAINER, pod, NULL, "c1");
	set_u64(&f.sets[c1], METRIC_MEMORY_USAGE, 10);
	set_u64(&f.sets[c1], METRIC_MEMORY_RSS, 20);
	rollup_pods(&f);
	is_u64(f.sets[pod].values[METRIC_MEMORY_USAGE].u, 100,
	    "a value of the pod's own wins");
	is_u64(f.sets[pod].values[METRIC_MEMORY_RSS].u, 20,
	    "and the others are summed");
	set_u64(&f.sets[c1], METRIC_MEMORY_CACHE, UINT64_MAX);
	c2 = add(&f, SET_POD_CONTAINER, pod, NULL, "c2");
	set_u64(&f.sets[c2], METRIC_MEMORY_CACHE, 2);
	rollup_pods(&f);
	ok(f.sets[pod].values[METRIC_MEMORY_CACHE].u == UINT64_MAX,
	    "a sum beyond 64 bits stays at the largest number");
}

static void
test_node(void)
{
	struct frame f;
	size_t pod;

	begin(&f, "n");
	set_float(&f.sets[0], METRIC_CPU_NODE_ALLOCATABLE, 3500);
	set_float(&f.sets[0], METRIC_MEMORY_NODE_ALLOCATABLE,
	    7.0 * (1 << 30));
	pod = add(&f, SET_POD, 0, "default", "p");
	set_u64(&f.sets[pod], METRIC_CPU_REQUEST, 60);
	set_u64(&f.sets[pod], METRIC_MEMORY_REQUEST, 48 << 20);
	set_u64(&f.sets[pod], METRIC_CPU_USAGE_RATE, 298);
	pod = add(&f, SET_POD, 0, "default", "q");
	set_u64(&f.sets[pod], METRIC_CPU_REQUEST, 40);
	set_u64(&f.sets[pod], METRIC_MEMORY_REQUEST, 16 << 20);
	rollup_node(&f);
	rollup_shares(&f);
	is_u64(f.sets[0].values[METRIC_CPU_REQUEST].u, 100,
	    "requests of pods are summed into the node");
	ok(!set_has(&f.sets[0], METRIC_CPU_USAGE_RATE),
	    "the usage of a node is not that of its pods");
	ok(fabs(f.sets[0].values[METRIC_CPU_NODE_RESERVATION].f - 0.028571)
	    < 1e-6, "cpu/node_reservation is 0.028571");
	ok(fabs(f.sets[0].values[METRIC_MEMORY_NODE_RESERVATION].f - 0.008929)
	    < 1e-6, "memory/node_reservation is 0.008929");
	ok(!set_has(&f.sets[0], METRIC_EPHEMERAL_STORAGE_NODE_UTILIZATION),
	    "without a whole there is no share");
}

static void
test_shares(void)
{
	static const struct {
		const char *name;
		enum metric part, whole, share;
		bool has_part;
		double part_value;	/* and the whole is 2000 */
		bool has_counter, is_held;
		double want;		/* -1: none */
	} cases[] = {
		{ "a working node", METRIC_CPU_USAGE_RATE,
		    METRIC_CPU_NODE_ALLOCATABLE, METRIC_CPU_NODE_UTILIZATION,
		    true, 500, true, false, 0.25 },
		{ "the first sample", METRIC_CPU_USAGE_RATE,
		    METRIC_CPU_NODE_ALLOCATABLE, METRIC_CPU_NODE_UTILIZATION,
		    false, 0, true, false, 0 },
		{ "a sample that was not renewed", METRIC_CPU_USAGE_RATE,
		    METRIC_CPU_NODE_ALLOCATABLE, METRIC_CPU_NODE_UTILIZATION,
		    false, 0, true, true, -1 },
		{ "nothing known of CPU", METRIC_CPU_USAGE_RATE,
		    METRIC_CPU_NODE_ALLOCATABLE, METRIC_CPU_NODE_UTILIZATION,
		    false, 0, false, false, -1 },
		{ "memory in use", METRIC_MEMORY_USAGE,
		    METRIC_MEMORY_NODE_ALLOCATABLE,
		    METRIC_MEMORY_NODE_UTILIZATION, true, 1000, true, false,
		    0.5 },
		{ "only a working set", METRIC_MEMORY_USAGE,
		    METRIC_MEMORY_NODE_ALLOCATABLE,
		    METRIC_MEMORY_NODE_UTILIZATION, false, 0, true, false,
		    -1 },
		{ "no file system", METRIC_EPHEMERAL_STORAGE_USAGE,
		    METRIC_EPHEMERAL_STORAGE_NODE_ALLOCATABLE,
		    METRIC_EPHEMERAL_STORAGE_NODE_UTILIZATION, false, 0, true,
		    false, -1 },
		{ "no pod's requests", METRIC_MEMORY_REQUEST,
		    METRIC_MEMORY_NODE_ALLOCATABLE,
		    METRIC_MEMORY_NODE_RESERVATION, false, 0, true, false,
		    -1 },
		{ "requests of nothing", METRIC_MEMORY_REQUEST,
		    METRIC_MEMORY_NODE_ALLOCATABLE,
		    METRIC_MEMORY_NODE_RESERVATION, true, 0, true, false, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct frame f;
		double got = -1;

		begin(&f, "n");
		set_float(&f.sets[0], cases[i].whole, 2000);
		if (cases[i].has_counter)
			set_u64(&f.sets[0], METRIC_CPU_USAGE, 1);
		if (cases[i].has_part)
			set_u64(&f.sets[0], cases[i].part,
			    (uint64_t)cases[i].part_value);
		f.sets[0].held_ns = cases[i].is_held;
		rollup_shares(&f);
		if (set_has(&f.sets[0], cases[i].share))
			got = f.sets[0].values[cases[i].share].f;
		is_double(got, cases[i].want, "%s: %s", cases[i].name,
		    metrics[cases[i].share].name.p);
	}
}

/* A pod whose containers were sampled, and itself not. */
static void
test_own_counter(void)
{
	struct frame f;
	size_t pod, c1, c2;

	begin(&f, "h1");
	pod = add(&f, SET_POD, 0, "ns1", "pod1");
	c1 = add(&f, SET_POD_CONTAINER, pod, NULL, "c1");
	c2 = add(&f, SET_POD_CONTAINER, pod, NULL, "c2");
	set_u64(&f.sets[pod], METRIC_CPU_USAGE, 5);
	set_u64(&f.sets[c1], METRIC_CPU_USAGE_RATE, 30);
	set_float(&f.sets[c1], METRIC_MEMORY_PAGE_FAULTS_RATE, 1);
	set_u64(&f.sets[c2], METRIC_CPU_USAGE, 5);
	rollup_pods(&f);
	ok(!set_has(&f.sets[pod], METRIC_CPU_USAGE_RATE),
	    "a pod with a counter of its own has no rate of its containers");
	is_double(f.sets[pod].values[METRIC_MEMORY_PAGE_FAULTS_RATE].f, 1,
	    "and one without has");
}

static const struct metric_set *
find(const struct frame *f, const char *ns)
{
	for (size_t i = 1; i < f->n_sets; i++)
		if (str_is(f->sets[i].name, ns))
			return &f->sets[i];
	return &f->sets[0];
}

static void
test_window(void)
{
	struct intern names;
	struct rollup r;
	struct frame f, out;
	size_t pod;

	intern_init(&names, 1 << 20);
	rollup_init(&r, &names);
	begin(&f, "h1");
	pod = add(&f, SET_POD, 0, "ns1", "a");
	f.sets[pod].namespace_id = STR("uid-ns1");
	set_u64(&f.sets[pod], METRIC_MEMORY_USAGE, 10);
	set_u64(&f.sets[pod], METRIC_MEMORY_RSS, 222);
	pod = add(&f, SET_POD, 0, "zoo", "a");
	set_u64(&f.sets[pod], METRIC_CPU_LIMIT, 5);
	rollup_add(&r, &f);
	begin(&f, "h2");
	pod = add(&f, SET_POD, 0, "ns1", "b");
	set_u64(&f.sets[pod], METRIC_MEMORY_USAGE, 100);
	set_u64(&f.sets[pod], METRIC_CPU_USAGE_RATE, 30);
	rollup_add(&r, &f);
	frame_clear(&out);
	ok(rollup_sets(&r, &out, &arena), "gives the sets of a roll-up");
	is_u64(out.n_sets, 3, "the cluster and two namespaces");
	is_mem(out.sets[1].name.p, out.sets[1].name.len, "ns1", 3,
	    "sorted by name");
	is_u64(find(&out, "ns1")->values[METRIC_MEMORY_USAGE].u, 110,
	    "pods of two nodes are summed into their namespace");
	is_u64(find(&out, "ns1")->values[METRIC_CPU_USAGE_RATE].u, 30,
	    "what one pod has is enough");
	ok(!set_has(find(&out, "ns1"), METRIC_MEMORY_RSS),
	    "only some metrics are summed");
	is_mem(find(&out, "ns1")->namespace_id.p,
	    find(&out, "ns1")->namespace_id.len, "uid-ns1", 7,
	    "the uid is that of a pod that knew it");
	is_u64(find(&out, "zoo")->namespace_id.len, 0, "or empty");
	is_u64(out.sets[0].values[METRIC_MEMORY_USAGE].u, 110,
	    "namespaces are summed into the cluster");
	is_u64(out.sets[0].values[METRIC_CPU_LIMIT].u, 5, "all of them");
	rollup_clear(&r);
	frame_clear(&out);
	rollup_sets(&r, &out, &arena);
	ok(out.n_sets == 1 && out.sets[0].present == 0,
	    "without nodes there is an empty cluster");
	rollup_fini(&r);
	intern_fini(&names);
}

int
main(void)
{
	arena_init(&arena, 1 << 20);
	test_pods();
	test_own_counter();
	test_node();
	test_shares();
	test_window();
	arena_fini(&arena);
	return done_testing();
}
