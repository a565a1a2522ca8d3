/* SPDX-License-Identifier: ISC */
/* /api/v1/historical: what each path asks of a history, and what comes of it. */
#include "config.h"

#include <stdlib.h>

#include "common/mem.h"

#include "t/historical_fixture.h"
#include "t/tap.h"

static void
body_is(const char *want, const char *what)
{
	is_mem(response.body.p, response.body.len, want, strlen(want), "%s",
	    what);
}

static void
asked_is(const char *target, const char *want)
{
	char path[300];

	snprintf(path, sizeof path, H "%s", target);
	is_i64(ask(path), 200, "%s", target);
	is_mem(history.asked.p, history.asked.len, want, strlen(want),
	    "asks for %s", want);
}

static void
test_off(void)
{
	static const char *const paths[] = { H, H "/", H "/nodes",
	    H "/metrics/cpu/usage_rate?" FROM };

	api.historical = NULL;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		is_i64(ask(paths[i]), 404, "without a source: %s", paths[i]);
		body_is("404 page not found\n", "is no path at all");
		ok(response.is_nosniff && strcmp(response.content_type,
		    "text/plain; charset=utf-8") == 0, "in Go's words");
	}
	api.historical = &historical;
}

/* A list's path, and what it asks for. */
static void
test_name_routes(void)
{
	static const struct {
		const char *path, *question;
	} cases[] = {
		{ "/metrics", "metrics (cluster)[cluster]" },
		{ "/nodes", "nodes" },
		{ "/nodes/n/metrics", "metrics (node)node:n" },
		{ "/nodes/n/freecontainers", "sys_containers (node)node:n" },
		{ "/nodes/n/freecontainers/c/metrics",
		    "metrics (sys_container)node:n/container:c" },
		{ "/nodes/n/freecontainers/system.slice%2Fx/metrics", "metrics "
		    "(sys_container)node:n/container:system.slice/x" },
		{ "/namespaces", "namespaces" },
		{ "/namespaces/ns/metrics", "metrics (ns)ns:ns" },
		{ "/namespaces/ns/pods", "pods (ns)ns:ns" },
		{ "/namespaces/ns/pods/p/metrics", "metrics (pod)ns:ns/pod:p" },
		/* Fixed: Heapster took them from memory. */
		{ "/namespaces/ns/pods/p/containers",
		    "containers (pod)ns:ns/pod:p" },
		{ "/namespaces/ns/pods/p/containers/c/metrics",
		    "metrics (pod_container)ns:ns/pod:p/container:c" },
	};
	static const struct str names[] = {
		STR_INIT("b"), STR_INIT("a<b"), STR_INIT("a"), STR_INIT("b") };
	static const struct history_answer some = { .names = names,
	    .n_names = 4 }, none = { .n_names = 0 };
	char slash[100];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		history.answer = &some;
		asked_is(cases[i].path, cases[i].question);
		body_is("[\n  \"a\",\n  \"a\\u003cb\",\n  \"b\"\n ]",
		    "sorted, each once");
		is_str(response.content_type, "application/json", "in JSON");
		history.answer = &none;
		snprintf(slash, sizeof slash, "%s/", cases[i].path);
		asked_is(slash, cases[i].question);
		body_is("[]", "nothing is no error");
	}
}

/* A set's path; its key; whether it is a list. */
static const struct {
	const char *path, *key;
	bool is_list;
} sets[] = {
	{ "", "(cluster)[cluster]", false },
	{ "/nodes/n", "(node)node:n", false },
	{ "/nodes/n/freecontainers/c", "(sys_container)node:n/container:c",
	    false },
	{ "/namespaces/ns", "(ns)ns:ns", false },
	{ "/namespaces/ns/pods/p", "(pod)ns:ns/pod:p", false },
	{ "/namespaces/ns/pods/p/containers/c",
	    "(pod_container)ns:ns/pod:p/container:c", false },
	{ "/pod-id/u", "(pod)poduid:u", false },
	{ "/pod-id/u/containers/c", "(pod_container)poduid:u/container:c",
	    false },
	{ "/namespaces/ns/pod-list/q,p,q", "(pod)ns:ns/pod:q (pod)ns:ns/pod:p "
	    "(pod)ns:ns/pod:q", true },
	{ "/pod-id-list/v,u", "(pod)poduid:v (pod)poduid:u", true },
};

