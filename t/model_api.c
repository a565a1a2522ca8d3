/* SPDX-License-Identifier: ISC */
/* The API without its server: paths, parameters, errors, health. */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/api.h"
#include "apiserver/go_time.h"

#include "t/store_fixture.h"
#include "t/tap.h"

#define M "/api/v1/model/"
#define EMPTY "{\n  \"metrics\": [],\n  \"latestTimestamp\": " \
	"\"0001-01-01T00:00:00Z\"\n }"

static struct store *store;
static struct counters own_counters;
static struct api api;
static struct api_response response;

static int
ask_as(const char *method, const char *target, const char *accept,
    int64_t now_ns)
{
	struct api_request request = {
		.method = str_of(method),
		.query = str_of(target),
		.accept = str_of(accept),
		.now_ns = now_ns,
	};

	request.path = str_cut(&request.query, '?');
	response = (struct api_response){ .body = response.body };
	buf_reset(&response.body);
	api_answer(&api, &request, &response);
	return response.status;
}

static int
ask(const char *target)
{
	return ask_as("GET", target, NULL, T0 + 4 * R);
}

static void
body_is(const char *want, const char *what)
{
	is_mem(response.body.p, response.body.len, want, strlen(want), "%s",
	    what);
}

static void
test_match(void)
{
	static const struct {
		const char *pattern, *path;
		bool is_exact, matches;
		const char *captures[3];
	} cases[] = {
		{ "nodes", "nodes", false, true, { NULL } },
		{ "nodes", "nodes/", false, true, { NULL } },
		{ "nodes", "nodes/", true, false, { NULL } },
		{ "nodes", "nodes//", false, false, { NULL } },
		{ "nodes", "node", false, false, { NULL } },
		{ "nodes", "nodesx", false, false, { NULL } },
		{ "nodes", "nodes/a", false, false, { NULL } },
		{ "nodes", "", false, false, { NULL } },
		{ "nodes/{}/x", "nodes/a/x", false, true, { "a" } },
		{ "nodes/{}/x", "nodes//x", false, false, { NULL } },
		{ "nodes/{}/x", "nodes/a%2Fb/x", false, true, { "a%2Fb" } },
		{ "a/{}/b/{}", "a/1/b/2/", false, true, { "1", "2" } },
		{ "m/{*}", "m/cpu/usage", false, true, { "cpu/usage" } },
		{ "m/{*}", "m/cpu/usage/", false, true, { "cpu/usage" } },
		{ "m/{*}", "m/", false, false, { NULL } },
		{ "m/{*}", "m", false, false, { NULL } },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str captures[API_CAPTURES_MAX];
		size_t n, want = 0;
		bool matches = api_match(cases[i].pattern,
		    str_of(cases[i].path), cases[i].is_exact, captures, &n);

		ok(matches == cases[i].matches, "%s %s \"%s\"",
		    cases[i].pattern, cases[i].matches ? "is" : "is not",
		    cases[i].path);
		for (; want < 3 && cases[i].captures[want] != NULL; want++)
			ok(matches && want < n && str_is(captures[want],
			    cases[i].captures[want]), "%s captures %s",
			    cases[i].path, cases[i].captures[want]);
		ok(!matches || n == want, "%s captures %zu parts",
		    cases[i].path, want);
	}
}

