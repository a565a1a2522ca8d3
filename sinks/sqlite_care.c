/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "common/mem.h"
#include "common/varint.h"

#include "sinks/sqlite_impl.h"
#include "sinks/thin.h"

#define HOUR_US INT64_C(3600000000)

/* What one step does at most. */
#define SEAL_BYTES_MAX (16u << 20)
#define SEAL_ROWS_MAX 4096
#define THIN_ENTITIES 64
#define REMOVE_BLOCKS 256
#define REMOVE_ENTITIES 1000

#define LOOK_EVERY 16		/* steps: how large the file is */
#define SWEEP_EVERY 64
#define THIN_PER_RAW 6		/* times: as 7 days of which one is raw */

/* A set in a row of recent: where in db->data. */
struct piece {
	uint32_t entity;
	uint32_t row;
	size_t offset, length;
};

struct rows {
	int64_t at_us[SEAL_ROWS_MAX];
	size_t offsets[SEAL_ROWS_MAX + 1];
	size_t n;
	struct piece *pieces;
	size_t n_pieces, cap_pieces;
};

static int
by_entity(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->entity != y->entity)
		return x->entity < y->entity ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static bool
find_pieces(struct sqlite_db *db, struct rows *rows, uint32_t row)
{
	const unsigned char *begin = (const unsigned char *)db->data.p;
	const unsigned char *p = begin + rows->offsets[row];
	const unsigned char *end = begin + rows->offsets[row + 1];

	while (p < end) {
		uint64_t entity = varint_read(&p, end);
		uint64_t length = varint_read(&p, end);

		if (length > (uint64_t)(end - p))
			return false;
		if (rows->n_pieces == rows->cap_pieces) {
			rows->cap_pieces = rows->cap_pieces * 2 + 1024;
			rows->pieces = xrealloc(rows->pieces,
			    rows->cap_pieces, sizeof *rows->pieces);
		}
		rows->pieces[rows->n_pieces++] = (struct piece){
			(uint32_t)entity, row, (size_t)(p - begin),
			(size_t)length };
		p += length;
	}
	return true;
}

/* The oldest rows of a source before the time. */
static bool
read_rows(struct sqlite_db *db, struct rows *rows, uint32_t source,
    int64_t end_us, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, SQL_RECENT_OF);
	int rc = SQLITE_DONE;

	buf_reset(&db->data);
	sqlite3_bind_int64(st, 1, source);
	sqlite3_bind_int64(st, 2, end_us);
	while (rows->n < SEAL_ROWS_MAX && db->data.len < SEAL_BYTES_MAX &&
	    (rc = sqlite3_step(st)) == SQLITE_ROW) {
		rows->at_us[rows->n] = sqlite3_column_int64(st, 0);
		rows->offsets[rows->n++] = db->data.len;
		buf_add(&db->data, sqlite3_column_blob(st, 1),
		    (size_t)sqlite3_column_bytes(st, 1));
		rows->offsets[rows->n] = db->data.len;
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		sqlite_db_fail(db, err);
	sqlite3_reset(st);
	return (rc == SQLITE_ROW || rc == SQLITE_DONE) &&
	    (!db->data.failed || err_set(err, "out of memory"));
}

/* Adds the block to a series, if there is one. */
static bool
add_block(struct sqlite_db *db, struct series *s,
    enum sqlite_statement which, int64_t id, bool *is_there, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, which);
	int rc;

	sqlite3_bind_int64(st, 1, id);
	rc = sqlite3_step(st);
	*is_there = rc == SQLITE_ROW;
	if (*is_there && !series_decode(s, sqlite3_column_blob(st, 0),
	    (size_t)sqlite3_column_bytes(st, 0), NULL, NULL))
		db->counters->blocks_damaged++;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		sqlite_db_fail(db, err);
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static bool
put_block(struct sqlite_db *db, struct series *s, enum sqlite_statement which,
    int64_t id, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, which);

	series_sort(s);
	buf_reset(&db->row);
	series_encode(s, &db->row);
	if (db->row.failed)
		return err_set(err, "out of memory");
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_blob64(st, 2, db->row.p, db->row.len, SQLITE_STATIC);
	return sqlite_db_run(db, st, err);
}

