/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "sinks/sqlite_impl.h"

#define FRAME_BYTES_MAX (64u << 20)
#define LATEST_US (INT32_MAX * SCHEMA_SLOT_US)	/* that a block can have */

static const char *const sql[] = {
#define X(id, text) [SQL_##id] = text,
	SQLITE_STATEMENTS(X)
#undef X
};

bool
sqlite_db_fail(struct sqlite_db *db, struct err *err)
{
	int code = sqlite3_errcode(db->db) & 0xff;

	db->is_damaged |= code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
	return err_set(err, "%s: %s", db->path, sqlite3_errmsg(db->db));
}

struct sqlite3_stmt *
sqlite_db_use(struct sqlite_db *db, enum sqlite_statement which)
{
	return db->statements[which];
}

bool
sqlite_db_run(struct sqlite_db *db, struct sqlite3_stmt *st, struct err *err)
{
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		;
	if (rc != SQLITE_DONE)
		sqlite_db_fail(db, err);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return rc == SQLITE_DONE;
}

bool
sqlite_db_number(struct sqlite_db *db, struct sqlite3_stmt *st, int64_t *out,
    struct err *err)
{
	int rc = sqlite3_step(st);

	*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		sqlite_db_fail(db, err);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

bool
sqlite_db_begin(struct sqlite_db *db, struct err *err)
{
	return sqlite_db_run(db, sqlite_db_use(db, SQL_BEGIN), err) &&
	    (!db->is_stale || (sqlite_metrics_load(db, err) &&
	    !(db->is_stale = false)));
}

/* What was learnt in the transaction is not in the file. */
void
sqlite_db_rollback(struct sqlite_db *db)
{
	struct err ignored;

	if (!sqlite3_get_autocommit(db->db))
		sqlite_db_run(db, sqlite_db_use(db, SQL_ROLLBACK), &ignored);
	sqlite_entities_fini(&db->entities);
	db->is_stale = true;
}

bool
sqlite_db_commit(struct sqlite_db *db, struct err *err)
{
	return sqlite_db_run(db, sqlite_db_use(db, SQL_COMMIT), err);
}

static bool
execute(struct sqlite_db *db, const char *text, struct err *err)
{
	return sqlite3_exec(db->db, text, NULL, NULL, NULL) == SQLITE_OK ||
	    sqlite_db_fail(db, err);
}

static bool
ask_number(struct sqlite_db *db, const char *text, int64_t *out,
    struct err *err)
{
	struct sqlite3_stmt *st;
	bool ok;

	if (sqlite3_prepare_v2(db->db, text, -1, &st, NULL) != SQLITE_OK)
		return sqlite_db_fail(db, err);
	ok = sqlite_db_number(db, st, out, err);
	sqlite3_finalize(st);
	return ok;
}

/* A file of zero bytes is a new one as well. */
static bool
make_or_check(struct sqlite_db *db, struct err *err)
{
	int64_t n_tables, application, version;
	char text[128];

	if (!ask_number(db, "SELECT count(*) FROM sqlite_master", &n_tables,
	    err) ||
	    !ask_number(db, "PRAGMA application_id", &application, err) ||
	    !ask_number(db, "PRAGMA user_version", &version, err))
		return false;
	if (n_tables == 0) {
		snprintf(text, sizeof text, "PRAGMA application_id = %d;"
		    "PRAGMA user_version = %d;", SCHEMA_APPLICATION,
		    SCHEMA_VERSION);
		return execute(db, "BEGIN IMMEDIATE;" SCHEMA_TABLES, err) &&
		    execute(db, text, err) && execute(db, "COMMIT", err);
	}
	if (application != SCHEMA_APPLICATION)
		return err_set(err, "%s: a database of something else",
		    db->path);
	return version == SCHEMA_VERSION || err_set(err, "%s: has "
	    "version %d of the tables, not %d", db->path, (int)version,
	    SCHEMA_VERSION);
}

static bool
prepare(struct sqlite_db *db, struct err *err)
{
	for (unsigned i = 0; i < SQL_COUNT; i++)
		if (sqlite3_prepare_v3(db->db, sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &db->statements[i], NULL) !=
		    SQLITE_OK)
			return sqlite_db_fail(db, err);
	return true;
}

/* Two that write would each believe what they know of entities. */
static bool
lock(struct sqlite_db *db, struct err *err)
{
	char *path = xasprintf("%s-lock", db->path);
	bool ok;

	db->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (db->lock_fd == -1)
		ok = err_set(err, "%s: %s", path, strerror(errno));
	else
		ok = flock(db->lock_fd, LOCK_EX | LOCK_NB) == 0 ||
		    err_set(err, "%s: another sink writes to it", db->path);
	free(path);
	return ok;
}

/* The other files get the mode of this one; what SQLite makes anybody reads.
 * Whoever opens a FIFO waits for another. */
static bool
make_file(const struct sqlite_db *db, struct err *err)
{
	struct stat st;
	int fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK,
	    0640);
	bool is_file = stat(db->path, &st) != 0 || S_ISREG(st.st_mode);

