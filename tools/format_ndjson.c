/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/json_out.h"
#include "common/labels.h"

#include "tools/format_ndjson.h"

const char *const ndjson_part_times[SET_PART_COUNT] = {
	[SET_MEMORY] = "memory_scraped",
	[SET_NETWORK] = "network_scraped",
	[SET_IO] = "io_scraped",
};

bool
ndjson_is_field(struct str name)
{
	static const struct str fields[] = {
		STR_INIT("time"), STR_INIT("type"), STR_INIT("resolution_us"),
		STR_INIT("started"), STR_INIT("scraped"), STR_INIT("metrics"),
		STR_INIT("resources"),
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (str_eq(name, fields[i]))
			return true;
	for (size_t i = 0; i < SET_PART_COUNT; i++)
		if (str_is(name, ndjson_part_times[i]))
			return true;
	return false;
}

static bool
list_has(const struct ndjson_list *list, struct str s)
{
	for (size_t i = 0; i < list->n; i++)
		if (s.p != NULL && str_is(s, list->items[i]))
			return true;
	return list->n == 0;
}

bool
ndjson_passes(const struct ndjson_filter *filter, const struct frame *f,
    size_t set)
{
	const struct metric_set *s = &f->sets[set];
	const struct metric_set *pod = s->type == SET_POD_CONTAINER ?
	    &f->sets[s->parent] : s;
	struct str absent = { NULL, 0 };
	bool on_pod = pod->type == SET_POD;
	bool is_container = s->type == SET_POD_CONTAINER ||
	    s->type == SET_SYS_CONTAINER;

	return (filter->types == 0 || (filter->types >> s->type & 1) != 0) &&
	    list_has(&filter->namespaces, on_pod ? pod->namespace_name :
	    s->type == SET_NAMESPACE ? s->name : absent) &&
	    list_has(&filter->nodes, f->node) &&
	    list_has(&filter->pods, on_pod ? pod->name : absent) &&
	    list_has(&filter->containers, is_container ? s->name : absent);
}

static bool
wants_name(const struct ndjson_filter *filter, struct str name)
{
	for (size_t i = 0; i < filter->metrics.n; i++)
		if (str_has_prefix(name, str_of(filter->metrics.items[i])))
			return true;
	return filter->metrics.n == 0;
}

static uint64_t
wanted_plain(const struct ndjson_filter *filter, uint64_t present)
{
	for (unsigned m = 0; m < METRIC_PLAIN_COUNT; m++)
		if ((present >> m & 1) != 0 &&
		    !wants_name(filter, metrics[m].name))
			present &= ~(UINT64_C(1) << m);
	return present;
}

static uint32_t
wanted_labelled(const struct ndjson_filter *filter, const struct resource *r)
{
	uint32_t present = r->present;

	for (uint32_t todo = present; filter->metrics.n > 0 && todo != 0;
	    todo &= todo - 1) {
		unsigned i = (unsigned)__builtin_ctz(todo);
		struct buf name = BUF_INIT;

		metric_compose(&name, (enum metric)(METRIC_PLAIN_COUNT + i),
		    r->resource_id);
		if (!wants_name(filter, buf_str(&name)))
			present &= ~(UINT32_C(1) << i);
		buf_fini(&name);
	}
	return present;
}

static void
put_labels(struct json_out *o, const struct label_list *labels)
{
	for (size_t i = 0; i < labels->n; i++) {
		if (ndjson_is_field(labels->items[i].key))
			continue;
		json_out_key_str(o, labels->items[i].key);
		json_out_str(o, labels->items[i].value);
	}
}

static void
put_time(struct json_out *o, const char *key, int64_t at_ns)
{
	if (at_ns == 0)
		return;
	json_out_key(o, key);
	json_out_time(o, at_ns);
}

static void
put_value(struct json_out *o, enum metric m, struct str resource_id,
    union metric_value value)
{
	struct buf name = BUF_INIT;

	if (metric_is_composed(m)) {
		metric_compose(&name, m, resource_id);
		json_out_key_str(o, buf_str(&name));
		buf_fini(&name);
	} else {
		json_out_key_str(o, metrics[m].name);
	}
	if (metrics[m].type == METRIC_FLOAT)
		json_out_double(o, value.f);
	else
		json_out_u64(o, value.u);
}

static void
put_labelled(struct json_out *o, const struct resource *r, uint32_t present)
{
	for (; present != 0; present &= present - 1) {
		unsigned i = (unsigned)__builtin_ctz(present);

		put_value(o, (enum metric)(METRIC_PLAIN_COUNT + i),
		    r->resource_id, r->values[i]);
	}
}

/* Plain and composed ones. */
static void
put_metrics(struct json_out *o, const struct metric_set *s,
    const struct ndjson_filter *filter)
{
	uint64_t present = wanted_plain(filter, s->present);

	json_out_key(o, "metrics");
	json_out_object(o);
	for (; present != 0; present &= present - 1) {
		enum metric m = (enum metric)__builtin_ctzll(present);

		put_value(o, m, (struct str){ NULL, 0 }, s->values[m]);
	}
	for (uint32_t i = 0; i < s->n_resources; i++)
		put_labelled(o, &s->resources[i], metrics_composed &
		    wanted_labelled(filter, &s->resources[i]));
	json_out_object_end(o);
}

static void
put_resources(struct json_out *o, const struct metric_set *s,
    const struct ndjson_filter *filter)
{
	struct label_list labels;
	bool is_open = false;

	for (uint32_t i = 0; i < s->n_resources; i++) {
		const struct resource *r = &s->resources[i];
		uint32_t present = wanted_labelled(filter, r) &
		    ~metrics_composed;

		if (present == 0)
			continue;
		if (!is_open) {
			json_out_key(o, "resources");
			json_out_array(o);
			is_open = true;
		}
		json_out_object(o);
		labels_of_resource(&labels, r);
		put_labels(o, &labels);
		json_out_key(o, "metrics");
		json_out_object(o);
		put_labelled(o, r, present);
		json_out_object_end(o);
		json_out_object_end(o);
	}
	if (is_open)
		json_out_array_end(o);
}

static bool
has_wanted(const struct metric_set *s, const struct ndjson_filter *filter)
{
	if (filter->metrics.n == 0 || wanted_plain(filter, s->present) != 0)
		return true;
	for (uint32_t i = 0; i < s->n_resources; i++)
		if (wanted_labelled(filter, &s->resources[i]) != 0)
			return true;
	return false;
}

bool
format_ndjson(struct buf *out, const struct frame *f, size_t set,
    const struct ndjson_filter *filter)
{
	const struct metric_set *s = &f->sets[set];
	struct label_list labels;
	struct json_out o;

	if (!ndjson_passes(filter, f, set) || !has_wanted(s, filter))
		return false;
	json_out_begin(&o, out, JSON_COMPACT);
	json_out_object(&o);
	json_out_key(&o, "time");
	json_out_time(&o, f->window_ns);
	json_out_key(&o, "type");
	json_out_str(&o, set_type_name(s->type));
	labels_of_set(&labels, f, set);
	put_labels(&o, &labels);
	json_out_key(&o, "resolution_us");
	json_out_i64(&o, f->resolution_ns / 1000);
	put_time(&o, "started", s->start_ns);
	put_time(&o, "scraped", s->scraped_ns);
	for (size_t i = 0; i < SET_PART_COUNT; i++)
		put_time(&o, ndjson_part_times[i], s->parts_ns[i]);
	put_metrics(&o, s, filter);
	put_resources(&o, s, filter);
	json_out_object_end(&o);
	buf_add_char(out, '\n');
	return true;
}
