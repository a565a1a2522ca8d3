/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/json_out.h"

#include "sinks/elastic_mapping.h"
#include "sinks/format_elasticsearch.h"

#define INDEX_BYTES_MAX 200	/* 255, with the date behind it */
#define RAW_CHARS_MAX 8191	/* more could be beyond Lucene's 32766 bytes */

/* How the text of a field is found again. */
enum kind {
	WORD,		/* as it is */
	TEXT,		/* by its words; as it is under NAME.raw */
	TEXT_BARE,	/* the same, which Heapster wrote in another way */
	DATE,
	COUNT,
};

struct field {
	const char *name;	/* NULL: the end */
	enum kind kind;
	const struct field *fields;	/* an object; its kind does not matter */
};

static const struct field metrics_tags[] = {
	{ "container_base_image", TEXT, NULL }, { "container_name", TEXT, NULL },
	{ "host_id", WORD, NULL }, { "hostname", TEXT, NULL },
	{ "labels", TEXT, NULL }, { "namespace_id", WORD, NULL },
	{ "namespace_name", TEXT_BARE, NULL }, { "nodename", TEXT, NULL },
	{ "cluster_name", WORD, NULL }, { "pod_id", WORD, NULL },
	{ "pod_name", TEXT, NULL }, { "resource_id", WORD, NULL },
	{ "type", WORD, NULL }, { NULL, WORD, NULL },
};

static const struct field event_tags[] = {
	{ "eventID", WORD, NULL }, { "cluster_name", WORD, NULL },
	{ "hostname", TEXT, NULL }, { "pod_id", WORD, NULL },
	{ "pod_name", TEXT, NULL }, { NULL, WORD, NULL },
};

static const struct field event_object[] = {
	{ "apiVersion", WORD, NULL }, { "fieldPath", TEXT_BARE, NULL },
	{ "kind", WORD, NULL }, { "name", TEXT_BARE, NULL },
	{ "namespace", TEXT_BARE, NULL }, { "resourceVersion", WORD, NULL },
	{ "uid", WORD, NULL }, { NULL, WORD, NULL },
};

static const struct field event_metadata[] = {
	{ "creationTimestamp", DATE, NULL }, { "name", TEXT_BARE, NULL },
	{ "namespace", TEXT_BARE, NULL }, { "resourceVersion", WORD, NULL },
	{ "selfLink", WORD, NULL }, { "uid", WORD, NULL },
	{ NULL, WORD, NULL },
};

static const struct field event_source[] = {
	{ "component", WORD, NULL }, { "host", TEXT_BARE, NULL },
	{ NULL, WORD, NULL },
};

static const struct field events[] = {
	{ "EventTags", WORD, event_tags },
	{ "InvolvedObject", WORD, event_object },
	{ "FirstOccurrenceTimestamp", DATE, NULL },
	{ "LastOccurrenceTimestamp", DATE, NULL },
	{ "Type", WORD, NULL }, { "Message", TEXT_BARE, NULL },
	{ "Reason", WORD, NULL }, { "Count", COUNT, NULL },
	{ "Metadata", WORD, event_metadata },
	{ "Source", WORD, event_source }, { NULL, WORD, NULL },
};

/* A string, as versions up to 5 know it. */
static void
add_old_string(struct json_out *o, enum kind kind)
{
	json_out_key(o, "type");
	json_out_strz(o, "string");
	if (kind != TEXT_BARE) {
		json_out_key(o, "index");
		json_out_strz(o, kind == WORD ? "not_analyzed" : "analyzed");
	}
	if (kind == WORD)
		return;
	json_out_key(o, "fields");
	json_out_object(o);
	json_out_key(o, "raw");
	json_out_object(o);
	add_old_string(o, WORD);
	json_out_object_end(o);
	json_out_object_end(o);
}

static void
add_word(struct json_out *o)
{
	json_out_key(o, "type");
	json_out_strz(o, "keyword");
	json_out_key(o, "ignore_above");
	json_out_u64(o, RAW_CHARS_MAX);
}

static void
add_string(struct json_out *o, enum kind kind)
{
	if (kind == WORD) {
		add_word(o);
		return;
	}
	json_out_key(o, "type");
	json_out_strz(o, "text");
	json_out_key(o, "fields");
	json_out_object(o);
	json_out_key(o, "raw");
	json_out_object(o);
	add_word(o);
	json_out_object_end(o);
	json_out_object_end(o);
}

