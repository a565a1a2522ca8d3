/* SPDX-License-Identifier: ISC */
/*
 * Printing unsigned integers, inlined and without a branch per digit: most of
 * a frame is integers.  print_u64() of number.h is the same as a function.
 */
#ifndef COMMON_NUMBER_PUT_H
#define COMMON_NUMBER_PUT_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/*
 * The 8 decimal digits of v < 10^8, the first one in the lowest byte: cut into
 * two numbers of 4 digits, those into four of 2, those into digits.
 *
 * Quotients are put below the remainders, all at once: with q = x / 100,
 * q + (x - 100 q << 16) = (x << 16) - q (100 << 16) + q.
 */
static inline uint64_t
number_digits(uint64_t v)
{
	uint64_t high = v / 10000;
	uint64_t fours = (v << 32) - high * ((UINT64_C(10000) << 32) - 1);
	uint64_t hundreds = fours * 10486 >> 20 & 0x0000007f0000007f;
	uint64_t twos = (fours << 16) - hundreds * ((100 << 16) - 1);
	uint64_t tens = twos * 103 >> 10 & 0x000f000f000f000f;

	return (twos << 8) - tens * ((10 << 8) - 1);
}

static inline void
number_store_digits(char *p, uint64_t digits)
{
	digits = htole64(digits | 0x3030303030303030);
	memcpy(p, &digits, sizeof digits);
}

/* v < 10^8 without leading zeros; writes eight bytes all the same. */
static inline char *
number_put_head(char *p, uint64_t v)
{
	uint64_t digits = number_digits(v);
	/* The last digit counts even if it is zero. */
	unsigned n_zeros =
	    (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8;

	number_store_digits(p, digits >> 8 * n_zeros);
	return p + 8 - n_zeros;
}

/* v < 10^8, all eight digits. */
static inline char *
number_put_tail(char *p, uint64_t v)
{
	number_store_digits(p, number_digits(v));
	return p + 8;
}

/* Returns the end.  Writes up to NUMBER_MAX_BYTES, beyond that as well. */
static inline char *
number_put_u64(char *p, uint64_t v)
{
	const uint64_t e8 = 100000000;

	if (v < e8)
		return number_put_head(p, v);
	if (v < e8 * e8)
		return number_put_tail(number_put_head(p, v / e8), v % e8);
	p = number_put_head(p, v / (e8 * e8));
	v %= e8 * e8;
	return number_put_tail(number_put_tail(p, v / e8), v % e8);
}

#endif
