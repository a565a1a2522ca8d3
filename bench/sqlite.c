/* SPDX-License-Identifier: ISC */
/*
 * History in SQLite: what a set costs to write, bytes per value while it is
 * recent, raw and thinned, and the time of a question; "NAME VALUE UNIT" per
 * line.
 *
 *	bench/sqlite [NODES [HOURS]]		30 pods of 2 containers each
 */
#include "config.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apiserver/history.h"

#include "sinks/sqlite_db.h"

#include "bench/made.h"

#define QUESTIONS 200
#define IDLE_STEPS 1000000

static int64_t spent_ns, longest_ns;
static uint64_t n_sets, n_values;

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* What this process has written so far, in bytes. */
static int64_t
written_bytes(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	char line[64];
	int64_t n = 0;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "wchar: ", 7) == 0)
			n = strtoll(line + 7, NULL, 10);
	if (f != NULL)
		fclose(f);
	return n;
}

static void
print_written(const char *name)
{
	printf("%s %.1f bytes/value\n", name, (double)written_bytes() /
	    (double)n_values);
}

static void
forget(void)
{
	spent_ns = longest_ns = 0;
	n_sets = 0;
}

static void
print_cost(const char *name)
{
	printf("%s %.2f us/set\n", name, (double)spent_ns / 1e3 /
	    (double)n_sets);
}

static void
spent_since(int64_t before_ns)
{
	int64_t ns = cpu_ns() - before_ns;

	spent_ns += ns;
	if (ns > longest_ns)
		longest_ns = ns;
}

static int64_t
ask_number(const char *path, const char *sql)
{
	struct sqlite3_stmt *st = NULL;
	struct sqlite3 *db;
	int64_t n = -1;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) ==
	    SQLITE_OK && sqlite3_prepare_v2(db, sql, -1, &st, NULL) ==
	    SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static void
print_size(const char *name, const char *path)
{
	int64_t bytes = ask_number(path, "SELECT (page_count -"
	    " freelist_count) * page_size FROM pragma_page_count,"
	    " pragma_freelist_count, pragma_page_size");

	printf("%s %.2f bytes/value\n", name, (double)bytes /
	    (double)n_values);
}