static void
test_times(void)
{
#define AS " as \"2006-01-02T15:04:05Z07:00\": cannot parse "
	static const struct {
		const char *text;
		const char *error;	/* NULL: it is a time */
	} cases[] = {
		{ "2026-11-23T09:18:46Z", NULL },
		{ "2026-11-23T09:18:46.123456789Z", NULL },
		{ "2026-11-23T11:18:46+02:00", NULL },
		{ "1500-01-01T00:00:00Z", NULL },
		{ "9999-12-31T23:59:59Z", NULL },
		{ "3000-02-28T00:00:00Z", NULL },
		{ "3000-02-29T00:00:00Z", ": day out of range" },
		{ "yesterday", AS "\"yesterday\" as \"2006\"" },
		{ "1234567890", AS "\"567890\" as \"-\"" },
		{ "2026-11-23", AS "\"\" as \"T\"" },
		{ "2026-11-23 09:18:46Z", AS "\" 09:18:46Z\" as \"T\"" },
		{ "2026-11-23T09:18", AS "\"\" as \":\"" },
		{ "2026-11-23T09:18:46", AS "\"\" as \"Z07:00\"" },
		{ "2026-11-23T09:18:46+0200", AS "\"+0200\" as \"Z07:00\"" },
		{ "2026-11-23T09:18:46Zulu", ": extra text: ulu" },
		{ "2026-13-01T00:00:00Z", ": month out of range" },
		{ "2026-00-01T00:00:00Z", ": month out of range" },
		{ "2026-02-30T00:00:00Z", ": day out of range" },
		{ "2026-11-00T00:00:00Z", ": day out of range" },
		{ "2026-11-23T24:00:00Z", ": hour out of range" },
		{ "2026-11-23T09:60:00Z", ": minute out of range" },
		{ "2026-11-23T09:18:61Z", ": second out of range" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf error = BUF_INIT;
		char want[200];
		int64_t at_ns;
		bool is_time = go_time_parse(str_of(cases[i].text), &at_ns,
		    &error);

		if (cases[i].error == NULL) {
			ok(is_time, "%s is a time", cases[i].text);
		} else {
			snprintf(want, sizeof want, "timestamp argument "
			    "cannot be parsed: parsing time \"%s\"%s",
			    cases[i].text, cases[i].error);
			is_mem(error.p, error.len, want, strlen(want),
			    "%s is not", cases[i].text);
		}
		buf_fini(&error);
	}
}

static void
test_before(void)
{
	static const char *const lists[] = { "nodes/", "metrics/",
		"namespaces/", "debug/allkeys", "nodes/n1/metrics",
		"nodes/n1/freecontainers/", "namespaces/default/pods/" };
	char path[100];

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		snprintf(path, sizeof path, M "%s", lists[i]);
		is_i64(ask(path), 200, "%s before the first frame", lists[i]);
		body_is("[]", "is empty");
	}
	is_i64(ask(M "metrics/cpu/usage_rate"), 200, "so is a series");
	body_is(EMPTY, "which says so");
	is_i64(ask("/healthz"), 500, "and health is bad");
	body_is("[-]healthz failed: could not get the latest data batch\n"
	    "healthz check failed\n", "because there is no data");
}

static const struct {
	const char *path;
	unsigned n;
} point_counts[] = {
	{ "nodes/n1/metrics/cpu/usage", 3 },
	{ "nodes/n1/metrics/cpu%2Fusage", 3 },
	{ "nodes/n%31/metrics/cpu/usage", 3 },
	{ "nodes/n1/metrics/nosuch", 0 },
	{ "nodes/n1/metrics/memory/usage", 0 },
	{ "nodes/n1/freecontainers/system.slice%2Fssh.service/metrics/"
	    "memory/usage", 3 },
	{ "nodes/n1/freecontainers/system.slice%2Fssh.service/metrics/"
	    "memory-usage", 3 },
	{ "nodes/n1/freecontainers/system.slice/ssh.service/metrics/"
	    "memory/usage", 404 },
	{ "namespaces/default/metrics/memory-usage", 3 },
	{ "metrics/memory-usage", 3 },
	{ "namespaces/default/pods/web/metrics/memory/usage", 3 },
	{ "namespaces/default/pods/web/containers/c/metrics/cpu-usage",
	    3 },
	{ "namespaces/default/pods/web/containers/c/metrics/"
	    "filesystem/usage", 0 },
	{ "namespaces/default/pods/web/containers/c/metrics/"
	    "filesystem/usage?labels=resource_id:/", 3 },
	{ "namespaces/default/pods/web/containers/c/metrics/"
	    "filesystem/usage?labels=resource_id:%2F", 3 },
	{ "namespaces/default/pods/web/containers/c/metrics/"
	    "filesystem/usage?labels=resource_id:/,make:x", 0 },
	{ "namespaces/default/pods/web/containers/c/metrics/"
	    "filesystem/usage?labels=resource_id:/,x:y", 0 },
	{ "namespaces/default/pods/web/metrics/nvidia.com/gpu/request", 3 },
	{ "namespaces/default/pods/web/metrics/nvidia.com%2Fgpu%2Frequest",
	    3 },
	{ "namespaces/default/pods/web/metrics/nvidia.com/gp/request", 0 },
	{ "namespaces/default/pods/web/metrics/custom/queue", 3 },
	{ "namespaces/default/pods/web/metrics/custom/queu", 0 },
	{ "namespaces/default/pods/web/containers/c/metrics/custom/queue",
	    3 },
	{ "namespaces/default/pods/web/containers/c/metrics/custom/queue"
	    "?labels=resource_id:queue", 0 },
	{ "namespaces/default/pods/web/containers/c/metrics/custom/value"
	    "?labels=resource_id:queue", 0 },
	{ "nodes/n1/metrics/cpu/usage?labels=resource_id:/", 0 },
	{ "nodes/n1/metrics/cpu/usage?labels=", 3 },
	{ "nodes/n1/metrics/cpu/usage?labels=:x", 400 },
	{ "nodes/n1/metrics/cpu/usage?labels=x:", 400 },
	{ "nodes/n1/metrics/cpu/usage?labels=a:b,c", 400 },
	{ "nodes/n1/metrics/cpu/usage?start=&end=", 3 },
	{ "nodes/n1/metrics/cpu/usage?x=y&&start=1500-01-01T00:00:00Z",
	    3 },
	{ "nodes/n1/metrics/cpu/usage?end=1500-01-01T00:00:00Z", 0 },
	{ "nodes/n1/metrics/cpu/usage?start=x", 400 },
	{ "nodes/n1/metrics/cpu/usage?end=x", 400 },
	{ "nodes/%/metrics/cpu/usage", 400 },
	{ "nodes/n1/x", 404 },
	{ "", 404 },
};

