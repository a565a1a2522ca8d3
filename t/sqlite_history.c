/* SPDX-License-Identifier: ISC */
/* What the sink has written is what the apiserver reads. */
#include "config.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apiserver/history_sqlite_impl.h"

#include "t/sqlite_fixture.h"
#include "t/tap.h"

static struct history *
open_history(void)
{
	struct err err;
	struct history *h = history_sqlite.open(NULL, db_path, &err);

	if (h == NULL)
		bail("history: %s", err.msg);
	return h;
}

/* All 90 windows, of which the first hour is in blocks. */
static void
test_series(struct history *h)
{
	static const struct {
		const char *name;
		const struct history_key *key;
		const char *metric;
		int64_t first, step;
	} cases[] = {
		{ "a node", &node_key, "cpu/usage", 0, 1000 },
		{ "a system container", &sys_key, "memory/usage", 99, 0 },
		{ "a container", &container_key, "cpu/usage_rate", 5, 0 },
		{ "the cluster", &cluster_key, "memory/usage", 70, 1 },
		{ "a namespace", &namespace_key, "memory/usage", 7, 0 },
		{ "a container by uid", &uid_container_key,
		    "cpu/usage_rate", 5, 0 },
		{ "a composed metric", &container_key,
		    "nvidia.com/gpu/request", 2, 0 },
	};

	for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
		const struct history_item *item = series(h, cases[c].key,
		    cases[c].metric);
		bool all = true;

		is_u64(item->n_points, 90, "%s has all points",
		    cases[c].name);
		for (size_t i = 0; i < item->n_points; i++)
			all &= item->points[i].timestamp_ns ==
			    T0 + (int64_t)i * R &&
			    !item->points[i].value.is_float &&
			    item->points[i].value.i == cases[c].first +
			    cases[c].step * (int64_t)i;
		ok(all, "%s has its times and values", cases[c].name);
	}
	is_u64(series(h, &uid_key, "memory/usage")->n_points, 90,
	    "a pod is known by its uid");
	is_u64(series(h, &pod_key, "memory/usage")->n_points, 90,
	    "and by its name");
}

static void
test_values(struct history *h)
{
	const struct history_item *item = series(h, &node_key,
	    "cpu/node_utilization");
	bool all = true;

	for (size_t i = 0; i < item->n_points; i++)
		all &= item->points[i].value.is_float &&
		    memcmp(&item->points[i].value.f,
		    &(double){ (double)i / 7 }, sizeof(double)) == 0;
	ok(all && item->n_points == 90, "floats are exact");
	item = series(h, &pod_key, "network/rx");
	ok(item->n_points == 90 && item->points[0].value.is_float,
	    "an integer beyond int64_t is a float");
	is_double(item->points[0].value.f, 18446744073709551615.0,
	    "and does not wrap");
}

static void
test_nothing(struct history *h)
{
	static const struct history_key nobody = { { .type = SET_POD,
		.namespace_name = STR_INIT("default"),
		.pod = STR_INIT("nobody") }, .pod_uid = { 0 } };
	static const struct history_key no_uid = { { .type = SET_POD },
		.pod_uid = STR_INIT("") };

	is_u64(series(h, &nobody, "memory/usage")->n_points, 0,
	    "an unknown pod has no points");
	is_u64(series(h, &no_uid, "memory/usage")->n_points, 0,
	    "no uid is the uid of none");
	is_u64(series(h, &pod_key, "no/such")->n_points, 0,
	    "nor has an unknown metric");
	is_u64(series(h, &pod_key, "filesystem/usage")->n_points, 0,
	    "nor a labelled one without labels");
}

static void
test_labels(struct history *h)
{
	struct history_label labels[] = { { STR("resource_id"), STR("/") },
		{ STR("more"), STR("x") } };
	struct history_question q = {
		.what = HISTORY_SERIES,
		.keys = &pod_key,
		.n_keys = 1,
		.metric = STR("filesystem/usage"),
		.labels = labels,
		.n_labels = 1,
		.end_ns = INT64_MAX,
	};
	const struct history_answer *a;
	struct err err;

	a = ask(h, &q, &err);
	ok(a != NULL && a->items[0].n_points == 90 &&
	    a->items[0].points[89].value.i == 178,
	    "a labelled metric by its labels");
	q.n_labels = 2;
	a = ask(h, &q, &err);
	ok(a != NULL && a->items[0].n_points == 0, "all of them must match");
}

