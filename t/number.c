/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <float.h>
#include <math.h>

#include "common/number.h"
#include "t/tap.h"

#define N_RANDOM 1000000
#define N_RANDOM_SLOW 20000	/* in valgrind */

/* A copy of exactly the length of s, so that a read beyond is seen. */
static struct str
exact(struct str s)
{
	char *p = malloc(s.len == 0 ? 1 : s.len);

	if (p == NULL)
		bail("no memory");
	memcpy(p, s.p, s.len);
	return (struct str){ p, s.len };
}

static void
release(struct str s)
{
	free((void *)(uintptr_t)s.p);
}

static void
test_u64(void)
{
	static const struct { const char *text; uint64_t value; } good[] = {
		{ "0", 0 }, { "7", 7 }, { "10", 10 }, { "99", 99 },
		{ "100", 100 }, { "1234567", 1234567 },
		{ "12345678", 12345678 }, { "99999999", 99999999 },
		{ "100000000", 100000000 }, { "123456789", 123456789 },
		{ "1234567890123456", UINT64_C(1234567890123456) },
		{ "10000000000000000", UINT64_C(10000000000000000) },
		{ "9223372036854775808", UINT64_C(9223372036854775808) },
		{ "18446744073709551615", UINT64_MAX },
	};
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "1.0",
		"12a45678", "1234567/", "1234567:", "12345678:", "/2345678",
		"1234\262678", "18446744073709551616",
		"99999999999999999999", "100000000000000000000" };
	char text[NUMBER_MAX_BYTES];
	uint64_t v;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct str s = exact(str_of(good[i].text));

		v = 1;
		ok(parse_u64(s, &v), "takes %s", good[i].text);
		is_u64(v, good[i].value, "and reads it right");
		is_mem(text, print_u64(text, v), s.p, s.len,
		    "and writes it again");
		release(s);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct str s = exact(str_of(bad[i]));

		ok(!parse_u64(s, &v), "refuses the integer \"%s\"", bad[i]);
		release(s);
	}
}

/* Each number of digits from both ends, against libc. */
static void
test_u64_digits(void)
{
	char text[NUMBER_MAX_BYTES + 1], want[NUMBER_MAX_BYTES];
	size_t n_wrong = 0;
	uint64_t power = 1, back;

	for (int digits = 1; digits <= 20; digits++, power *= 10) {
		for (uint64_t v = power - 1; v <= power + 1; v++) {
			text[print_u64(text, v)] = '\0';
			snprintf(want, sizeof want, "%" PRIu64, v);
			n_wrong += strcmp(text, want) != 0 ||
			    !parse_u64(str_of(text), &back) || back != v;
		}
	}
	is_u64(n_wrong, 0, "integers next to powers of ten are right");
}

static void
test_i64(void)
{
	static const struct { const char *text; int64_t value; } good[] = {
		{ "0", 0 }, { "-1", -1 }, { "42", 42 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
	};
	static const char *const bad[] = { "", "-", "--1", "+1", "- 1",
		"9223372036854775808", "-9223372036854775809" };
	char text[NUMBER_MAX_BYTES];
	int64_t v;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct str s = exact(str_of(good[i].text));

		v = 1;
		ok(parse_i64(s, &v), "takes %s, signed", good[i].text);
		is_i64(v, good[i].value, "and reads it right");
		is_mem(text, print_i64(text, v), s.p, s.len,
		    "and writes it again");
		release(s);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct str s = exact(str_of(bad[i]));

		ok(!parse_i64(s, &v), "refuses \"%s\", signed", bad[i]);
		release(s);
	}
}

static void
test_print_double(void)
{
	static const struct { double value; const char *text; } cases[] = {
		{ 0, "0" }, { -0.0, "0" }, { 1, "1" }, { -3, "-3" },
		{ 0.25, "0.25" }, { -0.5, "-0.5" }, { 0.1 + 0.2, "0.3" },
		{ 1.0 / 3, "0.333333333333333" },
		{ 2.0 / 3, "0.666666666666667" },
		{ 99999999999999.9, "99999999999999.9" },
		{ 999999.999999999, "999999.999999999" },
		{ 999999.9999999999, "1000000" },
		{ 9.99999999999997e22, "9.99999999999997e+22" },
		{ 9007199254740991, "9007199254740991" },
		{ -9007199254740991, "-9007199254740991" },
		{ 9007199254740992, "9007199254740990" },
		{ 1e20, "100000000000000000000" }, { 1e21, "1e+21" },
		{ 1.5e21, "1.5e+21" }, { 123456e20, "1.23456e+25" },
		{ 1e-6, "0.000001" }, { -1.25e-6, "-0.00000125" },
		{ 9.5e-7, "9.5e-7" }, { 1e-7, "1e-7" },
		{ 1.5e300, "1.5e+300" }, { 1.5e-300, "1.5e-300" },
		{ 100000000000000.5, "100000000000000" },	/* half to */
		{ 100000000000001.5, "100000000000002" },	/* even */
		{ DBL_TRUE_MIN, "4.94065645841247e-324" },
		{ DBL_MAX, "1.79769313486231e+308" },
		{ -DBL_MAX, "-1.79769313486231e+308" },
		{ NAN, "0" }, { INFINITY, "0" }, { -INFINITY, "0" },
	};
	char text[NUMBER_MAX_BYTES];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_mem(text, print_double(text, cases[i].value),
		    cases[i].text, strlen(cases[i].text), "%.17g is %s",
		    cases[i].value, cases[i].text);
}

