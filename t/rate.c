/* SPDX-License-Identifier: ISC */
/* Rates: exact where two samples of one object are known, absent elsewhere. */
#include "config.h"

#include "common/timestamp.h"

#include "aggregator/rate.h"

#include "t/tap.h"

#define T0 (INT64_C(1790000000) * NS_PER_S)
#define NODE_START (T0 - 1000 * NS_PER_S)
#define START (T0 - 900 * NS_PER_S)

static void
test_between(void)
{
	static const struct {
		const char *name;
		enum metric rate;
		uint64_t factor, before, after;
		int64_t elapsed_ns;
		bool ok;
		uint64_t milli;
		double per_s;
	} cases[] = {
		{ "cpu", METRIC_CPU_USAGE_RATE, 1000, 947130377781,
		    948071062732, 60 * NS_PER_S, true, 15, 0 },
		{ "cpu of a real node", METRIC_CPU_USAGE_RATE, 1000,
		    3121970910669, 3197018101364, 61 * NS_PER_S, true, 1230,
		    0 },
		{ "cpu near 2^64", METRIC_CPU_USAGE_RATE, 1000,
		    UINT64_MAX - 1000, UINT64_MAX, 1, true, 1000000, 0 },
		{ "cpu that no 64 bits hold", METRIC_CPU_USAGE_RATE, 1000, 0,
		    UINT64_MAX, 1, false, 0, 0 },
		{ "errors", METRIC_NETWORK_TX_ERRORS_RATE, 1000000000, 0, 120,
		    60 * NS_PER_S, true, 0, 2.0 },
		{ "faults", METRIC_MEMORY_PAGE_FAULTS_RATE, 1000000000, 0, 100,
		    60 * NS_PER_S, true, 0, 100.0 / 60 },
		{ "pressure is a share", METRIC_IO_PRESSURE_SOME_RATE, 1, 0,
		    NS_PER_S, 4 * NS_PER_S, true, 0, 0.25 },
		{ "nothing happened", METRIC_CPU_USAGE_RATE, 1000, 5, 5,
		    NS_PER_S, true, 0, 0 },
		{ "a counter that went down", METRIC_CPU_USAGE_RATE, 1000, 4,
		    3, NS_PER_S, false, 0, 0 },
		{ "no time", METRIC_CPU_USAGE_RATE, 1000, 3, 4, 0, false, 0,
		    0 },
		{ "time that went back", METRIC_CPU_USAGE_RATE, 1000, 3, 4,
		    -1, false, 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		union metric_value v = { .u = 0 };
		bool got = rate_between(cases[i].rate, cases[i].factor,
		    cases[i].before, cases[i].after, cases[i].elapsed_ns, &v);

		ok(got == cases[i].ok, "%s: %s", cases[i].name,
		    cases[i].ok ? "gives a rate" : "gives none");
		if (got && metrics[cases[i].rate].type == METRIC_INT)
			is_u64(v.u, cases[i].milli, "%s: exact",
			    cases[i].name);
		else if (got)
			is_double(v.f, cases[i].per_s, "%s: exact",
			    cases[i].name);
	}
}

/* A frame with a node, a pod and a container; everything can be changed. */
struct sample {
	int64_t node_start_ns, start_ns, scraped_ns;
	uint64_t cpu_ns;
	const char *pod_id;
	uint64_t disk_a, disk_b;
	int64_t pod_start_ns;
};

static const struct sample first = {
	.node_start_ns = NODE_START, .start_ns = START,
	.scraped_ns = T0, .cpu_ns = 1000 * NS_PER_S, .pod_id = "uid-1",
	.disk_a = 1000, .disk_b = 500,
};

static void
make(struct frame *f, struct arena *a, const struct sample *s, bool is_swapped)
{
	size_t set;

	frame_clear(f);
	f->kind = FRAME_NODE;
	f->node = STR("n");
	set = frame_add_set(f, a, SET_NODE, 0);
	f->sets[set].name = STR("n");
	f->sets[set].start_ns = s->node_start_ns;
	f->sets[set].scraped_ns = s->scraped_ns;
	set_u64(&f->sets[set], METRIC_CPU_USAGE, s->cpu_ns);
	set = frame_add_set(f, a, SET_POD, 0);
	f->sets[set].name = STR("p");
	f->sets[set].namespace_name = STR("ns");
	f->sets[set].pod_id = str_of(s->pod_id);
	f->sets[set].start_ns = s->pod_start_ns;
	f->sets[set].scraped_ns = s->scraped_ns;
	set_u64(&f->sets[set], METRIC_CPU_USAGE, s->cpu_ns);
	set = frame_add_set(f, a, SET_POD_CONTAINER, set);
	f->sets[set].name = STR("c");
	f->sets[set].start_ns = s->start_ns;
	f->sets[set].scraped_ns = s->scraped_ns;
	set_u64(&f->sets[set], METRIC_CPU_USAGE, s->cpu_ns);
	for (int i = 0; i < 2; i++) {
		bool is_a = (i == 0) != is_swapped;
		struct resource *r = frame_add_resource(f, a, set);

		r->resource_id = is_a ? STR("a") : STR("b");
		resource_u64(r, METRIC_DISK_IO_READ_BYTES,
		    is_a ? s->disk_a : s->disk_b);
	}
}

static double
disk_rate(const struct frame *f, const char *id)
{
	const unsigned rate =
	    METRIC_DISK_IO_READ_BYTES_RATE - METRIC_PLAIN_COUNT;

	for (size_t i = 0; i < f->sets[2].n_resources; i++) {
		const struct resource *r = &f->sets[2].resources[i];

		if (str_is(r->resource_id, id) && (r->present >> rate & 1) != 0)
			return r->values[rate].f;
	}
	return -1;
}

#define LATER (T0 + 6 * NS_PER_S)
#define CPU (1003 * NS_PER_S)

static const struct {
	const char *name;
	struct sample next;
	bool node_has_rate, pod_has_rate, container_has_rate;
} steps[] = {
	{ "the next sample", { NODE_START, START, LATER, CPU, "uid-1", 7000,
	    500, 0 }, true, true, true },
	{ "the same sample again", { NODE_START, START, T0, CPU, "uid-1",
	    7000, 500, 0 }, false, false, false },
	{ "an older sample", { NODE_START, START, T0 - NS_PER_S, CPU, "uid-1",
	    7000, 500, 0 }, false, false, false },
	{ "no sample", { NODE_START, START, 0, CPU, "uid-1", 7000, 500, 0 },
	    false, false, false },
	{ "a container that restarted", { NODE_START, T0 + NS_PER_S, LATER,
	    CPU, "uid-1", 7000, 500, 0 }, true, true, false },
	{ "a node whose start wobbles", { NODE_START + 2 * NS_PER_S, START,
	    LATER, CPU, "uid-1", 7000, 500, 0 }, true, true, true },
	{ "a node that rebooted", { T0 + NS_PER_S, START, LATER, CPU, "uid-1",
	    7000, 500, 0 }, false, true, true },
	{ "a pod of the same name", { NODE_START, T0 + NS_PER_S, LATER, CPU,
	    "uid-2", 7000, 500, 0 }, true, false, false },
	{ "one that has said when it started", { NODE_START, T0 + NS_PER_S,
	    LATER, CPU, "uid-2", 7000, 500, T0 }, true, false, false },
	{ "a pod whose uid is not known any more", { NODE_START, START, LATER,
	    CPU, "", 7000, 500, 0 }, true, true, true },
	{ "and that of another start", { NODE_START, T0, LATER, CPU, "", 7000,
	    500, T0 }, true, false, false },
	{ "counters that were reset", { NODE_START, START, LATER,
	    3 * NS_PER_S, "uid-1", 7000, 500, 0 }, false, false, false },
};

static void
test_history(void)
{
	struct arena a;
	struct frame f;

	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct rate_history h = { 0 };

		make(&f, &a, &first, false);
		rate_apply(&h, &f);
		ok(!set_has(&f.sets[0], METRIC_CPU_USAGE_RATE),
		    "%s: no rate without a history", steps[i].name);
		rate_remember(&h, &f);
		make(&f, &a, &steps[i].next, true);
		rate_apply(&h, &f);
		ok(set_has(&f.sets[0], METRIC_CPU_USAGE_RATE) ==
		    steps[i].node_has_rate, "%s: %s rate of the node",
		    steps[i].name, steps[i].node_has_rate ? "a" : "no");
		ok(set_has(&f.sets[1], METRIC_CPU_USAGE_RATE) ==
		    steps[i].pod_has_rate, "%s: %s rate of the pod",
		    steps[i].name, steps[i].pod_has_rate ? "a" : "no");
		ok(set_has(&f.sets[2], METRIC_CPU_USAGE_RATE) ==
		    steps[i].container_has_rate, "%s: %s rate of the "
		    "container", steps[i].name,
		    steps[i].container_has_rate ? "a" : "no");
		if (i == 0) {
			is_u64(f.sets[2].values[METRIC_CPU_USAGE_RATE].u, 500,
			    "3 s in 6 s are 500 thousandths of a core");
			is_double(disk_rate(&f, "a"), 1000.0,
			    "a disk is found by its name, not its place");
			is_double(disk_rate(&f, "b"), 0.0, "an idle one too");
		}
		rate_history_fini(&h);
		arena_reset(&a);
	}
	arena_fini(&a);
}

