/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "common/mem.h"

#include "apiserver/history_sqlite_impl.h"

#define METRICS_MAX 65537
#define SAMPLES_PER_BUCKET (sizeof(struct history_bucket) / \
    sizeof(struct history_sample) + 1)	/* of the bytes they take */

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
    const struct history_key *key, uint32_t metric, struct history_job *a,
    struct history_samples *out, struct err *err)
{
	struct history_entities entities = { 0 };
	bool ok = history_find(h, key, &entities, err);

	for (size_t i = 0; ok && i < entities.n; i++)
		ok = history_read(h, &entities.items[i], metric, q,
		    a->n_kept, out, err);
	free(entities.items);
	put_in_order(out);
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

/* The values of the next key. */
static bool
answer_key(struct history *h, struct history_job *a, struct err *err)
{
	const struct history_question *q = &a->question;
	struct history_samples samples = { 0 };
	size_t i = a->n_done;
	bool ok = a->metric == 0 || read_key(h, q, &q->keys[i], a->metric, a,
	    &samples, err);

	if (ok && q->what == HISTORY_SERIES)
		put_points(&a->items[i], &samples);
	else if (ok)
		put_buckets(&a->items[i], &samples, q);
	a->n_kept += a->items[i].n_points +
	    a->items[i].n_buckets * SAMPLES_PER_BUCKET;
	free(samples.items);
	a->n_done++;
	return ok;
}

static bool
answer_values(struct history *h, struct history_job *a, struct err *err)
{
	put_labels(h, &a->question);
	if (a->n_done == 0 && !find_metric(h, a->question.metric, &a->metric,
	    err))
		return false;
	return a->n_done == a->question.n_keys || answer_key(h, a, err);
}

static bool
add_names(struct history *h, struct history_job *a, struct sqlite3_stmt *st,
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
add_children(struct history *h, struct history_job *a, uint32_t parent,
    enum set_type type, struct err *err)
{
	struct sqlite3_stmt *st = h->statements[HISTORY_SQL_NAMES];

	sqlite3_bind_int64(st, 1, parent);
	sqlite3_bind_int(st, 2, (int)type);
	return add_names(h, a, st, err);
}

static bool
answer_metrics(struct history *h, struct history_job *a,
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
    struct history_job *a, struct err *err)
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

bool
history_job_step(struct history *h, struct history_job *a, bool *is_finished,
    struct err *err)
{
	const struct history_question *q = &a->question;

	*is_finished = true;
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
		if (!answer_values(h, a, err))
			return false;
		*is_finished = a->n_done == q->n_keys;
		return true;
	}
	return err_set(err, "no such question");
}

/* What is absent stays so. */
static struct str
copy_str(struct arena *a, struct str s)
{
	return s.p == NULL ? s : arena_str(a, s);
}

static struct history_key
copy_key(struct arena *a, const struct history_key *key)
{
	const struct store_key *names = &key->names;

	return (struct history_key){
		.names = {
			.type = names->type,
			.node = copy_str(a, names->node),
			.namespace_name = copy_str(a, names->namespace_name),
			.pod = copy_str(a, names->pod),
			.container = copy_str(a, names->container),
		},
		.pod_uid = copy_str(a, key->pod_uid),
	};
}

static void
copy_question(struct history_job *job, const struct history_question *q)
{
	struct arena *a = &job->arena;
	struct history_key *keys = xcalloc(q->n_keys + 1, sizeof *keys);
	struct history_label *labels = xcalloc(q->n_labels + 1,
	    sizeof *labels);

	for (size_t i = 0; i < q->n_keys; i++)
		keys[i] = copy_key(a, &q->keys[i]);
	for (size_t i = 0; i < q->n_labels; i++)
		labels[i] = (struct history_label){
			copy_str(a, q->labels[i].name),
			copy_str(a, q->labels[i].value) };
	job->question = *q;
	job->question.keys = keys;
	job->question.labels = labels;
	job->question.metric = copy_str(a, q->metric);
}

struct history_job *
history_job_new(const struct history_question *q, history_done *done,
    void *arg)
{
	struct history_job *job = xcalloc(1, sizeof *job);

	arena_init(&job->arena, HISTORY_ANSWER_BYTES_MAX);
	copy_question(job, q);
	job->done = done;
	job->arg = arg;
	job->items = xcalloc(q->n_keys + 1, sizeof *job->items);
	intern_init(&job->names, HISTORY_ANSWER_BYTES_MAX);
	return job;
}

void
history_job_free(struct history_job *job)
{
	for (size_t i = 0; i < job->question.n_keys; i++) {
		free((void *)(uintptr_t)job->items[i].points);
		free((void *)(uintptr_t)job->items[i].buckets);
	}
	free(job->items);
	free((void *)(uintptr_t)job->question.keys);
	free((void *)(uintptr_t)job->question.labels);
	intern_fini(&job->names);
	arena_fini(&job->arena);
	free(job);
}
