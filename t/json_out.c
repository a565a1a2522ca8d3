/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <math.h>

#include "common/json_out.h"
#include "t/tap.h"

/* One of everything. */
static void
write_all(struct json_out *o)
{
	json_out_object(o);
	json_out_key(o, "a");
	json_out_array(o);
	json_out_u64(o, 1);
	json_out_i64(o, -2);
	json_out_double(o, 0.5);
	json_out_array_end(o);
	json_out_key_str(o, STR("b"));
	json_out_object(o);
	json_out_key(o, "t");
	json_out_bool(o, true);
	json_out_key(o, "n");
	json_out_null(o);
	json_out_object_end(o);
	json_out_key(o, "e");
	json_out_array(o);
	json_out_array_end(o);
	json_out_key(o, "o");
	json_out_object(o);
	json_out_object_end(o);
	json_out_key(o, "at");
	json_out_time(o, INT64_C(1795423985000000000));
	json_out_key(o, "s");
	json_out_strz(o, "x");
	json_out_object_end(o);
}

static void
test_styles(void)
{
	static const struct {
		enum json_style style;
		const char *name, *text;
	} cases[] = {
		{ JSON_COMPACT, "compact", "{\"a\":[1,-2,0.5],\"b\":{\"t\":true"
		    ",\"n\":null},\"e\":[],\"o\":{},"
		    "\"at\":\"2026-11-23T08:53:05Z\",\"s\":\"x\"}" },
		{ JSON_PRETTY_HEAPSTER, "Heapster's",
		    "{\n  \"a\": [\n   1,\n   -2,\n   0.5\n  ],\n"
		    "  \"b\": {\n   \"t\": true,\n   \"n\": null\n  },\n"
		    "  \"e\": [],\n  \"o\": {},\n"
		    "  \"at\": \"2026-11-23T08:53:05Z\",\n  \"s\": \"x\"\n }" },
		{ JSON_PRETTY_2, "two blanks",
		    "{\n  \"a\": [\n    1,\n    -2,\n    0.5\n  ],\n"
		    "  \"b\": {\n    \"t\": true,\n    \"n\": null\n  },\n"
		    "  \"e\": [],\n  \"o\": {},\n"
		    "  \"at\": \"2026-11-23T08:53:05Z\",\n  \"s\": \"x\"\n}" },
	};
	struct buf b = BUF_INIT;
	struct json_out o;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_reset(&b);
		json_out_begin(&o, &b, cases[i].style);
		write_all(&o);
		is_mem(b.p, b.len, cases[i].text, strlen(cases[i].text),
		    "style: %s", cases[i].name);
	}
	buf_fini(&b);
}

static void
test_top_level(void)
{
	struct buf b = BUF_INIT;
	struct json_out o;

	json_out_begin(&o, &b, JSON_PRETTY_2);
	json_out_double(&o, NAN);
	ok(str_is(buf_str(&b), "0"), "a value alone; what is no number is 0");
	buf_reset(&b);
	json_out_begin(&o, &b, JSON_PRETTY_2);
	json_out_array(&o);
	json_out_object(&o);
	json_out_object_end(&o);
	json_out_object(&o);
	json_out_object_end(&o);
	json_out_array_end(&o);
	ok(str_is(buf_str(&b), "[\n  {},\n  {}\n]"), "an array of objects");
	buf_fini(&b);
}

static void
test_strings(void)
{
	static const struct { struct str s; const char *plain, *html; }
	cases[] = {
		{ STR_INIT("plain"), "plain", "plain" },
		{ STR_INIT(""), "", "" }, { { NULL, 0 }, "", "" },
		{ STR_INIT("\"\\/"), "\\\"\\\\/", "\\\"\\\\/" },
		{ STR_INIT("\n\r\t"), "\\n\\r\\t", "\\n\\r\\t" },
		{ STR_INIT("\0\x01\x1f"), "\\u0000\\u0001\\u001f",
		    "\\u0000\\u0001\\u001f" },
		{ STR_INIT("a<b>&c"), "a<b>&c", "a\\u003cb\\u003e\\u0026c" },
		{ STR_INIT("\x7f"), "\x7f", "\x7f" },
		{ STR_INIT("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
		    "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		    "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
	};
	struct buf b = BUF_INIT;
	char want[64];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_reset(&b);
		json_quote(&b, cases[i].s, false);
		snprintf(want, sizeof want, "\"%s\"", cases[i].plain);
		is_mem(b.p, b.len, want, strlen(want), "as a string: %s",
		    cases[i].plain);
		buf_reset(&b);
		json_quote(&b, cases[i].s, true);
		snprintf(want, sizeof want, "\"%s\"", cases[i].html);
		is_mem(b.p, b.len, want, strlen(want), "and safe in HTML");
	}
	buf_fini(&b);
}

static void
test_bad_utf8(void)
{
	static const struct { const char *s; int n_replaced; } cases[] = {
		{ "\x80", 1 }, { "\xff", 1 }, { "\xc0\x80", 2 },
		{ "\xc3", 1 }, { "\xe2\x82", 2 }, { "\xed\xa0\x80", 3 },
		{ "\xe0\x80\x80", 3 }, { "\xf0\x80\x80\x80", 4 },
		{ "\xf4\x90\x80\x80", 4 }, { "\xf5\x80\x80\x80", 4 },
	};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = strlen(cases[i].s);
		char *exact = malloc(len), want[32] = "\"";

		if (exact == NULL)
			bail("no memory");
		memcpy(exact, cases[i].s, len);
		for (int n = 0; n < cases[i].n_replaced; n++)
			strcat(want, "\xef\xbf\xbd");
		strcat(want, "\"");
		buf_reset(&b);
		json_quote(&b, (struct str){ exact, len }, false);
		is_mem(b.p, b.len, want, strlen(want),
		    "bad UTF-8 is replaced, case %zu", i);
		free(exact);
	}
	buf_fini(&b);
}

static void
test_bound(void)
{
	struct buf b = { .max_bytes = 4 };
	struct json_out o;

	json_out_begin(&o, &b, JSON_COMPACT);
	json_out_array(&o);
	json_out_double(&o, 5);
	json_out_array_end(&o);
	ok(!b.failed && str_is(buf_str(&b), "[5]"), "a number needs its length");
	json_out_begin(&o, &b, JSON_COMPACT);
	write_all(&o);
	ok(b.failed && b.len <= 4, "too much fails");
	buf_fini(&b);
}

int
main(void)
{
	test_styles();
	test_top_level();
	test_strings();
	test_bad_utf8();
	test_bound();
	return done_testing();
}
