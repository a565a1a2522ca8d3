/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "t/json_document.h"
#include "t/tap.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum result { VALUE, ABSENT, ERROR };

static const char *const result_names[] =
    { "is a value", "is absent", "is an error" };

static const struct number_case {
	const char *text;
	enum result u64, counter, i64;
	uint64_t value;
} number_cases[] = {
	{ "0", VALUE, VALUE, VALUE, 0 },
	{ "7", VALUE, VALUE, VALUE, 7 },
	{ "12345678", VALUE, VALUE, VALUE, 12345678 },
	{ "123456789", VALUE, VALUE, VALUE, 123456789 },
	{ "99999999", VALUE, VALUE, VALUE, 99999999 },
	{ "100000000", VALUE, VALUE, VALUE, 100000000 },
	{ "123456789012345", VALUE, VALUE, VALUE, 123456789012345 },
	{ "1234567890123456", VALUE, VALUE, VALUE, 1234567890123456 },
	{ "9007199254740993", VALUE, VALUE, VALUE, 9007199254740993 },
	{ "12345678901234567", VALUE, VALUE, VALUE, 12345678901234567 },
	{ "9223372036854775807", VALUE, VALUE, VALUE, INT64_MAX },
	{ "9223372036854775808", VALUE, VALUE, ERROR, 9223372036854775808u },
	{ "18446744073709551615", VALUE, VALUE, ERROR, UINT64_MAX },
	{ "18446744073709551616", ERROR, ERROR, ERROR, 0 },
	{ "99999999999999999999999", ERROR, ERROR, ERROR, 0 },
	{ "-1", ERROR, ABSENT, VALUE, UINT64_MAX },
	{ "-9223372036854775808", ERROR, ABSENT, VALUE, 9223372036854775808u },
	{ "-9223372036854775809", ERROR, ABSENT, ERROR, 0 },
	{ "1.5", ERROR, ABSENT, ERROR, 0 },
	{ "1e3", ERROR, ABSENT, ERROR, 0 },
	{ "1E3", ERROR, ABSENT, ERROR, 0 },
	{ "123456789.0", ERROR, ABSENT, ERROR, 0 },
	{ "null", ABSENT, ABSENT, ABSENT, 0 },
	{ "nul", ERROR, ERROR, ERROR, 0 },
	{ "\"1\"", ERROR, ERROR, ERROR, 0 },
	{ "true", ERROR, ERROR, ERROR, 0 },
	{ "[]", ERROR, ERROR, ERROR, 0 },
	{ "{}", ERROR, ERROR, ERROR, 0 },
	{ "-", ERROR, ERROR, ERROR, 0 },
	{ "01", ERROR, ERROR, ERROR, 0 },
};

static bool
read_u64(struct json *j, uint64_t *out)
{
	return json_u64(j, out);
}

static bool
read_counter(struct json *j, uint64_t *out)
{
	return json_counter(j, out);
}

static bool
read_i64(struct json *j, uint64_t *out)
{
	int64_t value;
	bool is_read = json_i64(j, &value);

	*out = (uint64_t)value;
	return is_read;
}

/* The member of an object of counters. */
static bool
read_counters(struct json *j, uint64_t *out)
{
	static const struct json_keys keys = JSON_KEYS("a");
	static const unsigned char slots[] = { 3 };
	uint64_t values[4], present = 0;
	unsigned hint = 0;

	if (json_object_begin(j))
		while (json_counters(j, &keys, &hint, slots, values,
		    &present) != JSON_END)
			json_skip(j);
	*out = values[3];
	return present != 0;
}

static void
check_number(const struct number_case *c, const char *name, const char *before,
    const char *after, bool (*read)(struct json *, uint64_t *),
    enum result expected)
{
	char text[80];
	struct document d;
	uint64_t value = 0;
	enum result result;

	snprintf(text, sizeof text, "%s%s%s", before, c->text, after);
	result = read(open_document(&d, text), &value) ? VALUE : ABSENT;
	if (text[0] == '[')
		json_array_next(&d.json);
	if (!is_fine(&d))
		result = ERROR;
	ok(result == expected, "%s: %s %s", name, text, result_names[expected]);
	if (result == VALUE)
		is_u64(value, c->value, "%s: %s is that", name, text);
	close_document(&d);
}

