/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/number.h"

#include "apiserver/influxdb_answer.h"

#define COLUMNS_MAX 1024
#define FUNCTIONS_MAX 8
#define CELLS_MAX (2 + FUNCTIONS_MAX)

/* A growing array in the arena. */
struct list {
	void *items;
	size_t n, cap;
};

struct answer {
	struct json json;
	struct arena *arena;
	const struct influxdb_asked *asked;
	struct history_item *items;	/* n_keys of them */
	size_t n_results;
	struct list names;		/* of struct str */
	struct list values;		/* points or buckets of the result in
					 * hand */
	bool is_partial;
	struct str error;
	struct str measurement;		/* of the series in hand */
	struct str columns[COLUMNS_MAX];
	size_t n_columns;
};

/* Room for one more; NULL: the arena is full, and the document fails. */
static void *
list_add(struct answer *a, struct list *list, size_t size)
{
	if (list->n == list->cap && !arena_grow(a->arena, &list->items,
	    &list->cap, list->n + 1, size)) {
		json_fail(&a->json, "more than there is memory for");
		return NULL;
	}
	return (char *)list->items + list->n++ * size;
}

static void
add_name(struct answer *a, struct str name)
{
	struct str *slot = list_add(a, &a->names, sizeof *slot);

	if (slot != NULL)
		*slot = name;
}

/* False: no number, or none that a double has. */
static bool
parse_value(struct str text, struct history_value *out)
{
	*out = (struct history_value){ .is_float = false };
	if (parse_i64(text, &out->i))
		return true;
	out->is_float = true;
	return parse_double(text, &out->f);
}

/* One row of a list: [NAME] or [KEY, NAME]. */
static void
read_name_row(struct answer *a)
{
	struct str name = { NULL, 0 };

	while (json_array_next(&a->json))
		if (!json_str(&a->json, &name))
			name.p = NULL;
	if (name.len > 0)
		add_name(a, name);
}

/* What a column of LAST(*) is the last value of; absent: not such a one. */
static struct str
field_of(const struct answer *a, size_t column)
{
	static const struct str prefix = STR_INIT("last_");
	struct str name = { NULL, 0 };

	if (column < a->n_columns &&
	    str_has_prefix(a->columns[column], prefix))
		name = (struct str){ a->columns[column].p + prefix.len,
		    a->columns[column].len - prefix.len };
	return name;
}

static struct str
metric_name(struct answer *a, struct str field)
{
	size_t len = a->measurement.len + 1 + field.len;
	char *p;

	if (str_is(field, "value"))
		return a->measurement;
	p = arena_alloc(a->arena, len);
	if (p == NULL) {
		json_fail(&a->json, "more than there is memory for");
		return (struct str){ NULL, 0 };
	}
	memcpy(p, a->measurement.p, a->measurement.len);
	p[a->measurement.len] = '/';
	memcpy(p + a->measurement.len + 1, field.p, field.len);
	return (struct str){ p, len };
}

/* One row of LAST(*): a value or null for each field. */
static void
read_field_row(struct answer *a)
{
	struct str value;

	for (size_t i = 0; json_array_next(&a->json); i++) {
		struct str field = field_of(a, i), name;

		if (!json_raw(&a->json, &value) || str_is(value, "null") ||
		    field.len == 0 || a->measurement.len == 0)
			continue;
		name = metric_name(a, field);
		if (name.len > 0)
			add_name(a, name);
	}
}

/* The text of each value of a row; how many there are. */
static size_t
read_cells(struct answer *a, struct str *cells)
{
	struct str cell;
	size_t n = 0;

	while (json_array_next(&a->json))
		if (json_raw(&a->json, &cell) && n < CELLS_MAX)
			cells[n++] = cell;
	return n;
}

static void
read_point(struct answer *a)
{
	struct history_point *points = a->values.items, *slot;
	struct history_point p = { .timestamp_ns = 0 };
	struct str cells[CELLS_MAX];

	if (read_cells(a, cells) < 2 ||
	    !parse_i64(cells[0], &p.timestamp_ns) ||
	    !parse_value(cells[1], &p.value) || (a->values.n > 0 &&
	    points[a->values.n - 1].timestamp_ns >= p.timestamp_ns))
		return;
	slot = list_add(a, &a->values, sizeof *slot);
	if (slot != NULL)
		*slot = p;
}

