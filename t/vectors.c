/* SPDX-License-Identifier: ISC */
/*
 * Four windows of a node, as they were once run through Heapster 1.5.4, with
 * its defects mended: a counter that goes down has no rate.
 */
#include "config.h"

#include <math.h>

#include "common/timestamp.h"

#include "aggregator/window.h"

#include "t/tap.h"

#define MINUTE (60 * NS_PER_S)
#define T0 (INT64_C(1767225600) * NS_PER_S)	/* 2026-01-01T00:00:00Z */
#define START (T0 - 60 * MINUTE)
#define N_WINDOWS 4
#define GI (UINT64_C(1) << 30)

/* The sets of the frame, in order. */
enum { NODE, POD_A, X, Y, POD_B, Z };

static struct arena arena;

/* What was published, by window; out of the frames of node and roll-up. */
static struct frame nodes[N_WINDOWS], rollups[N_WINDOWS];

static void
copy_sets(struct frame *to, const struct frame *f)
{
	struct metric_set *sets = arena_alloc(&arena,
	    f->n_sets * sizeof *sets);

	memcpy(sets, f->sets, f->n_sets * sizeof *sets);
	*to = *f;
	to->sets = sets;
}

static void
on_publish(void *arg, const struct frame *f)
{
	int64_t i = (f->window_ns - T0) / MINUTE;

	(void)arg;
	if (f->kind == FRAME_NODE)
		copy_sets(&nodes[i], f);
	else if (f->kind == FRAME_ROLLUP)
		copy_sets(&rollups[i], f);
}

static size_t
add(struct frame *f, enum set_type type, size_t parent, const char *name,
    int64_t start_ns, int64_t scraped_ns)
{
	size_t set = frame_add_set(f, &arena, type, parent);

	f->sets[set].name = str_of(name);
	f->sets[set].start_ns = start_ns;
	f->sets[set].scraped_ns = scraped_ns;
	return set;
}

static void
network(struct metric_set *s, uint64_t rx, uint64_t tx, uint64_t tx_errors)
{
	set_u64(s, METRIC_NETWORK_RX, rx);
	set_u64(s, METRIC_NETWORK_TX, tx);
	set_u64(s, METRIC_NETWORK_TX_ERRORS, tx_errors);
}

static void
container(struct frame *f, size_t set, uint64_t cpu_ns, uint64_t memory,
    uint64_t faults)
{
	set_u64(&f->sets[set], METRIC_CPU_USAGE, cpu_ns);
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, memory);
	set_u64(&f->sets[set], METRIC_MEMORY_PAGE_FAULTS, faults);
}

static void
resources(struct frame *f, size_t set, uint64_t cpu_request,
    uint64_t memory_request, uint64_t memory_limit)
{
	set_u64(&f->sets[set], METRIC_CPU_REQUEST, cpu_request);
	set_u64(&f->sets[set], METRIC_CPU_LIMIT, 0);
	set_u64(&f->sets[set], METRIC_MEMORY_REQUEST, memory_request);
	set_u64(&f->sets[set], METRIC_MEMORY_LIMIT, memory_limit);
}

static void
make_window(struct frame *f, unsigned i)
{
	static const uint64_t node_cpu_s[] = { 10, 70, 160, 190 };
	static const uint64_t rx[] = { 1000, 61000, 61000, 121000 };
	static const uint64_t x_cpu_ns[] = { 1000000000, 4000000000,
		2500000000, 50000000 };
	static const uint64_t y_cpu_ns[] = { 2000000000, 2600000000,
		3200000000, 3800000000 };
	int64_t at_ns = T0 + i * MINUTE;

	frame_clear(f);
	f->kind = FRAME_NODE;
	f->node = STR("n1");
	f->window_ns = at_ns;
	f->resolution_ns = MINUTE;
	add(f, SET_NODE, 0, "n1", START, at_ns);
	container(f, NODE, node_cpu_s[i] * NS_PER_S, 4 * GI, 0);
	network(&f->sets[NODE], rx[i], 2 * rx[i], i);
	set_float(&f->sets[NODE], METRIC_CPU_NODE_ALLOCATABLE, 2000);
	set_float(&f->sets[NODE], METRIC_MEMORY_NODE_ALLOCATABLE,
	    8.0 * (double)GI);
	add(f, SET_POD, 0, "a", START, at_ns);
	f->sets[POD_A].namespace_name = STR("default");
	f->sets[POD_A].pod_id = STR("ua");
	network(&f->sets[POD_A], rx[i], rx[i], 0);
	add(f, SET_POD_CONTAINER, POD_A, "x", i == 3 ?
	    T0 + 170 * NS_PER_S : START, at_ns);
	container(f, X, x_cpu_ns[i], 100000 + i, 100 * i);
	resources(f, X, 1, 0, 2);
	add(f, SET_POD_CONTAINER, POD_A, "y", START,
	    i == 2 ? T0 + MINUTE : at_ns);
	container(f, Y, y_cpu_ns[i], 200000, 50 * i);
	resources(f, Y, 100, 1536, 0);
	if (i != 2)
		return;
	add(f, SET_POD, 0, "b", START, 0);
	f->sets[POD_B].namespace_name = STR("default");
	f->sets[POD_B].pod_id = STR("ub");
	add(f, SET_POD_CONTAINER, POD_B, "z", 0, 0);
	resources(f, Z, 0, 0, 0);
}

#define ABSENT (-1.0)

