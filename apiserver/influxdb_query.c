/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/influxdb_query.h"

/* InfluxDB has no times beyond. */
#define TIME_MIN_NS (INT64_MIN + 2)
#define TIME_MAX_NS (INT64_MAX - 1)

static const char *const types[SET_TYPE_COUNT] = {
	[SET_NODE] = "node",
	[SET_SYS_CONTAINER] = "sys_container",
	[SET_POD] = "pod",
	[SET_POD_CONTAINER] = "pod_container",
	[SET_NAMESPACE] = "ns",
	[SET_CLUSTER] = "cluster",
};

/*
 * In quotes, which are escaped inside with a backslash, as are that and line
 * breaks.  A NUL would be the end of the text for InfluxDB: it becomes U+FFFD,
 * which no name has either.
 */
static void
add_quoted(struct buf *out, struct str s, char quote)
{
	buf_add_char(out, quote);
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '\0') {
			buf_add_str(out, STR("\xef\xbf\xbd"));
			continue;
		}
		if (c == quote || c == '\\' || c == '\n')
			buf_add_char(out, '\\');
		buf_add_char(out, c == '\n' ? 'n' : c);
	}
	buf_add_char(out, quote);
}

static void
add_equal(struct buf *out, struct str tag, struct str value)
{
	add_quoted(out, tag, '"');
	buf_add_str(out, STR(" = "));
	add_quoted(out, value, '\'');
}

static void
add_condition(struct buf *out, const char *tag, struct str value)
{
	buf_add_str(out, STR(" AND "));
	add_equal(out, str_of(tag), value);
}

static void
add_type(struct buf *out, const struct influxdb_layout *layout,
    enum set_type type)
{
	buf_add_str(out, STR(" WHERE "));
	add_equal(out, STR("type"), str_of(types[type]));
	if (layout->cluster_name.p != NULL)
		add_condition(out, "cluster_name", layout->cluster_name);
}

static void
add_pod(struct buf *out, const struct history_key *key)
{
	if (key->pod_uid.p != NULL) {
		add_condition(out, "pod_id", key->pod_uid);
	} else {
		add_condition(out, "namespace_name",
		    key->names.namespace_name);
		add_condition(out, "pod_name", key->names.pod);
	}
}

/* What makes a set that one. */
static void
add_set(struct buf *out, const struct history_key *key,
    const struct influxdb_layout *layout)
{
	enum set_type type = key->names.type;

	add_type(out, layout, type);
	if (type == SET_NODE || type == SET_SYS_CONTAINER)
		add_condition(out, "nodename", key->names.node);
	else if (type == SET_POD || type == SET_POD_CONTAINER)
		add_pod(out, key);
	else if (type == SET_NAMESPACE)
		add_condition(out, "namespace_name",
		    key->names.namespace_name);
	if (type == SET_SYS_CONTAINER || type == SET_POD_CONTAINER)
		add_condition(out, "container_name", key->names.container);
}

/* Tags that a set has, and no resource. */
static bool
is_of_set(struct str name)
{
	static const char *const tags[] = {
		"cluster_name", "container_base_image", "container_name",
		"host_id", "hostname", "labels", "namespace_id",
		"namespace_name", "nodename", "pod_id", "pod_name",
		"schedulable", "type",
	};

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
		if (str_is(name, tags[i]))
			return true;
	return false;
}

/*
 * The labels are all that the resource has.  Without any it is a plain metric:
 * Heapster mixed all resources of a labelled one then.
 */
static void
add_resource(struct buf *out, const struct history_question *q)
{
	static const char *const tags[] = {
		"resource_id", "make", "model", "accelerator_id",
	};

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		bool is_given = false;

		for (size_t k = 0; k < q->n_labels; k++)
			is_given |= str_is(q->labels[k].name, tags[i]);
		if (!is_given)
			add_condition(out, tags[i], STR(""));
	}
	for (size_t k = 0; k < q->n_labels; k++) {
		buf_add_str(out, STR(" AND "));
		if (is_of_set(q->labels[k].name))
			add_equal(out, STR("type"), STR(""));	/* none has */
		else
			add_equal(out, q->labels[k].name, q->labels[k].value);
	}
}

static void
add_times(struct buf *out, const struct history_question *q)
{
	buf_addf(out, " AND time >= ");
	buf_add_i64(out, q->start_ns < TIME_MIN_NS ? TIME_MIN_NS :
	    q->start_ns);
	buf_addf(out, " AND time <= ");
	buf_add_i64(out, q->end_ns > TIME_MAX_NS ? TIME_MAX_NS : q->end_ns);
}

