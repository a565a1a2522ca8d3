/* SPDX-License-Identifier: ISC */
/* No question keeps others waiting: steps are short, and end when asked to. */
#include "config.h"

#include "apiserver/history_sqlite_impl.h"

#include "t/sqlite_fixture.h"
#include "t/tap.h"

/* A name may have had very many pods, of which nothing is left. */
static void
test_late(struct history *h)
{
	struct history_entity gone = { .id = 4000000, .source = 4000000 };
	struct history_question q = { .end_ns = INT64_MAX };
	struct history_samples samples = { 0 };
	struct history_place place = { 0 };
	struct err err;

	series(h, &node_key, "cpu/usage");
	ok(history_read(h, &gone, 1, &q, 0, &place, &samples, &err) &&
	    samples.n == 0 && history_place_is_end(&place),
	    "nothing is found of what is gone");
	h->deadline_mono_ns = 0;
	place = (struct history_place){ 0 };
	ok(!history_read(h, &gone, 1, &q, 0, &place, &samples, &err),
	    "and that takes no longer than may be");
}

/* An answer in steps, each of which is over before it begins. */
static unsigned
steps_of(struct history *h, struct history_question *q, size_t *n)
{
	struct history_job *job = history_job_new(q, NULL, NULL);
	bool is_finished = false;
	unsigned n_steps = 0;
	struct err err;

	h->deadline_mono_ns = INT64_MAX;
	h->step_mono_ns = 0;
	for (; !is_finished; n_steps++)
		if (!history_job_step(h, job, &is_finished, &err))
			bail("a step: %s", err.msg);
	*n = job->names.n;
	for (size_t i = 0; i < q->n_keys; i++)
		*n += job->items[i].n_points + job->items[i].n_buckets;
	history_job_free(job);
	return n_steps;
}

/* One key may have very many uids, metrics or points. */
static void
test_steps(struct history *h)
{
	struct history_question cases[] = {
		{ .what = HISTORY_SERIES, .keys = &node_key },
		{ .what = HISTORY_BUCKETS, .keys = &container_key,
		    .bucket_ns = R },
		{ .what = HISTORY_METRICS, .keys = &container_key },
		{ .what = HISTORY_NODES, .keys = &cluster_key },
		{ .what = HISTORY_PODS, .keys = &namespace_key },
		{ .what = HISTORY_CONTAINERS, .keys = &uid_key },
		{ .what = HISTORY_SYS_CONTAINERS, .keys = &node_key },
	};
	static const size_t want[] = { 90, 90, 2, 2, 2, 1, 1 };
	static const unsigned n_steps[] = { 20, 20, 20, 2, 4, 2, 3 };

	series(h, &node_key, "cpu/usage");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unsigned steps;
		size_t n;

		cases[i].n_keys = 1;
		cases[i].metric = i == 0 ? STR("cpu/usage") :
		    STR("cpu/usage_rate");
		cases[i].end_ns = INT64_MAX;
		steps = steps_of(h, &cases[i], &n);
		is_u64(n, want[i], "question %zu has all in steps", i);
		ok(steps >= n_steps[i], "that may be short: %u", steps);
	}
}

static void
no_answer(void *arg, const struct history_answer *answer,
    const struct err *err)
{
	(void)arg;
	(void)answer;
	(void)err;
	bail("an answer has come");
}

/* Whose client is gone is not worked on, whether it was begun or not. */
static void
test_cancelled(void)
{
	struct history_question q = { .what = HISTORY_NODES };
	int first, second;
	struct loop loop;
	struct history *h;
	struct err err;

	if (!loop_init(&loop, &err))
		bail("loop: %s", err.msg);
	h = history_sqlite.open(&loop, db_path, &err);
	history_sqlite.ask(h, &q, no_answer, &first);
	history_sqlite.ask(h, &q, no_answer, &second);
	history_sqlite.cancel(h, &q);
	ok(h->jobs != NULL && h->jobs->arg == &first &&
	    h->jobs->next != NULL, "who has not asked cancels nothing");
	history_sqlite.cancel(h, &first);
	ok(h->jobs != NULL && h->jobs->arg == &second &&
	    h->jobs->next == NULL, "one of two is cancelled");
	history_sqlite.cancel(h, &second);
	ok(h->jobs == NULL, "and then the other");
	history_sqlite.close(h);
	loop_fini(&loop);
}

int
main(void)
{
	struct sqlite_db *db = open_db();
	struct err err;
	struct history *h = history_sqlite.open(NULL, db_path, &err);

	if (h == NULL)
		bail("history: %s", err.msg);
	fill(db, 0, 89);
	add(db, "n2", "u7", 89, &err);
	settle(db);
	test_late(h);
	test_steps(h);
	test_cancelled();
	history_sqlite.close(h);
	sqlite_db_close(db);
	remove_db();
	return done_testing();
}
