/* SPDX-License-Identifier: ISC */
/* The store: what went in comes out, whatever the order, for the retention. */
#include "config.h"

#include "common/frame.h"

#include "t/frames.h"
#include "t/store_fixture.h"
#include "t/tap.h"

static void
test_values(struct store *s, const char *when)
{
	const struct store_point *p;
	struct resource like = { .resource_id = STR_INIT("/") };
	struct resource other = { .resource_id = STR_INIT("logs") };
	size_t n = series(s, &node_key, METRIC_CPU_USAGE, &p);

	is_u64(n, 10, "%s: ten points of a counter", when);
	if (n == 10) {
		is_i64(p[0].window_ns, T0 + R, "%s: the first window", when);
		is_u64(p[9].value.u, 10000, "%s: the last value", when);
	}
	n = series(s, &node_key, METRIC_CPU_NODE_UTILIZATION, &p);
	ok(n == 10 && p[2].value.f == 0.375, "%s: floats are exact", when);
	n = series(s, &sys_key, METRIC_MEMORY_USAGE, &p);
	ok(n == 10 && p[0].value.u == UINT64_MAX,
	    "%s: all 64 bits of an integer", when);
	n = series(s, &pod_key, METRIC_MEMORY_USAGE, &p);
	ok(n == 10 && p[4].value.u == 77, "%s: a pod", when);
	n = series(s, &cluster_key, METRIC_MEMORY_USAGE, &p);
	ok(n == 10 && p[9].value.u == 80, "%s: the cluster", when);
	n = series(s, &namespace_key, METRIC_MEMORY_USAGE, &p);
	ok(n == 10 && p[0].value.u == 7, "%s: a namespace", when);
	n = store_series(s, store_find(s, &container_key),
	    METRIC_FILESYSTEM_USAGE, &like, INT64_MIN, INT64_MAX, &p);
	ok(n == 10 && p[6].value.u == 7, "%s: a labelled metric", when);
	is_u64(store_series(s, store_find(s, &container_key),
	    METRIC_FILESYSTEM_USAGE, &other, INT64_MIN, INT64_MAX, &p), 0,
	    "%s: not with another label", when);
	is_u64(series(s, &pod_key, METRIC_CPU_USAGE, &p), 0,
	    "%s: nothing of a metric that was never there", when);
	is_u64(store_series(s, store_find(s, &node_key), METRIC_CPU_USAGE,
	    NULL, T0 + 3 * R, T0 + 5 * R, &p), 3,
	    "%s: start and end are inclusive", when);
	is_u64(store_metrics(s, store_find(s, &container_key)),
	    UINT64_C(1) << METRIC_CPU_USAGE_RATE, "%s: names of metrics",
	    when);
	is_u64(store_status(s).n_answered, 1, "%s: the status", when);
}

static void
test_restart(void)
{
	struct store *s = open_store();
	uint64_t epoch, seq;

	fill(s, 1, 10);
	test_values(s, "as filled");
	is_u64(counters.frames_stored, 20, "twenty frames are stored");
	store_close(s);
	s = open_store();
	test_values(s, "after a restart");
	is_u64(store_n_positions(s), 1, "one sender is known");
	store_position(s, 0, &epoch, &seq);
	ok(epoch == EPOCH && seq == 20, "and its newest line");
	add(s, "n1", 10);
	is_u64(counters.frames_repeated, 1, "a repeat is not stored");
	test_values(s, "after a repeat");
	is_u64(counters.entities, 6, "after a restart nothing is known twice");
	store_close(s);
	remove_all();
}

/* Over three segments, each with the nodes in another order. */
static void
add_in_turns(struct store *s)
{
	static const char *const nodes[] = { "n1", "n2", "n3" };

	for (int64_t i = 1; i <= 66; i++)
		for (int64_t k = 0; k < 3; k++) {
			size_t node = (size_t)(k + i / 22) % 3;

			/* So that each has its own number of points. */
			if (i % (int64_t)(node + 1) == 0)
				add(s, nodes[node], i);
		}
}