static void
add_field(struct json_out *o, const char *name, enum kind kind, bool is_old)
{
	json_out_key(o, name);
	json_out_object(o);
	if (kind == DATE) {
		json_out_key(o, "type");
		json_out_strz(o, "date");
		json_out_key(o, "format");
		json_out_strz(o, "strict_date_optional_time||epoch_millis");
	} else if (kind == COUNT) {
		json_out_key(o, "type");
		json_out_strz(o, "long");
	} else if (is_old) {
		add_old_string(o, kind);
	} else {
		add_string(o, kind);
	}
	json_out_object_end(o);
}

/* "NAME":{"properties":{, or without the name. */
static void
begin_object(struct json_out *o, const char *name)
{
	if (name != NULL) {
		json_out_key(o, name);
		json_out_object(o);
	}
	json_out_key(o, "properties");
	json_out_object(o);
}

static void
end_object(struct json_out *o, const char *name)
{
	json_out_object_end(o);
	if (name != NULL)
		json_out_object_end(o);
}

static void
add_fields(struct json_out *o, const struct field *fields, bool is_old)
{
	for (; fields->name != NULL; fields++) {
		if (fields->fields == NULL) {
			add_field(o, fields->name, fields->kind, is_old);
			continue;
		}
		begin_object(o, fields->name);
		add_fields(o, fields->fields, is_old);
		end_object(o, fields->name);
	}
}

/* "NAME":{"properties":{"value":{"type":"double"}}} */
static void
add_value(struct json_out *o, const char *name)
{
	begin_object(o, name);
	json_out_key(o, "value");
	json_out_object(o);
	json_out_key(o, "type");
	json_out_strz(o, "double");
	json_out_object_end(o);
	end_object(o, name);
}

static void
add_metrics(struct json_out *o, enum elastic_family family)
{
	for (unsigned m = 0; m < METRIC_COUNT; m++)
		if (elastic_family((enum metric)m) == family)
			add_value(o, metrics[m].name.p);
}

static void
add_type(struct json_out *o, enum elastic_family family)
{
	const struct elastic_family_name *name = &elastic_families[family];

	begin_object(o, name->name.p);
	begin_object(o, "MetricsTags");
	add_fields(o, metrics_tags, true);
	end_object(o, "MetricsTags");
	if (family == ELASTIC_GENERAL)
		add_field(o, "MetricsName", TEXT, true);
	add_field(o, name->timestamp.p, DATE, true);
	if (family == ELASTIC_GENERAL) {
		add_value(o, "MetricsValue");
	} else {
		begin_object(o, "Metrics");
		add_metrics(o, family);
		end_object(o, "Metrics");
	}
	end_object(o, name->name.p);
}

void
elastic_index_body(struct buf *out)
{
	struct json_out o;

	json_out_begin(&o, out, JSON_COMPACT);
	json_out_object(&o);
	json_out_key(&o, "mappings");
	json_out_object(&o);
	json_out_key(&o, "_default_");
	json_out_object(&o);
	json_out_key(&o, "_all");
	json_out_object(&o);
	json_out_key(&o, "enabled");
	json_out_bool(&o, false);
	json_out_object_end(&o);
	json_out_object_end(&o);
	for (unsigned i = 0; i < ELASTIC_FAMILY_COUNT; i++)
		add_type(&o, (enum elastic_family)i);
	begin_object(&o, "events");
	add_fields(&o, events, true);
	end_object(&o, "events");
	json_out_object_end(&o);
	json_out_object_end(&o);
}

void
elastic_aliases_body(struct buf *out, struct str index, struct str day)
{
	buf_add_str(out, STR("{\"actions\":["));
	for (unsigned i = 0; i < ELASTIC_FAMILY_COUNT; i++)
		buf_addf(out, "%s{\"add\":{\"alias\":\"%.*s-%s\","
		    "\"index\":\"%.*s\"}}", i == 0 ? "" : ",", STR_ARG(index),
		    elastic_families[i].name.p, STR_ARG(day));
	buf_add_str(out, STR("]}"));
}

/* What is not in the mapping: stored labels, and metrics to come. */
static void
add_dynamic(struct json_out *o, const char *name, const char *path,
    const char *of_type, bool is_word)
{
	json_out_object(o);
	json_out_key(o, name);
	json_out_object(o);
	json_out_key(o, "path_match");
	json_out_strz(o, path);
	if (of_type != NULL) {
		json_out_key(o, "match_mapping_type");
		json_out_strz(o, of_type);
	}
	json_out_key(o, "mapping");
	json_out_object(o);
	if (is_word) {
		add_word(o);
	} else {
		json_out_key(o, "type");
		json_out_strz(o, "double");
	}
	json_out_object_end(o);
	json_out_object_end(o);
	json_out_object_end(o);
}

