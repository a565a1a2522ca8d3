/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/series.h"

#include "t/tap.h"

#define T0 INT64_C(1790000000000000)
#define R INT64_C(60000000)
#define MAX_N 70

static uint64_t
bits(double d)
{
	uint64_t v;

	memcpy(&v, &d, sizeof v);
	return v;
}

static const struct series_key plain = { .metric = 7,
	.labels = STR_INIT("") };

struct shape {
	const char *name;
	uint64_t (*value)(size_t i);
	bool is_float;
	size_t bytes_max;	/* of a block of 60 values */
};

#define SHAPE(name, v) \
	static uint64_t name(size_t i) { (void)i; return v; }
SHAPE(same, UINT64_MAX)
SHAPE(zero, 0)
SHAPE(ramp, 1000000007 * (i + 99))
SHAPE(fall, UINT64_MAX - i)
SHAPE(wrap, UINT64_MAX - 30 + i)
SHAPE(pages, (i * 7919 % 4001 + 99) * 4096)
SHAPE(reset, i < 30 ? 1u << 30 | i : i)
SHAPE(spike, i == 17 ? UINT64_MAX / 3 : 5)
SHAPE(two, i & 1 ? 0 : UINT64_MAX)
SHAPE(noise, (i + 1) * 0x9e3779b97f4a7c15)
SHAPE(half, i & 1 ? INT64_MAX : 1)
SHAPE(ratio, bits((double)(i * 37 % 60) / 60.017))
SHAPE(eighth, bits((double)i / 8))
SHAPE(still, bits(4000.25))
SHAPE(minus, bits(i & 1 ? -1.5 : 0.0))
SHAPE(quiet, i % 20 == 3 ? bits(0.3) : 0)

static const struct shape shapes[] = {
	{ "all the same, and the largest", same, false, 30 },
	{ "zeros", zero, false, 21 },
	{ "a steady counter", ramp, false, 40 },
	{ "a falling one", fall, false, 40 },
	{ "a counter that wraps", wrap, false, 40 },
	{ "pages of memory: 12 bits each", pages, false, 130 },
	{ "a counter that begins anew", reset, false, 100 },
	{ "one that stands out", spike, false, 110 },
	{ "the two extremes by turns", two, false, 110 },
	{ "noise of 64 bits", noise, false, 520 },
	{ "differences of 63 bits", half, false, 520 },
	{ "floats without any order", ratio, true, 490 },
	{ "floats with few bits", eighth, true, 140 },
	{ "a float that stays", still, true, 25 },
	{ "negative floats", minus, true, 110 },
	{ "floats that are zero mostly", quiet, true, 130 },
};

static void
make(struct series *s, const struct shape *shape, size_t n)
{
	struct series_key key = plain;

	key.is_float = shape->is_float;
	series_reset(s);
	for (size_t i = 0; i < n; i++) {
		series_add_point(s, T0 + (int64_t)i * R);
		series_add_value(s, &key, shape->value(i));
	}
}

/* A copy of exactly its length. */
static bool
decode(struct series *s, const struct buf *block)
{
	char *copy = malloc(block->len == 0 ? 1 : block->len);
	bool is_ok;

	memcpy(copy, block->p, block->len);
	is_ok = series_decode(s, copy, block->len, NULL, NULL);
	free(copy);
	return is_ok;
}

static bool
is_equal(const struct series *a, const struct series *b)
{
	if (a->n_points != b->n_points || a->n_columns != b->n_columns ||
	    memcmp(a->times_us, b->times_us, a->n_points *
	    sizeof *a->times_us) != 0)
		return false;
	for (size_t i = 0; i < a->n_columns; i++) {
		const struct series_column *x = &a->columns[i];
		const struct series_column *y = &b->columns[i];

		if (!series_key_eq(&x->key, &y->key) || x->n != y->n ||
		    memcmp(x->points, y->points, x->n *
		    sizeof *x->points) != 0 || memcmp(x->values, y->values,
		    x->n * sizeof *x->values) != 0)
			return false;
	}
	return true;
}

static void
test_shapes(void)
{
	struct series in, out;
	struct buf block = BUF_INIT;

	series_init(&in);
	series_init(&out);
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		bool all = true;

		for (size_t n = 1; n <= MAX_N; n++) {
			make(&in, &shapes[i], n);
			buf_reset(&block);
			series_encode(&in, &block);
			series_reset(&out);
			all &= decode(&out, &block) && is_equal(&in, &out);
			if (n == 60)
				ok(block.len <= shapes[i].bytes_max,
				    "%s takes %zu bytes", shapes[i].name,
				    block.len);
		}
		ok(all, "%s come back, from 1 to 70 of them",
		    shapes[i].name);
	}
	series_fini(&in);
	series_fini(&out);
	buf_fini(&block);
}

/* Columns with gaps, resources, points at odd times. */
static void
make_mixed(struct series *s)
{
	struct series_key key = plain;
	int64_t at_us = T0;

	series_reset(s);
	for (size_t i = 0; i < 50; i++) {
		at_us += i % 9 == 0 ? R * 2 : R;
		series_add_point(s, at_us);
		key = plain;
		if (i % 7 > 1)
			series_add_value(s, &key, i * 1000);
		key.metric = 8;
		if (i > 20 && i < 23)
			series_add_value(s, &key, i);
		for (unsigned r = 0; r < 3; r++) {
			key.labels = r == 0 ? STR("resource_id\0/\0") :
			    STR("resource_id\0logs\0");
			key.metric = 100 + r;
			series_add_value(s, &key, noise(i) >> r * 20);
		}
		key.stat = SERIES_MAX;
		series_add_value(s, &key, 1);
	}
}

