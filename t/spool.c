/* SPDX-License-Identifier: ISC */
/* A journal for hours: many segments, bounds of size and age, and whatever may
 * happen to its files. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/timestamp.h"
#include "t/journal_fixture.h"
#include "t/tap.h"

#define N_FILES 16
#define PATH_BYTES 80
#define LINES_EACH 5		/* of a segment, with */
#define SMALL (16 * 620)
#define BEGIN_NS (INT64_C(4000000000) * NS_PER_S)

static char dir[] = "/tmp/chjXXXXXX";
static char path[PATH_BYTES];

static const char *
file(unsigned number, const char *suffix)
{
	static char name[PATH_BYTES + 16];

	snprintf(name, sizeof name, "%s.%u%s", path, number, suffix);
	return name;
}

static void
forget_files(void)
{
	for (unsigned i = 0; i < N_FILES; i++) {
		unlink(file(i, ""));
		unlink(file(i, ".foreign"));
		unlink(file(i, ".damaged"));
	}
}

static bool
exists(unsigned number, const char *suffix)
{
	return access(file(number, suffix), F_OK) == 0;
}

static struct journal *
must_open(int64_t max_age_ns)
{
	struct err err;
	struct journal *j = journal_open_spool(path, SMALL, max_age_ns, &err);

	if (j == NULL)
		bail("%s", err.msg);
	return j;
}

static void
must_append(struct journal *j, size_t n)
{
	struct err err;

	for (size_t i = 0; i < n; i++)
		if (!fixture_append(j, 1, &err))
			bail("%s", err.msg);
}

/* What kill -9 leaves: nothing is closed properly. */
static void
write_and_die(size_t n)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		must_append(must_open(0), n);
		raise(SIGKILL);
	}
	if (waitpid(child, &status, 0) == -1 || !WIFSIGNALED(status))
		bail("the writer was not killed");
}

/* Its oldest and newest lines and all between them are there, in the epoch;
 * 0: in a new one. */
static bool
has(struct journal *j, uint64_t epoch, uint64_t oldest, uint64_t newest)
{
	if (journal_oldest_seq(j) == oldest &&
	    journal_newest_seq(j) == newest &&
	    (journal_epoch(j) == epoch || epoch == 0) &&
	    fixture_has_lines(j, 1, oldest, newest))
		return true;
	diag("oldest %" PRIu64 " newest %" PRIu64 " epoch %" PRIu64
	    " instead of %" PRIu64 " %" PRIu64 " %" PRIu64,
	    journal_oldest_seq(j), journal_newest_seq(j), journal_epoch(j),
	    oldest, newest, epoch);
	return false;
}

static uint64_t
epoch_on_disk(void)
{
	struct journal *j = must_open(0);
	uint64_t epoch = journal_epoch(j);

	journal_close(j);
	return epoch;
}

static void
test_size(void)
{
	struct journal *j = must_open(0);
	uint64_t fewest = UINT64_MAX, most = 0;
	struct stat st;

	for (int i = 0; i < 1000; i++) {
		uint64_t kept;

		must_append(j, 1);
		kept = journal_newest_seq(j) + 1 - journal_oldest_seq(j);
		most = kept > most ? kept : most;
		if (i >= N_FILES * LINES_EACH)
			fewest = kept < fewest ? kept : fewest;
	}
	is_u64(fewest, (N_FILES - 1) * LINES_EACH + 1,
	    "all but a sixteenth is kept");
	is_u64(most, N_FILES * LINES_EACH, "and no more than all");
	ok(journal_bytes(j) <= SMALL + N_FILES * 124, "within its bound");
	ok(has(j, 0, 921, 1000), "and read across all segments");
	ok(fixture_has_lines(j, 950, 950, 1000), "or from the middle");
	is_u64(journal_seq_within(j, 0), 1001, "no line is in no bytes");
	is_u64(journal_seq_within(j, 124 * 3), 998, "three are in so many");
	is_u64(journal_seq_within(j, 124 * 52 + 123), 949, "52 in more");
	is_u64(journal_seq_within(j, UINT64_MAX), 921, "all in any number");
	is_u64(journal_lines_given_up(j), 0, "nothing was given up early");
	ok(stat(file(3, ""), &st) == 0 && (st.st_mode & 0777) == 0600,
	    "nobody else can read it");
	journal_close(j);
}