	if (fd != -1)
		close(fd);
	return is_file || err_set(err, "%s: not a file", db->path);
}

static bool
open_file(struct sqlite_db *db, struct err *err)
{
	int yes = 1;

	if (!make_file(db, err))
		return false;
	if (sqlite3_open_v2(db->path, &db->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return sqlite_db_fail(db, err);
	sqlite3_busy_timeout(db->db, 5000);
	/* Readers that may not write need the files of the log to be there. */
	sqlite3_file_control(db->db, "main", SQLITE_FCNTL_PERSIST_WAL, &yes);
	return execute(db, "PRAGMA page_size = 4096;"
	    "PRAGMA journal_mode = WAL;"
	    "PRAGMA synchronous = NORMAL;"
	    "PRAGMA wal_autocheckpoint = 4000;"
	    "PRAGMA journal_size_limit = 33554432;"
	    "PRAGMA cache_size = -16384", err) &&
	    make_or_check(db, err) && prepare(db, err);
}

bool
sqlite_db_find_newest(struct sqlite_db *db, int64_t latest_us, struct err *err)
{
	struct sqlite3_stmt *recent = sqlite_db_use(db, SQL_RECENT_NEWEST);
	struct sqlite3_stmt *raw = sqlite_db_use(db, SQL_RAW_NEWEST);
	int64_t at_us, id;

	sqlite3_bind_int64(recent, 1, latest_us);
	sqlite3_bind_int64(raw, 1, schema_block_id(latest_us / SCHEMA_SLOT_US,
	    0));
	if (!sqlite_db_number(db, recent, &at_us, err) ||
	    !sqlite_db_number(db, raw, &id, err))
		return false;
	db->newest_us = schema_block_slot(id) * SCHEMA_SLOT_US;
	if (db->newest_us < at_us)
		db->newest_us = at_us;
	if (db->entities.swept_us > db->newest_us)
		db->entities.swept_us = db->newest_us;
	return true;
}

/* To be known again. */
static bool
look_at_files(struct sqlite_db *db, struct err *err)
{
	char *log = xasprintf("%s-wal", db->path);
	bool ok = stat(db->path, &db->file) == 0 && stat(log, &db->log) == 0;

	if (!ok)
		err_set(err, "%s: %s", db->path, strerror(errno));
	free(log);
	return ok;
}

static bool
is_file(const char *path, const struct stat *as)
{
	struct stat now;

	return stat(path, &now) == 0 && now.st_dev == as->st_dev &&
	    now.st_ino == as->st_ino;
}

bool
sqlite_db_is_there(const struct sqlite_db *db)
{
	char *log, *index;

	if (is_file(db->path, &db->file))
		return true;
	log = xasprintf("%s-wal", db->path);
	index = xasprintf("%s-shm", db->path);
	if (is_file(log, &db->log)) {
		unlink(log);
		unlink(index);
	}
	free(log);
	free(index);
	return false;
}

/* The file of the lock has the number of the one that was opened last. */
static bool
is_ours(const struct sqlite_db *db)
{
	char text[32] = "";
	struct stat st;

	return pread(db->lock_fd, text, sizeof text - 1, 0) > 0 &&
	    stat(db->path, &st) == 0 &&
	    strtoull(text, NULL, 10) == (unsigned long long)st.st_ino;
}

static void
make_ours(const struct sqlite_db *db)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%-24llu\n",
	    (unsigned long long)db->file.st_ino);

	if (pwrite(db->lock_fd, text, (size_t)n, 0) != n)
		log_warn("database_unmarked path=%s error=%s",
		    log_q(str_of(db->path)), log_qs(strerror(errno)));
}

