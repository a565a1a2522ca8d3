/* SPDX-License-Identifier: ISC */
/*
 * Inside the writing side: sqlite_db.c has the connection, sqlite_frame.c writes
 * frames, sqlite_names.c knows entities and metrics, sqlite_care.c does the rest.
 */
#ifndef SINKS_SQLITE_IMPL_H
#define SINKS_SQLITE_IMPL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/intern.h"
#include "common/metric.h"
#include "common/series.h"
#include "common/sqlite_schema.h"

#include "sinks/sqlite_db.h"

struct sqlite3;
struct sqlite3_stmt;

#define SQLITE_METRICS_MAX 65536	/* composed ones have names of their own */

#define SQLITE_STATEMENTS(X) \
X(BEGIN, "BEGIN IMMEDIATE") \
X(COMMIT, "COMMIT") \
X(ROLLBACK, "ROLLBACK") \
X(PAGES, "SELECT page_count, freelist_count, page_size FROM" \
    " pragma_page_count, pragma_freelist_count, pragma_page_size") \
X(ENTITY_FIND, "SELECT id FROM entity WHERE parent = ?1 AND type = ?2" \
    " AND name = ?3 AND uid = ?4 AND source = ?5") \
X(ENTITY_ADD, "INSERT INTO entity(parent, type, name, uid, source, last)" \
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6)") \
X(ENTITY_TOUCH, "UPDATE entity SET last = ?2 WHERE id = ?1 AND last < ?2") \
X(ENTITY_REMOVE, "DELETE FROM entity WHERE id > ?1 AND id <= ?2" \
    " AND last < ?3 AND type <> 5 AND NOT EXISTS" \
    " (SELECT 1 FROM entity c WHERE c.parent = entity.id) AND NOT EXISTS" \
    " (SELECT 1 FROM recent WHERE at < ?3 AND" \
    " recent.source IN (entity.id, entity.source))") \
X(ENTITY_LAST, "SELECT max(id) FROM entity") \
X(METRIC_ADD, "INSERT INTO metric(name, is_cumulative) VALUES(?1, ?2)") \
X(METRICS, "SELECT id, name, is_cumulative FROM metric") \
X(RECENT_ADD, "INSERT OR IGNORE INTO recent(source, at, data)" \
    " VALUES(?1, ?2, ?3)") \
X(RECENT_NEXT, "SELECT source, at FROM recent WHERE source > ?1" \
    " ORDER BY source, at LIMIT 1") \
X(RECENT_OF, "SELECT at, data FROM recent WHERE source = ?1 AND at < ?2" \
    " ORDER BY at") \
X(RECENT_REMOVE, "DELETE FROM recent WHERE source = ?1 AND at <= ?2") \
X(RECENT_NEWEST, "SELECT max(at) FROM recent WHERE at <= ?1") \
X(RAW_GET, "SELECT data FROM raw WHERE id = ?1") \
X(RAW_PUT, "INSERT OR REPLACE INTO raw VALUES(?1, ?2)") \
X(RAW_NEXT, "SELECT id FROM raw WHERE id >= ?1 ORDER BY id LIMIT 1") \
X(RAW_NEWEST, "SELECT max(id) FROM raw WHERE id < ?1") \
X(RAW_REMOVE, "DELETE FROM raw WHERE id = ?1") \
X(RAW_CUT, "DELETE FROM raw WHERE id < ?1 AND id <= (SELECT max(id) FROM" \
    " (SELECT id FROM raw ORDER BY id LIMIT ?2))") \
X(THIN_GET, "SELECT data FROM thin WHERE id = ?1") \
X(THIN_PUT, "INSERT OR REPLACE INTO thin VALUES(?1, ?2)") \
X(THIN_NEXT, "SELECT id FROM thin WHERE id >= ?1 ORDER BY id LIMIT 1") \
X(THIN_CUT, "DELETE FROM thin WHERE id < ?1 AND id <= (SELECT max(id) FROM" \
    " (SELECT id FROM thin ORDER BY id LIMIT ?2))")

enum sqlite_statement {
#define X(id, sql) SQL_##id,
	SQLITE_STATEMENTS(X)
#undef X
	SQL_COUNT,
};

struct sqlite_entity {
	uint32_t id;
	uint32_t parent, source;
	enum set_type type;
	struct str name, uid;	/* one block of the heap: name.p */
	int64_t seen_us;	/* the window that had it last */
};

/* Entities that were seen in the last hour or so. */
struct sqlite_entities {
	struct sqlite_entity *items;
	uint32_t n, cap;
	struct hash_index index;
	int64_t swept_us;
};

struct sqlite_metrics {
	uint32_t of[METRIC_PLAIN_COUNT + METRIC_LABELLED_COUNT];
	struct intern names;		/* of all; intern id -> id */
	uint32_t *ids;
	size_t cap;
	bool *is_cumulative;		/* by id */
	uint32_t n_known;		/* ids below are known */
};

struct sqlite_db {
	char *path;
	struct stat file, log;		/* when they were opened */
	int lock_fd;
	bool is_damaged;		/* SQLite has said so */
	struct sqlite3 *db;
	struct sqlite3_stmt *statements[SQL_COUNT];
	int64_t keep_us, raw_us;
	uint64_t max_bytes;
	struct sqlite_db_counters *counters;
	int64_t newest_us;		/* window */
	int64_t slot_us;		/* of raw blocks, by the resolution */
	struct sqlite_entities entities;
	struct sqlite_metrics metrics;
	bool is_stale;			/* names were rolled back: read them */
	uint32_t cared_source;		/* whose turn it was */
	uint32_t cared_entity;
	uint64_t n_cared;
	bool is_over_bound;
	struct buf data, row, labels;
	uint32_t *set_entities;		/* of the frame in hand */
	size_t cap_sets;
	struct series series, thinned;
};

/* Always false: "PATH: what SQLite says". */
bool sqlite_db_fail(struct sqlite_db *db, struct err *err);
/* A statement, ready for values; it must be reset before it is used again. */
struct sqlite3_stmt *sqlite_db_use(struct sqlite_db *db,
    enum sqlite_statement which);
/* Runs to the end one that gives no rows. */
bool sqlite_db_run(struct sqlite_db *db, struct sqlite3_stmt *st,
    struct err *err);
/* The number that one with at most one row gives; *out is 0 without. */
bool sqlite_db_number(struct sqlite_db *db, struct sqlite3_stmt *st,
    int64_t *out, struct err *err);
bool sqlite_db_begin(struct sqlite_db *db, struct err *err);
bool sqlite_db_commit(struct sqlite_db *db, struct err *err);
/* Looks for the newest window in the file that is no later. */
bool sqlite_db_find_newest(struct sqlite_db *db, int64_t latest_us,
    struct err *err);
void sqlite_db_rollback(struct sqlite_db *db);

/* The id of a set, made if need be; 0 with err. */
uint32_t sqlite_entity(struct sqlite_db *db, const struct sqlite_entity *like,
    struct err *err);
void sqlite_entities_sweep(struct sqlite_db *db);	/* once an hour */
void sqlite_entities_fini(struct sqlite_entities *e);

bool sqlite_metrics_load(struct sqlite_db *db, struct err *err);
void sqlite_metrics_fini(struct sqlite_metrics *m);
/* *id is 0 when there are too many. */
bool sqlite_metric(struct sqlite_db *db, struct str name, bool is_cumulative,
    uint32_t *id, struct err *err);

#endif
