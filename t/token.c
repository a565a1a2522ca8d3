/* SPDX-License-Identifier: ISC */
/* Files that are replaced, rewritten, vanish, or are no tokens. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/secret.h"
#include "common/timestamp.h"

#include "common/token.h"

#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char dir[] = "/tmp/chtXXXXXX";
static char path[64], other[64];

static void
put(const char *name, const char *text, size_t n)
{
	FILE *f = fopen(name, "w");

	if (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0)
		bail("%s: %s", name, strerror(errno));
}

/* As if it had been written at another time. */
static void
set_written_at(const char *name, int64_t at_s)
{
	struct timespec times[2] = { { .tv_sec = at_s }, { .tv_sec = at_s } };

	if (utimensat(AT_FDCWD, name, times, 0) == -1)
		bail("%s: %s", name, strerror(errno));
}

static void
test_check(void)
{
	static const struct { struct str in; const char *want; } vectors[] = {
		{ STR_INIT("abc"), "abc" },
		{ STR_INIT("abc\n"), "abc" },
		{ STR_INIT(" \t\r\nabc \r\n\t "), "abc" },
		{ STR_INIT("!a.b-c_d~+/="), "!a.b-c_d~+/=" },
		{ STR_INIT(""), NULL },
		{ STR_INIT(" \n"), NULL },
		{ STR_INIT("secret two"), NULL },
		{ STR_INIT("secret\nX-Evil: 1"), NULL },
		{ STR_INIT("secret\r\nX-Evil: 1"), NULL },
		{ STR_INIT("secret\rx"), NULL },
		{ STR_INIT("secret\0x"), NULL },
		{ STR_INIT("secret\0"), NULL },
		{ STR_INIT("secret\x7f"), NULL },
		{ STR_INIT("secret\x1b[1m"), NULL },
		{ STR_INIT("secret\xc3\xa9"), NULL },
		{ STR_INIT("\xef\xbb\xbfsecret"), NULL },
	};

	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct err err = { "" };
		struct str s = vectors[i].in;
		bool is_good = token_check(&s, &err);

		ok(is_good == (vectors[i].want != NULL), "%zu is %s: %s", i,
		    is_good ? "a token" : "none", err.msg);
		if (is_good)
			is_mem(s.p, s.len, vectors[i].want,
			    strlen(vectors[i].want), "without its blanks");
		ok(strstr(err.msg, "secret") == NULL, "and is not told");
	}
}

static void
test_rotation(void)
{
	struct token t = { .path = path };
	struct err err = { "" };
	int64_t now_ns = 1;

	ok(!token_refresh(&t, now_ns, &err) && t.text == NULL,
	    "no file: %s", err.msg);
	ok(strstr(err.msg, path) != NULL, "says which");
	put(path, "first\n", 6);
	ok(token_refresh(&t, now_ns, &err), "it is looked for until it is there");
	is_str(t.text, "first", "and read");
	put(path, "second\n", 7);
	ok(token_refresh(&t, now_ns + TOKEN_LOOK_NS - 1, &err),
	    "within a second");
	is_str(t.text, "first", "it is not looked at again");
	now_ns += TOKEN_LOOK_NS;
	ok(token_refresh(&t, now_ns, &err), "after one");
	is_str(t.text, "second", "it is");
	put(other, "third!\n", 7);
	set_written_at(other, 1000);
	set_written_at(path, 1000);
	token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err);
	if (rename(other, path) == -1)
		bail("rename: %s", strerror(errno));
	ok(token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err),
	    "another file of the same size and time");
	is_str(t.text, "third!", "is read");
	put(path, "fourth\n", 7);
	set_written_at(path, 1001);
	ok(token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err),
	    "the same file with another time");
	is_str(t.text, "fourth", "is read");
	token_fini(&t);
	ok(t.text == NULL && t.path == path, "fini forgets the text");
	token_fini(&t);
}

/* As the kubelet does it: ..data is a link that is replaced. */
static void
test_links(void)
{
	char link_path[64];
	struct token t = { .path = link_path };
	struct err err = { "" };

	snprintf(link_path, sizeof link_path, "%s/link", dir);
	put(path, "one", 3);
	put(other, "two", 3);
	if (symlink(path, link_path) == -1)
		bail("symlink: %s", strerror(errno));
	ok(token_refresh(&t, 0, &err), "a link");
	is_str(t.text, "one", "is followed");
	unlink(link_path);
	ok(!token_refresh(&t, TOKEN_LOOK_NS, &err), "is away for a moment");
	is_str(t.text, "one", "which changes nothing");
	if (symlink(other, link_path) == -1)
		bail("symlink: %s", strerror(errno));
	ok(token_refresh(&t, 2 * TOKEN_LOOK_NS, &err), "and is back");
	is_str(t.text, "two", "with what it leads to now");
	unlink(link_path);
	unlink(other);
	token_fini(&t);
}

