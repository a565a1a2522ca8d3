/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/quantity.h"
#include "t/tap.h"

static struct str
exact(const char *text)
{
	size_t len = strlen(text);
	char *p = malloc(len == 0 ? 1 : len);

	if (p == NULL)
		bail("no memory");
	memcpy(p, text, len);
	return (struct str){ p, len };
}

static void
test_parse(void)
{
	static const struct {
		const char *text;
		uint64_t milli, value;
	} cases[] = {
		{ "0", 0, 0 }, { "1", 1000, 1 }, { "0.25", 250, 1 },
		{ "100m", 100, 1 }, { "0.1m", 1, 1 }, { "0.0001", 1, 1 },
		{ "1e-1", 100, 1 }, { "1500m", 1500, 2 },
		{ "2000m", 2000, 2 }, { "2001m", 2001, 3 },
		{ "1.5Ki", 1536000, 1536 }, { "1G", 1000000000000, 1000000000 },
		{ "64Mi", 67108864000, 67108864 }, { "1Ki", 1024000, 1024 },
		{ "+5", 5000, 5 }, { "-0", 0, 0 }, { ".5", 500, 1 },
		{ "5.", 5000, 5 }, { "1e3", 1000000, 1000 },
		{ "1E3", 1000000, 1000 }, { "1e+3", 1000000, 1000 },
		{ "1500e-3", 1500, 2 }, { "192123456n", 193, 1 },
		{ "1u", 1, 1 }, { "1n", 1, 1 }, { "0n", 0, 0 },
		{ "1000000n", 1, 1 }, { "1000001n", 2, 1 },
		{ "1k", 1000000, 1000 }, { "1T", 1000000000000000,
		1000000000000 }, { "007", 7000, 7 },
		{ "0.000000000000000000000000000000000000000001", 1, 1 },
		{ "1.0000000000000000000000000000000000000000001", 1001, 2 },
		{ "1e-1000000", 1, 1 }, { "0e1000", 0, 0 },
		{ "0.5Gi", 536870912000, 536870912 },
		{ "1578392Ki", 1616273408000, 1616273408 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str s = exact(cases[i].text);
		uint64_t milli = 77, value = 77;

		ok(quantity_parse_milli(s, &milli) && quantity_parse(s,
		    &value), "takes %s", cases[i].text);
		is_u64(milli, cases[i].milli, "in thousandths, rounded up");
		is_u64(value, cases[i].value, "and in whole ones");
		free((void *)(uintptr_t)s.p);
	}
}

static void
test_refuse(void)
{
	static const char *const bad[] = { "", "m", "Ki", ".", "-", "+",
		"-1", "-0.1", "1 ", " 1", "1K", "1ki", "1mi", "1mm", "1KiB",
		"1.2.3", "--1", "+-1", "1e", "1e+", "1e-", "1e+-3", "1e++3",
		"1e1.5", "1e3m", "1,5", "0x10", "abc", "1e1000",
		"1e99999999999999999999", "20Ei", "16Ei",
		"18446744073709551616", "100000000000000000000000000000000" };
	uint64_t v;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct str s = exact(bad[i]);

		ok(!quantity_parse(s, &v), "refuses \"%s\"", bad[i]);
		free((void *)(uintptr_t)s.p);
	}
	ok(quantity_parse(STR("15Ei"), &v), "takes 15Ei");
	ok(!quantity_parse_milli(STR("15Ei"), &v),
	    "but its thousandths are too many");
	ok(quantity_parse(STR("18446744073709551615"), &v) &&
	    v == UINT64_MAX, "takes the largest integer");
	ok(!quantity_parse(STR("18446744073709551615.1"), &v),
	    "and refuses what rounds up beyond it");
}

static void
test_print(void)
{
	static const struct { uint64_t v; const char *milli, *bytes; }
	cases[] = {
		{ 0, "0", "0" }, { 1, "1m", "1" }, { 99, "99m", "99" },
		{ 1000, "1", "1k" }, { 1023, "1023m", "1023" },
		{ 1024, "1024m", "1Ki" }, { 1500, "1500m", "1500" },
		{ 2000, "2", "2000" }, { 2000000, "2k", "2000000" },
		{ 1073741824, "1073741824m", "1Gi" },
		{ 70000002, "70000002m", "70000002" },
		{ 1536, "1536m", "1536" }, { 3072, "3072m", "3Ki" },
		{ UINT64_C(1) << 60, "1152921504606846976m", "1Ei" },
		{ UINT64_C(10000000000000000000), "10P",
		    "9765625000000000Ki" },
		{ UINT64_MAX, "18446744073709551615m",
		    "18446744073709551615" },
	};
	char text[QUANTITY_MAX_BYTES];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		is_mem(text, quantity_print_milli(text, cases[i].v),
		    cases[i].milli, strlen(cases[i].milli),
		    "%" PRIu64 " thousandths are %s", cases[i].v,
		    cases[i].milli);
		is_mem(text, quantity_print_bytes(text, cases[i].v),
		    cases[i].bytes, strlen(cases[i].bytes),
		    "%" PRIu64 " bytes are %s", cases[i].v, cases[i].bytes);
	}
}

int
main(void)
{
	test_parse();
	test_refuse();
	test_print();
	return done_testing();
}
