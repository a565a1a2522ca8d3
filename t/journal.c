/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/journal.h"
#include "common/journal_segment.h"
#include "t/journal_fixture.h"
#include "t/tap.h"

#define PATH_BYTES 64

static char dir[] = "/tmp/chjXXXXXX";
static char path[PATH_BYTES];
static char files[2][PATH_BYTES];

static void
forget_files(void)
{
	unlink(files[0]);
	unlink(files[1]);
}

static struct journal *
must_open(const char *name, uint64_t max_bytes)
{
	struct err err;
	struct journal *j = journal_open(name, max_bytes, &err);

	if (j == NULL)
		bail("%s", err.msg);
	return j;
}

/* What kill -9 leaves: nothing is closed properly. */
static void
write_and_die(size_t n, uint64_t max_bytes)
{
	struct err err;
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct journal *j = must_open(path, max_bytes);

		for (size_t i = 0; i < n; i++)
			if (!fixture_append(j, 1, &err))
				_exit(1);
		raise(SIGKILL);
	}
	if (waitpid(child, &status, 0) == -1 || !WIFSIGNALED(status))
		bail("the writer was not killed");
}

static uint64_t
epoch_on_disk(void)
{
	struct journal *j = must_open(path, FIXTURE_BIG);
	uint64_t epoch = journal_epoch(j);

	journal_close(j);
	return epoch;
}

static void
test_empty(const char *name, const char *what)
{
	struct journal *j = must_open(name, FIXTURE_BIG);
	struct buf out = BUF_INIT;
	struct err err;
	uint64_t next = 0;

	ok(journal_epoch(j) > UINT64_C(1500000000000000000),
	    "%s: the epoch is a time", what);
	is_u64(journal_newest_seq(j), 0, "%s: no line was ever written", what);
	is_u64(journal_oldest_seq(j), 1, "%s: the oldest is behind the newest",
	    what);
	ok(journal_read(j, 1, FIXTURE_BIG, &out, &next, &err) && out.len == 0 &&
	    next == 1, "%s: nothing is read", what);
	journal_close(j);
	buf_fini(&out);
}

static void
test_read(const char *name, const char *what)
{
	struct journal *j = must_open(name, FIXTURE_BIG);
	struct buf out = BUF_INIT;
	struct err err;
	uint64_t next;

	ok(fixture_append(j, 3, &err) && fixture_append(j, 1500, &err),
	    "%s: appends more lines than one write takes", what);
	is_u64(journal_newest_seq(j), 1503, "%s: counts them", what);
	ok(fixture_has_lines(j, 1, 1, 1503), "%s: reads all of them", what);
	ok(fixture_has_lines(j, 700, 700, 1503), "%s: reads from the middle", what);
	ok(journal_read(j, 10, 250, &out, &next, &err) && out.len == 200 &&
	    next == 12, "%s: reads whole lines up to a bound", what);
	buf_reset(&out);
	ok(journal_read(j, 10, 1, &out, &next, &err) && out.len == 100 &&
	    next == 11, "%s: reads one line even beyond the bound", what);
	buf_reset(&out);
	ok(journal_read(j, UINT64_MAX, FIXTURE_BIG, &out, &next, &err) &&
	    out.len == 0, "%s: reads nothing from beyond the end", what);
	journal_close(j);
	buf_fini(&out);
}

static void
test_turn_over(const char *name, const char *what)
{
	struct journal *j = must_open(name, 20000);
	uint64_t most = 0, fewest = UINT64_MAX;
	struct err err;

	for (int i = 0; i < 2000; i++) {
		uint64_t kept;

		if (!fixture_append(j, 1, &err))
			bail("%s", err.msg);
		kept = journal_newest_seq(j) + 1 - journal_oldest_seq(j);
		most = kept > most ? kept : most;
		if (i > 200)
			fewest = kept < fewest ? kept : fewest;
	}
	ok(journal_bytes(j) <= 20000 + 2 * 124, "%s: stays within its bound",
	    what);
	ok(fewest >= 80 && most <= 164, "%s: keeps between half and all of it "
	    "(%" PRIu64 " to %" PRIu64 " lines)", what, fewest, most);
	ok(fixture_has_lines(j, 1, journal_oldest_seq(j), 2000),
	    "%s: reads over the border of the segments, from the oldest", what);
	journal_close(j);
}