/* A pod and its container, before and after; no start is 0, no uid is "". */
static void
test_uids(void)
{
	static const struct {
		const char *name, *uid[2];
		int64_t pod_start_ns[2], start_ns[2];
		bool pod_has_rate, container_has_rate;
	} cases[] = {
		{ "a pod becomes known", { "", "api" }, { 0, 0 },
		    { START, START }, true, true },
		{ "a static pod's uid becomes the API's", { "hash", "api" },
		    { START, START }, { START, START }, true, true },
		{ "a static pod of which only the container has a start",
		    { "hash", "api" }, { 0, 0 }, { START, START }, false,
		    true },
		{ "no start says that it is the same", { "a", "b" }, { 0, 0 },
		    { 0, 0 }, false, false },
		{ "a pod is made anew", { "a", "b" }, { START, T0 },
		    { START, T0 }, false, false },
		{ "a pod is made anew before it is known", { "a", "" },
		    { START, T0 }, { START, T0 }, false, false },
		{ "nobody ever knows it", { "", "" }, { 0, 0 }, { 0, 0 }, true,
		    true },
	};
	struct arena a;

	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rate_history h = { 0 };
		struct frame f;

		for (int k = 0; k < 2; k++) {
			struct sample s = first;

			s.pod_id = cases[i].uid[k];
			s.pod_start_ns = cases[i].pod_start_ns[k];
			s.start_ns = cases[i].start_ns[k];
			s.scraped_ns += k * 6 * NS_PER_S;
			make(&f, &a, &s, false);
			rate_apply(&h, &f);
			rate_remember(&h, &f);
		}
		ok(set_has(&f.sets[1], METRIC_CPU_USAGE_RATE) ==
		    cases[i].pod_has_rate, "%s: %s rate of the pod",
		    cases[i].name, cases[i].pod_has_rate ? "a" : "no");
		ok(set_has(&f.sets[2], METRIC_CPU_USAGE_RATE) ==
		    cases[i].container_has_rate, "%s: %s rate of the "
		    "container", cases[i].name,
		    cases[i].container_has_rate ? "a" : "no");
		rate_history_fini(&h);
		arena_reset(&a);
	}
	arena_fini(&a);
}

