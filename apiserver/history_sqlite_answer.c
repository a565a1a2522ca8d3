/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "common/clock.h"
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

/* The next entity of those that were found. */
static bool
go_on(struct history_job *a)
{
	if (!history_place_is_end(&a->place))
		return false;
	a->place = (struct history_place){ .table = 0 };
	a->n_read++;
	return true;
}

/* Goes on with the key; *is_whole when nothing is left to read. */
static bool
read_key(struct history *h, struct history_job *a, bool *is_whole,
    struct err *err)
{
	const struct history_question *q = &a->question;

	*is_whole = a->metric == 0 || q->start_ns > q->end_ns;
	if (*is_whole)
		return true;
	if (!a->search.is_done && !history_find(h, &q->keys[a->n_done],
	    &a->search, err))
		return false;
	while (a->search.is_done && a->n_read < a->search.found.n) {
		if (!history_read(h, &a->search.found.items[a->n_read],
		    a->metric, q, a->n_kept, &a->place, &a->samples, err))
			return false;
		if (!go_on(a) || history_step_is_over(h))
			break;
	}
	*is_whole = a->search.is_done && a->n_read == a->search.found.n;
	return true;
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

/* The next key begins. */
static void
forget_key(struct history_job *a)
{
	history_search_fini(&a->search);
	a->n_read = 0;
	a->place = (struct history_place){ .table = 0 };
	free(a->samples.items);
	a->samples = (struct history_samples){ .n = 0 };
}

/* The values of the next key. */
static bool
answer_key(struct history *h, struct history_job *a, struct err *err)
{
	struct history_item *item = &a->items[a->n_done];
	bool is_whole;

	if (!read_key(h, a, &is_whole, err))
		return false;
	if (!is_whole)
		return true;
	put_in_order(&a->samples);
	if (a->question.what == HISTORY_SERIES)
		put_points(item, &a->samples);
	else
		put_buckets(item, &a->samples, &a->question);
	a->n_kept += item->n_points + item->n_buckets * SAMPLES_PER_BUCKET;
	forget_key(a);
	a->n_done++;
	return true;
}

static bool
answer_values(struct history *h, struct history_job *a, bool *is_finished,
    struct err *err)
{
	bool ok = true;

	put_labels(h, &a->question);
	if (!a->is_metric_known)
		ok = find_metric(h, a->question.metric, &a->metric, err);
	a->is_metric_known = true;
	if (ok && a->n_done < a->question.n_keys)
		ok = answer_key(h, a, err);
	*is_finished = a->n_done == a->question.n_keys;
	return ok;
}

static bool
add_name(struct history *h, struct history_job *a, struct str name,
    struct err *err)
{
	buf_reset(&a->after);
	buf_add_str(&a->after, name);
	if (a->after.failed)
		return err_set(err, "out of memory");
	return name.len == 0 || intern_add(&a->names, name) != 0 ||
	    err_set(err, "%s: too many names", h->path);
}

/* Until the step is over; *is_whole when it was not. */
static bool
add_names(struct history *h, struct history_job *a, struct sqlite3_stmt *st,
    bool *is_whole, struct err *err)
{
	bool ok = true;
	int rc;

	*is_whole = true;
	while (ok && *is_whole && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(st, 0);
		struct str name = { text,
			(size_t)sqlite3_column_bytes(st, 0) };

		ok = add_name(h, a, name, err);
		*is_whole = !history_step_is_over(h);
	}
	if (ok && *is_whole && rc != SQLITE_DONE)
		ok = history_sqlite_fail(h, err);
	sqlite3_reset(st);
	return ok;
}

/* Those behind the last one. */
static bool
add_children(struct history *h, struct history_job *a, uint32_t parent,
    enum set_type type, bool *is_whole, struct err *err)
{
	struct sqlite3_stmt *st = h->statements[HISTORY_SQL_NAMES];
	struct str after = buf_str(&a->after);
	bool ok;

