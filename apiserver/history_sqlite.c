/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
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
#define METRICS_MAX 65537

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
	int application, version;

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

/* Connects to the file that has the name now. */
static bool
ensure_open(struct history *h, struct err *err)
{
	struct stat st;

	if (stat(h->path, &st) == -1) {
		disconnect(h);
		return err_set(err, "%s: %s", h->path, strerror(errno));
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

/* The answer in the making. */
struct answer {
	struct history_item *items;
	size_t n_items;
	size_t n_samples;		/* of all keys */
	struct intern names;
};

static int
by_key(const void *a, const void *b)
{
	const struct label *x = a, *y = b;

	return str_cmp(x->key, y->key);
}

static void
put_labels(struct history *h, const struct history_question *q)
{
	struct label labels[HISTORY_LABELS_MAX];
	size_t n = 0;

	for (; n < q->n_labels && n < HISTORY_LABELS_MAX; n++)
		labels[n] = (struct label){ q->labels[n].name,
			q->labels[n].value };
	qsort(labels, n, sizeof labels[0], by_key);
	buf_reset(&h->labels);
	series_labels(&h->labels, labels, n);
}

static bool
find_metric(struct history *h, struct str name, uint32_t *id,
    struct err *err)
{
	struct sqlite3_stmt *st = h->statements[HISTORY_SQL_METRIC];
	int rc;

	sqlite3_bind_text64(st, 1, name.len == 0 ? "" : name.p, name.len,
	    SQLITE_STATIC, SQLITE_UTF8);
	rc = sqlite3_step(st);
	*id = rc == SQLITE_ROW ? (uint32_t)sqlite3_column_int64(st, 0) : 0;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		history_sqlite_fail(h, err);
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static int
by_time(const void *a, const void *b)
{
	const struct history_sample *x = a, *y = b;

	return x->timestamp_ns < y->timestamp_ns ? -1 :
	    x->timestamp_ns > y->timestamp_ns;
}

/* Two of one time are a pod that two nodes knew, or that came twice. */
static void
put_in_order(struct history_samples *s)
{
	size_t n = 0;

	if (s->n == 0)
		return;
	qsort(s->items, s->n, sizeof *s->items, by_time);
	for (size_t i = 1; i < s->n; i++)
		if (s->items[i].timestamp_ns != s->items[n].timestamp_ns)
			s->items[++n] = s->items[i];
	s->n = n + 1;
}

static bool
read_key(struct history *h, const struct history_question *q,
    const struct history_key *key, uint32_t metric, struct answer *a,
    struct history_samples *out, struct err *err)
{
	struct history_entities entities = { 0 };
	bool ok = history_find(h, key, &entities, err);

	for (size_t i = 0; ok && i < entities.n; i++)
		ok = history_read(h, &entities.items[i], metric, q,
		    a->n_samples, out, err);
	free(entities.items);
	put_in_order(out);
	a->n_samples += out->n;
	return ok;
}

static void
put_points(struct history_item *item, const struct history_samples *s)
{
	struct history_point *points = xcalloc(s->n + 1, sizeof *points);

	for (size_t i = 0; i < s->n; i++)
		points[i] = (struct history_point){
			s->items[i].timestamp_ns, s->items[i].value };
	item->points = points;
	item->n_points = s->n;
}

static void
put_buckets(struct history_item *item, const struct history_samples *s,
    const struct history_question *q)
{
	/* Without a size there is one. */
	size_t n_max = q->bucket_ns == 0 && s->n > 0 ? 1 : s->n;
	struct history_bucket *buckets = xcalloc(n_max + 1, sizeof *buckets);

	item->n_buckets = history_buckets(s->items, s->n, q->start_ns,
	    q->bucket_ns, q->aggregations, buckets);
	item->buckets = buckets;
}

static bool
answer_values(struct history *h, const struct history_question *q,
    struct answer *a, struct err *err)
{
	uint32_t metric;

	put_labels(h, q);
	if (!find_metric(h, q->metric, &metric, err))
		return false;
	for (size_t i = 0; i < q->n_keys; i++) {
		struct history_samples samples = { 0 };
		bool ok = metric == 0 || read_key(h, q, &q->keys[i], metric,
		    a, &samples, err);

		if (ok && q->what == HISTORY_SERIES)
			put_points(&a->items[i], &samples);
		else if (ok)
			put_buckets(&a->items[i], &samples, q);
		free(samples.items);
		if (!ok)
			return false;
	}
	return true;
}

static bool
add_names(struct history *h, struct answer *a, struct sqlite3_stmt *st,
    struct err *err)
{
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(st, 0);
		struct str name = { text,
			(size_t)sqlite3_column_bytes(st, 0) };

		if (name.len > 0 && intern_add(&a->names, name) == 0) {
			sqlite3_reset(st);
			return err_set(err, "%s: too many names", h->path);
		}
	}
	if (rc != SQLITE_DONE)
		history_sqlite_fail(h, err);
	sqlite3_reset(st);
	return rc == SQLITE_DONE;
}

static bool
add_children(struct history *h, struct answer *a, uint32_t parent,
    enum set_type type, struct err *err)
{
	struct sqlite3_stmt *st = h->statements[HISTORY_SQL_NAMES];

	sqlite3_bind_int64(st, 1, parent);
	sqlite3_bind_int(st, 2, (int)type);
	return add_names(h, a, st, err);
}

static bool
answer_metrics(struct history *h, struct answer *a,
    const struct history_entities *entities, struct err *err)
{
	struct sqlite3_stmt *st = h->statements[HISTORY_SQL_METRIC_NAME];
	bool *has = xcalloc(METRICS_MAX, sizeof *has);
	bool ok = true;

	for (size_t i = 0; ok && i < entities->n; i++)
		ok = history_metrics(h, &entities->items[i], has,
		    METRICS_MAX, err);
	for (size_t i = 1; ok && i < METRICS_MAX; i++)
		if (has[i]) {
			sqlite3_bind_int64(st, 1, (int64_t)i);
			ok = add_names(h, a, st, err);
		}
	free(has);
	return ok;
}

/* What is asked about what is below the first key, or about itself. */
static bool
answer_below(struct history *h, const struct history_question *q,
    struct answer *a, struct err *err)
{
	struct history_entities entities = { 0 };
	struct history_key key = q->keys[0];
	enum set_type type = SET_POD;
	bool ok;

	if (q->what == HISTORY_PODS)
		key.names.type = SET_NAMESPACE;
	if (q->what == HISTORY_CONTAINERS) {
		key.names.type = SET_POD;
		type = SET_POD_CONTAINER;
	}
	if (q->what == HISTORY_SYS_CONTAINERS) {
		key.names.type = SET_NODE;
		type = SET_SYS_CONTAINER;
	}
	ok = history_find(h, &key, &entities, err);
	if (ok && q->what == HISTORY_METRICS)
		ok = answer_metrics(h, a, &entities, err);
	else
		for (size_t i = 0; ok && i < entities.n; i++)
			ok = add_children(h, a, entities.items[i].id, type,
			    err);
	free(entities.items);
	return ok;
}

static bool
answer(struct history *h, const struct history_question *q, struct answer *a,
    struct err *err)
{
	switch (q->what) {
	case HISTORY_NODES:
		return add_children(h, a, 0, SET_NODE, err);
	case HISTORY_NAMESPACES:
		return add_children(h, a, 0, SET_NAMESPACE, err);
	case HISTORY_METRICS:
	case HISTORY_PODS:
	case HISTORY_CONTAINERS:
	case HISTORY_SYS_CONTAINERS:
		return q->n_keys == 0 || answer_below(h, q, a, err);
	case HISTORY_SERIES:
	case HISTORY_BUCKETS:
		return answer_values(h, q, a, err);
	}
	return err_set(err, "no such question");
}

static void
answer_fini(struct answer *a)
{
	for (size_t i = 0; i < a->n_items; i++) {
		free((void *)(uintptr_t)a->items[i].points);
		free((void *)(uintptr_t)a->items[i].buckets);
	}
	free(a->items);
	intern_fini(&a->names);
}

/* All of an answer is as of one moment. */
static void
sqlite_ask(struct history *h, const struct history_question *q,
    history_done *done, void *arg)
{
	struct answer a = {
		.items = xcalloc(q->n_keys + 1, sizeof *a.items),
		.n_items = q->n_keys,
	};
	struct history_answer out;
	struct err err, ignored;
	bool ok;

	intern_init(&a.names, HISTORY_ANSWER_BYTES_MAX);
	h->deadline_mono_ns = clock_mono_ns() + QUESTION_NS;
	ok = ensure_open(h, &err) && step_once(h, HISTORY_SQL_BEGIN, &err) &&
	    answer(h, q, &a, &err);
	if (h->db != NULL && !sqlite3_get_autocommit(h->db))
		step_once(h, HISTORY_SQL_END, &ignored);
	out = (struct history_answer){ a.items, a.n_items, a.names.strings,
		a.names.n };
	done(arg, ok ? &out : NULL, ok ? NULL : &err);
	answer_fini(&a);
}

static struct history *
sqlite_open(struct loop *loop, const char *uri, struct err *err)
{
	struct str rest = str_of(uri), path = str_cut(&rest, '?');
	struct history *h;

	(void)loop;
	if (path.len == 0) {
		err_set(err, "sqlite: the path of the database is missing");
		return NULL;
	}
	h = xcalloc(1, sizeof *h);
	h->path = str_dup(path);
	series_init(&h->series);
	return h;
}

static void
sqlite_close(struct history *h)
{
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
	.close = sqlite_close,
};
