/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cursor.h"
#include "t/tap.h"

static char dir[] = "/tmp/chcXXXXXX";
static char path[64];

static void
put_file(const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		bail("%s: %s", path, strerror(errno));
}

static const char *
file_text(void)
{
	static char text[8192];
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		return NULL;
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void
test_load(void)
{
	static const struct {
		const char *name;
		const char *text;
		bool is_good;
		size_t n;
	} cases[] = {
		{ "an empty file", "", true, 0 },
		{ "one position", "17.4\n", true, 1 },
		{ "two positions", "17.4\n18.1\n", true, 2 },
		{ "the largest numbers",
		    "18446744073709551615.18446744073709551615\n", true, 1 },
		{ "an epoch beyond 64 bits", "18446744073709551616.1\n",
		    false, 0 },
		{ "a number beyond 64 bits", "1.18446744073709551616\n",
		    false, 0 },
		{ "a line without a number", "17\n", false, 0 },
		{ "an empty line", "17.4\n\n", false, 0 },
		{ "blanks", "17. 4\n", false, 0 },
		{ "text", "hello\n", false, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct cursor c;
		struct err err = { "" };
		bool is_good;

		put_file(cases[i].text);
		is_good = cursor_load(&c, path, &err);
		ok(is_good == cases[i].is_good, "%s %s%s%s",
		    cases[i].is_good ? "takes" : "refuses", cases[i].name,
		    is_good ? "" : ": ", err.msg);
		if (is_good) {
			is_u64(c.n, cases[i].n, "%s: %zu in all",
			    cases[i].name, cases[i].n);
			ok(!c.is_dirty, "%s: need not be stored again",
			    cases[i].name);
		}
		cursor_fini(&c);
	}
}

static void
test_store(void)
{
	struct cursor c;
	struct err err;

	unlink(path);
	ok(cursor_load(&c, path, &err) && c.n == 0,
	    "a missing file is an empty cursor");
	ok(cursor_store(&c, &err) && file_text() == NULL,
	    "nothing new is not stored");
	cursor_set(&c, 17, 4);
	cursor_set(&c, 18, 1);
	cursor_set(&c, 17, 5);
	ok(cursor_store(&c, &err), "stores");
	is_str(file_text(), "18.1\n17.5\n", "one line each, newest last");
	cursor_set(&c, 17, 5);
	ok(!c.is_dirty, "the same position again is nothing new");
	cursor_fini(&c);
	ok(cursor_load(&c, path, &err) && c.n == 2 &&
	    c.entries[1].epoch == 17 && c.entries[1].seq == 5,
	    "loads what was stored");
	cursor_fini(&c);
}

static void
test_bound(void)
{
	struct cursor c;
	struct err err;

	unlink(path);
	cursor_load(&c, path, &err);
	for (uint64_t i = 0; i < 3 * CURSOR_EPOCHS_MAX; i++) {
		cursor_set(&c, UINT64_MAX - i, UINT64_MAX);
		cursor_set(&c, 7, i + 1);
	}
	is_u64(c.n, CURSOR_EPOCHS_MAX, "many publishers: bounded");
	ok(c.entries[c.n - 1].epoch == 7 &&
	    c.entries[c.n - 1].seq == 3 * CURSOR_EPOCHS_MAX,
	    "many publishers: one that is active stays");
	ok(cursor_store(&c, &err), "stores the longest text there is");
	cursor_fini(&c);
	ok(cursor_load(&c, path, &err) && c.n == CURSOR_EPOCHS_MAX,
	    "and loads it");
	cursor_fini(&c);
}

static void
test_failure(void)
{
	char missing[96];
	struct cursor c;
	struct err err = { "" };

	snprintf(missing, sizeof missing, "%s/no/cursor", dir);
	ok(cursor_load(&c, missing, &err), "no directory: empty");
	cursor_set(&c, 1, 1);
	ok(!cursor_store(&c, &err), "no directory: cannot be stored");
	ok(strstr(err.msg, missing) != NULL, "no directory: says where: %s",
	    err.msg);
	ok(c.is_dirty, "no directory: is tried again");
	cursor_fini(&c);
	ok(!cursor_load(&c, dir, &err), "a directory is no cursor: %s",
	    err.msg);
	cursor_fini(&c);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		bail("mkdtemp: %s", strerror(errno));
	snprintf(path, sizeof path, "%s/x.cursor", dir);
	test_load();
	test_store();
	test_bound();
	test_failure();
	unlink(path);
	rmdir(dir);
	return done_testing();
}