	sqlite3_bind_int64(st, 1, parent);
	sqlite3_bind_int(st, 2, (int)type);
	/* a->after changes while it runs. */
	sqlite3_bind_text64(st, 3, after.len == 0 ? "" : after.p, after.len,
	    SQLITE_TRANSIENT, SQLITE_UTF8);
	ok = add_names(h, a, st, is_whole, err);
	if (*is_whole)
		buf_reset(&a->after);
	return ok;
}

static bool
name_metrics(struct history *h, struct history_job *a, bool *is_finished,
    struct err *err)
{
	struct sqlite3_stmt *st = h->statements[HISTORY_SQL_METRIC_NAME];
	bool ok = true, is_whole;

	while (ok && ++a->metric < METRICS_MAX) {
		if (!a->has[a->metric])
			continue;
		sqlite3_bind_int64(st, 1, a->metric);
		ok = add_names(h, a, st, &is_whole, err);
		if (history_step_is_over(h))
			break;
	}
	*is_finished = a->metric >= METRICS_MAX;
	return ok;
}

static bool
answer_metrics(struct history *h, struct history_job *a, bool *is_finished,
    struct err *err)
{
	const struct history_entities *found = &a->search.found;

	if (a->has == NULL)
		a->has = xcalloc(METRICS_MAX, sizeof *a->has);
	while (a->n_read < found->n) {
		if (!history_metrics(h, &found->items[a->n_read], &a->place,
		    a->has, METRICS_MAX, err))
			return false;
		if (!go_on(a) || history_step_is_over(h))
			return true;
	}
	return name_metrics(h, a, is_finished, err);
}

static bool
answer_children(struct history *h, struct history_job *a, enum set_type type,
    bool *is_finished, struct err *err)
{
	const struct history_entities *found = &a->search.found;
	bool is_whole = true;

	while (is_whole && a->n_read < found->n) {
		if (!add_children(h, a, found->items[a->n_read].id, type,
		    &is_whole, err))
			return false;
		a->n_read += is_whole;
		if (history_step_is_over(h))
			break;
	}
	*is_finished = a->n_read == found->n;
	return true;
}

/* What is asked about what is below the first key, or about itself. */
static bool
answer_below(struct history *h, struct history_job *a, bool *is_finished,
    struct err *err)
{
	const struct history_question *q = &a->question;
	struct history_key key = q->keys[0];
	enum set_type type = SET_POD;

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
	if (!a->search.is_done)
		return history_find(h, &key, &a->search, err);
	return q->what == HISTORY_METRICS ?
	    answer_metrics(h, a, is_finished, err) :
	    answer_children(h, a, type, is_finished, err);
}

bool
history_job_step(struct history *h, struct history_job *a, bool *is_finished,
    struct err *err)
{
	const struct history_question *q = &a->question;

	*is_finished = false;
	if (clock_mono_ns() >= h->deadline_mono_ns)
		return err_set(err, "takes too long: ask for less time or "
		    "fewer objects");
	switch (q->what) {
	case HISTORY_NODES:
		return add_children(h, a, 0, SET_NODE, is_finished, err);
	case HISTORY_NAMESPACES:
		return add_children(h, a, 0, SET_NAMESPACE, is_finished, err);
	case HISTORY_METRICS:
	case HISTORY_PODS:
	case HISTORY_CONTAINERS:
	case HISTORY_SYS_CONTAINERS:
		*is_finished = q->n_keys == 0;
		return *is_finished || answer_below(h, a, is_finished, err);
	case HISTORY_SERIES:
	case HISTORY_BUCKETS:
		return answer_values(h, a, is_finished, err);
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
	forget_key(job);
	free(job->has);
	buf_fini(&job->after);
	free((void *)(uintptr_t)job->question.keys);
	free((void *)(uintptr_t)job->question.labels);
	intern_fini(&job->names);
	arena_fini(&job->arena);
	free(job);
}