static bool
touch_entity(struct sqlite_db *db, uint32_t entity, int64_t at_us,
    struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, SQL_ENTITY_TOUCH);

	sqlite3_bind_int64(st, 1, entity);
	sqlite3_bind_int64(st, 2, at_us);
	return sqlite_db_run(db, st, err);
}

/* All pieces of one entity become a block, with what was there before. */
static bool
seal_entity(struct sqlite_db *db, const struct rows *rows,
    const struct piece *pieces, size_t n, int64_t slot, struct err *err)
{
	int64_t id = schema_block_id(slot, pieces[0].entity);
	bool is_there;

	series_reset(&db->series);
	if (!add_block(db, &db->series, SQL_RAW_GET, id, &is_there, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!series_decode_row(&db->series,
		    rows->at_us[pieces[i].row], db->data.p + pieces[i].offset,
		    pieces[i].length, NULL, NULL))
			db->counters->blocks_damaged++;
	if (!put_block(db, &db->series, SQL_RAW_PUT, id, err))
		return false;
	db->counters->blocks_made++;
	return touch_entity(db, pieces[0].entity,
	    rows->at_us[pieces[n - 1].row], err);
}

static bool
seal_rows(struct sqlite_db *db, struct rows *rows, uint32_t source,
    int64_t start_us, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, SQL_RECENT_REMOVE);

	if (!sqlite_db_begin(db, err) ||
	    !read_rows(db, rows, source, start_us + db->slot_us, err))
		return false;
	if (rows->n == 0)
		return sqlite_db_commit(db, err);
	for (uint32_t row = 0; row < rows->n; row++)
		if (!find_pieces(db, rows, row))
			db->counters->blocks_damaged++;
	if (rows->n_pieces > 0)
		qsort(rows->pieces, rows->n_pieces, sizeof *rows->pieces,
		    by_entity);
	for (size_t i = 0, end; i < rows->n_pieces; i = end) {
		for (end = i + 1; end < rows->n_pieces &&
		    rows->pieces[end].entity == rows->pieces[i].entity; end++)
			;
		if (!seal_entity(db, rows, rows->pieces + i, end - i,
		    start_us / SCHEMA_SLOT_US, err))
			return false;
	}
	sqlite3_bind_int64(st, 1, source);
	sqlite3_bind_int64(st, 2, rows->at_us[rows->n - 1]);
	return sqlite_db_run(db, st, err) && sqlite_db_commit(db, err);
}

/* The source whose turn it is: its oldest row.  at_us < 0: the turn begins
 * anew. */
static bool
next_source(struct sqlite_db *db, int64_t *at_us, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, SQL_RECENT_NEXT);
	int rc;

	sqlite3_bind_int64(st, 1, db->cared_source);
	rc = sqlite3_step(st);
	db->cared_source = rc == SQLITE_ROW ?
	    (uint32_t)sqlite3_column_int64(st, 0) : 0;
	*at_us = rc == SQLITE_ROW ? sqlite3_column_int64(st, 1) : -1;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		sqlite_db_fail(db, err);
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static bool
seal(struct sqlite_db *db, int64_t at_us, bool *did, struct err *err)
{
	int64_t start_us = at_us / db->slot_us * db->slot_us;
	struct rows *rows;
	bool ok;

	/* A little later, for who is late. */
	if (at_us < 0 || db->newest_us < start_us + db->slot_us +
	    db->slot_us / 20)
		return true;
	*did = true;
	rows = xcalloc(1, sizeof *rows);
	ok = seal_rows(db, rows, db->cared_source, start_us, err);
	free(rows->pieces);
	free(rows);
	return ok;
}

static bool
on_metric(void *arg, uint32_t metric)
{
	const struct sqlite_db *db = arg;

	return metric <= SQLITE_METRICS_MAX &&
	    db->metrics.is_cumulative[metric];
}

static bool
next_block(struct sqlite_db *db, enum sqlite_statement which, int64_t from,
    int64_t *id, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, which);

	sqlite3_bind_int64(st, 1, from);
	return sqlite_db_number(db, st, id, err);
}

static bool
remove_raw(struct sqlite_db *db, int64_t id, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, SQL_RAW_REMOVE);

	sqlite3_bind_int64(st, 1, id);
	return sqlite_db_run(db, st, err);
}

