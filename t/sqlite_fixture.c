/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

#include "t/sqlite_fixture.h"

char db_path[64];
struct sqlite_options options = {
	.path = db_path,
	.keep_ns = 168 * HOUR,
	.raw_ns = 24 * HOUR,
	.max_bytes = UINT64_C(1) << 30,
};
struct sqlite_db_counters counters;

#define POD .namespace_name = STR_INIT("default"), .pod = STR_INIT("web-n1")

const struct history_key node_key = { { .type = SET_NODE,
	.node = STR_INIT("n1") }, .pod_uid = { 0 } };
const struct history_key pod_key = { { .type = SET_POD, POD },
	.pod_uid = { 0 } };
const struct history_key container_key = { { .type = SET_POD_CONTAINER,
	POD, .container = STR_INIT("c") }, .pod_uid = { 0 } };
const struct history_key sys_key = { { .type = SET_SYS_CONTAINER,
	.node = STR_INIT("n1"), .container = STR_INIT("kubelet") },
	.pod_uid = { 0 } };
const struct history_key cluster_key = { { .type = SET_CLUSTER },
	.pod_uid = { 0 } };
const struct history_key namespace_key = { { .type = SET_NAMESPACE,
	.namespace_name = STR_INIT("default") }, .pod_uid = { 0 } };
const struct history_key uid_key = { { .type = SET_POD },
	.pod_uid = STR_INIT("u1") };
const struct history_key uid_container_key = { { .type = SET_POD_CONTAINER,
	.container = STR_INIT("c") }, .pod_uid = STR_INIT("u1") };

struct sqlite_db *
open_db(void)
{
	struct err err;
	struct sqlite_db *db;

	if (db_path[0] == '\0')
		snprintf(db_path, sizeof db_path, "/tmp/chsqlite%d", (int)getpid());
	memset(&counters, 0, sizeof counters);
	db = sqlite_db_open(&options, &counters, &err);
	if (db == NULL) {
		printf("Bail out!  sqlite_db_open: %s\n", err.msg);
		exit(1);
	}
	return db;
}

void
remove_db(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
	char name[80];

	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "%s%s", db_path, ends[i]);
		unlink(name);
	}
}

static void
add_pod(struct frame *f, struct arena *a, const char *uid, int64_t i)
{
	size_t set = frame_add_set(f, a, SET_POD, 0);
	char name[64];
	struct resource *r;

	snprintf(name, sizeof name, "web-%.*s", STR_ARG(f->node));
	f->sets[set].namespace_name = STR("default");
	f->sets[set].name = arena_str(a, str_of(name));
	f->sets[set].pod_id = str_of(uid);
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE,
	    4096 * ((uint64_t)i % 10));
	set_u64(&f->sets[set], METRIC_NETWORK_RX, UINT64_MAX);
	r = frame_add_resource(f, a, set);
	r->resource_id = STR("logs");
	resource_u64(r, METRIC_FILESYSTEM_USAGE, (uint64_t)i);
	r = frame_add_resource(f, a, set);
	r->resource_id = STR("/");
	resource_u64(r, METRIC_FILESYSTEM_USAGE, 2 * (uint64_t)i);
	set = frame_add_set(f, a, SET_POD_CONTAINER, set);
	f->sets[set].name = STR("c");
	set_u64(&f->sets[set], METRIC_CPU_USAGE_RATE, 5);
	r = frame_add_resource(f, a, set);
	r->resource_id = STR("nvidia.com/gpu");
	resource_u64(r, METRIC_RESOURCE_REQUEST, 2);
}

static void
make_node(struct frame *f, struct arena *a, const char *node,
    const char *uid, int64_t i)
{
	size_t set;

	f->kind = FRAME_NODE;
	f->node = str_of(node);
	set = frame_add_set(f, a, SET_NODE, 0);
	f->sets[set].name = f->node;
	set_u64(&f->sets[set], METRIC_CPU_USAGE, 1000 * (uint64_t)i);
	set_float(&f->sets[set], METRIC_CPU_NODE_UTILIZATION, (double)i / 7);
	set = frame_add_set(f, a, SET_SYS_CONTAINER, 0);
	f->sets[set].name = STR("kubelet");
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, 99);
	add_pod(f, a, uid, i);
}

static void
make_rollup(struct frame *f, struct arena *a, int64_t i)
{
	size_t set;

	f->kind = FRAME_ROLLUP;
	set = frame_add_set(f, a, SET_CLUSTER, 0);
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, 70 + (uint64_t)i);
	set = frame_add_set(f, a, SET_NAMESPACE, 0);
	f->sets[set].name = STR("default");
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, 7);
}

