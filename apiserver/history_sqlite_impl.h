/* SPDX-License-Identifier: ISC */
/*
 * Inside the SQLite history: history_sqlite.c has the connection and a queue of
 * questions, history_sqlite_answer.c makes answers, a step after the other,
 * history_sqlite_read.c finds entities and reads what there is of them.
 *
 * A step ends when h->step_mono_ns has come, wherever it is: where to go on is
 * in structs history_search and history_place, which are zero at first.  The
 * transaction stays open in between, no statement does.
 */
#ifndef APISERVER_HISTORY_SQLITE_IMPL_H
#define APISERVER_HISTORY_SQLITE_IMPL_H

#include <sys/types.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/intern.h"
#include "common/log.h"
#include "common/series.h"

#include "apiserver/history.h"
#include "apiserver/history_buckets.h"

struct sqlite3;
struct sqlite3_stmt;

#define HISTORY_STATEMENTS(X) \
X(BEGIN, "BEGIN") \
X(END, "COMMIT") \
X(CHILD, "SELECT id, source FROM entity" \
    " WHERE parent = ?1 AND type = ?2 AND name = ?3") \
X(POD, "SELECT id, source FROM entity WHERE uid = ?1 AND uid <> ''" \
    " AND type = 2") \
X(NAMES, "SELECT DISTINCT name FROM entity WHERE parent = ?1" \
    " AND type = ?2 AND name > ?3 ORDER BY name") \
X(METRIC, "SELECT id FROM metric WHERE name = ?1") \
X(METRIC_NAME, "SELECT name FROM metric WHERE id = ?1") \
X(RECENT, "SELECT at, data FROM recent" \
    " WHERE source = ?1 AND at >= ?2 AND at <= ?3 ORDER BY at") \
X(RAW, "SELECT id, data FROM raw WHERE id >= ?1 ORDER BY id LIMIT 1") \
X(THIN, "SELECT id, data FROM thin WHERE id >= ?1 ORDER BY id LIMIT 1")

enum history_statement {
#define X(id, sql) HISTORY_SQL_##id,
	HISTORY_STATEMENTS(X)
#undef X
	HISTORY_SQL_COUNT,
};

struct history_entity {
	uint32_t id;
	uint32_t source;
};

struct history_entities {
	struct history_entity *items;
	size_t n, cap;
};

struct history_samples {
	struct history_sample *items;
	size_t n, cap;
};

/* All that have had the names of a key: level by level, from the outermost. */
struct history_search {
	bool is_done;
	unsigned level;
	struct history_entities parents;	/* of this level */
	size_t n_asked;				/* of these */
	struct history_entities found;
};

/* Up to where an entity has been read. */
struct history_place {
	unsigned table;		/* in their order; behind the last: done */
	int64_t next;		/* slot or window in it */
};

/* A question and its answer in the making. */
struct history_job {
	struct history_question question;	/* a copy */
	struct arena arena;		/* its strings */
	history_done *done;
	void *arg;
	bool is_begun;
	bool is_metric_known;
	uint32_t metric;		/* 0: there is none */
	struct history_item *items;	/* of each key */
	size_t n_done;			/* keys */
	struct history_search search;	/* of the next key */
	size_t n_read;			/* entities of it */
	struct history_place place;	/* in the next one */
	struct history_samples samples;	/* of that key */
	bool *has;			/* which metrics; NULL: not asked */
	struct buf after;		/* the name that came last */
	size_t n_kept;			/* points, or as much, of all keys */
	struct intern names;
	struct history_job *next;
};

struct history {
	char *path;
	struct sqlite3 *db;		/* NULL: to be opened */
	struct sqlite3_stmt *statements[HISTORY_SQL_COUNT];
	dev_t device;			/* of the file that is open */
	ino_t inode;
	struct history_job *jobs;	/* the first is in hand */
	int64_t deadline_mono_ns;	/* of that one */
	int64_t step_mono_ns;		/* when the step is to end */
	bool is_at_work;
	bool has_loop;			/* without: answers come at once */
	struct loop_timer timer;
	struct series series;
	struct buf labels;
	struct log_condition failing;
};

struct history_job *history_job_new(const struct history_question *q,
    history_done *done, void *arg);
void history_job_free(struct history_job *job);
/* Names, or values: one key after the other, each in as many steps as it takes.
 */
bool history_job_step(struct history *h, struct history_job *job,
    bool *is_finished, struct err *err);

bool history_sqlite_fail(struct history *h, struct err *err);

/* Whether this step has lasted long enough. */
bool history_step_is_over(const struct history *h);

/* Goes on with a search; when it is done, search->found has them.  None is
 * fine. */
bool history_find(struct history *h, const struct history_key *key,
    struct history_search *search, struct err *err);
void history_search_fini(struct history_search *search);	/* to zero */

/* The samples of one metric, unsorted, from the place on.  Appends; n_before
 * counts what is kept of other keys, for the bound. */
bool history_read(struct history *h, const struct history_entity *e,
    uint32_t metric, const struct history_question *question,
    size_t n_before, struct history_place *place,
    struct history_samples *out, struct err *err);

/* The numbers of all plain metrics it has had: bool of that number. */
bool history_metrics(struct history *h, const struct history_entity *e,
    struct history_place *place, bool *has, size_t n_has, struct err *err);

bool history_place_is_end(const struct history_place *place);

#endif
