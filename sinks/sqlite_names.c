/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "sinks/sqlite_impl.h"

#define SWEEP_US INT64_C(3600000000)
#define NAMES_BYTES_MAX (64u << 20)

static uint64_t
hash_of(const struct sqlite_entity *e)
{
	uint32_t numbers[] = { e->parent, e->source, e->type };
	uint64_t h = hash_bytes(numbers, sizeof numbers, hash_seed());

	h = hash_bytes(e->name.p, e->name.len, h);
	return hash_bytes(e->uid.p, e->uid.len, h);
}

struct likeness {
	const struct sqlite_entities *all;
	const struct sqlite_entity *like;
};

static bool
is_like(const void *ctx, uint32_t i)
{
	const struct likeness *l = ctx;
	const struct sqlite_entity *e = &l->all->items[i];

	return e->parent == l->like->parent && e->source == l->like->source &&
	    e->type == l->like->type && str_eq(e->name, l->like->name) &&
	    str_eq(e->uid, l->like->uid);
}

static void
remember(struct sqlite_entities *all, const struct sqlite_entity *like,
    uint32_t id)
{
	struct sqlite_entity *e;
	size_t n = like->name.len;
	char *text = xcalloc(1, n + like->uid.len + 1);

	if (all->n == all->cap) {
		all->cap = all->cap * 2 + 64;
		all->items = xrealloc(all->items, all->cap,
		    sizeof *all->items);
	}
	e = &all->items[all->n];
	*e = *like;
	e->id = id;
	if (n > 0)
		memcpy(text, like->name.p, n);
	if (like->uid.len > 0)
		memcpy(text + n, like->uid.p, like->uid.len);
	e->name = (struct str){ text, n };
	e->uid = (struct str){ text + n, like->uid.len };
	hash_index_add(&all->index, hash_of(e), all->n++);
}

static void
bind_str(struct sqlite3_stmt *st, int at, struct str s)
{
	sqlite3_bind_text64(st, at, s.len == 0 ? "" : s.p, s.len,
	    SQLITE_STATIC, SQLITE_UTF8);
}

static struct sqlite3_stmt *
use_with_key(struct sqlite_db *db, enum sqlite_statement which,
    const struct sqlite_entity *e)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, which);

	sqlite3_bind_int64(st, 1, e->parent);
	sqlite3_bind_int(st, 2, (int)e->type);
	bind_str(st, 3, e->name);
	bind_str(st, 4, e->uid);
	sqlite3_bind_int64(st, 5, e->source);
	return st;
}

uint32_t
sqlite_entity(struct sqlite_db *db, const struct sqlite_entity *like,
    struct err *err)
{
	struct likeness l = { &db->entities, like };
	uint32_t i = hash_index_find(&db->entities.index, hash_of(like),
	    is_like, &l);
	struct sqlite3_stmt *st;
	int64_t id;

	if (i != HASH_NONE) {
		struct sqlite_entity *e = &db->entities.items[i];

		if (e->seen_us < like->seen_us)
			e->seen_us = like->seen_us;
		return e->id;
	}
	if (!sqlite_db_number(db, use_with_key(db, SQL_ENTITY_FIND, like),
	    &id, err))
		return 0;
	if (id != 0) {
		/* It is back: not to be removed for its age. */
		st = sqlite_db_use(db, SQL_ENTITY_TOUCH);
		sqlite3_bind_int64(st, 1, id);
		sqlite3_bind_int64(st, 2, like->seen_us);
		if (!sqlite_db_run(db, st, err))
			return 0;
	} else {
		st = use_with_key(db, SQL_ENTITY_ADD, like);
		sqlite3_bind_int64(st, 6, like->seen_us);
		if (!sqlite_db_run(db, st, err))
			return 0;
		id = sqlite3_last_insert_rowid(db->db);
	}
	if (id <= 0 || id > UINT32_MAX - 1) {
		err_set(err, "%s: too many entities", db->path);
		return 0;
	}
	remember(&db->entities, like, (uint32_t)id);
	return (uint32_t)id;
}

