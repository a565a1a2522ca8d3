/* SPDX-License-Identifier: ISC */
/* What one container uses, sample by sample, and how that is written. */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/usage.h"

#include "t/tap.h"

#define S NS_PER_S
#define T0 (INT64_C(1790000010) * S)
#define R (15 * S)
#define MIB (UINT64_C(1) << 20)

static const struct {
	enum usage_resource r;
	uint64_t amount;
	const char *want;
} amounts[] = {
	{ USAGE_CPU, 0, "0" },
	{ USAGE_CPU, 999, "999n" },
	{ USAGE_CPU, 1000, "1u" },
	{ USAGE_CPU, 12345, "12345n" },
	{ USAGE_CPU, 1000000, "1m" },
	{ USAGE_CPU, 1500000, "1500u" },
	{ USAGE_CPU, 123456789, "123456789n" },
	{ USAGE_CPU, 250000000, "250m" },
	{ USAGE_CPU, 1000000000, "1" },
	{ USAGE_CPU, 1500000000, "1500m" },
	{ USAGE_CPU, 16000000000, "16" },
	{ USAGE_CPU, 1000000000000, "1k" },
	{ USAGE_CPU, 123000000000000, "123k" },
	{ USAGE_CPU, 1000000000000000000, "1G" },
	{ USAGE_MEMORY, 0, "0" },
	{ USAGE_MEMORY, 512, "512" },
	{ USAGE_MEMORY, 1000, "1k" },
	{ USAGE_MEMORY, 1023, "1023" },
	{ USAGE_MEMORY, 1024, "1Ki" },
	{ USAGE_MEMORY, 1025, "1025" },
	{ USAGE_MEMORY, 1500, "1500" },
	{ USAGE_MEMORY, 1048576, "1Mi" },
	{ USAGE_MEMORY, 1048577, "1048577" },
	{ USAGE_MEMORY, 12533760, "12240Ki" },
	{ USAGE_MEMORY, 1616273408, "1578392Ki" },
	{ USAGE_MEMORY, 1073741824, "1Gi" },
	{ USAGE_MEMORY, 1000000, "1000000" },
	{ USAGE_MEMORY, 5368709120, "5Gi" },
	{ USAGE_MEMORY, 1099511627776, "1Ti" },
	{ USAGE_SWAP, 4096, "4Ki" },
	{ USAGE_EPHEMERAL_STORAGE, 40960, "40Ki" },
};

static const struct {
	int64_t ns;
	const char *want;
} durations[] = {
	{ 0, "0s" },
	{ 1, "1ns" },
	{ 1500, "1.5\u00b5s" },
	{ 2 * NS_PER_MS, "2ms" },
	{ 15 * S, "15s" },
	{ 10062 * NS_PER_MS, "10.062s" },
	{ 20100 * NS_PER_MS, "20.1s" },
	{ 20123 * NS_PER_MS, "20.123s" },
	{ 17355 * NS_PER_MS, "17.355s" },
	{ 15 * S + 123457 * NS_PER_US, "15.123457s" },
	{ 60 * S, "1m0s" },
	{ 61500 * NS_PER_MS, "1m1.5s" },
	{ 3600 * S, "1h0m0s" },
	{ 90061 * S, "25h1m1s" },
	{ -1500 * NS_PER_MS, "-1.5s" },
};

static void
test_texts(void)
{
	char text[USAGE_DURATION_MAX_BYTES];
	size_t n;

	for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
		n = usage_amount_print(text, amounts[i].r,
		    amounts[i].amount);
		is_mem(text, n, amounts[i].want, strlen(amounts[i].want),
		    "%s", amounts[i].want);
	}
	for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
		n = usage_duration_print(text, durations[i].ns);
		is_mem(text, n, durations[i].want,
		    strlen(durations[i].want), "%s", durations[i].want);
	}
}

/* Seconds are those since T0; cpu is in milliseconds. */
struct sample {
	double at_s, start_s;
	int64_t cpu_ms, memory;
	uint64_t told;		/* by the kubelet, nanocores; 0: nothing */
	int at_window;		/* of its frame; 0: one after the other */
};

#define NO_TIME -1
#define UNKNOWN (-1 - (double)T0 / (double)S)	/* a start */