#define N_SETS (sizeof sets / sizeof sets[0])

static void
test_series_routes(void)
{
	static const struct history_point points[] = {
		{ T0, { .i = 33 } },
		{ T0 + 10 * NS_PER_S, { .is_float = true, .f = 33.75 } },
		{ T0 + 20 * NS_PER_S, { .i = -5 } },
		{ T0 + 30 * NS_PER_S, { .is_float = true, .f = -0.5 } },
		{ T0 + 40 * NS_PER_S, { .i = INT64_MAX } },
	};
	static const struct history_item items[] = {
		{ .points = points, .n_points = 1 }, { .n_points = 0 } };
	static const struct history_answer one = { .items = items,
	    .n_items = 1 }, two = { .items = items, .n_items = 2 };
	static const struct history_item all = { .points = points,
	    .n_points = 5 };

	for (size_t i = 0; i < N_SETS; i++) {
		char path[200], question[200];

		history.answer = sets[i].is_list ? &two : &one;
		snprintf(path, sizeof path, "%s/metrics/cpu/usage_rate?" FROM
		    "&" TO, sets[i].path);
		snprintf(question, sizeof question,
		    "series %s cpu/usage_rate 0..120", sets[i].key);
		asked_is(path, question);
		if (sets[i].is_list)	/* Fixed: one of them may be missing. */
			body_is("{\"items\":[{\"metrics\":[{\"timestamp\":"
			    "\"2026-03-04T05:06:00Z\",\"value\":33}],"
			    "\"latestTimestamp\":\"2026-03-04T05:06:00Z\"},"
			    "{\"metrics\":[],\"latestTimestamp\":"
			    "\"0001-01-01T00:00:00Z\"}]}\n",
			    "a list, with one that is not known");
		else
			body_is("{\n  \"metrics\": [\n   {\n    \"timestamp\":"
			    " \"2026-03-04T05:06:00Z\",\n    \"value\": 33\n"
			    "   }\n  ],\n  \"latestTimestamp\": "
			    "\"2026-03-04T05:06:00Z\"\n }", "indented");
	}
	history.answer = &(struct history_answer){ .items = &all,
	    .n_items = 1 };
	asked_is("/metrics/cpu-usage?" FROM "&labels=resource_id:Volume:x,"
	    "make:a", "series (cluster)[cluster] cpu/usage_rate"
	    "{resource_id=Volume:x,make=a} 0..600");
	/* Fixed: they were cut, and wrapped when negative. */
	body_is("{\n  \"metrics\": [\n"
	    "   {\n    \"timestamp\": \"2026-03-04T05:06:00Z\",\n"
	    "    \"value\": 33\n   },\n"
	    "   {\n    \"timestamp\": \"2026-03-04T05:06:10Z\",\n"
	    "    \"value\": 33,\n    \"floatValue\": 33.75\n   },\n"
	    "   {\n    \"timestamp\": \"2026-03-04T05:06:20Z\",\n"
	    "    \"value\": 0,\n    \"floatValue\": -5\n   },\n"
	    "   {\n    \"timestamp\": \"2026-03-04T05:06:30Z\",\n"
	    "    \"value\": 0,\n    \"floatValue\": -0.5\n   },\n"
	    "   {\n    \"timestamp\": \"2026-03-04T05:06:40Z\",\n"
	    "    \"value\": 9223372036854775807\n   }\n  ],\n"
	    "  \"latestTimestamp\": \"2026-03-04T05:06:40Z\"\n }",
	    "values are told right beside the whole ones");
}