static void
test_order(void)
{
	static const size_t expected[] = { 66, 33, 22 };
	const struct store_point *points;
	struct store *s = open_store();

	add_in_turns(s);
	store_close(s);
	s = open_store();
	for (size_t i = 0; i < 3; i++) {
		char name[] = { 'n', (char)('1' + i), '\0' };
		struct store_key node = node_key, sys = sys_key;

		node.node = sys.node = str_of(name);
		is_u64(series(s, &node, METRIC_CPU_USAGE, &points),
		    expected[i], "node %s is the same in all segments", name);
		is_u64(series(s, &sys, METRIC_MEMORY_USAGE, &points),
		    expected[i], "and so is its system container");
	}
	is_u64(series(s, &pod_key, METRIC_MEMORY_USAGE, &points), 66,
	    "a pod that is on all of them is one");
	is_u64(series(s, &container_key, METRIC_CPU_USAGE_RATE, &points), 66,
	    "and so is its container");
	is_u64(counters.entities, 8, "nothing is known twice");
	store_close(s);
	remove_all();
}

static void
test_lists(void)
{
	struct store *s = open_store();

	is_u64(list(s, SET_NODE), 0, "an empty store lists nothing");
	is_u64(store_status(s).window_ns, 0, "and has no status");
	fill(s, 1, 11);
	is_u64(list(s, SET_NODE), 1, "a node is current");
	is_u64(list(s, SET_POD_CONTAINER), 1, "so is its container");
	is_u64(list(s, SET_NAMESPACE), 1, "and the namespace");
	is_u64(list(s, SET_CLUSTER), 1, "and the cluster");
	add(s, "n2", 20);
	is_u64(list(s, SET_NODE), 1, "a silent node no longer is");
	store_close(s);
	remove_all();
}

static void
test_retention(void)
{
	struct store *s = open_store();
	const struct store_point *p;
	size_t n;

	fill(s, 1, 400);
	n = series(s, &node_key, METRIC_CPU_USAGE, &p);
	is_u64(n, RETENTION / R, "just the retention is served");
	ok(n > 0 && p[0].window_ns == T0 + (400 - RETENTION / R + 1) * R,
	    "and it begins where it must");
	ok(counters.bytes < 400 * 2 * 400, "older segments are gone");
	store_close(s);
	s = open_store();
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), RETENTION / R,
	    "the same after a restart");
	add_at(s, "n1", 310, T0 + 401 * R);
	is_u64(counters.frames_untimely, 1, "what is older is not taken");
	store_close(s);
	remove_all();
}

/* A store that serves what it had when it was stopped long ago drops it as
 * soon as there is something new. */
static void
test_long_pause(void)
{
	struct store *s = open_store();
	const struct store_point *p;

	fill(s, 1, 10);
	store_close(s);
	s = open_store();
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 10,
	    "before the first frame old windows are served");
	add(s, "n1", 1000);
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 1,
	    "after it only what the retention allows");
	store_close(s);
	remove_all();
}

static bool
is_ascending(const struct store_point *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (p[i].window_ns <= p[i - 1].window_ns)
			return false;
	return true;
}

static void
test_moved_pod(void)
{
	struct store *s = open_store();
	const struct store_point *p;
	size_t n;

	add(s, "n1", 1);
	add(s, "n1", 2);
	add(s, "n2", 3);
	add(s, "n2", 4);
	n = series(s, &pod_key, METRIC_MEMORY_USAGE, &p);
	is_u64(n, 4, "a pod that moved is one series");
	ok(is_ascending(p, n), "in order");
	add(s, "n1", 3);
	add(s, "n1", 4);
	n = series(s, &pod_key, METRIC_MEMORY_USAGE, &p);
	is_u64(n, 4, "on two nodes at once it has one point per window");
	ok(is_ascending(p, n), "still in order");
	is_u64(counters.entities, 6, "it is one pod and one container");
	for (int64_t i = 5; i <= 20; i++) {
		add(s, "n1", i);
		add(s, "n2", i);
	}
	ok(counters.bytes < 44 * 250, "and is not described again and again");
	store_close(s);
	remove_all();
}

