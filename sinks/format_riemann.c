/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "common/timestamp.h"
#include "common/varint.h"

#include "sinks/format_riemann.h"
#include "sinks/protobuf.h"

/* A field's number and how it is written. */
enum {
	MSG_OK = PROTOBUF_VARINT(2), MSG_ERROR = PROTOBUF_BYTES(3),
	MSG_EVENT = PROTOBUF_BYTES(6),
	EVENT_TIME = PROTOBUF_VARINT(1), EVENT_STATE = PROTOBUF_BYTES(2),
	EVENT_SERVICE = PROTOBUF_BYTES(3), EVENT_HOST = PROTOBUF_BYTES(4),
	EVENT_TAG = PROTOBUF_BYTES(7), EVENT_TTL = PROTOBUF_FIXED32(8),
	EVENT_ATTRIBUTE = PROTOBUF_BYTES(9),
	EVENT_MICROS = PROTOBUF_VARINT(10), EVENT_SINT = PROTOBUF_VARINT(13),
	EVENT_DOUBLE = PROTOBUF_FIXED64(14),
	ATTRIBUTE_KEY = PROTOBUF_BYTES(1), ATTRIBUTE_VALUE = PROTOBUF_BYTES(2),
};

static struct str
host_of(const struct riemann_format *format, const struct label_list *labels)
{
	for (size_t i = 0; i < labels->n; i++)
		if (str_is(labels->items[i].key, "hostname"))
			return labels->items[i].value;
	return format->host;
}

static void
add_attribute(struct buf *out, const struct label *l)
{
	protobuf_add_varint(out, EVENT_ATTRIBUTE, protobuf_bytes_len(
	    l->key.len) + protobuf_bytes_len(l->value.len));
	protobuf_add_bytes(out, ATTRIBUTE_KEY, l->key);
	protobuf_add_bytes(out, ATTRIBUTE_VALUE, l->value);
}

static void
make_after(struct riemann_format *format, const struct label_list *labels)
{
	struct buf *out = &format->after;

	buf_reset(out);
	protobuf_add_bytes(out, EVENT_HOST, host_of(format, labels));
	for (size_t i = 0; i < format->n_tags; i++)
		protobuf_add_bytes(out, EVENT_TAG, format->tags[i]);
	if (format->ttl_s > 0)
		protobuf_add_float(out, EVENT_TTL, format->ttl_s);
	for (size_t i = 0; i < labels->n; i++)
		add_attribute(out, &labels->items[i]);
}

static void
make_before(struct riemann_format *format, int64_t window_ns)
{
	buf_reset(&format->before);
	protobuf_add_varint(&format->before, EVENT_TIME,
	    (uint64_t)(window_ns / NS_PER_S));
	if (format->state.len > 0)
		protobuf_add_bytes(&format->before, EVENT_STATE,
		    format->state);
}

static bool
is_float(const struct point *point)
{
	return metrics[point->metric].type == METRIC_FLOAT ||
	    point->value.u > INT64_MAX;
}

/* Integers beyond what the field takes are doubles. */
static double
double_of(const struct point *point)
{
	return metrics[point->metric].type == METRIC_FLOAT ? point->value.f :
	    (double)point->value.u;
}

static void
add_event(struct buf *out, const struct riemann_format *format,
    const struct point *point, int64_t window_ns)
{
	uint64_t micros = (uint64_t)(window_ns / NS_PER_US);
	uint64_t folded = varint_fold((int64_t)point->value.u);
	size_t n_value = is_float(point) ? sizeof(double) :
	    varint_len(folded);
	size_t n_micros = format->want_micros ?
	    1 + varint_len(micros) : 0;

	protobuf_add_varint(out, MSG_EVENT, format->before.len +
	    protobuf_bytes_len(point->name.len) + format->after.len +
	    n_micros + 1 + n_value);
	buf_add_str(out, buf_str(&format->before));
	protobuf_add_bytes(out, EVENT_SERVICE, point->name);
	buf_add_str(out, buf_str(&format->after));
	if (format->want_micros)
		protobuf_add_varint(out, EVENT_MICROS, micros);
	if (is_float(point))
		protobuf_add_double(out, EVENT_DOUBLE, double_of(point));
	else
		protobuf_add_varint(out, EVENT_SINT, folded);
}

uint64_t
format_riemann(struct buf *out, struct riemann_format *format,
    const struct frame *f)
{
	struct point point;
	uint64_t n = 0;

	make_before(format, f->window_ns);
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		if (point.has_new_labels)
			make_after(format, point.labels);
		add_event(out, format, &point, f->window_ns);
		n++;
	}
	return n;
}

void
riemann_format_fini(struct riemann_format *format)
{
	points_fini(&format->points);
	buf_fini(&format->before);
	buf_fini(&format->after);
}

size_t
riemann_record_len(struct str rest)
{
	const unsigned char *p = (const unsigned char *)rest.p + 1;
	const unsigned char *end = (const unsigned char *)rest.p + rest.len;
	uint64_t len = varint_read(&p, end);

	return len > (uint64_t)(end - p) ? rest.len :
	    (size_t)(p - (const unsigned char *)rest.p) + (size_t)len;
}

void
riemann_put_header(char *p, uint32_t n)
{
	n = htobe32(n);
	memcpy(p, &n, sizeof n);
}

uint32_t
riemann_header(const char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof n);
	return be32toh(n);
}

/* A number, which may be the length of what follows.  False: it is cut. */
bool
riemann_answer(struct str msg, bool *is_ok, struct str *error)
{
	struct str bytes;
	unsigned field;
	uint64_t v;

	*is_ok = false;
	*error = (struct str){ NULL, 0 };
	while (msg.len > 0) {
		if (!protobuf_next(&msg, &field, &v, &bytes))
			return false;
		if (field == MSG_OK >> 3)
			*is_ok = v != 0;
		else if (field == MSG_ERROR >> 3)
			*error = bytes;
	}
	return true;
}
