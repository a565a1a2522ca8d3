/* SPDX-License-Identifier: ISC */
/* What is JSON, for both ways of reading: skipping and walking. */
#include "config.h"

#include "t/json_document.h"
#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool
skips_filled(struct str text, char fill)
{
	struct document d;
	bool is_accepted;

	open_filled(&d, text, fill);
	json_skip(&d.json);
	is_accepted = is_fine(&d);
	close_document(&d);
	return is_accepted;
}

/* The fills would continue almost any text. */
static bool
skips(struct str text)
{
	static const char fills[] = "\0 0\"]},e:";
	bool is_accepted = skips_filled(text, '\0');

	for (size_t i = 1; i < sizeof fills - 1; i++)
		if (skips_filled(text, fills[i]) != is_accepted)
			ok(false, "%.*s: what follows the text matters",
			    STR_ARG(text));
	return is_accepted;
}

static bool walk_value(struct json *j);

static bool
walk_object(struct json *j)
{
	static const struct json_keys keys = JSON_KEYS("a", "b", "name");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return false;
	while (json_object_next(j, &keys, &hint) != JSON_END)
		walk_value(j);
	return true;
}

/* By the type of the value, with every function of its own. */
static bool
walk_value(struct json *j)
{
	struct str s;
	double v;
	bool b;

	switch (*j->p) {
	case '{':
		return walk_object(j);
	case '[':
		if (!json_array_begin(j))
			return false;
		while (json_array_next(j))
			walk_value(j);
		return true;
	case '"':
		return json_str(j, &s);
	case 't':
	case 'f':
		return json_bool(j, &b);
	default:
		return json_double(j, &v);
	}
}

static bool
walks(struct str text)
{
	struct document d;
	bool is_accepted;

	open_filled(&d, text, '\0');
	walk_value(&d.json);
	is_accepted = is_fine(&d);
	close_document(&d);
	return is_accepted;
}

static const char *const accepted[] = {
	"null", "true", "false", "0", "-0", "1", "-1", "10", "1.5", "-0.5",
	"0.0", "1e3", "1E+3", "1e-3", "1.25e10", "0e0",
	"18446744073709551615", "18446744073709551616",
	"123456789012345678901234567890", "1e-400", "\"\"", "\"a\"",
	"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\u00e9\\u20ac\"",
	"\"\\uD83D\\uDE00\"", "\"\\ud7ff\\ue000\"", "\"\x7f\"",
	"\"\xc2\x80\xdf\xbf\"", "\"\xe0\xa0\x80\xef\xbf\xbf\"",
	"\"\xed\x9f\xbf\xee\x80\x80\"", "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
	"\"sixteen bytes ok\"", "\"fifteen bytes.\xc3\xa4 and more\"",
	"[]", "{}", "[[]]", "[{}]", "[1]", "[1,2]", "[ 1 , 2 ]", " [] ",
	"\t\r\n [\t\r\n 1\t\r\n ,\t\r\n 2\t\r\n ]\t\r\n ", "[[],[[]],{}]",
	"{\"a\":1}", "{\"a\":1,\"b\":2}", "{ \"a\" : 1 , \"b\" : [ ] }",
	"{\n \"a\": 1,\n \"b\": {\n  \"name\": null\n }\n}",
	"{\"a\":1,\"a\":2}", "{\"\":1}", "{\"\\u0061\":1}",
	"{\"a\":\t1}", "{\"a\"\n:\n1}", "[0]", "[-1]", "[true,false,null]",
	"{\"a\":                                        1}",
	"[                                         1]",
	"{                        \"a\": 1 ,                 \"b\": 2          }",
	"{\"a\": 123456789012345,\"b\": 1234567890123456}",
	"{\"a\": 12345678901234567,\"b\": 12345678901234567890}",
};

