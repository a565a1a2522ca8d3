/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "common/number.h"

#include "sinks/format_otlp.h"
#include "sinks/prometheus_name.h"
#include "sinks/protobuf.h"

/* Fields of Resource and NumberDataPoint. */
#define RESOURCE_ATTRIBUTES 1
#define POINT_START PROTOBUF_FIXED64(2)
#define POINT_TIME PROTOBUF_FIXED64(3)
#define POINT_DOUBLE PROTOBUF_FIXED64(4)
#define POINT_INT PROTOBUF_FIXED64(6)
#define POINT_ATTRIBUTES 7

/* A point of the set in work. */
struct otlp_item {
	uint32_t order;
	enum metric metric;
	enum otlp_resource kind;
	const struct resource *resource;	/* not of a composed one */
	size_t name_at, name_len;	/* in names, of a composed one */
	bool is_int;
	bool is_part;		/* with the attribute of its metric */
	int64_t i;
	double d;
};

size_t
otlp_record_len(struct str rest)
{
	struct otlp_record record;

	if (rest.len < sizeof record)
		return rest.len;
	memcpy(&record, rest.p, sizeof record);
	return record.n_bytes < sizeof record || record.n_bytes > rest.len ?
	    rest.len : record.n_bytes;
}

static void
add_image(struct otlp_attributes *a, struct str image)
{
	struct str name = str_cut(&image, '@');	/* no digest */
	size_t tag = name.len;

	while (tag > 0 && name.p[tag - 1] != ':' && name.p[tag - 1] != '/')
		tag--;
	if (tag < 2 || name.p[tag - 1] != ':') {
		otlp_attribute(a, STR("container.image.name"), name);
		return;
	}
	otlp_attribute(a, STR("container.image.name"),
	    (struct str){ name.p, tag - 1 });
	otlp_attribute_list(a, STR("container.image.tags"),
	    (struct str){ name.p + tag, name.len - tag });
}

static void
add_stored(struct otlp_attributes *a, struct str prefix,
    const struct metric_set *s)
{
	for (uint32_t i = 0; i < s->n_stored; i++)
		otlp_attribute_of(a, prefix, s->stored[i].key,
		    s->stored[i].value);
}

static void
add_pod(struct otlp_attributes *a, const struct frame *f,
    const struct metric_set *pod)
{
	otlp_attribute(a, STR("k8s.pod.uid"), pod->pod_id);
	otlp_attribute(a, STR("k8s.pod.name"), pod->name);
	otlp_attribute(a, STR("k8s.namespace.name"), pod->namespace_name);
	otlp_attribute(a, STR("k8s.node.name"), f->node);
	add_stored(a, STR("k8s.pod.label."), pod);
}

/* Who the set is. */
static void
add_resource(struct otlp_attributes *a, const struct frame *f,
    const struct metric_set *s, struct str cluster)
{
	switch (s->type) {
	case SET_NODE:
		otlp_attribute(a, STR("k8s.node.name"), f->node);
		otlp_attribute(a, STR("host.name"), f->hostname.len > 0 ?
		    f->hostname : f->node);
		otlp_attribute(a, STR("host.id"), f->host_id);
		add_stored(a, STR("k8s.node.label."), s);
		break;
	case SET_SYS_CONTAINER:
		otlp_attribute(a, STR("k8s.node.name"), f->node);
		otlp_attribute(a, STR("k8s.node.system_container.name"),
		    s->name);
		break;
	case SET_POD:
		add_pod(a, f, s);
		break;
	case SET_POD_CONTAINER:
		add_pod(a, f, &f->sets[s->parent]);
		otlp_attribute(a, STR("k8s.container.name"), s->name);
		add_image(a, s->image);
		break;
	case SET_NAMESPACE:
		otlp_attribute(a, STR("k8s.namespace.name"), s->name);
		break;
	case SET_CLUSTER:
	case SET_TYPE_COUNT:
		break;
	}
	otlp_attribute(a, STR("k8s.cluster.name"), cluster);
}

