/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "common/json_fast.h"

static const char *
skip_literal(struct json *j, const char *p, const char *literal, size_t len)
{
	if (memcmp(p, literal, len) == 0 && p + len <= j->end)
		return p + len;
	json_fail_at(j, p, "expected a value");
	return NULL;
}

/* Anything but an object or an array; NULL after an error. */
static inline const char *
skip_scalar(struct json *j, const char *p)
{
	const char *end;
	bool unused;

	end = json_scan_digits(j, p);
	if (json_likely(end != NULL))
		return end;
	if (json_unlikely(p >= j->end)) {
		json_fail_at_end(j);
		return NULL;
	}
	if (*p == '"') {
		end = json_scan_string(j, p + 1, &unused);
		return end == NULL ? NULL : end + 1;
	}
	if (*p == 't')
		return skip_literal(j, p, "true", 4);
	if (*p == 'f')
		return skip_literal(j, p, "false", 5);
	if (*p == 'n')
		return skip_literal(j, p, "null", 4);
	return json_scan_number(j, p, &unused);
}

/* A key with its colon, up to the value. */
static inline const char *
skip_key(struct json *j, const char *p)
{
	bool unused;

	if (json_unlikely(p >= j->end || *p != '"')) {
		json_fail_at(j, p, "expected a key");
		return NULL;
	}
	p = json_scan_string(j, p + 1, &unused);
	if (json_unlikely(p == NULL))
		return NULL;
	p++;
	if (json_likely(p + 2 < j->end && p[0] == ':' && p[1] == ' ' &&
	    (unsigned char)p[2] > ' '))
		return p + 2;
	p = json_skip_blanks(j, p);
	if (json_unlikely(p >= j->end || *p != ':')) {
		json_fail_at(j, p, "expected ':'");
		return NULL;
	}
	return json_skip_blanks(j, p + 1);
}

/*
 * What is open while skipping: bit 0 is the innermost bracket, set for an
 * object.
 */
struct nest {
	uint64_t is_object;
	unsigned depth;
};

static_assert(JSON_DEPTH_MAX <= 64, "one bit per level");

/*
 * From behind a value to the next one: over commas, keys and closing brackets.
 * NULL after an error; the end of the outermost value when depth is 0.
 */
static inline const char *
skip_to_value(struct json *j, const char *p, struct nest *nest)
{
	while (nest->depth > 0) {
		if (*p != ',')
			p = json_skip_blanks(j, p);
		if (json_unlikely(p >= j->end)) {
			json_fail_at_end(j);
			return NULL;
		}
		if (json_likely(*p == ',')) {
			p = json_expect_blanks(
			    &j->n_blanks[j->depth + nest->depth], p + 1);
			if (json_unlikely((unsigned char)*p <= ' '))
				p = json_skip_blanks(j, p);
			return nest->is_object & 1 ? skip_key(j, p) : p;
		}
		if (json_unlikely(*p != (nest->is_object & 1 ? '}' : ']'))) {
			json_fail_at(j, p, nest->is_object & 1 ?
			    "expected ',' or '}'" : "expected ',' or ']'");
			return NULL;
		}
		p++;
		nest->is_object >>= 1;
		nest->depth--;
	}
	return p;
}

/* From an opening bracket to the first value, or behind an empty pair. */
static inline const char *
skip_open(struct json *j, const char *p, struct nest *nest)
{
	bool is_object = *p == '{';

	if (json_unlikely(j->depth + nest->depth == JSON_DEPTH_MAX)) {
		json_fail_at(j, p, "nested too deeply");
		return NULL;
	}
	p = json_skip_blanks(j, p + 1);
	if (p < j->end && *p == (is_object ? '}' : ']'))
		return skip_to_value(j, p + 1, nest);
	nest->depth++;
	nest->is_object = nest->is_object << 1 | is_object;
	return is_object ? skip_key(j, p) : p;
}

void
json_skip(struct json *j)
{
	struct nest nest = { 0 };
	const char *p = j->p;

	do {
		if (p < j->end && (*p == '{' || *p == '[')) {
			p = skip_open(j, p, &nest);
		} else {
			p = skip_scalar(j, p);
			if (p != NULL)
				p = skip_to_value(j, p, &nest);
		}
	} while (p != NULL && nest.depth > 0);
	if (p != NULL)
		j->p = p;
}

bool
json_raw(struct json *j, struct str *out)
{
	const char *from = j->p;

	*out = (struct str){ NULL, 0 };
	json_skip(j);
	if (j->error != NULL)
		return false;
	*out = (struct str){ from, (size_t)(j->p - from) };
	return true;
}
