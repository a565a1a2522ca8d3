/* SPDX-License-Identifier: ISC */
/* Once and only once, blocks, thinning, bounds, and what can go wrong. */
#include "config.h"

#include <sqlite3.h>
#include <unistd.h>

#include "sinks/sqlite_impl.h"

#include "t/sqlite_fixture.h"
#include "t/tap.h"

static struct history *
open_history(void)
{
	struct err err;

	return history_sqlite.open(NULL, db_path, &err);
}

static void
test_repeats(void)
{
	struct sqlite_db *db = open_db();
	struct history *h = open_history();
	struct err err;

	fill(db, 0, 5);
	for (int64_t i = 0; i <= 5; i++)
		add(db, "n1", "u1", i, &err);
	is_u64(counters.frames_repeated, 6, "a frame may come again");
	is_u64(series(h, &node_key, "cpu/usage")->n_points, 6,
	    "it is there once");
	fill(db, 6, 70);
	settle(db);
	is_i64(ask_number("SELECT min(at) FROM recent"),
	    (T0 + 60 * R) / NS_PER_US, "an hour that is over is in blocks");
	for (int64_t i = 0; i <= 5; i++)
		add(db, "n1", "u1", i, &err);
	is_u64(series(h, &node_key, "cpu/usage")->n_points, 71,
	    "what comes again after that is told once");
	settle(db);
	is_u64(series(h, &node_key, "cpu/usage")->n_points, 71,
	    "and kept once");
	is_i64(ask_number("SELECT count(*) FROM raw"), 6,
	    "in the blocks that there were");
	sqlite_db_close(db);
	db = open_db();
	fill(db, 71, 72);
	is_u64(series(h, &node_key, "cpu/usage")->n_points, 73,
	    "a new process goes on");
	is_i64(ask_number("SELECT count(*) FROM entity"), 6,
	    "and knows the entities");
	history_sqlite.close(h);
	sqlite_db_close(db);
	remove_db();
}

static void
test_late(void)
{
	struct sqlite_db *db = open_db();
	struct history *h = open_history();
	const struct history_item *item;
	struct err err;
	bool all = true;

	for (int64_t i = 0; i < 130; i++)
		if (i % 10 != 3)
			fill(db, i, i);
	settle(db);
	for (int64_t i = 3; i < 130; i += 10)
		add(db, "n1", "u1", i, &err);
	settle(db);
	item = series(h, &node_key, "cpu/usage");
	is_u64(item->n_points, 130, "who is late gets his place");
	for (size_t i = 0; i < item->n_points; i++)
		all &= item->points[i].value.i == 1000 * (int64_t)i;
	ok(all, "in the order of time");
	history_sqlite.close(h);
	sqlite_db_close(db);
	remove_db();
}

/* Frames of hours ago that wait for their turn: what they are of is not
 * forgotten meanwhile. */
static void
test_late_nodes(void)
{
	struct sqlite_db *db = open_db();
	struct err err;
	char node[32];

	fill(db, 400, 700);
	for (int i = 0; i < 200; i++) {
		snprintf(node, sizeof node, "late%d", i);
		add(db, node, "u9", 10, &err);
	}
	/* Names are looked through before anything else. */
	db->n_cared = 63;
	db->cared_source = UINT32_MAX;
	db->cared_entity = 0;
	settle(db);
	is_i64(ask_number("SELECT count(*) FROM raw JOIN entity e ON"
	    " e.id = raw.id & 0xffffffff JOIN entity n ON n.id = e.source"
	    " WHERE n.name LIKE 'late%'"), 200 * 3,
	    "what comes hours late has its names");
	sqlite_db_close(db);
	remove_db();
}

static void
test_untimely(void)
{
	struct sqlite_db *db;
	struct err err;

	options.keep_ns = 2 * HOUR;
	db = open_db();
	fill(db, 0, 200);
	ok(add(db, "n1", "u1", 79, &err) == SQLITE_REFUSED,
	    "a window that is older than what is kept is refused");
	ok(add(db, "n1", "u1", 80, &err) == SQLITE_WRITTEN,
	    "one that is just kept is not");
	settle(db);
	ok(ask_number("SELECT min(id) >> 32 FROM raw") * 300 >=
	    T0 / NS_PER_S, "what is too old goes");
	ok(counters.blocks_removed > 0, "and is counted");
	options.keep_ns = 168 * HOUR;
	sqlite_db_close(db);
	remove_db();
}

/* A clock that was years ahead, or is behind at first, must not keep frames
 * out for so long, nor take away what is there. */
