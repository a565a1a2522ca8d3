/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/number.h"
#include "common/number_put.h"
#include "common/timestamp.h"

#include "sinks/byte_map.h"
#include "sinks/decimal.h"
#include "sinks/format_graphite.h"
#include "sinks/metric_text.h"

/* What stands in each place: blanks and control characters are '_' in all, as
 * they would end a path. */
enum place { PREFIX, PART, METRIC, TAG_KEY, TAG_VALUE, PLACE_COUNT };
static struct byte_map maps[PLACE_COUNT];

static struct metric_texts paths;

/* The slashes of a metric's name are dots. */
static void
add_path(struct buf *out, enum metric m)
{
	byte_map_add(out, &maps[METRIC], metrics[m].name);
}

static void
make_tables(void)
{
	static const char *const specials[PLACE_COUNT] = {
		[PREFIX] = " ", [PART] = " ./", [METRIC] = " ;",
		[TAG_KEY] = " ;!^=", [TAG_VALUE] = " ;",
	};

	for (size_t i = 0; i < PLACE_COUNT; i++)
		byte_map_make(&maps[i], specials[i], '_');
	maps[METRIC].to['/'] = '.';
	metric_texts_make(&paths, add_path);
}

static void
add(struct buf *out, struct str s, enum place place)
{
	byte_map_add(out, &maps[place], s);
}

/* An empty part is '_': two dots in a row are no path. */
static void
add_part(struct buf *out, struct str before, struct str name, enum place place)
{
	buf_add_str(out, before);
	add(out, name.len == 0 ? STR("_") : name, place);
}

static struct str
label(const struct label_list *labels, struct str key)
{
	for (size_t i = 0; i < labels->n; i++)
		if (str_eq(labels->items[i].key, key))
			return labels->items[i].value;
	return (struct str){ NULL, 0 };
}

static void
make_path(struct buf *path, struct str prefix, enum set_type type,
    const struct label_list *labels)
{
	static const struct str container = STR_INIT("container_name"),
	    namespace_name = STR_INIT("namespace_name");

	buf_reset(path);
	add(path, prefix, PREFIX);
	if (type == SET_CLUSTER)
		buf_add_str(path, STR(".cluster"));
	else if (type == SET_NAMESPACE)
		add_part(path, STR(".namespaces."),
		    label(labels, namespace_name), PREFIX);
	else
		add_part(path, STR(".nodes."), label(labels, STR("hostname")),
		    PART);
	if (type == SET_SYS_CONTAINER)
		add_part(path, STR(".sys-containers."),
		    label(labels, container), PART);
	if (type == SET_POD || type == SET_POD_CONTAINER) {
		add_part(path, STR(".pods."), label(labels, namespace_name),
		    PREFIX);
		add_part(path, STR("."), label(labels, STR("pod_name")), PART);
	}
	if (type == SET_POD_CONTAINER)
		add_part(path, STR(".containers."), label(labels, container),
		    PART);
	buf_add_char(path, '.');
}

static bool
take_tag(const void *arg, struct label *label, struct buf *names)
{
	(void)arg;
	(void)names;
	return label->key.len > 0 && !str_is(label->key, "host_id") &&
	    !str_is(label->key, "hostname") &&
	    !str_is(label->key, "namespace_id") &&
	    !str_is(label->key, "pod_id");
}

/* A value may not be empty, nor begin with '~'. */
static void
write_tag(const void *arg, struct buf *out, const struct label *label)
{
	(void)arg;
	if (label->value.len == 0)
		return;
	buf_add_char(out, ';');
	add(out, label->key, TAG_KEY);
	buf_add_char(out, '=');
	if (label->value.p[0] == '~')
		buf_add_char(out, '_');
	add(out, label->value, TAG_VALUE);
}

/* Where the metric is of no resource and has a name of its own, there is
 * nothing to do. */
static struct str
find_metric(struct graphite_format *format, const struct point *point)
{
	const struct resource *r = format->want_resources ? point->resource :
	    NULL;
	struct str name = point->name, first, id = { NULL, 0 };
	struct buf *out = &format->metric;

	if (r != NULL)
		id = r->resource_id.len > 0 ? r->resource_id :
		    r->accelerator_id;
	if (id.len == 0 && !metric_is_composed(point->metric))
		return metric_text(&paths, point->metric);
	buf_reset(out);
	first = str_cut(&name, '/');
	add(out, first, METRIC);
	if (id.len > 0)
		add_part(out, STR("."), id, PART);
	if (name.p != NULL) {
		buf_add_char(out, '.');
		add(out, name, METRIC);
	}
	return buf_str(out);
}

/* end begins with a blank, too. */
static void
add_line(struct buf *out, const struct point *point, struct str head,
    struct str metric, struct str tags, struct str end)
{
	char *p = buf_reserve(out, head.len + metric.len + tags.len +
	    DECIMAL_MAX_BYTES + end.len + 1);

	if (p == NULL)
		return;
	p = str_put(p, head);
	p = str_put(p, metric);
	p = str_put(p, tags);
	*p++ = ' ';
	if (metrics[point->metric].type == METRIC_FLOAT)
		p += print_millionths(p, point->value.f);
	else
		p = number_put_u64(p, point->value.u);
	p = str_put(p, end);
	out->len = (size_t)(p - out->p);
}

/* What stands before the metric. */
static struct str
find_head(struct graphite_format *format, const struct frame *f,
    const struct point *point)
{
	if (format->set != point->set && !format->want_tags)
		make_path(&format->path, format->prefix,
		    f->sets[point->set].type, point->labels);
	format->set = point->set;
	return buf_str(&format->path);
}

static void
begin(struct graphite_format *format)
{
	make_tables();
	format->set = SIZE_MAX;
	label_text_begin(&format->tags);
	if (!format->want_tags)
		return;
	buf_reset(&format->path);
	byte_map_add(&format->path, &maps[TAG_VALUE], format->prefix);
	buf_add_char(&format->path, '.');
}

uint64_t
format_graphite(struct buf *out, struct graphite_format *format,
    const struct frame *f)
{
	static const struct label_text_how how = {
		.take = take_tag,
		.write = write_tag,
	};
	char text[NUMBER_MAX_BYTES + 2];
	struct str end = { text, 0 }, tags = { "", 0 };
	struct point point;
	uint64_t n = 0;

	begin(format);
	text[0] = ' ';
	end.len = 1 + print_i64(text + 1, f->window_ns / NS_PER_S);
	text[end.len++] = '\n';
	format->points.leaves_labels = true;
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		if (format->want_tags)
			tags = label_text(&format->tags, &how, &format->points,
			    &point);
		add_line(out, &point, find_head(format, f, &point),
		    find_metric(format, &point), tags, end);
		n++;
	}
	return n;
}

void
graphite_format_fini(struct graphite_format *format)
{
	points_fini(&format->points);
	label_text_fini(&format->tags);
	buf_fini(&format->path);
	buf_fini(&format->metric);
}