static void
write_window(struct sqlite_db *db, uint64_t nodes, int64_t i)
{
	struct arena a;
	struct frame f;
	struct err err;
	bool did;

	arena_init(&a, 64 << 20);
	for (uint64_t node = 0; node < nodes; node++) {
		int64_t before_ns;

		arena_reset(&a);
		made_frame(&f, &a, node, i);
		before_ns = cpu_ns();
		if (sqlite_db_write(db, &f, f.window_ns, &err) !=
		    SQLITE_WRITTEN || !sqlite_db_care(db, &did, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			exit(1);
		}
		spent_since(before_ns);
		n_sets += f.n_sets;
	}
	arena_fini(&a);
}

static size_t n_points;

static void
on_answer(void *arg, const struct history_answer *answer,
    const struct err *err)
{
	(void)arg;
	if (answer == NULL) {
		fprintf(stderr, "%s\n", err->msg);
		exit(1);
	}
	n_points += answer->items[0].n_points;
}

static void
bench_questions(const char *path, uint64_t nodes)
{
	struct err err;
	struct history *h = history_sqlite.open(NULL, path, &err);
	int64_t before_ns = cpu_ns();

	for (size_t i = 0; i < QUESTIONS; i++) {
		uint64_t id = made_below(nodes * MADE_PODS);
		char pod[64], namespace_name[16];
		struct history_key key = { .names = { .type = SET_POD } };
		struct history_question q = {
			.what = HISTORY_SERIES,
			.keys = &key,
			.n_keys = 1,
			.metric = STR("cpu/usage_rate"),
			.end_ns = INT64_MAX,
		};

		snprintf(pod, sizeof pod, "service-%" PRIu64 "-5d4b9c%"
		    PRIx64, id % MADE_PODS, id);
		snprintf(namespace_name, sizeof namespace_name,
		    "team-%02" PRIu64, id % 30);
		key.names.pod = str_of(pod);
		key.names.namespace_name = str_of(namespace_name);
		history_sqlite.ask(h, &q, on_answer, NULL);
	}
	printf("sqlite_series %.1f us\n", (double)(cpu_ns() - before_ns) /
	    1e3 / QUESTIONS);
	printf("sqlite_series_points %.1f points\n", (double)n_points /
	    QUESTIONS);
	history_sqlite.close(h);
}

/* A question about many pods. */
static void
bench_list(const char *path, uint64_t nodes)
{
	static struct history_key keys[HISTORY_KEYS_MAX];
	static char names[HISTORY_KEYS_MAX][2][64];
	struct history_question q = {
		.what = HISTORY_BUCKETS,
		.keys = keys,
		.metric = STR("memory/usage"),
		.end_ns = INT64_MAX,
		.bucket_ns = 3600 * NS_PER_S,
		.aggregations = HISTORY_AVERAGE | HISTORY_PERCENTILE_95,
	};
	struct err err;
	struct history *h = history_sqlite.open(NULL, path, &err);
	int64_t before_ns;

	for (; q.n_keys < HISTORY_KEYS_MAX; q.n_keys++) {
		uint64_t id = made_below(nodes * MADE_PODS);
		struct history_key *key = &keys[q.n_keys];

		snprintf(names[q.n_keys][0], 64, "service-%" PRIu64
		    "-5d4b9c%" PRIx64, id % MADE_PODS, id);
		snprintf(names[q.n_keys][1], 64, "team-%02" PRIu64, id % 30);
		key->names.type = SET_POD;
		key->names.pod = str_of(names[q.n_keys][0]);
		key->names.namespace_name = str_of(names[q.n_keys][1]);
	}
	before_ns = cpu_ns();
	history_sqlite.ask(h, &q, on_answer, NULL);
	printf("sqlite_list_1000 %.1f ms\n", (double)(cpu_ns() -
	    before_ns) / 1e6);
	history_sqlite.close(h);
}

/* Everything that is left to do. */
static void
settle(struct sqlite_db *db, uint64_t nodes)
{
	struct err err;
	bool did = true;
	uint64_t n_idle = 0;

	for (size_t i = 0; i < IDLE_STEPS && n_idle < 2 * nodes + 2; i++) {
		int64_t before_ns = cpu_ns();

		if (!sqlite_db_care(db, &did, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			exit(1);
		}
		n_idle = did ? 0 : n_idle + 1;
		spent_since(before_ns);
	}
}

static struct sqlite_db *
open_or_die(const char *path, int64_t raw_ns,
    struct sqlite_db_counters *counters)
{
	struct sqlite_options options = {
		.path = (char *)(uintptr_t)path,
		.keep_ns = 400 * 86400 * NS_PER_S,
		.raw_ns = raw_ns,
		.max_bytes = UINT64_C(1) << 40,
	};
	struct err err;
	struct sqlite_db *db = sqlite_db_open(&options, counters, &err);

	if (db == NULL) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	return db;
}

int
main(int argc, char **argv)
{
	uint64_t nodes = argc > 1 ? strtoull(argv[1], NULL, 10) : 20;
	int64_t windows = 60 * (argc > 2 ? strtoll(argv[2], NULL, 10) : 2);
	struct sqlite_db_counters counters = { 0 };
	char path[] = "/tmp/chbenchXXXXXX", other[64];
	int fd = mkstemp(path);
	struct sqlite_db *db;

	if (fd == -1 || close(fd) == -1 || nodes == 0 || windows <= 0)
		return 1;
	db = open_or_die(path, 300 * 86400 * NS_PER_S, &counters);
	for (int64_t i = 0; i < windows + 5; i++) {
		if (i == 1 || i == 2)
			forget();	/* the first has all that is new */
		write_window(db, nodes, i);
		n_values = counters.values_written;
		if (i == 0)
			print_cost("sqlite_write_new");
		if (i == 59) {
			print_cost("sqlite_write");
			print_written("sqlite_write_written");
			print_size("sqlite_recent_size", path);
		}
	}
	print_cost("sqlite_write_and_seal");
	print_written("sqlite_write_and_seal_written");
	printf("sqlite_step_longest %.1f ms\n", (double)longest_ns / 1e6);
	settle(db, nodes);
	printf("sqlite_values %.1f values/set\n",
	    (double)counters.values_written /
	    (double)counters.sets_written);
	print_size("sqlite_raw_size", path);
	bench_questions(path, nodes);
	bench_list(path, nodes);
	sqlite_db_close(db);
	db = open_or_die(path, 0, &counters);
	forget();
	settle(db, nodes);
	n_sets = counters.sets_written;
	print_cost("sqlite_thin");
	printf("sqlite_step_longest %.1f ms\n", (double)longest_ns / 1e6);
	print_size("sqlite_thinned_size", path);
	bench_questions(path, nodes);
	bench_list(path, nodes);
	sqlite_db_close(db);
	unlink(path);
	for (int i = 0; i < 3; i++) {
		static const char *const ends[] = { "wal", "shm", "lock" };

		snprintf(other, sizeof other, "%s-%s", path, ends[i]);
		unlink(other);
	}
	return 0;
}