enum sqlite_written
add(struct sqlite_db *db, const char *node, const char *uid, int64_t i,
    struct err *err)
{
	static int64_t latest_ns;

	if (latest_ns < T0 + i * R)
		latest_ns = T0 + i * R;
	return add_at(db, node, uid, i, latest_ns, err);
}

enum sqlite_written
add_at(struct sqlite_db *db, const char *node, const char *uid, int64_t i,
    int64_t now_ns, struct err *err)
{
	enum sqlite_written written;
	struct arena a;
	struct frame f;

	arena_init(&a, 1 << 20);
	frame_clear(&f);
	f.window_ns = T0 + i * R;
	f.resolution_ns = R;
	if (node == NULL)
		make_rollup(&f, &a, i);
	else
		make_node(&f, &a, node, uid, i);
	written = sqlite_db_write(db, &f, now_ns, err);
	arena_fini(&a);
	return written;
}

static bool
care(struct sqlite_db *db)
{
	struct err err;
	bool did;

	if (!sqlite_db_care(db, &did, &err)) {
		printf("Bail out!  sqlite_db_care: %s\n", err.msg);
		exit(1);
	}
	return did;
}

void
fill(struct sqlite_db *db, int64_t from, int64_t to)
{
	struct err err;

	for (int64_t i = from; i <= to; i++) {
		if (add(db, "n1", "u1", i, &err) != SQLITE_WRITTEN ||
		    add(db, NULL, NULL, i, &err) != SQLITE_WRITTEN) {
			printf("Bail out!  window %d: %s\n", (int)i, err.msg);
			exit(1);
		}
		care(db);
		care(db);
	}
}

void
settle(struct sqlite_db *db)
{
	for (int n_idle = 0; n_idle < 200; n_idle++)
		if (care(db))
			n_idle = 0;
}

int64_t
ask_number(const char *sql)
{
	struct sqlite3_stmt *st = NULL;
	struct sqlite3 *db;
	int64_t n = -1;

	if (sqlite3_open_v2(db_path, &db, SQLITE_OPEN_READONLY, NULL) ==
	    SQLITE_OK && sqlite3_prepare_v2(db, sql, -1, &st, NULL) ==
	    SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

#define ITEMS_MAX 8
#define POINTS_MAX 100000
#define NAMES_MAX 128

/* A copy of the last answer. */
static struct {
	struct history_answer answer;
	struct history_item items[ITEMS_MAX];
	struct str names[NAMES_MAX];
	struct arena arena;
	struct err err;
	unsigned n_calls;
	bool is_there;
} last;

static const void *
copy(const void *p, size_t n)
{
	void *to = arena_alloc(&last.arena, n + 1);

	if (n > 0)
		memcpy(to, p, n);
	return to;
}

static void
on_answer(void *arg, const struct history_answer *answer,
    const struct err *err)
{
	(void)arg;
	last.n_calls++;
	last.is_there = answer != NULL;
	if (answer == NULL) {
		last.err = *err;
		return;
	}
	last.answer = (struct history_answer){ last.items, answer->n_items,
		last.names, answer->n_names };
	for (size_t i = 0; i < answer->n_items && i < ITEMS_MAX; i++) {
		struct history_item *item = &last.items[i];

		*item = answer->items[i];
		item->points = copy(item->points, item->n_points *
		    sizeof *item->points);
		item->buckets = copy(item->buckets, item->n_buckets *
		    sizeof *item->buckets);
	}
	for (size_t i = 0; i < answer->n_names && i < NAMES_MAX; i++)
		last.names[i] = arena_str(&last.arena, answer->names[i]);
}

const struct history_answer *
ask(struct history *h, const struct history_question *q, struct err *err)
{
	if (last.arena.max_bytes == 0)
		arena_init(&last.arena, 256 << 20);
	arena_reset(&last.arena);
	last.n_calls = 0;
	history_sqlite.ask(h, q, on_answer, NULL);
	if (last.n_calls != 1) {
		printf("Bail out!  %u answers\n", last.n_calls);
		exit(1);
	}
	*err = last.err;
	return last.is_there ? &last.answer : NULL;
}

const struct history_item *
series(struct history *h, const struct history_key *key, const char *metric)
{
	struct history_question q = {
		.what = HISTORY_SERIES,
		.keys = key,
		.n_keys = 1,
		.metric = str_of(metric),
		.end_ns = INT64_MAX,
	};
	struct err err;
	const struct history_answer *answer = ask(h, &q, &err);

	if (answer == NULL) {
		printf("Bail out!  %s: %s\n", metric, err.msg);
		exit(1);
	}
	return &answer->items[0];
}