static void
test_clock(void)
{
	const int64_t years = INT64_C(5000000);
	struct sqlite_db *db = open_db();
	struct err err;

	fill(db, 0, 70);
	settle(db);
	ok(add_at(db, "n1", "u1", years, T0 + years * R, &err) ==
	    SQLITE_WRITTEN, "a clock jumps ahead");
	ok(add_at(db, "n1", "u1", 71, T0 + 71 * R, &err) == SQLITE_WRITTEN,
	    "when it is right again frames are taken");
	settle(db);
	is_i64(ask_number("SELECT count(DISTINCT id >> 32) FROM raw"), 1,
	    "and what was there still is");
	sqlite_db_close(db);
	db = open_db();
	ok(add_at(db, "n1", "u1", 72, T0 + 72 * R, &err) == SQLITE_WRITTEN,
	    "also by a new process");
	ok(add_at(db, "n1", "u1", -500000, T0 - 500000 * R, &err) ==
	    SQLITE_WRITTEN, "a clock that begins long ago is no matter either");
	settle(db);
	ok(add_at(db, "n1", "u1", 73, T0 + 73 * R, &err) == SQLITE_WRITTEN,
	    "nor that it goes on from there");
	settle(db);
	is_i64(ask_number("SELECT count(*) FROM recent WHERE at / 1000000 - "
	    "1789992000 BETWEEN 0 AND 73 * 60"), 25, "and all is there");
	sqlite_db_close(db);
	remove_db();
}

/* Two days: one and a bit of it thinned. */
static void
test_thinning(void)
{
	struct sqlite_db *db = open_db();
	struct history *h = open_history();
	struct history_question q = {
		.what = HISTORY_BUCKETS,
		.keys = &pod_key,
		.n_keys = 1,
		.metric = STR("memory/usage"),
		.start_ns = T0,
		.end_ns = T0 + 24 * HOUR - 1,
		.aggregations = HISTORY_AVERAGE | HISTORY_MAX |
		    HISTORY_COUNT,
	};
	const struct history_item *item;
	const struct history_answer *a;
	size_t n_thin = 24 * 12, n_raw = 24 * 60 + 1;
	struct err err;

	fill(db, 0, 48 * 60);
	settle(db);
	item = series(h, &node_key, "cpu/usage");
	is_u64(item->n_points, n_thin + n_raw, "a day is thinned, one is not");
	is_i64(item->points[0].value.i, 4000, "a counter is the last of five");
	is_i64(item->points[n_thin].timestamp_ns, T0 + 24 * HOUR,
	    "the day before is as it was");
	item = series(h, &pod_key, "memory/usage");
	is_i64(item->points[1].timestamp_ns, T0 + 5 * R,
	    "a point is at the beginning of its five minutes");
	is_i64(item->points[0].value.i, 4096 * 2, "a gauge is the average");
	a = ask(h, &q, &err);
	if (ok(a != NULL && a->items[0].n_buckets == 1, "a day is a bucket")) {
		const struct history_bucket *b = &a->items[0].buckets[0];

		is_u64(b->count, 1440, "its count is that of the values");
		is_i64(b->max.i, 4096 * 9, "its maximum theirs");
		is_double(b->average.f, 4096 * 4.5, "as is its average");
	}
	is_i64(ask_number("SELECT count(*) FROM thin"), 4 * 6,
	    "a thinned block is six hours of a set");
	history_sqlite.close(h);
	sqlite_db_close(db);
	remove_db();
}

/* Pods come and go: their names go when their values have gone. */
static void
test_churn(void)
{
	struct sqlite_db *db;
	struct err err;
	char uid[32];
	int64_t n;

	options.keep_ns = 6 * HOUR;
	options.raw_ns = HOUR;
	db = open_db();
	for (int64_t i = 0; i < 60 * 60; i++) {
		snprintf(uid, sizeof uid, "u%d", (int)i / 60);
		add(db, "n1", uid, i, &err);
		settle(db);
	}
	n = ask_number("SELECT count(*) FROM entity WHERE type = 2");
	ok(n >= 6 && n <= 26, "of 60 pods %d are still known", (int)n);
	n = ask_number("SELECT count(*) FROM entity WHERE type = 3");
	ok(n >= 6 && n <= 26, "and %d of their containers", (int)n);
	is_i64(ask_number("SELECT count(*) FROM entity WHERE type < 2"), 2,
	    "who is there stays");
	options.keep_ns = 168 * HOUR;
	options.raw_ns = 24 * HOUR;
	sqlite_db_close(db);
	remove_db();
}

