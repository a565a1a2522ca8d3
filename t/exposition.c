/* SPDX-License-Identifier: ISC */
/* What Prometheus is shown: text and OpenMetrics, what goes and what stays. */
#include "config.h"

#include "common/timestamp.h"

#include "sinks/exposition.h"
#include "sinks/gzip.h"
#include "sinks/http_accept.h"

#include "t/heapster_batch.h"

#define WINDOW_NS INT64_C(61500000000)

struct showing {
	struct exposer exposer;
	struct exposed_list list;
	struct sink_uri uri;
	int64_t now_ns;
	enum exposed_result result;
};

static void
begin(struct showing *s, const char *options)
{
	struct err err;

	*s = (struct showing){
		.list.bytes_max = 1 << 20,
		.now_ns = WINDOW_NS,
	};
	if (!sink_uri_parse(&s->uri, str_of(options), &err) ||
	    !prometheus_labels_init(&s->exposer.labels, &s->uri, &err) ||
	    !point_filter_init(&s->exposer.filter, &s->uri, &err))
		bail("%s", err.msg);
}

static void
end(struct showing *s)
{
	exposed_list_fini(&s->list);
	is_u64(s->list.n_bytes, 0, "no byte is left");
	exposer_fini(&s->exposer);
	sink_uri_fini(&s->uri);
}

static void
on_frame(void *arg, const struct frame *f)
{
	struct showing *s = arg;

	s->result = exposed_list_put(&s->list, &s->exposer, f, s->now_ns);
}

static void
put(struct showing *s, const char *frames)
{
	batch_each(str_of(frames), on_frame, s);
}

/* All of it, in pieces of so many bytes. */
static void
show(struct buf *out, const struct exposed_list *list,
    enum exposition_form form, bool want_timestamps, size_t n_bytes)
{
	struct exposition e;
	bool is_more;

	if (!exposition_open(&e, list, form, want_timestamps))
		bail("out of memory");
	do {
		size_t len = out->len;

		is_more = exposition_next(&e, out, n_bytes);
		if (is_more && out->len == len)
			bail("an empty piece");
	} while (is_more);
	exposition_close(&e);
}

#define NODE(name, window_us, rest) "{\"v\":1,\"kind\":\"node\"," \
	"\"window_us\":" window_us ",\"resolution_us\":1000000,\"metrics\":[" \
	"\"uptime\",\"cpu/usage\",\"cpu/usage_rate\",\"network/rx_rate\"]," \
	"\"labelled\":[\"filesystem/usage\",\"custom/value\"],\"node\":{" \
	"\"name\":\"" name "\",\"host_id\":\"h\",\"pods\":[],\"system\":[]," \
	rest "}}\n"
#define ONE(name, window_us) NODE(name, window_us, \
	"\"values\":[1500,2500000000,250,7]")