static bool
want_102(void *arg, const struct series_key *key)
{
	unsigned *n_asked = arg;

	++*n_asked;
	return key->metric == 102 && key->stat == SERIES_VALUE;
}

static void
test_mixed(void)
{
	struct series in, out;
	struct buf block = BUF_INIT;
	unsigned n_asked = 0;

	series_init(&in);
	series_init(&out);
	make_mixed(&in);
	series_encode(&in, &block);
	ok(decode(&out, &block) && is_equal(&in, &out),
	    "gaps, resources and odd times come back");
	is_u64(in.n_columns, 6, "there are as many columns as keys");
	series_reset(&out);
	ok(series_decode(&out, block.p, block.len, want_102, &n_asked),
	    "one column is read alone");
	is_u64(n_asked, 6, "all columns were asked after");
	is_u64(out.n_columns, 1, "and none other is there");
	is_str(out.columns[0].key.labels.p + 12, "logs",
	    "its labels are those of the column before");
	ok(memcmp(out.columns[0].values, in.columns[2].values,
	    50 * sizeof(uint64_t)) == 0, "its values are right");
	series_fini(&in);
	series_fini(&out);
	buf_fini(&block);
}

static void
test_sorting(void)
{
	static const int64_t order[] = { 5, 1, 3, 1, 4, 5, 2 };
	struct series s;
	struct series_key other = plain;

	other.metric = 9;
	series_init(&s);
	for (size_t i = 0; i < 7; i++) {
		series_add_point(&s, order[i]);
		series_add_value(&s, &plain, 10 * (uint64_t)order[i] + i);
		if (i == 3 || i == 4)
			series_add_value(&s, &other, i);
	}
	series_sort(&s);
	is_u64(s.n_points, 5, "one point for each time");
	for (size_t i = 0; i < 5; i++)
		is_i64(s.times_us[i], (int64_t)i + 1, "in their order");
	is_u64(s.columns[0].values[0], 11, "of two the first stays");
	is_u64(s.columns[0].values[4], 50, "whatever its place");
	is_u64(s.columns[1].n, 1, "what belonged to the second is gone");
	is_u64(s.columns[1].points[0], 3, "what stays has moved");
	series_fini(&s);
}

static void
test_rows(void)
{
	struct series s;
	struct buf row = BUF_INIT;
	struct series_key key = plain;

	series_row_group(&row, STR(""));
	series_row_value(&row, 7, false, UINT64_MAX);
	series_row_value(&row, 8, true, bits(0.1));
	series_row_end(&row);
	series_row_group(&row, STR("resource_id\0/\0"));
	series_row_value(&row, 100, false, 4096);
	series_row_end(&row);
	series_init(&s);
	ok(series_decode_row(&s, T0, row.p, row.len, NULL, NULL),
	    "a row is read");
	is_u64(s.n_columns, 3, "with three values");
	is_u64(series_find(&s, &key)->values[0], UINT64_MAX, "an integer");
	key = (struct series_key){ 8, true, SERIES_VALUE, STR("") };
	is_u64(series_find(&s, &key)->values[0], bits(0.1), "a float");
	key = (struct series_key){ 100, false, SERIES_VALUE,
		STR("resource_id\0/\0") };
	is_u64(series_find(&s, &key)->values[0], 4096, "one of a resource");
	series_fini(&s);
	buf_fini(&row);
}

/* Every byte of a block set to something else, and every prefix. */
static void
test_damage(void)
{
	struct series in, out;
	struct buf block = BUF_INIT;
	size_t n_read = 0;

	series_init(&in);
	series_init(&out);
	make_mixed(&in);
	series_encode(&in, &block);
	for (size_t i = 0; i < block.len; i++) {
		char was = block.p[i];

		for (int flip = 1; flip < 256; flip <<= 1) {
			block.p[i] = (char)(was ^ flip);
			series_reset(&out);
			n_read += decode(&out, &block);
			series_sort(&out);
			series_reset(&out);
			series_decode_row(&out, 0, block.p, block.len, NULL,
			    NULL);
		}
		block.p[i] = was;
	}
	ok(n_read < block.len * 8, "damage is noticed at times");
	for (size_t len = block.len; len-- > 0;) {
		block.len = len;
		series_reset(&out);
		decode(&out, &block);
	}
	ok(out.n_columns == 0, "and reading never goes beyond the end");
	series_fini(&in);
	series_fini(&out);
	buf_fini(&block);
}

static void
test_bounds(void)
{
	struct series s;

	series_init(&s);
	for (size_t i = 0; i < SERIES_POINTS_MAX + 2; i++) {
		series_add_point(&s, (int64_t)i);
		series_add_value(&s, &plain, i);
	}
	is_u64(s.n_points, SERIES_POINTS_MAX, "points are bounded");
	ok(s.is_full, "which is said");
	is_u64(s.columns[0].n, SERIES_POINTS_MAX, "and values as well");
	series_fini(&s);
}

int
main(void)
{
	test_shapes();
	test_mixed();
	test_sorting();
	test_rows();
	test_damage();
	test_bounds();
	return done_testing();
}
