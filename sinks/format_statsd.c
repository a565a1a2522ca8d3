/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "sinks/byte_map.h"
#include "sinks/decimal.h"
#include "sinks/format_statsd.h"
#include "sinks/label_text.h"

static bool
is_allowed(const struct statsd_format *format, struct str key)
{
	for (size_t i = 0; i < format->n_allowed; i++)
		if (str_eq(format->allowed[i], key))
			return true;
	return format->n_allowed == 0;
}

/* Absent if it is not there, or not allowed. */
static struct str
find(const struct statsd_format *format, const struct label_list *labels,
    const char *key)
{
	for (size_t i = 0; i < labels->n; i++)
		if (str_is(labels->items[i].key, key))
			return is_allowed(format, labels->items[i].key) ?
			    labels->items[i].value : (struct str){ NULL, 0 };
	return (struct str){ NULL, 0 };
}

static void
add(struct buf *out, const struct statsd_format *format, struct str s)
{
	static struct byte_map influx, etsy, strict;

	byte_map_make(&influx, ",:=|", '_');
	byte_map_make(&etsy, ".=|", '_');
	byte_map_make(&strict, ".=|:/, ", '_');
	byte_map_add(out, format->is_influx ? &influx :
	    format->is_strict ? &strict : &etsy, s);
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* What is no letter, digit nor '_' begins a word, for Go. */
static bool
is_word_byte(char c)
{
	return upper(c) != c || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

/* The name from byte begin on, without '_' and with capitals instead. */
static void
make_camel(struct buf *out, size_t begin, bool is_lower)
{
	size_t n = begin;
	bool is_first = true;

	for (size_t i = begin; i < out->len; i++) {
		char c = out->p[i];

		if (c == '_') {
			is_first = true;
			continue;
		}
		out->p[n++] = is_first ? upper(c) : c;
		is_first = !is_word_byte(c);
	}
	out->len = n;
	if (is_lower && n > begin && out->p[begin] >= 'A' &&
	    out->p[begin] <= 'Z')
		out->p[begin] = (char)(out->p[begin] - 'A' + 'a');
}

static void
add_key(struct buf *out, const struct statsd_format *format, struct str key)
{
	size_t begin = out->len;
	struct str clean;

	add(out, format, key);
	if (out->failed)
		return;
	clean = (struct str){ out->p + begin, out->len - begin };
	for (size_t i = 0; i < format->n_renames; i++)
		if (str_eq(format->renames[i].key, clean)) {
			out->len = begin;
			buf_add_str(out, format->renames[i].value);
			break;
		}
	if (format->style != STATSD_AS_IS && !out->failed)
		make_camel(out, begin, format->style == STATSD_LOWER_CAMEL);
}

/* "k:v,k:v": what has a second part, which is the value. */
static void
put_object_labels(struct label_list *list, struct str text)
{
	while (text.p != NULL && text.len > 0) {
		struct str value = str_cut(&text, ',');
		struct str key = str_cut(&value, ':');

		if (value.p != NULL)
			label_list_put(list, (struct label){ key,
			    str_cut(&value, ':') }, true);
	}
}

static void
add_entity(struct statsd_format *format, enum set_type type,
    const struct label_list *labels)
{
	struct buf *out = &format->head;
	const struct { const char *word, *key; unsigned types; } parts[] = {
		{ "node.", "hostname", ON_N | ON_S | ON_P | ON_C },
		{ "namespace.", "namespace_name", ON_P | ON_C | ON_M },
		{ "pod.", "pod_name", ON_P | ON_C },
		{ "container.", "container_name", ON_C },
		{ "sys-container.", "container_name", ON_S },
	};
	static const unsigned bits[SET_TYPE_COUNT] = {
		[SET_NODE] = ON_N, [SET_SYS_CONTAINER] = ON_S,
		[SET_POD] = ON_P, [SET_POD_CONTAINER] = ON_C,
		[SET_NAMESPACE] = ON_M, [SET_CLUSTER] = ON_K,
	};

	if (type == SET_CLUSTER)
		buf_add_str(out, STR("cluster."));
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if ((parts[i].types & bits[type]) == 0)
			continue;
		buf_add_str(out, str_of(parts[i].word));
		add(out, format, find(format, labels, parts[i].key));
		buf_add_char(out, '.');
	}
}

/* The path before the metric. */
static void
make_path(struct statsd_format *format, enum set_type type,
    const struct label_list *labels)
{
	struct label_list own = { .n = 0 };

	buf_reset(&format->head);
	format->has_type = find(format, labels, "type").p != NULL;
	add(&format->head, format, format->prefix);
	if (format->prefix.len > 0)
		buf_add_char(&format->head, '.');
	add_entity(format, type, labels);
	put_object_labels(&own, find(format, labels, "labels"));
	for (size_t i = 0; i < own.n; i++) {
		if (own.items[i].value.len == 0)
			continue;
		add_key(&format->head, format, own.items[i].key);
		buf_add_char(&format->head, '.');
		add(&format->head, format, own.items[i].value);
		buf_add_char(&format->head, '.');
	}
}

/* The tags behind the metric. */
static void
make_tags(struct statsd_format *format, const struct label_list *labels)
{
	struct label_list tags = { .n = 0 };

	for (size_t i = 0; i < labels->n; i++) {
		if (!is_allowed(format, labels->items[i].key))
			continue;
		if (str_is(labels->items[i].key, "labels"))
			put_object_labels(&tags, labels->items[i].value);
		else
			label_list_put(&tags, labels->items[i], true);
	}
	buf_reset(&format->head);
	format->has_type = true;
	for (size_t i = 0; i < tags.n; i++) {
		if (tags.items[i].value.len == 0)
			continue;
		buf_add_char(&format->head, ',');
		add_key(&format->head, format, tags.items[i].key);
		buf_add_char(&format->head, '=');
		add(&format->head, format, tags.items[i].value);
	}
}

static void
add_name(struct buf *out, struct statsd_format *format,
    const struct point *point)
{
	struct str resource;

	if (format->is_influx) {
		buf_add_str(out, format->prefix);
		add(out, format, point->name);
		buf_add_str(out, buf_str(&format->head));
		return;
	}
	buf_add_str(out, buf_str(&format->head));
	add(out, format, point->name);
	resource = point->resource == NULL ? (struct str){ NULL, 0 } :
	    find(format, point->labels, "resource_id");
	if (resource.len > 0) {
		buf_add_char(out, '.');
		add(out, format, resource);
	}
}

static void
add_value(struct buf *out, const struct point *point)
{
	char text[DECIMAL_MAX_BYTES];

	buf_add_char(out, ':');
	if (metrics[point->metric].type == METRIC_FLOAT)
		buf_add(out, text, print_go_value(text, point->value.f));
	else
		buf_add_u64(out, point->value.u);
	buf_add_str(out, STR("|g\n"));
}

uint64_t
format_statsd(struct buf *out, struct statsd_format *format,
    const struct frame *f)
{
	struct point point;
	uint64_t n = 0;

	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		if (point.has_new_labels && format->is_influx)
			make_tags(format, point.labels);
		else if (point.has_new_labels)
			make_path(format, f->sets[point.set].type,
			    point.labels);
		if (!format->has_type)
			continue;
		add_name(out, format, &point);
		add_value(out, &point);
		n++;
	}
	return n;
}

void
statsd_format_fini(struct statsd_format *format)
{
	points_fini(&format->points);
	buf_fini(&format->head);
}
