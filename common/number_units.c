/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"
#include "common/timestamp.h"

struct unit {
	struct str suffix;
	int64_t factor;
};

static const struct unit durations[] = {
	{ STR_INIT("ns"), 1 },
	{ STR_INIT("us"), NS_PER_US },
	{ STR_INIT("ms"), NS_PER_MS },
	{ STR_INIT("s"), NS_PER_S },
	{ STR_INIT("m"), 60 * NS_PER_S },
	{ STR_INIT("h"), 3600 * NS_PER_S },
};

static const struct unit sizes[] = {
	{ STR_INIT(""), 1 },
	{ STR_INIT("k"), 1000 },
	{ STR_INIT("M"), 1000000 },
	{ STR_INIT("G"), 1000000000 },
	{ STR_INIT("T"), INT64_C(1000000000000) },
	{ STR_INIT("Ki"), 1 << 10 },
	{ STR_INIT("Mi"), 1 << 20 },
	{ STR_INIT("Gi"), 1 << 30 },
	{ STR_INIT("Ti"), INT64_C(1) << 40 },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits with an optional fraction, times the unit, added to *ns. */
static bool
add_term(struct str number, int64_t factor, int64_t *ns)
{
	struct str whole = str_cut(&number, '.');
	uint64_t v = 0;
	int64_t term;

	if (whole.len == 0 && number.len == 0)
		return false;
	if ((whole.len > 0 && !parse_u64(whole, &v)) || v > INT64_MAX ||
	    __builtin_mul_overflow((int64_t)v, factor, &term) ||
	    __builtin_add_overflow(*ns, term, ns))
		return false;
	for (size_t i = 0; i < number.len; i++) {
		if (!is_digit(number.p[i]))
			return false;
		factor /= 10;
		if (__builtin_add_overflow(*ns, factor * (number.p[i] - '0'),
		    ns))
			return false;
	}
	return true;
}

static const struct unit *
find_unit(const struct unit *units, size_t n, struct str suffix)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(units[i].suffix, suffix))
			return &units[i];
	return NULL;
}

bool
parse_duration_ns(struct str s, int64_t *out_ns, struct err *err)
{
	const char *p = s.p, *end;

	*out_ns = 0;
	if (str_is(s, "0"))
		return true;
	if (s.len == 0)
		return err_set(err, "not a duration: \"\"");
	end = p + s.len;
	while (p < end) {
		struct str number = { p, 0 }, suffix;
		const struct unit *unit;

		while (p < end && (is_digit(*p) || *p == '.'))
			p++;
		number.len = (size_t)(p - number.p);
		suffix = (struct str){ p, 0 };
		while (p < end && !is_digit(*p) && *p != '.')
			p++;
		suffix.len = (size_t)(p - suffix.p);
		if (suffix.len == 0)
			return err_set(err, "duration needs a unit (ms, s, m, "
			    "h): \"%.*s\"", STR_ARG(s));
		unit = find_unit(durations,
		    sizeof durations / sizeof durations[0], suffix);
		if (unit == NULL || !add_term(number, unit->factor, out_ns))
			return err_set(err, "not a duration: \"%.*s\"",
			    STR_ARG(s));
	}
	return true;
}

bool
parse_size_bytes(struct str s, uint64_t *out_bytes, struct err *err)
{
	struct str number = { s.p, 0 }, suffix;
	const struct unit *unit;
	uint64_t v;

	while (number.len < s.len && is_digit(s.p[number.len]))
		number.len++;
	suffix = (struct str){ s.p + number.len, s.len - number.len };
	unit = find_unit(sizes, sizeof sizes / sizeof sizes[0], suffix);
	if (unit == NULL || !parse_u64(number, &v))
		return err_set(err, "not a size (like 64Mi): \"%.*s\"",
		    STR_ARG(s));
	if (__builtin_mul_overflow(v, (uint64_t)unit->factor, out_bytes))
		return err_set(err, "size too large: \"%.*s\"", STR_ARG(s));
	return true;
}

bool
parse_bool(struct str s, bool *out)
{
	static const struct str words[] = {
		STR_INIT("0"), STR_INIT("1"), STR_INIT("f"), STR_INIT("t"),
		STR_INIT("F"), STR_INIT("T"), STR_INIT("false"),
		STR_INIT("true"), STR_INIT("False"), STR_INIT("True"),
		STR_INIT("FALSE"), STR_INIT("TRUE"),
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (str_eq(s, words[i])) {
			*out = i % 2 == 1;
			return true;
		}
	}
	return false;
}