/* The vector of Heapster's own test: two buckets of ten seconds. */
static void
test_bucket_routes(void)
{
	static const struct history_bucket buckets[] = {
		{ .timestamp_ns = T0, .count = 10,
		    .average = { .is_float = true, .f = 66 },
		    .percentile_50 = { .i = 44 } },
		{ .timestamp_ns = T0 + 10 * NS_PER_S, .count = 11,
		    .average = { .is_float = true, .f = 88 },
		    .percentile_50 = { .i = 55 } },
	};
	static const struct history_item items[] = {
		{ .buckets = buckets, .n_buckets = 2 }, { .n_buckets = 0 } };
	static const struct history_answer one = { .items = items,
	    .n_items = 1 }, two = { .items = items, .n_items = 2 };

	for (size_t i = 0; i < N_SETS; i++) {
		char path[200], question[200];

		history.answer = sets[i].is_list ? &two : &one;
		snprintf(path, sizeof path, "%s/metrics-aggregated/average,"
		    "count,50-perc/memory-usage?" FROM "&bucket=10s",
		    sets[i].path);
		snprintf(question, sizeof question, "buckets %s memory/usage "
		    "0..600 by 10000ms: 0x31", sets[i].key);
		asked_is(path, question);
		if (sets[i].is_list)
			body_is("{\"items\":[{\"buckets\":["
			    "{\"timestamp\":\"2026-03-04T05:06:00Z\","
			    "\"count\":10,\"average\":{\"floatValue\":66},"
			    "\"percentiles\":{\"50\":{\"intValue\":44}}},"
			    "{\"timestamp\":\"2026-03-04T05:06:10Z\","
			    "\"count\":11,\"average\":{\"floatValue\":88},"
			    "\"percentiles\":{\"50\":{\"intValue\":55}}}],"
			    "\"bucketSize\":10000000000},"
			    "{\"buckets\":[],\"bucketSize\":0}]}\n",
			    "a list of buckets");
		else
			body_is("{\n  \"buckets\": [\n   {\n"
			    "    \"timestamp\": \"2026-03-04T05:06:00Z\",\n"
			    "    \"count\": 10,\n    \"average\": {\n"
			    "     \"floatValue\": 66\n    },\n"
			    "    \"percentiles\": {\n     \"50\": {\n"
			    "      \"intValue\": 44\n     }\n    }\n   },\n"
			    "   {\n    \"timestamp\": "
			    "\"2026-03-04T05:06:10Z\",\n"
			    "    \"count\": 11,\n    \"average\": {\n"
			    "     \"floatValue\": 88\n    },\n"
			    "    \"percentiles\": {\n     \"50\": {\n"
			    "      \"intValue\": 55\n     }\n    }\n   }\n"
			    "  ],\n  \"bucketSize\": 10000000000\n }",
			    "indented buckets");
	}
}

/* All aggregations, in one bucket that begins with the range. */
static void
test_all_aggregations(void)
{
	static const struct history_bucket bucket = {
		.timestamp_ns = 0, .count = 3, .average = { .is_float = true,
		    .f = 10.5 },
		.max = { .i = 12 }, .min = { .i = -9 }, .median = { .i = 10 },
		.percentile_50 = { .i = 10 }, .percentile_95 = { .i = 12 },
		.percentile_99 = { .is_float = true, .f = 12.25 },
	};
	static const struct history_item item = { .buckets = &bucket,
	    .n_buckets = 1 };

	history.answer = &(struct history_answer){ .items = &item,
	    .n_items = 1 };
	asked_is("/namespaces/a/pod-list/p/metrics-aggregated/99-perc,average,"
	    "max,min,median,count,50-perc,95-perc/x/y/z?" FROM,
	    "buckets (pod)ns:a/pod:p x/y/z 0..600 by 0ms: 0xff");
	body_is("{\"items\":[{\"buckets\":[{\"timestamp\":"
	    "\"1970-01-01T00:00:00Z\",\"count\":3,"
	    "\"average\":{\"floatValue\":10.5},\"maximum\":{\"intValue\":12},"
	    "\"minimum\":{\"intValue\":-9},\"median\":{\"intValue\":10},"
	    "\"percentiles\":{\"50\":{\"intValue\":10},"
	    "\"95\":{\"intValue\":12},\"99\":{\"floatValue\":12.25}}}],"
	    "\"bucketSize\":0}]}\n", "each where it belongs");
	asked_is("/metrics-aggregated/max,max/cpu/limit?" FROM,
	    "buckets (cluster)[cluster] cpu/limit 0..600 by 0ms: 0x2");
	body_is("{\n  \"buckets\": [\n   {\n    \"timestamp\": "
	    "\"1970-01-01T00:00:00Z\",\n    \"maximum\": {\n"
	    "     \"intValue\": 12\n    }\n   }\n  ],\n"
	    "  \"bucketSize\": 0\n }", "only those that were asked for");
}

