/* SPDX-License-Identifier: ISC */
/* Documents for Elasticsearch against those that Heapster's own sink sent. */
#include "config.h"

#include "sinks/format_elasticsearch.h"

#include "t/formatting.h"

static struct elastic_format
elastic(enum elastic_version version)
{
	return (struct elastic_format){
		.cluster_name = STR("c1"),
		.index = STR("heap"),
		.version = version,
		.want_underscores = version >= ELASTIC_6,
	};
}

static uint64_t
run(void *format, struct buf *out, const struct frame *f)
{
	return format_elasticsearch(out, format, f);
}

/* Each document on one line, with a blank for its first newline and without
 * its id, which was random in Heapster's. */
static void
join(struct buf *out, struct str text)
{
	while (text.len > 0) {
		size_t len = elastic_record_len(text);
		struct str document = { text.p, len };
		struct str action = str_cut(&document, '\n');
		const char *id = memmem(action.p, action.len, "\"_id\":\"", 7);
		const char *id_end = id == NULL ? NULL : strchr(id + 7, '"');

		if (id_end == NULL)
			bail("no id in %.*s", STR_ARG(action));
		buf_add(out, action.p, (size_t)(id + 7 - action.p));
		buf_add(out, id_end, action.len - (size_t)(id_end - action.p));
		buf_add_char(out, ' ');
		buf_add_str(out, document);
		text.p += len;
		text.len -= len;
	}
}

static void
test_golden(void)
{
	struct elastic_format format = elastic(ELASTIC_5);
	struct formatting f = formatting(run, &format, &format.filter);
	struct buf joined = BUF_INIT;

	batch_sample(formatting_add, &f);
	join(&joined, buf_str(&f.out));
	batch_is(buf_str(&joined), "t/data/heapster-sinks/elasticsearch.docs");
	is_u64(f.n, 17, "it says how many documents there are");
	buf_fini(&joined);
	elastic_format_fini(&format);
	formatting_fini(&f);
}

#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":1772600760000000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\",\"cpu/usage\"," \
	"\"network/rx_rate\"],\"labelled\":[\"filesystem/usage\"," \
	"\"custom/value\"],\"node\":{" \
	"\"name\":\"n\",\"system\":[],\"pods\":[],"
#define TAGS "\"host_id\":\"\",\"hostname\":\"n\",\"nodename\":\"n\""
#define TIME "\"2026-03-04T05:06:00Z\""
#define DAY "\"_index\":\"heap-2026.03.04\""

