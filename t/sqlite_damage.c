/* SPDX-License-Identifier: ISC */
/* A database that is damaged is set aside; what is not ours is left alone. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

#include "t/sqlite_fixture.h"
#include "t/tap.h"

/* Noise from the given place to the end of PATHend. */
static void
damage(const char *end, off_t from)
{
	char name[80], noise[4096];
	struct stat st;
	int fd;

	snprintf(name, sizeof name, "%s%s", db_path, end);
	memset(noise, 0xa7, sizeof noise);
	fd = open(name, O_WRONLY);
	if (fd == -1 || fstat(fd, &st) == -1)
		bail("%s", name);
	for (off_t at = from; at < st.st_size; at += (off_t)sizeof noise)
		if (pwrite(fd, noise, sizeof noise, at) == -1)
			bail("pwrite");
	close(fd);
}

static bool
is_aside(void)
{
	static const char *const ends[] = { "-wal", "-shm", "" };
	char name[80];
	bool is_there = false;

	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "%s.damaged%s", db_path, ends[i]);
		is_there = unlink(name) == 0;
	}
	return is_there;
}

static struct sqlite_db *
try_open(struct err *err)
{
	return sqlite_db_open(&options, &counters, err);
}

static void
test_at_start(void)
{
	static const off_t from[] = { 0, 4096 };
	struct err err;

	for (size_t i = 0; i < 2; i++) {
		struct sqlite_db *db = open_db();

		fill(db, 0, 89);
		settle(db);
		sqlite_db_close(db);
		damage("", from[i]);
		damage("-wal", 0);
		db = try_open(&err);
		if (i == 0) {
			ok(db != NULL && is_aside(), "a new one begins");
			is_u64(counters.databases_damaged, 1, "is counted");
		}
		ok(db != NULL, "what is damaged keeps no sink from starting");
		if (db != NULL && add(db, "n1", "u1", 90, &err) !=
		    SQLITE_WRITTEN) {
			ok(sqlite_db_is_damaged(db), "or it is noticed: %s",
			    err.msg);
			ok(sqlite_db_set_aside(db, &err) && is_aside(),
			    "and set aside");
			sqlite_db_close(db);
			db = try_open(&err);
			ok(db != NULL && add(db, "n1", "u1", 90, &err) ==
			    SQLITE_WRITTEN, "and a new one begins");
		}
		is_i64(ask_number("SELECT count(*) FROM recent"), 1,
		    "which has what came since");
		sqlite_db_close(db);
		is_aside();
		remove_db();
	}
}

/* What a sink has opened is its own; another file of that name is not. */
static void
test_not_ours(void)
{
	struct sqlite_db *db = open_db();
	char kept[80];
	struct err err;
	FILE *f;

	fill(db, 0, 3);
	sqlite_db_close(db);
	snprintf(kept, sizeof kept, "%s.kept", db_path);
	rename(db_path, kept);
	f = fopen(db_path, "w");
	for (int i = 0; i < 2000; i++)
		fputs("text", f);
	fclose(f);
	for (int i = 0; i < 2; i++)
		ok(try_open(&err) == NULL && !is_aside(),
		    "what no sink has written to is refused: %s", err.msg);
	is_i64(access(db_path, F_OK), 0, "and stays where it is");
	unlink(kept);
	remove_db();
}

int
main(void)
{
	test_at_start();
	test_not_ours();
	return done_testing();
}
