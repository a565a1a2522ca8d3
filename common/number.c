/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/number.h"

#define DIGITS 15		/* of a double: DBL_DIG */
#define EXACT_POWERS 23		/* 10^0 to 10^22 are exact doubles */
#define LONG_POWERS 28		/* 10^0 to 10^27 are exact long doubles */
#define DOUBLE_TEXT_MAX 512

static const char two_digits[200] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

static const double powers[EXACT_POWERS] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

static const long double long_powers[LONG_POWERS] = {
	1e0L, 1e1L, 1e2L, 1e3L, 1e4L, 1e5L, 1e6L, 1e7L, 1e8L, 1e9L, 1e10L,
	1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L,
	1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L,
};

bool
parse_u64(struct str s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 20)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.p[i] - '0';

		if (digit > 9)
			return false;
		if (i >= 19 && (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, digit, &v)))
			return false;
		if (i < 19)
			v = v * 10 + digit;
	}
	*out = v;
	return true;
}

bool
parse_i64(struct str s, int64_t *out)
{
	bool negative = s.len > 0 && s.p[0] == '-';
	uint64_t v;

	if (!parse_u64((struct str){ s.p + negative, s.len - negative }, &v) ||
	    v > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)-v : (int64_t)v;
	return true;
}

static size_t
count_digits(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

/* A JSON number, cut into pieces. */
struct decimal {
	bool is_negative;
	uint64_t mantissa;	/* of the first 19 significant digits */
	bool is_cut;		/* there were more */
	int64_t exponent;
};

static void
add_digits(struct decimal *d, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (d->mantissa >= UINT64_C(1000000000000000000)) {
			d->is_cut = true;
			d->exponent++;
		} else {
			d->mantissa = d->mantissa * 10 +
			    (uint64_t)(p[i] - '0');
		}
	}
}

static bool
decimal_parse(struct decimal *d, struct str s)
{
	const char *p = s.p, *end = s.p + s.len;
	size_t n;

	*d = (struct decimal){ .is_negative = s.len > 0 && *p == '-' };
	p += d->is_negative;
	n = count_digits(p, end);
	if (n == 0 || (n > 1 && *p == '0'))
		return false;
	add_digits(d, p, n);
	p += n;
	if (p < end && *p == '.') {
		n = count_digits(++p, end);
		if (n == 0)
			return false;
		add_digits(d, p, n);
		d->exponent -= (int64_t)n;
		p += n;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		bool negative = ++p < end && *p == '-';
		int64_t e = 0;

		p += p < end && (*p == '-' || *p == '+');
		n = count_digits(p, end);
		if (n == 0)
			return false;
		for (size_t i = 0; i < n && e < 100000; i++)
			e = e * 10 + (p[i] - '0');
		d->exponent += negative ? -e : e;
		p += n;
	}
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
	if (!d.is_cut && d.mantissa < UINT64_C(1) << 53 &&
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
	char reversed[20];
	size_t at = sizeof reversed;

	while (v >= 100) {
		at -= 2;
		memcpy(reversed + at, two_digits + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		at -= 2;
		memcpy(reversed + at, two_digits + v * 2, 2);
	} else {
		reversed[--at] = (char)('0' + v);
	}
	memcpy(p, reversed + at, sizeof reversed - at);
	return sizeof reversed - at;
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
 * The DIGITS significant digits of v > 0 and the exponent of the first one:
 * v is about digits * 10^(exponent - DIGITS + 1).
 */
static uint64_t
significant_digits(double v, int *exponent)
{
	char text[DIGITS + 16];
	uint64_t digits = 0;

	*exponent = (int)floor(log10(v));
	for (int tries = 0; tries < 2; tries++) {
		int shift = DIGITS - 1 - *exponent;
		long double scaled;

		if (shift <= -LONG_POWERS || shift >= LONG_POWERS)
			break;
		scaled = shift < 0 ? (long double)v / long_powers[-shift] :
		    (long double)v * long_powers[shift];
		digits = (uint64_t)(scaled + 0.5L);
		if (digits >= UINT64_C(1000000000000000))
			++*exponent;
		else if (digits < UINT64_C(100000000000000))
			--*exponent;
		else
			return digits;
	}
	/* Far from 1: let libc do it. */
	snprintf(text, sizeof text, "%.*e", DIGITS - 1, v);
	for (const char *t = text; *t != 'e'; t++)
		if (*t != '.')
			digits = (t == text ? 0 : digits) * 10 +
			    (uint64_t)(*t - '0');
	*exponent = atoi(strchr(text, 'e') + 1);
	return digits;
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
	char digits[24];
	size_t n, len = 0, whole;
	int exponent;

	if (!isfinite(v) || v == 0)
		return print_u64(p, 0);
	if (fabs(v) < 1e15 && v == (double)(int64_t)v)
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
