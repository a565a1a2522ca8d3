/* SPDX-License-Identifier: ISC */
/* What the apiserver counts of its answers, and how long a window took. */
#include "config.h"

#include "common/exporter.h"
#include "common/timestamp.h"

#include "apiserver/api.h"
#include "apiserver/api_stats.h"

#include "t/tap.h"

static void
has_line(const struct buf *text, const char *line)
{
	ok(memmem(text->p, text->len, line, strlen(line)) != NULL, "%s", line);
}

static void
test_exchanges(void)
{
	static const struct {
		const char *method, *path;
	} requests[] = {
		{ "GET", "/api/v1/model/nodes" },
		{ "GET", "/api/v1/model/nodes/" },
		{ "POST", "/api/v1/model/nodes/" },
		{ "GET", "/api/v1/model/nodes/x/metrics/cpu/usage" },
		{ "GET", "/api/v1/model/metrics" },
		{ "HEAD", "/metrics" },
		{ "GET", "/apis/metrics/v1alpha1/nodes" },
		{ "GET", "/nosuch" }, { "GET", "/api/v1/model/nosuch" },
	};
	struct counters counters = { .program = "apiserver" };
	struct store_counters store_counters = { 0 };
	struct err err;
	struct api api = { .counters = &counters, .stats = api_stats_new() };
	struct buf text = BUF_INIT;

	api.store = store_open(NULL, NS_PER_S, 1u << 26, &store_counters,
	    &err);
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct api_response rs = { .status = 0 };
		struct api_request rq = {
			.method = str_of(requests[i].method),
			.path = str_of(requests[i].path),
		};

		api_answer(&api, &rq, &rs);
		buf_fini(&rs.body);
	}
	api_count(&api, &(struct api_request){
		.method = STR("GET"), .path = STR("/api/v1/model/debug/allkeys"),
	}, 200, 1000, 5 * NS_PER_US);
	api_stats_print(api.stats, &text);
#define REQUESTS(code, handler, method, n) \
	"\nhttp_requests_total{code=\"" code "\",handler=\"" handler \
	"\",method=\"" method "\"} " n "\n"
	has_line(&text, REQUESTS("200", "nodeList", "get", "2"));
	has_line(&text, REQUESTS("405", "nodeList", "post", "1"));
	has_line(&text, REQUESTS("200", "nodeMetrics", "get", "1"));
	has_line(&text, REQUESTS("200", "availableClusterMetrics", "get",
	    "1"));
	has_line(&text, REQUESTS("200", "prometheus", "head", "1"));
	has_line(&text, REQUESTS("200", "resourceNodeList", "get", "1"));
	has_line(&text, REQUESTS("200", "debugAllKeys", "get", "1"));
	has_line(&text, "\nhttp_request_duration_microseconds_sum"
	    "{handler=\"debugAllKeys\"} 5\n");
	has_line(&text, REQUESTS("404", "other", "get", "2"));
	has_line(&text, "\n# TYPE http_request_duration_microseconds "
	    "summary\n");
	has_line(&text, "\nhttp_request_duration_microseconds_count"
	    "{handler=\"nodeList\"} 3\n");
	has_line(&text, "\nhttp_response_size_bytes{handler=\"nodeList\","
	    "quantile=\"0.5\"} 2\n");
	has_line(&text, "\nhttp_response_size_bytes_sum{handler=\"nodeList\"}"
	    " 27\n");
	has_line(&text, "\nhttp_request_size_bytes_sum{handler=\"nodeList\"}"
	    " 69\n");
	store_close(api.store);
	api_stats_free(api.stats);
	api_fini(&api);
	buf_fini(&text);
}

