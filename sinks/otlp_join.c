/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "common/json_out.h"
#include "common/number.h"

#include "sinks/otlp_join.h"
#include "sinks/protobuf.h"

#define CUMULATIVE 2
#define ANSWER_ARENA_BYTES 65536

/* The record that records begin with, and what is in it. */
struct taken {
	struct otlp_record head;
	struct str resource, point;
};

static struct taken
take(struct str *records)
{
	struct str all = { records->p, otlp_record_len(*records) };
	struct taken t;

	memcpy(&t.head, all.p, sizeof t.head);
	t.resource = (struct str){ all.p + sizeof t.head,
	    t.head.resource_bytes };
	t.point = (struct str){ t.resource.p + t.resource.len,
	    all.len - sizeof t.head - t.resource.len };
	records->p += all.len;
	records->len -= all.len;
	return t;
}

static void
metric_protobuf(struct otlp_join *j, const struct otlp_metric *o)
{
	bool is_gauge = o->kind == OTLP_GAUGE;
	size_t n_data = j->points.len + (is_gauge ? 0 :
	    o->kind == OTLP_COUNTER ? 4 : 2);

	protobuf_add_varint(&j->metrics, PROTOBUF_BYTES(2),
	    protobuf_bytes_len(j->last_name.len) +
	    protobuf_bytes_len(o->unit.len) + protobuf_bytes_len(n_data));
	protobuf_add_bytes(&j->metrics, PROTOBUF_BYTES(1),
	    buf_str(&j->last_name));
	protobuf_add_bytes(&j->metrics, PROTOBUF_BYTES(3), o->unit);
	protobuf_add_varint(&j->metrics, is_gauge ? PROTOBUF_BYTES(5) :
	    PROTOBUF_BYTES(7), n_data);
	buf_add_str(&j->metrics, buf_str(&j->points));
	if (!is_gauge) {
		buf_add_char(&j->metrics, PROTOBUF_VARINT(2));
		buf_add_char(&j->metrics, CUMULATIVE);
	}
	if (o->kind == OTLP_COUNTER) {
		buf_add_char(&j->metrics, PROTOBUF_VARINT(3));
		buf_add_char(&j->metrics, 1);
	}
}

static void
metric_json(struct otlp_join *j, const struct otlp_metric *o)
{
	struct buf *out = &j->metrics;

	buf_add_str(out, out->len > 0 ? STR(",{\"name\":\"") :
	    STR("{\"name\":\""));
	buf_add_str(out, buf_str(&j->last_name));
	buf_add_str(out, STR("\",\"unit\":\""));
	buf_add_str(out, o->unit);
	buf_add_str(out, o->kind == OTLP_GAUGE ? STR("\",\"gauge\":{") :
	    o->kind == OTLP_COUNTER ? STR("\",\"sum\":{"
	    "\"aggregationTemporality\":2,\"isMonotonic\":true,") :
	    STR("\",\"sum\":{\"aggregationTemporality\":2,"
	    "\"isMonotonic\":false,"));
	buf_add_str(out, STR("\"dataPoints\":["));
	buf_add_str(out, buf_str(&j->points));
	buf_add_str(out, STR("]}}"));
}

static void
add_point(struct otlp_join *j, struct str point)
{
	if (j->encoding == OTLP_JSON) {
		if (j->points.len > 0)
			buf_add_char(&j->points, ',');
		buf_add_str(&j->points, point);
	} else {
		protobuf_add_bytes(&j->points, PROTOBUF_BYTES(1), point);
	}
}

/* All points of the metric are in hand. */
static void
end_metric(struct otlp_join *j, const struct taken *last)
{
	const struct otlp_metric *o =
	    otlp_metric((enum metric)last->head.metric);

	if (j->encoding == OTLP_JSON)
		metric_json(j, o);
	else
		metric_protobuf(j, o);
	buf_reset(&j->points);
}

static void
resource_protobuf(struct buf *out, struct otlp_join *j, struct str resource)
{
	struct buf *scopes = &j->scopes;

	buf_reset(scopes);
	protobuf_add_varint(scopes, PROTOBUF_BYTES(1),
	    protobuf_bytes_len(j->scope.len) +
	    protobuf_bytes_len(j->version.len));
	protobuf_add_bytes(scopes, PROTOBUF_BYTES(1), j->scope);
	protobuf_add_bytes(scopes, PROTOBUF_BYTES(2), j->version);
	buf_add_str(scopes, buf_str(&j->metrics));
	protobuf_add_varint(out, PROTOBUF_BYTES(1),
	    protobuf_bytes_len(resource.len) +
	    protobuf_bytes_len(scopes->len) +
	    protobuf_bytes_len(j->schema.len));
	protobuf_add_bytes(out, PROTOBUF_BYTES(1), resource);
	protobuf_add_bytes(out, PROTOBUF_BYTES(2), buf_str(scopes));
	protobuf_add_bytes(out, PROTOBUF_BYTES(3), j->schema);
}

