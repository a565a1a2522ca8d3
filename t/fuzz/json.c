/* SPDX-License-Identifier: ISC */
/*
 * Any text: skipping it, walking it by its types and jansson agree on whether
 * it is JSON, and on its strings and numbers.  We differ from jansson on
 * purpose in numbers that do not fit its types and in depth.
 */
#include "config.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

#define ARENA_BYTES (16u << 20)

#define CHECK(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(struct json *j, json_t *expected);

static void
walk_object(struct json *j, json_t *expected)
{
	struct str key;

	CHECK(expected == NULL || json_is_object(expected));
	while (json_object_next_key(j, &key)) {
		json_t *member = json_object_getn(expected, key.p, key.len);

		CHECK(expected == NULL || member != NULL);
		/* Of a key that stands twice jansson keeps the last. */
		(void)member;
		walk(j, NULL);
	}
}

static void
walk_array(struct json *j, json_t *expected)
{
	size_t i = 0;

	CHECK(expected == NULL || json_is_array(expected));
	while (json_array_next(j))
		walk(j, json_array_get(expected, i++));
	CHECK(j->error != NULL || expected == NULL ||
	    i == json_array_size(expected));
}

static void
walk_number(struct json *j, json_t *expected)
{
	struct json copy = *j;
	double real;
	int64_t integer;

	if (json_i64(&copy, &integer)) {
		CHECK(expected == NULL || (json_is_integer(expected) &&
		    json_integer_value(expected) == integer));
		*j = copy;
	} else if (json_double(j, &real)) {
		CHECK(expected == NULL || !json_is_real(expected) ||
		    json_real_value(expected) == real);
	}
}

/* The value that comes next is the expected one, unless that is NULL. */
static void
walk(struct json *j, json_t *expected)
{
	struct str s;
	bool b;

	if (j->p == j->end) {
		json_skip(j);
		return;
	}
	switch (*j->p) {
	case '{':
		if (json_object_begin(j))
			walk_object(j, expected);
		break;
	case '[':
		if (json_array_begin(j))
			walk_array(j, expected);
		break;
	case '"':
		if (json_str(j, &s))
			CHECK(expected == NULL ||
			    (json_string_length(expected) == s.len &&
			    memcmp(json_string_value(expected), s.p,
			    s.len) == 0));
		break;
	case 't':
	case 'f':
		if (json_bool(j, &b))
			CHECK(expected == NULL ||
			    json_boolean_value(expected) == b);
		break;
	default:
		walk_number(j, expected);
	}
}

/* By the other way of reading objects. */
static void
walk_keys(struct json *j)
{
	static const struct json_keys keys =
	    JSON_KEYS("a", "b", "name", "time", "usageBytes", "cpu");
	static const unsigned char slots[] =
	    { 0, JSON_SLOT_SKIP, 80, 80, 63, 80 };
	uint64_t values[64], present = 0;
	unsigned hint = 0;

	if (j->p < j->end && *j->p == '{' && json_object_begin(j)) {
		while (json_counters(j, &keys, &hint, slots, values,
		    &present) != JSON_END)
			walk_keys(j);
	} else if (j->p < j->end && *j->p == '[' && json_array_begin(j)) {
		while (json_array_next(j))
			walk_keys(j);
	} else {
		json_skip(j);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + JSON_PAD);
	json_error_t error;
	json_t *expected;
	struct arena arena;
	struct json j;
	struct err err;
	bool is_skipped, is_walked;

	CHECK(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	/* What follows the text must not matter: let it tempt. */
	for (size_t i = 0; i < JSON_PAD; i++)
		text[size + i] = "0\"]},: \n"[(size + i) % 8];

	json_begin(&j, (struct str){ text, size }, NULL);
	json_skip(&j);
	is_skipped = json_end(&j, &err);

	expected = json_loadb(text, size, JSON_DECODE_ANY, &error);
	if (memchr(text, '\0', size) != NULL)
		CHECK(!is_skipped);	/* jansson takes it for the end */
	else if (expected != NULL)
		CHECK(is_skipped || strstr(err.msg, "nested") != NULL);
	else if (is_skipped)
		CHECK(json_error_code(&error) == json_error_numeric_overflow);

	arena_init(&arena, ARENA_BYTES);
	json_begin(&j, (struct str){ text, size }, &arena);
	walk(&j, is_skipped ? expected : NULL);
	is_walked = json_end(&j, &err);
	CHECK(is_walked == is_skipped ||
	    strstr(err.msg, "out of range") != NULL);

	json_begin(&j, (struct str){ text, size }, &arena);
	walk_keys(&j);
	is_walked = json_end(&j, &err);
	CHECK(is_walked == is_skipped || strstr(err.msg, "number") != NULL);

	json_decref(expected);
	arena_fini(&arena);
	free(text);
	return 0;
}
