/* SPDX-License-Identifier: ISC */
/*
 * Sums do not dip when a kubelet has not sampled a pod anew: its last rate is
 * in them, but not with the pod, and not for ever.
 */
#include "config.h"

#include "common/timestamp.h"

#include "aggregator/window.h"

#include "t/tap.h"

#define R (15 * NS_PER_S)
#define T0 (INT64_C(1790000010) * NS_PER_S)
#define NONE_MILLI (-1)

/* What was published last. */
static int64_t pod_milli, namespace_milli, cluster_milli;
static bool has_utilization;
static double utilization;

static int64_t
milli_of(const struct metric_set *s)
{
	return set_has(s, METRIC_CPU_USAGE_RATE) ?
	    (int64_t)s->values[METRIC_CPU_USAGE_RATE].u : NONE_MILLI;
}

static void
on_publish(void *arg, const struct frame *f)
{
	(void)arg;
	if (f->kind == FRAME_NODE) {
		pod_milli = milli_of(&f->sets[1]);
		has_utilization =
		    set_has(&f->sets[0], METRIC_CPU_NODE_UTILIZATION);
		utilization = f->sets[0].values[METRIC_CPU_NODE_UTILIZATION].f;
	} else if (f->kind == FRAME_ROLLUP) {
		cluster_milli = milli_of(&f->sets[0]);
		namespace_milli = milli_of(&f->sets[1]);
	}
}

/* The roster of a window, and the frame of its node, which has a pod. */
static void
begin_window(struct windows *w, struct frame *f, struct arena *a,
    int64_t window)
{
	struct str node = STR("n");

	frame_clear(f);
	f->kind = FRAME_ROSTER;
	f->window_ns = T0 + window * R;
	f->resolution_ns = R;
	f->collector = STR("c");
	f->nodes = &node;
	f->n_nodes = 1;
	windows_feed(w, f, f->window_ns);
	f->kind = FRAME_NODE;
	f->node = node;
	f->nodes = NULL;
	f->n_nodes = 0;
	frame_add_set(f, a, SET_NODE, 0);
	frame_add_set(f, a, SET_POD, 0);
	f->sets[1].namespace_name = STR("ns");
	f->sets[1].name = STR("p");
}

/* One window; the sample of node and pod is of second s, 0: there is none. */
static void
feed(struct windows *w, int64_t window, int64_t s, uint64_t cpu_s,
    int64_t start_s)
{
	struct arena a;
	struct frame f;

	arena_init(&a, 1 << 20);
	begin_window(w, &f, &a, window);
	set_float(&f.sets[0], METRIC_CPU_NODE_ALLOCATABLE, 2000);
	for (int i = 0; i < 2; i++) {
		f.sets[i].start_ns = T0 - 1000 * NS_PER_S + start_s * NS_PER_S;
		f.sets[i].scraped_ns = s == 0 ? 0 : T0 + s * NS_PER_S;
		set_u64(&f.sets[i], METRIC_CPU_USAGE,
		    cpu_s * (uint64_t)NS_PER_S);
	}
	windows_feed(w, &f, f.window_ns);
	arena_fini(&a);
}

static void
test_steps(void)
{
	static const struct {
		const char *name;
		int64_t window, s;
		uint64_t cpu_s;
		int64_t start_s;
		int64_t pod_milli, sum_milli;
		double utilization;	/* -1: none */
	} steps[] = {
		{ "the first sample", 0, 1, 100, 0, NONE_MILLI, NONE_MILLI,
		    0 },
		{ "a newer one", 1, 11, 105, 0, 500, 500, 0.25 },
		{ "the same one", 2, 11, 105, 0, NONE_MILLI, 500, -1 },
		{ "and again", 3, 11, 105, 0, NONE_MILLI, 500, -1 },
		{ "for the third time", 4, 11, 105, 0, NONE_MILLI, 500, -1 },
		{ "for too long", 5, 11, 105, 0, NONE_MILLI, NONE_MILLI, -1 },
		{ "a new one at last", 6, 51, 109, 0, 100, 100, 0.05 },
		{ "the same after a window without an answer", 8, 51, 109, 0,
		    NONE_MILLI, 100, -1 },
		{ "and after another", 10, 51, 109, 0, NONE_MILLI, NONE_MILLI,
		    -1 },
		{ "one that is newer", 11, 61, 110, 0, 100, 100, 0.05 },
		{ "no sample at all", 12, 0, 110, 0, NONE_MILLI, NONE_MILLI,
		    0 },
		{ "samples again", 13, 71, 111, 0, NONE_MILLI, NONE_MILLI, 0 },
		{ "and their rate", 14, 81, 113, 0, 200, 200, 0.1 },
		{ "another pod of that name", 15, 81, 113, 500, NONE_MILLI,
		    NONE_MILLI, 0 },
	};
	struct window_counters counters = { 0 };
	struct windows *w = windows_new(on_publish, NULL, &counters);

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		feed(w, steps[i].window, steps[i].s, steps[i].cpu_s,
		    steps[i].start_s);
		/* Those in between that nobody answers are closed here. */
		windows_tick(w, T0 + steps[i].window * R + 3 * R, true);
		is_i64(pod_milli, steps[i].pod_milli, "%s: the pod's rate",
		    steps[i].name);
		is_i64(namespace_milli, steps[i].sum_milli,
		    "%s: that of the namespace", steps[i].name);
		is_i64(cluster_milli, steps[i].sum_milli,
		    "%s: and that of the cluster", steps[i].name);
		is_double(has_utilization ? utilization : -1,
		    steps[i].utilization, "%s: the share of the node",
		    steps[i].name);
	}
	windows_free(w);
}

/* A pod whose CPU is that of its containers, of which only one is sampled
 * anew in the third window. */
static void
feed_containers(struct windows *w, int64_t window, int64_t second_s)
{
	const int64_t s[] = { 1 + 10 * window, second_s };
	struct arena a;
	struct frame f;

	arena_init(&a, 1 << 20);
	begin_window(w, &f, &a, window);
	for (size_t i = 0; i < 2; i++) {
		struct metric_set *c =
		    &f.sets[frame_add_set(&f, &a, SET_POD_CONTAINER, 1)];

		c->name = i == 0 ? STR("x") : STR("y");
		c->start_ns = T0 - 1000 * NS_PER_S;
		c->scraped_ns = T0 + s[i] * NS_PER_S;
		/* A tenth of a core, and nine tenths. */
		set_u64(c, METRIC_CPU_USAGE, (uint64_t)(s[i] * NS_PER_S / 10 *
		    (i == 0 ? 1 : 9)));
	}
	windows_feed(w, &f, f.window_ns);
	arena_fini(&a);
}

static void
test_containers(void)
{
	struct window_counters counters = { 0 };
	struct windows *w = windows_new(on_publish, NULL, &counters);

	feed_containers(w, 0, 1);
	feed_containers(w, 1, 11);
	is_i64(pod_milli, 1000, "a pod is the sum of its containers");
	feed_containers(w, 2, 11);
	is_i64(pod_milli, NONE_MILLI,
	    "but not when one of them was not sampled anew");
	is_i64(namespace_milli, 1000, "whose last rate is in the sums");
	feed_containers(w, 3, 31);
	is_i64(pod_milli, 1000, "until it is");
	windows_free(w);
}

int
main(void)
{
	test_steps();
	test_containers();
	return done_testing();
}