static void
test_series(void)
{
	for (size_t i = 0;
	    i < sizeof point_counts / sizeof point_counts[0]; i++) {
		struct str rest;
		char path[200];
		unsigned n = 0;
		int status;

		snprintf(path, sizeof path, M "%s", point_counts[i].path);
		status = ask(path);
		if (point_counts[i].n >= 400) {
			is_i64(status, point_counts[i].n, "%s is refused",
			    point_counts[i].path);
			continue;
		}
		for (rest = buf_str(&response.body); rest.p != NULL; n++)
			str_cut(&rest, 'v');	/* "value" */
		is_u64(status == 200 ? n - 1 : 400, point_counts[i].n,
		    "%s has %u points", point_counts[i].path, point_counts[i].n);
	}
}

static void
test_values(void)
{
	ask(M "nodes/n1/metrics/cpu/node_utilization?start="
	    "2026-09-21T14:13:50Z");
	body_is("{\n  \"metrics\": [\n   {\n    \"timestamp\": "
	    "\"2026-09-21T14:13:50Z\",\n    \"value\": 0,\n"
	    "    \"floatValue\": 0.375\n   }\n  ],\n"
	    "  \"latestTimestamp\": \"2026-09-21T14:13:50Z\"\n }",
	    "a float has floatValue");
	ask(M "namespaces/default/pods/web/metrics/memory/usage"
	    "?end=2026-09-21T14:13:30Z");
	body_is("{\n  \"metrics\": [\n   {\n    \"timestamp\": "
	    "\"2026-09-21T14:13:30Z\",\n    \"value\": 77\n   }\n  ],\n"
	    "  \"latestTimestamp\": \"2026-09-21T14:13:30Z\"\n }",
	    "an integer has none");
	ask(M "namespaces/default/pods/web/metrics/custom/queue"
	    "?end=2026-09-21T14:13:30Z");
	body_is("{\n  \"metrics\": [\n   {\n    \"timestamp\": "
	    "\"2026-09-21T14:13:30Z\",\n    \"value\": 0,\n"
	    "    \"floatValue\": 0.5\n   }\n  ],\n"
	    "  \"latestTimestamp\": \"2026-09-21T14:13:30Z\"\n }",
	    "composed metrics have values");
	ask(M "namespaces/default/pods/web/metrics");
	body_is("[\n  \"custom/queue\",\n  \"memory/usage\",\n"
	    "  \"nvidia.com/gpu/request\"\n ]", "and are in lists");
	ask(M "namespaces/default/pods/web/containers/c/metrics/");
	body_is("[\n  \"cpu/usage_rate\",\n  \"custom/queue\",\n"
	    "  \"nvidia.com/gpu/request\"\n ]",
	    "where metrics of file systems are not");
	ask(M "nodes/n1/freecontainers");
	body_is("[\n  \"system.slice/ssh.service\"\n ]", "names are as is");
	ask(M "debug/allkeys");
	body_is("[\n  \"cluster\",\n  \"namespace:default\",\n"
	    "  \"namespace:default/pod:web\",\n"
	    "  \"namespace:default/pod:web/container:c\",\n"
	    "  \"node:n1\",\n"
	    "  \"node:n1/container:system.slice/ssh.service\"\n ]",
	    "all keys, sorted");
}