static void
test_age(void)
{
	static const struct {
		int64_t at_s;
		uint64_t oldest;	/* after one more line */
		const char *name;
	} cases[] = {
		{ 0, 1, "the first line" },
		{ 1000, 1, "all of the age" },
		{ 1400, 1, "to the second" },
		{ 1401, 1, "and until no younger line is beside it" },
		{ 2401, 2, "then it goes" },
		{ 2000, 2, "a clock that is set back does no harm" },
		{ 3500, 5, "nor does one that jumps" },
		{ 9000, 7, "a long pause leaves the newest" },
		{ 9001, 7, "for its time" },
	};
	struct journal *j;

	forget_files();
	j = must_open(1400 * NS_PER_S);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		journal_age(j, BEGIN_NS + cases[i].at_s * NS_PER_S);
		must_append(j, 1);
		is_u64(journal_oldest_seq(j), cases[i].oldest, "age: %s",
		    cases[i].name);
	}
	journal_close(j);
}

/* Whoever is killed while lines are young has a successor that knows when they
 * came. */
static void
test_age_kept(void)
{
	struct journal *j;

	forget_files();
	j = must_open(1400 * NS_PER_S);
	journal_age(j, BEGIN_NS);
	must_append(j, 2);
	journal_age(j, BEGIN_NS + 200 * NS_PER_S);
	must_append(j, 2);
	journal_close(j);
	j = must_open(1400 * NS_PER_S);
	is_u64((uint64_t)journal_oldest_ns(j), BEGIN_NS,
	    "age: the oldest line's time is on disk");
	journal_age(j, BEGIN_NS + 1601 * NS_PER_S);
	must_append(j, 1);
	is_u64(journal_oldest_seq(j), 3, "age: a successor keeps to it");
	journal_close(j);
}

static void
test_successor(void)
{
	struct journal *j;
	uint64_t epoch, n = 37;

	forget_files();
	write_and_die(n);
	epoch = epoch_on_disk();
	for (int i = 0; i < 8; i++, n += 23) {
		j = must_open(0);
		ok(has(j, epoch, n > 80 ? journal_oldest_seq(j) : 1, n) &&
		    !journal_was_dropped(j) && journal_cut_bytes(j) == 0 &&
		    journal_newest_seq(j) - journal_oldest_seq(j) >= 36,
		    "killed after %" PRIu64 " lines: all are there", n);
		journal_close(j);
		write_and_die(23);
	}
}

/* Wherever the newest segment ends, the lines before that are there, and those
 * of the others. */
static void
test_torn(void)
{
	unsigned n_bad = 0;

	for (off_t cut = 1; cut <= 3 * 124; cut++) {
		uint64_t epoch, newest = 48 - (uint64_t)(cut + 123) / 124;
		struct journal *j;
		struct stat st;

		forget_files();
		write_and_die(48);
		epoch = epoch_on_disk();
		if (stat(file(9, ""), &st) == -1 || truncate(file(9, ""),
		    st.st_size - cut) == -1)
			bail("%s: %s", file(9, ""), strerror(errno));
		j = must_open(0);
		n_bad += !has(j, epoch, 1, newest) || journal_cut_bytes(j) !=
		    (cut % 124 == 0 ? 0 : 124 - (uint64_t)cut % 124);
		must_append(j, 10);
		n_bad += !has(j, epoch, 1, newest + 10);
		journal_close(j);
	}
	is_u64(n_bad, 0, "torn at any byte: what is whole is there");
}

