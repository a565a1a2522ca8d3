/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "common/timestamp.h"

#include "sinks/format_remote_write.h"

/* A field's number and how it is written. */
enum {
	SERIES = 1 << 3 | 2, SERIES_LABEL = 1 << 3 | 2,
	SERIES_SAMPLE = 2 << 3 | 2, LABEL_NAME = 1 << 3 | 2,
	LABEL_VALUE = 2 << 3 | 2, SAMPLE_VALUE = 1 << 3 | 1,
	SAMPLE_TIME = 2 << 3 | 0,
};

static size_t
varint_len(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

static void
add_varint(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_add_char(out, (char)(v | 0x80));
	buf_add_char(out, (char)v);
}

static size_t
text_len(size_t n)
{
	return 1 + varint_len(n) + n;
}

static void
add_text(struct buf *out, char tag, struct str s)
{
	buf_add_char(out, tag);
	add_varint(out, s.len);
	buf_add_str(out, s);
}

static size_t
label_len(const struct label *l)
{
	return text_len(l->key.len) + text_len(l->value.len);
}

static void
add_sample(struct buf *out, double value, int64_t at_ms)
{
	uint64_t bits, time = (uint64_t)at_ms;

	memcpy(&bits, &value, sizeof bits);
	bits = htole64(bits);
	buf_add_char(out, SERIES_SAMPLE);
	add_varint(out, 1 + sizeof bits + 1 + varint_len(time));
	buf_add_char(out, SAMPLE_VALUE);
	buf_add(out, &bits, sizeof bits);
	buf_add_char(out, SAMPLE_TIME);
	add_varint(out, time);
}

static void
add_label(struct buf *out, const struct label *l)
{
	buf_add_char(out, SERIES_LABEL);
	add_varint(out, label_len(l));
	add_text(out, LABEL_NAME, l->key);
	add_text(out, LABEL_VALUE, l->value);
}

/* Begins a record whose labels have so many bytes. */
static void
begin_series(struct buf *out, size_t n_bytes, int64_t at_ms)
{
	buf_add_char(out, SERIES);
	add_varint(out, n_bytes + text_len(1 + sizeof(uint64_t) + 1 +
	    varint_len((uint64_t)at_ms)));
}

void
remote_write_series(struct buf *out, const struct label *labels, size_t n,
    double value, int64_t at_ms)
{
	size_t n_bytes = 0;

	for (size_t i = 0; i < n; i++)
		n_bytes += text_len(label_len(&labels[i]));
	begin_series(out, n_bytes, at_ms);
	for (size_t i = 0; i < n; i++)
		add_label(out, &labels[i]);
	add_sample(out, value, at_ms);
}

size_t
remote_write_record_len(struct str rest)
{
	uint64_t len = 0;
	size_t at = 1;
	unsigned shift = 0;

	do {
		if (at == rest.len || shift > 56)
			return rest.len;
		len |= (uint64_t)(rest.p[at] & 0x7f) << shift;
		shift += 7;
	} while ((rest.p[at++] & 0x80) != 0);
	return len > rest.len - at ? rest.len : at + (size_t)len;
}

/* The resource is a label of this point alone. */
static void
add_composed(struct buf *out, struct remote_write_format *format,
    const struct point *point, struct label name, double value, int64_t at_ms)
{
	struct prometheus_labels *labels = &format->labels;
	struct str resource_id;

	metric_parse(point->name, &resource_id);
	prometheus_labels_put(labels, name);
	prometheus_labels_put(labels,
	    (struct label){ STR("resource_id"), resource_id });
	remote_write_series(out, labels->items, labels->n, value, at_ms);
	format->is_stale = true;
}

static void
add_point(struct buf *out, struct remote_write_format *format,
    const struct point *point, const struct prometheus_name *prometheus,
    int64_t at_ms)
{
	struct prometheus_labels *labels = &format->labels;
	struct label name = { STR("__name__"), prometheus->name };
	double value = prometheus_value(point);

	if (point->has_new_labels || format->is_stale) {
		prometheus_labels_take(labels, point->labels);
		buf_reset(&format->encoded);
		for (size_t i = 0; i < labels->n; i++)
			add_label(&format->encoded, &labels->items[i]);
		format->is_stale = false;
	}
	if (metric_is_composed(point->metric)) {
		add_composed(out, format, point, name, value, at_ms);
		return;
	}
	begin_series(out, text_len(label_len(&name)) + format->encoded.len,
	    at_ms);
	add_label(out, &name);
	buf_add_str(out, buf_str(&format->encoded));
	add_sample(out, value, at_ms);
}

uint64_t
format_remote_write(struct buf *out, struct remote_write_format *format,
    const struct frame *f)
{
	struct point point;
	uint64_t n = 0;

	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		const struct prometheus_name *name =
		    prometheus_name(point.metric);

		/* The next point needs the labels that this one brought. */
		if (name->is_rate && !format->labels.want_rates) {
			format->is_stale |= point.has_new_labels;
			continue;
		}
		add_point(out, format, &point, name, f->window_ns / NS_PER_MS);
		n++;
	}
	return n;
}

void
remote_write_format_fini(struct remote_write_format *format)
{
	points_fini(&format->points);
	prometheus_labels_fini(&format->labels);
	buf_fini(&format->encoded);
}