/* Where the value of an aggregation goes. */
static struct history_value *
bucket_value(struct history_bucket *b, unsigned bit)
{
	switch (bit) {
	case HISTORY_AVERAGE:
		return &b->average;
	case HISTORY_MAX:
		return &b->max;
	case HISTORY_MIN:
		return &b->min;
	case HISTORY_MEDIAN:
		return &b->median;
	case HISTORY_PERCENTILE_50:
		return &b->percentile_50;
	case HISTORY_PERCENTILE_95:
		return &b->percentile_95;
	case HISTORY_PERCENTILE_99:
		return &b->percentile_99;
	default:
		return NULL;	/* the count has a column of its own */
	}
}

/* Time, count, and a value for each aggregation that was asked for. */
static bool
parse_bucket(const struct answer *a, const struct str *cells, size_t n_cells,
    struct history_bucket *b)
{
	size_t n = 2;

	if (n_cells < n || !parse_i64(cells[0], &b->timestamp_ns) ||
	    !parse_u64(cells[1], &b->count))
		return false;
	for (unsigned i = 0; i < FUNCTIONS_MAX; i++) {
		struct history_value *v = bucket_value(b, 1u << i);

		if (v == NULL || (a->asked->aggregations & 1u << i) == 0)
			continue;
		if (n == n_cells || !parse_value(cells[n++], v))
			return false;
	}
	return b->count > 0;
}

static void
read_bucket(struct answer *a)
{
	struct history_bucket *buckets = a->values.items, *slot;
	struct history_bucket b = { .count = 0 };
	struct str cells[CELLS_MAX];
	size_t n_cells = read_cells(a, cells);

	if (!parse_bucket(a, cells, n_cells, &b))
		return;
	if (a->asked->is_one_bucket)
		b.timestamp_ns = a->asked->start_ns;
	if (a->values.n > 0 &&
	    buckets[a->values.n - 1].timestamp_ns >= b.timestamp_ns)
		return;
	slot = list_add(a, &a->values, sizeof *slot);
	if (slot != NULL)
		*slot = b;
}

static void
read_row(struct answer *a)
{
	if (!json_array_begin(&a->json))
		return;
	if (a->asked->what == HISTORY_SERIES)
		read_point(a);
	else if (a->asked->what == HISTORY_BUCKETS)
		read_bucket(a);
	else if (a->asked->what == HISTORY_METRICS && a->asked->has_fields)
		read_field_row(a);
	else
		read_name_row(a);
}

static void
read_columns(struct answer *a)
{
	a->n_columns = 0;
	if (!json_array_begin(&a->json))
		return;
	while (json_array_next(&a->json)) {
		struct str name = { NULL, 0 };

		json_str(&a->json, &name);
		if (a->n_columns < COLUMNS_MAX)
			a->columns[a->n_columns++] = name;
	}
}

static void
read_series(struct answer *a)
{
	static const struct json_keys keys = JSON_KEYS("name", "columns",
	    "values", "partial");
	struct json *j = &a->json;
	unsigned hint = 0;

	a->measurement = (struct str){ NULL, 0 };
	a->n_columns = 0;
	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		if (k == 0) {
			json_str(j, &a->measurement);
		} else if (k == 1) {
			read_columns(a);
		} else if (k == 2) {
			if (json_array_begin(j))
				while (json_array_next(j))
					read_row(a);
		} else if (k == 3) {
			bool is_partial = false;

			json_bool(j, &is_partial);
			a->is_partial |= is_partial;
		} else {
			json_skip(j);
		}
	}
}

/* A column that has one float is one of floats. */
static void
unify(struct history_value *first, size_t stride, size_t n, bool is_float)
{
	for (size_t i = 0; i < n && !is_float; i++)
		is_float = ((struct history_value *)(void *)((char *)first +
		    i * stride))->is_float;
	for (size_t i = 0; i < n && is_float; i++) {
		struct history_value *v = (void *)((char *)first +
		    i * stride);

		if (!v->is_float)
			*v = (struct history_value){ .is_float = true,
			    .f = (double)v->i };
	}
}

static void
unify_buckets(struct history_bucket *b, size_t n)
{
	for (unsigned i = 0; i < FUNCTIONS_MAX; i++) {
		struct history_value *v = bucket_value(b, 1u << i);

		if (v != NULL)
			unify(v, sizeof *b, n, 1u << i == HISTORY_AVERAGE);
	}
}

