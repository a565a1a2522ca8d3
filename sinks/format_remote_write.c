/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "common/timestamp.h"
#include "common/varint.h"

#include "sinks/format_remote_write.h"
#include "sinks/metric_text.h"

/* A field's number and how it is written. */
enum {
	SERIES = 1 << 3 | 2, SERIES_LABEL = 1 << 3 | 2,
	SERIES_SAMPLE = 2 << 3 | 2, LABEL_NAME = 1 << 3 | 2,
	LABEL_VALUE = 2 << 3 | 2, SAMPLE_VALUE = 1 << 3 | 1,
	SAMPLE_TIME = 2 << 3 | 0,
};

static char *
put_varint(char *p, uint64_t v)
{
	return (char *)varint_put((unsigned char *)p, v);
}

/* With its tag. */
static size_t
text_len(size_t n)
{
	return 1 + varint_len(n) + n;
}

static char *
put_text(char *p, char tag, struct str s)
{
	*p++ = tag;
	return str_put(put_varint(p, s.len), s);
}

static void
add_label(struct buf *out, const struct label *l)
{
	size_t len = text_len(l->key.len) + text_len(l->value.len);
	char *p = buf_reserve(out, text_len(len));

	if (p == NULL)
		return;
	*p++ = SERIES_LABEL;
	p = put_varint(p, len);
	p = put_text(p, LABEL_NAME, l->key);
	p = put_text(p, LABEL_VALUE, l->value);
	out->len = (size_t)(p - out->p);
}

#define NAME STR("__name__")
#define SERIES_BYTES_MAX 64	/* without the labels */

/* name and labels are fields already. */
static void
add_series(struct buf *out, struct str name, struct str labels, double value,
    int64_t at_ms)
{
	uint64_t bits, time = (uint64_t)at_ms;
	size_t n_sample = 1 + sizeof bits + 1 + varint_len(time);
	char *p = buf_reserve(out, name.len + labels.len + SERIES_BYTES_MAX);

	if (p == NULL)
		return;
	memcpy(&bits, &value, sizeof bits);
	bits = htole64(bits);
	*p++ = SERIES;
	p = put_varint(p, name.len + labels.len + text_len(n_sample));
	p = str_put(p, name);
	p = str_put(p, labels);
	*p++ = SERIES_SAMPLE;
	p = put_varint(p, n_sample);
	*p++ = SAMPLE_VALUE;
	memcpy(p, &bits, sizeof bits);
	p += sizeof bits;
	*p++ = SAMPLE_TIME;
	p = put_varint(p, time);
	out->len = (size_t)(p - out->p);
}

void
remote_write_series(struct buf *out, const struct label *labels, size_t n,
    double value, int64_t at_ms)
{
	struct buf fields = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		add_label(&fields, &labels[i]);
	if (fields.failed)
		out->failed = true;
	add_series(out, STR(""), buf_str(&fields), value, at_ms);
	buf_fini(&fields);
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

static bool
take_label(const void *arg, struct label *label, struct buf *names)
{
	const struct prometheus_labels *labels = arg;
	size_t begin = names->len;

	if (label->value.len == 0 ||
	    !prometheus_label(names, label->key, labels->is_wanted))
		return false;
	label->key = (struct str){ names->p + begin, names->len - begin };
	return true;
}

static void
write_label(const void *arg, struct buf *out, const struct label *label)
{
	(void)arg;
	add_label(out, label);
}

static struct metric_texts names;

static void
add_name(struct buf *out, enum metric m)
{
	struct label name = { NAME, prometheus_name(m)->name };

	add_label(out, &name);
}

/* The resource is a label of this point alone. */
static void
add_composed(struct buf *out, struct remote_write_format *format,
    const struct point *point, double value, int64_t at_ms)
{
	struct label_list list = format->fields.list;
	struct label resource = { STR("resource_id"), STR("") };

	metric_parse(point->name, &resource.value);
	if (resource.value.len > 0)
		label_list_put(&list, resource, false);
	buf_reset(&format->all);
	add_name(&format->all, point->metric);
	for (size_t i = 0; i < list.n; i++)
		add_label(&format->all, &list.items[i]);
	add_series(out, STR(""), buf_str(&format->all), value, at_ms);
}

uint64_t
format_remote_write(struct buf *out, struct remote_write_format *format,
    const struct frame *f)
{
	const struct label_text_how how = {
		.take = take_label,
		.write = write_label,
		.arg = &format->labels,
		.extra = { STR("cluster"), format->labels.cluster },
	};
	int64_t at_ms = f->window_ns / NS_PER_MS;
	struct point point;
	uint64_t n = 0;

	metric_texts_make(&names, add_name);
	label_text_begin(&format->fields);
	format->points.leaves_labels = true;
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		double value = prometheus_value(&point);
		struct str labels;

		if (prometheus_name(point.metric)->is_rate &&
		    !format->labels.want_rates)
			continue;
		labels = label_text(&format->fields, &how, &format->points,
		    &point);
		if (metric_is_composed(point.metric))
			add_composed(out, format, &point, value, at_ms);
		else
			add_series(out, metric_text(&names, point.metric),
			    labels, value, at_ms);
		n++;
	}
	return n;
}

void
remote_write_format_fini(struct remote_write_format *format)
{
	points_fini(&format->points);
	label_text_fini(&format->fields);
	prometheus_labels_fini(&format->labels);
	buf_fini(&format->all);
}