/* What is counted is an integer, a quotient is not. */
static void
set_value(struct otlp_item *item, const struct point *point)
{
	const struct otlp_metric *o = otlp_metric(point->metric);
	bool is_float = metrics[point->metric].type == METRIC_FLOAT;
	double d = is_float ? point->value.f : (double)point->value.u;

	item->d = d / o->divisor;
	if (o->divisor != 1 || o->kind == OTLP_GAUGE || !(fabs(d) < 0x1p63))
		return;
	item->is_int = true;
	item->i = is_float ? (int64_t)d : (int64_t)point->value.u;
}

/* Those that are minor are all but those that are major. */
static void
take_minor(struct otlp_item *item, const struct metric_set *s)
{
	uint64_t all = s->values[METRIC_MEMORY_PAGE_FAULTS].u;
	uint64_t major = s->values[METRIC_MEMORY_MAJOR_PAGE_FAULTS].u;

	item->is_part = set_has(s, METRIC_MEMORY_MAJOR_PAGE_FAULTS) &&
	    major <= all;
	if (!item->is_part)
		return;
	item->i = (int64_t)(all - major);
	item->d = (double)(all - major);
}

static void
take_point(struct otlp_format *format, const struct frame *f,
    const struct point *point)
{
	const struct metric_set *s = &f->sets[point->set];
	struct otlp_item item = {
		.metric = point->metric,
		.kind = otlp_resource(point->metric, point->resource,
		    s->type),
		.resource = point->resource,
		.is_part = true,
		.name_at = format->names.len,
	};
	struct str resource_id;

	set_value(&item, point);
	if (point->metric == METRIC_MEMORY_PAGE_FAULTS && item.is_int)
		take_minor(&item, s);
	if (metric_is_composed(point->metric)) {
		metric_parse(point->name, &resource_id);
		buf_add_str(&format->names, resource_id);
		item.name_len = resource_id.len;
	}
	/* What is one metric there stands together. */
	item.order = ((uint32_t)otlp_first(item.metric) * 8 + item.kind) *
	    METRIC_COUNT + item.metric;
	buf_add(&format->items, &item, sizeof item);
}

static void
add_point_attributes(struct otlp_attributes *a, const struct otlp_item *item,
    const struct buf *names)
{
	const struct otlp_metric *o = otlp_metric(item->metric);
	const struct resource *r = item->resource;

	if (item->is_part)
		otlp_attribute(a, o->key, o->value);
	switch (item->kind) {
	case OTLP_VOLUME:
		otlp_attribute(a, STR("k8s.volume.name"), (struct str){
		    r->resource_id.p + sizeof "Volume:" - 1,
		    r->resource_id.len - (sizeof "Volume:" - 1) });
		otlp_attribute(a, STR("k8s.persistentvolumeclaim.name"),
		    r->claim);
		break;
	case OTLP_DEVICE:
		otlp_attribute(a, STR("system.device"), r->resource_id);
		break;
	case OTLP_GPU:
		otlp_attribute(a, STR("hw.id"), r->accelerator_id);
		otlp_attribute(a, STR("hw.vendor"), r->make);
		otlp_attribute(a, STR("hw.model"), r->model);
		break;
	case OTLP_OTHER:
		otlp_attribute(a, STR("heapster.resource_id"), r != NULL ?
		    r->resource_id : (struct str){ names->p + item->name_at,
		    item->name_len });
		break;
	case OTLP_ROOT:
	case OTLP_PLAIN:
		break;
	}
}

static void
add_protobuf(struct buf *out, const struct otlp_item *item, int64_t start_ns,
    int64_t at_ns, const struct buf *names)
{
	struct otlp_attributes a;
	uint64_t bits;

	if (start_ns > 0)
		protobuf_add_fixed64(out, POINT_START, (uint64_t)start_ns);
	protobuf_add_fixed64(out, POINT_TIME, (uint64_t)at_ns);
	if (item->is_int) {
		protobuf_add_fixed64(out, POINT_INT, (uint64_t)item->i);
	} else {
		memcpy(&bits, &item->d, sizeof bits);
		protobuf_add_fixed64(out, POINT_DOUBLE, bits);
	}
	a = otlp_attributes(out, OTLP_PROTOBUF, POINT_ATTRIBUTES);
	add_point_attributes(&a, item, names);
}

