/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/series.h"

#include "common/series_impl.h"

void
series_init(struct series *s)
{
	*s = (struct series){ 0 };
}

void
series_fini(struct series *s)
{
	for (size_t i = 0; i < s->n_made; i++) {
		free((void *)(uintptr_t)s->columns[i].key.labels.p);
		free(s->columns[i].points);
		free(s->columns[i].values);
	}
	free(s->columns);
	free(s->times_us);
	series_init(s);
}

void
series_reset(struct series *s)
{
	s->n_points = 0;
	s->n_columns = 0;
	s->hint = 0;
	s->is_full = false;
}

bool
series_key_eq(const struct series_key *a, const struct series_key *b)
{
	return a->metric == b->metric && a->is_float == b->is_float &&
	    a->stat == b->stat && str_eq(a->labels, b->labels);
}

const struct series_column *
series_find(const struct series *s, const struct series_key *key)
{
	for (size_t i = 0; i < s->n_columns; i++)
		if (series_key_eq(&s->columns[i].key, key))
			return &s->columns[i];
	return NULL;
}

static struct series_column *
make_column(struct series *s, const struct series_key *key)
{
	struct series_column *c;

	if (s->n_columns == SERIES_COLUMNS_MAX) {
		s->is_full = true;
		return NULL;
	}
	if (s->n_columns == s->cap_columns) {
		s->cap_columns = s->cap_columns * 2 + 32;
		s->columns = xrealloc(s->columns, s->cap_columns,
		    sizeof *s->columns);
	}
	c = &s->columns[s->n_columns];
	if (s->n_columns == s->n_made) {
		*c = (struct series_column){ 0 };
		s->n_made++;
	}
	s->n_columns++;
	if (c->key.labels.p == NULL || !str_eq(c->key.labels, key->labels)) {
		free((void *)(uintptr_t)c->key.labels.p);
		c->key.labels = (struct str){ str_dup(key->labels),
			key->labels.len };
	}
	c->key.metric = key->metric;
	c->key.is_float = key->is_float;
	c->key.stat = key->stat;
	c->n = 0;
	return c;
}

struct series_column *
series_column(struct series *s, const struct series_key *key)
{
	/* As a rule the next one, or one was left out. */
	for (size_t i = s->hint; i < s->n_columns && i < s->hint + 3; i++)
		if (series_key_eq(&s->columns[i].key, key)) {
			s->hint = i + 1;
			return &s->columns[i];
		}
	for (size_t i = 0; i < s->n_columns; i++)
		if (series_key_eq(&s->columns[i].key, key)) {
			s->hint = i + 1;
			return &s->columns[i];
		}
	s->hint = s->n_columns + 1;
	return make_column(s, key);
}

void
series_reserve(struct series_column *c, size_t n)
{
	if (n <= c->cap)
		return;
	c->cap = n + c->cap + 16;
	c->points = xrealloc(c->points, c->cap, sizeof *c->points);
	c->values = xrealloc(c->values, c->cap, sizeof *c->values);
}

void
series_add_point(struct series *s, int64_t at_us)
{
	s->hint = 0;
	if (s->n_points == SERIES_POINTS_MAX) {
		s->is_full = true;
		return;
	}
	if (s->n_points == s->cap_points) {
		s->cap_points = s->cap_points * 2 + 64;
		s->times_us = xrealloc(s->times_us, s->cap_points,
		    sizeof *s->times_us);
	}
	s->times_us[s->n_points++] = at_us;
}

void
series_add_value(struct series *s, const struct series_key *key,
    uint64_t value)
{
	struct series_column *c;

	if (s->n_points == 0 || s->is_full ||
	    (c = series_column(s, key)) == NULL)
		return;
	if (c->n > 0 && c->points[c->n - 1] == s->n_points - 1)
		return;			/* it has one */
	series_reserve(c, c->n + 1);
	c->points[c->n] = (uint16_t)(s->n_points - 1);
	c->values[c->n++] = value;
}

struct place {
	int64_t at_us;
	size_t point;
};

static int
by_time(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return x->point < y->point ? -1 : x->point > y->point;
}

static bool
is_sorted(const struct series *s)
{
	for (size_t i = 1; i < s->n_points; i++)
		if (s->times_us[i] <= s->times_us[i - 1])
			return false;
	return true;
}

/* Puts the values into the order of their points' new places. */
static void
move_values(struct series_column *c, const size_t *new_place, size_t n_points,
    uint64_t *values, bool *has)
{
	memset(has, 0, n_points * sizeof *has);
	for (size_t i = 0; i < c->n; i++) {
		size_t to = new_place[c->points[i]];

		if (to == SIZE_MAX)
			continue;
		values[to] = c->values[i];
		has[to] = true;
	}
	c->n = 0;
	for (size_t i = 0; i < n_points; i++)
		if (has[i]) {
			c->points[c->n] = (uint16_t)i;
			c->values[c->n++] = values[i];
		}
}

void
series_sort(struct series *s)
{
	struct place *places;
	size_t *new_place, n = 0;
	uint64_t *values;
	bool *has;

	if (is_sorted(s))
		return;
	places = xcalloc(s->n_points, sizeof *places);
	new_place = xcalloc(s->n_points, sizeof *new_place);
	values = xcalloc(s->n_points, sizeof *values);
	has = xcalloc(s->n_points, sizeof *has);
	for (size_t i = 0; i < s->n_points; i++)
		places[i] = (struct place){ s->times_us[i], i };
	qsort(places, s->n_points, sizeof *places, by_time);
	for (size_t i = 0; i < s->n_points; i++) {
		bool is_repeat = i > 0 &&
		    places[i].at_us == places[i - 1].at_us;

		new_place[places[i].point] = is_repeat ? SIZE_MAX : n;
		if (!is_repeat)
			s->times_us[n++] = places[i].at_us;
	}
	for (size_t i = 0; i < s->n_columns; i++)
		move_values(&s->columns[i], new_place, s->n_points, values,
		    has);
	s->n_points = n;
	free(places);
	free(new_place);
	free(values);
	free(has);
}

void
series_labels(struct buf *out, const struct label *labels, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_add_str(out, labels[i].key);
		buf_add_char(out, '\0');
		buf_add_str(out, labels[i].value);
		buf_add_char(out, '\0');
	}
}