static void
test_failure(void)
{
	struct token t = { .path = path };
	struct err err = { "" }, again = { "" };
	int64_t now_ns = 0;

	put(path, "good", 4);
	token_refresh(&t, now_ns, &err);
	put(path, "", 0);
	ok(!token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err),
	    "it is emptied: %s", err.msg);
	is_str(t.text, "good", "what was known is still good");
	ok(!token_refresh(&t, now_ns + 1, &again),
	    "the error stays until the next look");
	is_str(again.msg, err.msg, "as it is");
	unlink(path);
	ok(!token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err),
	    "it vanishes: %s", err.msg);
	is_str(t.text, "good", "what was known is still good");
	put(path, "good", 4);
	ok(token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err), "it is back");
	is_str(t.text, "good", "and the same");
	token_fini(&t);
	unlink(path);
	mkdir(path, 0700);
	ok(!token_refresh(&t, 0, &err), "a folder: %s", err.msg);
	rmdir(path);
	if (mkfifo(path, 0600) == -1)
		bail("mkfifo: %s", strerror(errno));
	ok(!token_refresh(&t, 0, &err), "a pipe is not waited for: %s",
	    err.msg);
	unlink(path);
	token_fini(&t);
}

static void
test_bound(void)
{
	static char large[TOKEN_BYTES_MAX + 1];
	struct token t = { .path = path };
	struct err err = { "" };

	memset(large, 's', sizeof large);
	put(path, large, sizeof large);
	ok(!token_refresh(&t, 0, &err), "one byte too many: %s", err.msg);
	put(path, large, sizeof large - 1);
	ok(token_refresh(&t, 0, &err), "as large as may be");
	is_u64(strlen(t.text), TOKEN_BYTES_MAX, "and whole");
	token_fini(&t);
	unlink(path);
}

/* Written in place, unseen: same size, and a clock that says the same. */
static void
test_age(void)
{
	struct token t = { .path = path };
	struct err err = { "" };

	put(path, "old", 3);
	token_refresh(&t, 0, &err);
	secret_free(t.text);
	t.text = str_dup(STR("older"));
	token_refresh(&t, TOKEN_AGE_MAX_NS - 1, &err);
	is_str(t.text, "older", "what looks unchanged is not read again");
	token_refresh(&t, TOKEN_AGE_MAX_NS - 1 + TOKEN_LOOK_NS, &err);
	is_str(t.text, "old", "but is after a minute");
	token_fini(&t);
	unlink(path);
}

/* Who borrows the text may go on with it. */
static void
test_pointer(void)
{
	struct token t = { .path = path };
	struct err err = { "" };
	int64_t now_ns = 0;
	const char *text;

	put(path, "same\n", 5);
	token_refresh(&t, now_ns, &err);
	text = t.text;
	token_refresh(&t, now_ns += TOKEN_AGE_MAX_NS, &err);
	ok(t.text == text, "read again after a minute, it is where it was");
	put(other, " same", 5);
	if (rename(other, path) == -1)
		bail("rename: %s", strerror(errno));
	token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err);
	ok(t.text == text, "also of another file that says the same");
	unlink(path);
	token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err);
	put(path, "same", 4);
	ok(token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err) && t.text == text,
	    "and of one that was away");
	is_str(t.text, "same", "and is what it was");
	put(path, "else", 4);
	set_written_at(path, 1000);
	token_refresh(&t, now_ns += TOKEN_LOOK_NS, &err);
	ok(t.text != text, "another one is elsewhere");
	is_str(t.text, "else", "and is what the file says");
	token_fini(&t);
	unlink(path);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		bail("mkdtemp: %s", strerror(errno));
	snprintf(path, sizeof path, "%s/token", dir);
	snprintf(other, sizeof other, "%s/other", dir);
	test_check();
	test_rotation();
	test_links();
	test_failure();
	test_bound();
	test_age();
	test_pointer();
	rmdir(dir);
	return done_testing();
}