/*
 * Forgets what was not seen for long, so that memory is for what is alive, and
 * nothing is known here that was removed there: that is older still.
 */
void
sqlite_entities_sweep(struct sqlite_db *db)
{
	struct sqlite_entities *all = &db->entities;
	uint32_t n = 0;

	if (db->newest_us - all->swept_us < SWEEP_US)
		return;
	all->swept_us = db->newest_us;
	hash_index_clear(&all->index);
	for (uint32_t i = 0; i < all->n; i++) {
		if (all->items[i].seen_us < db->newest_us - SWEEP_US) {
			free((void *)(uintptr_t)all->items[i].name.p);
			continue;
		}
		all->items[n] = all->items[i];
		hash_index_add(&all->index, hash_of(&all->items[n]), n);
		n++;
	}
	all->n = n;
}

void
sqlite_entities_fini(struct sqlite_entities *e)
{
	for (uint32_t i = 0; i < e->n; i++)
		free((void *)(uintptr_t)e->items[i].name.p);
	free(e->items);
	hash_index_fini(&e->index);
	*e = (struct sqlite_entities){ 0 };
}

static bool
know_metric(struct sqlite_metrics *m, struct str name, bool is_cumulative,
    int64_t id)
{
	uint32_t i = intern_add(&m->names, name);

	if (i == 0 || id <= 0 || id > SQLITE_METRICS_MAX)
		return false;
	if (m->ids == NULL) {
		m->ids = xcalloc(SQLITE_METRICS_MAX + 1, sizeof *m->ids);
		m->is_cumulative = xcalloc(SQLITE_METRICS_MAX + 1,
		    sizeof *m->is_cumulative);
	}
	if (i > SQLITE_METRICS_MAX)
		return false;
	m->ids[i] = (uint32_t)id;
	m->is_cumulative[id] = is_cumulative;
	m->n_known++;
	return true;
}

bool
sqlite_metric(struct sqlite_db *db, struct str name, bool is_cumulative,
    uint32_t *id, struct err *err)
{
	struct sqlite_metrics *m = &db->metrics;
	uint32_t i = intern_find(&m->names, name);
	struct sqlite3_stmt *st;

	*id = i == 0 ? 0 : m->ids[i];
	if (*id != 0)
		return true;
	if (m->n_known >= SQLITE_METRICS_MAX) {
		db->counters->names_refused++;
		return true;
	}
	st = sqlite_db_use(db, SQL_METRIC_ADD);
	bind_str(st, 1, name);
	sqlite3_bind_int(st, 2, is_cumulative);
	if (!sqlite_db_run(db, st, err))
		return false;
	if (know_metric(m, name, is_cumulative,
	    sqlite3_last_insert_rowid(db->db)))
		*id = (uint32_t)sqlite3_last_insert_rowid(db->db);
	return true;
}

/* All that the file has, then those that it lacks. */
bool
sqlite_metrics_load(struct sqlite_db *db, struct err *err)
{
	struct sqlite_metrics *m = &db->metrics;
	struct sqlite3_stmt *st;
	int rc;

	sqlite_metrics_fini(m);
	intern_init(&m->names, NAMES_BYTES_MAX);
	st = sqlite_db_use(db, SQL_METRICS);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct str name = { (const char *)sqlite3_column_text(st, 1),
			(size_t)sqlite3_column_bytes(st, 1) };

		know_metric(m, name, sqlite3_column_int(st, 2) != 0,
		    sqlite3_column_int64(st, 0));
	}
	sqlite3_reset(st);
	if (rc != SQLITE_DONE)
		return sqlite_db_fail(db, err);
	for (unsigned i = 0; i < METRIC_COUNT; i++)
		if (!metric_is_composed((enum metric)i) &&
		    !sqlite_metric(db, metrics[i].name, metrics[i].kind ==
		    METRIC_CUMULATIVE, &m->of[i], err))
			return false;
	return true;
}

void
sqlite_metrics_fini(struct sqlite_metrics *m)
{
	intern_fini(&m->names);
	free(m->ids);
	free(m->is_cumulative);
	*m = (struct sqlite_metrics){ 0 };
}