#define BAD_TIME "timestamp argument cannot be parsed: parsing time \"bad\" " \
	"as \"2006-01-02T15:04:05Z07:00\": cannot parse \"bad\" as \"2006\""
#define NO_START "no start time (or a start time of zero) provided"
#define M "/metrics/x"
#define A "/metrics-aggregated/max/x"
#define A_BAD "/metrics-aggregated/max,foo/x"

/* What is wrong first is said: times, bucket, aggregations, labels. */
static void
test_errors(void)
{
	static const struct {
		const char *target, *text;
	} cases[] = {
		{ M, NO_START },
		{ M "?start=", NO_START },
		{ M "?start=0001-01-01T00:00:00Z", NO_START },
		{ M "?" TO "&labels=bad", NO_START },
		{ M "?start=bad", BAD_TIME },
		{ M "?end=bad", BAD_TIME },
		{ M "?labels=x&end=bad", BAD_TIME },
		{ M "?" FROM "&labels=k1:v1,k2", "invalid label pair \"k2\"" },
		{ M "?" FROM "&labels=:v", "invalid label pair \":v\"" },
		{ M "?" FROM "&labels=k:", "invalid label pair \"k:\"" },
		{ A, NO_START },
		{ A_BAD "?labels=x&bucket=5&start=bad", BAD_TIME },
		{ A_BAD "?labels=x&bucket=5", NO_START },
		{ A_BAD "?labels=x&bucket=5&" FROM, "unable to parse bucket "
		    "size: \"5\" is too short to be a duration" },
		{ A_BAD "?labels=x&" FROM, "Unknown aggregation \"foo\"" },
		{ "/metrics-aggregated/max,/x?" FROM,
		    "Unknown aggregation \"\"" },
		{ A "?labels=x&" FROM, "invalid label pair \"x\"" },
	};
	char path[200];

	history.answer = NULL;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t k = 0; k < N_SETS; k++) {
			snprintf(path, sizeof path, H "%s%s", sets[k].path,
			    cases[i].target);
			if (ask(path) == 400 && history.n_asked == 0 &&
			    str_is(buf_str(&response.body), cases[i].text) &&
			    strcmp(response.content_type,
			    "text/plain; charset=utf-8") == 0)
				continue;
			is_i64(response.status, 400, "%s", path);
			body_is(cases[i].text, "in Heapster's words");
		}
		ok(true, "%s of every kind of set: %s", cases[i].target,
		    cases[i].text);
	}
}

static void
test_framing(void)
{
	is_i64(ask_as("POST", H "/nodes", NULL), 405, "POST is not allowed");
	is_i64(ask_as("HEAD", H M "?" FROM, NULL), 405, "nor is HEAD");
	is_i64(ask_as("GET", H "/nodes", "text/html"), 406, "HTML is not made");
	is_i64(ask(H "/debug/allkeys"), 404, "all keys are of the model");
	body_is("404: Page Not Found", "and not here");
	is_i64(ask(H "/pod-id/u/metrics"), 404, "nor names by uid");
	is_i64(ask(H), 404, "the root is no page");
	is_i64(ask(H "/nodes/%zz/metrics"), 400, "escapes are checked");
	ok(history.n_asked == 0, "nobody is asked");
}

/* The order of the range, and how many pods fit into a list. */
static void
test_bounds(void)
{
	static const struct history_item items[HISTORY_KEYS_MAX];
	struct buf path = BUF_INIT;

	history.answer = NULL;
	is_i64(ask(H "/metrics/x?start=2026-03-04T05:06:00Z&"
	    "end=2026-03-04T05:05:59Z"), 200, "it ends before it begins");
	body_is("{\n  \"metrics\": [],\n  \"latestTimestamp\": "
	    "\"0001-01-01T00:00:00Z\"\n }", "nothing is in it");
	is_i64(ask(H "/pod-id-list/u,v/metrics-aggregated/max/x?bucket=1s&"
	    "start=2026-03-04T05:16:01Z"), 200, "it begins after now");
	body_is("{\"items\":[{\"buckets\":[],\"bucketSize\":0},"
	    "{\"buckets\":[],\"bucketSize\":0}]}\n", "nor in a list");
	is_i64(history.n_asked, 0, "and nobody is asked");
	history.answer = &(struct history_answer){ .items = items,
	    .n_items = HISTORY_KEYS_MAX };
	for (size_t n = HISTORY_KEYS_MAX; n <= HISTORY_KEYS_MAX + 1; n++) {
		buf_reset(&path);
		buf_addf(&path, H "/pod-id-list/");
		for (size_t i = 0; i < n; i++)
			buf_addf(&path, "%su", i > 0 ? "," : "");
		buf_addf(&path, M "?" FROM);
		buf_add_char(&path, '\0');
		is_i64(ask(path.p), n > HISTORY_KEYS_MAX ? 400 : 200,
		    "%zu pods in a list", n);
	}
	body_is("too many pods in one list", "are too many");
	buf_fini(&path);
}

