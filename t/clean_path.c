/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/clean_path.h"
#include "t/tap.h"

static const struct {
	const char *path, *clean;	/* NULL: it is clean */
} cases[] = {
	{ "/", NULL },
	{ "*", NULL },
	{ "/a", NULL },
	{ "/a/", NULL },
	{ "/a/b.c/..d/...", NULL },
	{ "/a%2F%2Fb/%2E%2E", NULL },
	{ "//", "/" },
	{ "//a", "/a" },
	{ "/a//b", "/a/b" },
	{ "/a//", "/a/" },
	{ "/.", "/" },
	{ "/./a", "/a" },
	{ "/a/.", "/a" },
	{ "/a/./", "/a/" },
	{ "/..", "/" },
	{ "/../../a", "/a" },
	{ "/a/..", "/" },
	{ "/a/../", "/" },
	{ "/a/b/..", "/a" },
	{ "/a/b/../", "/a/" },
	{ "/a/b/../../c", "/c" },
	{ "//evil.example/..//x", "/x" },
	{ "/x/..//\\evil.example", "/%5Cevil.example" },
	{ "/\\a\"b", NULL },
	{ "//a\"<b>\xc3\xa9%41", "/a%22%3Cb%3E%C3%A9%41" },
};

int
main(void)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *want = cases[i].clean != NULL ? cases[i].clean :
		    cases[i].path;
		bool is_other;

		buf_reset(&b);
		is_other = clean_path(&b, str_of(cases[i].path));
		ok(is_other == (cases[i].clean != NULL) &&
		    (b.len == 0 || str_is(buf_str(&b), want)),
		    "%s is %s", cases[i].path, want);
	}
	buf_reset(&b);
	clean_path_page(&b, STR("/\"><x>&'"));
	is_mem(b.p, b.len, "<a href=\"/&#34;&gt;&lt;x&gt;&amp;&#39;\">Moved "
	    "Permanently</a>.\n\n", 64, "a page carries no markup of others");
	buf_fini(&b);
	return done_testing();
}