/* An older one that is cut costs what is older. */
static void
test_torn_old(void)
{
	unsigned n_bad = 0;

	for (off_t size = 0; size < 660; size++) {
		struct journal *j;
		uint64_t epoch;

		forget_files();
		write_and_die(48);
		epoch = epoch_on_disk();
		if (truncate(file(4, ""), size) == -1)
			bail("%s: %s", file(4, ""), strerror(errno));
		j = must_open(0);
		n_bad += !has(j, epoch, 26, 48);
		must_append(j, 200);
		n_bad += journal_epoch(j) != epoch ||
		    journal_newest_seq(j) != 248;
		journal_close(j);
	}
	is_u64(n_bad, 0, "an older one cut at any byte: the newer are there");
}

static void
test_damage(void)
{
	static const struct {
		const char *name;
		unsigned number;
		off_t at;
		uint64_t oldest;	/* 0: a new epoch */
		bool is_aside;		/* when it is opened */
	} cases[] = {
		{ "the newest one's head", 9, 9, 0, true },
		{ "the newest one's first record", 9, 40, 0, true },
		{ "the head of what was to come next", 10, 9, 0, true },
		{ "an old one's head", 4, 9, 26, true },
		{ "an old one's record", 4, 40 + 124, 26, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *name = cases[i].name;
		struct journal *j;
		uint64_t epoch;

		forget_files();
		write_and_die(48);
		epoch = epoch_on_disk();
		fixture_flip(file(cases[i].number, ""), cases[i].at);
		j = must_open(0);
		if (cases[i].oldest != 0)
			ok(has(j, epoch, cases[i].oldest, 48) &&
			    !journal_was_dropped(j),
			    "damage to %s: the newer are there", name);
		else
			ok(journal_epoch(j) != epoch &&
			    journal_newest_seq(j) == 0 &&
			    journal_was_dropped(j),
			    "damage to %s: no number is used twice", name);
		ok(exists(cases[i].number, ".damaged") &&
		    str_is(journal_set_aside(j), file(cases[i].number,
		    ".damaged")), "and it is set aside");
		must_append(j, 100);
		ok(fixture_has_lines(j, 1, journal_oldest_seq(j),
		    journal_newest_seq(j)), "and life goes on");
		journal_close(j);
	}
}

/* What is within a line is found out when it is asked for. */
static void
test_damaged_line(void)
{
	struct buf out = BUF_INIT;
	struct journal *j;
	uint64_t epoch, next;
	struct err err = { "" };

	forget_files();
	write_and_die(48);
	epoch = epoch_on_disk();
	fixture_flip(file(4, ""), 40 + 124 + 24 + 7);
	j = must_open(0);
	is_u64(journal_oldest_seq(j), 1, "a damaged line is not seen at first");
	ok(!journal_read(j, 10, FIXTURE_BIG, &out, &next, &err),
	    "but when it is read: %s", err.msg);
	ok(has(j, epoch, 26, 48), "then it is given up with what is older");
	ok(exists(4, ".damaged"), "and set aside");
	must_append(j, 3);
	ok(has(j, epoch, 26, 51), "and life goes on");
	fixture_flip(file(10, ""), 40 + 24 + 7);
	buf_reset(&out);
	ok(!journal_read(j, 50, FIXTURE_BIG, &out, &next, &err) &&
	    journal_oldest_seq(j) == 52, "in the newest one, too");
	must_append(j, 3);
	ok(has(j, epoch, 52, 54), "which is left behind");
	journal_close(j);
	buf_fini(&out);
}

static void
test_foreign(void)
{
	struct journal *j;
	uint64_t epoch;
	struct err err;

	forget_files();
	write_and_die(48);
	epoch = epoch_on_disk();
	unlink(file(2, ""));
	fixture_put_file(file(2, ""), "dear diary,\n");
	j = must_open(0);
	ok(has(j, epoch, 16, 48), "a foreign file: the newer are there");
	ok(exists(2, ".foreign"), "and it is set aside");
	journal_close(j);

	unlink(file(2, ""));
	fixture_put_file(file(2, ""), "dear diary,\n");
	ok(journal_open_spool(path, SMALL, 0, &err) == NULL &&
	    strstr(err.msg, "cannot be set aside") != NULL,
	    "but not over another: %s", err.msg);

	forget_files();
	write_and_die(48);
	unlink(file(10, ""));
	fixture_put_file(file(10, ""), "dear diary,\n");
	j = must_open(0);
	ok(journal_epoch(j) != epoch && journal_was_dropped(j),
	    "where the newest lines may have been: a new epoch");
	journal_close(j);
}

/* A full disk lets a file be emptied, and takes no header. */
static void
test_without_head(void)
{
	struct journal *j;
	uint64_t epoch;

	forget_files();
	write_and_die(45);
	epoch = epoch_on_disk();
	for (unsigned i = 8; i >= 5; i--) {
		char *from = xasprintf("%s", file(i, ""));

		if (rename(from, file(i + 1, "")) == -1)
			bail("%s: %s", from, strerror(errno));
		free(from);
	}
	fixture_put_file(file(5, ""), "");
	j = must_open(0);
	ok(has(j, epoch, 1, 45), "one without a head costs no other");
	must_append(j, 100);
	ok(journal_epoch(j) == epoch && fixture_has_lines(j, 1,
	    journal_oldest_seq(j), 145), "and life goes on");
	journal_close(j);
}

/* The copy of what is damaged is a courtesy. */
static void
test_no_room_aside(void)
{
	struct journal *j;
	uint64_t epoch;

	forget_files();
	write_and_die(48);
	epoch = epoch_on_disk();
	fixture_flip(file(4, ""), 9);
	if (mkdir(file(4, ".damaged"), 0700) == -1)
		bail("%s: %s", file(4, ".damaged"), strerror(errno));
	j = must_open(0);
	ok(has(j, epoch, 26, 48), "damage that cannot be set aside goes");
	journal_close(j);
	rmdir(file(4, ".damaged"));
}

static void
test_one_writer(void)
{
	struct journal *j = must_open(0);
	struct err err;

	ok(journal_open_spool(path, SMALL, 0, &err) == NULL &&
	    strstr(err.msg, "in use by another process") != NULL,
	    "one writer at a time: %s", err.msg);
	journal_close(j);
}

/* A limit on the size of files stands for a full disk. */
static void
test_full_disk(void)
{
	struct journal *j;
	uint64_t epoch;
	struct err err;

	forget_files();
	j = must_open(0);
	epoch = journal_epoch(j);
	must_append(j, 80);
	fixture_limit_files(350);
	must_append(j, 2);
	ok(has(j, epoch, 6, 82), "full: a segment takes fewer lines");
	must_append(j, 32);
	ok(journal_newest_seq(j) == 114 && journal_oldest_seq(j) > 70 &&
	    fixture_has_lines(j, 1, journal_oldest_seq(j), 114),
	    "full: the newest are kept");
	ok(journal_lines_given_up(j) > 60, "and what goes early is counted");
	ok(!fixture_append(j, 10, &err), "full: what fits nowhere is said: %s",
	    err.msg);
	is_u64(journal_oldest_seq(j), journal_newest_seq(j) + 1,
	    "and nothing is kept");
	fixture_limit_files(RLIM_INFINITY);
	must_append(j, 7);
	ok(has(j, epoch, 125, 131), "space again: it goes on");
	journal_close(j);
	j = must_open(0);
	ok(has(j, epoch, 125, 131), "and so does a successor");
	journal_close(j);
}

int
main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	if (mkdtemp(dir) == NULL)
		bail("mkdtemp: %s", strerror(errno));
	snprintf(path, sizeof path, "%s/out.spool", dir);
	test_size();
	test_age();
	test_age_kept();
	test_successor();
	test_torn();
	test_torn_old();
	test_damage();
	test_damaged_line();
	test_foreign();
	test_without_head();
	test_no_room_aside();
	test_one_writer();
	test_full_disk();
	forget_files();
	if (rmdir(dir) == -1)
		bail("%s: %s", dir, strerror(errno));
	return done_testing();
}
