/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/sqlite_schema.h"
#include "common/timestamp.h"

#include "apiserver/history_sqlite_impl.h"

#define BUSY_MS 100
#define QUESTION_NS (5 * NS_PER_S)	/* others wait meanwhile */
#define PROGRESS_STEPS 10000
#define SLICE_NS (10 * NS_PER_MS)
#define JOBS_MAX 64		/* at once */

static const char *const sql[] = {
#define X(id, text) [HISTORY_SQL_##id] = text,
	HISTORY_STATEMENTS(X)
#undef X
};

bool
history_sqlite_fail(struct history *h, struct err *err)
{
	if (sqlite3_errcode(h->db) == SQLITE_INTERRUPT)
		return err_set(err, "%s: takes too long", h->path);
	return err_set(err, "%s: %s", h->path, sqlite3_errmsg(h->db));
}

static void
disconnect(struct history *h)
{
	for (unsigned i = 0; i < HISTORY_SQL_COUNT; i++) {
		sqlite3_finalize(h->statements[i]);
		h->statements[i] = NULL;
	}
	sqlite3_close(h->db);
	h->db = NULL;
}

static int
on_progress(void *arg)
{
	const struct history *h = arg;

	return clock_mono_ns() >= h->deadline_mono_ns;
}

static bool
ask_pragma(struct history *h, const char *text, int *out, struct err *err)
{
	struct sqlite3_stmt *st;
	int rc;

	if (sqlite3_prepare_v2(h->db, text, -1, &st, NULL) != SQLITE_OK)
		return history_sqlite_fail(h, err);
	rc = sqlite3_step(st);
	*out = rc == SQLITE_ROW ? sqlite3_column_int(st, 0) : 0;
	if (rc != SQLITE_ROW)
		history_sqlite_fail(h, err);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW;
}

