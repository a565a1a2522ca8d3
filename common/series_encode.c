/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/series.h"
#include "common/varint.h"

#include "common/series_impl.h"

static uint64_t
divisor_of(uint64_t a, uint64_t b)
{
	int shift;

	if (a == 0 || b == 0)
		return a | b;
	shift = __builtin_ctzll(a | b);
	a >>= __builtin_ctzll(a);
	while (b != 0) {
		b >>= __builtin_ctzll(b);
		if (a > b) {
			uint64_t swap = a;

			a = b;
			b = swap;
		}
		b -= a;
	}
	return a << shift;
}

static unsigned
bits_of(uint64_t v)
{
	return v == 0 ? 0 : 64 - (unsigned)__builtin_clzll(v);
}

static size_t
varint_bytes(uint64_t v)
{
	return v == 0 ? 1 : (bits_of(v) + 6) / 7;
}

/* Numbers as they are, or the differences of neighbours. */
struct numbers {
	const uint64_t *values;
	size_t n;
	bool is_delta;
};

static uint64_t
number(const struct numbers *x, size_t i)
{
	return x->is_delta ? x->values[i + 1] - x->values[i] : x->values[i];
}

/* How to pack numbers: (number - least) / divisor in so many bits each. */
struct packing {
	uint64_t least;
	uint64_t divisor;	/* at least 1 */
	unsigned bits;
};

static bool
is_less(const struct numbers *x, uint64_t a, uint64_t b)
{
	return x->is_delta ? (int64_t)a < (int64_t)b : a < b;
}

static struct packing
find_packing(const struct numbers *x)
{
	struct packing p = { number(x, 0), 0, 0 };
	uint64_t most = 0;

	for (size_t i = 1; i < x->n; i++)
		if (is_less(x, number(x, i), p.least))
			p.least = number(x, i);
	for (size_t i = 0; i < x->n; i++) {
		uint64_t above = number(x, i) - p.least;

		if (above > most)
			most = above;
		if (p.divisor != 1)
			p.divisor = divisor_of(p.divisor, above);
	}
	if (p.divisor == 0)
		p.divisor = 1;
	p.bits = bits_of(most / p.divisor);
	return p;
}

static void
pack(struct buf *out, const struct numbers *x, const struct packing *p)
{
	unsigned char *to = (unsigned char *)buf_reserve(out,
	    x->n * p->bits / 8 + 9);
	unsigned __int128 bits = 0;
	unsigned n_bits = 0;

	if (to == NULL)
		return;
	for (size_t i = 0; i < x->n; i++) {
		uint64_t v = number(x, i) - p->least;

		if (p->divisor != 1)
			v /= p->divisor;
		bits |= (unsigned __int128)v << n_bits;
		n_bits += p->bits;
		for (; n_bits >= 8; n_bits -= 8, bits >>= 8)
			*to++ = (unsigned char)bits;
	}
	if (n_bits > 0)
		*to++ = (unsigned char)bits;
	out->len = (size_t)((char *)to - out->p);
}

static uint64_t
raw(const struct series_column *c, uint64_t v)
{
	return c->key.is_float ? __builtin_bswap64(v) : v;
}

static bool
is_same(const struct series_column *c)
{
	for (size_t i = 1; i < c->n; i++)
		if (c->values[i] != c->values[0])
			return false;
	return true;
}

/* The divisor of all differences, and how many bytes they take so. */
static size_t
measure_varints(const struct numbers *deltas, uint64_t *divisor)
{
	uint64_t g = 0;
	size_t n_bytes = 0;

	for (size_t i = 0; i < deltas->n && g != 1; i++) {
		uint64_t d = number(deltas, i);

		g = divisor_of(g, (int64_t)d < 0 ? -d : d);
	}
	if (g == 0 || g > INT64_MAX)
		g = 1;
	for (size_t i = 0; i < deltas->n; i++)
		n_bytes += varint_bytes(varint_fold(
		    (int64_t)number(deltas, i) / (int64_t)g));
	*divisor = g;
	return n_bytes;
}

