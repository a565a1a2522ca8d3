/* SPDX-License-Identifier: ISC */
/* Parameters of the historical API: buckets, aggregations, labels, ranges. */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/historical_query.h"

#include "t/tap.h"

static void
error_is(struct buf *error, const char *want, const char *what)
{
	is_mem(error->p, error->len, want, strlen(want), "\"%s\": %s", what,
	    want);
	buf_fini(error);
}

static void
test_bucket(void)
{
#define SIZE "unable to parse bucket size: "
#define PARSE "strconv.ParseUint: parsing "
	static const struct {
		const char *text;
		int64_t ns;
		const char *error;
	} cases[] = {
		{ "", 0, NULL },
		{ "5ms", 5 * NS_PER_MS, NULL },
		{ "10s", 10 * NS_PER_S, NULL },
		{ "15m", 900 * NS_PER_S, NULL },
		{ "20h", 72000 * NS_PER_S, NULL },
		{ "25d", 2160000 * NS_PER_S, NULL },
		{ "0s", 0, NULL },
		{ "007s", 7 * NS_PER_S, NULL },
		{ "106751d", INT64_C(106751) * 86400 * NS_PER_S, NULL },
		{ "1", 0, SIZE "\"1\" is too short to be a duration" },
		{ "s", 0, SIZE "\"s\" is too short to be a duration" },
		{ "1g", 0, SIZE "\"1g\" has no known duration suffix" },
		{ "5x", 0, SIZE "\"5x\" has no known duration suffix" },
		{ "55", 0, SIZE "\"55\" has no known duration suffix" },
		{ "10gs", 0, PARSE "\"10g\": invalid syntax" },
		{ "abch", 0, PARSE "\"abc\": invalid syntax" },
		{ "-1s", 0, PARSE "\"-1\": invalid syntax" },
		{ "+1s", 0, PARSE "\"+1\": invalid syntax" },
		{ "1.5h", 0, PARSE "\"1.5\": invalid syntax" },
		{ "ms", 0, PARSE "\"\": invalid syntax" },
		{ "99999999999999999999s", 0,
		    PARSE "\"99999999999999999999\": value out of range" },
		/* Heapster let it wrap. */
		{ "106752d", 0, PARSE "\"106752\": value out of range" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf error = BUF_INIT;
		int64_t ns = -1;
		bool is_good = historical_bucket(str_of(cases[i].text), &ns,
		    &error);

		ok(is_good == (cases[i].error == NULL), "\"%s\" is %s",
		    cases[i].text, cases[i].error == NULL ? "a bucket" :
		    "none");
		if (cases[i].error == NULL)
			is_i64(ns, cases[i].ns, "\"%s\"", cases[i].text);
		else
			error_is(&error, cases[i].error, cases[i].text);
	}
}

static void
test_aggregations(void)
{
	static const struct {
		const char *text;
		unsigned bits;
		const char *error;
	} cases[] = {
		{ "average", HISTORY_AVERAGE, NULL },
		{ "average,max", HISTORY_AVERAGE | HISTORY_MAX, NULL },
		{ "min,median,count", HISTORY_MIN | HISTORY_MEDIAN |
		    HISTORY_COUNT, NULL },
		{ "99-perc,50-perc,95-perc,50-perc", HISTORY_PERCENTILE_50 |
		    HISTORY_PERCENTILE_95 | HISTORY_PERCENTILE_99, NULL },
		{ "max,non-existant", 0,
		    "Unknown aggregation \"non-existant\"" },
		{ "Max", 0, "Unknown aggregation \"Max\"" },
		{ "", 0, "Unknown aggregation \"\"" },
		{ "max,,min", 0, "Unknown aggregation \"\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf error = BUF_INIT;
		unsigned bits = 0;
		bool is_good = historical_aggregations(str_of(cases[i].text),
		    &bits, &error);

		ok(is_good == (cases[i].error == NULL), "\"%s\" is %s",
		    cases[i].text, is_good ? "known" : "not");
		if (cases[i].error == NULL)
			is_u64(bits, cases[i].bits, "\"%s\"", cases[i].text);
		else
			error_is(&error, cases[i].error, cases[i].text);
	}
}

static void
test_labels(void)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{ "k1", "invalid label pair \"k1\"" },
		{ "k1,k2:v2", "invalid label pair \"k1\"" },
		{ "k1:v1,:v2", "invalid label pair \":v2\"" },
		{ "k1:v1,k1:", "invalid label pair \"k1:\"" },
		{ "a:b,", "invalid label pair \"\"" },
		{ "a:b,a:b,a:b,a:b,a:b,a:b,a:b,a:b,a:b,a:b,a:b,a:b,a:b,a:b,"
		    "a:b,a:b,a:b", "more than 16 labels" },
	};
	struct history_label labels[HISTORY_LABELS_MAX];
	struct buf error = BUF_INIT;
	size_t n = 9;

	ok(historical_labels(str_of(NULL), labels, &n, &error) && n == 0,
	    "no labels are none");
	ok(historical_labels(STR("k1:v1,k2:v2.3:4+5"), labels, &n, &error) &&
	    n == 2, "two are two");
	ok(str_is(labels[0].name, "k1") && str_is(labels[0].value, "v1") &&
	    str_is(labels[1].name, "k2") &&
	    str_is(labels[1].value, "v2.3:4+5"), "cut at the first colon");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ok(!historical_labels(str_of(cases[i].text), labels, &n,
		    &error), "\"%s\" is refused", cases[i].text);
		error_is(&error, cases[i].error, cases[i].text);
	}
}

static void
test_range(void)
{
	static const int64_t now_ns = INT64_C(1772600760) * NS_PER_S;
	struct buf error = BUF_INIT;
	int64_t start_ns, end_ns;

	ok(historical_range(STR("1970-01-01T00:00:00Z"), str_of(NULL), now_ns,
	    &start_ns, &end_ns, &error) && start_ns == 0 && end_ns == now_ns,
	    "from 1970 until now");
	ok(historical_range(STR("1500-01-01T00:00:00Z"),
	    STR("2026-03-04T05:06:00.5Z"), 7, &start_ns, &end_ns, &error) &&
	    start_ns == INT64_MIN && end_ns == now_ns + NS_PER_S / 2,
	    "from long ago, to half a second");
	ok(!historical_range(STR(""), STR("2026-03-04T05:06:00Z"), now_ns,
	    &start_ns, &end_ns, &error), "a start is needed");
	error_is(&error, "no start time (or a start time of zero) provided",
	    "");
	ok(!historical_range(STR("0001-01-01T00:00:00.000Z"), STR(""), now_ns,
	    &start_ns, &end_ns, &error), "and is not Go's zero");
	buf_fini(&error);
}

int
main(void)
{
	test_bucket();
	test_aggregations();
	test_labels();
	test_range();
	return done_testing();
}