static const struct {
	const char *what;
	struct sample samples[4];
	int n;
	double at_s;		/* of the value; NO_TIME: there is none */
	double window_s;
	uint64_t nano;
} cases[] = {
	{ "one sample is none", { { 0, -500, 100, 5 } }, 1, NO_TIME, 0, 0 },
	{ "two are", { { 0, -500, 100, 5 }, { 10.085, -500, 200, 5 } }, 2,
	    10.085, 10.085, 9915716 },
	{ "a sample that is repeated", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 10, -500, 200, 5 } }, 3, 10, 10,
	    10000000 },
	{ "the newest two", { { 0, -500, 100, 5 }, { 10, -500, 200, 5 },
	    { 30, -500, 1200, 5 } }, 3, 30, 20, 50000000 },
	{ "idle", { { 0, -500, 100, 5 }, { 10, -500, 100, 5 } }, 2, 10, 10,
	    0 },
	{ "a restart keeps the value", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 25, 24, 10, 5 } }, 3, 10, 10,
	    10000000 },
	{ "until there are two of the new one", { { 10, -500, 200, 5 },
	    { 25, 24, 10, 5 }, { 35, 24, 20, 5 } }, 3, 35, 10, 1000000 },
	{ "what is young has one from its only sample",
	    { { 12, 0, 600, 5 } }, 1, 12, 12, 50000000 },
	{ "and so after a restart", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 25, 13, 120, 5 } }, 3, 25, 12,
	    10000000 },
	{ "what is newborn has none", { { 9, 0, 600, 5 } }, 1, NO_TIME, 0,
	    0 },
	{ "nor what is older", { { 15, 0, 600, 5 } }, 1, NO_TIME, 0, 0 },
	{ "a counter that fell keeps the value", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 20, -500, 50, 5 } }, 3, 10, 10,
	    10000000 },
	{ "and begins again", { { 10, -500, 200, 5 }, { 20, -500, 50, 5 },
	    { 30, -500, 60, 5 } }, 3, 30, 10, 1000000 },
	{ "no memory is no sample", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 20, -500, 0, 0 } }, 3, 10, 10,
	    10000000 },
	{ "and is skipped", { { 0, -500, 100, 5 }, { 10, -500, 0, 0 },
	    { 20, -500, 300, 5 } }, 3, 20, 20, 10000000 },
	{ "no time is no sample", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { UNKNOWN + 1, -500, 300, 5 } }, 3, 10, 10,
	    10000000 },
	{ "a time far ahead keeps the value", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 9000, -500, 300, 5 } }, 3, 10, 10,
	    10000000 },
	{ "and harms the next two only", { { 9000, -500, 200, 5 },
	    { 20, -500, 300, 5 }, { 30, -500, 400, 5 } }, 3, 30, 10,
	    10000000 },
	{ "a long pause is no window", { { 0, -500, 100, 5 },
	    { 61, -500, 200, 5 } }, 2, NO_TIME, 0, 0 },
	{ "one sample with what the kubelet says",
	    { { 3, -500, 100, 5, 7654321 } }, 1, 3, 15, 7654321 },
	{ "two are better", { { 3, -500, 100, 5, 7654321 },
	    { 13, -500, 200, 5, 8654321 } }, 2, 13, 10, 10000000 },
	{ "the same one again", { { 3, -500, 100, 5, 7654321 },
	    { 3, -500, 100, 5, 7654321 } }, 2, 3, 15, 7654321 },
	{ "what is young is rated since its start",
	    { { 12, 0, 600, 5, 7654321 } }, 1, 12, 12, 50000000 },
	{ "what is newborn has none, whatever it says",
	    { { 9, 0, 600, 5, 7654321 } }, 1, NO_TIME, 0, 0 },
	{ "its window is not before its start",
	    { { 29, 14.5, 600, 5, 7654321 } }, 1, 29, 14.5, 41379310 },
	{ "what is older has what the kubelet says",
	    { { 35, 19.5, 600, 5, 7654321 } }, 1, 35, 15, 7654321 },
	{ "a start that is not known", { { 3, UNKNOWN, 100, 5, 7654321 } }, 1,
	    3, 15, 7654321 },
	{ "a restart has what the kubelet says", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 30, 12, 10, 5, 7654321 } }, 3, 30, 15,
	    7654321 },
	{ "more than there was is nothing", { { 3, -500, 100, 5, 100000001 } },
	    1, NO_TIME, 0, 0 },
	{ "nor is what a counter becomes that fell",
	    { { 3, -500, 100, 5, UINT64_MAX - 5 } }, 1, NO_TIME, 0, 0 },
	{ "another clock says nothing", { { 63, -500, 100, 5, 7654321 } }, 1,
	    NO_TIME, 0, 0 },
	{ "nor one behind", { { -63, -500, 100, 5, 7654321 } }, 1, NO_TIME, 0,
	    0 },
	{ "but two samples of it do", { { -600, -900, 100, 5, 7654321 },
	    { -590, -900, 200, 5, 7654321 } }, 2, -590, 10, 10000000 },
	{ "a time far ahead keeps the value, whatever it says",
	    { { 0, -500, 100, 5 }, { 10, -500, 200, 5 },
	    { 9000, -500, 300, 5, 7654321 } }, 3, 10, 10, 10000000 },
	{ "a counter that fell, too", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 20, -500, 50, 5, 7654321 } }, 3, 10, 10,
	    10000000 },
	{ "after a long pause it counts again", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 151, -500, 300, 5, 7654321, 10 } }, 3,
	    151, 15, 7654321 },
	{ "not after a short one", { { 0, -500, 100, 5 },
	    { 10, -500, 200, 5 }, { 71, -500, 300, 5, 7654321, 4 } }, 3, 10,
	    10, 10000000 },
};

