/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/sqlite_schema.h"
#include "common/timestamp.h"
#include "common/varint.h"

#include "apiserver/history_sqlite_impl.h"

#define ENTITIES_MAX 100000	/* that have had one name */
#define SAMPLES_MAX (HISTORY_ANSWER_BYTES_MAX / sizeof(struct history_sample))

/* What of the blocks is wanted. */
struct wanted {
	struct history *h;
	struct series_key key;		/* stat does not matter */
	int64_t start_us, end_us;
	size_t n_max;
	struct history_samples *samples;
	bool *has;			/* instead of samples: which metrics */
	size_t n_has;
};

static bool
take_entities(struct history *h, struct sqlite3_stmt *st,
    struct history_entities *out, struct err *err)
{
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (out->n == ENTITIES_MAX) {
			sqlite3_reset(st);
			return err_set(err, "%s: too many entities of one "
			    "name", h->path);
		}
		if (out->n == out->cap) {
			out->cap = out->cap * 2 + 8;
			out->items = xrealloc(out->items, out->cap,
			    sizeof *out->items);
		}
		out->items[out->n++] = (struct history_entity){
			(uint32_t)sqlite3_column_int64(st, 0),
			(uint32_t)sqlite3_column_int64(st, 1) };
	}
	if (rc != SQLITE_DONE)
		history_sqlite_fail(h, err);
	sqlite3_reset(st);
	return rc == SQLITE_DONE;
}

static bool
find_children(struct history *h, uint32_t parent, enum set_type type,
    struct str name, struct history_entities *out, struct err *err)
{
	struct sqlite3_stmt *st = h->statements[HISTORY_SQL_CHILD];

	sqlite3_bind_int64(st, 1, parent);
	sqlite3_bind_int(st, 2, (int)type);
	sqlite3_bind_text64(st, 3, name.len == 0 ? "" : name.p, name.len,
	    SQLITE_STATIC, SQLITE_UTF8);
	return take_entities(h, st, out, err);
}

/* Those of a name in all of the parents. */
static bool
find_below(struct history *h, const struct history_entities *parents,
    enum set_type type, struct str name, struct history_entities *out,
    struct err *err)
{
	for (size_t i = 0; i < parents->n; i++)
		if (!find_children(h, parents->items[i].id, type, name, out,
		    err))
			return false;
	return true;
}

static bool
find_pods(struct history *h, const struct history_key *key,
    struct history_entities *out, struct err *err)
{
	struct sqlite3_stmt *st = h->statements[HISTORY_SQL_POD];
	struct history_entities namespaces = { 0 };
	bool ok;

	if (key->pod_uid.p != NULL) {
		sqlite3_bind_text64(st, 1, key->pod_uid.p, key->pod_uid.len,
		    SQLITE_STATIC, SQLITE_UTF8);
		return take_entities(h, st, out, err);
	}
	ok = find_children(h, 0, SET_NAMESPACE, key->names.namespace_name,
	    &namespaces, err) && find_below(h, &namespaces, SET_POD,
	    key->names.pod, out, err);
	free(namespaces.items);
	return ok;
}

bool
history_find(struct history *h, const struct history_key *key,
    struct history_entities *out, struct err *err)
{
	struct history_entities parents = { 0 };
	size_t first = out->n;
	bool ok = true;

	switch (key->names.type) {
	case SET_NODE:
		ok = find_children(h, 0, SET_NODE, key->names.node, out, err);
		break;
	case SET_NAMESPACE:
		ok = find_children(h, 0, SET_NAMESPACE,
		    key->names.namespace_name, out, err);
		break;
	case SET_CLUSTER:
		ok = find_children(h, 0, SET_CLUSTER, STR(""), out, err);
		break;
	case SET_POD:
		ok = find_pods(h, key, out, err);
		break;
	case SET_SYS_CONTAINER:
		ok = find_children(h, 0, SET_NODE, key->names.node, &parents,
		    err) && find_below(h, &parents, SET_SYS_CONTAINER,
		    key->names.container, out, err);
		break;
	case SET_POD_CONTAINER:
		ok = find_pods(h, key, &parents, err) && find_below(h,
		    &parents, SET_POD_CONTAINER, key->names.container, out,
		    err);
		break;
	case SET_TYPE_COUNT:
		break;
	}
	free(parents.items);
	for (size_t i = first; i < out->n; i++)
		if (out->items[i].source == 0)
			out->items[i].source = key->names.type == SET_NODE ?
			    out->items[i].id : SCHEMA_CLUSTER;
	return ok;
}