/* More text than may be. */
static void
test_large(void)
{
	size_t n = HISTORICAL_TEXT_BYTES_MAX / 60;
	struct history_point *points = xcalloc(n, sizeof *points);
	struct history_item item = { .points = points, .n_points = n };
	struct history_answer answer = { .items = &item, .n_items = 1 };

	history.answer = &answer;
	is_i64(ask(H M "?" FROM), 500, "an answer that is too large");
	body_is("the answer is too large: ask for less time or fewer objects",
	    "says what to do");
	item.n_points = n / 4;
	is_i64(ask(H M "?" FROM), 200, "one that is not is sent");
	ok(response.body.len > 1 << 20 && response.body.max_bytes == 0,
	    "and the next has its own bound");
	buf_fini(&response.body);
	free(points);
}

static void
test_failure(void)
{
	history.answer = NULL;
	err_set(&history.err, "influxdb: authorization failed");
	is_i64(ask(H "/nodes"), 500, "a history that fails");
	body_is("influxdb: authorization failed", "says why");
	is_i64(transport.n_taken, 0, "what is known at once does not wait");
}

static void
later(const char *what, int status, const char *body)
{
	history.is_slow = true;
	transport.n_finished = transport.n_taken = 0;
	ask(H "/nodes");
	history.is_slow = false;
	ok(response.is_deferred && transport.n_taken == 1 &&
	    transport.n_finished == 0, "%s: is waited for", what);
	history.done(history.arg, history.answer, history.answer == NULL ?
	    &history.err : NULL);
	is_i64(transport.n_finished, 1, "%s: is sent", what);
	is_i64(transport.status, status, "%s: with its status", what);
	is_mem(transport.body.p, transport.body.len, body, strlen(body),
	    "%s: and its body", what);
	ok(historical.waiting == NULL, "nothing waits any more");
}

static void
test_later(void)
{
	static const struct str name = STR_INIT("n");

	history.answer = &(struct history_answer){ .names = &name,
	    .n_names = 1 };
	later("an answer", 200, "[\n  \"n\"\n ]");
	history.answer = NULL;
	later("a failure", 500, "influxdb: authorization failed");
	history.is_slow = true;
	transport.is_full = true;
	is_i64(ask(H "/nodes"), 500, "without a ticket nothing can wait");
	ok(!response.is_deferred, "and is answered");
	history.done(history.arg, NULL, &history.err);
	transport.is_full = false;
	transport.n_finished = 0;
	ask(H "/namespaces");
	transport.ticket.on_forgotten(transport.ticket.arg);
	is_u64(history.n_cancelled, 1, "what nobody waits for is cancelled");
	is_i64(transport.n_finished, 1, "and its ticket is finished");
	ok(historical.waiting == NULL, "and it waits for nothing");
	for (int i = 0; i < 3; i++)
		ask(H "/namespaces");
	history.done(history.arg, NULL, &history.err);
	transport.n_finished = 0;
	historical_close(&historical);
	ok(history.is_closed && historical.waiting == NULL,
	    "what waits when it ends is dropped");
	is_i64(transport.n_finished, 2, "and its tickets are finished");
	is_i64(transport.status, 503, "with no answer");
	is_u64(historical.counters.history_waiting, 0, "and so is the count");
	ok(historical.counters.history_failures > 3 &&
	    historical.counters.history_questions >
	    historical.counters.history_failures, "the others go on");
}

int
main(void)
{
	test_off();
	test_name_routes();
	test_series_routes();
	test_bucket_routes();
	test_all_aggregations();
	test_errors();
	test_framing();
	test_bounds();
	test_large();
	test_failure();
	test_later();
	historical_fixture_fini();
	return done_testing();
}
