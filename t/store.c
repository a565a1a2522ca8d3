/* SPDX-License-Identifier: ISC */
/* The store: what went in comes out, over restarts, damage and full disks. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/frame.h"
#include "common/timestamp.h"

#include "apiserver/store.h"

#include "t/tap.h"

#define R (10 * NS_PER_S)
#define T0 (INT64_C(1790000000) * NS_PER_S)
#define RETENTION (900 * NS_PER_S)
#define EPOCH UINT64_C(1790000000123456789)

static char directory[64];
static struct store_counters counters;
static uint64_t next_seq = 1;

static struct store *
open_store(void)
{
	struct err err;
	struct store *s;

	memset(&counters, 0, sizeof counters);
	s = store_open(directory, RETENTION, UINT64_C(1) << 30, &counters,
	    &err);
	if (s == NULL)
		bail("store_open: %s", err.msg);
	return s;
}

/*
 * Window i of a node with one system container and one pod with one
 * container.  cpu/usage of the node is 1000 i, its utilisation is i / 8, the
 * pod's memory 77, the container's file system "/" has i bytes in use.
 */
static void
make_frame(struct frame *f, struct arena *a, const char *node, int64_t i)
{
	size_t set;

	frame_clear(f);
	f->kind = FRAME_NODE;
	f->node = str_of(node);
	f->hostname = STR("host");
	f->window_ns = T0 + i * R;
	f->resolution_ns = R;
	set = frame_add_set(f, a, SET_NODE, 0);
	f->sets[set].name = f->node;
	f->sets[set].scraped_ns = f->window_ns + 5 * NS_PER_US;
	set_u64(&f->sets[set], METRIC_CPU_USAGE, 1000 * (uint64_t)i);
	set_float(&f->sets[set], METRIC_CPU_NODE_UTILIZATION, (double)i / 8);
	set = frame_add_set(f, a, SET_SYS_CONTAINER, 0);
	f->sets[set].name = STR("system.slice/ssh.service");
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, UINT64_MAX);
	set = frame_add_set(f, a, SET_POD, 0);
	f->sets[set].namespace_name = STR("default");
	f->sets[set].name = STR("web");
	f->sets[set].pod_id = STR("uid");
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, 77);
	set = frame_add_set(f, a, SET_POD_CONTAINER, set);
	f->sets[set].name = STR("c");
	set_u64(&f->sets[set], METRIC_CPU_USAGE_RATE, 5);
	frame_add_resource(f, a, set)->resource_id = STR("/");
	resource_u64(&f->sets[set].resources[0], METRIC_FILESYSTEM_USAGE,
	    (uint64_t)i);
}

static void
make_rollup(struct frame *f, struct arena *a, int64_t i)
{
	size_t set;

	frame_clear(f);
	f->kind = FRAME_ROLLUP;
	f->window_ns = T0 + i * R;
	f->resolution_ns = R;
	f->n_answered = 1;
	set = frame_add_set(f, a, SET_CLUSTER, 0);
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, 70 + (uint64_t)i);
	set = frame_add_set(f, a, SET_NAMESPACE, 0);
	f->sets[set].name = STR("default");
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, 7);
}

static bool
add(struct store *s, const char *node, int64_t i)
{
	struct arena a;
	struct frame f;
	struct err err;
	bool ok;

	arena_init(&a, 1 << 20);
	if (node == NULL)
		make_rollup(&f, &a, i);
	else
		make_frame(&f, &a, node, i);
	ok = store_add(s, &f, EPOCH, next_seq++, &err);
	arena_fini(&a);
	return ok;
}

static const struct store_key node_key = { .type = SET_NODE,
	.node = STR_INIT("n1") };
static const struct store_key pod_key = { .type = SET_POD,
	.namespace_name = STR_INIT("default"), .pod = STR_INIT("web") };
static const struct store_key container_key = { .type = SET_POD_CONTAINER,
	.namespace_name = STR_INIT("default"), .pod = STR_INIT("web"),
	.container = STR_INIT("c") };
static const struct store_key sys_key = { .type = SET_SYS_CONTAINER,
	.node = STR_INIT("n1"),
	.container = STR_INIT("system.slice/ssh.service") };
