/* SPDX-License-Identifier: ISC */
/*
 * The inside of the JSON parser: what json*.c share.
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

/*
 * For a value of another type than asked for: null, or an error for that
 * reason.  Returns false.
 */
JSON_COLD bool json_absent(struct json *j, const char *reason);

/* json_u64(), or json_counter() if lenient, for any number. */
JSON_COLD bool json_slow_u64(struct json *j, uint64_t *out, bool is_lenient);

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

#endif