static void
add_json(struct buf *out, const struct otlp_item *item, int64_t start_ns,
    int64_t at_ns, const struct buf *names)
{
	struct otlp_attributes a;
	size_t begin = out->len;
	char *p;

	buf_add_str(out, STR("{\"attributes\":["));
	a = otlp_attributes(out, OTLP_JSON, POINT_ATTRIBUTES);
	add_point_attributes(&a, item, names);
	if (out->len > a.begin) {
		buf_add_str(out, STR("],"));
	} else {
		out->len = begin;
		buf_add_char(out, '{');
	}
	if (start_ns > 0)
		buf_addf(out, "\"startTimeUnixNano\":\"%" PRId64 "\",",
		    start_ns);
	buf_addf(out, "\"timeUnixNano\":\"%" PRId64 "\",", at_ns);
	if (item->is_int) {
		buf_addf(out, "\"asInt\":\"%" PRId64 "\"}", item->i);
		return;
	}
	buf_add_str(out, STR("\"asDouble\":"));
	p = buf_reserve(out, NUMBER_MAX_BYTES);
	if (p != NULL)
		out->len += print_double(p, item->d);
	buf_add_char(out, '}');
}

static void
add_record(struct buf *out, struct otlp_format *format, const struct frame *f,
    const struct metric_set *s, const struct otlp_item *item)
{
	int64_t start_ns = otlp_metric(item->metric)->kind == OTLP_GAUGE ||
	    s->start_ns > f->window_ns ? 0 : s->start_ns;
	struct otlp_record record = {
		.resource_bytes = (uint32_t)format->resource.len,
		.metric = (uint8_t)item->metric,
		.type = (uint8_t)s->type,
		.resource = (uint8_t)item->kind,
	};

	buf_reset(&format->point);
	if (format->encoding == OTLP_JSON)
		add_json(&format->point, item, start_ns, f->window_ns,
		    &format->names);
	else
		add_protobuf(&format->point, item, start_ns, f->window_ns,
		    &format->names);
	record.n_bytes = (uint32_t)(sizeof record + format->resource.len +
	    format->point.len);
	buf_add(out, &record, sizeof record);
	buf_add_str(out, buf_str(&format->resource));
	buf_add_str(out, buf_str(&format->point));
	out->failed |= format->point.failed;
}

/* They are few, and nearly in order. */
static void
sort(struct otlp_item *items, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct otlp_item item = items[i];
		size_t at = i;

		for (; at > 0 && items[at - 1].order > item.order; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

/* All points of the set in work. */
static uint64_t
end_set(struct buf *out, struct otlp_format *format, const struct frame *f,
    size_t set)
{
	struct otlp_item *items = (void *)format->items.p;
	size_t n = format->items.len / sizeof *items;
	struct otlp_attributes a;

	if (n == 0)
		return 0;
	buf_reset(&format->resource);
	a = otlp_attributes(&format->resource, format->encoding,
	    RESOURCE_ATTRIBUTES);
	add_resource(&a, f, &f->sets[set], format->cluster);
	out->failed |= format->items.failed || format->names.failed ||
	    format->resource.failed;
	sort(items, n);
	for (size_t i = 0; i < n; i++)
		add_record(out, format, f, &f->sets[set], &items[i]);
	buf_reset(&format->items);
	buf_reset(&format->names);
	return n;
}

uint64_t
format_otlp(struct buf *out, struct otlp_format *format, const struct frame *f)
{
	struct point point;
	size_t set = 0;
	uint64_t n = 0;

	buf_reset(&format->items);
	buf_reset(&format->names);
	points_begin(&format->points, f, &format->filter);
	while (points_next(&format->points, &point)) {
		if (prometheus_name(point.metric)->is_rate &&
		    !format->want_rates)
			continue;
		if (point.set != set)
			n += end_set(out, format, f, set);
		set = point.set;
		take_point(format, f, &point);
	}
	return n + end_set(out, format, f, set);
}

void
otlp_format_fini(struct otlp_format *format)
{
	points_fini(&format->points);
	buf_fini(&format->items);
	buf_fini(&format->names);
	buf_fini(&format->resource);
	buf_fini(&format->point);
}
