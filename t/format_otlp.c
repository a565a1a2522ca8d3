/* SPDX-License-Identifier: ISC */
/* OTLP against bytes that its own definitions decode, and as JSON. */
#include "config.h"

#include "sinks/format_otlp.h"
#include "sinks/otlp_join.h"
#include "sinks/protobuf.h"

#include "t/formatting.h"

static uint64_t
run(void *format, struct buf *out, const struct frame *f)
{
	return format_otlp(out, format, f);
}

static void
join(struct buf *out, enum otlp_encoding encoding, struct str records)
{
	struct otlp_join j = {
		.encoding = encoding,
		.scope = STR("x"),
		.version = STR("1"),
		.schema = STR("https://opentelemetry.io/schemas/1.43.0"),
	};

	otlp_join(out, &j, records);
	otlp_join_fini(&j);
}

/* Of npm's protobufjs with opentelemetry's metrics_service.proto. */
static const char golden[] =
    "0ab1010a3f0a180a0b6b38732e706f642e75696412090a07706f642d7569640a230a126b38"
    "732e6e616d6573706163652e6e616d65120d0a0b6b7562652d73797374656d12450a060a01"
    "78120131123b0a146b38732e706f642e6d656d6f72792e75736167651a0242793a1f0a1b11"
    "0080fee16587991819003063e4ff8a991831000040060000000010021a2768747470733a2f"
    "2f6f70656e74656c656d657472792e696f2f736368656d61732f312e34332e30";

#define POD_OF(node, window_us, rest) "{\"v\":1,\"kind\":\"node\",\"window_us\":" \
	window_us ",\"resolution_us\":60000000,\"metrics\":[" \
	"\"memory/usage\",\"cpu/usage\",\"network/rx\",\"network/tx\"," \
	"\"memory/page_faults\",\"memory/major_page_faults\"," \
	"\"memory/cache\",\"cpu/usage_rate\",\"network/rx_rate\"," \
	"\"cpu/request\",\"restart_count\"],\"labelled\":[" \
	"\"filesystem/usage\",\"filesystem/limit\",\"disk/io_read_bytes\"," \
	"\"accelerator/duty_cycle\",\"custom/value\"],\"node\":{" \
	"\"name\":\"" node "\",\"hostname\":\"h1\",\"host_id\":\"i1\"," \
	"\"stored\":{\"zone\":\"a\"},\"values\":[],\"system\":[]," rest "}}\n"
#define POD(rest) POD_ON("n1", rest)
#define POD_ON(node, rest) POD_OF(node, "1772600760000000", \
	"\"pods\":[{\"name\":\"\"," \
	"\"namespace\":\"kube-system\",\"uid\":\"pod-uid\"," \
	"\"start_us\":1772596800000000,\"scraped_us\":1772600760000000," \
	rest "}]")

static void
test_golden(void)
{
	struct otlp_format format = { .encoding = OTLP_PROTOBUF };
	struct formatting f = formatting(run, &format, &format.filter);
	struct buf out = BUF_INIT, hex = BUF_INIT;
	struct str cut;

	formatting_run(&f,
	    POD_ON("", "\"values\":[104857600],\"containers\":[]"));
	is_u64(f.n, 1, "a point");
	cut = buf_str(&f.out);
	is_u64(otlp_record_len(cut), cut.len, "a record");
	join(&out, OTLP_PROTOBUF, cut);
	for (size_t i = 0; i < out.len; i++)
		buf_addf(&hex, "%02x", (unsigned char)out.p[i]);
	is_mem(hex.p, hex.len, golden, strlen(golden), "a request");
	cut.len -= 5;
	is_u64(otlp_record_len(cut), cut.len,
	    "a record that is cut is all that there is");
	otlp_format_fini(&format);
	formatting_fini(&f);
	buf_fini(&out);
	buf_fini(&hex);
}

#define SCOPE "\"scopeMetrics\":[{\"scope\":{\"name\":\"x\",\"version\":" \
	"\"1\"},\"metrics\":["
#define SCHEMA "]}],\"schemaUrl\":\"https://opentelemetry.io/schemas/1.43.0\"}"
#define STRING(key, value) "{\"key\":\"" key "\",\"value\":{" \
	"\"stringValue\":\"" value "\"}}"
#define POD_RESOURCE "{\"resource\":{\"attributes\":[" \
	STRING("k8s.pod.uid", "pod-uid") "," \
	STRING("k8s.namespace.name", "kube-system") "," \
	STRING("k8s.node.name", "n1")