/* Counters of each part; the times of a set in seconds after T0. */
static const struct {
	enum metric counter, rate;
	int time;		/* of the set, or of which part */
	uint64_t factor;
} parts[] = {
	{ METRIC_CPU_USAGE, METRIC_CPU_USAGE_RATE, -1, 1000 },
	{ METRIC_CPU_PRESSURE_SOME, METRIC_CPU_PRESSURE_SOME_RATE, -1, 1 },
	{ METRIC_MEMORY_PAGE_FAULTS, METRIC_MEMORY_PAGE_FAULTS_RATE,
	    SET_MEMORY, 1000000000 },
	{ METRIC_MEMORY_MAJOR_PAGE_FAULTS, METRIC_MEMORY_MAJOR_PAGE_FAULTS_RATE,
	    SET_MEMORY, 1000000000 },
	{ METRIC_MEMORY_PRESSURE_FULL, METRIC_MEMORY_PRESSURE_FULL_RATE,
	    SET_MEMORY, 1 },
	{ METRIC_NETWORK_RX, METRIC_NETWORK_RX_RATE, SET_NETWORK, 1000000000 },
	{ METRIC_NETWORK_TX_ERRORS, METRIC_NETWORK_TX_ERRORS_RATE, SET_NETWORK,
	    1000000000 },
	{ METRIC_IO_PRESSURE_SOME, METRIC_IO_PRESSURE_SOME_RATE, SET_IO, 1 },
};
#define N_PARTS (sizeof parts / sizeof parts[0])