static bool
connect_to(struct history *h, struct err *err)
{
	int application = 0, version = 0;

	if (sqlite3_open_v2(h->path, &h->db, SQLITE_OPEN_READONLY |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return history_sqlite_fail(h, err);
	sqlite3_busy_timeout(h->db, BUSY_MS);
	sqlite3_progress_handler(h->db, PROGRESS_STEPS, on_progress, h);
	if (!ask_pragma(h, "PRAGMA application_id", &application, err) ||
	    !ask_pragma(h, "PRAGMA user_version", &version, err))
		return false;
	if (application != SCHEMA_APPLICATION ||
	    version != SCHEMA_VERSION)
		return err_set(err, "%s: not of cheapster-sink-sqlite, or of "
		    "another version", h->path);
	for (unsigned i = 0; i < HISTORY_SQL_COUNT; i++)
		if (sqlite3_prepare_v3(h->db, sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &h->statements[i], NULL) !=
		    SQLITE_OK)
			return history_sqlite_fail(h, err);
	return true;
}

/* Whoever opens a FIFO waits for another. */
static bool
look_at(const char *path, struct stat *st, struct err *err)
{
	if (stat(path, st) == -1)
		return err_set(err, "%s: %s", path, strerror(errno));
	return S_ISREG(st->st_mode) || err_set(err, "%s: not a file", path);
}

/* Connects to the file that has the name now. */
static bool
ensure_open(struct history *h, struct err *err)
{
	struct stat st;

	if (!look_at(h->path, &st, err)) {
		disconnect(h);
		return false;
	}
	if (h->db != NULL && (st.st_dev != h->device ||
	    st.st_ino != h->inode))
		disconnect(h);
	if (h->db != NULL)
		return true;
	h->device = st.st_dev;
	h->inode = st.st_ino;
	if (connect_to(h, err))
		return true;
	disconnect(h);
	return false;
}

static bool
step_once(struct history *h, enum history_statement which, struct err *err)
{
	struct sqlite3_stmt *st = h->statements[which];
	int rc = sqlite3_step(st);

	if (rc != SQLITE_DONE)
		history_sqlite_fail(h, err);
	sqlite3_reset(st);
	return rc == SQLITE_DONE;
}

static void
log_result(struct history *h, const struct err *err)
{
	if (err == NULL) {
		if (log_clear(&h->failing))
			log_info("history_answers");
	} else if (log_onset(&h->failing, clock_mono_ns())) {
		log_warn("history_failed seen=%" PRIu64 " error=%s",
		    h->failing.seen, log_qs(err->msg));
	}
}

/* Takes it out of the queue first: who is told may ask again. */
static void
finish(struct history *h, struct history_job *job, const struct err *err)
{
	struct history_answer answer = { job->items, job->question.n_keys,
		job->names.strings, job->names.n };
	struct err ignored;

	if (h->db != NULL && !sqlite3_get_autocommit(h->db))
		step_once(h, HISTORY_SQL_END, &ignored);
	h->jobs = job->next;
	log_result(h, err);
	job->done(job->arg, err == NULL ? &answer : NULL, err);
	history_job_free(job);
}

/* All of an answer is as of one moment. */
static bool
begin(struct history *h, struct history_job *job, struct err *err)
{
	if (job->is_begun)
		return true;
	job->is_begun = true;
	h->deadline_mono_ns = clock_mono_ns() + QUESTION_NS;
	return ensure_open(h, err) && step_once(h, HISTORY_SQL_BEGIN, err);
}

/* Works on questions in their order, until the time. */
static void
work(struct history *h, int64_t until_mono_ns)
{
	h->is_at_work = true;
	h->step_mono_ns = until_mono_ns;
	while (h->jobs != NULL && clock_mono_ns() < until_mono_ns) {
		struct history_job *job = h->jobs;
		bool is_finished = false;
		struct err err;

		if (!begin(h, job, &err) ||
		    !history_job_step(h, job, &is_finished, &err))
			finish(h, job, &err);
		else if (is_finished)
			finish(h, job, NULL);
	}
	h->is_at_work = false;
}

/* A slice, so that others are served in between. */
static void
on_timer(void *arg)
{
	struct history *h = arg;

	work(h, clock_mono_ns() + SLICE_NS);
	if (h->jobs != NULL)
		loop_timer_set_ns(&h->timer, 0);
}

static void
sqlite_ask(struct history *h, const struct history_question *q,
    history_done *done, void *arg)
{
	struct history_job **end = &h->jobs;
	size_t n = 0;
	struct err err;

	for (; *end != NULL; n++)
		end = &(*end)->next;
	if (n >= JOBS_MAX) {
		err_set(&err, "%d questions are waiting already", JOBS_MAX);
		done(arg, NULL, &err);
		return;
	}
	*end = history_job_new(q, done, arg);
	if (h->is_at_work)
		return;
	if (h->has_loop)
		loop_timer_set_ns(&h->timer, 0);
	else
		work(h, INT64_MAX);
}

static void
sqlite_cancel(struct history *h, void *arg)
{
	struct history_job **at = &h->jobs, *job;
	struct err ignored;

	while (*at != NULL && (*at)->arg != arg)
		at = &(*at)->next;
	if ((job = *at) == NULL)
		return;
	if (job->is_begun && h->db != NULL && !sqlite3_get_autocommit(h->db))
		step_once(h, HISTORY_SQL_END, &ignored);
	*at = job->next;
	history_job_free(job);
}

static struct history *
sqlite_open(struct loop *loop, const char *uri, struct err *err)
{
	struct str rest = str_of(uri), path = str_cut(&rest, '?');
	struct history *h;
	struct stat st;
	char *name;

	if (path.len == 0) {
		err_set(err, "sqlite: the path of the database is missing");
		return NULL;
	}
	name = str_dup(path);
	if (stat(name, &st) == 0 && !look_at(name, &st, err)) {
		free(name);
		return NULL;
	}
	h = xcalloc(1, sizeof *h);
	h->path = name;
	series_init(&h->series);
	h->has_loop = loop != NULL;
	if (h->has_loop)
		loop_timer_init(&h->timer, loop, on_timer, h);
	return h;
}

static void
sqlite_close(struct history *h)
{
	while (h->jobs != NULL) {
		struct history_job *job = h->jobs;

		h->jobs = job->next;
		history_job_free(job);
	}
	if (h->has_loop)
		loop_timer_fini(&h->timer);
	disconnect(h);
	series_fini(&h->series);
	buf_fini(&h->labels);
	free(h->path);
	free(h);
}

const struct history_kind history_sqlite = {
	.name = "sqlite",
	.open = sqlite_open,
	.ask = sqlite_ask,
	.cancel = sqlite_cancel,
	.close = sqlite_close,
};
