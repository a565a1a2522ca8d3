/* SPDX-License-Identifier: ISC */
/* The store: every file that a crash, a bad disk or a stranger may leave is
 * digested, and a full disk costs nothing but the restart. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/frame.h"

#include "t/store_fixture.h"
#include "t/tap.h"

static const char *
first_file(void)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/values.00000001", directory);
	return path;
}

/* A store of three windows, closed; returns the size of its file. */
static size_t
make_file(void)
{
	struct store *s = open_store();
	struct stat st;

	fill(s, 1, 3);
	store_close(s);
	if (stat(first_file(), &st) == -1)
		bail("%s: %s", first_file(), strerror(errno));
	return (size_t)st.st_size;
}

static void
overwrite(const void *bytes, size_t n, off_t at, int flags)
{
	int fd = open(first_file(), O_WRONLY | O_CREAT | flags, 0600);

	if (fd == -1 || pwrite(fd, bytes, n, at) != (ssize_t)n)
		bail("%s: %s", first_file(), strerror(errno));
	close(fd);
}

static void
flip(off_t at)
{
	unsigned char byte = 0;
	int fd = open(first_file(), O_RDONLY);

	if (fd == -1 || pread(fd, &byte, 1, at) != 1)
		bail("%s: %s", first_file(), strerror(errno));
	close(fd);
	byte ^= 0x55;
	overwrite(&byte, 1, at, 0);
}

/* Everything that can be asked is asked, for the sanitizers to see. */
static bool
is_alive(struct store *s)
{
	const struct store_point *p;
	struct arena a;
	struct frame f;
	size_t n;

	for (unsigned type = 0; type < SET_TYPE_COUNT; type++)
		list(s, (enum set_type)type);
	arena_init(&a, 16 << 20);
	store_frame(s, store_find(s, &node_key), &a, &f);
	store_frame(s, store_find(s, &cluster_key), &a, &f);
	arena_fini(&a);
	add(s, "n1", 9);
	add(s, NULL, 9);
	n = series(s, &node_key, METRIC_CPU_USAGE, &p);
	return n >= 1 && p[n - 1].value.u == 9000;
}

/* Values that are there are right ones: nothing is made up. */
static bool
is_true(struct store *s)
{
	const struct store_point *p;
	size_t n = series(s, &node_key, METRIC_CPU_USAGE, &p);

	for (size_t i = 0; i < n; i++)
		if (p[i].value.u != (uint64_t)((p[i].window_ns - T0) / R) *
		    1000)
			return false;
	return true;
}

static void
test_flips(void)
{
	unsigned n_alive = 0, n_true = 0, n_restarted = 0, n = 0;
	size_t size = make_file();

	remove_all();
	for (size_t at = 0; at < size; at += 5, n++) {
		struct store *s;

		make_file();
		flip((off_t)at);
		s = open_store();
		n_true += is_true(s);
		n_alive += is_alive(s);
		store_close(s);
		s = open_store();
		n_restarted += is_alive(s) && is_true(s);
		store_close(s);
		remove_all();
	}
	ok(n > 100, "a byte is flipped in %u places", n);
	is_u64(n_alive, n, "the store always goes on");
	is_u64(n_true, n, "nothing wrong is ever served");
	is_u64(n_restarted, n, "and the next start is fine");
}

static void
test_cuts(void)
{
	unsigned n_alive = 0, n_true = 0, n = 0;
	size_t size = make_file();

	remove_all();
	for (size_t to = 0; to < size; to += 7, n++) {
		struct store *s;

		make_file();
		if (truncate(first_file(), (off_t)to) == -1)
			bail("%s: %s", first_file(), strerror(errno));
		s = open_store();
		n_true += is_true(s);
		n_alive += is_alive(s);
		store_close(s);
		remove_all();
	}
	is_u64(n_alive, n, "cut anywhere it goes on");
	is_u64(n_true, n, "with what is before the cut");
}

static void
test_tail(void)
{
	static const char tail[] = "CHST half a record";
	size_t size = make_file();
	const struct store_point *p;
	struct store *s;
	struct stat st;

	overwrite(tail, sizeof tail, (off_t)size, 0);
	s = open_store();
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 3,
	    "half a record at the end costs nothing");
	is_u64(counters.segments_damaged, 0, "and is no damage");
	ok(stat(first_file(), &st) == 0 && (size_t)st.st_size == size,
	    "it is cut off");
	fill(s, 4, 5);
	store_close(s);
	s = open_store();
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 5,
	    "and what comes takes its place");
	store_close(s);
	remove_all();
}

static void
test_strangers(void)
{
	static const struct {
		const char *what;
		const char *bytes;
		uint64_t damaged;
	} files[] = {
		{ "an empty file", "", 0 },
		{ "a file of three bytes", "abc", 0 },
		{ "a file of ours without a record", "CHAPST04", 0 },
		{ "a text", "This is not a file of the store.\n", 1 },
		{ "a file of an older version", "CHAPST03TSCH....", 1 },
	};

	struct store *s;
	char aside[128];

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		store_close(open_store());
		overwrite(files[i].bytes, strlen(files[i].bytes), 0, O_TRUNC);
		s = open_store();
		is_u64(counters.segments_damaged, files[i].damaged,
		    "%s is %s", files[i].what, files[i].damaged > 0 ?
		    "moved aside" : "used");
		ok(is_alive(s), "%s: the store goes on", files[i].what);
		store_close(s);
		remove_all();
	}
	store_close(open_store());
	if (mkdir(first_file(), 0700) == -1)
		bail("%s: %s", first_file(), strerror(errno));
	s = open_store();
	is_u64(counters.segments_damaged, 1, "a directory is moved aside");
	ok(is_alive(s), "and the store goes on");
	store_close(s);
	snprintf(aside, sizeof aside, "%s/damaged", directory);
	rmdir(aside);
	remove_all();
}

static void
set_file_size_max(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
test_full_disk(void)
{
	const struct store_point *p;
	struct store *s = open_store();
	struct rlimit before;
	struct stat st;

	getrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_IGN);
	ok(add(s, "n1", 1), "at first there is room");
	if (stat(first_file(), &st) == -1)
		bail("%s: %s", first_file(), strerror(errno));
	set_file_size_max((rlim_t)st.st_size + 40);
	ok(!add(s, "n1", 2) && !add(s, "n1", 3), "a full disk is said");
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 3,
	    "and what came is kept in memory");
	is_u64(counters.segments_in_memory, 1, "which is counted");
	set_file_size_max(0);
	ok(!add(s, "n1", 30), "not even a new file has room");
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 4,
	    "which changes nothing");
	set_file_size_max(before.rlim_cur);
	ok(add(s, "n1", 60) && add(s, "n1", 61),
	    "a later segment is on disk again");
	store_close(s);
	s = open_store();
	is_u64(series(s, &node_key, METRIC_CPU_USAGE, &p), 3,
	    "a restart has what was on disk");
	store_close(s);
	remove_all();
}

int
main(void)
{
	struct store *s;
	struct err err;

	test_flips();
	test_cuts();
	test_tail();
	test_strangers();
	test_full_disk();
	s = open_store();
	ok(store_open(directory, RETENTION, 1 << 20, &counters, &err) == NULL,
	    "a second process is refused: %s", err.msg);
	store_close(s);
	remove_all();
	return done_testing();
}