/* One row per value: the set, the metric, and what the four windows have. */
static const struct row {
	const char *name;
	bool is_rollup;
	size_t set;
	enum metric metric;
	double expected[N_WINDOWS];
} rows[] = {
	{ "x cpu/request", false, X, METRIC_CPU_REQUEST, { 1, 1, 1, 1 } },
	{ "x memory/limit", false, X, METRIC_MEMORY_LIMIT, { 2, 2, 2, 2 } },
	{ "y cpu/request", false, Y, METRIC_CPU_REQUEST,
	    { 100, 100, 100, 100 } },
	{ "pod a cpu/request", false, POD_A, METRIC_CPU_REQUEST,
	    { 101, 101, 101, 101 } },
	{ "pod a memory/request", false, POD_A, METRIC_MEMORY_REQUEST,
	    { 1536, 1536, 1536, 1536 } },
	{ "pod a memory/limit", false, POD_A, METRIC_MEMORY_LIMIT,
	    { 2, 2, 2, 2 } },
	{ "x cpu/usage_rate", false, X, METRIC_CPU_USAGE_RATE,
	    { ABSENT, 50, ABSENT, ABSENT } },
	{ "y cpu/usage_rate", false, Y, METRIC_CPU_USAGE_RATE,
	    { ABSENT, 10, ABSENT, 5 } },
	{ "pod a cpu/usage_rate", false, POD_A, METRIC_CPU_USAGE_RATE,
	    { ABSENT, 60, ABSENT, 5 } },
	{ "ns cpu/usage_rate", true, 1, METRIC_CPU_USAGE_RATE,
	    { ABSENT, 60, ABSENT, 5 } },
	{ "cluster cpu/usage_rate", true, 0, METRIC_CPU_USAGE_RATE,
	    { ABSENT, 60, ABSENT, 5 } },
	{ "x page_faults_rate", false, X, METRIC_MEMORY_PAGE_FAULTS_RATE,
	    { ABSENT, 1.666667, 1.666667, ABSENT } },
	{ "y page_faults_rate", false, Y, METRIC_MEMORY_PAGE_FAULTS_RATE,
	    { ABSENT, 0.833333, ABSENT, 0.416667 } },
	{ "pod a page_faults_rate", false, POD_A,
	    METRIC_MEMORY_PAGE_FAULTS_RATE,
	    { ABSENT, 2.5, 1.666667, 0.416667 } },
	{ "pod a network/rx_rate", false, POD_A, METRIC_NETWORK_RX_RATE,
	    { ABSENT, 1000, 0, 1000 } },
	{ "node cpu/usage_rate", false, NODE, METRIC_CPU_USAGE_RATE,
	    { ABSENT, 1000, 1500, 500 } },
	{ "node cpu/node_utilization", false, NODE,
	    METRIC_CPU_NODE_UTILIZATION, { 0, 0.5, 0.75, 0.25 } },
	{ "node network/tx_rate", false, NODE, METRIC_NETWORK_TX_RATE,
	    { ABSENT, 2000, 0, 2000 } },
	{ "node network/tx_errors_rate", false, NODE,
	    METRIC_NETWORK_TX_ERRORS_RATE,
	    { ABSENT, 0.016667, 0.016667, 0.016667 } },
	{ "node cpu/node_reservation", false, NODE,
	    METRIC_CPU_NODE_RESERVATION, { 0.0505, 0.0505, 0.0505, 0.0505 } },
	{ "node memory/node_utilization", false, NODE,
	    METRIC_MEMORY_NODE_UTILIZATION, { 0.5, 0.5, 0.5, 0.5 } },
	{ "ns memory/usage", true, 1, METRIC_MEMORY_USAGE,
	    { 300000, 300001, 300002, 300003 } },
	{ "pod a cpu/usage", false, POD_A, METRIC_CPU_USAGE,
	    { ABSENT, ABSENT, ABSENT, ABSENT } },
};

static void
check_row(const struct row *row)
{
	for (unsigned i = 0; i < N_WINDOWS; i++) {
		const struct frame *f = row->is_rollup ? &rollups[i] :
		    &nodes[i];
		const struct metric_set *s = &f->sets[row->set];
		double want = row->expected[i], got = ABSENT;

		if (row->set < f->n_sets && set_has(s, row->metric))
			got = metrics[row->metric].type == METRIC_FLOAT ?
			    s->values[row->metric].f :
			    (double)s->values[row->metric].u;
		if (want == ABSENT)
			ok(got == ABSENT, "%s: none in window %u", row->name,
			    i + 1);
		else if (!ok(fabs(got - want) < 1e-6, "%s: %g in window %u",
		    row->name, want, i + 1))
			diag("got %g", got);
	}
}

int
main(void)
{
	struct window_counters counters = { 0 };
	struct str node = STR("n1");
	struct windows *w = windows_new(on_publish, NULL, &counters);

	arena_init(&arena, 1 << 20);
	for (unsigned i = 0; i < N_WINDOWS; i++) {
		struct frame f;

		frame_clear(&f);
		f.kind = FRAME_ROSTER;
		f.window_ns = T0 + i * MINUTE;
		f.resolution_ns = MINUTE;
		f.collector = STR("c");
		f.nodes = &node;
		f.n_nodes = 1;
		windows_feed(w, &f, f.window_ns);
		make_window(&f, i);
		windows_feed(w, &f, f.window_ns);
	}
	is_u64(counters.windows_closed, N_WINDOWS, "all windows close");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_row(&rows[i]);
	ok(set_has(&nodes[2].sets[POD_B], METRIC_CPU_REQUEST) &&
	    nodes[2].sets[POD_B].values[METRIC_CPU_REQUEST].u == 0,
	    "a pod without a sample has its requests");
	is_u64(nodes[3].n_sets, 4, "and is gone when it is gone");
	windows_free(w);
	arena_fini(&arena);
	return done_testing();
}