static bool
on_key(void *arg, const struct series_key *key)
{
	struct wanted *w = arg;

	if (w->has != NULL) {
		if (key->labels.len == 0 && key->metric < w->n_has &&
		    key->stat == SERIES_VALUE)
			w->has[key->metric] = true;
		return false;
	}
	return (key->metric == w->key.metric &&
	    str_eq(key->labels, w->key.labels)) ||
	    (key->metric == 0 && key->stat == SERIES_COUNT);
}

/* Integers that int64_t cannot hold are told as floats. */
static struct history_value
value_of(const struct series_column *c, size_t i)
{
	struct history_value v = { .is_float = c->key.is_float };

	if (c->key.is_float)
		memcpy(&v.f, &c->values[i], sizeof v.f);
	else if (c->values[i] > INT64_MAX)
		v = (struct history_value){ .is_float = true,
			.f = (double)c->values[i] };
	else
		v.i = (int64_t)c->values[i];
	return v;
}

/* A column of which points are asked for in ascending order. */
struct walk {
	const struct series_column *column;
	size_t at;
};

static struct walk
walk_along(const struct wanted *w, uint32_t metric, enum series_stat stat,
    bool is_float)
{
	struct series_key key = { metric, is_float, stat,
		metric == 0 ? STR("") : w->key.labels };

	return (struct walk){ series_find(&w->h->series, &key), 0 };
}

static bool
walk_to(struct walk *w, size_t point)
{
	const struct series_column *c = w->column;

	while (c != NULL && w->at < c->n && c->points[w->at] < point)
		w->at++;
	return c != NULL && w->at < c->n && c->points[w->at] == point;
}

static bool
add_sample(struct wanted *w, const struct history_sample *sample,
    struct err *err)
{
	struct history_samples *s = w->samples;

	if (s->n >= w->n_max)
		return err_set(err, "more than %zu points: ask for less time",
		    SAMPLES_MAX);
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 64;
		s->items = xrealloc(s->items, s->cap, sizeof *s->items);
	}
	s->items[s->n++] = *sample;
	return true;
}

/* What was decoded of a block or a row, within the times asked for. */
static bool
take_samples(struct wanted *w, bool is_float, struct err *err)
{
	const struct series *s = &w->h->series;
	struct walk values = walk_along(w, w->key.metric, SERIES_VALUE,
	    is_float);
	struct walk maxima = walk_along(w, w->key.metric, SERIES_MAX,
	    is_float);
	struct walk counts = walk_along(w, w->key.metric, SERIES_COUNT,
	    false);
	struct walk all_counts = walk_along(w, 0, SERIES_COUNT, false);

	if (values.column == NULL)
		return true;
	for (; values.at < values.column->n; values.at++) {
		size_t point = values.column->points[values.at];
		struct history_sample sample = {
			.value = value_of(values.column, values.at),
			.count = 1,
		};

		if (s->times_us[point] < w->start_us ||
		    s->times_us[point] > w->end_us)
			continue;
		sample.timestamp_ns = s->times_us[point] * NS_PER_US;
		sample.max = walk_to(&maxima, point) ?
		    value_of(maxima.column, maxima.at) : sample.value;
		if (walk_to(&counts, point))
			sample.count = counts.column->values[counts.at];
		else if (walk_to(&all_counts, point))
			sample.count =
			    all_counts.column->values[all_counts.at];
		if (sample.count == 0)
			sample.count = 1;
		if (!add_sample(w, &sample, err))
			return false;
	}
	return true;
}

static bool
is_in_time(struct history *h, struct err *err)
{
	return clock_mono_ns() < h->deadline_mono_ns || err_set(err,
	    "takes too long: ask for less time or fewer objects");
}

/* A damaged block is what could be read of it. */
static bool
take_block(struct wanted *w, struct sqlite3_stmt *st, struct err *err)
{
	series_reset(&w->h->series);
	series_decode(&w->h->series, sqlite3_column_blob(st, 1),
	    (size_t)sqlite3_column_bytes(st, 1), on_key, w);
	return is_in_time(w->h, err) && (w->has != NULL ||
	    (take_samples(w, false, err) && take_samples(w, true, err)));
}

