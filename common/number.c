/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <endian.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "common/number_put.h"

#define DIGITS 15		/* of a double: DBL_DIG */
#define EXACT_POWERS 23		/* 10^0 to 10^22 are exact doubles */
#define FIVES 28		/* 5^0 to 5^27 are below 2^63 */
#define DOUBLE_TEXT_MAX 512

#define MANTISSA_BITS 52
#define BIAS (1023 + MANTISSA_BITS)
#define TWO_53 (UINT64_C(1) << 53)
#define TEN_14 UINT64_C(100000000000000)
#define TEN_15 UINT64_C(1000000000000000)
#define DIGITS_OF_MAX UINT64_C(179769313486231)

#define BYTES(x) (UINT64_C(0x0101010101010101) * (x))

__extension__ typedef unsigned __int128 uint128;

static const double powers[EXACT_POWERS] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

static const uint64_t fives[FIVES] = {
	UINT64_C(1), UINT64_C(5), UINT64_C(25), UINT64_C(125), UINT64_C(625),
	UINT64_C(3125), UINT64_C(15625), UINT64_C(78125), UINT64_C(390625),
	UINT64_C(1953125), UINT64_C(9765625), UINT64_C(48828125),
	UINT64_C(244140625), UINT64_C(1220703125), UINT64_C(6103515625),
	UINT64_C(30517578125), UINT64_C(152587890625), UINT64_C(762939453125),
	UINT64_C(3814697265625), UINT64_C(19073486328125),
	UINT64_C(95367431640625), UINT64_C(476837158203125),
	UINT64_C(2384185791015625), UINT64_C(11920928955078125),
	UINT64_C(59604644775390625), UINT64_C(298023223876953125),
	UINT64_C(1490116119384765625), UINT64_C(7450580596923828125),
};

/* Eight digits at p, all at once; false if one of them is none. */
static inline bool
eight_digits(const char *p, uint64_t *out)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	v = le64toh(v) ^ BYTES('0');
	if (((v | (v + BYTES(0x7f - 9))) & BYTES(0x80)) != 0)
		return false;
	v = v * 10 + (v >> 8);		/* pairs, in every other byte */
	*out = ((v & UINT64_C(0xff000000ff)) *
	    (100 + (UINT64_C(1000000) << 32)) +
	    (v >> 16 & UINT64_C(0xff000000ff)) *
	    (1 + (UINT64_C(10000) << 32))) >> 32;
	return true;
}

bool
parse_u64(struct str s, uint64_t *out)
{
	const char *p = s.p, *end;
	uint64_t v = 0, eight;

	if (s.len == 0 || s.len > 20)
		return false;
	end = p + s.len;
	for (; end - p >= 8; p += 8) {
		if (!eight_digits(p, &eight))
			return false;
		v = v * 100000000 + eight;
	}
	for (; p < end; p++) {
		unsigned digit = (unsigned char)*p - '0';

		if (digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return false;
	}
	*out = v;
	return true;
}

bool
parse_i64(struct str s, int64_t *out)
{
	bool negative = s.len > 0 && s.p[0] == '-';
	uint64_t v;

	if (negative) {
		s.p++;
		s.len--;
	}
	if (!parse_u64(s, &v) || v > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)-v : (int64_t)v;
	return true;
}

/* A JSON number, cut into pieces. */
struct decimal {
	bool is_negative;
	uint64_t mantissa;	/* of the first 19 significant digits */
	bool is_cut;		/* there were more */
	int64_t exponent;
};

/* Adds the digits at p; returns where they end. */
static inline const char *
take_digits(struct decimal *d, const char *p, const char *end)
{
	uint64_t eight;

	while (end - p >= 8 && d->mantissa < UINT64_C(10000000000) &&
	    eight_digits(p, &eight)) {
		d->mantissa = d->mantissa * 100000000 + eight;
		p += 8;
	}
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (d->mantissa >= UINT64_C(1000000000000000000)) {
			d->is_cut = true;
			d->exponent++;
		} else {
			d->mantissa = d->mantissa * 10 + (uint64_t)(*p - '0');
		}
	}
	return p;
}

/* What is behind 'e'; NULL if it is no exponent. */
static const char *
take_exponent(struct decimal *d, const char *p, const char *end)
{
	bool is_negative = p < end && *p == '-';
	int64_t exponent = 0;
	const char *first;

	p += p < end && (*p == '-' || *p == '+');
	for (first = p; p < end && *p >= '0' && *p <= '9'; p++)
		if (exponent < 100000)
			exponent = exponent * 10 + (*p - '0');
	d->exponent += is_negative ? -exponent : exponent;
	return p == first ? NULL : p;
}

static bool
decimal_parse(struct decimal *d, struct str s)
{
	const char *p = s.p, *end = s.p + s.len, *first;

	*d = (struct decimal){ .is_negative = s.len > 0 && *p == '-' };
	first = p += d->is_negative;
	p = take_digits(d, p, end);
	if (p == first || (p - first > 1 && *first == '0'))
		return false;
	if (p < end && *p == '.') {
		first = ++p;
		p = take_digits(d, p, end);
		if (p == first)
			return false;
		d->exponent -= p - first;
	}
	if (p < end && (*p == 'e' || *p == 'E'))
		p = take_exponent(d, p + 1, end);
	return p == end;
}

