/* SPDX-License-Identifier: ISC */
/* Line protocol against the bytes that Heapster's own sink sent. */
#include "config.h"

#include "sinks/format_influxdb.h"
#include "sinks/influxql.h"

#include "t/formatting.h"

static uint64_t
run(void *format, struct buf *out, const struct frame *f)
{
	return format_influxdb(out, format, f);
}

static void
test_golden(void)
{
	struct influx_format format = { .cluster_name = STR("c1") };
	struct formatting f = formatting(run, &format, &format.filter);

	formatting_golden(&f, "t/data/heapster-sinks/influxdb.lines", 26);
	format.cluster_name = STR("default");
	format.want_fields = true;
	format.without_counters = true;
	formatting_golden(&f, "t/data/heapster-sinks/influxdb-withfields.lines",
	    21);
	influx_format_fini(&format);
	formatting_fini(&f);
}

/* Behind "v", "window_us" and "metrics" of a rollup with one value. */
#define ROLLUP "{\"v\":1,\"kind\":\"rollup\",\"window_us\":1000000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\"," \
	"\"memory/page_faults_rate\"],\"labelled\":[\"resource/request\"]," \
	"\"answered\":1,\"missing\":[],\"cluster\":{\"values\":[]},"
#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":1000000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\"]," \
	"\"labelled\":[\"resource/request\",\"filesystem/usage\"]," \
	"\"node\":{\"name\":\"n\",\"host_id\":\"h\","

static const struct {
	const char *what;
	const char *frame;
	bool want_fields;
	const char *lines;
} cases[] = {
	{ "commas, blanks and equals signs are escaped",
	    ROLLUP "\"namespaces\":[{\"name\":\"a,b c=d\",\"values\":[1]}]}",
	    false, "uptime,cluster_name=c1,namespace_name=a\\,b\\ c\\=d,type=ns "
	    "value=1i 1000000000\n" },
	{ "a line break cannot be in a line",
	    ROLLUP "\"namespaces\":[{\"name\":\"a\\nb\\rc\",\"values\":[1]}]}",
	    false, "uptime,cluster_name=c1,namespace_name=a\\ b\\ c,type=ns "
	    "value=1i 1000000000\n" },
	{ "a backslash at the end would hide the comma",
	    ROLLUP "\"namespaces\":[{\"name\":\"a\\\\b\\\\\",\"values\":[1]}]}",
	    false, "uptime,cluster_name=c1,namespace_name=a\\b_,type=ns "
	    "value=1i 1000000000\n" },
	{ "quotes and other characters stay",
	    ROLLUP "\"namespaces\":[{\"name\":\"\\\"\xc3\xa4'\","
	    "\"values\":[1]}]}",
	    false, "uptime,cluster_name=c1,namespace_name=\"\xc3\xa4',type=ns "
	    "value=1i 1000000000\n" },
	{ "an integer beyond 63 bits has no line",
	    ROLLUP "\"namespaces\":[{\"name\":\"a\","
	    "\"values\":[9223372036854775808]},{\"name\":\"b\","
	    "\"values\":[9223372036854775807]}]}",
	    false, "uptime,cluster_name=c1,namespace_name=b,type=ns "
	    "value=9223372036854775807i 1000000000\n" },
	{ "floats have no exponent",
	    ROLLUP "\"namespaces\":[{\"name\":\"a\",\"values\":[null,1e-7]},"
	    "{\"name\":\"b\",\"values\":[null,1.5e+21]}]}",
	    false, "memory/page_faults_rate,cluster_name=c1,namespace_name=a,"
	    "type=ns value=0.0000001 1000000000\n"
	    "memory/page_faults_rate,cluster_name=c1,namespace_name=b,type=ns "
	    "value=1500000000000000000000 1000000000\n" },
	{ "a composed metric has the resource in its name",
	    ROLLUP "\"namespaces\":[{\"name\":\"a\",\"values\":[],"
	    "\"resources\":[{\"resource_id\":\"nvidia.com/gpu\","
	    "\"values\":[2]}]}]}",
	    false, "nvidia.com/gpu/request,cluster_name=c1,namespace_name=a,"
	    "type=ns value=2i 1000000000\n" },
	{ "and with fields only what is before the first slash",
	    ROLLUP "\"namespaces\":[{\"name\":\"a\",\"values\":[3],"
	    "\"resources\":[{\"resource_id\":\"nvidia.com/g,p u\","
	    "\"values\":[2]}]}]}",
	    true, "uptime,cluster_name=c1,namespace_name=a,type=ns value=3i "
	    "1000000000\n"
	    "nvidia.com,cluster_name=c1,namespace_name=a,type=ns "
	    "g\\,p\\ u/request=2i 1000000000\n" },
	{ "a volume has its claim as a tag, ids are none, stored labels are",
	    NODE "\"stored\":{\"cluster_name\":\"mine\",\"zone\":\"z\"},"
	    "\"values\":[],\"system\":[],\"pods\":[],\"resources\":["
	    "{\"resource_id\":\"Volume:d\",\"claim\":\"c\","
	    "\"values\":[null,7]}]}}",
	    false, "filesystem/usage,cluster_name=c1,nodename=n,"
	    "persistentvolumeclaim=c,resource_id=Volume:d,type=node,zone=z "
	    "value=7i 1000000000\n" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct influx_format format = {
			.cluster_name = STR("c1"),
			.want_fields = cases[i].want_fields,
		};
		struct formatting f = formatting(run, &format, &format.filter);

		formatting_case(&f, cases[i].frame, cases[i].lines,
		    cases[i].what);
		influx_format_fini(&format);
		formatting_fini(&f);
	}
}

