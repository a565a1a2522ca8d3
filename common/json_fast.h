/* SPDX-License-Identifier: ISC */
/*
 * The inside of the JSON parser: what json*.c share.  A decoder whose time
 * counts may include it too and call the inlined forms json_fast_*(), which
 * do exactly what their namesakes in json.h do.
 *
 * The fast paths expect what producers write (keys in the order of the table,
 * short plain numbers, strings without escapes) and look far ahead; all else
 * goes to functions that are marked cold and take one byte at a time.
 *
 * j->p is always at something to read: blanks are skipped behind what is
 * consumed, but for those between a value and the next comma or bracket.
 *
 * After an error p and end are in a place of zeros where no fast path matches
 * and every slow one is at the end: none has to ask whether there was an error.
 *
 * A bracket is consumed together with the blanks before its first element:
 * opened points to it until then, so that the first element looks like the
 * others, with the bracket in place of the comma.
 */
#ifndef COMMON_JSON_FAST_H
#define COMMON_JSON_FAST_H

#include "common/json.h"
#include "common/json_scan.h"

#define json_likely(x) __builtin_expect(!!(x), 1)
#define json_unlikely(x) __builtin_expect(!!(x), 0)
#define JSON_COLD __attribute__((noinline, cold))

/* Records the first error, at a place in the text.  Returns false. */
JSON_COLD bool json_fail_at(struct json *j, const char *at,
    const char *reason);
JSON_COLD bool json_fail_at_end(struct json *j);

/* The slow paths. */
int json_slow_next(struct json *j, const struct json_keys *keys,
    unsigned *hint);
bool json_slow_array_next(struct json *j);
JSON_COLD bool json_slow_counter(struct json *j, uint64_t *out);

/*
 * The number at p: returns where it ends, NULL after an error.  is_integer is
 * false if it has a fraction or an exponent.
 */
JSON_COLD const char *json_scan_number(struct json *j, const char *p,
    bool *is_integer);

/* The rest of a string, from p to its closing quote; NULL after an error. */
JSON_COLD const char *json_scan_special(struct json *j, const char *p,
    bool *has_escapes);

/* Replaces s, checked by the above, by what it stands for. */
JSON_COLD bool json_unescape(struct json *j, struct str *s);

/* The first byte from p on that is not blank, or the end. */
static inline const char *
json_skip_blanks(const struct json *j, const char *p)
{
	while (p < j->end) {
		unsigned n = json_count_blanks(p);

		p += n;
		if (json_likely(n < 16)) {
			if (json_likely(*p != '\r' && *p != '\t'))
				break;
			p++;
		}
	}
	return p < j->end ? p : j->end;
}

/* p is behind the opening quote; returns the closing one, NULL on error. */
static inline const char *
json_scan_string(struct json *j, const char *p, bool *has_escapes)
{
	unsigned n;

	*has_escapes = false;
	do {
		n = json_count_plain(p);
		p += n;
	} while (n == 16 && p < j->end);
	if (json_likely(p < j->end && *p == '"'))
		return p;
	return json_scan_special(j, p, has_escapes);
}

/* p is at the opening quote; returns what is behind the closing one. */
static inline const char *
json_parse_string(struct json *j, const char *p, struct str *out)
{
	bool has_escapes;
	const char *close = json_scan_string(j, p + 1, &has_escapes);

	if (json_unlikely(close == NULL))
		return NULL;
	*out = (struct str){ p + 1, (size_t)(close - p - 1) };
	if (json_unlikely(has_escapes) && !json_unescape(j, out))
		return NULL;
	return close + 1;
}

/*
 * The end of an unsigned integer of up to 15 digits that stands in the text
 * with what follows it; NULL for anything else.
 */
static inline const char *
json_scan_digits(const struct json *j, const char *p)
{
	unsigned n = json_count_digits(p);
	const char *end = p + n;

	if (json_unlikely(n - 1 >= 15 || (n > 1 && *p == '0') ||
	    end >= j->end))
		return NULL;
	/* '.', 'e' and 'E' are not among these. */
	if (json_likely(*end < '.' || *end == '}' || *end == ']'))
		return end;
	return NULL;
}

/*
 * Keeps the compiler from replacing a guess by what it turned out to be equal
 * to: the processor goes on with the guess while it waits for the comparison.
 */
#define json_hide(x) __asm__("" : "+r"(x))

/*
 * Over the blanks before a key: as many as last time at that depth, unless
 * there are 16 or more, or others than ' ' and '\n': then it stops early.
 */
static inline const char *
json_expect_blanks(unsigned char *n_blanks, const char *p)
{
	unsigned n = json_count_blanks(p), guess = *n_blanks;

	json_hide(guess);
	if (json_likely(n == *n_blanks))
		return p + guess;
	*n_blanks = (unsigned char)n;
	return p + n;
}

/*
 * From a comma, or the bracket that opened, over blanks and the key to its
 * value; NULL unless all is as expected.
 */
static inline const char *
json_expect_key(struct json *j, const char *p, const struct json_key *key)
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
json_next_hint(const struct json_keys *keys, unsigned k)
{
	return k + 1 == keys->n ? 0 : k + 1;
}

static inline int
json_fast_object_next(struct json *j, const struct json_keys *keys,
    unsigned *hint)
{
	unsigned k = *hint;
	const char *p = json_expect_key(j, j->p, &keys->keys[k]);

	if (json_unlikely(p == NULL))
		return json_slow_next(j, keys, hint);
	j->p = p;
	*hint = json_next_hint(keys, k);
	return (int)k;
}

static inline bool
json_fast_array_next(struct json *j)
{
	const char *p = j->p;

	if (json_unlikely(*p != ','))
		return json_slow_array_next(j);
	p++;
	p += json_count_blanks(p);
	if (json_unlikely(p >= j->end || (unsigned char)*p <= ' '))
		return json_slow_array_next(j);
	j->p = p;
	return true;
}

static inline bool
json_fast_counter(struct json *j, uint64_t *out)
{
	const char *p = j->p, *end = json_scan_digits(j, p);

	if (json_unlikely(end == NULL))
		return json_slow_counter(j, out);
	*out = json_value_of_digits(p, (unsigned)(end - p));
	j->p = end;
	return true;
}

static inline void
json_fast_skip(struct json *j)
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

#endif