static const struct store_key cluster_key = { .type = SET_CLUSTER };
static const struct store_key namespace_key = { .type = SET_NAMESPACE,
	.namespace_name = STR_INIT("default") };

static size_t
series(struct store *s, const struct store_key *key, enum metric m,
    const struct store_point **points)
{
	return store_series(s, store_find(s, key), m, NULL, INT64_MIN,
	    INT64_MAX, points);
}

static void
remove_all(void)
{
	DIR *d = opendir(directory);
	struct dirent *e;
	char path[400];

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(directory);
	next_seq = 1;
}

static void
fill(struct store *s, int64_t from, int64_t to)
{
	for (int64_t i = from; i <= to; i++) {
		add(s, "n1", i);
		add(s, NULL, i);
	}
}

static void
test_values(struct store *s, const char *when)
{
	const struct store_point *p;
	struct resource like = { .resource_id = STR_INIT("/") };
	struct resource other = { .resource_id = STR_INIT("logs") };
	size_t n = series(s, &node_key, METRIC_CPU_USAGE, &p);

	is_u64(n, 10, "%s: ten points of a counter", when);
	if (n == 10) {
		is_i64(p[0].window_ns, T0 + R, "%s: the first window", when);
		is_u64(p[9].value.u, 10000, "%s: the last value", when);
	}
	n = series(s, &node_key, METRIC_CPU_NODE_UTILIZATION, &p);
	ok(n == 10 && p[2].value.f == 0.375, "%s: floats are exact", when);
	n = series(s, &sys_key, METRIC_MEMORY_USAGE, &p);
	ok(n == 10 && p[0].value.u == UINT64_MAX,
	    "%s: all 64 bits of an integer", when);
	n = series(s, &pod_key, METRIC_MEMORY_USAGE, &p);
	ok(n == 10 && p[4].value.u == 77, "%s: a pod", when);
	n = series(s, &cluster_key, METRIC_MEMORY_USAGE, &p);
	ok(n == 10 && p[9].value.u == 80, "%s: the cluster", when);
	n = series(s, &namespace_key, METRIC_MEMORY_USAGE, &p);
	ok(n == 10 && p[0].value.u == 7, "%s: a namespace", when);
	n = store_series(s, store_find(s, &container_key),
	    METRIC_FILESYSTEM_USAGE, &like, INT64_MIN, INT64_MAX, &p);
	ok(n == 10 && p[6].value.u == 7, "%s: a labelled metric", when);
	is_u64(store_series(s, store_find(s, &container_key),
	    METRIC_FILESYSTEM_USAGE, &other, INT64_MIN, INT64_MAX, &p), 0,
	    "%s: not with another label", when);
	is_u64(series(s, &pod_key, METRIC_CPU_USAGE, &p), 0,
	    "%s: nothing of a metric that was never there", when);
	is_u64(store_series(s, store_find(s, &node_key), METRIC_CPU_USAGE,
	    NULL, T0 + 3 * R, T0 + 5 * R, &p), 3,
	    "%s: start and end are inclusive", when);
	is_u64(store_metrics(s, store_find(s, &container_key)),
	    UINT64_C(1) << METRIC_CPU_USAGE_RATE, "%s: names of metrics",
	    when);
	is_u64(store_status(s).n_answered, 1, "%s: the status", when);
}

static void
count_key(void *arg, const struct store_key *key)
{
	size_t *n = arg;

	(void)key;
	++*n;
}

static size_t
list(struct store *s, enum set_type type)
{
	size_t n = 0;

	store_list(s, &(struct store_key){ .type = type }, count_key, &n);
	return n;
}

static void
test_restart(void)
{
	struct store *s = open_store();
	uint64_t epoch, seq;

	fill(s, 1, 10);
	test_values(s, "as filled");
	is_u64(counters.frames_stored, 20, "twenty frames are stored");
	store_close(s);
	s = open_store();
	test_values(s, "after a restart");
	is_u64(store_n_positions(s), 1, "one sender is known");
	store_position(s, 0, &epoch, &seq);
	ok(epoch == EPOCH && seq == 20, "and its newest line");
	add(s, "n1", 10);
	is_u64(counters.frames_repeated, 1, "a repeat is not stored");
	test_values(s, "after a repeat");
	add(s, "n1", 11);
	is_u64(list(s, SET_NODE), 1, "the node is current");
	is_u64(list(s, SET_POD_CONTAINER), 1, "so is its container");
	add(s, "n2", 20);
	is_u64(list(s, SET_NODE), 1, "a silent node no longer is");
	store_close(s);
	remove_all();
}

