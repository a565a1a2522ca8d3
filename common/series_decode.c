/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/series.h"
#include "common/varint.h"

#include "common/series_impl.h"

/* What is left to read. */
struct reader {
	const unsigned char *p;
	const unsigned char *end;
};

static uint64_t
read_number(struct reader *r)
{
	return varint_read(&r->p, r->end);
}

/* So many bytes; absent when there are fewer. */
static struct str
read_bytes(struct reader *r, uint64_t n)
{
	struct str s = { NULL, 0 };

	if (n > (uint64_t)(r->end - r->p))
		return s;
	s = (struct str){ (const char *)r->p, (size_t)n };
	r->p += n;
	return s;
}

static bool
decode_times(struct series *s, struct reader *r, size_t *n_points)
{
	uint64_t n = read_number(r), at_us;

	*n_points = 0;
	if (n == 0)
		return true;
	if (n > SERIES_POINTS_MAX - s->n_points)
		return false;
	at_us = (uint64_t)varint_unfold(read_number(r));
	series_add_point(s, (int64_t)at_us);
	for (uint64_t i = 1; i < n;) {
		uint64_t delta_us = read_number(r), run = read_number(r);

		if (run == 0 || run > n - i)
			return false;
		for (; run > 0; run--, i++) {
			at_us += delta_us;
			series_add_point(s, (int64_t)at_us);
		}
	}
	*n_points = (size_t)n;
	return true;
}

/* The points of the column, beginning with the first of the block. */
struct runs {
	struct reader r;
	size_t n_values;
	bool is_all;
};

static bool
read_runs(struct reader *r, size_t n_points, struct runs *out)
{
	uint64_t n = read_number(r), at = 0;

	*out = (struct runs){ .is_all = n == 0, .n_values = n_points };
	if (n == 0)
		return true;
	out->n_values = 0;
	out->r.p = r->p;
	for (; n >= 2; n -= 2) {
		uint64_t without = read_number(r), with = read_number(r);

		if (with == 0 || without > n_points - at ||
		    with > n_points - at - without)
			return false;
		at += without + with;
		out->n_values += (size_t)with;
	}
	out->r.end = r->p;
	return n == 0;
}

static void
put_points(struct series_column *c, size_t first, struct runs *runs)
{
	size_t n = c->n, at = first;

	if (runs->is_all) {
		for (size_t i = 0; i < runs->n_values; i++)
			c->points[n++] = (uint16_t)(first + i);
		return;
	}
	while (runs->r.p < runs->r.end) {
		at += (size_t)read_number(&runs->r);
		for (uint64_t with = read_number(&runs->r); with > 0; with--)
			c->points[n++] = (uint16_t)at++;
	}
}

/* n numbers, each least + divisor * what is packed. */
static bool
unpack(struct reader *r, uint64_t least, uint64_t *out, size_t n)
{
	uint64_t divisor = read_number(r), bits = read_number(r);
	unsigned __int128 acc = 0;
	unsigned n_bits = 0;
	uint64_t mask;

	if (bits > 64 || (uint64_t)(r->end - r->p) < (n * bits + 7) / 8)
		return false;
	mask = bits == 0 ? 0 : UINT64_MAX >> (64 - bits);
	for (size_t i = 0; i < n; i++) {
		for (; n_bits < bits; n_bits += 8)
			acc |= (unsigned __int128)*r->p++ << n_bits;
		out[i] = least + divisor * ((uint64_t)acc & mask);
		acc >>= bits;
		n_bits -= (unsigned)bits;
	}
	return true;
}

static void
sum_up(uint64_t *values, size_t n)
{
	for (size_t i = 1; i < n; i++)
		values[i] += values[i - 1];
}

static bool
read_varints(struct reader *r, uint64_t *out, size_t n)
{
	uint64_t divisor = read_number(r);

	for (size_t i = 0; i < n; i++) {
		if (r->p == r->end)
			return false;
		out[i] = divisor * (uint64_t)varint_unfold(read_number(r));
	}
	return true;
}

