/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/history_buckets.h"

#include "t/tap.h"

#define S NS_PER_S
#define N_MAX 16
#define ALL (HISTORY_AVERAGE | HISTORY_MAX | HISTORY_MIN | HISTORY_MEDIAN | \
    HISTORY_COUNT | HISTORY_PERCENTILE_50 | HISTORY_PERCENTILE_95 | \
    HISTORY_PERCENTILE_99)

/* Values of one bucket.  InfluxDB 1.6 gives these answers. */
static const struct {
	const char *name;
	size_t n;
	int64_t values[N_MAX];
	double average;
	int64_t min, max;
	double median;
	bool is_median_int;
	int64_t p50, p95, p99;
} ints[] = {
	{ "one", 1, { 7 }, 7, 7, 7, 7, true, 7, 7, 7 },
	{ "two", 2, { 10, 20 }, 15, 10, 20, 15, false, 10, 20, 20 },
	{ "three, unsorted", 3, { 30, 10, 20 }, 20, 10, 30, 20, true, 20, 30,
	    30 },
	{ "four", 4, { 1, 2, 3, 4 }, 2.5, 1, 4, 2.5, false, 2, 4, 4 },
	{ "ten", 10, { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 }, 5.5, 1, 10, 5.5,
	    false, 5, 10, 10 },
	{ "many of one", 11, { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 9 }, 59.0 / 11,
	    5, 9, 5, true, 5, 5, 9 },
	{ "beyond 2^53", 2, { INT64_MAX - 1, INT64_MAX },
	    9223372036854775807.0, INT64_MAX - 1, INT64_MAX,
	    9223372036854775807.0, false, INT64_MAX - 1, INT64_MAX,
	    INT64_MAX },
};

static struct history_sample
sample_of(int64_t timestamp_ns, int64_t i)
{
	struct history_value v = { .i = i };

	return (struct history_sample){ timestamp_ns, v, v, 1 };
}

static void
is_int(struct history_value v, int64_t want, const char *what,
    const char *name)
{
	ok(!v.is_float, "the %s of %s is an integer", what, name);
	is_i64(v.i, want, "the %s of %s", what, name);
}

static void
is_float(struct history_value v, double want, const char *what,
    const char *name)
{
	ok(v.is_float, "the %s of %s is a float", what, name);
	is_double(v.f, want, "the %s of %s", what, name);
}

static void
test_ints(void)
{
	for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
		struct history_sample samples[N_MAX];
		struct history_bucket b[N_MAX];
		const char *name = ints[i].name;

		for (size_t k = 0; k < ints[i].n; k++)
			samples[k] = sample_of((int64_t)k * S,
			    ints[i].values[k]);
		is_u64(history_buckets(samples, ints[i].n, 99, 0, ALL, b), 1,
		    "%s: one bucket without a size", name);
		is_i64(b[0].timestamp_ns, 99, "it begins where was asked");
		is_u64(b[0].count, ints[i].n, "the count of %s", name);
		is_float(b[0].average, ints[i].average, "average", name);
		is_int(b[0].min, ints[i].min, "minimum", name);
		is_int(b[0].max, ints[i].max, "maximum", name);
		if (ints[i].is_median_int)
			is_int(b[0].median, (int64_t)ints[i].median, "median",
			    name);
		else
			is_float(b[0].median, ints[i].median, "median", name);
		is_int(b[0].percentile_50, ints[i].p50, "50", name);
		is_int(b[0].percentile_95, ints[i].p95, "95", name);
		is_int(b[0].percentile_99, ints[i].p99, "99", name);
	}
}

static void
test_floats(void)
{
	struct history_sample s[3];
	struct history_bucket b[3];

	for (int i = 0; i < 3; i++) {
		s[i] = sample_of(i * S, 0);
		s[i].value = s[i].max = (struct history_value){
			.is_float = true, .f = 2.5 - i };
	}
	is_u64(history_buckets(s, 3, 0, 0, ALL, b), 1, "floats");
	is_float(b[0].average, 1.5, "average", "floats");
	is_float(b[0].max, 2.5, "maximum", "floats");
	is_float(b[0].min, 0.5, "minimum", "floats");
	is_float(b[0].median, 1.5, "median", "floats");
	is_float(b[0].percentile_99, 2.5, "99", "floats");
	s[1] = sample_of(S, 4);
	is_u64(history_buckets(s, 3, 0, 0, ALL, b), 1, "one integer of three");
	is_float(b[0].max, 4, "maximum", "a mixture");
	is_float(b[0].min, 0.5, "minimum", "a mixture");
}

static void
test_sizes(void)
{
	static const int64_t at[] = { 1195, 1200, 1259, 1260, 1500 };
	static const int64_t begins[] = { 1140, 1200, 1260, 1500 };
	static const uint64_t counts[] = { 1, 2, 1, 1 };
	struct history_sample s[5];
	struct history_bucket b[5];

	for (size_t i = 0; i < 5; i++)
		s[i] = sample_of(at[i] * S, at[i]);
	is_u64(history_buckets(s, 5, 1190 * S, 60 * S, HISTORY_COUNT, b), 4,
	    "empty buckets are left out");
	for (size_t i = 0; i < 4; i++) {
		is_i64(b[i].timestamp_ns, begins[i] * S,
		    "a bucket begins at a multiple of its size");
		is_u64(b[i].count, counts[i], "and has what is in it");
	}
	is_u64(history_buckets(s, 0, 0, 60 * S, ALL, b), 0,
	    "nothing has no buckets");
	is_u64(history_buckets(s, 0, 0, 0, ALL, b), 0,
	    "nor one without a size");
	s[0].timestamp_ns = -1;
	is_u64(history_buckets(s, 1, 0, 60 * S, ALL, b), 1, "before 1970");
	is_i64(b[0].timestamp_ns, -60 * S, "too, it is below");
}

/* Samples that stand for several. */
static void
test_weights(void)
{
	struct history_sample s[] = { sample_of(0, 10), sample_of(S, 20) };
	struct history_bucket b[2];

	s[0].count = 4;
	s[0].max.i = 50;
	is_u64(history_buckets(s, 2, 0, 0, ALL, b), 1, "two samples");
	is_u64(b[0].count, 5, "stand for five values");
	is_double(b[0].average.f, 12, "whose average is weighted");
	is_i64(b[0].max.i, 50, "the maximum is that of the values");
	is_i64(b[0].min.i, 10, "the minimum that of the averages");
	is_int(b[0].median, 10, "median", "five values");
	is_i64(b[0].percentile_50.i, 10, "the third of five");
	is_i64(b[0].percentile_95.i, 20, "the fifth of five");
}

int
main(void)
{
	test_ints();
	test_floats();
	test_sizes();
	test_weights();
	return done_testing();
}
