/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"
#include "common/timestamp.h"

#include "sinks/format_graphite.h"

/* Blanks and control characters end a path, wherever they are; the others of
 * special are '_' as well. */
static void
add(struct buf *out, struct str s, const char *special)
{
	char *p = buf_reserve(out, s.len);

	if (p == NULL || s.len == 0)
		return;
	for (size_t i = 0; i < s.len; i++)
		p[i] = (unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f ||
		    strchr(special, s.p[i]) != NULL ? '_' : s.p[i];
	out->len += s.len;
}

/* An empty part is '_': two dots in a row are no path. */
static void
add_part(struct buf *out, const char *before, struct str name,
    const char *special)
{
	buf_add_str(out, str_of(before));
	add(out, name.len == 0 ? STR("_") : name, special);
}

static struct str
label(const struct label_list *labels, const char *key)
{
	for (size_t i = 0; i < labels->n; i++)
		if (str_is(labels->items[i].key, key))
			return labels->items[i].value;
	return (struct str){ NULL, 0 };
}

static void
make_path(struct graphite_format *format, enum set_type type,
    const struct label_list *labels)
{
	static const char name[] = "./";
	struct buf *path = &format->place;

	buf_reset(path);
	add(path, format->prefix, "");
	if (type == SET_CLUSTER)
		buf_add_str(path, STR(".cluster"));
	else if (type == SET_NAMESPACE)
		add_part(path, ".namespaces.", label(labels, "namespace_name"),
		    "");
	else
		add_part(path, ".nodes.", label(labels, "hostname"), name);
	if (type == SET_SYS_CONTAINER)
		add_part(path, ".sys-containers.",
		    label(labels, "container_name"), name);
	if (type == SET_POD || type == SET_POD_CONTAINER) {
		add_part(path, ".pods.", label(labels, "namespace_name"), "");
		add_part(path, ".", label(labels, "pod_name"), name);
	}
	if (type == SET_POD_CONTAINER)
		add_part(path, ".containers.", label(labels, "container_name"),
		    name);
	buf_add_char(path, '.');
}

static bool
is_id(struct str key)
{
	return str_is(key, "host_id") || str_is(key, "hostname") ||
	    str_is(key, "namespace_id") || str_is(key, "pod_id");
}

/* A value may not be empty, nor begin with '~'. */
static void
make_tags(struct graphite_format *format, const struct label_list *labels)
{
	struct buf *tags = &format->place;

	buf_reset(tags);
	for (size_t i = 0; i < labels->n; i++) {
		struct label l = labels->items[i];

		if (l.key.len == 0 || l.value.len == 0 || is_id(l.key))
			continue;
		buf_add_char(tags, ';');
		add(tags, l.key, ";!^=");
		buf_add_char(tags, '=');
		if (l.value.p[0] == '~')
			buf_add_char(tags, '_');
		add(tags, l.value, ";");
	}
}

/* The slashes of a metric's name are dots. */
static void
add_metric(struct buf *out, struct str name, const struct resource *r)
{
	size_t begin = out->len;
	struct str first = str_cut(&name, '/');

	add(out, first, ";");
	if (r != NULL && (r->resource_id.len > 0 || r->accelerator_id.len > 0))
		add_part(out, ".", r->resource_id.len > 0 ? r->resource_id :
		    r->accelerator_id, "./");
	if (name.p != NULL) {
		buf_add_char(out, '.');
		add(out, name, ";");
	}
	for (size_t i = begin; i < out->len; i++)
		if (out->p[i] == '/')
			out->p[i] = '.';
}

static void
add_value(struct buf *out, const struct point *point)
{
	if (metrics[point->metric].type == METRIC_FLOAT)
		buf_addf(out, "%f", point->value.f);
	else
		buf_add_u64(out, point->value.u);
}

static void
add_line(struct buf *out, struct graphite_format *format, const struct frame *f,
    const struct point *point)
{
	if (point->has_new_labels) {
		if (format->want_tags)
			make_tags(format, point->labels);
		else
			make_path(format, f->sets[point->set].type,
			    point->labels);
	}
	if (format->want_tags) {
		add(out, format->prefix, ";");
		buf_add_char(out, '.');
		add_metric(out, point->name, NULL);
		buf_add_str(out, buf_str(&format->place));
	} else {
		buf_add_str(out, buf_str(&format->place));
		add_metric(out, point->name,
		    format->want_resources ? point->resource : NULL);
	}
	buf_add_char(out, ' ');
	add_value(out, point);
}

uint64_t
format_graphite(struct buf *out, struct graphite_format *format,
    const struct frame *f)
{
	char end[NUMBER_MAX_BYTES + 2];
	struct point point;
	uint64_t n = 0;
	size_t n_end;

	end[0] = ' ';
	n_end = 1 + print_i64(end + 1, f->window_ns / NS_PER_S);
	end[n_end++] = '\n';
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		add_line(out, format, f, &point);
		buf_add(out, end, n_end);
		n++;
	}
	return n;
}

void
graphite_format_fini(struct graphite_format *format)
{
	points_fini(&format->points);
	buf_fini(&format->place);
}