/* The blocks of an entity in slots from..to, one seek for each. */
static bool
read_blocks(struct wanted *w, enum history_statement which, uint32_t entity,
    int64_t from, int64_t to, struct err *err)
{
	struct sqlite3_stmt *st = w->h->statements[which];
	int rc = SQLITE_DONE;
	bool ok = true;

	for (int64_t slot = from < 0 ? 0 : from; slot <= to && ok;) {
		int64_t want = schema_block_id(slot, entity), id;

		sqlite3_bind_int64(st, 1, want);
		rc = sqlite3_step(st);
		if (rc != SQLITE_ROW)
			break;
		id = sqlite3_column_int64(st, 0);
		if (id == want)
			ok = take_block(w, st, err);
		slot = schema_block_slot(id) > slot ? schema_block_slot(id) :
		    slot + 1;
		sqlite3_reset(st);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		ok = history_sqlite_fail(w->h, err);
	sqlite3_reset(st);
	return ok;
}

static bool
take_row(struct wanted *w, struct sqlite3_stmt *st, uint32_t entity,
    struct err *err)
{
	const unsigned char *p = sqlite3_column_blob(st, 1);
	const unsigned char *end = p + sqlite3_column_bytes(st, 1);

	while (p < end) {
		uint64_t found = varint_read(&p, end);
		uint64_t length = varint_read(&p, end);

		if (length > (uint64_t)(end - p))
			break;
		if (found != entity) {
			p += length;
			continue;
		}
		series_reset(&w->h->series);
		series_decode_row(&w->h->series, sqlite3_column_int64(st, 0),
		    p, (size_t)length, on_key, w);
		return w->has != NULL || (take_samples(w, false, err) &&
		    take_samples(w, true, err));
	}
	return true;
}

static bool
read_rows(struct wanted *w, const struct history_entity *e, struct err *err)
{
	struct sqlite3_stmt *st = w->h->statements[HISTORY_SQL_RECENT];
	bool ok = true;
	int rc;

	sqlite3_bind_int64(st, 1, e->source);
	sqlite3_bind_int64(st, 2, w->start_us);
	sqlite3_bind_int64(st, 3, w->end_us);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && ok)
		ok = take_row(w, st, e->id, err) && is_in_time(w->h, err);
	if (ok && rc != SQLITE_DONE)
		ok = history_sqlite_fail(w->h, err);
	sqlite3_reset(st);
	return ok;
}

static bool
read_all(struct wanted *w, const struct history_entity *e, struct err *err)
{
	int64_t from = w->start_us / SCHEMA_SLOT_US;
	int64_t to = w->end_us / SCHEMA_SLOT_US;

	/* Of an entity that has nothing, each slot is looked for as well. */
	return is_in_time(w->h, err) && read_blocks(w, HISTORY_SQL_THIN, e->id,
	    from - SCHEMA_THIN_SLOTS, to, err) &&
	    read_blocks(w, HISTORY_SQL_RAW, e->id,
	    from - SCHEMA_RAW_SLOTS_MAX, to, err) && read_rows(w, e, err);
}

/* ns to us, without a time before the start or behind the end. */
static int64_t
us_up(int64_t at_ns)
{
	return at_ns / NS_PER_US + (at_ns % NS_PER_US > 0 ? 1 : 0);
}

bool
history_read(struct history *h, const struct history_entity *e,
    uint32_t metric, const struct history_question *question,
    size_t n_before, struct history_samples *out, struct err *err)
{
	struct wanted w = {
		.h = h,
		.key = { .metric = metric, .labels = buf_str(&h->labels) },
		.start_us = us_up(question->start_ns),
		.end_us = question->end_ns / NS_PER_US,
		.n_max = n_before < SAMPLES_MAX ? SAMPLES_MAX - n_before : 0,
		.samples = out,
	};

	return w.start_us > w.end_us || read_all(&w, e, err);
}

bool
history_metrics(struct history *h, const struct history_entity *e,
    bool *has, size_t n_has, struct err *err)
{
	struct wanted w = {
		.h = h,
		.end_us = INT64_MAX / NS_PER_US,
		.has = has,
		.n_has = n_has,
	};

	return read_all(&w, e, err);
}
