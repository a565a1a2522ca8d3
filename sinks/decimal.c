/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/number.h"

#include "sinks/decimal.h"

#define GO_EXPONENT_MIN (-4)
#define GO_EXPONENT_END 6
#define GO_PLAIN_MIN 0.00011
#define GO_PLAIN_MAX 999999.0

#define MILLION UINT64_C(1000000)
#define MANTISSA_BITS 52
#define MANTISSA_ONE (UINT64_C(1) << MANTISSA_BITS)
#define EXPONENT_MASK 0x7ff
#define BIAS (1023 + MANTISSA_BITS)
#define DOWN_MAX 126		/* less than 2^-74 is no millionth */

__extension__ typedef unsigned __int128 uint128;

/* 0.DIGITS times 10^point, without zeros at either end. */
struct digits {
	char p[NUMBER_MAX_BYTES];
	int64_t n;
	int64_t point;
	bool is_negative;
};

static void
take_apart(struct digits *d, double v)
{
	char text[NUMBER_MAX_BYTES];
	struct str exponent_text = { text, print_double(text, v) };
	struct str mantissa = str_cut(&exponent_text, 'e');
	int64_t exponent = 0, point = -1;

	*d = (struct digits){ .n = 0 };
	for (size_t i = 0; i < mantissa.len; i++) {
		if (mantissa.p[i] == '-')
			d->is_negative = true;
		else if (mantissa.p[i] == '.')
			point = d->n;
		else
			d->p[d->n++] = mantissa.p[i];
	}
	if (exponent_text.len > 0 && exponent_text.p[0] == '+') {
		exponent_text.p++;
		exponent_text.len--;
	}
	parse_i64(exponent_text, &exponent);
	d->point = (point < 0 ? d->n : point) + exponent;
	while (d->n > 1 && d->p[d->n - 1] == '0')
		d->n--;
	while (d->n > 1 && d->p[0] == '0') {
		memmove(d->p, d->p + 1, (size_t)--d->n);
		d->point--;
	}
}

static size_t
put_plain(char *p, const struct digits *d)
{
	size_t len = 0;

	if (d->is_negative)
		p[len++] = '-';
	if (d->point <= 0) {
		p[len++] = '0';
		p[len++] = '.';
	}
	for (int64_t i = d->point; i < 0; i++)
		p[len++] = '0';
	for (int64_t i = 0; i < d->n || i < d->point; i++) {
		if (i == d->point && i > 0)
			p[len++] = '.';
		p[len++] = i < d->n ? d->p[i] : '0';
	}
	return len;
}

static size_t
put_exponent(char *p, const struct digits *d)
{
	int64_t exponent = d->point - 1;
	size_t len = 0;

	if (d->is_negative)
		p[len++] = '-';
	p[len++] = d->p[0];
	if (d->n > 1) {
		p[len++] = '.';
		memcpy(p + len, d->p + 1, (size_t)d->n - 1);
		len += (size_t)d->n - 1;
	}
	p[len++] = 'e';
	p[len++] = exponent < 0 ? '-' : '+';
	exponent = llabs(exponent);
	if (exponent < 10)
		p[len++] = '0';
	return len + print_i64(p + len, exponent);
}

size_t
print_decimal(char *p, double v)
{
	size_t n = print_double(p, v);
	struct digits d;

	if (memchr(p, 'e', n) == NULL)
		return n;
	take_apart(&d, v);
	return put_plain(p, &d);
}

size_t
print_go_value(char *p, double v)
{
	struct digits d;

	/* Well within what has no exponent, also when it was rounded. */
	if (fabs(v) > GO_PLAIN_MIN && fabs(v) < GO_PLAIN_MAX)
		return print_double(p, v);
	take_apart(&d, v);
	if (d.p[0] != '0' && (d.point - 1 < GO_EXPONENT_MIN ||
	    d.point - 1 >= GO_EXPONENT_END))
		return put_exponent(p, &d);
	return put_plain(p, &d);
}

/* What is far from one million millionths. */
__attribute__((noinline, cold))
static size_t
print_far(char *p, double v)
{
	return (size_t)snprintf(p, DECIMAL_MAX_BYTES, "%f", v);
}

size_t
print_millionths(char *p, double v)
{
	uint64_t bits, mantissa, millionths;
	uint128 product, half, rest;
	size_t n = 0;
	int down;

	memcpy(&bits, &v, sizeof bits);
	if (bits == 0) {
		memcpy(p, "0.000000", 8);
		return 8;
	}
	down = BIAS - (int)(bits >> MANTISSA_BITS & EXPONENT_MASK);
	if (down < 1 || down > DOWN_MAX)
		return print_far(p, v);
	/* v is mantissa / 2^down: rounded half to even, exactly. */
	mantissa = (bits & (MANTISSA_ONE - 1)) | MANTISSA_ONE;
	product = (uint128)mantissa * MILLION;
	half = (uint128)1 << (down - 1);
	rest = product & ((half << 1) - 1);
	product >>= down;
	if (product >= UINT64_MAX)
		return print_far(p, v);
	millionths = (uint64_t)product;
	if (rest > half || (rest == half && millionths % 2 == 1))
		millionths++;
	if (bits >> 63 != 0)
		p[n++] = '-';
	n += print_u64(p + n, millionths / MILLION);
	/* A one before them keeps their zeros, and becomes the point. */
	print_u64(p + n, MILLION + millionths % MILLION);
	p[n] = '.';
	return n + 7;
}