#define START "\"startTimeUnixNano\":\"1772596800000000000\","
#define TIME "\"timeUnixNano\":\"1772600760000000000\","
#define SUM(name, unit, is_monotonic, points) "{\"name\":\"" name \
	"\",\"unit\":\"" unit "\",\"sum\":{\"aggregationTemporality\":2," \
	"\"isMonotonic\":" is_monotonic ",\"dataPoints\":[" points "]}}"
#define GAUGE(name, unit, points) "{\"name\":\"" name \
	"\",\"unit\":\"" unit "\",\"gauge\":{\"dataPoints\":[" points "]}}"
#define WITH(key, value) "\"attributes\":[" STRING(key, value) "],"

static const struct {
	const char *what;
	const char *filter;
	const char *cluster;
	bool want_rates;
	const char *frames;
	const char *json;	/* of resourceMetrics */
} cases[] = {
	{ "nothing", "", NULL, false, "", "" },
	{ "counters have a start, amounts too, gauges have none",
	    "?types=pod", NULL, false,
	    POD("\"values\":[7,1500000000,null,null,null,null,null,250],"
	    "\"containers\":[]"),
	    POD_RESOURCE "]}," SCOPE
	    SUM("k8s.pod.cpu.time", "s", "true",
	    "{" START TIME "\"asDouble\":1.5}") ","
	    SUM("k8s.pod.memory.usage", "By", "false",
	    "{" START TIME "\"asInt\":\"7\"}") ","
	    GAUGE("k8s.pod.cpu.usage", "{cpu}", "{" TIME "\"asDouble\":0.25}")
	    SCHEMA },
	{ "what is one metric there has several points", "?types=pod", NULL, false,
	    POD("\"values\":[null,null,5,6,100,30],\"containers\":[]"),
	    POD_RESOURCE "]}," SCOPE
	    SUM("k8s.pod.paging.faults", "{fault}", "true",
	    "{" WITH("system.paging.fault.type", "minor") START TIME
	    "\"asInt\":\"70\"},{" WITH("system.paging.fault.type", "major")
	    START TIME "\"asInt\":\"30\"}") ","
	    SUM("k8s.pod.network.io", "By", "true",
	    "{" WITH("network.io.direction", "receive") START TIME
	    "\"asInt\":\"5\"},{" WITH("network.io.direction", "transmit")
	    START TIME "\"asInt\":\"6\"}") SCHEMA },
	{ "faults of which nobody says what they are",
	    "?types=pod", "c\"", false,
	    POD("\"values\":[null,null,null,null,100],\"containers\":[]"),
	    POD_RESOURCE "," STRING("k8s.cluster.name", "c\\\"") "]}," SCOPE
	    SUM("k8s.pod.paging.faults", "{fault}", "true",
	    "{" START TIME "\"asInt\":\"100\"}") SCHEMA },
	{ "what is not known there, and rates if they are wanted",
	    "?types=pod", NULL, true,
	    POD("\"values\":[null,null,null,null,null,null,9,null,1.5],"
	    "\"containers\":[]"),
	    POD_RESOURCE "]}," SCOPE
	    SUM("heapster.pod.memory.cache", "By", "false",
	    "{" START TIME "\"asInt\":\"9\"}") ","
	    GAUGE("heapster.pod.network.io.rate", "By/s",
	    "{" WITH("network.io.direction", "receive") TIME
	    "\"asDouble\":1.5}") SCHEMA },
	{ "volumes, other file systems, what an application says",
	    "?types=pod", NULL, false,
	    POD("\"values\":[],\"resources\":[{\"resource_id\":\"logs\","
	    "\"values\":[1,2]},{\"resource_id\":\"Volume:data\",\"claim\":"
	    "\"c1\",\"values\":[3]},{\"resource_id\":\"queue\",\"values\":"
	    "[null,null,null,null,0.5]}],\"containers\":[]"),
	    POD_RESOURCE "]}," SCOPE
	    SUM("k8s.pod.volume.usage", "By", "false",
	    "{\"attributes\":[" STRING("k8s.volume.name", "data") ","
	    STRING("k8s.persistentvolumeclaim.name", "c1") "]," START TIME
	    "\"asInt\":\"3\"}") ","
	    SUM("heapster.pod.filesystem.usage", "By", "false",
	    "{" WITH("heapster.resource_id", "logs") START TIME
	    "\"asInt\":\"1\"}") ","
	    SUM("heapster.pod.filesystem.capacity", "By", "false",
	    "{" WITH("heapster.resource_id", "logs") START TIME
	    "\"asInt\":\"2\"}") ","
	    GAUGE("heapster.pod.custom.value", "1",
	    "{" WITH("heapster.resource_id", "queue") TIME
	    "\"asDouble\":0.5}") SCHEMA },
	{ "a container has its image and what its pod has",
	    "?types=pod_container", NULL, false,
	    POD("\"stored\":{\"a/b\":\"x\"},\"values\":[],\"containers\":[{"
	    "\"name\":\"c\",\"image\":\"r:5000/web:1@sha256:0\",\"values\":["
	    "4,null,null,null,null,null,null,null,null,100,2],\"resources\":"
	    "[{\"resource_id\":\"/\",\"values\":[3]},{\"resource_id\":\"sda\","
	    "\"values\":[null,null,8]},{\"make\":\"nv\",\"model\":\"k80\","
	    "\"accelerator_id\":\"g\",\"values\":[null,null,null,50]}]}]"),
	    POD_RESOURCE "," STRING("k8s.pod.label.a/b", "x") ","
	    STRING("k8s.container.name", "c") ","
	    STRING("container.image.name", "r:5000/web") ","
	    "{\"key\":\"container.image.tags\",\"value\":{\"arrayValue\":{"
	    "\"values\":[{\"stringValue\":\"1\"}]}}}]}," SCOPE
	    SUM("container.memory.usage", "By", "false",
	    "{" TIME "\"asInt\":\"4\"}") ","
	    SUM("k8s.container.cpu.request.desired", "{cpu}", "false",
	    "{" TIME "\"asDouble\":0.1}") ","
	    SUM("k8s.container.restart.count", "{restart}", "false",
	    "{" TIME "\"asInt\":\"2\"}") ","
	    SUM("container.filesystem.usage", "By", "false",
	    "{" TIME "\"asInt\":\"3\"}") ","
	    SUM("container.disk.io", "By", "true",
	    "{\"attributes\":[" STRING("disk.io.direction", "read") ","
	    STRING("system.device", "sda") "]," TIME "\"asInt\":\"8\"}") ","
	    GAUGE("hw.gpu.utilization", "1",
	    "{\"attributes\":[" STRING("hw.id", "g") ","
	    STRING("hw.vendor", "nv") "," STRING("hw.model", "k80") "]," TIME
	    "\"asDouble\":0.5}") SCHEMA },
	{ "an object that is younger than its window has no start",
	    "?types=pod", NULL, false, POD_OF("n1", "1772596799000000",
	    "\"pods\":[{\"name\":\"\",\"namespace\":\"kube-system\","
	    "\"uid\":\"pod-uid\",\"start_us\":1772596800000000,\"values\":"
	    "[7],\"containers\":[]}]"),
	    POD_RESOURCE "]}," SCOPE
	    SUM("k8s.pod.memory.usage", "By", "false",
	    "{\"timeUnixNano\":\"1772596799000000000\",\"asInt\":\"7\"}")
	    SCHEMA },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct otlp_format format = {
			.encoding = OTLP_JSON,
			.cluster = str_of(cases[i].cluster),
			.want_rates = cases[i].want_rates,
		};
		struct formatting f = formatting(run, &format, &format.filter);
		struct buf out = BUF_INIT, want = BUF_INIT;

		formatting_filter(&format.filter, cases[i].filter);
		formatting_run(&f, cases[i].frames);
		join(&out, OTLP_JSON, buf_str(&f.out));
		buf_addf(&want, "{\"resourceMetrics\":[%s]}", cases[i].json);
		is_mem(out.p, out.len, want.p, want.len, "%s", cases[i].what);
		otlp_format_fini(&format);
		formatting_fini(&f);
		buf_fini(&out);
		buf_fini(&want);
	}
}