static void
test_successor(void)
{
	struct journal *j;
	uint64_t epoch;
	struct err err;

	forget_files();
	write_and_die(5, FIXTURE_BIG);
	j = must_open(path, FIXTURE_BIG);
	epoch = journal_epoch(j);
	is_u64(journal_newest_seq(j), 5, "killed: the successor goes on");
	ok(!journal_was_dropped(j), "killed: nothing is dropped");
	ok(fixture_append(j, 2, &err) && fixture_has_lines(j, 1, 1, 7),
	    "killed: old and new lines are there");
	journal_close(j);
	is_u64(epoch_on_disk(), epoch, "closed: the epoch stays");

	for (int i = 0; i < 6; i++) {
		write_and_die(37, 10000);
		j = must_open(path, 10000);
		is_u64(journal_newest_seq(j), 7 + 37 * (uint64_t)(i + 1),
		    "killed %d times round the segments: goes on", i + 1);
		ok(fixture_has_lines(j, 1, journal_oldest_seq(j),
		    journal_newest_seq(j)), "and has whole lines");
		journal_close(j);
	}
	is_u64(epoch_on_disk(), epoch, "all that is one epoch");
}

static void
test_torn(void)
{
	unsigned n_bad = 0;

	/* Wherever a write was cut, the lines before it are there. */
	for (off_t cut = 1; cut < 100 + FIXTURE_RECORD_BYTES; cut++) {
		struct journal *j;
		uint64_t epoch;
		struct stat st;
		struct err err;

		forget_files();
		write_and_die(3, FIXTURE_BIG);
		epoch = epoch_on_disk();
		if (stat(files[0], &st) == -1 ||
		    truncate(files[0], st.st_size - cut) == -1)
			bail("%s: %s", files[0], strerror(errno));
		j = must_open(path, FIXTURE_BIG);
		if (journal_epoch(j) != epoch ||
		    journal_newest_seq(j) != 2 || !fixture_append(j, 1, &err) ||
		    !fixture_has_lines(j, 1, 1, 3))
			n_bad++;
		journal_close(j);
	}
	is_u64(n_bad, 0, "torn at any byte: the last line is cut, no other");
}

