/* SPDX-License-Identifier: ISC */
/* Questions about the past in InfluxQL. */
#include "config.h"

#include "apiserver/influxdb_query.h"

#include "t/tap.h"

#define PLAIN " AND \"resource_id\" = '' AND \"make\" = '' AND " \
	"\"model\" = '' AND \"accelerator_id\" = ''"
#define TIMES " AND time >= 1000 AND time <= 2000"
#define NODE "\"type\" = 'node' AND \"nodename\" = 'n'"
#define POD "\"type\" = 'pod' AND \"namespace_name\" = 'ns' AND " \
	"\"pod_name\" = 'p'"

static const struct influxdb_layout values = { .has_fields = false };
static const struct influxdb_layout fields = { .has_fields = true };
static const struct influxdb_layout cluster = {
	.cluster_name = STR_INIT("c'1") };

static void
query_is(const struct history_question *q,
    const struct influxdb_layout *layout, const char *want, const char *what)
{
	struct buf out = BUF_INIT;

	influxdb_query_write(&out, q, layout);
	is_mem(out.p, out.len, want, strlen(want), "%s", what);
	buf_fini(&out);
}

static struct history_key
key_of(enum set_type type)
{
	struct history_key key = { .names = {
		.type = type, .node = STR("n"), .namespace_name = STR("ns"),
		.pod = STR("p"), .container = STR("c"),
	} };

	return key;
}

/* What of, which set, the query with either layout. */
static const struct {
	enum history_what what;
	enum set_type type;
	const struct influxdb_layout *layout;
	const char *query;
} lists[] = {
	{ HISTORY_METRICS, SET_NODE, &values,
	    "SHOW MEASUREMENTS WHERE " NODE },
	{ HISTORY_METRICS, SET_POD, &fields,
	    "SELECT LAST(*) FROM /.+/ WHERE " POD },
	{ HISTORY_METRICS, SET_CLUSTER, &values,
	    "SHOW MEASUREMENTS WHERE \"type\" = 'cluster'" },
	{ HISTORY_NODES, SET_CLUSTER, &values, "SHOW TAG VALUES WITH KEY = "
	    "\"nodename\" WHERE \"type\" = 'node'" },
	{ HISTORY_NODES, SET_CLUSTER, &cluster, "SHOW TAG VALUES WITH KEY = "
	    "\"nodename\" WHERE \"type\" = 'node' AND "
	    "\"cluster_name\" = 'c\\'1'" },
	{ HISTORY_NAMESPACES, SET_CLUSTER, &fields, "SHOW TAG VALUES WITH KEY "
	    "= \"namespace_name\" WHERE \"type\" = 'ns'" },
	{ HISTORY_PODS, SET_NAMESPACE, &values, "SHOW TAG VALUES FROM "
	    "\"uptime\" WITH KEY = \"pod_name\" WHERE \"type\" = 'pod' AND "
	    "\"namespace_name\" = 'ns'" },
	{ HISTORY_CONTAINERS, SET_POD, &values, "SHOW TAG VALUES FROM "
	    "\"uptime\" WITH KEY = \"container_name\" WHERE \"type\" = "
	    "'pod_container' AND \"namespace_name\" = 'ns' AND "
	    "\"pod_name\" = 'p'" },
	{ HISTORY_SYS_CONTAINERS, SET_NODE, &values, "SHOW TAG VALUES FROM "
	    "\"uptime\" WITH KEY = \"container_name\" WHERE \"type\" = "
	    "'sys_container' AND \"nodename\" = 'n'" },
};

static void
test_lists(void)
{
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct history_key key = key_of(lists[i].type);
		struct history_question q = { .what = lists[i].what,
		    .keys = &key, .n_keys = 1 };

		query_is(&q, lists[i].layout, lists[i].query, lists[i].query);
	}
}

static void
test_sets(void)
{
	static const struct {
		enum set_type type;
		const char *selector;
	} cases[] = {
		{ SET_NODE, NODE },
		{ SET_SYS_CONTAINER, "\"type\" = 'sys_container' AND "
		    "\"nodename\" = 'n' AND \"container_name\" = 'c'" },
		{ SET_POD, POD },
		{ SET_POD_CONTAINER, "\"type\" = 'pod_container' AND "
		    "\"namespace_name\" = 'ns' AND \"pod_name\" = 'p' AND "
		    "\"container_name\" = 'c'" },
		{ SET_NAMESPACE,
		    "\"type\" = 'ns' AND \"namespace_name\" = 'ns'" },
		{ SET_CLUSTER, "\"type\" = 'cluster'" },
	};
	char want[600];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct history_key key = key_of(cases[i].type);
		struct history_question q = { .what = HISTORY_SERIES,
		    .keys = &key, .n_keys = 1, .metric = STR("cpu/limit"),
		    .start_ns = 1000, .end_ns = 2000 };

		snprintf(want, sizeof want, "SELECT \"value\" FROM "
		    "\"cpu/limit\" WHERE %s" PLAIN TIMES, cases[i].selector);
		query_is(&q, &values, want, cases[i].selector);
		snprintf(want, sizeof want, "SELECT \"limit\" FROM \"cpu\" "
		    "WHERE %s" PLAIN TIMES, cases[i].selector);
		query_is(&q, &fields, want, "with fields");
	}
}