static void
resource_json(struct buf *out, struct otlp_join *j, struct str resource)
{
	if (out->len > 0 && out->p[out->len - 1] == '}')
		buf_add_char(out, ',');
	buf_add_str(out, STR("{\"resource\":{\"attributes\":["));
	buf_add_str(out, resource);
	buf_add_str(out, STR("]},\"scopeMetrics\":[{\"scope\":{\"name\":"));
	json_quote(out, j->scope, false);
	buf_add_str(out, STR(",\"version\":"));
	json_quote(out, j->version, false);
	buf_add_str(out, STR("},\"metrics\":["));
	buf_add_str(out, buf_str(&j->metrics));
	buf_add_str(out, STR("]}],\"schemaUrl\":"));
	json_quote(out, j->schema, false);
	buf_add_char(out, '}');
}

/* All metrics of the resource are in hand. */
static void
end_resource(struct buf *out, struct otlp_join *j, struct str resource)
{
	if (j->encoding == OTLP_JSON)
		resource_json(out, j, resource);
	else
		resource_protobuf(out, j, resource);
	buf_reset(&j->metrics);
}

static void
join_all(struct buf *out, struct otlp_join *j, struct str records)
{
	struct taken last = { .point = STR("") };
	bool is_first = true;

	buf_reset(&j->points);
	buf_reset(&j->metrics);
	while (records.len > 0) {
		struct taken t = take(&records);
		bool is_other = is_first || !str_eq(t.resource, last.resource);

		buf_reset(&j->name);
		otlp_name(&j->name, (enum metric)t.head.metric,
		    (enum set_type)t.head.type,
		    (enum otlp_resource)t.head.resource);
		if (!is_first && (is_other ||
		    !str_eq(buf_str(&j->name), buf_str(&j->last_name))))
			end_metric(j, &last);
		if (!is_first && is_other)
			end_resource(out, j, last.resource);
		add_point(j, t.point);
		buf_reset(&j->last_name);
		buf_add_str(&j->last_name, buf_str(&j->name));
		last = t;
		is_first = false;
	}
	if (is_first)
		return;
	end_metric(j, &last);
	end_resource(out, j, last.resource);
}

void
otlp_join(struct buf *out, struct otlp_join *join, struct str records)
{
	if (join->encoding == OTLP_JSON)
		buf_add_str(out, STR("{\"resourceMetrics\":["));
	join_all(out, join, records);
	if (join->encoding == OTLP_JSON)
		buf_add_str(out, STR("]}"));
	out->failed |= join->points.failed || join->metrics.failed ||
	    join->name.failed || join->last_name.failed || join->scopes.failed;
}

void
otlp_join_fini(struct otlp_join *join)
{
	buf_fini(&join->points);
	buf_fini(&join->metrics);
	buf_fini(&join->name);
	buf_fini(&join->last_name);
	buf_fini(&join->scopes);
}

static bool
answer_protobuf(struct str body, uint64_t *n_rejected, struct buf *reason)
{
	struct str success, bytes;
	unsigned field;
	uint64_t v;

	while (protobuf_next(&body, &field, &v, &success)) {
		if (field != 1)
			continue;
		while (protobuf_next(&success, &field, &v, &bytes)) {
			if (field == 1)
				*n_rejected = v;
			else if (field == 2)
				buf_add_str(reason, bytes);
		}
		if (success.len > 0)
			return false;
	}
	return body.len == 0;
}

/* 64-bit integers are strings there, or numbers. */
static void
json_count(struct json *j, uint64_t *n)
{
	struct str raw;

	if (!json_raw(j, &raw))
		return;
	if (raw.len > 2 && raw.p[0] == '"')
		raw = (struct str){ raw.p + 1, raw.len - 2 };
	if (!parse_u64(raw, n))
		json_fail(j, "expected a number of points");
}

static void
json_success(struct json *j, uint64_t *n_rejected, struct buf *reason)
{
	static const struct json_keys keys =
	    JSON_KEYS("rejectedDataPoints", "errorMessage");
	unsigned hint = 0;
	struct str text;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		if (k == 0)
			json_count(j, n_rejected);
		else if (k != 1)
			json_skip(j);
		else if (json_str(j, &text))
			buf_add_str(reason, text);
	}
}

static bool
answer_json(struct str body, uint64_t *n_rejected, struct buf *reason)
{
	static const struct json_keys keys = JSON_KEYS("partialSuccess");
	unsigned hint = 0;
	struct arena a;
	struct json j;
	struct err err;
	bool is_good;

	arena_init(&a, ANSWER_ARENA_BYTES);
	json_begin(&j, body, &a);
	json_object_begin(&j);
	for (int k; (k = json_object_next(&j, &keys, &hint)) != JSON_END;) {
		if (k == 0)
			json_success(&j, n_rejected, reason);
		else
			json_skip(&j);
	}
	is_good = json_end(&j, &err);
	arena_fini(&a);
	return is_good;
}

bool
otlp_answer(struct str body, enum otlp_encoding encoding,
    uint64_t *n_rejected, struct buf *reason)
{
	*n_rejected = 0;
	if (body.len == 0)
		return true;
	return encoding == OTLP_JSON ?
	    answer_json(body, n_rejected, reason) :
	    answer_protobuf(body, n_rejected, reason);
}