static void
add_properties(struct json_out *o)
{
	begin_object(o, NULL);
	add_field(o, "@timestamp", DATE, false);
	add_field(o, "family", WORD, false);
	for (unsigned i = 0; i < ELASTIC_FAMILY_COUNT; i++)
		add_field(o, elastic_families[i].timestamp.p, DATE, false);
	begin_object(o, "MetricsTags");
	add_fields(o, metrics_tags, false);
	end_object(o, "MetricsTags");
	begin_object(o, "Metrics");
	for (unsigned i = 0; i < ELASTIC_GENERAL; i++)
		add_metrics(o, (enum elastic_family)i);
	end_object(o, "Metrics");
	add_field(o, "MetricsName", TEXT, false);
	add_value(o, "MetricsValue");
	end_object(o, NULL);
}

static void
add_mappings(struct json_out *o, enum elastic_version version)
{
	json_out_key(o, "mappings");
	json_out_object(o);
	if (version == ELASTIC_6) {
		json_out_key(o, ELASTIC_TYPE);
		json_out_object(o);
	}
	json_out_key(o, "dynamic_templates");
	json_out_array(o);
	add_dynamic(o, "tags", "MetricsTags.*", "string", true);
	add_dynamic(o, "values", "Metrics.*.value", NULL, false);
	json_out_array_end(o);
	add_properties(o);
	if (version == ELASTIC_6)
		json_out_object_end(o);
	json_out_object_end(o);
}

/* "heapster-cpu" is what has that family. */
static void
add_aliases(struct json_out *o, struct str index)
{
	struct buf alias = BUF_INIT;

	json_out_key(o, "aliases");
	json_out_object(o);
	for (unsigned i = 0; i < ELASTIC_FAMILY_COUNT; i++) {
		buf_reset(&alias);
		buf_addf(&alias, "%.*s-%s", STR_ARG(index),
		    elastic_families[i].name.p);
		json_out_key_str(o, buf_str(&alias));
		json_out_object(o);
		json_out_key(o, "filter");
		json_out_object(o);
		json_out_key(o, "term");
		json_out_object(o);
		json_out_key(o, "family");
		json_out_str(o, elastic_families[i].name);
		json_out_object_end(o);
		json_out_object_end(o);
		json_out_object_end(o);
	}
	json_out_object_end(o);
	buf_fini(&alias);
}

static bool
is_composable(enum elastic_version version, bool is_stream)
{
	return version >= ELASTIC_8 || is_stream;
}

void
elastic_template_body(struct buf *out, struct str index,
    enum elastic_version version, bool is_stream)
{
	struct buf pattern = BUF_INIT;
	struct json_out o;

	buf_addf(&pattern, "%.*s%s", STR_ARG(index), is_stream ? "" : "-*");
	json_out_begin(&o, out, JSON_COMPACT);
	json_out_object(&o);
	json_out_key(&o, "index_patterns");
	json_out_array(&o);
	json_out_str(&o, buf_str(&pattern));
	json_out_array_end(&o);
	buf_fini(&pattern);
	if (is_composable(version, is_stream)) {
		json_out_key(&o, "priority");
		json_out_u64(&o, ELASTIC_TEMPLATE_PRIORITY);
		json_out_key(&o, "template");
		json_out_object(&o);
	}
	add_mappings(&o, version);
	if (!is_stream)
		add_aliases(&o, index);
	if (is_composable(version, is_stream))
		json_out_object_end(&o);
	if (is_stream) {
		json_out_key(&o, "data_stream");
		json_out_object(&o);
		json_out_object_end(&o);
	}
	json_out_object_end(&o);
}

void
elastic_template_path(struct buf *out, struct str index,
    enum elastic_version version, bool is_stream)
{
	buf_addf(out, "%s/%.*s", is_composable(version, is_stream) ?
	    "_index_template" : "_template", STR_ARG(index));
}

bool
elastic_index_check(struct str index, struct err *err)
{
	bool is_good = index.len > 0 && index.len <= INDEX_BYTES_MAX;

	for (size_t i = 0; i < index.len; i++) {
		char c = index.p[i];

		is_good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    (i > 0 && (c == '-' || c == '_' || c == '.'));
	}
	return is_good || err_set(err, "`index` has to be of lower case "
	    "letters, digits, '-', '_' and '.'");
}
