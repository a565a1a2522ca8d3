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

#include "common/labels.h"
#include "common/mem.h"
#include "common/str.h"
#include "common/timestamp.h"
#include "common/varint.h"

#include "sinks/sqlite_impl.h"

#define AHEAD_MAX_NS (3600 * NS_PER_S)
#define FRAME_BYTES_MAX (64u << 20)

static const char *const sql[] = {
#define X(id, text) [SQL_##id] = text,
	SQLITE_STATEMENTS(X)
#undef X
};

bool
sqlite_db_fail(struct sqlite_db *db, struct err *err)
{
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

/* The other files get the mode of this one; what SQLite makes anybody reads. */
static void
make_file(const struct sqlite_db *db)
{
	int fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd != -1)
		close(fd);
}

static bool
open_file(struct sqlite_db *db, struct err *err)
{
	int yes = 1;

	make_file(db);
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

static bool
find_newest(struct sqlite_db *db, struct err *err)
{
	int64_t id;

	if (!sqlite_db_number(db, sqlite_db_use(db, SQL_RECENT_NEWEST),
	    &db->newest_us, err) ||
	    !sqlite_db_number(db, sqlite_db_use(db, SQL_RAW_NEWEST), &id, err))
		return false;
	if (db->newest_us < schema_block_slot(id) * SCHEMA_SLOT_US)
		db->newest_us = schema_block_slot(id) * SCHEMA_SLOT_US;
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

struct sqlite_db *
sqlite_db_open(const struct sqlite_options *options,
    struct sqlite_db_counters *counters, struct err *err)
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
	if (!lock(db, err) || !open_file(db, err) || !find_newest(db, err) ||
	    !sqlite_db_begin(db, err) || !sqlite_metrics_load(db, err) ||
	    !sqlite_db_commit(db, err) || !look_at_files(db, err)) {
		sqlite_db_close(db);
		return NULL;
	}
	return db;
}

void
sqlite_db_close(struct sqlite_db *db)
{
	if (db == NULL)
		return;
	for (unsigned i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->db);
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
	int64_t at_us = f->window_ns / NS_PER_US;

	if ((f->kind != FRAME_NODE && f->kind != FRAME_ROLLUP) ||
	    f->n_sets == 0)
		return SQLITE_WRITTEN;
	if (f->window_ns > now_ns + AHEAD_MAX_NS) {
		err_set(err, "the window is more than an hour ahead");
		return SQLITE_REFUSED;
	}
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