static void
test_retention(void)
{
	struct store *s = open_store();
	const struct store_point *p;
	size_t n;

	fill(s, 1, 400);
	n = series(s, &node_key, METRIC_CPU_USAGE, &p);
	is_u64(n, RETENTION / R, "just the retention is served");
	ok(n > 0 && p[0].window_ns == T0 + (400 - RETENTION / R + 1) * R,
	    "and it begins where it must");
	ok(counters.bytes < 400 * 2 * 400, "older segments are gone");
	store_close(s);
	s = open_store();
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), RETENTION / R,
	    "the same after a restart");
	store_close(s);
	remove_all();
}

static void
test_moved_pod(void)
{
	struct store *s = open_store();
	const struct store_point *p;

	add(s, "n1", 1);
	add(s, "n1", 2);
	add(s, "n2", 3);
	add(s, "n2", 4);
	is_u64(series(s, &pod_key, METRIC_MEMORY_USAGE, &p), 4,
	    "a pod that moved is one series");
	ok(p[0].window_ns < p[1].window_ns && p[2].window_ns < p[3].window_ns,
	    "in order");
	store_close(s);
	remove_all();
}

/* Every file that a crash or a bad disk may leave is digested. */
static void
test_damage(void)
{
	unsigned char byte;
	struct store *s;
	char path[128];
	unsigned survived = 0;
	struct stat st;
	int fd;

	for (off_t at = 0; at < 2000; at += 13) {
		const struct store_point *p;

		s = open_store();
		fill(s, 1, 3);
		store_close(s);
		snprintf(path, sizeof path, "%s/values.00000001", directory);
		fd = open(path, O_RDWR);
		if (fd == -1 || pread(fd, &byte, 1, at) != 1)
			bail("%s: cannot be read", path);
		byte ^= 0x55;
		if (pwrite(fd, &byte, 1, at) != 1)
			bail("%s: cannot be written", path);
		close(fd);
		s = open_store();
		add(s, "n1", 9);
		survived += series(s, &node_key, METRIC_CPU_USAGE, &p) >= 1;
		store_close(s);
		remove_all();
	}
	is_u64(survived, (2000 + 12) / 13, "a flipped byte anywhere is survived");
	s = open_store();
	fill(s, 1, 3);
	store_close(s);
	if (stat(path, &st) == -1 || truncate(path, 700) == -1)
		bail("%s: cannot be cut", path);
	s = open_store();
	ok(store_status(s).window_ns < T0 + 3 * R, "a cut file loses its end");
	fill(s, 4, 5);
	ok(store_status(s).window_ns == T0 + 5 * R, "and goes on");
	store_close(s);
	remove_all();
}

static void
test_full_disk(void)
{
	struct rlimit none = { 4096, RLIM_INFINITY }, before;
	struct store *s;
	const struct store_point *p;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	none.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &none);
	s = open_store();
	ok(!add(s, "n1", 1), "a full disk is said");
	add(s, "n1", 2);
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 2,
	    "and what came is kept in memory");
	is_u64(counters.segments_in_memory, 1, "which is counted");
	setrlimit(RLIMIT_FSIZE, &before);
	add(s, "n1", 60);
	ok(add(s, "n1", 61), "a later segment is on disk again");
	store_close(s);
	remove_all();
}

int
main(void)
{
	struct store *s;
	struct err err;

	snprintf(directory, sizeof directory, "/tmp/chstore%d", (int)getpid());
	test_restart();
	test_retention();
	test_moved_pod();
	test_damage();
	test_full_disk();
	s = open_store();
	ok(store_open(directory, RETENTION, 1 << 20, &counters, &err) == NULL,
	    "a second process is refused: %s", err.msg);
	is_u64(list(s, SET_NODE), 0, "an empty store lists nothing");
	store_close(s);
	remove_all();
	return done_testing();
}