static void
test_new_labels(void)
{
	struct store *s = open_store();
	const struct store_point *p;

	node_labels = "zone:a";
	add(s, "n1", 1);
	add(s, "n1", 2);
	node_labels = "zone:b";
	add(s, "n1", 3);
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 3,
	    "a node that is labelled anew is the same");
	is_u64(series(s, &pod_key, METRIC_MEMORY_USAGE, &p), 3,
	    "so are its pods");
	is_u64(series(s, &container_key, METRIC_CPU_USAGE_RATE, &p), 3,
	    "and their containers");
	is_u64(list(s, SET_POD), 1, "which are listed once");
	add(s, "n1", 2);
	is_u64(counters.frames_repeated, 1, "a repeat from before is one");
	node_labels = NULL;
	store_close(s);
	remove_all();
}

static void
test_late(void)
{
	static const int64_t order[] = { 5, 2, 4, 4, 30, 1, 29, 3, 2 };
	struct store *s = open_store();
	const struct store_point *p;
	size_t n;

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
		add_at(s, "n1", order[i], T0 + 31 * R);
	is_u64(counters.frames_repeated, 2, "late windows are no repeats");
	n = series(s, &node_key, METRIC_CPU_USAGE, &p);
	is_u64(n, 7, "all windows are there, in whatever order they came");
	ok(is_ascending(p, n), "and come out in order");
	is_u64(p[0].value.u, 1000, "with their own values");
	is_u64(store_series(s, store_find(s, &node_key), METRIC_CPU_USAGE,
	    NULL, T0 + 2 * R, T0 + 4 * R, &p), 3, "so does a part of them");
	store_close(s);
	s = open_store();
	n = series(s, &node_key, METRIC_CPU_USAGE, &p);
	ok(n == 7 && is_ascending(p, n), "after a restart too");
	store_close(s);
	remove_all();
}

static void
test_clock(void)
{
	struct store *s = open_store();
	const struct store_point *p;

	add(s, "n1", 1);
	add_at(s, "n1", 500, T0 + 2 * R);
	is_u64(counters.frames_untimely, 1,
	    "a window far ahead of the clock is refused");
	add_at(s, "n1", 60, T0 + 2 * R);
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 2,
	    "one that is a little ahead is not");
	add_at(s, "n1", 100000, T0 + 100000 * R);
	add_at(s, NULL, 100000, T0 + 100000 * R);
	add(s, "n1", 61);
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 3,
	    "when the clock is put right, what it spoilt is dropped");
	ok(p[2].window_ns == T0 + 61 * R, "and the rest goes on");
	is_u64(store_status(s).window_ns, 0, "the status is forgotten too");
	add_at(s, "n1", -179000001, T0);
	is_u64(counters.frames_untimely, 2, "no time at all is refused");
	store_close(s);
	remove_all();
}

static void
test_bound(void)
{
	const uint64_t bytes_max = 256 << 10;
	struct store *s = open_bounded(bytes_max);
	const struct store_point *p;
	uint64_t most = 0;
	char name[20];
	size_t n;

	for (int64_t i = 1; i <= 40; i++) {
		for (int node = 1; node <= 100; node++) {
			snprintf(name, sizeof name, "n%d", node);
			add(s, name, i);
			if (counters.bytes > most)
				most = counters.bytes;
		}
	}
	ok(most <= bytes_max, "the files never take more than they may");
	ok(most >= bytes_max * 3 / 4, "but nearly all of that");
	ok(counters.segments_dropped_early > 0, "what is dropped is counted");
	n = series(s, &node_key, METRIC_CPU_USAGE, &p);
	ok(n > 5 && p[n - 1].value.u == 40000, "the newest is kept");
	store_close(s);
	remove_all();
}