bool
parse_double(struct str s, double *out)
{
	char text[DOUBLE_TEXT_MAX];
	struct decimal d;
	double v;

	if (s.len == 0 || !decimal_parse(&d, s))
		return false;
	if (!d.is_cut && d.mantissa < TWO_53 &&
	    d.exponent > -EXACT_POWERS && d.exponent < EXACT_POWERS) {
		v = (double)d.mantissa;
		if (d.exponent < 0)
			v /= powers[-d.exponent];
		else
			v *= powers[d.exponent];
		*out = d.is_negative ? -v : v;
		return true;
	}
	if (s.len >= sizeof text)
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	*out = strtod(text, NULL);
	return isfinite(*out);
}

size_t
print_u64(char *p, uint64_t v)
{
	return (size_t)(number_put_u64(p, v) - p);
}

size_t
print_i64(char *p, int64_t v)
{
	if (v >= 0)
		return print_u64(p, (uint64_t)v);
	*p = '-';
	return print_u64(p + 1, -(uint64_t)v) + 1;
}

/*
 * mantissa * 2^twos * 10^tens, which is between 10^13 and 10^16, to the next
 * integer, half to even: exactly, because the product fits.  *floor is what
 * it is rounded from.
 */
static inline uint64_t
scale(uint64_t mantissa, int twos, int tens, uint64_t *floor)
{
	uint128 product = (uint128)mantissa * fives[tens];
	int down = -(twos + tens);
	uint128 half = (uint128)1 << (down - 1);
	uint128 rest = product & ((half << 1) - 1);

	*floor = (uint64_t)(product >> down);
	return *floor + (rest > half || (rest == half && *floor % 2 == 1));
}

/* For what scale() cannot do. */
__attribute__((noinline, cold))
static uint64_t
far_digits(double v, int *exponent)
{
	char text[DIGITS + 16];
	uint64_t digits = 0;
	const char *p;

	snprintf(text, sizeof text, "%.*e", DIGITS - 1, v);
	for (p = text; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits = digits * 10 + (uint64_t)(*p - '0');
	*exponent = atoi(p + 1);
	/* The next one is beyond the largest double. */
	if (*exponent == DBL_MAX_10_EXP && digits > DIGITS_OF_MAX)
		return DIGITS_OF_MAX;
	return digits;
}

/*
 * The DIGITS significant digits of v > 0, rounded as "%.14e" does, and the
 * exponent of the first one.
 */
static uint64_t
significant_digits(double v, int *exponent)
{
	uint64_t bits, digits, floor;
	int twos, tens;

	memcpy(&bits, &v, sizeof bits);
	twos = (int)(bits >> MANTISSA_BITS) - BIAS;
	/* log10(2) is about 1233 / 4096; this may be one too many. */
	tens = DIGITS - 1 - ((twos + MANTISSA_BITS) * 1233 >> 12);
	if (tens >= FIVES || tens < 1)
		return far_digits(v, exponent);
	bits = (bits & (TWO_53 / 2 - 1)) | TWO_53 / 2;
	digits = scale(bits, twos, tens, &floor);
	if (floor >= TEN_15)
		digits = scale(bits, twos, --tens, &floor);
	*exponent = DIGITS - 1 - tens;
	if (digits < TEN_15)
		return digits;
	++*exponent;
	return TEN_14;
}

static size_t
print_exponent_form(char *p, const char *digits, size_t n, int exponent)
{
	size_t len = 0;

	p[len++] = digits[0];
	if (n > 1) {
		p[len++] = '.';
		memcpy(p + len, digits + 1, n - 1);
		len += n - 1;
	}
	p[len++] = 'e';
	p[len++] = exponent < 0 ? '-' : '+';
	return len + print_u64(p + len, (uint64_t)abs(exponent));
}

size_t
print_double(char *p, double v)
{
	char digits[NUMBER_MAX_BYTES];
	size_t n, len = 0, whole;
	int exponent;

	if (!isfinite(v) || v == 0)
		return print_u64(p, 0);
	if (fabs(v) < (double)TWO_53 && v == (double)(int64_t)v)
		return print_i64(p, (int64_t)v);
	if (v < 0)
		p[len++] = '-';
	n = print_u64(digits, significant_digits(fabs(v), &exponent));
	while (n > 1 && digits[n - 1] == '0')
		n--;
	if (exponent < -6 || exponent >= 21)
		return len + print_exponent_form(p + len, digits, n, exponent);
	if (exponent < 0) {
		memcpy(p + len, "0.000000", 8);
		len += (size_t)(1 - exponent);
		memcpy(p + len, digits, n);
		return len + n;
	}
	whole = (size_t)exponent + 1;
	if (n <= whole) {
		memcpy(p + len, digits, n);
		memset(p + len + n, '0', whole - n);
		return len + whole;
	}
	memcpy(p + len, digits, whole);
	p[len + whole] = '.';
	memcpy(p + len + whole + 1, digits + whole, n - whole);
	return len + n + 1;
}