/* What was read of one statement is of one key. */
static void
take_result(struct answer *a)
{
	struct history_item *item = &a->items[a->n_results];
	size_t n = a->values.n;

	if (a->asked->what == HISTORY_SERIES && n > 0) {
		struct history_point *points = a->values.items;

		unify(&points->value, sizeof *points, n, false);
		*item = (struct history_item){ .points = points,
		    .n_points = n };
	} else if (a->asked->what == HISTORY_BUCKETS && n > 0) {
		struct history_bucket *buckets = a->values.items;

		unify_buckets(buckets, n);
		*item = (struct history_item){ .buckets = buckets,
		    .n_buckets = n };
	}
	a->values = (struct list){ NULL, 0, 0 };
}

static void
read_result(struct answer *a)
{
	static const struct json_keys keys = JSON_KEYS("statement_id",
	    "series", "error", "partial");
	struct json *j = &a->json;
	unsigned hint = 0;

	if (a->n_results == a->asked->n_keys) {
		json_fail(j, "more results than statements");
		return;
	}
	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		bool is_partial = false;

		if (k == 1) {
			if (json_array_begin(j))
				while (json_array_next(j))
					read_series(a);
		} else if (k == 2) {
			json_str(j, &a->error);
		} else if (k == 3) {
			json_bool(j, &is_partial);
			a->is_partial |= is_partial;
		} else {
			json_skip(j);
		}
	}
	take_result(a);
	a->n_results++;
}

static void
read_answer(struct answer *a)
{
	static const struct json_keys keys = JSON_KEYS("results", "error");
	struct json *j = &a->json;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		if (k == 0) {
			if (json_array_begin(j))
				while (json_array_next(j))
					read_result(a);
		} else if (k == 1) {
			json_str(j, &a->error);
		} else {
			json_skip(j);
		}
	}
}

static int
by_bytes(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp(*x, *y);
}

/* SHOW TAG VALUES says them once per measurement. */
static size_t
keep_one_each(struct str *names, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(names, n, sizeof *names, by_bytes);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !str_eq(names[i], names[kept - 1]))
			names[kept++] = names[i];
	return kept;
}

/* Whether it is all that was asked for. */
static bool
check_answer(struct answer *a, struct err *err)
{
	if (!json_end(&a->json, err))
		return false;
	if (a->error.len > 0)
		return err_set(err, "%.*s", STR_ARG(a->error));
	if (a->is_partial)
		return err_set(err, "the answer was cut at its "
		    "max-row-limit");
	return a->n_results == a->asked->n_keys ||
	    err_set(err, "%zu results of %zu statements", a->n_results,
	    a->asked->n_keys);
}

bool
influxdb_answer_parse(struct history_answer *out, struct arena *arena,
    struct str json, const struct influxdb_asked *asked, struct err *err)
{
	struct answer *a = arena_alloc(arena, sizeof *a);
	size_t n_bytes = asked->n_keys * sizeof(struct history_item);

	if (a == NULL)
		return err_set(err, "out of memory");
	memset(a, 0, sizeof *a);
	a->arena = arena;
	a->asked = asked;
	a->items = arena_alloc(arena, n_bytes);
	if (a->items == NULL)
		return err_set(err, "out of memory");
	memset(a->items, 0, n_bytes);
	json_begin(&a->json, json, arena);
	read_answer(a);
	if (!check_answer(a, err))
		return false;
	*out = (struct history_answer){
		.items = a->items,
		.n_items = asked->n_keys,
		.names = a->names.items,
		.n_names = keep_one_each(a->names.items, a->names.n),
	};
	return true;
}

struct str
influxdb_error_parse(struct arena *arena, struct str json)
{
	static const struct json_keys keys = JSON_KEYS("error");
	struct str text = { NULL, 0 };
	unsigned hint = 0;
	struct json j;
	struct err err;

	json_begin(&j, json, arena);
	if (json_object_begin(&j))
		for (int k; (k = json_object_next(&j, &keys, &hint)) !=
		    JSON_END;) {
			if (k == 0)
				json_str(&j, &text);
			else
				json_skip(&j);
		}
	return json_end(&j, &err) ? text : (struct str){ NULL, 0 };
}
