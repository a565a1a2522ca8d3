/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/json.h"
#include "common/json_fast.h"

static const char nowhere[2 * JSON_PAD];

bool
json_fail_at(struct json *j, const char *at, const char *reason)
{
	if (j->error == NULL) {
		j->error = reason;
		j->error_at = (size_t)((at < j->end ? at : j->end) - j->start);
	}
	j->p = j->end = nowhere;
	j->opened = NULL;
	return false;
}

bool
json_fail_at_end(struct json *j)
{
	return json_fail_at(j, j->end, "unexpected end");
}

void
json_fail(struct json *j, const char *reason)
{
	json_fail_at(j, j->p, reason);
}

void
json_begin(struct json *j, struct str text, struct arena *arena)
{
	const char *start = text.len > 0 ? text.p : nowhere;

	*j = (struct json){
		.p = start,
		.end = start + text.len,
		.start = start,
		.arena = arena,
	};
	j->p = json_skip_blanks(j, start);
}

bool
json_end(struct json *j, struct err *err)
{
	if (j->error == NULL) {
		j->p = json_skip_blanks(j, j->p);
		if (j->p == j->end && j->depth == 0)
			return true;
		json_fail(j, "expected the end");
	}
	return err_set(err, "json: %s at byte %zu", j->error, j->error_at);
}

bool
json_absent(struct json *j, const char *reason)
{
	if (j->p >= j->end)
		return json_fail_at_end(j);
	if (j->end - j->p < 4 || memcmp(j->p, "null", 4) != 0)
		return json_fail_at(j, j->p, reason);
	j->p += 4;
	return false;
}

static bool
begin(struct json *j, char bracket, const char *reason)
{
	if (json_unlikely(j->p >= j->end || *j->p != bracket))
		return json_absent(j, reason);
	if (json_unlikely(j->depth == JSON_DEPTH_MAX))
		return json_fail_at(j, j->p, "nested too deeply");
	j->depth++;
	j->opened = j->p;
	return true;
}

bool
json_object_begin(struct json *j)
{
	return begin(j, '{', "expected an object");
}

bool
json_array_begin(struct json *j)
{
	return begin(j, '[', "expected an array");
}

/*
 * Over the comma, or the bracket that opened, to the next element.  False at
 * the closing bracket, which is consumed, and after an error.
 */
static bool
next_element(struct json *j, char bracket)
{
	bool is_first = j->p == j->opened;
	const char *p = is_first ? j->p + 1 : j->p;

	p = json_skip_blanks(j, p);
	if (p < j->end && *p == bracket) {
		j->p = p + 1;
		j->opened = NULL;
		j->depth--;
		return false;
	}
	if (!is_first) {
		if (p < j->end && *p != ',')
			return json_fail_at(j, p, bracket == '}' ?
			    "expected ',' or '}'" : "expected ',' or ']'");
		p = json_skip_blanks(j, p + (p < j->end));
	}
	if (p >= j->end)
		return json_fail_at_end(j);
	j->p = p;
	return true;
}

bool
json_array_next(struct json *j)
{
	const char *p = j->p;

	if (json_unlikely(*p != ','))
		return next_element(j, ']');
	p++;
	p += json_count_blanks(p);
	if (json_unlikely(p >= j->end || (unsigned char)*p <= ' '))
		return next_element(j, ']');
	j->p = p;
	return true;
}

/* From behind a key, over its colon, to the value. */
static bool
skip_colon(struct json *j, const char *p)
{
	p = json_skip_blanks(j, p);
	if (p < j->end && *p != ':')
		return json_fail_at(j, p, "expected ':'");
	if (p < j->end)
		p = json_skip_blanks(j, p + 1);
	if (p >= j->end)
		return json_fail_at_end(j);
	j->p = p;
	return true;
}

bool
json_object_next_key(struct json *j, struct str *key)
{
	const char *p;

	if (!next_element(j, '}'))
		return false;
	if (*j->p != '"')
		return json_fail_at(j, j->p, "expected a key");
	p = json_parse_string(j, j->p, key);
	return p != NULL && skip_colon(j, p);
}

/*
 * From a comma, or the bracket that opened, over blanks and the key to its
 * value; NULL unless all is as expected.
 */
static inline const char *
expect_key(struct json *j, const char *p, const struct json_key *key)
{
	unsigned n;

	if (json_unlikely(*p != ',' && p != j->opened))
		return NULL;
	p = json_expect_blanks(&j->n_blanks[j->depth], p + 1);
	n = json_match_key(p, key);
	if (json_unlikely(n == 0))
		return NULL;
	p += n;
	return json_likely(p < j->end && (unsigned char)*p > ' ') ? p : NULL;
}

static inline unsigned
next_hint(const struct json_keys *keys, unsigned k)
{
	return k + 1 == keys->n ? 0 : k + 1;
}

static int
find_key(const struct json_keys *keys, struct str name)
{
	for (unsigned k = 0; k < keys->n; k++)
		if (keys->keys[k].len == name.len + 3 &&
		    memcmp(keys->keys[k].text + 1, name.p, name.len) == 0)
			return (int)k;
	return JSON_UNKNOWN;
}

