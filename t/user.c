/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/user.h"
#include "t/tap.h"

#define is_text(got, want, ...) \
	is_mem((got).p, (got).len, want, sizeof(want) - 1, __VA_ARGS__)

#define IN ",\"groups\":[\"system:authenticated\"]"

static void
test_parts(void)
{
	struct user a = { 0 }, b = { 0 }, copy;
	struct err err;

	user_set_name(&a, STR("ann"));
	user_add_group(&a, STR("x"));
	user_add_group(&a, STR("b"));
	user_add_group(&a, STR("x"));
	user_add_extra(&a, STR("scopes"), STR("two"));
	user_add_extra(&a, STR("k"), STR("v\""));
	user_add_extra(&a, STR("scopes"), STR("one"));
	user_set_uid(&a, STR("7"));
	ok(user_close(&a, &err), "a user with everything is one");
	is_text(buf_str(&a.spec), "\"user\":\"ann\",\"groups\":[\"b\","
	    "\"system:authenticated\",\"x\"],\"extra\":{\"k\":[\"v\\\"\"],"
	    "\"scopes\":[\"one\",\"two\"]},\"uid\":\"7\"",
	    "and is written in order");
	user_set_uid(&b, STR("7"));
	user_add_extra(&b, STR("scopes"), STR("one"));
	user_add_group(&b, STR("b"));
	user_add_extra(&b, STR("k"), STR("v\""));
	user_add_group(&b, STR("x"));
	user_add_extra(&b, STR("scopes"), STR("two"));
	user_set_name(&b, STR("ann"));
	ok(user_close(&b, &err) && str_eq(buf_str(&a.spec), buf_str(&b.spec)),
	    "in whatever order it was told");
	user_copy(&copy, &a);
	ok(str_eq(buf_str(&copy.spec), buf_str(&a.spec)) &&
	    str_is(buf_str(&copy.name), "ann"), "a copy is the same");
	user_fini(&copy);
	user_fini(&a);
	user_fini(&b);
}

static void
test_special(void)
{
	struct user u = { 0 };
	struct err err;

	user_set_anonymous(&u);
	is_text(buf_str(&u.spec), "\"user\":\"system:anonymous\",\"groups\":["
	    "\"system:unauthenticated\"]", "nobody is not authenticated");
	user_fini(&u);
	user_set_name(&u, STR("a"));
	ok(user_close(&u, &err) && !u.is_master, "a user is no master");
	is_text(buf_str(&u.spec), "\"user\":\"a\"" IN, "and is authenticated");
	user_fini(&u);
	user_set_name(&u, STR("a"));
	user_add_group(&u, STR("system:masters"));
	ok(user_close(&u, &err) && u.is_master, "one of the masters is one");
	user_fini(&u);
	user_add_group(&u, STR("system:masters"));
	ok(!user_close(&u, &err), "nobody can be one without a name");
	user_fini(&u);
}

static void
test_bounds(void)
{
	struct user u = { 0 };
	struct err err;
	char text[1024];

	memset(text, 'x', sizeof text);
	user_set_name(&u, STR("a"));
	for (unsigned i = 0; i <= USER_PARTS_MAX; i++)
		user_add_group(&u, STR("g"));
	ok(!user_close(&u, &err), "too many groups are refused");
	user_fini(&u);
	user_set_name(&u, STR("a"));
	for (unsigned i = 0; i <= USER_BYTES_MAX / sizeof text; i++)
		user_add_group(&u, (struct str){ text, sizeof text });
	ok(!user_close(&u, &err), "and too long ones");
	user_fini(&u);
}

int
main(void)
{
	test_parts();
	test_special();
	test_bounds();
	return done_testing();
}