/* The vectors of Heapster's own store; all metrics are kept for as long. */
static void
test_heapster(void)
{
	struct store *s = open_store();
	const struct store_point *p;
	struct resource like = { .resource_id = STR_INIT("/") };
	uint32_t id;

	add(s, "n1", 2);
	add(s, "n1", 14);
	add(s, "n1", 18);
	id = store_find(s, &node_key);
	is_u64(store_series(s, id, METRIC_CPU_USAGE, NULL, T0 + 8 * R,
	    T0 + 20 * R, &p), 2, "two points in the last two minutes");
	ok(p[0].value.u == 14000 && p[1].value.u == 18000, "these two");
	is_u64(store_series(s, id, METRIC_CPU_USAGE, NULL, T0 + 17 * R,
	    T0 + 20 * R, &p), 1, "one in the last half minute");
	is_u64(store_series(s, id, METRIC_CPU_USAGE, NULL, T0 + 19 * R,
	    T0 + 20 * R, &p), 0, "none in the last ten seconds");
	is_u64(store_series(s, id, METRIC_CPU_USAGE, NULL, T0 + 20 * R,
	    T0, &p), 0, "none when the end is before the start");
	is_u64(store_series(s, store_find(s, &container_key),
	    METRIC_FILESYSTEM_USAGE, &like, T0, T0 + 20 * R, &p), 3,
	    "labelled metrics are kept as long");
	is_u64(store_series(s, store_find(s, &cluster_key), METRIC_CPU_USAGE,
	    NULL, T0, T0 + 20 * R, &p), 0, "an unknown set has no points");
	store_close(s);
	remove_all();
}

/* What the store does not keep, or keeps in microseconds. */
static void
as_kept(struct frame *f, uint64_t window)
{
	f->is_partial = false;
	f->asked_ns = f->took_ns = 0;
	f->window_ns = T0 + (int64_t)(window % 60) * R;
	f->resolution_ns = R;
	for (size_t i = 0; i < f->n_sets; i++)
		memset(f->sets[i].parts_ns, 0, sizeof f->sets[i].parts_ns);
	f->collector = (struct str){ NULL, 0 };
	f->nodes = NULL;
	f->n_nodes = 0;
	if (f->kind == FRAME_ROLLUP)
		f->node = (struct str){ NULL, 0 };
	else
		f->n_answered = 0;
}

static void
test_frames(void)
{
	struct store *s = open_store();
	unsigned n_same = 0, n_kept = 0;
	struct arena in, out;
	struct err err;

	arena_init(&in, 64 << 20);
	arena_init(&out, 64 << 20);
	for (uint64_t seed = 1; seed <= 1000; seed++) {
		struct frame f, got;
		struct store_key key;
		const char *what = "nothing";

		frames_random(&f, &in, seed);
		if ((f.kind != FRAME_NODE && f.kind != FRAME_ROLLUP) ||
		    f.n_sets == 0)
			continue;
		as_kept(&f, seed);
		key = (struct store_key){
			.type = f.sets[0].type, .node = f.node,
		};
		if (store_find(s, &key) != STORE_NONE) {
			store_close(s);
			remove_all();
			s = open_store();
		}
		store_add(s, &f, EPOCH, seed, f.window_ns, &err);
		if (seed % 3 == 0) {
			store_close(s);
			s = open_store();
		}
		n_kept++;
		if (store_frame(s, store_find(s, &key), &out, &got))
			what = frames_differ(&f, &got);
		if (what == NULL)
			n_same++;
		else
			diag("seed %d: %s", (int)seed, what);
		arena_reset(&in);
		arena_reset(&out);
	}
	ok(n_kept > 300, "hundreds of random frames are stored");
	is_u64(n_same, n_kept, "and all of them come back as they were");
	store_close(s);
	arena_fini(&in);
	arena_fini(&out);
	remove_all();
}

int
main(void)
{
	test_restart();
	test_order();
	test_lists();
	test_retention();
	test_long_pause();
	test_moved_pod();
	test_new_labels();
	test_late();
	test_clock();
	test_bound();
	test_heapster();
	test_frames();
	return done_testing();
}