static void
test_methods(void)
{
	is_i64(ask_as("HEAD", M "nodes", NULL, T0), 405, "HEAD is refused");
	is_i64(ask_as("OTHER", M "nosuch", NULL, T0), 404,
	    "what is not there is not refused");
	is_i64(ask_as("POST", "/metrics", NULL, T0), 200,
	    "/metrics takes any method");
	is_i64(ask_as("GET", M "nodes", "text/html, */*;q=0.1", T0), 200,
	    "a browser may ask");
	is_i64(ask_as("GET", M "nodes", "text/html", T0), 406,
	    "who wants only a page may not");
	is_i64(ask("/api/v1/modelling"), 404, "roots are whole words");
	body_is("404 page not found\n", "and outside the text is another");
	ok(response.is_nosniff, "with nosniff");
}

static void
add_rollup(int64_t window_ns, int64_t resolution_ns, uint64_t n_answered)
{
	struct frame f;
	struct arena a;
	struct err err;

	arena_init(&a, 1 << 20);
	frame_clear(&f);
	f.kind = FRAME_ROLLUP;
	f.window_ns = window_ns;
	f.resolution_ns = resolution_ns;
	f.n_answered = n_answered;
	frame_add_set(&f, &a, SET_CLUSTER, 0);
	store_add(store, &f, EPOCH, 1, window_ns, &err);
	arena_fini(&a);
}

/* Windows of five minutes must not make the probe fail between two. */
static void
test_slow_health(void)
{
	const int64_t at_ns = T0 + 60 * NS_PER_S;

	add_rollup(at_ns, 300 * NS_PER_S, 1);
	is_i64(ask_as("GET", "/healthz", NULL, at_ns + 660 * NS_PER_S), 200,
	    "two windows and a minute may pass");
	is_i64(ask_as("GET", "/healthz", NULL, at_ns + 661 * NS_PER_S), 500,
	    "but no more");
	add_rollup(at_ns + R, R, 0);
	is_i64(ask_as("GET", "/healthz", NULL, at_ns + R), 500,
	    "a window that no node answered is bad");
	body_is("[-]healthz failed: Not enough metrics found in the latest "
	    "data batch: 0 (expected min. 1) 2026-09-21 14:14:30 +0000 UTC\n"
	    "healthz check failed\n", "and says so");
}

static void
test_health(void)
{
	static const struct {
		int64_t after_s;
		const char *path, *body;
	} cases[] = {
		{ 0, "/healthz", "ok" },
		{ 180, "/healthz", "ok" },
		{ 181, "/healthz", "[-]healthz failed: No current data batch "
		    "available (latest: 2026-09-21 14:13:50 +0000 UTC).\n"
		    "healthz check failed\n" },
		{ 181, "/healthz/healthz", "internal server error: No current "
		    "data batch available (latest: 2026-09-21 14:13:50 +0000 "
		    "UTC).\n" },
		{ 0, "/healthz/healthz", "ok" },
		{ 0, "/healthz?verbose", "[+]healthz ok\nhealthz check "
		    "passed\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ask_as("GET", cases[i].path, NULL,
		    T0 + 3 * R + cases[i].after_s * NS_PER_S);
		body_is(cases[i].body, cases[i].path);
	}
}

int
main(void)
{
	test_match();
	test_times();
	store = open_store();
	api = (struct api){ .store = store, .counters = &own_counters };
	test_before();
	fill(store, 1, 3);
	test_series();
	test_values();
	test_methods();
	test_health();
	test_slow_health();
	store_close(store);
	remove_all();
	buf_fini(&response.body);
	buf_fini(&api.scratch);
	return done_testing();
}