/* Prometheus refuses all of a page where a line comes twice. */
static void
test_shared_name(void)
{
	struct api_stats *s = api_stats_new();
	struct buf text = BUF_INIT;
	const char *line = "http_requests_total{code=\"200\","
	    "handler=\"healthz\",method=\"get\"} 2\n";

	for (int i = 0; i < 2; i++)
		api_stats_note(s, &(struct api_exchange){
			.root = "",
			.pattern = i == 0 ? "healthz" : "healthz/healthz",
			.method = STR("GET"),
			.status = 200,
		});
	api_stats_print(s, &text);
	ok(memmem(text.p, text.len, line, strlen(line)) != NULL,
	    "two routes of one name are counted together");
	api_stats_free(s);
	buf_fini(&text);
}

/* Whoever adds a route gives it a name. */
static void
test_names(void)
{
	for (size_t i = 0; api_families[i] != NULL; i++)
		for (const struct api_route *r = api_families[i]->routes;
		    r->pattern != NULL; r++) {
			struct api_stats *s = api_stats_new();
			struct buf text = BUF_INIT;
			const char *other = "handler=\"other\"";

			api_stats_note(s, &(struct api_exchange){
				.root = api_families[i]->root,
				.pattern = r->pattern,
				.method = STR("GET"),
			});
			api_stats_print(s, &text);
			ok(memmem(text.p, text.len, other, strlen(other)) ==
			    NULL, "%s/%s has a name", api_families[i]->root,
			    r->pattern);
			buf_fini(&text);
			api_stats_free(s);
		}
}

/* What routes are for that only history has. */
static void
test_history(void)
{
	static const struct {
		const char *pattern, *handler;
	} cases[] = {
		{ "metrics-aggregated/{}/{*}", "aggregations" },
		{ "namespaces/{}/pod-list/{}/metrics-aggregated/{}/{*}",
		    "podListAggregations" },
		{ "pod-id/{}/metrics/{*}", "podMetrics" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct api_stats *s = api_stats_new();
		struct buf text = BUF_INIT;
		char want[80];

		api_stats_note(s, &(struct api_exchange){
			.root = "/api/v1/historical",
			.pattern = cases[i].pattern, .method = STR("GET"),
		});
		api_stats_print(s, &text);
		snprintf(want, sizeof want, "{handler=\"%s\",",
		    cases[i].handler);
		has_line(&text, want);
		buf_fini(&text);
		api_stats_free(s);
	}
}

/* Many methods and codes are no way to memory. */
static void
test_bound(void)
{
	struct api_stats *s = api_stats_new();
	struct buf text = BUF_INIT;

	for (int i = 0; i < 1000; i++)
		api_stats_note(s, &(struct api_exchange){
			.method = STR("VERYLONGMETHOD"), .status = i,
		});
	api_stats_print(s, &text);
	has_line(&text, "{code=\"0\",handler=\"other\",method=\"verylon\"} "
	    "1\n");
	has_line(&text, "{code=\"15\",handler=\"other\","
	    "method=\"verylon\"} 985\n");
	buf_fini(&text);
	api_stats_free(s);
}

static void
test_exporter(void)
{
	struct exporter e;
	struct buf text = BUF_INIT;

	exporter_init(&e, "log");
	for (int i = 0; i < 3; i++)
		exporter_note(&e, FRAME_NODE, 2 * NS_PER_MS, 0);
	exporter_note(&e, FRAME_ROLLUP, NS_PER_MS, 1795425605 * NS_PER_S + 7);
	exporter_note(&e, FRAME_NODE, NS_PER_S, 0);
	exporter_print(&e, &text);
	has_line(&text, "\nheapster_exporter_duration_milliseconds"
	    "{exporter=\"Log Sink\",quantile=\"0.99\"} 7\n");
	has_line(&text, "\nheapster_exporter_duration_milliseconds_sum"
	    "{exporter=\"Log Sink\"} 7\n");
	has_line(&text, "\nheapster_exporter_last_time_seconds"
	    "{exporter=\"Log Sink\"} 1795425605\n");
	buf_fini(&text);
	exporter_init(&e, "mine");
	is_str(e.name, "mine Sink", "a sink that Heapster had not");
}

int
main(void)
{
	test_exchanges();
	test_shared_name();
	test_names();
	test_history();
	test_bound();
	test_exporter();
	return done_testing();
}