static void
test_times(struct history *h)
{
	static const struct {
		int64_t start_ns, end_ns;
		size_t n;
	} cases[] = {
		{ T0 + 10 * R, T0 + 20 * R, 11 },
		{ T0 + 10 * R + 1, T0 + 20 * R - 1, 9 },
		{ T0 + 59 * R, T0 + 60 * R, 2 },
		{ T0 + 80 * R, INT64_MAX, 10 },
		{ INT64_MIN, T0, 1 },
		{ T0 + 20 * R, T0 + 10 * R, 0 },
		{ T0 + 90 * R, INT64_MAX, 0 },
	};
	struct history_question q = {
		.what = HISTORY_SERIES,
		.keys = &node_key,
		.n_keys = 1,
		.metric = STR("cpu/usage"),
	};
	struct err err;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct history_answer *a;

		q.start_ns = cases[i].start_ns;
		q.end_ns = cases[i].end_ns;
		a = ask(h, &q, &err);
		is_u64(a == NULL ? 999 : a->items[0].n_points, cases[i].n,
		    "from %" PRId64 " to %" PRId64 ", both included",
		    cases[i].start_ns, cases[i].end_ns);
	}
}

static void
test_buckets(struct history *h)
{
	struct history_key keys[3] = { pod_key, node_key, pod_key };
	struct history_question q = {
		.what = HISTORY_BUCKETS,
		.keys = keys,
		.n_keys = 3,
		.metric = STR("memory/usage"),
		.start_ns = T0,
		.end_ns = INT64_MAX,
		.bucket_ns = 10 * R,
		.aggregations = HISTORY_AVERAGE | HISTORY_MAX,
	};
	const struct history_answer *a;
	struct err err;

	keys[1].names.node = STR("n7");
	a = ask(h, &q, &err);
	if (!ok(a != NULL && a->n_items == 3, "three keys have three items"))
		return;
	is_u64(a->items[0].n_buckets, 9, "90 minutes have 9 buckets of 10");
	is_u64(a->items[1].n_buckets, 0, "an unknown node has none");
	is_u64(a->items[2].n_buckets, 9, "a key twice is answered twice");
	is_i64(a->items[0].buckets[8].timestamp_ns, T0 + 80 * R,
	    "a bucket begins where it should");
	is_u64(a->items[0].buckets[8].count, 10, "it has all its values");
	is_double(a->items[0].buckets[8].average.f, 4096 * 4.5,
	    "their average");
	is_i64(a->items[0].buckets[8].max.i, 4096 * 9, "and maximum");
}

/* The names, sorted and joined. */
static const char *
names(struct history *h, enum history_what what,
    const struct history_key *key)
{
	static char text[4096];
	struct history_question q = { .what = what, .keys = key,
		.n_keys = key != NULL };
	static struct err err;
	const struct history_answer *a = ask(h, &q, &err);
	const char *sorted[128];
	size_t n = 0, len = 0;

	if (a == NULL)
		return err.msg;
	for (size_t i = 0; i < a->n_names; i++) {
		size_t at = n++;

		for (; at > 0 && strcmp(sorted[at - 1], a->names[i].p) > 0;
		    at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = a->names[i].p;
	}
	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "%s%s", i > 0 ? " " : "", sorted[i]);
	return text;
}

static void
test_names(struct history *h)
{
	is_str(names(h, HISTORY_NODES, NULL), "n1 n2", "nodes");
	is_str(names(h, HISTORY_NAMESPACES, NULL), "default", "namespaces");
	is_str(names(h, HISTORY_PODS, &namespace_key), "web-n1 web-n2",
	    "pods of a namespace, each once");
	is_str(names(h, HISTORY_CONTAINERS, &pod_key), "c",
	    "containers of a pod");
	is_str(names(h, HISTORY_CONTAINERS, &uid_key), "c",
	    "of one that is known by its uid");
	is_str(names(h, HISTORY_SYS_CONTAINERS, &node_key), "kubelet",
	    "system containers of a node");
	is_str(names(h, HISTORY_METRICS, &pod_key), "memory/usage network/rx",
	    "metrics of a pod: not the labelled ones");
	is_str(names(h, HISTORY_METRICS, &container_key),
	    "cpu/usage_rate nvidia.com/gpu/request",
	    "composed ones are plain");
	is_str(names(h, HISTORY_METRICS, &cluster_key), "memory/usage",
	    "metrics of the cluster");
}

/* A pod that came back with another uid, on another node and at one time. */
static void
test_pod_again(struct sqlite_db *db, struct history *h)
{
	struct err err;

	add(db, "n1", "u2", 90, &err);
	add(db, "n1", "u2", 91, &err);
	is_u64(series(h, &pod_key, "memory/usage")->n_points, 92,
	    "a name has the points of all its pods");
	is_u64(series(h, &uid_key, "memory/usage")->n_points, 90,
	    "a uid those of one");
}