static void
test_integers(void)
{
	for (size_t i = 0; i < COUNT(number_cases); i++) {
		const struct number_case *c = &number_cases[i];

		check_number(c, "u64", "", "", read_u64, c->u64);
		check_number(c, "u64", " ", " ", read_u64, c->u64);
		check_number(c, "counter", "", "", read_counter, c->counter);
		check_number(c, "counter", "\n", "\n", read_counter,
		    c->counter);
		check_number(c, "i64", "", "", read_i64, c->i64);
		check_number(c, "i64", "\t", "\t", read_i64, c->i64);
		check_number(c, "counters", "{\"a\":", "}", read_counters,
		    c->counter);
		check_number(c, "counters", "{\n \"a\": ", "\n}",
		    read_counters, c->counter);
	}
}

static void
test_doubles(void)
{
	static const struct { const char *text; double value; } cases[] = {
		{ "0", 0 }, { "1", 1 }, { "-1", -1 }, { "0.25", 0.25 },
		{ "1e3", 1000 }, { "1.5E-7", 1.5e-7 }, { "-2.5e+21", -2.5e21 },
		{ "123456789012345", 123456789012345 },
		{ "0.1", 0.1 }, { "3.14159265358979", 3.14159265358979 },
		{ "18446744073709551616", 18446744073709551616.0 },
		{ "1.7976931348623157e308", 1.7976931348623157e308 },
		{ "5e-324", 5e-324 }, { "1e-400", 0 },
	};
	static const char *const bad[] =
	    { "1e400", "-1e400", "\"1\"", "1.", "true", "[1]", ".5", "-" };
	struct document d;
	double v;

	for (size_t i = 0; i < COUNT(cases); i++) {
		v = -7;
		ok(json_double(open_document(&d, cases[i].text), &v) &&
		    is_fine(&d) && v == cases[i].value, "double: %s",
		    cases[i].text);
		close_document(&d);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		ok(!json_double(open_document(&d, bad[i]), &v) && !is_fine(&d),
		    "double: %s is an error", bad[i]);
		close_document(&d);
	}
	ok(!json_double(open_document(&d, "null"), &v) && is_fine(&d),
	    "double: null is absent");
	close_document(&d);
}

static void
test_bools(void)
{
	struct document d;
	bool v = false;

	ok(json_bool(open_document(&d, "true"), &v) && is_fine(&d) && v,
	    "true is true");
	close_document(&d);
	ok(json_bool(open_document(&d, "false"), &v) && is_fine(&d) && !v,
	    "false is false");
	close_document(&d);
	ok(!json_bool(open_document(&d, "null"), &v) && is_fine(&d),
	    "bool: null is absent");
	close_document(&d);
	ok(!json_bool(open_document(&d, "1"), &v) && !is_fine(&d),
	    "bool: 1 is an error");
	close_document(&d);
}

static void
test_strings(void)
{
	static const struct { const char *text, *value; } cases[] = {
		{ "\"\"", "" },
		{ "\"plain\"", "plain" },
		{ "\"longer than sixteen bytes, to be sure\"",
		    "longer than sixteen bytes, to be sure" },
		{ "\"caf\xc3\xa9 at the sixteenth \xf0\x9f\x90\xa2 byte\"",
		    "caf\xc3\xa9 at the sixteenth \xf0\x9f\x90\xa2 byte" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0041\\u00e9\\u20AC\\ud83d\\udc22\"",
		    "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa2" },
		{ "\"a long plain beginning\\nand a plain end\"",
		    "a long plain beginning\nand a plain end" },
		{ "\"\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\"",
		    "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"
		    "\xf0\x90\x80\x80" },
	};
	struct document d;
	struct str s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ok(json_str(open_document(&d, cases[i].text), &s) &&
		    is_fine(&d), "string: %s", cases[i].text);
		ok(str_is(s, cases[i].value), "and it is that");
		close_document(&d);
	}
	s = STR("old");
	ok(!json_str(open_document(&d, "null"), &s) && is_fine(&d) &&
	    s.p == NULL, "string: null is absent");
	close_document(&d);
	ok(json_str(open_document(&d, "\"\""), &s) && s.p != NULL,
	    "an empty string is not absent");
	close_document(&d);
	s = STR("old");
	ok(!json_str(open_document(&d, "1"), &s) && !is_fine(&d) &&
	    s.p == NULL, "string: 1 is an error");
	close_document(&d);

	open_document(&d, "\"\\n\"");
	d.json.arena = NULL;
	ok(!json_str(&d.json, &s) && !is_fine(&d),
	    "an escape without an arena is an error");
	close_document(&d);
}

