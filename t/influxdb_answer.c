/* SPDX-License-Identifier: ISC */
/* What InfluxDB answers, and what of it is no answer. */
#include "config.h"

#include "common/json.h"

#include "apiserver/influxdb_answer.h"

#include "t/tap.h"

#define ARENA_BYTES_MAX (1u << 22)

static struct arena arena;
static struct history_answer answer;
static struct err err;
static char *text;

/* A block of just its length and what may be read behind it. */
static struct str
copy(const char *json)
{
	size_t n = strlen(json);

	free(text);
	text = malloc(n + JSON_PAD);
	if (text == NULL)
		bail("out of memory");
	memcpy(text, json, n);
	memset(text + n, '"', JSON_PAD);
	return (struct str){ text, n };
}

static bool
parse(const char *json, const struct influxdb_asked *asked)
{
	arena_reset(&arena);
	return influxdb_answer_parse(&answer, &arena, copy(json), asked,
	    &err);
}

static void
names_are(const char *want, const char *what)
{
	struct buf got = BUF_INIT;

	for (size_t i = 0; i < answer.n_names; i++)
		buf_addf(&got, "%s%.*s", i > 0 ? " " : "",
		    STR_ARG(answer.names[i]));
	is_mem(got.p, got.len, want, strlen(want), "%s", what);
	buf_fini(&got);
}