/* own_s < 0: the set has no time; 0 of a part: that of the set. */
static void
make_parts(struct frame *f, struct arena *a, int64_t own_s,
    const int64_t *parts_s, uint64_t counter)
{
	struct metric_set *s;

	frame_clear(f);
	f->kind = FRAME_NODE;
	frame_add_set(f, a, SET_NODE, 0);
	s = &f->sets[0];
	s->start_ns = NODE_START;
	s->scraped_ns = own_s < 0 ? 0 : T0 + own_s * NS_PER_S;
	for (int i = 0; i < SET_PART_COUNT; i++)
		s->parts_ns[i] = parts_s[i] == 0 ? 0 :
		    T0 + parts_s[i] * NS_PER_S;
	for (size_t i = 0; i < N_PARTS; i++)
		set_u64(s, parts[i].counter, counter);
}

static void
test_parts(void)
{
	static const struct {
		const char *name;
		int64_t own_s[2], parts_s[2][SET_PART_COUNT];
		int64_t elapsed_s[1 + SET_PART_COUNT];	/* 0: no rate */
	} cases[] = {
		{ "one time for all", { 1, 7 }, { { 0 }, { 0 } },
		    { 6, 6, 6, 6 } },
		{ "each its own", { 1, 7 }, { { 2, 3, 4 }, { 6, 9, 15 } },
		    { 6, 4, 6, 11 } },
		{ "parts that were not renewed", { 1, 7 },
		    { { 2, 3, 4 }, { 2, 3, 4 } }, { 6, 0, 0, 0 } },
		{ "only parts that were renewed", { 1, 1 },
		    { { 2, 3, 4 }, { 8, 4, 6 } }, { 0, 6, 1, 2 } },
		{ "a part that went back", { 1, 7 },
		    { { 2, 3, 0 }, { 4, 2, 0 } }, { 6, 2, 0, 6 } },
		{ "a time that was its own and no longer is", { 1, 7 },
		    { { 0, 3, 0 }, { 0, 0, 0 } }, { 6, 6, 4, 6 } },
		{ "a time that becomes its own, and is the same", { 1, 7 },
		    { { 0, 0, 0 }, { 0, 1, 9 } }, { 6, 6, 0, 8 } },
		{ "no time but a part's", { -1, -1 },
		    { { 0, 3, 0 }, { 0, 5, 0 } }, { 0, 0, 2, 0 } },
	};
	struct arena a;

	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct rate_history h = { 0 };
		struct frame f;

		for (int k = 0; k < 2; k++) {
			make_parts(&f, &a, cases[i].own_s[k],
			    cases[i].parts_s[k], 1000000 * (uint64_t)k);
			rate_apply(&h, &f);
			rate_remember(&h, &f);
		}
		for (size_t p = 0; p < N_PARTS; p++) {
			int64_t elapsed_s =
			    cases[i].elapsed_s[1 + parts[p].time];
			union metric_value want = { .u = 0 };
			const union metric_value *got =
			    &f.sets[0].values[parts[p].rate];
			bool has = rate_between(parts[p].rate,
			    parts[p].factor, 0, 1000000, elapsed_s * NS_PER_S,
			    &want);

			ok(set_has(&f.sets[0], parts[p].rate) == has &&
			    (!has || memcmp(&want, got, sizeof want) == 0),
			    "%s: %s over %d s", cases[i].name,
			    metrics[parts[p].rate].name.p, (int)elapsed_s);
		}
		rate_history_fini(&h);
		arena_reset(&a);
	}
	arena_fini(&a);
}

int
main(void)
{
	test_between();
	test_history();
	test_uids();
	test_parts();
	return done_testing();
}
