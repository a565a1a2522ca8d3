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
	struct history_place *place;
};

bool
history_step_is_over(const struct history *h)
{
	return clock_mono_ns() >= h->step_mono_ns;
}

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

/* What the names of a key lead through: namespace, pod, container. */
struct path {
	unsigned n;
	struct {
		enum set_type type;
		struct str name;
	} levels[3];
};

static void
path_add(struct path *p, enum set_type type, struct str name)
{
	p->levels[p->n].type = type;
	p->levels[p->n++].name = name;
}

static struct path
path_of(const struct store_key *names)
{
	struct path p = { .n = 0 };

	switch (names->type) {
	case SET_NODE:
	case SET_SYS_CONTAINER:
		path_add(&p, SET_NODE, names->node);
		break;
	case SET_CLUSTER:
		path_add(&p, SET_CLUSTER, STR(""));
		break;
	case SET_NAMESPACE:
	case SET_POD:
	case SET_POD_CONTAINER:
		path_add(&p, SET_NAMESPACE, names->namespace_name);
		break;
	case SET_TYPE_COUNT:
		break;
	}
	if (names->type == SET_POD || names->type == SET_POD_CONTAINER)
		path_add(&p, SET_POD, names->pod);
	if (names->type == SET_SYS_CONTAINER ||
	    names->type == SET_POD_CONTAINER)
		path_add(&p, names->type, names->container);
	return p;
}

static bool
find_by_uid(struct history *h, struct str uid, struct history_entities *out,
    struct err *err)
{
	struct sqlite3_stmt *st = h->statements[HISTORY_SQL_POD];

	sqlite3_bind_text64(st, 1, uid.p, uid.len, SQLITE_STATIC,
	    SQLITE_UTF8);
	return take_entities(h, st, out, err);
}

/* The outermost level has one parent, 0. */
static bool
search_begin(struct history *h, const struct history_key *key,
    struct history_search *s, struct err *err)
{
	if (s->level > 0 || s->parents.n > 0)
		return true;
	if (key->pod_uid.p != NULL) {
		s->level = 2;
		return find_by_uid(h, key->pod_uid, &s->parents, err);
	}
	s->parents.items = xcalloc(1, sizeof *s->parents.items);
	s->parents.n = s->parents.cap = 1;
	return true;
}

static void
search_go_down(struct history_search *s)
{
	free(s->parents.items);
	s->parents = s->found;
	s->found = (struct history_entities){ .n = 0 };
	s->n_asked = 0;
	s->level++;
}

bool
history_find(struct history *h, const struct history_key *key,
    struct history_search *s, struct err *err)
{
	struct path path = path_of(&key->names);

	if (!search_begin(h, key, s, err))
		return false;
	while (s->level < path.n) {
		if (s->n_asked == s->parents.n) {
			search_go_down(s);
			continue;
		}
		if (!find_children(h, s->parents.items[s->n_asked++].id,
		    path.levels[s->level].type, path.levels[s->level].name,
		    &s->found, err))
			return false;
		if (history_step_is_over(h))
			return true;
	}
	free(s->found.items);
	s->found = s->parents;		/* of a level that is not there */
	s->parents = (struct history_entities){ .n = 0 };
	for (size_t i = 0; i < s->found.n; i++)
		if (s->found.items[i].source == 0)
			s->found.items[i].source = key->names.type ==
			    SET_NODE ? s->found.items[i].id : SCHEMA_CLUSTER;
	s->is_done = true;
	return true;
}

void
history_search_fini(struct history_search *s)
{
	free(s->parents.items);
	free(s->found.items);
	*s = (struct history_search){ .level = 0 };
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

static void
place_next_table(struct history_place *place)
{
	place->table++;
	place->next = 0;
}

/* The blocks of an entity in slots from..to, one seek for each. */
static bool
read_blocks(struct wanted *w, enum history_statement which, uint32_t entity,
    int64_t from, int64_t to, struct err *err)
{
	struct sqlite3_stmt *st = w->h->statements[which];
	int64_t slot = from < w->place->next ? w->place->next : from;
	int rc = SQLITE_ROW;
	bool ok = true;

	for (; slot <= to && ok && rc == SQLITE_ROW; w->place->next = slot) {
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
		if (ok && slot <= to && history_step_is_over(w->h)) {
			w->place->next = slot;
			return is_in_time(w->h, err);
		}
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		ok = history_sqlite_fail(w->h, err);
	sqlite3_reset(st);
	place_next_table(w->place);
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
	sqlite3_bind_int64(st, 2, w->start_us < w->place->next ?
	    w->place->next : w->start_us);
	sqlite3_bind_int64(st, 3, w->end_us);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && ok) {
		int64_t at_us = sqlite3_column_int64(st, 0);

		ok = take_row(w, st, e->id, err) && is_in_time(w->h, err);
		if (ok && at_us < w->end_us && history_step_is_over(w->h)) {
			w->place->next = at_us + 1;
			sqlite3_reset(st);
			return true;
		}
	}
	if (ok && rc != SQLITE_DONE)
		ok = history_sqlite_fail(w->h, err);
	sqlite3_reset(st);
	place_next_table(w->place);
	return ok;
}

bool
history_place_is_end(const struct history_place *place)
{
	return place->table == 3;
}

/* Of an entity that has nothing, each slot is looked for as well. */
static bool
read_on(struct wanted *w, const struct history_entity *e, struct err *err)
{
	int64_t from = w->start_us / SCHEMA_SLOT_US;
	int64_t to = w->end_us / SCHEMA_SLOT_US;
	bool ok = is_in_time(w->h, err);

	while (ok && !history_place_is_end(w->place)) {
		if (w->place->table == 0)
			ok = read_blocks(w, HISTORY_SQL_THIN, e->id,
			    from - SCHEMA_THIN_SLOTS, to, err);
		else if (w->place->table == 1)
			ok = read_blocks(w, HISTORY_SQL_RAW, e->id,
			    from - SCHEMA_RAW_SLOTS_MAX, to, err);
		else
			ok = read_rows(w, e, err);
		if (history_step_is_over(w->h))
			break;
	}
	return ok;
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
    size_t n_before, struct history_place *place,
    struct history_samples *out, struct err *err)
{
	struct wanted w = {
		.h = h,
		.key = { .metric = metric, .labels = buf_str(&h->labels) },
		.start_us = us_up(question->start_ns),
		.end_us = question->end_ns / NS_PER_US,
		.n_max = n_before < SAMPLES_MAX ? SAMPLES_MAX - n_before : 0,
		.samples = out,
		.place = place,
	};

	return read_on(&w, e, err);
}

bool
history_metrics(struct history *h, const struct history_entity *e,
    struct history_place *place, bool *has, size_t n_has, struct err *err)
{
	struct wanted w = {
		.h = h,
		.end_us = INT64_MAX / NS_PER_US,
		.has = has,
		.n_has = n_has,
		.place = place,
	};

	return read_on(&w, e, err);
}