static bool
decode_values(struct reader *r, bool is_float, uint64_t *out, size_t n)
{
	unsigned mode = r->p < r->end ? *r->p++ : SERIES_MODES;
	uint64_t first = read_number(r);
	uint64_t least;

	if (n == 0)
		return false;
	if (is_float)
		first = __builtin_bswap64(first);
	out[0] = first;
	switch (mode) {
	case SERIES_SAME:
		for (size_t i = 1; i < n; i++)
			out[i] = first;
		return true;
	case SERIES_PACKED:
		return unpack(r, first, out, n);
	case SERIES_DELTAS:
		least = (uint64_t)varint_unfold(read_number(r));
		if (!unpack(r, least, out + 1, n - 1))
			return false;
		break;
	case SERIES_VARINTS:
		if (!read_varints(r, out + 1, n - 1))
			return false;
		break;
	default:
		return false;
	}
	sum_up(out, n);
	return true;
}

static bool
read_key(struct reader *r, struct series_key *key)
{
	uint64_t tag = read_number(r), labels = read_number(r);

	if (tag >> SERIES_TAG_BITS > UINT32_MAX)
		return false;
	key->metric = (uint32_t)(tag >> SERIES_TAG_BITS);
	key->stat = (enum series_stat)(tag >> 1 & 3);
	key->is_float = tag & 1;
	if (labels == SERIES_PLAIN)
		key->labels = STR("");
	else if (labels >= SERIES_LABELS)
		key->labels = read_bytes(r, labels - SERIES_LABELS);
	return key->stat < SERIES_STATS && key->labels.p != NULL;
}

/* first: the point of the series that is the first of the block. */
static bool
decode_column(struct series *s, const struct series_key *key, size_t first,
    struct runs *runs, struct str text)
{
	struct reader r = { (const unsigned char *)text.p,
		(const unsigned char *)text.p + text.len };
	struct series_column *c = series_column(s, key);

	if (c == NULL || runs->n_values == 0 ||
	    (c->n > 0 && c->points[c->n - 1] >= first))
		return false;
	series_reserve(c, c->n + runs->n_values);
	if (!decode_values(&r, key->is_float, c->values + c->n,
	    runs->n_values))
		return false;
	put_points(c, first, runs);
	c->n += runs->n_values;
	return true;
}

bool
series_decode(struct series *s, const void *block, size_t len,
    series_want *want, void *arg)
{
	struct reader r = { block, (const unsigned char *)block + len };
	struct series_key key = { .labels = STR_INIT("") };
	size_t first = s->n_points, n_points;
	struct runs runs;
	struct str text;

	if (len == 0 || !decode_times(s, &r, &n_points))
		return false;
	s->hint = 0;
	while (r.p < r.end) {
		if (!read_key(&r, &key) || !read_runs(&r, n_points, &runs))
			return false;
		text = read_bytes(&r, read_number(&r));
		if (text.p == NULL)
			return false;
		if ((want == NULL || want(arg, &key)) &&
		    !decode_column(s, &key, first, &runs, text))
			return false;
	}
	return true;
}

bool
series_decode_row(struct series *s, int64_t at_us, const void *row,
    size_t len, series_want *want, void *arg)
{
	struct reader r = { row, (const unsigned char *)row + len };

	series_add_point(s, at_us);
	while (r.p < r.end) {
		struct series_key key = { .stat = SERIES_VALUE };
		uint64_t tag;

		key.labels = read_bytes(&r, read_number(&r));
		if (key.labels.p == NULL)
			return false;
		while ((tag = read_number(&r)) != 0) {
			uint64_t value = read_number(&r);

			if (tag >> 1 > UINT32_MAX)
				return false;
			key.metric = (uint32_t)(tag >> 1);
			key.is_float = tag & 1;
			if (want == NULL || want(arg, &key))
				series_add_value(s, &key, key.is_float ?
				    __builtin_bswap64(value) : value);
		}
	}
	return true;
}
