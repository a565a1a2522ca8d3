/* SPDX-License-Identifier: ISC */
/*
 * Looking at 16 bytes at once: what the JSON parser is made of.
 *
 * With SSE2 where there is, else in plain C; both give the same answers.
 * Every function may read 16 bytes from p (json_match_key() 32), whatever they
 * are: JSON_PAD allows it.
 */
#ifndef COMMON_JSON_SCAN_H
#define COMMON_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"

#if defined(__SSE2__) && !defined(JSON_SCAN_PORTABLE)

#include <emmintrin.h>

static inline unsigned
json_first_unset(unsigned mask16)
{
	return (unsigned)__builtin_ctz(~mask16);
}

/* How many bytes from p on are ' ' or '\n', at most 16. */
static inline unsigned
json_count_blanks(const char *p)
{
	__m128i v = _mm_loadu_si128((const void *)p);
	__m128i is_blank = _mm_or_si128(
	    _mm_cmpeq_epi8(v, _mm_set1_epi8(' ')),
	    _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));

	return json_first_unset((unsigned)_mm_movemask_epi8(is_blank));
}

/* How many bytes from p on are digits, at most 16. */
static inline unsigned
json_count_digits(const char *p)
{
	__m128i v = _mm_loadu_si128((const void *)p);
	__m128i d = _mm_sub_epi8(v, _mm_set1_epi8('0'));
	__m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(d,
	    _mm_set1_epi8(9)), d);

	return json_first_unset((unsigned)_mm_movemask_epi8(is_digit));
}

/*
 * How many bytes from p on stand for themselves in a string: ASCII, but no
 * quote, backslash or control; at most 16.
 */
static inline unsigned
json_count_plain(const char *p)
{
	__m128i v = _mm_loadu_si128((const void *)p);
	__m128i is_special = _mm_or_si128(_mm_or_si128(
	    _mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
	    _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))),
	    /* signed: so are the bytes from 0x80 on */
	    _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)));

	return json_first_unset(~(unsigned)_mm_movemask_epi8(is_special) &
	    0xffff);
}

/*
 * How much of p is the key as it is written: quoted, with its colon, and with
 * the blank behind that if it is there; 0 if p starts otherwise.
 */
static inline unsigned
json_match_key(const char *p, const struct json_key *key)
{
	const __m128i *text = (const void *)key->text;
	const __m128i *at = (const void *)p;
	unsigned low = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
	    _mm_loadu_si128(text), _mm_loadu_si128(at)));
	unsigned high = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
	    _mm_loadu_si128(text + 1), _mm_loadu_si128(at + 1)));
	unsigned missing = ~(low | high << 16) & key->mask;

	if (__builtin_expect(missing == 0, 1))
		return key->len + 1;
	return missing == UINT32_C(1) << key->len ? key->len : 0;
}

#else

static inline unsigned
json_count_blanks(const char *p)
{
	unsigned n = 0;

	while (n < 16 && (p[n] == ' ' || p[n] == '\n'))
		n++;
	return n;
}

static inline unsigned
json_count_digits(const char *p)
{
	unsigned n = 0;

	while (n < 16 && p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

/* The high bit of every byte of x that is zero, and perhaps of ones above. */
static inline uint64_t
json_zero_bytes(uint64_t x)
{
	return (x - UINT64_C(0x0101010101010101)) & ~x &
	    UINT64_C(0x8080808080808080);
}

static inline unsigned
json_count_plain(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	unsigned n = 0;
	uint64_t x, special;

	for (; n < 16; n += 8) {
		memcpy(&x, p + n, sizeof x);
		special = json_zero_bytes(x ^ ones * '"') |
		    json_zero_bytes(x ^ ones * '\\') |
		    json_zero_bytes(x & ones * 0xe0) | (x & ones * 0x80);
		if (special != 0)
			break;
	}
	while (n < 16 && p[n] != '"' && p[n] != '\\' &&
	    (unsigned char)p[n] >= 0x20 && (unsigned char)p[n] < 0x80)
		n++;
	return n;
}

static inline unsigned
json_match_key(const char *p, const struct json_key *key)
{
	if (memcmp(p, key->text, key->len) != 0)
		return 0;
	return key->len + (p[key->len] == ' ');
}

#endif

/* The value of 8 digits, or fewer behind leading zero bytes. */
static inline uint64_t
json_value_of_8(uint64_t little_endian)
{
	uint64_t x = little_endian & UINT64_C(0x0f0f0f0f0f0f0f0f);

	x = x * (1 + (10 << 8)) >> 8;
	x = (x & UINT64_C(0x00ff00ff00ff00ff)) * (1 + (100 << 16)) >> 16;
	x = (x & UINT64_C(0x0000ffff0000ffff)) *
	    (1 + (UINT64_C(10000) << 32)) >> 32;
	return x;
}

/* The value of the n digits at p; n is 1 to 16. */
static inline uint64_t
json_value_of_digits(const char *p, unsigned n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t first, last;

	memcpy(&first, p, sizeof first);
	if (n <= 8)
		return json_value_of_8(first << (64 - 8 * n));
	memcpy(&last, p + n - 8, sizeof last);
	return json_value_of_8(first << (128 - 8 * n)) * 100000000 +
	    json_value_of_8(last);
#else
	uint64_t value = 0;

	for (unsigned i = 0; i < n; i++)
		value = value * 10 + (uint64_t)(p[i] - '0');
	return value;
#endif
}

#endif