static const struct {
	const char *what;
	const char *options;
	const char *frames;
	enum exposition_form form;
	bool want_timestamps;
	const char *text;
} cases[] = {
	{ "nothing is an empty text", "", "", EXPOSITION_TEXT, true, "" },
	{ "and an end in OpenMetrics", "", "", EXPOSITION_OPENMETRICS, true,
	    "# EOF\n" },
	{ "families, base units, milliseconds", "",
	    ONE("b", "61500000") ONE("a", "61500000"), EXPOSITION_TEXT, true,
	    "# HELP heapster_cpu_usage_seconds_total CPU time used since the "
	    "start\n"
	    "# TYPE heapster_cpu_usage_seconds_total counter\n"
	    "heapster_cpu_usage_seconds_total{node=\"a\",type=\"node\"} 2.5 "
	    "61500\n"
	    "heapster_cpu_usage_seconds_total{node=\"b\",type=\"node\"} 2.5 "
	    "61500\n"
	    "# HELP heapster_uptime_seconds time since the start\n"
	    "# TYPE heapster_uptime_seconds gauge\n"
	    "heapster_uptime_seconds{node=\"a\",type=\"node\"} 1.5 61500\n"
	    "heapster_uptime_seconds{node=\"b\",type=\"node\"} 1.5 61500\n"
	    "# HELP heapster_cpu_usage_cores CPU in use\n"
	    "# TYPE heapster_cpu_usage_cores gauge\n"
	    "heapster_cpu_usage_cores{node=\"a\",type=\"node\"} 0.25 61500\n"
	    "heapster_cpu_usage_cores{node=\"b\",type=\"node\"} 0.25 61500\n" },
	{ "units, seconds, totals in OpenMetrics", "?metrics=cpu/usage,uptime",
	    ONE("a", "61500000"), EXPOSITION_OPENMETRICS, true,
	    "# HELP heapster_cpu_usage_seconds CPU time used since the start\n"
	    "# TYPE heapster_cpu_usage_seconds counter\n"
	    "# UNIT heapster_cpu_usage_seconds seconds\n"
	    "heapster_cpu_usage_seconds_total{node=\"a\",type=\"node\"} 2.5 "
	    "61.500\n"
	    "# HELP heapster_uptime_seconds time since the start\n"
	    "# TYPE heapster_uptime_seconds gauge\n"
	    "# UNIT heapster_uptime_seconds seconds\n"
	    "heapster_uptime_seconds{node=\"a\",type=\"node\"} 1.5 61.500\n"
	    "# EOF\n" },
	{ "rates, a cluster and other labels if they are wanted",
	    "?metrics=network/*&rates=1&cluster=c&labels=host,host_id",
	    ONE("a", "61500000"), EXPOSITION_TEXT, false,
	    "# HELP heapster_network_receive_bytes_per_second bytes received "
	    "per second\n"
	    "# TYPE heapster_network_receive_bytes_per_second gauge\n"
	    "heapster_network_receive_bytes_per_second{cluster=\"c\","
	    "host=\"a\",host_id=\"h\",node=\"a\",type=\"node\"} 7\n" },
	{ "resources and stored labels are labels, escaped", "",
	    NODE("a", "61500000", "\"stored\":{\"a.b\":\"x\\\"y\\\\z\\n\"},"
	    "\"values\":[],\"resources\":[{\"resource_id\":\"/\",\"values\":"
	    "[5]},{\"resource_id\":\"q\",\"values\":[null,0.5]},"
	    "{\"resource_id\":\"r\",\"values\":[6,1]}]"), EXPOSITION_TEXT,
	    false,
	    "# HELP heapster_filesystem_usage_bytes bytes in use\n"
	    "# TYPE heapster_filesystem_usage_bytes gauge\n"
	    "heapster_filesystem_usage_bytes{label_a_b=\"x\\\"y\\\\z\\n\","
	    "node=\"a\",resource_id=\"/\",type=\"node\"} 5\n"
	    "heapster_filesystem_usage_bytes{label_a_b=\"x\\\"y\\\\z\\n\","
	    "node=\"a\",resource_id=\"r\",type=\"node\"} 6\n"
	    "# HELP heapster_custom_value what an application says of itself "
	    "under that name\n"
	    "# TYPE heapster_custom_value gauge\n"
	    "heapster_custom_value{label_a_b=\"x\\\"y\\\\z\\n\",node=\"a\","
	    "resource_id=\"q\",type=\"node\"} 0.5\n"
	    "heapster_custom_value{label_a_b=\"x\\\"y\\\\z\\n\",node=\"a\","
	    "resource_id=\"r\",type=\"node\"} 1\n" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf whole = BUF_INIT, pieces = BUF_INIT;
		struct showing s;

		begin(&s, cases[i].options);
		put(&s, cases[i].frames);
		show(&whole, &s.list, cases[i].form, cases[i].want_timestamps,
		    1 << 20);
		is_mem(whole.p, whole.len, cases[i].text,
		    strlen(cases[i].text), "%s", cases[i].what);
		show(&pieces, &s.list, cases[i].form,
		    cases[i].want_timestamps, 1);
		is_mem(pieces.p, pieces.len, whole.p, whole.len,
		    "the same in pieces");
		end(&s);
		buf_fini(&whole);
		buf_fini(&pieces);
	}
}

static void
test_time(void)
{
	struct showing s;
	struct exposition e;
	struct buf out = BUF_INIT;

	begin(&s, "");
	put(&s, ONE("a", "61500000") ONE("b", "61500000"));
	is_u64(s.list.n, 2, "two nodes");
	put(&s, ONE("a", "62500000"));
	is_u64(s.result, EXPOSED_TAKEN, "a newer frame");
	is_u64(s.list.n, 2, "is in the place of the older one");
	put(&s, ONE("a", "61500000"));
	is_u64(s.result, EXPOSED_OLD, "an older one is not taken");
	exposed_list_expire(&s.list, INT64_C(64499999999));
	is_u64(s.list.n, 2, "for three windows they stay");
	exposition_open(&e, &s.list, EXPOSITION_TEXT, true);
	exposed_list_expire(&s.list, INT64_C(64500000000));
	is_u64(s.list.n, 1, "then that node goes");
	s.now_ns = INT64_C(65500000000);
	put(&s, ONE("c", "62500000"));
	is_u64(s.result, EXPOSED_OLD, "what is as old is not taken");
	exposed_list_expire(&s.list, s.now_ns);
	is_u64(s.list.n, 0, "all go");
	ok(s.list.n_bytes > 0, "but for what an answer refers to");
	exposition_next(&e, &out, 1 << 20);
	is_u64(e.n_points, 6, "which is whole");
	exposition_close(&e);
	s.list.stale_ns = INT64_C(100000000000);
	put(&s, ONE("c", "62500000"));
	is_u64(s.result, EXPOSED_TAKEN, "another time to live can be set");
	end(&s);
	buf_fini(&out);
}