/* The keys of an object in the order in which they came, as letters. */
static const char *
keys_of(const char *text)
{
	static const struct json_keys keys = JSON_KEYS("time", "usage", "name",
	    "a-key-of-twenty-eight-bytes.");
	static char order[32];
	struct document d;
	struct json *j = open_document(&d, text);
	unsigned hint = 0;
	size_t n = 0;

	if (json_object_begin(j))
		for (int k; (k = json_object_next(j, &keys, &hint)) !=
		    JSON_END; json_skip(j))
			order[n++] = k == JSON_UNKNOWN ? '?' : "tuna"[k];
	order[n++] = is_fine(&d) ? '.' : '!';
	order[n] = '\0';
	close_document(&d);
	return order;
}

static void
test_keys(void)
{
	static const struct { const char *text, *order, *what; } cases[] = {
		{ "{\"time\":1,\"usage\":2,\"name\":3}", "tun.",
		    "keys in the order of the table" },
		{ "{\n \"time\": 1,\n \"usage\": 2,\n \"name\": 3\n}", "tun.",
		    "with line breaks" },
		{ "{ \"time\" : 1 , \"usage\" : 2 , \"name\" : 3 }", "tun.",
		    "with blanks everywhere" },
		{ "{\r\n\t\"time\":\t1,\r\n\t\"usage\":\t2}", "tu.",
		    "with tabs and carriage returns" },
		{ "{\"name\":1,\"usage\":2,\"time\":3}", "nut.",
		    "keys in the reverse order" },
		{ "{\"usage\":1,\"time\":{\"time\":1},\"name\":[]}", "utn.",
		    "keys in any order" },
		{ "{\"time\":1,\"time\":2}", "tt.", "a key twice" },
		{ "{\"x\":{\"time\":1},\"usage\":2,\"y\":[]}", "?u?.",
		    "unknown keys between" },
		{ "{\"tim\":1,\"times\":2,\"\":3,\"Time\":4}", "????.",
		    "keys that resemble known ones" },
		{ "{\"\\u006eame\":1,\"n\\u0061me\":2,\"tim\\u0065\":3}",
		    "nnt.", "escaped keys" },
		{ "{\"a-key-of-twenty-eight-bytes.\":1,"
		    "\"a-key-of-twenty-eight-bytes\":2,"
		    "\"a-key-of-twenty-eight-bytes..\":3}", "a??.",
		    "the longest keys" },
		{ "{\"an unknown key that is longer than all the others\":1}",
		    "?.", "a longer key" },
		{ "{\"\xc3\xa4\":1}", "?.", "a key beyond ASCII" },
		{ "{}", ".", "no keys" },
		{ "null", ".", "no object" },
		{ "[]", "!", "an array is not an object" },
		{ "{\"time\":1,\"usage\":}", "tu!", "a missing value" },
		{ "{\"time\":1 \"usage\":2}", "t!", "a missing comma" },
		{ "{\"time\" 1}", "!", "a missing colon" },
		{ "{\"time\":1,}", "t!", "a comma too many" },
		{ "{\"\xff\":1}", "!", "an invalid key" },
		{ "{\"time\":1]", "t!", "the wrong bracket" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		is_str(keys_of(cases[i].text), cases[i].order, "%s",
		    cases[i].what);
}

static void
test_data_keys(void)
{
	struct document d;
	struct json *j = open_document(&d,
	    "{\"one\": 1,\"\\u0074wo\": 2 , \"\": 3}");
	struct str key;
	uint64_t value;
	char all[64] = "";

	ok(json_object_begin(j), "an object whose keys are data");
	while (json_object_next_key(j, &key)) {
		json_u64(j, &value);
		snprintf(all + strlen(all), sizeof all - strlen(all),
		    "%.*s=%" PRIu64 " ", STR_ARG(key), value);
	}
	is_str(all, "one=1 two=2 =3 ", "gives them all");
	ok(is_fine(&d), "and ends");
	close_document(&d);
}

/* Values at slots, skipped members and those that are returned. */
static void
test_counters(void)
{
	static const struct json_keys keys =
	    JSON_KEYS("time", "used", "ignored", "free", "more");
	enum { TIME = JSON_SLOT_SKIP + 1 };
	static const unsigned char slots[] =
	    { TIME, 2, JSON_SLOT_SKIP, 0, TIME };
	static const char *const texts[] = {
		"{\"time\":\"t\",\"used\":11,\"ignored\":1,\"free\":12}",
		"{\n  \"time\": \"t\",\n  \"used\": 11,\n  \"ignored\": 5,\n"
		    "  \"free\": 12\n}",
		"{\"free\":12,\"ignored\":{\"a\":[1]},\"used\":11,\"x\":{},"
		    "\"time\":\"t\"}",
		"{\"used\":99,\"used\":11,\"time\":\"t\",\"free\":12}",
		"{ \"time\" : \"t\" , \"used\" : 11 , \"free\" : 12 }",
	};
	struct document d;
	struct str s;

	for (size_t i = 0; i < COUNT(texts); i++) {
		uint64_t values[3] = { 0 }, present = 0;
		struct json *j = open_document(&d, texts[i]);
		unsigned hint = 0;

		json_object_begin(j);
		s = (struct str){ 0 };
		for (int k; (k = json_counters(j, &keys, &hint, slots, values,
		    &present)) != JSON_END;)
			if (k == JSON_UNKNOWN)
				json_skip(j);
			else
				json_str(j, &s);
		ok(is_fine(&d), "counters: %s", texts[i]);
		is_u64(present, 5, "two of them are there");
		ok(values[2] == 11 && values[0] == 12 && values[1] == 0 &&
		    str_is(s, "t"), "in their places");
		close_document(&d);
	}
}

static void
test_errors(void)
{
	struct document d;
	struct json *j = open_document(&d, "{\"a\": [1, 2x], \"b\": 3}");
	static const struct json_keys keys = JSON_KEYS("a", "b");
	struct err err;
	unsigned hint = 0;
	uint64_t v;
	struct str s;
	bool b;

	json_object_begin(j);
	json_object_next(j, &keys, &hint);
	json_skip(j);
	ok(!json_end(j, &err), "an error is told at the end");
	is_str(err.msg, "json: expected ',' or ']' at byte 11",
	    "with what and where");
	ok(json_object_next(j, &keys, &hint) == JSON_END &&
	    !json_object_next_key(j, &s) && !json_array_next(j) &&
	    !json_u64(j, &v) && !json_str(j, &s) && !json_bool(j, &b) &&
	    !json_object_begin(j) && !json_array_begin(j),
	    "after an error there is nothing more");
	json_skip(j);
	json_fail(j, "another");
	ok(!json_end(j, &err), "and it is told again");
	is_str(err.msg, "json: expected ',' or ']' at byte 11",
	    "the first one stays");
	close_document(&d);

	j = open_document(&d, "[1]");
	json_array_begin(j);
	json_array_next(j);
	json_fail(j, "a reason of the caller");
	ok(!json_end(j, &err), "a decoder may fail itself");
	is_str(err.msg, "json: a reason of the caller at byte 1",
	    "with a reason of its own");
	close_document(&d);

	j = open_document(&d, "[1]");
	json_array_begin(j);
	ok(!json_end(j, &err), "a document must be walked to its end");
	close_document(&d);
}

int
main(void)
{
	test_integers();
	test_doubles();
	test_bools();
	test_strings();
	test_keys();
	test_data_keys();
	test_counters();
	test_errors();
	return done_testing();
}
