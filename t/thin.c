/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "sinks/thin.h"

#include "t/tap.h"

#define STEP INT64_C(300000000)
#define T0 (INT64_C(1790000000000000) / STEP * STEP)
#define R (STEP / 5)

enum { NOT_USED, COUNTER, INTS, FLOATS, CONSTANT, SPARSE };

static double
to_double(uint64_t v)
{
	double d;

	memcpy(&d, &v, sizeof d);
	return d;
}

static uint64_t
to_bits(double d)
{
	uint64_t v;

	memcpy(&v, &d, sizeof v);
	return v;
}

static bool
is_cumulative(void *arg, uint32_t metric)
{
	(void)arg;
	return metric == COUNTER;
}

static struct series_key
key_of(uint32_t metric, enum series_stat stat, bool is_float)
{
	return (struct series_key){ metric, is_float, stat, STR("") };
}

static void
add(struct series *s, uint32_t metric, bool is_float, uint64_t v)
{
	struct series_key key = key_of(metric, SERIES_VALUE, is_float);

	series_add_value(s, &key, v);
}

/* Two and a half steps, the last point of the first is missing. */
static void
make(struct series *s)
{
	for (uint64_t i = 0; i < 12; i++) {
		if (i == 4)
			continue;
		series_add_point(s, T0 + (int64_t)i * R);
		add(s, COUNTER, false, i < 7 ? 100 * i : i);
		add(s, INTS, false, UINT64_C(10000000000000000000) + i);
		add(s, FLOATS, true, to_bits((double)i / 3));
		add(s, CONSTANT, true, to_bits(0.1));
		if (i == 1 || i >= 8)
			add(s, SPARSE, false, i);
	}
}

static const struct expected {
	const char *what;
	uint32_t metric;
	enum series_stat stat;
	size_t n;
	uint64_t values[3];
} expected[] = {
	{ "counts", NOT_USED, SERIES_COUNT, 3, { 4, 5, 2 } },
	{ "a counter has its last value, also after it began anew", COUNTER,
	    SERIES_VALUE, 3, { 300, 9, 11 } },
	{ "and no maximum", COUNTER, SERIES_MAX, 0, { 0 } },
	{ "integers are averaged and rounded, without overflow", INTS,
	    SERIES_VALUE, 3, { UINT64_C(10000000000000000002),
	    UINT64_C(10000000000000000007), UINT64_C(10000000000000000011) } },
	{ "the largest is kept where it is another", INTS, SERIES_MAX, 2,
	    { UINT64_C(10000000000000000003),
	    UINT64_C(10000000000000000009) } },
	{ "who has fewer values says so", SPARSE, SERIES_COUNT, 2, { 1, 2 } },
	{ "and has the average of those", SPARSE, SERIES_VALUE, 3,
	    { 1, 9, 11 } },
};

static void
test_expected(const struct series *s)
{
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		const struct expected *e = &expected[i];
		struct series_key key = key_of(e->metric, e->stat, false);
		const struct series_column *c = series_find(s, &key);

		is_u64(c == NULL ? 0 : c->n, e->n, "%s", e->what);
		for (size_t v = 0; c != NULL && v < c->n && v < e->n; v++)
			is_u64(c->values[v], e->values[v], "step %zu of: %s",
			    v, e->what);
	}
}

int
main(void)
{
	struct series in, out;
	struct series_key key = key_of(FLOATS, SERIES_VALUE, true);
	const struct series_column *c;

	series_init(&in);
	series_init(&out);
	make(&in);
	thin_series(&out, &in, STEP, is_cumulative, NULL);
	is_u64(out.n_points, 3, "a point for each step");
	for (size_t i = 0; i < 3; i++)
		is_i64(out.times_us[i], T0 + (int64_t)i * STEP,
		    "which has its beginning as time");
	test_expected(&out);
	c = series_find(&out, &key);
	ok(c != NULL && to_double(c->values[0]) > 0.4999999 &&
	    to_double(c->values[0]) < 0.5000001, "floats are averaged");
	key = key_of(CONSTANT, SERIES_VALUE, true);
	c = series_find(&out, &key);
	ok(c != NULL && c->values[0] == to_bits(0.1),
	    "what does not change stays exact");
	key.stat = SERIES_MAX;
	ok(series_find(&out, &key) == NULL, "and has no maximum of its own");
	series_fini(&in);
	series_fini(&out);
	return done_testing();
}