static const struct {
	const char *what;
	enum elastic_version version;
	const char *frame;
	const char *lines;	/* without ids */
} cases[] = {
	{ "2 has types, and dots are left", ELASTIC_2,
	    NODE "\"stored\":{\"a.b\":\"x\"},\"values\":[1]}}",
	    "{\"index\":{\"_id\":\"\"," DAY ",\"_type\":\"general\"}} "
	    "{\"GeneralMetricsTimestamp\":" TIME ",\"MetricsTags\":{\"a.b\":"
	    "\"x\",\"cluster_name\":\"c1\"," TAGS ",\"type\":\"node\"},"
	    "\"MetricsName\":\"uptime\",\"MetricsValue\":{\"value\":1}}\n" },
	{ "6 has one type, a family and a timestamp; no dots", ELASTIC_6,
	    NODE "\"stored\":{\"a.b\":\"x.y\",\"app\":\"z\"},"
	    "\"values\":[null,7]}}",
	    "{\"index\":{\"_id\":\"\"," DAY ",\"_type\":\"doc\"}} "
	    "{\"@timestamp\":" TIME ",\"family\":\"cpu\","
	    "\"CpuMetricsTimestamp\":" TIME ",\"Metrics\":{\"cpu/usage\":"
	    "{\"value\":7}},\"MetricsTags\":{\"a_b\":\"x.y\",\"app\":\"z\","
	    "\"cluster_name\":\"c1\"," TAGS ",\"type\":\"node\"}}\n" },
	{ "8 has no type; names of one resource are together", ELASTIC_8,
	    NODE "\"values\":[],\"resources\":[{\"resource_id\":\"a/.b c\","
	    "\"values\":[7,0.5]}]}}",
	    "{\"index\":{\"_id\":\"\"," DAY "}} "
	    "{\"@timestamp\":" TIME ",\"family\":\"filesystem\","
	    "\"FilesystemMetricsTimestamp\":" TIME ",\"Metrics\":"
	    "{\"filesystem/usage\":{\"value\":7}},\"MetricsTags\":"
	    "{\"cluster_name\":\"c1\"," TAGS ",\"resource_id\":\"a/.b c\","
	    "\"type\":\"node\"}}\n"
	    "{\"index\":{\"_id\":\"\"," DAY "}} "
	    "{\"@timestamp\":" TIME ",\"family\":\"general\","
	    "\"GeneralMetricsTimestamp\":" TIME ",\"MetricsTags\":"
	    "{\"cluster_name\":\"c1\"," TAGS ",\"type\":\"node\"},"
	    "\"MetricsName\":\"custom/a/.b c\",\"MetricsValue\":"
	    "{\"value\":0.5}}\n" },
	{ "odd text is escaped as Go does, keys that become one are there once",
	    ELASTIC_7,
	    NODE "\"stored\":{\"a.b\":\"1\",\"a_b\":\"<\\\"\\\\\\n\xc3\xa4&>\","
	    "\"cluster_name\":\"mine\"},\"values\":[null,null,0.5]}}",
	    "{\"index\":{\"_id\":\"\"," DAY "}} "
	    "{\"@timestamp\":" TIME ",\"family\":\"network\",\"Metrics\":"
	    "{\"network/rx_rate\":{\"value\":0.5}},\"MetricsTags\":{\"a_b\":"
	    "\"\\u003c\\\"\\\\\\n\xc3\xa4\\u0026\\u003e\","
	    "\"cluster_name\":\"c1\"," TAGS ",\"type\":\"node\"},"
	    "\"NetworkMetricsTimestamp\":" TIME "}\n" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct elastic_format format = elastic(cases[i].version);
		struct formatting f = formatting(run, &format, &format.filter);
		struct buf joined = BUF_INIT;

		formatting_run(&f, cases[i].frame);
		join(&joined, buf_str(&f.out));
		is_mem(joined.p, joined.len, cases[i].lines,
		    strlen(cases[i].lines), "%s", cases[i].what);
		buf_fini(&joined);
		elastic_format_fini(&format);
		formatting_fini(&f);
	}
}

/* The first line of the first document of a node with these labels. */
static void
action_is(struct formatting *f, const char *stored, const char *want,
    const char *what)
{
	struct buf frame = BUF_INIT;
	struct str rest, action;

	buf_addf(&frame, NODE "\"stored\":{%s},\"values\":[1]}}", stored);
	formatting_reset(f);
	batch_each(buf_str(&frame), formatting_add, f);
	rest = buf_str(&f->out);
	action = str_cut(&rest, '\n');
	is_mem(action.p, action.len, want, strlen(want), "%s", what);
	buf_fini(&frame);
}

#define ID(hash) "\"_id\":\"1772600760000000-" hash "\""
#define PLAIN_ID ID("b5fa477f5fec482c92c99eda2467032c")
#define LABELLED_ID ID("3a5f76f7a6187b703d60bddde3cbb262")

/* These must never change: what is there would be there twice. */
static void
test_ids(void)
{
	struct elastic_format format = elastic(ELASTIC_8);
	struct formatting f = formatting(run, &format, &format.filter);

	action_is(&f, "", "{\"index\":{" PLAIN_ID "," DAY "}}",
	    "an id that stays as it is");
	action_is(&f, "\"a\":\"b\"", "{\"index\":{" LABELLED_ID "," DAY "}}",
	    "another label, another id");
	format.is_stream = true;
	format.pipeline = STR("p \"q\"");
	action_is(&f, "\"a\":\"b\"", "{\"create\":{" LABELLED_ID
	    ",\"_index\":\"heap\",\"pipeline\":\"p \\\"q\\\"\"}}",
	    "a data stream, a pipeline");
	elastic_format_fini(&format);
	formatting_fini(&f);
}

static void
test_filter(void)
{
	struct elastic_format format = elastic(ELASTIC_5);
	struct formatting f = formatting(run, &format, &format.filter);

	formatting_filter(&format.filter, "?metrics=cpu/*&types=pod");
	batch_sample(formatting_add, &f);
	is_u64(f.n, 1, "what is filtered out is in no document");
	elastic_format_fini(&format);
	formatting_fini(&f);
}

int
main(void)
{
	test_golden();
	test_cases();
	test_ids();
	test_filter();
	return done_testing();
}