static void
test_names(void)
{
	static const struct {
		enum history_what what;
		bool has_fields;
		const char *json, *names, *why;
	} cases[] = {
		{ HISTORY_NODES, false, "{\"results\":[{\"statement_id\":0}]}",
		    "", "nothing" },
		{ HISTORY_NODES, false, "{\"results\":[{\"series\":["
		    "{\"name\":\"cpu\",\"columns\":[\"key\",\"value\"],"
		    "\"values\":[[\"nodename\",\"n1\"],[\"nodename\",\"n2\"]]}"
		    ",{\"name\":\"mem\",\"columns\":[\"key\",\"value\"],"
		    "\"values\":[[\"nodename\",\"n2\"]]}]}]}", "n1 n2",
		    "each once" },
		/* Heapster took "key" of these two columns. */
		{ HISTORY_PODS, false, "{\"results\":[{\"series\":["
		    "{\"name\":\"uptime\",\"columns\":[\"pod_name\"],"
		    "\"values\":[[\"p\\u00e9\"],[null],[\"\"]]}]}]}",
		    "p\xc3\xa9", "one column, of old versions" },
		{ HISTORY_METRICS, false, "{\"results\":[{\"series\":["
		    "{\"name\":\"measurements\",\"columns\":[\"name\"],"
		    "\"values\":[[\"uptime\"],[\"cpu/limit\"]]}]}]}",
		    "cpu/limit uptime", "measurements" },
		{ HISTORY_METRICS, true, "{\"results\":[{\"series\":["
		    "{\"name\":\"cpu\",\"columns\":[\"time\",\"last_limit\","
		    "\"last_usage_rate\",\"last_value\"],\"values\":[[0,3.5,"
		    "null,null]]},{\"name\":\"uptime\",\"columns\":[\"time\","
		    "\"last_limit\",\"last_usage_rate\",\"last_value\"],"
		    "\"values\":[[0,null,null,7]]}]}]}", "cpu/limit uptime",
		    "fields that have a value" },
		{ HISTORY_METRICS, true, "{\"results\":[{\"series\":["
		    "{\"values\":[[0,3.5,null,null]],\"name\":\"cpu\"}]}]}",
		    "", "no columns, no names" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct influxdb_asked asked = { .what = cases[i].what,
		    .has_fields = cases[i].has_fields, .n_keys = 1 };

		ok(parse(cases[i].json, &asked), "%s is an answer",
		    cases[i].why);
		names_are(cases[i].names, cases[i].why);
	}
}

#define SERIES(values) "{\"name\":\"m\",\"columns\":[\"time\",\"value\"]," \
	"\"values\":" values "}"

static void
test_series(void)
{
	static const struct influxdb_asked asked = { .what = HISTORY_SERIES,
	    .n_keys = 3 };
	const struct history_item *items;

	ok(parse("{\"results\":[{\"statement_id\":0,\"series\":[" SERIES(
	    "[[1772600760000000000,250],[1772600770000000001,"
	    "-9223372036854775808],[1772600770000000001,7],[3,8],"
	    "[1772600780000000000,\"x\"],[1772600780000000000,null],"
	    "[1772600780000000000],[],[null,1],"
	    "[1772600790000000000,9223372036854775807,true]]")
	    "]},{\"statement_id\":1},{\"statement_id\":2,\"series\":[" SERIES(
	    "[[1,1],[2,2.5],[3,100000000000000000000]]") "]}]}", &asked),
	    "three series");
	items = answer.items;
	is_u64(answer.n_items, 3, "are three items");
	is_u64(items[0].n_points, 3, "what is no number or late is left out");
	ok(items[0].points[0].timestamp_ns == INT64_C(1772600760000000000) &&
	    items[0].points[1].timestamp_ns == INT64_C(1772600770000000001) &&
	    items[0].points[0].value.i == 250 &&
	    items[0].points[1].value.i == INT64_MIN &&
	    items[0].points[2].value.i == INT64_MAX, "all digits count");
	is_u64(items[1].n_points, 0, "the second is empty");
	ok(items[2].n_points == 3 && items[2].points[0].value.is_float &&
	    items[2].points[0].value.f == 1 &&
	    items[2].points[1].value.f == 2.5 &&
	    items[2].points[2].value.f == 1e20, "with one float all are");
}

static void
test_buckets(void)
{
	struct influxdb_asked asked = { .what = HISTORY_BUCKETS, .n_keys = 1,
	    .aggregations = 0xff };
	static const char json[] = "{\"results\":[{\"series\":["
	    "{\"name\":\"m\",\"columns\":[],\"values\":["
	    "[10,2,255,260,250,255,250,260,260],"
	    "[20,1,7,7,7,7.5,7,7,7],"
	    "[30,0,null,null,null,null,null,null,null],"
	    "[40,3,7,7,7],[50,-1,1,1,1,1,1,1,1]]}]}]}";
	const struct history_bucket *b;

	ok(parse(json, &asked) && answer.items[0].n_buckets == 2,
	    "two of these are buckets");
	b = answer.items[0].buckets;
	ok(b[0].timestamp_ns == 10 && b[0].count == 2 && b[0].max.i == 260 &&
	    b[0].min.i == 250 && b[0].percentile_50.i == 250 &&
	    b[0].percentile_95.i == 260 && b[0].percentile_99.i == 260,
	    "each aggregation where it belongs");
	ok(b[0].average.is_float && b[0].average.f == 255 &&
	    b[1].average.is_float, "an average is a float");
	ok(b[0].median.is_float && b[0].median.f == 255 && !b[0].max.is_float,
	    "others are if one of their column is");
	asked.is_one_bucket = true;
	asked.start_ns = 5;
	asked.aggregations = HISTORY_MIN;
	ok(parse("{\"results\":[{\"series\":[{\"values\":[[0,9,1],[1,9,1]]}]}"
	    "]}", &asked) && answer.items[0].n_buckets == 1 &&
	    answer.items[0].buckets[0].timestamp_ns == 5 &&
	    answer.items[0].buckets[0].count == 9 &&
	    answer.items[0].buckets[0].min.i == 1,
	    "one bucket begins with the range");
}

static void
test_errors(void)
{
	static const struct influxdb_asked asked = { .what = HISTORY_SERIES,
	    .n_keys = 1 };
	static const struct {
		const char *json, *error;
	} cases[] = {
		{ "{\"results\":[{\"statement_id\":0,\"error\":\"database not "
		    "found: k8s\"}]}", "database not found: k8s" },
		{ "{\"error\":\"no\"}", "no" },
		{ "{}", "0 results of 1 statements" },
		{ "{\"results\":null}", "0 results of 1 statements" },
		{ "{\"results\":[{\"partial\":true}]}",
		    "the answer was cut at its max-row-limit" },
		{ "{\"results\":[{\"series\":[{\"values\":[[1,1]],"
		    "\"partial\":true}]}]}",
		    "the answer was cut at its max-row-limit" },
		{ "{\"results\":[{},{}]}",
		    "json: more results than statements at byte 15" },
		{ "", NULL },
		{ "<html>", NULL },
		{ "{\"results\":[{}]", NULL },
		{ "{\"results\":[{\"series\":[{\"values\":[[1,1]", NULL },
		{ "{\"results\":[{\"series\":[{\"values\":[1]}]}]}", NULL },
		{ "{\"results\":[{\"error\":7}]}", NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ok(!parse(cases[i].json, &asked), "refuses %s",
		    cases[i].json);
		if (cases[i].error != NULL)
			is_str(err.msg, cases[i].error, "and says why");
		else
			ok(strncmp(err.msg, "json: ", 6) == 0, "%s", err.msg);
	}
	arena_reset(&arena);
	ok(str_is(influxdb_error_parse(&arena, copy(
	    "{\"a\":1,\"error\":\"unable\"}\n")), "unable"), "an error");
	ok(influxdb_error_parse(&arena, copy("{\"error\":\"unab")).p == NULL,
	    "that is cut is none");
}

/* More points than the arena has room for. */
static void
test_bound(void)
{
	static const struct influxdb_asked asked = { .what = HISTORY_SERIES,
	    .n_keys = 1 };
	struct buf json = BUF_INIT;

	buf_addf(&json, "{\"results\":[{\"series\":[{\"values\":[[0,0]");
	for (int i = 1; i < 200000; i++)
		buf_addf(&json, ",[%d,1]", i);
	buf_addf(&json, "]}]}]}");
	buf_add_char(&json, '\0');
	ok(!parse(json.p, &asked) && strstr(err.msg,
	    "more than there is memory for") != NULL, "memory is bounded");
	buf_fini(&json);
}

int
main(void)
{
	arena_init(&arena, ARENA_BYTES_MAX);
	test_names();
	test_series();
	test_buckets();
	test_errors();
	test_bound();
	arena_fini(&arena);
	free(text);
	return done_testing();
}