static void
test_bound(void)
{
	struct sqlite_db *db;
	struct history *h;
	uint64_t most = 0;
	struct err err;
	char node[32];

	options.max_bytes = 200 << 10;
	options.raw_ns = 100 * HOUR;
	db = open_db();
	for (int64_t i = 0; i < 6000; i++) {
		for (int k = 0; k < 5; k++) {
			snprintf(node, sizeof node, "n%d", k);
			add(db, node, NULL, i, &err);
		}
		fill(db, i, i);
		if (i > 100 && counters.bytes > most)
			most = counters.bytes;
	}
	ok(most <= options.max_bytes + options.max_bytes / 8,
	    "a bound of 200 KiB: %u bytes at most", (unsigned)most);
	ok(ask_number("SELECT page_count * page_size FROM"
	    " pragma_page_count, pragma_page_size") <=
	    (int64_t)options.max_bytes * 5 / 4, "and so has the file");
	h = open_history();
	ok(series(h, &node_key, "cpu/usage")->n_points > 360,
	    "the last hours are there");
	ok(counters.blocks_removed > 0 && counters.blocks_thinned > 0,
	    "others are thinned or gone");
	history_sqlite.close(h);
	sqlite_db_close(db);
	options.max_bytes = 1 << 30;
	options.raw_ns = 24 * HOUR;
	remove_db();
}

static void
test_full(void)
{
	struct sqlite_db *db = open_db();
	struct history *h = open_history();
	struct err err;
	char uid[32];
	int64_t i;

	fill(db, 0, 3);
	sqlite3_exec(db->db, "PRAGMA max_page_count = 40", NULL, NULL, NULL);
	for (i = 4; i < 10000; i++) {
		snprintf(uid, sizeof uid, "u%d", (int)i);
		if (add(db, "n1", uid, i, &err) != SQLITE_WRITTEN)
			break;
	}
	ok(i < 10000, "a disk that is full fails a write");
	ok(strstr(err.msg, "full") != NULL, "and is named: %s", err.msg);
	ok(add(db, "n1", uid, i, &err) == SQLITE_FAILED, "again");
	is_u64(series(h, &node_key, "cpu/usage")->n_points, (uint64_t)i,
	    "what was written can be read");
	sqlite3_exec(db->db, "PRAGMA max_page_count = 100000", NULL, NULL,
	    NULL);
	ok(add(db, "n1", uid, i, &err) == SQLITE_WRITTEN,
	    "when there is room it goes on");
	is_u64(series(h, &node_key, "cpu/usage")->n_points, (uint64_t)i + 1,
	    "with nothing missing");
	is_i64(ask_number("SELECT count(*) FROM entity WHERE type = 2"),
	    i - 4 + 2, "and all pods known once");
	history_sqlite.close(h);
	sqlite_db_close(db);
	remove_db();
}

static void
test_refused(void)
{
	struct sqlite_db *db = open_db();
	struct sqlite3 *other;
	struct err err;

	ok(sqlite_db_open(&options, &counters, &err) == NULL,
	    "two cannot write");
	ok(strstr(err.msg, "another sink writes to it") != NULL, "%s",
	    err.msg);
	sqlite_db_close(db);
	remove_db();
	sqlite3_open(db_path, &other);
	sqlite3_exec(other, "CREATE TABLE t(x)", NULL, NULL, NULL);
	sqlite3_close(other);
	ok(sqlite_db_open(&options, &counters, &err) == NULL,
	    "a database of somebody else is left alone");
	ok(strstr(err.msg, "something else") != NULL, "%s", err.msg);
	remove_db();
	options.path = (char *)(uintptr_t)"/nowhere/at/all.db";
	ok(sqlite_db_open(&options, &counters, &err) == NULL,
	    "a directory that is not there");
	ok(strstr(err.msg, "/nowhere/at/all.db") != NULL, "%s", err.msg);
	options.path = db_path;
}

/* A block of nonsense is counted, and nothing else suffers. */
static void
test_damaged(void)
{
	struct sqlite_db *db = open_db();
	struct history *h = open_history();

	fill(db, 0, 70);
	settle(db);
	sqlite3_exec(db->db, "UPDATE raw SET data = x'0501020304' WHERE id ="
	    " (SELECT min(id) FROM raw)", NULL, NULL, NULL);
	ok(series(h, &cluster_key, "memory/usage")->n_points < 71,
	    "a damaged block is less");
	is_u64(series(h, &node_key, "cpu/usage")->n_points, 71,
	    "others are whole");
	fill(db, 71, 60 * 32);
	settle(db);
	ok(counters.blocks_damaged >= 1, "thinning goes past it");
	is_i64(ask_number("SELECT count(*) FROM thin"), 6,
	    "and makes its blocks");
	history_sqlite.close(h);
	sqlite_db_close(db);
	remove_db();
}

int
main(void)
{
	test_repeats();
	test_late();
	test_late_nodes();
	test_untimely();
	test_clock();
	test_thinning();
	test_churn();
	test_bound();
	test_full();
	test_refused();
	test_damaged();
	return done_testing();
}