static void
test_flips(void)
{
	static const struct {
		const char *name;
		off_t at;
	} cases[] = {
		{ "in the epoch", 8 },
		{ "in the first number", 16 },
		{ "in the first record's header", FIXTURE_HEADER_BYTES },
		{ "in the first line", FIXTURE_HEADER_BYTES + FIXTURE_RECORD_BYTES + 7 },
		{ "in the last line", FIXTURE_HEADER_BYTES + 3 * FIXTURE_RECORD_BYTES + 250 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct journal *j;
		uint64_t epoch;
		struct err err;

		forget_files();
		write_and_die(3, FIXTURE_BIG);
		epoch = epoch_on_disk();
		fixture_flip(files[0], cases[i].at);
		j = must_open(path, FIXTURE_BIG);
		ok(journal_epoch(j) != epoch,
		    "a bit flips %s: the epoch is new", cases[i].name);
		is_u64(journal_newest_seq(j), 0,
		    "a bit flips %s: no number is used twice",
		    cases[i].name);
		ok(journal_was_dropped(j), "and it says so");
		ok(fixture_append(j, 1, &err), "and it can be written");
		journal_close(j);
	}
}

/* Damage to the older segment costs its lines only. */
static void
test_flip_old(void)
{
	struct journal *j;
	uint64_t epoch, newest;
	struct stat st[2];
	int old;

	forget_files();
	write_and_die(60, 10000);
	epoch = epoch_on_disk();
	j = must_open(path, 10000);
	newest = journal_newest_seq(j);
	journal_close(j);
	if (stat(files[0], &st[0]) == -1 || stat(files[1], &st[1]) == -1)
		bail("no files");
	old = st[1].st_size > st[0].st_size;
	fixture_flip(files[old], FIXTURE_HEADER_BYTES + FIXTURE_RECORD_BYTES + 7);
	j = must_open(path, 10000);
	is_u64(journal_epoch(j), epoch, "older segment: the epoch stays");
	is_u64(journal_newest_seq(j), newest, "older segment: so do numbers");
	ok(fixture_has_lines(j, 1, journal_oldest_seq(j), newest),
	    "older segment: the newer one's lines are there");
	ok(journal_oldest_seq(j) > 1 && journal_oldest_seq(j) < newest,
	    "older segment: its lines are gone");
	journal_close(j);
}

static void
test_other_boot(void)
{
	struct segment s;
	struct journal *j;
	uint64_t epoch;
	struct err err;

	forget_files();
	write_and_die(3, FIXTURE_BIG);
	if (!segment_open(&s, path, 0, &err) || !segment_scan(&s, false, &err) ||
	    !segment_take(&s, s.boot + 2))
		bail("%s", err.msg);
	segment_fini(&s);
	j = must_open(path, FIXTURE_BIG);
	is_u64(journal_newest_seq(j), 0,
	    "the machine went down: nobody knows the newest number");
	journal_close(j);
	epoch = epoch_on_disk();
	is_u64(epoch_on_disk(), epoch, "but a closed one is always good");
}

static void
test_refusals(void)
{
	struct err err = { "" };
	struct journal *j, *other;
	char text[64] = "", absent[sizeof dir + 16];
	FILE *f;

	forget_files();
	fixture_put_file(files[1], "dear diary,\n");
	j = journal_open(path, FIXTURE_BIG, &err);
	ok(j == NULL, "refuses a foreign file");
	ok(strstr(err.msg, ".1: not a journal") != NULL,
	    "and says which: %s", err.msg);
	f = fopen(files[1], "r");
	is_str(fgets(text, sizeof text, f), "dear diary,\n",
	    "and leaves it as it was");
	fclose(f);

	forget_files();
	fixture_put_file(files[0], "CHAP");
	j = must_open(path, FIXTURE_BIG);
	ok(j != NULL, "takes a header that was half written");
	other = journal_open(path, FIXTURE_BIG, &err);
	ok(other == NULL, "refuses one that is in use");
	ok(strstr(err.msg, ".0: in use by another process") != NULL,
	    "and says so: %s", err.msg);
	journal_close(j);

	forget_files();
	if (symlink("/etc/hosts", files[0]) == -1)
		bail("symlink: %s", strerror(errno));
	ok(journal_open(path, FIXTURE_BIG, &err) == NULL, "follows no symbolic link");
	forget_files();
	if (mkfifo(files[0], 0600) == -1)
		bail("mkfifo: %s", strerror(errno));
	ok(journal_open(path, FIXTURE_BIG, &err) == NULL, "refuses a FIFO: %s",
	    err.msg);
	forget_files();
	snprintf(absent, sizeof absent, "%s/absent/j", dir);
	ok(journal_open(absent, FIXTURE_BIG, &err) == NULL,
	    "fails without the directory: %s", err.msg);
}

/* A limit on the size of files stands for a full disk. */
static void
test_full_disk(void)
{
	struct journal *j;
	uint64_t epoch, lost_from;
	struct err err = { "" };

	forget_files();
	j = must_open(path, FIXTURE_BIG);
	epoch = journal_epoch(j);
	fixture_limit_files(2000);
	for (int i = 0; i < 40; i++)
		if (!fixture_append(j, 1, &err))
			bail("%s", err.msg);
	ok(fixture_has_lines(j, 20, 20, 40),
	    "full: gives up the older lines for the newer");
	lost_from = journal_oldest_seq(j);
	ok(lost_from > 1, "full: which are gone");
	ok(!fixture_append(j, 50, &err), "full: says that a batch does not fit");
	ok(strstr(err.msg, path) != NULL, "full: and where: %s", err.msg);
	is_u64(journal_newest_seq(j), 90, "full: its numbers are used up");
	is_u64(journal_oldest_seq(j), 91, "full: nothing is kept");
	ok(!fixture_append(j, 50, &err), "full: still");
	fixture_limit_files(RLIM_INFINITY);
	ok(fixture_append(j, 2, &err) && fixture_has_lines(j, 1, 141, 142),
	    "space again: goes on, in order");
	is_u64(journal_epoch(j), epoch, "space again: in the same epoch");
	journal_close(j);
	j = must_open(path, FIXTURE_BIG);
	ok(journal_epoch(j) == epoch && journal_newest_seq(j) == 142,
	    "space again: a successor goes on as well");
	fixture_limit_files(100);
	ok(!fixture_append(j, 50, &err), "full again");
	journal_close(j);
	fixture_limit_files(RLIM_INFINITY);
	ok(epoch_on_disk() != epoch,
	    "died while full: the successor begins a new epoch");
}

int
main(void)
{
	/* SIGXFSZ is what a full disk is not: fatal. */
	signal(SIGXFSZ, SIG_IGN);
	if (mkdtemp(dir) == NULL)
		bail("mkdtemp: %s", strerror(errno));
	snprintf(path, sizeof path, "%s/j", dir);
	for (int i = 0; i < 2; i++)
		snprintf(files[i], sizeof files[i], "%s/j.%d", dir, i);

	test_empty(NULL, "memory");
	test_read(NULL, "memory");
	test_turn_over(NULL, "memory");
	test_empty(path, "file");
	test_read(path, "file");
	forget_files();
	test_turn_over(path, "file");
	test_successor();
	test_torn();
	test_flips();
	test_flip_old();
	test_other_boot();
	test_refusals();
	test_full_disk();

	forget_files();
	rmdir(dir);
	return done_testing();
}
