/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/str.h"
#include "t/tap.h"

static const struct str absent = { NULL, 0 };

static void
test_compare(void)
{
	static const struct { const char *a, *b; int order; } cases[] = {
		{ "", "", 0 }, { "a", "a", 0 }, { "a", "b", -1 },
		{ "b", "a", 1 }, { "a", "aa", -1 }, { "aa", "a", 1 },
		{ "", "a", -1 }, { "\x7f", "\x80", -1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str a = str_of(cases[i].a), b = str_of(cases[i].b);
		int order = str_cmp(a, b);

		is_i64((order > 0) - (order < 0), cases[i].order,
		    "\"%s\" and \"%s\" are in order", cases[i].a, cases[i].b);
		ok(str_eq(a, b) == (cases[i].order == 0),
		    "and are equal only if they are");
	}
	ok(str_eq(absent, STR("")), "absent equals empty");
	ok(str_cmp(absent, STR("")) == 0, "also in order");
	ok(!str_eq(absent, STR("a")), "and nothing else");
	ok(str_is(STR("node"), "node") && !str_is(STR("node"), "nodes"),
	    "str_is compares all of it");
	ok(str_is(absent, "") && str_is(STR(""), NULL), "NULL is absent");
	ok(str_eq(STR("a\0b"), STR("a\0b")) && !str_eq(STR("a\0b"),
	    STR("a\0c")), "a NUL is a byte like others");
}

static void
test_prefix(void)
{
	ok(str_has_prefix(STR("tcp://x"), STR("tcp://")), "has its prefix");
	ok(str_has_prefix(STR("tcp"), STR("tcp")), "is its own prefix");
	ok(str_has_prefix(STR("tcp"), STR("")) && str_has_prefix(absent,
	    absent), "the empty one is always there");
	ok(!str_has_prefix(STR("tc"), STR("tcp")), "not one that is longer");
	ok(!str_has_prefix(STR("udp"), STR("tcp")), "nor another");
}

static void
is_cut(const char *text, const char *head, const char *rest)
{
	struct str s = str_of(text), got = str_cut(&s, '=');

	ok(str_is(got, head), "before the first = of \"%s\" is \"%s\"", text,
	    head);
	ok((s.p == NULL) == (rest == NULL) && str_is(s, rest),
	    "behind it is %s", rest == NULL ? "nothing" : rest);
}

static void
test_cut(void)
{
	struct str s = absent;

	is_cut("key=value", "key", "value");
	is_cut("key=a=b", "key", "a=b");
	is_cut("key=", "key", "");
	is_cut("=value", "", "value");
	is_cut("key", "key", NULL);
	is_cut("", "", NULL);
	ok(str_cut(&s, '=').p == NULL && s.p == NULL, "absent stays absent");
}

static void
test_copies(void)
{
	char *copy = str_dup(STR("a\0b"));
	struct str s = { "abcdef", 3 };

	is_mem(copy, 4, "a\0b", 4, "a copy ends in NUL");
	free(copy);
	copy = str_dup(s);
	is_str(copy, "abc", "a copy of a part is that part");
	free(copy);
	copy = str_dup(absent);
	is_str(copy, "", "a copy of absent is empty");
	free(copy);
	ok(str_of(NULL).p == NULL && str_of(NULL).len == 0,
	    "str_of NULL is absent");
	ok(str_of("").p != NULL, "an empty string is present");
	is_u64(STR("four").len, 4, "a literal has its length");
}

int
main(void)
{
	test_compare();
	test_prefix();
	test_cut();
	test_copies();
	return done_testing();
}