/* Takes the raw blocks of an entity in six hours out of their table. */
static bool
take_raw(struct sqlite_db *db, int64_t first_slot, uint32_t entity,
    struct err *err)
{
	int64_t slot = first_slot, id;
	bool is_there;

	series_reset(&db->series);
	while (slot < first_slot + SCHEMA_THIN_SLOTS) {
		int64_t want = schema_block_id(slot, entity);

		if (!next_block(db, SQL_RAW_NEXT, want, &id, err))
			return false;
		if (id == 0)
			break;
		if (id == want && (!add_block(db, &db->series, SQL_RAW_GET,
		    id, &is_there, err) || !remove_raw(db, id, err)))
			return false;
		if (id == want || schema_block_slot(id) == slot)
			slot++;
		else
			slot = schema_block_slot(id);
	}
	series_sort(&db->series);
	return true;
}

static bool
thin_entity(struct sqlite_db *db, int64_t first_slot, uint32_t entity,
    struct err *err)
{
	int64_t id = schema_block_id(first_slot, entity);
	bool is_there;

	series_reset(&db->thinned);
	if (!take_raw(db, first_slot, entity, err) ||
	    !add_block(db, &db->thinned, SQL_THIN_GET, id, &is_there, err))
		return false;
	thin_series(&db->thinned, &db->series, SCHEMA_SLOT_US, on_metric, db);
	db->counters->blocks_thinned++;
	return put_block(db, &db->thinned, SQL_THIN_PUT, id, err);
}

/* The oldest raw blocks that began before the slot. */
static bool
thin(struct sqlite_db *db, int64_t end_slot, bool *did, struct err *err)
{
	int64_t id;

	if (!next_block(db, SQL_RAW_NEXT, 0, &id, err))
		return false;
	if (id == 0 || schema_block_slot(id) >= end_slot)
		return true;
	*did = true;
	if (!sqlite_db_begin(db, err))
		return false;
	for (int i = 0; i < THIN_ENTITIES; i++) {
		int64_t slot = schema_block_slot(id);

		if (!thin_entity(db, slot - slot % SCHEMA_THIN_SLOTS,
		    schema_block_entity(id), err) ||
		    !next_block(db, SQL_RAW_NEXT, 0, &id, err))
			return false;
		if (id == 0 || schema_block_slot(id) >= end_slot)
			break;
	}
	return sqlite_db_commit(db, err);
}

/* Removes the oldest blocks that began before the slot. */
static bool
cut(struct sqlite_db *db, enum sqlite_statement which, int64_t end_slot,
    bool *did, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, which);
	int n;

	sqlite3_bind_int64(st, 1, schema_block_id(end_slot, 0));
	sqlite3_bind_int64(st, 2, REMOVE_BLOCKS);
	if (!sqlite_db_run(db, st, err))
		return false;
	n = sqlite3_changes(db->db);
	db->counters->blocks_removed += (uint64_t)n;
	*did |= n > 0;
	return true;
}

static bool
remove_recent(struct sqlite_db *db, uint32_t source, int64_t at_us,
    struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, SQL_RECENT_REMOVE);

	sqlite3_bind_int64(st, 1, source);
	sqlite3_bind_int64(st, 2, at_us);
	return sqlite_db_run(db, st, err);
}

/*
 * There is more than may be.  Thinned points are worth their space more than
 * raw ones, up to a ratio; the last six hours stay as they are while there is
 * anything else.
 */
static bool
make_room(struct sqlite_db *db, int64_t at_us, bool *did, struct err *err)
{
	int64_t newest = db->newest_us / SCHEMA_SLOT_US, raw, thinned, end;

	if (!next_block(db, SQL_RAW_NEXT, 0, &raw, err) ||
	    !next_block(db, SQL_THIN_NEXT, 0, &thinned, err))
		return false;
	if (raw == 0 && thinned == 0) {
		*did = true;
		return at_us < 0 ||
		    remove_recent(db, db->cared_source, at_us, err);
	}
	raw = raw == 0 ? newest : schema_block_slot(raw);
	thinned = thinned == 0 ? raw : schema_block_slot(thinned);
	end = raw - raw % SCHEMA_THIN_SLOTS + SCHEMA_THIN_SLOTS;
	if (raw - thinned < THIN_PER_RAW * (newest - raw) &&
	    end + SCHEMA_RAW_SLOTS_MAX * 2 <= newest)
		return thin(db, end, did, err);
	return thinned < raw ?
	    cut(db, SQL_THIN_CUT, INT32_MAX, did, err) :
	    cut(db, SQL_RAW_CUT, INT32_MAX, did, err);
}

