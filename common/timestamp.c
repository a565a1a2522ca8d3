/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"
#include "common/timestamp.h"

#define SECONDS_PER_DAY 86400
#define GO_ZERO_YEAR 1

/* The years that an int64_t of nanoseconds reaches. */
#define FIRST_YEAR 1677
#define LAST_YEAR 2262

#define EPOCH_DAYS 719468	/* from 0000-03-01 to 1970-01-01 */

#define DAYS_PER_ERA 146097	/* of 400 years */

/* Days since 1970-01-01 in the Gregorian calendar; the year begins in March
 * here, so that the leap day is its last. */
static int64_t
days_of(unsigned year, unsigned month, unsigned day)
{
	unsigned day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	year -= month <= 2;
	return (int64_t)(year * 365 + year / 4 - year / 100 + year / 400 +
	    day_of_year) - EPOCH_DAYS;
}

/* days are those from 0000-03-01. */
static void
date_of(unsigned days, unsigned *year, unsigned *month, unsigned *day)
{
	unsigned era = days / DAYS_PER_ERA, day_of_era = days % DAYS_PER_ERA;
	unsigned year_of_era, day_of_year, shifted_month;

	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
	    day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 -
	    year_of_era / 100);
	shifted_month = (5 * day_of_year + 2) / 153;
	*day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
	*month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
	*year = year_of_era + era * 400 + (*month <= 2);
}

/* Two digits; *is_bad becomes true if they are none. */
static inline unsigned
two(const char *p, bool *is_bad)
{
	unsigned a = (unsigned char)p[0] - '0', b = (unsigned char)p[1] - '0';

	*is_bad |= (a > 9) | (b > 9);
	return a * 10 + b;
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] =
	    { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && is_leap ? 1u : 0u);
}

/* ".123456789", with nothing or more digits than nine; moves *p behind. */
static bool
parse_fraction(const char **p, const char *end, int64_t *out_ns)
{
	static const int64_t units_ns[] = { 100000000, 10000000, 1000000,
	    100000, 10000, 1000, 100, 10, 1 };
	const char *first;

	*out_ns = 0;
	if (*p == end || **p != '.')
		return true;
	for (first = ++*p; *p < end && **p >= '0' && **p <= '9'; ++*p)
		if (*p - first < 9)
			*out_ns += (**p - '0') * units_ns[*p - first];
	return *p > first;
}

/* "Z" or "+02:00", to the end. */
static bool
parse_offset(const char *p, const char *end, int *out_s)
{
	unsigned hours, minutes;
	bool is_bad = false;

	*out_s = 0;
	if (end - p == 1 && (*p == 'Z' || *p == 'z'))
		return true;
	if (end - p != 6 || (*p != '+' && *p != '-') || p[3] != ':')
		return false;
	hours = two(p + 1, &is_bad);
	minutes = two(p + 4, &is_bad);
	*out_s = (int)(hours * 60 + minutes) * (*p == '-' ? -60 : 60);
	return !is_bad && hours <= 23 && minutes <= 59;
}

/* "2026-11-23T08:53:05": the year and the seconds since the epoch. */
static bool
parse_date_time(const char *p, unsigned *year, int64_t *out_s)
{
	bool is_bad = p[4] != '-' || p[7] != '-' || p[13] != ':' ||
	    p[16] != ':' || (p[10] != 'T' && p[10] != 't');
	unsigned month, day, hour, minute, second;

	*year = two(p, &is_bad) * 100 + two(p + 2, &is_bad);
	month = two(p + 5, &is_bad);
	day = two(p + 8, &is_bad);
	hour = two(p + 11, &is_bad);
	minute = two(p + 14, &is_bad);
	second = two(p + 17, &is_bad);
	if (is_bad || month < 1 || month > 12 || day < 1 || hour > 23 ||
	    minute > 59 || second > 60 ||
	    (day > 28 && day > days_in_month(*year, month)))
		return false;
	*out_s = days_of(*year, month, day) * SECONDS_PER_DAY +
	    (hour * 60 + minute) * 60 + second;
	return true;
}

bool
timestamp_parse(struct str s, int64_t *out_ns)
{
	const char *p, *end;
	int64_t fraction_ns, seconds;
	unsigned year;
	int offset_s;

	if (s.len < 20 || !parse_date_time(s.p, &year, &seconds))
		return false;
	p = s.p + 19;
	end = s.p + s.len;
	if (!parse_fraction(&p, end, &fraction_ns) ||
	    !parse_offset(p, end, &offset_s))
		return false;
	if (year == GO_ZERO_YEAR) {
		*out_ns = 0;
		return true;
	}
	return year >= FIRST_YEAR && year <= LAST_YEAR &&
	    !__builtin_mul_overflow(seconds - offset_s, NS_PER_S, out_ns) &&
	    !__builtin_add_overflow(*out_ns, fraction_ns, out_ns);
}

static inline char *
put_two(char *p, unsigned v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
	return p + 2;
}

/* ".25": nine digits without the zeros at the end. */
static char *
put_fraction(char *p, int64_t fraction_ns)
{
	char *end = p + print_u64(p, (uint64_t)(NS_PER_S + fraction_ns));

	*p = '.';
	while (end[-1] == '0')
		end--;
	return end;
}

/* "2026-11-23T08:53:05.25", with the given letter in the middle. */
static char *
put_date_time(char *p, int64_t at_ns, char between)
{
	int64_t seconds = at_ns / NS_PER_S, fraction_ns = at_ns % NS_PER_S;
	unsigned days, year, month, day, second;

	if (fraction_ns < 0) {
		fraction_ns += NS_PER_S;
		seconds--;
	}
	seconds += (int64_t)EPOCH_DAYS * SECONDS_PER_DAY;
	days = (unsigned)(seconds / SECONDS_PER_DAY);
	second = (unsigned)(seconds % SECONDS_PER_DAY);
	date_of(days, &year, &month, &day);
	p = put_two(p, year / 100);
	p = put_two(p, year % 100);
	*p++ = '-';
	p = put_two(p, month);
	*p++ = '-';
	p = put_two(p, day);
	*p++ = between;
	p = put_two(p, second / 3600);
	*p++ = ':';
	p = put_two(p, second / 60 % 60);
	*p++ = ':';
	p = put_two(p, second % 60);
	return fraction_ns == 0 ? p : put_fraction(p, fraction_ns);
}

static size_t
put_literal(char *p, struct str s)
{
	memcpy(p, s.p, s.len);
	return s.len;
}

size_t
timestamp_print(char *p, int64_t at_ns)
{
	char *end;

	if (at_ns == 0)
		return put_literal(p, STR("0001-01-01T00:00:00Z"));
	end = put_date_time(p, at_ns, 'T');
	*end = 'Z';
	return (size_t)(end + 1 - p);
}

size_t
timestamp_print_go(char *p, int64_t at_ns)
{
	char *end;

	if (at_ns == 0)
		return put_literal(p, STR("0001-01-01 00:00:00 +0000 UTC"));
	end = put_date_time(p, at_ns, ' ');
	return (size_t)(end - p) + put_literal(end, STR(" +0000 UTC"));
}