static void
encode_values(const struct series_column *c, struct buf *out)
{
	struct numbers values = { c->values, c->n, false };
	struct numbers deltas = { c->values, c->n - 1, true };
	struct packing as_is, as_deltas;
	size_t as_is_bytes, deltas_bytes, varints_bytes;
	uint64_t divisor;

	if (is_same(c)) {
		buf_add_char(out, SERIES_SAME);
		varint_add(out, raw(c, c->values[0]));
		return;
	}
	as_is = find_packing(&values);
	as_deltas = find_packing(&deltas);
	as_is_bytes = (values.n * as_is.bits + 7) / 8;
	deltas_bytes = (deltas.n * as_deltas.bits + 7) / 8 + 3;
	varints_bytes = measure_varints(&deltas, &divisor);
	if (varints_bytes < as_is_bytes && varints_bytes < deltas_bytes) {
		buf_add_char(out, SERIES_VARINTS);
		varint_add(out, raw(c, c->values[0]));
		varint_add(out, divisor);
		for (size_t i = 0; i < deltas.n; i++)
			varint_add(out, varint_fold((int64_t)number(&deltas,
			    i) / (int64_t)divisor));
	} else if (deltas_bytes < as_is_bytes) {
		buf_add_char(out, SERIES_DELTAS);
		varint_add(out, raw(c, c->values[0]));
		varint_add(out, varint_fold((int64_t)as_deltas.least));
		varint_add(out, as_deltas.divisor);
		varint_add(out, as_deltas.bits);
		pack(out, &deltas, &as_deltas);
	} else {
		buf_add_char(out, SERIES_PACKED);
		varint_add(out, raw(c, as_is.least));
		varint_add(out, as_is.divisor);
		varint_add(out, as_is.bits);
		pack(out, &values, &as_is);
	}
}

static void
encode_runs(const struct series_column *c, size_t n_points, struct buf *out)
{
	struct buf runs = BUF_INIT;
	size_t n = 0, at = 0;		/* the point after the last run */

	if (c->n == n_points) {
		varint_add(out, 0);
		return;
	}
	for (size_t i = 0; i < c->n; n += 2) {
		size_t from = i++;

		while (i < c->n && c->points[i] == c->points[i - 1] + 1)
			i++;
		varint_add(&runs, c->points[from] - at);
		varint_add(&runs, i - from);
		at = c->points[i - 1] + (size_t)1;
	}
	varint_add(out, n);
	buf_add_str(out, buf_str(&runs));
	buf_fini(&runs);
}

static void
encode_column(const struct series *s, size_t i, struct buf *values,
    struct buf *out)
{
	const struct series_column *c = &s->columns[i];
	const struct series_key *key = &c->key;

	varint_add(out, (uint64_t)key->metric << SERIES_TAG_BITS |
	    (uint64_t)key->stat << 1 | (key->is_float ? 1 : 0));
	if (key->labels.len == 0)
		varint_add(out, SERIES_PLAIN);
	else if (i > 0 && s->columns[i - 1].n > 0 &&
	    str_eq(key->labels, s->columns[i - 1].key.labels))
		varint_add(out, SERIES_LIKE_BEFORE);
	else {
		varint_add(out, SERIES_LABELS + key->labels.len);
		buf_add_str(out, key->labels);
	}
	encode_runs(c, s->n_points, out);
	buf_reset(values);
	encode_values(c, values);
	varint_add(out, values->len);
	buf_add_str(out, buf_str(values));
	out->failed |= values->failed;
}

/* Modulo 2^64: a damaged block has times of any kind. */
static uint64_t
since_last(const struct series *s, size_t i)
{
	return (uint64_t)s->times_us[i] - (uint64_t)s->times_us[i - 1];
}

static void
encode_times(const struct series *s, struct buf *out)
{
	size_t i = 1;

	varint_add(out, s->n_points);
	if (s->n_points == 0)
		return;
	varint_add(out, varint_fold(s->times_us[0]));
	while (i < s->n_points) {
		uint64_t delta_us = since_last(s, i);
		size_t from = i++;

		while (i < s->n_points && since_last(s, i) == delta_us)
			i++;
		varint_add(out, delta_us);
		varint_add(out, i - from);
	}
}

void
series_encode(const struct series *s, struct buf *out)
{
	struct buf values = BUF_INIT;

	encode_times(s, out);
	for (size_t i = 0; i < s->n_columns; i++)
		if (s->columns[i].n > 0)
			encode_column(s, i, &values, out);
	buf_fini(&values);
}

void
series_row_group(struct buf *row, struct str labels)
{
	varint_add(row, labels.len);
	buf_add_str(row, labels);
}

void
series_row_value(struct buf *row, uint32_t metric, bool is_float,
    uint64_t value)
{
	varint_add(row, (uint64_t)metric << 1 | (is_float ? 1 : 0));
	varint_add(row, is_float ? __builtin_bswap64(value) : value);
}

void
series_row_end(struct buf *row)
{
	varint_add(row, 0);
}
