/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <time.h>

#include "common/timestamp.h"
#include "t/tap.h"

#define DAY_NS (86400 * NS_PER_S)

static bool
parse_exact(const char *text, int64_t *out_ns)
{
	size_t len = strlen(text);
	char *p = malloc(len == 0 ? 1 : len);
	bool is_time;

	if (p == NULL)
		bail("no memory");
	memcpy(p, text, len);
	is_time = timestamp_parse((struct str){ p, len }, out_ns);
	free(p);
	return is_time;
}

static void
test_parse(void)
{
	static const struct { const char *text; int64_t ns; } good[] = {
		{ "1970-01-01T00:00:01Z", NS_PER_S },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1969-12-31T23:59:59Z", -NS_PER_S },
		{ "1969-12-31T23:59:59.5Z", -NS_PER_S / 2 },
		{ "2026-11-23T08:53:05Z", 1795423985 * NS_PER_S },
		{ "2026-11-23t08:53:05z", 1795423985 * NS_PER_S },
		{ "2026-11-23T10:53:05+02:00", 1795423985 * NS_PER_S },
		{ "2026-11-23T03:23:05-05:30", 1795423985 * NS_PER_S },
		{ "2026-11-23T08:53:05-00:00", 1795423985 * NS_PER_S },
		{ "2026-11-23T08:53:05.25Z",
		    1795423985 * NS_PER_S + 250000000 },
		{ "2026-11-23T08:53:05.123456789Z",
		    1795423985 * NS_PER_S + 123456789 },
		{ "2026-11-23T08:53:05.1234567899999Z",
		    1795423985 * NS_PER_S + 123456789 },
		{ "2026-11-23T08:53:05.000001+00:00",
		    1795423985 * NS_PER_S + 1000 },
		{ "2000-02-29T00:00:00Z", 951782400 * NS_PER_S },
		{ "2000-03-01T00:00:00Z", 951868800 * NS_PER_S },
		{ "2024-02-29T12:00:00Z", 1709208000 * NS_PER_S },
		{ "2016-12-31T23:59:60Z", 1483228800 * NS_PER_S },
		{ "2024-12-31T23:00:00-01:00", 1735689600 * NS_PER_S },
		{ "0001-01-01T00:00:00Z", 0 },
		{ "1678-01-01T00:00:00Z", -9214560000 * NS_PER_S },
		{ "2262-04-11T23:47:16.854775807Z", INT64_MAX },
	};
	int64_t ns;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		ns = 1;
		ok(parse_exact(good[i].text, &ns), "takes %s", good[i].text);
		is_i64(ns, good[i].ns, "and reads it right");
	}
}

static void
test_refuse(void)
{
	static const char *const bad[] = {
		"", "2026", "2026-11-23", "2026-11-23T08:53:05",
		"2026-11-23 08:53:05Z", "2026-11-23T08:53:05ZZ",
		"2026-11-23T08:53:05.Z", "2026-11-23T08:53:05.5",
		"2026-11-23T08:53:05,5Z", "2026-11-23T08:53:05+0200",
		"2026-11-23T08:53:05+02", "2026-11-23T08:53:05+24:00",
		"2026-11-23T08:53:05+02:60", "2026-11-23T08:53:05+0a:00",
		"2026-11-23T08:53:05+02:00Z", "2026-11-23T08:53Z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
		"2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
		"2026-04-31T00:00:00Z", "2026-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z", "2000-02-30T00:00:00Z",
		"2026-11-23T24:00:00Z", "2026-11-23T08:60:00Z",
		"2026-11-23T08:53:61Z", "2026-1-023T08:53:05Z",
		"2026/11/23T08:53:05Z", "2026-11-23T08.53.05Z",
		"-026-11-23T08:53:05Z", "+2026-11-23T08:53:05Z",
		"20261-11-23T08:53:05Z", "2026-11-23T0\xb1:53:05Z",
		"0000-01-01T00:00:00Z", "0002-01-01T00:00:00Z",
		"1677-01-01T00:00:00Z", "2262-04-11T23:47:16.854775808Z",
		"2262-04-12T00:00:00Z", "9999-12-31T23:59:59Z",
	};
	int64_t ns;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!parse_exact(bad[i], &ns), "refuses \"%s\"", bad[i]);
}

static void
test_print(void)
{
	static const struct { int64_t ns; const char *rfc, *go; } cases[] = {
		{ 0, "0001-01-01T00:00:00Z", "0001-01-01 00:00:00 +0000 UTC" },
		{ 1795423985 * NS_PER_S, "2026-11-23T08:53:05Z",
		    "2026-11-23 08:53:05 +0000 UTC" },
		{ 1795423985 * NS_PER_S + 250000000,
		    "2026-11-23T08:53:05.25Z",
		    "2026-11-23 08:53:05.25 +0000 UTC" },
		{ 1795423985 * NS_PER_S + 1, "2026-11-23T08:53:05.000000001Z",
		    "2026-11-23 08:53:05.000000001 +0000 UTC" },
		{ -1, "1969-12-31T23:59:59.999999999Z",
		    "1969-12-31 23:59:59.999999999 +0000 UTC" },
		{ INT64_MAX, "2262-04-11T23:47:16.854775807Z",
		    "2262-04-11 23:47:16.854775807 +0000 UTC" },
		{ INT64_MIN, "1677-09-21T00:12:43.145224192Z",
		    "1677-09-21 00:12:43.145224192 +0000 UTC" },
	};
	char text[TIMESTAMP_MAX_BYTES];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		is_mem(text, timestamp_print(text, cases[i].ns), cases[i].rfc,
		    strlen(cases[i].rfc), "prints %s", cases[i].rfc);
		is_mem(text, timestamp_print_go(text, cases[i].ns),
		    cases[i].go, strlen(cases[i].go), "prints %s",
		    cases[i].go);
	}
}

/* A time of each day there is, against libc and back. */
static void
test_every_day(void)
{
	size_t n_printed = 0, n_parsed = 0, n_days = 0;

	for (int64_t ns = INT64_MIN + 2 * DAY_NS; ns < INT64_MAX - 2 * DAY_NS;
	    ns += DAY_NS + 61 * NS_PER_S, n_days++) {
		int64_t whole = ns / NS_PER_S * NS_PER_S, back = 1;
		time_t seconds = (time_t)(whole / NS_PER_S);
		char got[TIMESTAMP_MAX_BYTES + 1], want[64];
		struct tm tm;

		got[timestamp_print(got, whole)] = '\0';
		gmtime_r(&seconds, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm);
		n_printed += whole != 0 && strcmp(got, want) != 0;
		n_parsed += !timestamp_parse(str_of(got), &back) ||
		    back != whole;
	}
	ok(n_days > 200000, "tried each day of 584 years");
	is_u64(n_printed, 0, "all print as with gmtime");
	is_u64(n_parsed, 0, "and are read back");
}

int
main(void)
{
	test_parse();
	test_refuse();
	test_print();
	test_every_day();
	return done_testing();
}