/* To the quote of the next key, or false. */
static inline bool
next_quote(struct json *j)
{
	const char *p = j->p;

	if (json_likely(*p == ',' || p == j->opened)) {
		p = json_skip_blanks(j, p + 1);
		if (json_likely(p < j->end && *p == '"')) {
			j->p = p;
			return true;
		}
	} else {
		p += json_count_blanks(p);
		if (json_likely(p < j->end && *p == '}')) {
			j->p = p + 1;
			j->depth--;
			return false;
		}
	}
	if (!next_element(j, '}'))
		return false;
	return *j->p == '"' || json_fail_at(j, j->p, "expected a key");
}

static int
slow_object_next(struct json *j, const struct json_keys *keys, unsigned *hint)
{
	struct str name;
	unsigned n, k = *hint;
	const char *p;
	int found;

	if (!next_quote(j))
		return JSON_END;
	for (unsigned i = 0; i < keys->n; i++) {
		k = next_hint(keys, k);
		n = json_match_key(j->p, &keys->keys[k]);
		if (n == 0)
			continue;
		p = j->p + n;
		if (json_unlikely((unsigned char)*p <= ' '))
			p = json_skip_blanks(j, p);
		if (p >= j->end) {
			json_fail_at_end(j);
			return JSON_END;
		}
		j->p = p;
		*hint = next_hint(keys, k);
		return (int)k;
	}
	p = json_parse_string(j, j->p, &name);
	if (p == NULL || !skip_colon(j, p))
		return JSON_END;
	found = find_key(keys, name);
	if (found != JSON_UNKNOWN)
		*hint = next_hint(keys, (unsigned)found);
	return found;
}

int
json_object_next(struct json *j, const struct json_keys *keys, unsigned *hint)
{
	unsigned k = *hint;
	const char *p = expect_key(j, j->p, &keys->keys[k]);

	if (json_unlikely(p == NULL))
		return slow_object_next(j, keys, hint);
	j->p = p;
	*hint = next_hint(keys, k);
	return (int)k;
}

static inline bool
parse_unsigned(struct json *j, uint64_t *out, bool is_lenient)
{
	const char *p = j->p, *end = json_scan_digits(j, p);

	if (json_unlikely(end == NULL))
		return json_slow_u64(j, out, is_lenient);
	*out = json_value_of_digits(p, (unsigned)(end - p));
	j->p = end;
	return true;
}

bool
json_counter(struct json *j, uint64_t *out)
{
	return parse_unsigned(j, out, true);
}

bool
json_u64(struct json *j, uint64_t *out)
{
	return parse_unsigned(j, out, false);
}

static void
skip_string_or_other(struct json *j)
{
	bool has_escapes;
	const char *close;

	if (*j->p != '"') {
		json_skip(j);
		return;
	}
	close = json_scan_string(j, j->p + 1, &has_escapes);
	if (json_likely(close != NULL))
		j->p = close + 1;
}

int
json_counters(struct json *j, const struct json_keys *keys, unsigned *hint,
    const unsigned char *slots, uint64_t *values, uint64_t *present)
{
	const char *p = j->p, *end;
	unsigned slot, expected = *hint;
	uint64_t value, seen = 0;
	int k;

	for (;;) {
		j->p = expect_key(j, p, &keys->keys[expected]);
		if (json_likely(j->p != NULL)) {
			k = (int)expected;
			expected = next_hint(keys, expected);
		} else {
			j->p = p;
			*hint = expected;
			k = slow_object_next(j, keys, hint);
			expected = *hint;
		}
		if (k < 0 || slots[k] > JSON_SLOT_SKIP)
			break;
		slot = slots[k];
		p = j->p;
		end = json_scan_digits(j, p);
		if (json_likely(end != NULL)) {
			value = json_value_of_digits(p, (unsigned)(end - p));
			p = end;
		} else if (slot == JSON_SLOT_SKIP) {
			skip_string_or_other(j);
			p = j->p;
			continue;
		} else if (!json_slow_u64(j, &value, true)) {
			p = j->p;
			continue;
		} else {
			p = j->p;
		}
		if (slot < JSON_SLOT_SKIP) {
			values[slot] = value;
			seen |= UINT64_C(1) << slot;
		}
	}
	*hint = expected;
	*present |= seen;
	return k;
}

bool
json_bool(struct json *j, bool *out)
{
	size_t room = (size_t)(j->end - j->p);

	if (room >= 4 && memcmp(j->p, "true", 4) == 0)
		*out = true;
	else if (room >= 5 && memcmp(j->p, "false", 5) == 0)
		*out = false;
	else
		return json_absent(j, "expected true or false");
	j->p += *out ? 4 : 5;
	return true;
}

bool
json_str(struct json *j, struct str *out)
{
	const char *p = j->p;

	if (json_unlikely(*p != '"' || p >= j->end)) {
		*out = (struct str){ 0 };
		return json_absent(j, "expected a string");
	}
	p = json_parse_string(j, p, out);
	if (json_unlikely(p == NULL)) {
		*out = (struct str){ 0 };
		return false;
	}
	j->p = p;
	return true;
}
