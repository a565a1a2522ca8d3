/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"
#include "common/timestamp.h"

#define SECONDS_PER_DAY 86400
#define GO_ZERO_YEAR 1

/* Days since 1970-01-01 in the Gregorian calendar; the year begins in March
 * here, so that the leap day is its last. */
static int64_t
days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t era, year_of_era, day_of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year - 719468;
}

static void
date_of(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t era, day_of_era, year_of_era, day_of_year, shifted_month;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
	    day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 -
	    year_of_era / 100);
	shifted_month = (5 * day_of_year + 2) / 153;
	*day = (unsigned)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
	*month = (unsigned)(shifted_month + (shifted_month < 10 ? 3 : -9));
	*year = year_of_era + era * 400 + (*month <= 2);
}

static bool
two(const char *p, unsigned *out)
{
	unsigned a = (unsigned char)p[0] - '0', b = (unsigned char)p[1] - '0';

	*out = a * 10 + b;
	return a <= 9 && b <= 9;
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
	int64_t digit_ns = NS_PER_S / 10;

	*out_ns = 0;
	if (*p == end || **p != '.')
		return true;
	if (++*p == end || **p < '0' || **p > '9')
		return false;
	for (; *p < end && **p >= '0' && **p <= '9'; ++*p, digit_ns /= 10)
		*out_ns += (**p - '0') * digit_ns;
	return true;
}

/* "Z" or "+02:00", to the end. */
static bool
parse_offset(const char *p, const char *end, int64_t *out_s)
{
	unsigned hours, minutes;

	*out_s = 0;
	if (end - p == 1 && (*p == 'Z' || *p == 'z'))
		return true;
	if (end - p != 6 || (*p != '+' && *p != '-') || p[3] != ':' ||
	    !two(p + 1, &hours) || !two(p + 4, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*out_s = (hours * 60 + minutes) * 60;
	if (*p == '-')
		*out_s = -*out_s;
	return true;
}

bool
timestamp_parse(struct str s, int64_t *out_ns)
{
	const char *p = s.p, *end = s.p + s.len;
	unsigned century, year, month, day, hour, minute, second;
	int64_t fraction_ns, offset_s, seconds;

	if (s.len < 20 || !two(p, &century) || !two(p + 2, &year) ||
	    p[4] != '-' || !two(p + 5, &month) || p[7] != '-' ||
	    !two(p + 8, &day) || (p[10] != 'T' && p[10] != 't') ||
	    !two(p + 11, &hour) || p[13] != ':' || !two(p + 14, &minute) ||
	    p[16] != ':' || !two(p + 17, &second))
		return false;
	year += century * 100;
	if (month < 1 || month > 12 || day < 1 ||
	    day > days_in_month(year, month) || hour > 23 || minute > 59 ||
	    second > 60)
		return false;
	p += 19;
	if (!parse_fraction(&p, end, &fraction_ns) ||
	    !parse_offset(p, end, &offset_s))
		return false;
	if (year == GO_ZERO_YEAR) {
		*out_ns = 0;
		return true;
	}
	seconds = days_of(year, month, day) * SECONDS_PER_DAY +
	    hour * 3600 + minute * 60 + second - offset_s;
	return !__builtin_mul_overflow(seconds, NS_PER_S, out_ns) &&
	    !__builtin_add_overflow(*out_ns, fraction_ns, out_ns);
}

static char *
put_two(char *p, unsigned v)
{
	p[0] = (char)('0' + v / 10 % 10);
	p[1] = (char)('0' + v % 10);
	return p + 2;
}

/* "2026-11-23T08:53:05.25", with the given letter in the middle. */
static char *
put_date_time(char *p, int64_t at_ns, char between)
{
	int64_t seconds = at_ns / NS_PER_S, fraction_ns = at_ns % NS_PER_S;
	int64_t days, year;
	unsigned month, day, second;

	if (fraction_ns < 0) {
		fraction_ns += NS_PER_S;
		seconds--;
	}
	days = seconds / SECONDS_PER_DAY;
	if (seconds % SECONDS_PER_DAY < 0)
		days--;
	second = (unsigned)(seconds - days * SECONDS_PER_DAY);
	date_of(days, &year, &month, &day);
	p = put_two(p, (unsigned)(year / 100));
	p = put_two(p, (unsigned)(year % 100));
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
	if (fraction_ns == 0)
		return p;
	*p++ = '.';
	for (int64_t unit = NS_PER_S / 10; fraction_ns > 0; unit /= 10) {
		*p++ = (char)('0' + fraction_ns / unit);
		fraction_ns %= unit;
	}
	return p;
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