static void
test_parse_double(void)
{
	static const char *const good[] = { "0", "-0", "1", "-1.5", "0.001",
		"1e3", "1E+3", "1e-3", "123456789.123456789", "1e22", "1e23",
		"9007199254740993", "0.1234567890123456789",
		"12345678901234567890123", "0e999999999", "1e-400",
		"4.9e-324", "2.2250738585072011e-308",
		"1.7976931348623157e308", "179769313486231570000e288",
		"0.000000000000000000000000000001", "1.0000000000000000e0",
		"9999999999999999999", "8.5e-23" };
	static const char *const bad[] = { "", "-", "+1", ".5", "5.", "01",
		"-01", "00", "1e", "1e+", "1e-", "1e+-3", "e1", "0x10", "1 ",
		" 1", "1.5.5", "1,5", "nan", "inf", "1e309", "-1e309",
		"1e999999999999", "1.e3", "12345678x", "1.12345678x" };
	double v;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct str s = exact(str_of(good[i]));

		v = -1;
		ok(parse_double(s, &v), "takes %s", good[i]);
		is_double(v, strtod(good[i], NULL), "and reads it as libc");
		release(s);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct str s = exact(str_of(bad[i]));

		ok(!parse_double(s, &v), "refuses the number \"%s\"", bad[i]);
		release(s);
	}
}

static void
test_long_double_text(void)
{
	char text[1024];
	double v = 0;

	memset(text, '1', sizeof text);
	ok(!parse_double((struct str){ text, sizeof text }, &v),
	    "refuses a number of 1024 digits");
	ok(parse_double((struct str){ text, 300 }, &v) && v > 1.1e299 &&
	    v < 1.2e299, "takes one of 300 digits");
}

static uint64_t
next_random(void)
{
	static uint64_t x = UINT64_C(0x2545f4914f6cdd1d);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* A third each: any bits; a ratio; digits around any power of ten. */
static double
random_double(uint64_t i)
{
	uint64_t bits = next_random();
	double v;

	if (i % 3 == 1)
		return (double)(bits >> 11) * 0x1p-53 * 1e6;
	if (i % 3 == 2)
		return (((double)(bits % 2000001) - 1000000) / 1e15 + 1) *
		    pow(10, (double)(bits >> 58) - 32);
	memcpy(&v, &bits, sizeof v);
	return isfinite(v) ? v : 0.5;
}

static void
test_random_doubles(void)
{
	uint64_t n = getenv("CHEAPSTER_VALGRIND") == NULL ? N_RANDOM :
	    N_RANDOM_SLOW, n_digits = 0, n_parsed = 0, n_again = 0;

	for (uint64_t i = 0; i < n; i++) {
		double v = random_double(i), back = -1;
		char text[NUMBER_MAX_BYTES + 1] = "";
		char again[NUMBER_MAX_BYTES + 1] = "", want[64];
		bool is_whole = fabs(v) < 0x1p53 && v == floor(v);

		text[print_double(text, v)] = '\0';
		snprintf(want, sizeof want, is_whole ? "%.17g" : "%.15g", v);
		n_digits += strtod(text, NULL) != strtod(want, NULL);
		n_parsed += !parse_double(str_of(text), &back) ||
		    back != strtod(text, NULL);
		again[print_double(again, back)] = '\0';
		n_again += strcmp(text, again) != 0;
	}
	is_u64(n_digits, 0, "%" PRIu64 " random doubles print as %%.15g", n);
	is_u64(n_parsed, 0, "and parse as libc does");
	is_u64(n_again, 0, "and print the same again");
}

/* What a peer writes with 15 digits comes back as it was. */
static void
test_random_decimals(void)
{
	uint64_t n = getenv("CHEAPSTER_VALGRIND") == NULL ? N_RANDOM / 4 :
	    N_RANDOM_SLOW, n_wrong = 0;

	for (uint64_t i = 0; i < n; i++) {
		char text[NUMBER_MAX_BYTES + 8], back[NUMBER_MAX_BYTES + 1];
		uint64_t whole = 1 + next_random() % 999999999;
		unsigned fraction = (unsigned)(next_random() % 99999) * 10 + 1;
		double v = 0;

		snprintf(text, sizeof text, "%" PRIu64 ".%06u", whole,
		    fraction);
		n_wrong += !parse_double(str_of(text), &v);
		n_wrong += v != strtod(text, NULL);
		back[print_double(back, v)] = '\0';
		n_wrong += strcmp(text, back) != 0;
	}
	is_u64(n_wrong, 0, "%" PRIu64 " decimals come back as they were", n);
}

int
main(void)
{
	test_u64();
	test_u64_digits();
	test_i64();
	test_print_double();
	test_parse_double();
	test_long_double_text();
	test_random_doubles();
	test_random_decimals();
	return done_testing();
}