static bool
remove_old(struct sqlite_db *db, bool *did, struct err *err)
{
	int64_t slot = (db->newest_us - db->keep_us) / SCHEMA_SLOT_US;

	return slot < SCHEMA_THIN_SLOTS ||
	    (cut(db, SQL_THIN_CUT, slot - SCHEMA_THIN_SLOTS + 1, did, err) &&
	    cut(db, SQL_RAW_CUT, slot - SCHEMA_RAW_SLOTS_MAX + 1, did, err));
}

/* Entities of which nothing is left. */
static bool
remove_entities(struct sqlite_db *db, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, SQL_ENTITY_REMOVE);
	int64_t before_us = db->newest_us - db->keep_us - 8 * HOUR_US;
	int64_t raw, thinned, last;

	if (!next_block(db, SQL_RAW_NEXT, 0, &raw, err) ||
	    !next_block(db, SQL_THIN_NEXT, 0, &thinned, err) ||
	    !sqlite_db_number(db, sqlite_db_use(db, SQL_ENTITY_LAST), &last,
	    err))
		return false;
	if (thinned != 0 && (raw == 0 || thinned < raw))
		raw = thinned;
	if (raw != 0 && before_us < schema_block_slot(raw) * SCHEMA_SLOT_US)
		before_us = schema_block_slot(raw) * SCHEMA_SLOT_US;
	if (before_us > db->newest_us - 3 * HOUR_US)
		before_us = db->newest_us - 3 * HOUR_US;
	sqlite3_bind_int64(st, 1, db->cared_entity);
	sqlite3_bind_int64(st, 2, db->cared_entity + REMOVE_ENTITIES);
	sqlite3_bind_int64(st, 3, before_us);
	db->cared_entity += REMOVE_ENTITIES;
	if (db->cared_entity > last)
		db->cared_entity = 0;
	return sqlite_db_run(db, st, err);
}

/* How large it is without free pages, which are used before it grows. */
static bool
look_at_size(struct sqlite_db *db, struct err *err)
{
	struct sqlite3_stmt *st = sqlite_db_use(db, SQL_PAGES);
	uint64_t n_pages = 0, n_free = 0, page_bytes = 0;
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW) {
		n_pages = (uint64_t)sqlite3_column_int64(st, 0);
		n_free = (uint64_t)sqlite3_column_int64(st, 1);
		page_bytes = (uint64_t)sqlite3_column_int64(st, 2);
	}
	if (rc != SQLITE_ROW)
		sqlite_db_fail(db, err);
	sqlite3_reset(st);
	db->counters->bytes = (n_pages - n_free) * page_bytes;
	db->is_over_bound = db->counters->bytes >
	    db->max_bytes / 16 * 15;
	return rc == SQLITE_ROW;
}

static bool
care(struct sqlite_db *db, bool *did, struct err *err)
{
	int64_t raw_end = (db->newest_us - db->raw_us) / SCHEMA_SLOT_US;
	int64_t at_us;

	raw_end -= raw_end % SCHEMA_THIN_SLOTS;
	if (db->n_cared++ % LOOK_EVERY == 0 && !look_at_size(db, err))
		return false;
	if (!next_source(db, &at_us, err) || !seal(db, at_us, did, err))
		return false;
	if (!*did && db->is_over_bound && !make_room(db, at_us, did, err))
		return false;
	if (!*did && !thin(db, raw_end, did, err))
		return false;
	if (db->n_cared % SWEEP_EVERY == 0 && !remove_entities(db, err))
		return false;
	sqlite_entities_sweep(db);
	return *did || remove_old(db, did, err);
}

bool
sqlite_db_care(struct sqlite_db *db, bool *did, struct err *err)
{
	*did = false;
	if (care(db, did, err))
		return true;
	db->counters->care_errors++;
	sqlite_db_rollback(db);
	return false;
}
