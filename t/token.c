/* SPDX-License-Identifier: ISC */
/* Files that are replaced, vanish, or are no tokens. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/token.h"
#include "t/tap.h"

#define LATER_NS (TOKEN_AGE_MAX_NS + 1)

static char dir[] = "/tmp/chtXXXXXX";
static char path[64];

static void
put(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0)
		bail("%s: cannot be written", path);
}

static void
test_rotation(void)
{
	struct token t = { .path = path };
	struct err err = { "" };

	ok(!token_refresh(&t, 1, &err) && t.text == NULL,
	    "no file: %s", err.msg);
	put("first\n", 6);
	ok(token_refresh(&t, 2, &err), "a file");
	is_str(t.text, "first", "without its newline");
	put("second \r\n", 9);
	token_refresh(&t, 3, &err);
	is_str(t.text, "first", "is not read again at once");
	ok(token_refresh(&t, 3 + LATER_NS, &err), "but later");
	is_str(t.text, "second", "and is another");
	unlink(path);
	ok(!token_refresh(&t, 3 + 2 * LATER_NS, &err), "it vanishes");
	is_str(t.text, "second", "what was known is still good");
	put("third", 5);
	ok(token_refresh(&t, 4 + 2 * LATER_NS, &err), "and is looked for");
	is_str(t.text, "third", "until it is there");
	token_fini(&t);
}

static void
is_refused(const char *title, const char *text, size_t n)
{
	struct token t = { .path = path };
	struct err err = { "" };

	put(text, n);
	ok(!token_refresh(&t, 1, &err) && t.text == NULL, "%s: %s", title,
	    err.msg);
	ok(strstr(err.msg, "secret") == NULL, "%s: it is not printed", title);
	token_fini(&t);
}

int
main(void)
{
	static char large[TOKEN_BYTES_MAX + 1];

	if (mkdtemp(dir) == NULL)
		bail("mkdtemp");
	snprintf(path, sizeof path, "%s/token", dir);
	test_rotation();
	is_refused("empty", "", 0);
	is_refused("blank", " \n\n", 3);
	is_refused("two lines", "secret\nx: y", 11);
	is_refused("a carriage return", "secret\rx", 8);
	is_refused("a zero byte", "secret\0x", 8);
	is_refused("not ASCII", "secret\xc3\xa9", 8);
	memset(large, 's', sizeof large);
	is_refused("too large", large, sizeof large);
	unlink(path);
	mkdir(path, 0700);
	{
		struct token t = { .path = path };
		struct err err = { "" };

		ok(!token_refresh(&t, 1, &err), "a folder: %s", err.msg);
	}
	rmdir(path);
	rmdir(dir);
	return done_testing();
}
