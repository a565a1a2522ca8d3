/* SPDX-License-Identifier: ISC */
/* Frames into the database: a row each. */
#include "config.h"

#include <sqlite3.h>
#include <string.h>

#include "common/labels.h"
#include "common/mem.h"
#include "common/timestamp.h"
#include "common/varint.h"

#include "sinks/sqlite_impl.h"

#define AHEAD_MAX_NS (3600 * NS_PER_S)

static uint64_t
value_bits(enum metric m, union metric_value v)
{
	uint64_t bits;

	if (metrics[m].type != METRIC_FLOAT)
		return v.u;
	memcpy(&bits, &v.f, sizeof bits);
	return bits;
}

static void
add_value(struct sqlite_db *db, uint32_t id, enum metric m,
    union metric_value v)
{
	series_row_value(&db->row, id, metrics[m].type == METRIC_FLOAT,
	    value_bits(m, v));
	db->counters->values_written++;
}

/* To people composed metrics are plain ones. */
static bool
add_composed(struct sqlite_db *db, const struct resource *r, struct err *err)
{
	uint32_t todo = r->present & metrics_composed;
	bool ok = true;

	for (; todo != 0 && ok; todo &= todo - 1) {
		unsigned i = (unsigned)__builtin_ctz(todo);
		enum metric m = (enum metric)(METRIC_PLAIN_COUNT + i);
		struct buf name = BUF_INIT;
		uint32_t id;

		metric_compose(&name, m, r->resource_id);
		ok = sqlite_metric(db, buf_str(&name), metrics[m].kind ==
		    METRIC_CUMULATIVE, &id, err);
		buf_fini(&name);
		if (ok && id != 0)
			add_value(db, id, m, r->values[i]);
	}
	return ok;
}

static void
add_resource(struct sqlite_db *db, const struct resource *r)
{
	uint32_t todo = r->present & ~metrics_composed;
	struct label_list labels;

	if (todo == 0)
		return;
	labels_of_resource(&labels, r);
	buf_reset(&db->labels);
	series_labels(&db->labels, labels.items, labels.n);
	series_row_group(&db->row, buf_str(&db->labels));
	for (; todo != 0; todo &= todo - 1) {
		unsigned i = (unsigned)__builtin_ctz(todo);
		enum metric m = (enum metric)(METRIC_PLAIN_COUNT + i);

		add_value(db, db->metrics.of[m], m, r->values[i]);
	}
	series_row_end(&db->row);
}

static bool
add_set(struct sqlite_db *db, const struct metric_set *s, uint32_t entity,
    struct err *err)
{
	buf_reset(&db->row);
	series_row_group(&db->row, STR(""));
	for (uint64_t todo = s->present; todo != 0; todo &= todo - 1) {
		enum metric m = (enum metric)__builtin_ctzll(todo);

		add_value(db, db->metrics.of[m], m, s->values[m]);
	}
	for (size_t i = 0; i < s->n_resources; i++)
		if (!add_composed(db, &s->resources[i], err))
			return false;
	series_row_end(&db->row);
	for (size_t i = 0; i < s->n_resources; i++)
		add_resource(db, &s->resources[i]);
	if (db->row.len <= 2)
		return true;		/* it has no values */
	varint_add(&db->data, entity);
	varint_add(&db->data, db->row.len);
	buf_add_str(&db->data, buf_str(&db->row));
	db->counters->sets_written++;
	return !db->row.failed || err_set(err, "out of memory");
}

/* The entity of a set whose predecessors have theirs; 0 with err. */
static uint32_t
entity_of(struct sqlite_db *db, const struct frame *f, size_t i,
    struct err *err)
{
	const struct metric_set *s = &f->sets[i];
	struct sqlite_entity e = {
		.type = s->type,
		.name = s->name,
		.seen_us = f->window_ns / NS_PER_US,
	};