/* Where a metric is: a measurement, and a field of it. */
static void
find_metric(struct str metric, const struct influxdb_layout *layout,
    struct str *measurement, struct str *field)
{
	*measurement = metric;
	*field = STR("value");
	if (layout->has_fields) {
		struct str rest = metric, first = str_cut(&rest, '/');

		if (rest.p != NULL) {
			*measurement = first;
			*field = rest;
		}
	}
}

static void
add_function(struct buf *out, const char *name, struct str field,
    const char *percent)
{
	buf_addf(out, ", %s(", name);
	add_quoted(out, field, '"');
	buf_addf(out, "%s)", percent);
}

/* With the count first, which also makes the others no selectors: the time of
 * a row is that of its bucket. */
static void
add_aggregations(struct buf *out, unsigned aggregations, struct str field)
{
	static const struct {
		const char *name, *percent;
	} functions[] = {	/* in the order of the bits */
		{ "MEAN", "" }, { "MAX", "" }, { "MIN", "" }, { "MEDIAN", "" },
		{ NULL, "" }, { "PERCENTILE", ", 50" }, { "PERCENTILE", ", 95" },
		{ "PERCENTILE", ", 99" },
	};

	buf_addf(out, "COUNT(");
	add_quoted(out, field, '"');
	buf_add_char(out, ')');
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
		if (functions[i].name != NULL && (aggregations & 1u << i) != 0)
			add_function(out, functions[i].name, field,
			    functions[i].percent);
}

static void
add_select(struct buf *out, const struct history_question *q,
    const struct history_key *key, const struct influxdb_layout *layout)
{
	struct str measurement, field;

	find_metric(q->metric, layout, &measurement, &field);
	buf_addf(out, "SELECT ");
	if (q->what == HISTORY_BUCKETS)
		add_aggregations(out, q->aggregations, field);
	else
		add_quoted(out, field, '"');
	buf_addf(out, " FROM ");
	add_quoted(out, measurement, '"');
	add_set(out, key, layout);
	add_resource(out, q);
	add_times(out, q);
	if (q->what == HISTORY_BUCKETS && q->bucket_ns > 0) {
		buf_addf(out, " GROUP BY time(");
		buf_add_i64(out, q->bucket_ns);
		buf_addf(out, "ns) fill(none)");
	}
}

/* Names of what a set has of a type; all of these have an uptime. */
static void
add_parts(struct buf *out, const struct history_key *key, enum set_type type,
    const struct influxdb_layout *layout)
{
	buf_addf(out, "SHOW TAG VALUES FROM \"uptime\" WITH KEY = \"%s\"",
	    type == SET_POD ? "pod_name" : "container_name");
	add_type(out, layout, type);
	if (type == SET_SYS_CONTAINER)
		add_condition(out, "nodename", key->names.node);
	else if (type == SET_POD)
		add_condition(out, "namespace_name",
		    key->names.namespace_name);
	else
		add_pod(out, key);
}

/* SHOW MEASUREMENTS knows nothing of fields: those of the set are found by
 * their last values. */
static void
add_metrics(struct buf *out, const struct history_key *key,
    const struct influxdb_layout *layout)
{
	buf_addf(out, layout->has_fields ? "SELECT LAST(*) FROM /.+/" :
	    "SHOW MEASUREMENTS");
	add_set(out, key, layout);
}

void
influxdb_query_write(struct buf *out, const struct history_question *q,
    const struct influxdb_layout *layout)
{
	switch (q->what) {
	case HISTORY_METRICS:
		add_metrics(out, &q->keys[0], layout);
		break;
	case HISTORY_NODES:
		buf_addf(out, "SHOW TAG VALUES WITH KEY = \"nodename\"");
		add_type(out, layout, SET_NODE);
		break;
	case HISTORY_NAMESPACES:
		buf_addf(out, "SHOW TAG VALUES WITH KEY = \"namespace_name\"");
		add_type(out, layout, SET_NAMESPACE);
		break;
	case HISTORY_PODS:
		add_parts(out, &q->keys[0], SET_POD, layout);
		break;
	case HISTORY_CONTAINERS:
		add_parts(out, &q->keys[0], SET_POD_CONTAINER, layout);
		break;
	case HISTORY_SYS_CONTAINERS:
		add_parts(out, &q->keys[0], SET_SYS_CONTAINER, layout);
		break;
	case HISTORY_SERIES:
	case HISTORY_BUCKETS:
		for (size_t i = 0; i < q->n_keys; i++) {
			if (i > 0)
				buf_add_str(out, STR("; "));
			add_select(out, q, &q->keys[i], layout);
		}
		break;
	}
}