static void
test_ids(void)
{
	struct influx_format format = {
		.cluster_name = STR("c1"),
		.has_tag[INFLUX_HOST_ID] = true,
	};
	struct formatting f = formatting(run, &format, &format.filter);
	enum influx_id id;

	ok(influx_id_find(STR("host_id"), &id) && !influx_id_find(
	    STR("nodename"), &id), "ids are known by their names");
	formatting_case(&f, NODE "\"values\":[1],\"system\":[],\"pods\":[]}}",
	    "uptime,cluster_name=c1,host_id=h,nodename=n,type=node value=1i "
	    "1000000000\n", "an id that is asked for is a tag");
	influx_format_fini(&format);
	formatting_fini(&f);
}

static void
test_statements(void)
{
	static const struct { const char *text, *want; } retentions[] = {
		{ "7d", "7d" }, { "1h30m", "1h30m" }, { "INF", "INF" },
		{ "0", "INF" }, { "0s", "INF" }, { "0d", "INF" },
		{ "", NULL }, { "7", NULL }, { "d", NULL }, { "7d;", NULL },
		{ "7d DROP", NULL }, { "-7d", NULL },
	};
	struct buf out = BUF_INIT;
	struct str got;

	for (size_t i = 0; i < sizeof retentions / sizeof *retentions; i++) {
		bool is_good = influxql_retention(
		    str_of(retentions[i].text), &got);

		ok(retentions[i].want == NULL ? !is_good : is_good &&
		    str_is(got, retentions[i].want), "retention \"%s\"",
		    retentions[i].text);
	}
	influxql_create_database(&out, STR("a\"b\\"), STR("7d"));
	ok(str_is(buf_str(&out), "CREATE DATABASE \"a\\\"b\\\\\" WITH DURATION "
	    "7d REPLICATION 1 NAME \"default\""), "a database is quoted");
	buf_reset(&out);
	influxql_create_policy(&out, STR("k8s"), STR("INF"));
	ok(str_is(buf_str(&out), "CREATE RETENTION POLICY \"default\" ON "
	    "\"k8s\" DURATION INF REPLICATION 1 DEFAULT"), "a policy");
	buf_reset(&out);
	influxql_alter_policy(&out, STR("k8s"), STR("7d"));
	ok(str_is(buf_str(&out), "ALTER RETENTION POLICY \"default\" ON "
	    "\"k8s\" DURATION 7d"), "a policy that is changed");
	buf_fini(&out);
	ok(influxql_error(STR("{\"results\":[{\"statement_id\":0}]}")).p ==
	    NULL, "an answer without an error");
	ok(str_is(influxql_error(STR("{\"results\":[{\"statement_id\":0,"
	    "\"error\":\"a \\\"b\\\"\"}]}")), "a \\\"b\\\""),
	    "an error in a good answer");
}

int
main(void)
{
	test_golden();
	test_cases();
	test_ids();
	test_statements();
	return done_testing();
}