/* Wherever a batch is cut, each part is a request of its own. */
static void
test_cut(void)
{
	struct otlp_format format = { .encoding = OTLP_JSON };
	struct formatting f = formatting(run, &format, &format.filter);
	struct str rest;
	struct buf out = BUF_INIT;

	formatting_run(&f, POD("\"values\":[7,1500000000,5,6],\"containers\":[]"));
	is_u64(f.n, 4, "four points");
	rest = buf_str(&f.out);
	for (int i = 0; i < 3; i++) {
		size_t len = otlp_record_len(rest);

		rest.p += len;
		rest.len -= len;
	}
	join(&out, OTLP_JSON, rest);
	buf_pad(&out);
	ok(strstr(out.p, POD_RESOURCE) != NULL &&
	    strstr(out.p, "\"k8s.pod.network.io\"") != NULL &&
	    strstr(out.p, "\"transmit\"") != NULL &&
	    strstr(out.p, "\"receive\"") == NULL,
	    "the last one alone has its resource and its metric");
	otlp_format_fini(&format);
	formatting_fini(&f);
	buf_fini(&out);
}

/* Of every metric, and those that are one there agree in everything. */
static void
test_names(void)
{
	for (unsigned m = 0; m < METRIC_COUNT; m++) {
		const struct otlp_metric *o = otlp_metric((enum metric)m);
		const struct otlp_metric *first =
		    otlp_metric(otlp_first((enum metric)m));

		ok(o->suffix.len > 0 && strspn(o->suffix.p,
		    "abcdefghijklmnopqrstuvwxyz_0123456789.") ==
		    o->suffix.len && o->unit.len > 0 && o->divisor >= 1,
		    "%.*s is %.*s in %.*s", STR_ARG(metrics[m].name),
		    STR_ARG(o->suffix), STR_ARG(o->unit));
		ok((o->kind == OTLP_COUNTER) ==
		    (metrics[m].kind == METRIC_CUMULATIVE &&
		    m != METRIC_UPTIME), "a counter, or none");
		ok(o == first || (str_eq(o->unit, first->unit) &&
		    o->kind == first->kind && o->key.len > 0 &&
		    str_eq(o->key, first->key) &&
		    !str_eq(o->value, first->value)),
		    "told apart by an attribute");
	}
}