static int64_t
at(double s)
{
	return T0 + (int64_t)(s * 1e6) * NS_PER_US;
}

static void
test_samples(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct usage u = { .last_ns = 0 };

		for (int k = 0; k < cases[i].n; k++) {
			const struct sample *s = &cases[i].samples[k];
			struct metric_set set = {
				.type = SET_POD_CONTAINER,
				.scraped_ns = s->at_s < -1e9 ? 0 :
				    at(s->at_s),
				.start_ns = at(s->start_s),
			};

			set_u64(&set, METRIC_CPU_USAGE,
			    (uint64_t)(s->cpu_ms * NS_PER_MS));
			set_u64(&set, METRIC_MEMORY_WORKING_SET,
			    (uint64_t)s->memory * MIB);
			if (s->told != 0)
				set_u64(&set, METRIC_CPU_FIRST_USAGE, s->told);
			usage_advance(&u, &set, T0 + (s->at_window != 0 ?
			    s->at_window : k) * R, R);
		}
		is_i64(u.value.at_ns, cases[i].at_s == NO_TIME ? 0 :
		    at(cases[i].at_s), "%s", cases[i].what);
		is_i64(u.value.window_ns, at(cases[i].window_s) - T0,
		    "its window");
		is_u64(u.value.amounts[USAGE_CPU], cases[i].nano, "its CPU");
	}
}

/* Kubelets compute the start of a node: it wobbles. */
static void
test_node(void)
{
	struct usage u = { .last_ns = 0 };
	struct metric_set set = { .type = SET_NODE, .scraped_ns = T0,
		.start_ns = T0 - 900 * S };

	set_u64(&set, METRIC_CPU_USAGE, 5);
	set_u64(&set, METRIC_MEMORY_WORKING_SET, 7 * MIB);
	set_u64(&set, METRIC_SWAP_USAGE, 3);
	usage_advance(&u, &set, T0, R);
	set.scraped_ns += R;
	set.start_ns += 4 * S;
	usage_advance(&u, &set, T0 + R, R);
	is_i64(u.value.at_ns, T0 + R, "a start that wobbles is the same");
	is_u64(u.value.present, 1u << USAGE_CPU | 1u << USAGE_MEMORY |
	    1u << USAGE_SWAP, "what is known is there");
	is_u64(u.value.amounts[USAGE_SWAP], 3, "swap");
	set.scraped_ns += R;
	set.start_ns += 60 * S;
	usage_advance(&u, &set, T0 + 2 * R, R);
	is_i64(u.value.at_ns, T0 + R, "another start is another node");
}

/* A kubelet that does not sample any more. */
static void
test_stuck(void)
{
	struct usage u = { .last_ns = 0 };
	struct metric_set set = { .type = SET_POD_CONTAINER,
		.scraped_ns = T0, .start_ns = T0 - 900 * S };

	set_u64(&set, METRIC_CPU_USAGE, 5);
	set_u64(&set, METRIC_MEMORY_WORKING_SET, 7 * MIB);
	usage_advance(&u, &set, T0, R);
	set.scraped_ns += R;
	for (int i = 1; i < 10; i++)
		usage_advance(&u, &set, T0 + i * R, R);
	is_i64(u.value.at_ns, T0 + R, "the value has its true time");
	is_i64(u.value.frame_ns, T0 + 5 * R,
	    "and is taken for new for a minute");
}

int
main(void)
{
	test_texts();
	test_samples();
	test_node();
	test_stuck();
	return done_testing();
}
