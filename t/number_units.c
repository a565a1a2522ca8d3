/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/number.h"
#include "common/timestamp.h"
#include "t/tap.h"

static void
test_durations(void)
{
	static const struct { const char *text; int64_t ns; } good[] = {
		{ "0", 0 }, { "0s", 0 }, { "300ms", 300 * NS_PER_MS },
		{ "1.5s", 1500 * NS_PER_MS }, { "60s", 60 * NS_PER_S },
		{ "1h10m", 4200 * NS_PER_S }, { "1m1s1ms1us1ns",
		61 * NS_PER_S + 1001001 }, { ".5s", 500 * NS_PER_MS },
		{ "0.25h", 900 * NS_PER_S }, { "1.123456789s", 1123456789 },
		{ "9223372036854775807ns", INT64_MAX },
	};
	static const char *const bad[] = { "", "5", "s", ".s", "-1s", "1 s",
		"1d", "1s5", "1.2.3s", "1S", "9223372036854775808ns",
		"2562048h", "9223372036s1h" };
	struct err err;
	int64_t ns;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		ns = -1;
		ok(parse_duration_ns(str_of(good[i].text), &ns, &err),
		    "takes the duration %s", good[i].text);
		is_i64(ns, good[i].ns, "and reads it right");
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!parse_duration_ns(str_of(bad[i]), &ns, &err),
		    "refuses the duration \"%s\"", bad[i]);
	parse_duration_ns(STR("15"), &ns, &err);
	ok(strstr(err.msg, "unit") != NULL && strstr(err.msg, "15") != NULL,
	    "says that a unit is missing, and where");
}

static void
test_sizes(void)
{
	static const struct { const char *text; uint64_t bytes; } good[] = {
		{ "0", 0 }, { "512", 512 }, { "1k", 1000 }, { "1Ki", 1024 },
		{ "64Mi", 64u << 20 }, { "2G", 2000000000 },
		{ "1Ti", UINT64_C(1) << 40 },
		{ "18446744073709551615", UINT64_MAX },
	};
	static const char *const bad[] = { "", "k", "-1", "1.5Mi", "1K",
		"1 Mi", "1MiB", "18446744073709551616", "16777216Ti" };
	struct err err;
	uint64_t bytes;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		bytes = 1;
		ok(parse_size_bytes(str_of(good[i].text), &bytes, &err),
		    "takes the size %s", good[i].text);
		is_u64(bytes, good[i].bytes, "and reads it right");
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!parse_size_bytes(str_of(bad[i]), &bytes, &err),
		    "refuses the size \"%s\"", bad[i]);
}

static void
test_bools(void)
{
	static const char *const yes[] =
	    { "1", "t", "T", "true", "True", "TRUE" };
	static const char *const no[] =
	    { "0", "f", "F", "false", "False", "FALSE" };
	static const char *const bad[] =
	    { "", "yes", "no", "2", "tRUE", "true ", "on" };
	bool value;

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		value = false;
		ok(parse_bool(str_of(yes[i]), &value) && value, "%s is true",
		    yes[i]);
		value = true;
		ok(parse_bool(str_of(no[i]), &value) && !value, "%s is false",
		    no[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!parse_bool(str_of(bad[i]), &value), "\"%s\" is neither",
		    bad[i]);
}

int
main(void)
{
	test_durations();
	test_sizes();
	test_bools();
	return done_testing();
}