static const char *const rejected[] = {
	"", " ", "nul", "nulll", "tru", "truex", "fals", "TRUE", "None", "nan",
	"NaN", "Infinity", "-", "-a", "+1", "00", "01", "-01", "1.", ".5",
	"1.e3", "1e", "1e+", "1e-", "0x10", "1 2", "1,", "1a", "--1", "0123",
	"0123456789", "[01]", "{\"a\":01}", "{\"a\":00}", "[-]", "[1.]",
	"\"", "\"a", "a\"", "'a'", "\"\\\"", "\"\\a\"", "\"\\x41\"",
	"\"\\u\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\U0041\"",
	"\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\ud800\"",
	"\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud800\\u0041\"",
	"\"\n\"", "\"\t\"", "\"\x01\"", "\"\x1f\"", "\"\x80\"", "\"\xbf\"",
	"\"\xc0\x80\"", "\"\xc1\xbf\"", "\"\xc2\"", "\"\xc2\x41\"",
	"\"\xe0\x9f\xbf\"", "\"\xed\xa0\x80\"", "\"\xe2\x82\"",
	"\"\xf0\x8f\xbf\xbf\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"",
	"\"\xf0\x9f\x90\"", "\"\xff\"", "\"\xfe\"", "\xef\xbb\xbf[]",
	"[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]",
	"[1;2]", "[1,,2]", "[}", "{]", "[1}", "{\"a\":1]", "[[]", "[]]",
	"{}}", "[] []", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,\"a\":1}",
	"{\"a\":1 \"b\":2}", "{\"a\" 1}", "{\"a\"::1}", "{a:1}", "{1:1}",
	"{\"a\":1,,\"b\":2}", "{\"a\":1,2}", "{\"a\"", "{\"a\":", "{\"a\": ",
	"{\"a\":1", "{\"a\":1,", "{\"a\":1{\"b\":2}", "{\"a\":1[\"b\":2]}",
	"[1[2]", "{[]:1}", "{null:1}", "\v1", "\f1", "\xa0[]", "[1]\x0c",
	"/**/1", "[1] //", "{\"a\":b}", "[nulll]", "[tru]", "[\"a]",
};

static void
test_grammar(void)
{
	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct str text = str_of(accepted[i]);

		ok(skips(text), "skips: %.40s", accepted[i]);
		ok(walks(text), "walks: %.40s", accepted[i]);
	}
	for (size_t i = 0; i < COUNT(rejected); i++) {
		struct str text = str_of(rejected[i]);

		ok(!skips(text), "does not skip: [%zu] %.40s", i, rejected[i]);
		ok(!walks(text), "does not walk: [%zu] %.40s", i, rejected[i]);
	}
	ok(!skips((struct str){ 0 }), "an absent text is not JSON");
	ok(!skips((struct str){ "[\0]", 3 }), "NUL is no blank");
	ok(!skips((struct str){ "\"\0\"", 3 }), "NUL does not stand in strings");
	ok(!skips((struct str){ "[1]\0", 4 }), "NUL does not end the text");
}

/* Every byte of a document is needed, wherever it stands. */
static void
test_truncation(void)
{
	static const char text[] =
	    "{\n \"a\": [1, 2.5, -3e+10, true, false, null],\n"
	    " \"b\": {\"name\": \"x\\u00e9\xe2\x82\xac\\\\ and sixteen more\"},"
	    "\n \"unknown\": [{}, [], \"\", 1234567890123456789]\n}";
	unsigned n_skipped = 0, n_walked = 0;

	ok(skips(str_of(text)) && walks(str_of(text)), "the whole is accepted");
	for (size_t len = 0; len < sizeof text - 1; len++) {
		n_skipped += skips((struct str){ text, len });
		n_walked += walks((struct str){ text, len });
	}
	is_u64(n_skipped, 0, "no beginning of it is skipped");
	is_u64(n_walked, 0, "no beginning of it is walked");
}

static void
test_depth(void)
{
	char text[2 * (JSON_DEPTH_MAX + 1)];

	for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1;
	    depth++) {
		bool is_allowed = depth <= JSON_DEPTH_MAX;
		struct str s = { text, 2 * depth };
		struct document d;

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		ok(skips(s) == is_allowed, "%zu arrays are %sskipped", depth,
		    is_allowed ? "" : "not ");
		ok(walks(s) == is_allowed, "%zu arrays are %swalked", depth,
		    is_allowed ? "" : "not ");
		open_filled(&d, s, '\0');
		ok(json_array_begin(&d.json) && json_array_next(&d.json),
		    "the first of %zu is walked", depth);
		json_skip(&d.json);
		json_array_next(&d.json);
		ok(is_fine(&d) == is_allowed, "and the rest is %sskipped",
		    is_allowed ? "" : "not ");
		close_document(&d);
	}
}

int
main(void)
{
	test_grammar();
	test_truncation();
	test_depth();
	return done_testing();
}