static void
test_errors(void)
{
	struct err err;
	struct history *h;
	struct history_question q = { .what = HISTORY_NODES };
	char other[80];
	FILE *f;

	ok(history_sqlite.open(NULL, "", &err) == NULL, "a db_path is needed");
	snprintf(other, sizeof other, "%s-other", db_path);
	h = history_sqlite.open(NULL, other, &err);
	ok(h != NULL, "the file need not be there");
	ok(ask(h, &q, &err) == NULL, "until a question comes");
	ok(strstr(err.msg, "No such file") != NULL, "which says so: %s",
	    err.msg);
	f = fopen(other, "w");
	fputs("this is no database, as everybody can see at once\n", f);
	for (int i = 0; i < 1000; i++)
		putc('x', f);
	fclose(f);
	ok(ask(h, &q, &err) == NULL, "nor may it be anything else");
	ok(strstr(err.msg, "not a database") != NULL, "%s", err.msg);
	unlink(other);
	mkfifo(other, 0600);
	ok(ask(h, &q, &err) == NULL && strstr(err.msg, "not a file") != NULL,
	    "a FIFO is waited for by nobody: %s", err.msg);
	history_sqlite.close(h);
	ok(history_sqlite.open(NULL, other, &err) == NULL &&
	    strstr(err.msg, "not a file") != NULL, "%s", err.msg);
	unlink(other);
	ok(history_sqlite.open(NULL, "/tmp", &err) == NULL,
	    "nor is a directory one: %s", err.msg);
}

static unsigned n_answers;
static size_t n_points;

static void
on_answer(void *arg, const struct history_answer *answer,
    const struct err *err)
{
	struct loop *loop = arg;

	(void)err;
	n_answers++;
	for (size_t i = 0; answer != NULL && i < answer->n_items; i++)
		n_points += answer->items[i].n_points;
	if (n_answers == 2)
		loop_stop(loop);
}

static unsigned n_refused;

static void
on_refusal(void *arg, const struct history_answer *answer,
    const struct err *err)
{
	(void)arg;
	n_refused += answer == NULL && strcmp(err->msg,
	    "64 questions are waiting already") == 0;
}

/* Each may take seconds: what waits is bounded, and so is its memory. */
static void
test_too_many(void)
{
	struct history_question q = { .what = HISTORY_NODES };
	struct loop loop;
	struct history *h;
	struct err err;

	if (!loop_init(&loop, &err))
		bail("loop: %s", err.msg);
	h = history_sqlite.open(&loop, db_path, &err);
	for (size_t i = 0; i < 66; i++)
		history_sqlite.ask(h, &q, on_refusal, NULL);
	is_u64(n_refused, 2, "of many questions some are refused at once");
	history_sqlite.close(h);
	loop_fini(&loop);
}

/* With a loop answers come later; the question need not stay. */
static void
test_loop(void)
{
	struct history_key keys[1000];
	char metric[] = "cpu/usage";
	struct history_question q = {
		.what = HISTORY_SERIES,
		.keys = keys,
		.n_keys = 1000,
		.metric = { metric, 9 },
		.end_ns = INT64_MAX,
	};
	struct loop loop;
	struct history *h;
	struct err err;

	if (!loop_init(&loop, &err))
		bail("loop: %s", err.msg);
	for (size_t i = 0; i < 1000; i++)
		keys[i] = node_key;
	h = history_sqlite.open(&loop, db_path, &err);
	history_sqlite.ask(h, &q, on_answer, &loop);
	q.n_keys = 1;
	history_sqlite.ask(h, &q, on_answer, &loop);
	memset(keys, 0, sizeof keys);
	metric[0] = 'x';
	is_u64(n_answers, 0, "no answer comes at once");
	loop_run(&loop);
	is_u64(n_answers, 2, "two come later");
	is_u64(n_points, 1001 * 92, "with all points");
	history_sqlite.ask(h, &q, on_answer, &loop);
	history_sqlite.close(h);
	is_u64(n_answers, 2, "none comes after the end");
	loop_fini(&loop);
}

/* The sink was pointed to a new file of the old name. */
static void
test_replaced(struct history *h)
{
	struct sqlite_db *db;
	struct err err;

	remove_db();
	db = open_db();
	add(db, "n9", "u9", 0, &err);
	is_str(names(h, HISTORY_NODES, NULL), "n9",
	    "a file that was replaced is opened anew");
	sqlite_db_close(db);
	is_str(names(h, HISTORY_NODES, NULL), "n9",
	    "and is read without a sink");
}

int
main(void)
{
	struct sqlite_db *db = open_db();
	struct history *h = open_history();
	struct err err;

	fill(db, 0, 89);
	add(db, "n2", "u7", 89, &err);
	settle(db);
	is_i64(ask_number("SELECT count(*) FROM raw"), 6,
	    "an hour of six sets is six blocks");
	test_series(h);
	test_values(h);
	test_nothing(h);
	test_labels(h);
	test_times(h);
	test_buckets(h);
	test_names(h);
	test_pod_again(db, h);
	test_errors();
	test_loop();
	test_too_many();
	sqlite_db_close(db);
	test_replaced(h);
	history_sqlite.close(h);
	remove_db();
	return done_testing();
}
