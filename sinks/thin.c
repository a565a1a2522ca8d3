/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "sinks/thin.h"

/* What there is of one column in one step. */
struct share {
	const struct series_column *column;
	size_t from, to;	/* of its values */
};

static double
to_double(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof d);
	return d;
}

/* 24 bits of mantissa. */
static uint64_t
rounded_bits(double d)
{
	double rounded = (double)(float)d;
	uint64_t bits;

	/* Too large for that: as it is. */
	if (__builtin_isinf(rounded) || (rounded >= 0 && rounded <= 0))
		rounded = d;
	memcpy(&bits, &rounded, sizeof bits);
	return bits;
}

static uint64_t
average(const struct share *s)
{
	unsigned __int128 sum = 0;
	double fsum = 0;
	size_t n = s->to - s->from;

	for (size_t i = s->from; i < s->to; i++) {
		if (s->column->key.is_float)
			fsum += to_double(s->column->values[i]);
		else
			sum += s->column->values[i];
	}
	return s->column->key.is_float ? rounded_bits(fsum / (double)n) :
	    (uint64_t)((sum + n / 2) / n);
}

static uint64_t
largest(const struct share *s)
{
	const uint64_t *v = s->column->values;
	size_t most = s->from;

	for (size_t i = s->from + 1; i < s->to; i++)
		if (s->column->key.is_float ?
		    to_double(v[i]) > to_double(v[most]) : v[i] > v[most])
			most = i;
	return s->column->key.is_float ? rounded_bits(to_double(v[most])) :
	    v[most];
}

static bool
is_same(const struct share *s)
{
	for (size_t i = s->from + 1; i < s->to; i++)
		if (s->column->values[i] != s->column->values[s->from])
			return false;
	return true;
}

static void
add_share(struct series *to, const struct share *s, size_t n_points,
    bool is_cumulative)
{
	struct series_key key = s->column->key;
	uint64_t value, most;

	if (is_cumulative)
		value = most = s->column->values[s->to - 1];
	else if (is_same(s))		/* exact */
		value = most = s->column->values[s->from];
	else {
		value = average(s);
		most = largest(s);
	}
	series_add_value(to, &key, value);
	if (most != value) {
		key.stat = SERIES_MAX;
		series_add_value(to, &key, most);
	}
	if (s->to - s->from != n_points) {
		key.stat = SERIES_COUNT;
		key.is_float = false;
		series_add_value(to, &key, s->to - s->from);
	}
}

/* One step: the points from..to of the series. */
static void
add_step(struct series *to, const struct series *from, size_t first,
    size_t end, size_t *places, thin_is_cumulative *is_cumulative, void *arg)
{
	struct series_key count = { .stat = SERIES_COUNT,
		.labels = STR_INIT("") };

	series_add_value(to, &count, end - first);
	for (size_t c = 0; c < from->n_columns; c++) {
		const struct series_column *column = &from->columns[c];
		struct share share = { column, places[c], places[c] };

		while (share.to < column->n && column->points[share.to] < end)
			share.to++;
		places[c] = share.to;
		if (share.to > share.from &&
		    column->key.stat == SERIES_VALUE)
			add_share(to, &share, end - first,
			    is_cumulative(arg, column->key.metric));
	}
}

void
thin_series(struct series *to, const struct series *from, int64_t step_us,
    thin_is_cumulative *is_cumulative, void *arg)
{
	size_t places[SERIES_COLUMNS_MAX] = { 0 };

	for (size_t i = 0, end; i < from->n_points; i = end) {
		int64_t step = from->times_us[i] / step_us;

		for (end = i + 1; end < from->n_points &&
		    from->times_us[end] / step_us == step; end++)
			;
		series_add_point(to, step * step_us);
		add_step(to, from, i, end, places, is_cumulative, arg);
	}
}