bool
sqlite_db_is_damaged(const struct sqlite_db *db)
{
	return db->is_damaged;
}

static void
disconnect(struct sqlite_db *db)
{
	for (unsigned i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(db->statements[i]);
		db->statements[i] = NULL;
	}
	sqlite3_close(db->db);
	db->db = NULL;
}

/* Where there is none, there is none aside either. */
static bool
move_aside(const struct sqlite_db *db, const char *end, struct err *err)
{
	char *from = xasprintf("%s%s", db->path, end);
	char *to = xasprintf("%s.damaged%s", db->path, end);
	bool ok = rename(from, to) == 0;

	if (!ok && errno == ENOENT)
		ok = unlink(to) == 0 || errno == ENOENT;
	if (!ok)
		err_set(err, "%s: %s", to, strerror(errno));
	free(from);
	free(to);
	return ok;
}

/* The log goes first: it must not be taken for that of the next file. */
bool
sqlite_db_set_aside(struct sqlite_db *db, struct err *err)
{
	struct err why;

	sqlite3_db_config(db->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
	    (int *)NULL);
	why = *err;
	disconnect(db);
	if (!move_aside(db, "-wal", err) || !move_aside(db, "-shm", err) ||
	    !move_aside(db, "", err))
		return false;
	db->counters->databases_damaged++;
	log_err("database_damaged path=%s moved=%s.damaged error=%s",
	    log_q(str_of(db->path)), db->path, log_qs(why.msg));
	return true;
}

static struct sqlite_db *
open_once(const struct sqlite_options *options,
    struct sqlite_db_counters *counters, bool *is_aside, struct err *err)
{
	struct sqlite_db *db = xcalloc(1, sizeof *db);

	db->path = xstrdup(options->path);
	db->lock_fd = -1;
	db->keep_us = options->keep_ns / NS_PER_US;
	db->raw_us = options->raw_ns / NS_PER_US;
	db->max_bytes = options->max_bytes;
	db->counters = counters;
	db->slot_us = SCHEMA_SLOT_US * SCHEMA_RAW_SLOTS_MAX;
	db->data.max_bytes = FRAME_BYTES_MAX;
	series_init(&db->series);
	series_init(&db->thinned);
	*is_aside = false;
	if (lock(db, err) && open_file(db, err) &&
	    sqlite_db_find_newest(db, LATEST_US, err) && sqlite_db_begin(db, err) && sqlite_metrics_load(db, err) &&
	    sqlite_db_commit(db, err) && look_at_files(db, err)) {
		make_ours(db);
		return db;
	}
	if (db->is_damaged && is_ours(db))
		*is_aside = sqlite_db_set_aside(db, err);
	sqlite_db_close(db);
	return NULL;
}

struct sqlite_db *
sqlite_db_open(const struct sqlite_options *options,
    struct sqlite_db_counters *counters, struct err *err)
{
	bool is_aside;
	struct sqlite_db *db = open_once(options, counters, &is_aside, err);

	return db == NULL && is_aside ? open_once(options, counters,
	    &is_aside, err) : db;
}

void
sqlite_db_close(struct sqlite_db *db)
{
	if (db == NULL)
		return;
	disconnect(db);
	if (db->lock_fd != -1)
		close(db->lock_fd);
	sqlite_entities_fini(&db->entities);
	sqlite_metrics_fini(&db->metrics);
	series_fini(&db->series);
	series_fini(&db->thinned);
	buf_fini(&db->data);
	buf_fini(&db->row);
	buf_fini(&db->labels);
	free(db->set_entities);
	free(db->path);
	free(db);
}