	if (s->type == SET_CLUSTER)
		return SCHEMA_CLUSTER;
	if (s->type != SET_NODE && s->type != SET_NAMESPACE)
		e.source = db->set_entities[0];
	if (s->type == SET_SYS_CONTAINER)
		e.parent = e.source;
	if (s->type == SET_POD_CONTAINER)
		e.parent = db->set_entities[s->parent < i ? s->parent : 0];
	if (s->type == SET_POD) {
		struct sqlite_entity ns = {
			.type = SET_NAMESPACE,
			.name = s->namespace_name,
			.seen_us = e.seen_us,
		};

		e.uid = s->pod_id;
		e.parent = sqlite_entity(db, &ns, err);
		if (e.parent == 0)
			return 0;
	}
	return sqlite_entity(db, &e, err);
}

static bool
add_sets(struct sqlite_db *db, const struct frame *f, struct err *err)
{
	if (db->cap_sets < f->n_sets) {
		db->cap_sets = f->n_sets + 64;
		db->set_entities = xrealloc(db->set_entities, db->cap_sets,
		    sizeof *db->set_entities);
	}
	for (size_t i = 0; i < f->n_sets; i++) {
		db->set_entities[i] = entity_of(db, f, i, err);
		if (db->set_entities[i] == 0 ||
		    !add_set(db, &f->sets[i], db->set_entities[i], err))
			return false;
	}
	return !db->data.failed || err_set(err, "the frame is too large");
}

static bool
add_frame(struct sqlite_db *db, const struct frame *f, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, SQL_RECENT_ADD);

	buf_reset(&db->data);
	if (!sqlite_db_begin(db, err) || !add_sets(db, f, err))
		return false;
	sqlite3_bind_int64(st, 1, db->set_entities[0]);
	sqlite3_bind_int64(st, 2, f->window_ns / NS_PER_US);
	sqlite3_bind_blob64(st, 3, db->data.p, db->data.len, SQLITE_STATIC);
	if (!sqlite_db_run(db, st, err))
		return false;
	if (sqlite3_changes(db->db) == 0)
		db->counters->frames_repeated++;
	return sqlite_db_commit(db, err);
}

/* As long as 60 windows, so that what waits is bounded; points of thinned
 * blocks never cross the border of two. */
static int64_t
slot_for(int64_t resolution_ns)
{
	static const int64_t slots[] = { 12, 6, 3, 2 };
	int64_t windows = 60 * resolution_ns / NS_PER_US / SCHEMA_SLOT_US;

	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
		if (windows >= slots[i])
			return slots[i] * SCHEMA_SLOT_US;
	return SCHEMA_SLOT_US;
}

enum sqlite_written
sqlite_db_write(struct sqlite_db *db, const struct frame *f, int64_t now_ns,
    struct err *err)
{
	int64_t at_us = f->window_ns / NS_PER_US, latest_us;

	if ((f->kind != FRAME_NODE && f->kind != FRAME_ROLLUP) ||
	    f->n_sets == 0)
		return SQLITE_WRITTEN;
	if (f->window_ns > now_ns + AHEAD_MAX_NS) {
		err_set(err, "the window is more than an hour ahead");
		return SQLITE_REFUSED;
	}
	/* The clock was ahead and is not any more, or is not yet right. */
	latest_us = (now_ns + AHEAD_MAX_NS) / NS_PER_US;
	if (db->newest_us > latest_us &&
	    !sqlite_db_find_newest(db, latest_us, err))
		return SQLITE_FAILED;
	if (at_us < db->newest_us - db->keep_us || at_us < 0) {
		err_set(err, "the window is older than what is kept");
		return SQLITE_REFUSED;
	}
	if (!add_frame(db, f, err)) {
		sqlite_db_rollback(db);
		return db->data.failed ? SQLITE_REFUSED : SQLITE_FAILED;
	}
	if (at_us > db->newest_us)
		db->newest_us = at_us;
	if (f->resolution_ns > 0)
		db->slot_us = slot_for(f->resolution_ns);
	return SQLITE_WRITTEN;
}