/* A clock that was ahead must not hold the place until that time comes. */
static void
test_clock(void)
{
	struct showing s;

	begin(&s, "");
	s.now_ns = INT64_C(90000000000000);
	put(&s, ONE("a", "90000000000") ONE("b", "90000000000"));
	is_u64(s.list.n, 2, "a clock is a day ahead");
	s.now_ns = WINDOW_NS;
	exposed_list_expire(&s.list, s.now_ns);
	is_u64(s.list.n, 2, "whose it is nobody knows yet");
	put(&s, ONE("a", "61500000"));
	is_u64(s.result, EXPOSED_TAKEN, "when it is right, frames are taken");
	is_i64(s.list.items[0]->window_ns, WINDOW_NS, "in the place of theirs");
	exposed_list_expire(&s.list, s.now_ns);
	is_u64(s.list.n, 1, "and a node that sends none is gone");
	put(&s, ONE("a", "61500000"));
	is_u64(s.result, EXPOSED_OLD, "once each");
	end(&s);
}

static void
test_bound(void)
{
	struct showing s;
	size_t one;

	begin(&s, "");
	put(&s, ONE("a", "61500000"));
	one = s.list.n_bytes;
	s.list.bytes_max = one * 2;
	put(&s, ONE("b", "61500000"));
	is_u64(s.result, EXPOSED_TAKEN, "two have room");
	put(&s, ONE("c", "61500000"));
	is_u64(s.result, EXPOSED_TOO_LARGE, "a third one does not");
	put(&s, ONE("a", "62500000"));
	is_u64(s.result, EXPOSED_TAKEN, "a newer one has that of the older");
	is_u64(s.list.n_bytes, one * 2, "so many bytes");
	end(&s);
}

static const struct {
	const char *accept;
	enum exposition_form form;
} wishes[] = {
	{ "", EXPOSITION_TEXT },
	{ "*/*", EXPOSITION_TEXT },
	{ "text/plain", EXPOSITION_TEXT },
	{ "application/openmetrics-text", EXPOSITION_OPENMETRICS },
	{ "application/openmetrics-text; version=1.0.0; charset=utf-8",
	    EXPOSITION_OPENMETRICS },
	{ "Application/OpenMetrics-Text;Version=\"1.0.0\"",
	    EXPOSITION_OPENMETRICS },
	{ "application/openmetrics-text;version=0.0.1", EXPOSITION_TEXT },
	{ "application/openmetrics-text;version=1.0.0,application/"
	    "openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;"
	    "q=0.5,*/*;q=0.1", EXPOSITION_OPENMETRICS },
	{ "application/vnd.google.protobuf;proto=x;encoding=delimited;q=0.7,"
	    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;"
	    "q=0.6,text/plain;version=0.0.4;q=0.5", EXPOSITION_OPENMETRICS },
	{ "text/plain;version=0.0.4,application/openmetrics-text;"
	    "version=1.0.0;q=0.5", EXPOSITION_TEXT },
	{ "application/openmetrics-text;q=0", EXPOSITION_TEXT },
	{ "application/openmetrics-text;q=x", EXPOSITION_TEXT },
	{ ",;,;=,q=1,", EXPOSITION_TEXT },
};

static void
test_wishes(void)
{
	for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++)
		is_u64(exposition_wanted(str_of(wishes[i].accept)),
		    wishes[i].form, "Accept: %s", wishes[i].accept);
	ok(http_accept(STR("deflate, gzip;q=0.5"), "gzip", NULL) == 500 &&
	    http_accept(STR("gzip;q=0"), "gzip", NULL) == 0 &&
	    http_accept(STR("x-gzip"), "gzip", NULL) == 0, "gzip, or not");
}

/* No text of the tables has to be escaped. */
static void
test_heads(void)
{
	for (unsigned m = 0; m < METRIC_COUNT; m++)
		ok(strpbrk(metrics[m].help, "\"\\\n") == NULL,
		    "the help of %.*s", STR_ARG(metrics[m].name));
}

static void
test_gzip(void)
{
	struct buf bytes = BUF_INIT, once = BUF_INIT, stream = BUF_INIT;
	struct gzip_stream z;

	for (int i = 0; i < 20000; i++)
		buf_addf(&bytes, "%d\n", i * i % 977);
	if (!gzip_pack(&once, buf_str(&bytes)) || !gzip_begin(&z))
		bail("out of memory");
	for (size_t at = 0; at < bytes.len; at += 1000) {
		size_t left = bytes.len - at;

		gzip_add(&z, &stream, (struct str){ bytes.p + at,
		    left < 1000 ? left : 1000 }, left <= 1000);
	}
	gzip_end(&z);
	is_mem(stream.p, stream.len, once.p, once.len,
	    "packed in pieces, or at once");
	buf_fini(&bytes);
	buf_fini(&once);
	buf_fini(&stream);
}

int
main(void)
{
	test_cases();
	test_time();
	test_clock();
	test_bound();
	test_wishes();
	test_heads();
	test_gzip();
	return done_testing();
}