static const struct {
	const char *what;
	enum otlp_encoding encoding;
	struct str body;
	bool is_answer;
	uint64_t n;
	const char *reason;
} answers[] = {
	{ "nothing", OTLP_PROTOBUF, STR_INIT(""), true, 0, "" },
	{ "nothing", OTLP_JSON, STR_INIT(""), true, 0, "" },
	{ "all is taken", OTLP_JSON, STR_INIT("{}"), true, 0, "" },
	{ "all is taken", OTLP_JSON, STR_INIT("{\"partialSuccess\":{}}"),
	    true, 0, "" },
	{ "some", OTLP_JSON, STR_INIT("{\"partialSuccess\":{"
	    "\"rejectedDataPoints\":\"3\",\"errorMessage\":\"too old\"}}"),
	    true, 3, "too old" },
	{ "some", OTLP_JSON, STR_INIT("{\"x\":1,\"partialSuccess\":{"
	    "\"errorMessage\":\"a\\\"b\",\"rejectedDataPoints\":3}}"), true, 3,
	    "a\"b" },
	{ "a warning", OTLP_PROTOBUF, STR_INIT("\x0a\x05\x12\x03old"), true,
	    0, "old" },
	{ "some", OTLP_PROTOBUF, STR_INIT("\x0a\x08\x08\xac\x02\x12\x03old"),
	    true, 300, "old" },
	{ "cut off", OTLP_PROTOBUF, STR_INIT("\x0a\x08\x08\xac"), false, 0,
	    "" },
	{ "cut off within", OTLP_PROTOBUF, STR_INIT("\x0a\x02\x08\xac"),
	    false, 0, "" },
	{ "no protobuf", OTLP_PROTOBUF, STR_INIT("<html>"), false, 0, "" },
	{ "no JSON", OTLP_JSON, STR_INIT("<html>"), false, 0, "" },
	{ "no number", OTLP_JSON, STR_INIT("{\"partialSuccess\":{"
	    "\"rejectedDataPoints\":\"x\"}}"), false, 0, "" },
};

static void
test_answers(void)
{
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct buf body = BUF_INIT, reason = BUF_INIT;
		uint64_t n;
		bool is_answer;

		buf_add_str(&body, answers[i].body);
		buf_pad(&body);
		is_answer = otlp_answer(buf_str(&body), answers[i].encoding,
		    &n, &reason);
		ok(is_answer == answers[i].is_answer, "an answer: %s",
		    answers[i].what);
		if (is_answer) {
			is_u64(n, answers[i].n, "so many points");
			is_mem(reason.p, reason.len, answers[i].reason,
			    strlen(answers[i].reason), "the reason");
		}
		buf_fini(&body);
		buf_fini(&reason);
	}
}

int
main(void)
{
	test_golden();
	test_cases();
	test_cut();
	test_names();
	test_answers();
	return done_testing();
}