static void
test_metrics(void)
{
	static const struct {
		const char *metric, *measurement, *field;
	} cases[] = {
		{ "uptime", "uptime", "value" },
		{ "nvidia.com/gpu/request", "nvidia.com", "gpu/request" },
		{ "custom/q\"s", "custom", "q\\\"s" },
	};
	struct history_key key = key_of(SET_CLUSTER);
	char want[400];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct history_question q = { .what = HISTORY_SERIES,
		    .keys = &key, .n_keys = 1,
		    .metric = str_of(cases[i].metric),
		    .start_ns = 1000, .end_ns = 2000 };

		snprintf(want, sizeof want, "SELECT \"%s\" FROM \"%s\" WHERE "
		    "\"type\" = 'cluster'" PLAIN TIMES, cases[i].field,
		    cases[i].measurement);
		query_is(&q, &fields, want, cases[i].metric);
	}
}

/* What closes a quote, and what else there is, is only text. */
static void
test_hostile(void)
{
	struct history_key key = { .names = { .type = SET_NODE,
	    .node = STR("a' OR 1=1; DROP DATABASE k8s -- \\' \n \t\0end") } };
	struct history_question q = { .what = HISTORY_SERIES, .keys = &key,
	    .n_keys = 1, .metric = STR("x\"; DROP SERIES\\\" \n'y'"),
	    .start_ns = 1000, .end_ns = 2000 };

	query_is(&q, &values, "SELECT \"value\" FROM \"x\\\"; DROP SERIES"
	    "\\\\\\\" \\n'y'\" WHERE \"type\" = 'node' AND \"nodename\" = "
	    "'a\\' OR 1=1; DROP DATABASE k8s -- \\\\\\' \\n \t\xef\xbf\xbd"
	    "end'" PLAIN TIMES, "quotes");
}

static void
test_labels(void)
{
	static const struct history_label labels[] = {
		{ STR_INIT("resource_id"), STR_INIT("Volume:a'b") },
		{ STR_INIT("odd\"name"), STR_INIT("x") },
	};
	static const struct history_label of_set = { STR_INIT("nodename"),
	    STR_INIT("n") };
	struct history_key key = key_of(SET_CLUSTER);
	struct history_question q = { .what = HISTORY_SERIES, .keys = &key,
	    .n_keys = 1, .metric = STR("m"), .start_ns = 1000,
	    .end_ns = 2000, .labels = labels, .n_labels = 2 };

	query_is(&q, &values, "SELECT \"value\" FROM \"m\" WHERE \"type\" = "
	    "'cluster' AND \"make\" = '' AND \"model\" = '' AND "
	    "\"accelerator_id\" = '' AND \"resource_id\" = 'Volume:a\\'b' AND "
	    "\"odd\\\"name\" = 'x'" TIMES, "labels, and none but these");
	q.labels = &of_set;
	q.n_labels = 1;
	query_is(&q, &values, "SELECT \"value\" FROM \"m\" WHERE \"type\" = "
	    "'cluster'" PLAIN " AND \"type\" = ''" TIMES,
	    "what a set is called is no label");
}

static void
test_keys(void)
{
	struct history_key keys[] = {
		{ .names = { .type = SET_POD }, .pod_uid = STR("u-1") },
		{ .names = { .type = SET_POD_CONTAINER,
		    .container = STR("c") }, .pod_uid = STR("") },
	};
	struct history_question q = { .what = HISTORY_SERIES, .keys = keys,
	    .n_keys = 2, .metric = STR("m"), .start_ns = INT64_MIN,
	    .end_ns = INT64_MAX };

#define FAR PLAIN " AND time >= -9223372036854775806 AND " \
	"time <= 9223372036854775806"
	query_is(&q, &values, "SELECT \"value\" FROM \"m\" WHERE \"type\" = "
	    "'pod' AND \"pod_id\" = 'u-1'" FAR "; SELECT \"value\" FROM \"m\" "
	    "WHERE \"type\" = 'pod_container' AND \"pod_id\" = '' AND "
	    "\"container_name\" = 'c'" FAR,
	    "a statement for each key, times that InfluxDB has");
}

static void
test_buckets(void)
{
	struct history_key key = key_of(SET_CLUSTER);
	struct history_question q = { .what = HISTORY_BUCKETS, .keys = &key,
	    .n_keys = 1, .metric = STR("m"), .start_ns = 1000,
	    .end_ns = 2000, .aggregations = 0xff, .bucket_ns = 5000000 };

#define REST " FROM \"m\" WHERE \"type\" = 'cluster'" PLAIN TIMES
	query_is(&q, &values, "SELECT COUNT(\"value\"), MEAN(\"value\"), "
	    "MAX(\"value\"), MIN(\"value\"), MEDIAN(\"value\"), "
	    "PERCENTILE(\"value\", 50), PERCENTILE(\"value\", 95), "
	    "PERCENTILE(\"value\", 99)" REST " GROUP BY time(5000000ns) "
	    "fill(none)", "all aggregations");
	q.aggregations = HISTORY_MAX | HISTORY_PERCENTILE_95;
	q.bucket_ns = 0;
	query_is(&q, &values, "SELECT COUNT(\"value\"), MAX(\"value\"), "
	    "PERCENTILE(\"value\", 95)" REST, "some, in one bucket");
	q.aggregations = HISTORY_COUNT;
	query_is(&q, &values, "SELECT COUNT(\"value\")" REST, "the count");
}

int
main(void)
{
	test_lists();
	test_sets();
	test_metrics();
	test_hostile();
	test_labels();
	test_keys();
	test_buckets();
	return done_testing();
}
