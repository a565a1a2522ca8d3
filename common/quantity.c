/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"
#include "common/quantity.h"

__extension__ typedef unsigned __int128 uint128;

#define EXPONENT_MAX 36		/* beyond it nothing fits into 64 bits */

/* A quantity is digits * 2^twos * 10^tens. */
struct quantity {
	uint128 digits;
	bool is_cut;		/* digits beyond the 30th were not zero */
	int tens;
	int twos;
};

static const struct {
	struct str suffix;
	int tens;
	int twos;
} suffixes[] = {
	{ STR_INIT(""), 0, 0 }, { STR_INIT("n"), -9, 0 },
	{ STR_INIT("u"), -6, 0 }, { STR_INIT("m"), -3, 0 },
	{ STR_INIT("k"), 3, 0 }, { STR_INIT("M"), 6, 0 },
	{ STR_INIT("G"), 9, 0 }, { STR_INIT("T"), 12, 0 },
	{ STR_INIT("P"), 15, 0 }, { STR_INIT("E"), 18, 0 },
	{ STR_INIT("Ki"), 0, 10 }, { STR_INIT("Mi"), 0, 20 },
	{ STR_INIT("Gi"), 0, 30 }, { STR_INIT("Ti"), 0, 40 },
	{ STR_INIT("Pi"), 0, 50 }, { STR_INIT("Ei"), 0, 60 },
};

static bool
parse_suffix(struct quantity *q, struct str suffix)
{
	struct str digits = suffix;
	int64_t exponent;

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		if (str_eq(suffix, suffixes[i].suffix)) {
			q->tens += suffixes[i].tens;
			q->twos = suffixes[i].twos;
			return true;
		}
	}
	if (suffix.p[0] != 'e' && suffix.p[0] != 'E')
		return false;
	digits.p++;
	digits.len--;
	if (digits.len > 1 && digits.p[0] == '+' && digits.p[1] != '-') {
		digits.p++;
		digits.len--;
	}
	if (!parse_i64(digits, &exponent))
		return false;
	q->tens += exponent > 1000 ? 1000 : exponent < -1000 ? -1000 :
	    (int)exponent;
	return true;
}

/* One more digit; past the 30th only whether it is zero matters. */
static void
add_digit(struct quantity *q, unsigned digit, bool is_fraction)
{
	static const uint128 limit =
	    (uint128)UINT64_C(1000000000000000) * UINT64_C(100000000000000);

	if (q->digits < limit) {
		q->digits = q->digits * 10 + digit;
		q->tens -= is_fraction;
	} else {
		q->is_cut |= digit != 0;
		q->tens += !is_fraction;
	}
}

static bool
parse(struct quantity *q, struct str s)
{
	size_t at = 0, n_digits = 0;
	bool is_fraction = false, is_negative;

	memset(q, 0, sizeof *q);
	is_negative = s.len > 0 && s.p[0] == '-';
	if (s.len > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		at++;
	for (; at < s.len; at++) {
		unsigned digit = (unsigned char)s.p[at] - '0';

		if (digit <= 9) {
			add_digit(q, digit, is_fraction);
			n_digits++;
		} else if (s.p[at] == '.' && !is_fraction) {
			is_fraction = true;
		} else {
			break;
		}
	}
	return n_digits > 0 &&
	    parse_suffix(q, (struct str){ s.p + at, s.len - at }) &&
	    !(is_negative && (q->digits != 0 || q->is_cut));
}

/* ceil(q), or false beyond 64 bits. */
static bool
round_up(struct quantity *q, uint64_t *out)
{
	bool has_rest = q->is_cut;

	if (q->digits == 0) {
		*out = has_rest;
		return true;
	}
	for (; q->twos > 0; q->twos--)
		if (__builtin_mul_overflow(q->digits, 2, &q->digits))
			return false;
	if (q->tens > EXPONENT_MAX)
		return false;
	for (; q->tens > 0; q->tens--)
		if (__builtin_mul_overflow(q->digits, 10, &q->digits))
			return false;
	for (; q->tens < 0 && q->digits > 0; q->tens++) {
		has_rest |= q->digits % 10 != 0;
		q->digits /= 10;
	}
	if (__builtin_add_overflow(q->digits, has_rest, &q->digits) ||
	    q->digits > UINT64_MAX)
		return false;
	*out = (uint64_t)q->digits;
	return true;
}

bool
quantity_parse(struct str s, uint64_t *out_value)
{
	struct quantity q;

	return parse(&q, s) && round_up(&q, out_value);
}

bool
quantity_parse_milli(struct str s, uint64_t *out_milli)
{
	struct quantity q;

	if (!parse(&q, s))
		return false;
	q.tens += 3;
	return round_up(&q, out_milli);
}

/* v with as many factors of base taken out as there are, and their suffix. */
static size_t
print_scaled(char *p, uint64_t v, uint64_t base, const char *const *suffix)
{
	size_t n;

	while (v != 0 && v % base == 0 && suffix[1] != NULL) {
		v /= base;
		suffix++;
	}
	n = print_u64(p, v);
	memcpy(p + n, *suffix, strlen(*suffix));
	return n + strlen(*suffix);
}

static const char *const milli_suffixes[] =
    { "m", "", "k", "M", "G", "T", "P", "E", NULL };
static const char *const decimal_suffixes[] =
    { "", "k", "M", "G", "T", "P", "E", NULL };
static const char *const binary_suffixes[] =
    { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", NULL };

size_t
quantity_print_milli(char *p, uint64_t milli)
{
	if (milli == 0)
		return print_u64(p, 0);
	return print_scaled(p, milli, 1000, milli_suffixes);
}

size_t
quantity_print_bytes(char *p, uint64_t bytes)
{
	if (bytes < 1024)
		return print_scaled(p, bytes, 1000, decimal_suffixes);
	return print_scaled(p, bytes, 1024, binary_suffixes);
}
