/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "common/json.h"
#include "common/timestamp.h"

#include "tools/format_ndjson.h"
#include "tools/parse_ndjson.h"

#define TWO_TO_64 18446744073709551616.0

struct parser {
	struct json json;
	struct arena *arena;
	struct ndjson_set *out;
	struct frame frame;	/* the set, and one that has the resources of
				 * composed metrics until all others are known */
	struct str time;
	struct str type;
	struct str started;
	struct str scraped;
	struct str parts[SET_PART_COUNT];
	bool has_metrics;
	struct err *err;
	bool has_failed;	/* err says why; else the JSON is at fault */
};

#define LABEL(key, member) { STR_INIT(key), offsetof(struct ndjson_set, member) }
static const struct {
	struct str key;
	size_t offset;
} known[] = {
	LABEL("container_base_image", image),
	LABEL("container_name", container_name),
	LABEL("host_id", host_id),
	LABEL("hostname", hostname),
	LABEL("labels", labels),
	LABEL("namespace_id", namespace_id),
	LABEL("namespace_name", namespace_name),
	LABEL("nodename", node),
	LABEL("pod_id", pod_id),
	LABEL("pod_name", pod_name),
	LABEL("schedulable", schedulable),
};

enum { SET_OWN, SET_COMPOSED, N_SETS };

static struct metric_set *
set_of(struct parser *p)
{
	return &p->frame.sets[SET_OWN];
}

static void
fail(struct parser *p, const char *what, struct str name)
{
	if (!p->has_failed)
		err_set(p->err, "%s: %.*s", what, STR_ARG(name));
	p->has_failed = true;
	json_fail(&p->json, "refused");
}

/* Exact if it is written as an integer, else the nearest one. */
static bool
read_integer(struct parser *p, struct str name, uint64_t *out)
{
	struct json before = p->json;
	double d;

	if (json_counter(&p->json, out))
		return true;
	p->json = before;
	if (!json_double(&p->json, &d))
		return false;
	if (d < 0 || d + 0.5 >= TWO_TO_64) {
		fail(p, "not an unsigned integer of 64 bits", name);
		return false;
	}
	*out = (uint64_t)(d + 0.5);
	return true;
}

/* A new one; NULL after an error. */
static struct resource *
add_resource(struct parser *p, size_t set)
{
	struct resource *r = NULL;

	if (p->frame.sets[set].n_resources < FRAME_RESOURCES_MAX)
		r = frame_add_resource(&p->frame, p->arena, set);
	if (r == NULL)
		fail(p, "too many", STR("resources"));
	return r;
}

/* The one of that id, or a new one; NULL after an error. */
static struct resource *
find_resource(struct parser *p, size_t set, struct str id)
{
	struct resource *r = set_resource(&p->frame.sets[set], id);

	if (r == NULL && (r = add_resource(p, set)) != NULL)
		r->resource_id = id;
	return r;
}

static void
take_values(struct resource *to, const struct resource *from)
{
	for (unsigned i = 0; i < METRIC_LABELLED_COUNT; i++)
		if ((from->present >> i & 1) != 0)
			to->values[i] = from->values[i];
	to->present |= from->present;
	if (from->claim.p != NULL)
		to->claim = from->claim;
}

static void
read_value(struct parser *p, struct str name, struct resource *r)
{
	struct str id;
	enum metric m = metric_parse(name, &id);
	union metric_value v;

	if (m == METRIC_COUNT || (r != NULL) !=
	    (m >= METRIC_PLAIN_COUNT && id.p == NULL)) {
		fail(p, m == METRIC_COUNT ? "unknown metric" : r != NULL ?
		    "not a metric of resources" : "a metric of resources",
		    name);
		return;
	}
	if (metrics[m].type == METRIC_FLOAT ? !json_double(&p->json, &v.f) :
	    !read_integer(p, name, &v.u))
		return;
	if (id.p != NULL && (r = find_resource(p, SET_COMPOSED, id)) == NULL)
		return;
	if (r != NULL) {
		r->present |= UINT32_C(1) << (m - METRIC_PLAIN_COUNT);
		r->values[m - METRIC_PLAIN_COUNT] = v;
	} else {
		set_of(p)->present |= UINT64_C(1) << m;
		set_of(p)->values[m] = v;
	}
}

static void
read_metrics(struct parser *p, struct resource *r)
{
	struct str name;

	json_object_begin(&p->json);
	while (json_object_next_key(&p->json, &name))
		read_value(p, name, r);
}

static void
read_resource(struct parser *p)
{
	static const struct json_keys keys = JSON_KEYS("resource_id", "make",
	    "model", "accelerator_id", "metrics",
	    "persistentvolumeclaim");
	struct resource item = { .present = 0 }, *r = &item, *to;
	unsigned hint = 0;

	json_object_begin(&p->json);
	for (int k; (k = json_object_next(&p->json, &keys, &hint)) !=
	    JSON_END;) {
		switch (k) {
		case 0:
			json_str(&p->json, &r->resource_id);
			break;
		case 1:
			json_str(&p->json, &r->make);
			break;
		case 2:
			json_str(&p->json, &r->model);
			break;
		case 3:
			json_str(&p->json, &r->accelerator_id);
			break;
		case 4:
			read_metrics(p, r);
			break;
		case 5:
			json_str(&p->json, &r->claim);
			break;
		default:
			json_skip(&p->json);
		}
	}
	if (r->accelerator_id.p != NULL || r->make.p != NULL ||
	    r->model.p != NULL)
		to = add_resource(p, SET_OWN);
	else
		to = find_resource(p, SET_OWN, r->resource_id);
	if (to == NULL)
		return;
	to->resource_id = r->resource_id;
	to->make = r->make;
	to->model = r->model;
	to->accelerator_id = r->accelerator_id;
	take_values(to, r);
}

static void
read_resources(struct parser *p)
{
	json_array_begin(&p->json);
	while (json_array_next(&p->json))
		read_resource(p);
}

/* NULL: it is not one of those. */
static struct str *
find_part(struct parser *p, struct str key)
{
	for (size_t i = 0; i < SET_PART_COUNT; i++)
		if (str_is(key, ndjson_part_times[i]))
			return &p->parts[i];
	return NULL;
}

static bool
read_field(struct parser *p, struct str key)
{
	struct str *part = find_part(p, key);
	uint64_t us;

	if (part != NULL) {
		json_str(&p->json, part);
	} else if (str_is(key, "time")) {
		json_str(&p->json, &p->time);
	} else if (str_is(key, "type")) {
		json_str(&p->json, &p->type);
	} else if (str_is(key, "started")) {
		json_str(&p->json, &p->started);
	} else if (str_is(key, "scraped")) {
		json_str(&p->json, &p->scraped);
	} else if (str_is(key, "metrics")) {
		p->has_metrics = true;
		read_metrics(p, NULL);
	} else if (str_is(key, "resources")) {
		read_resources(p);
	} else if (str_is(key, "resolution_us")) {
		if (json_u64(&p->json, &us)) {
			if (us == 0 || us > INT64_MAX / NS_PER_US)
				fail(p, "out of range", key);
			else
				p->out->resolution_ns = (int64_t)us * NS_PER_US;
		}
	} else {
		return false;
	}
	return true;
}

static void
read_label(struct parser *p, struct str key)
{
	struct json before = p->json;
	struct str value;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (str_eq(key, known[i].key)) {
			json_str(&p->json, (struct str *)(void *)
			    ((char *)p->out + known[i].offset));
			return;
		}
	if (!json_str(&p->json, &value)) {
		p->json = before;
		json_skip(&p->json);
		return;
	}
	if (p->out->n_stored == FRAME_STORED_MAX)
		fail(p, "too many labels", key);
	else
		p->out->stored[p->out->n_stored++] =
		    (struct label){ key, value };
}

static bool
read_time(struct parser *p, const char *name, struct str text, int64_t *out)
{
	if (text.p == NULL || (timestamp_parse(text, out) &&
	    *out % NS_PER_US == 0))
		return true;
	return err_set(p->err, "%s: not a time: %.*s", name, STR_ARG(text));
}

static bool
find_type(struct str name, enum set_type *out)
{
	for (unsigned t = 0; t < SET_TYPE_COUNT; t++)
		if (str_eq(name, set_type_name((enum set_type)t))) {
			*out = (enum set_type)t;
			return true;
		}
	return false;
}

static bool
check_names(const struct ndjson_set *s, struct err *err)
{
	bool on_pod = s->type == SET_POD || s->type == SET_POD_CONTAINER;
	bool is_container = s->type == SET_SYS_CONTAINER ||
	    s->type == SET_POD_CONTAINER;
	bool on_node = on_pod || is_container || s->type == SET_NODE;
	const char *missing = NULL;

	if (on_node && s->node.len == 0)
		missing = "nodename";
	else if (on_pod && s->pod_name.len == 0)
		missing = "pod_name";
	else if ((on_pod || s->type == SET_NAMESPACE) &&
	    s->namespace_name.len == 0)
		missing = "namespace_name";
	else if (is_container && s->container_name.len == 0)
		missing = "container_name";
	return missing == NULL || err_set(err, "%s is missing", missing);
}

static bool
read_parts(struct parser *p)
{
	for (size_t i = 0; i < SET_PART_COUNT; i++)
		if (!read_time(p, ndjson_part_times[i], p->parts[i],
		    &set_of(p)->parts_ns[i]))
			return false;
	return true;
}

static bool
add_composed(struct parser *p)
{
	const struct metric_set *from = &p->frame.sets[SET_COMPOSED];

	for (uint32_t i = 0; i < from->n_resources; i++) {
		struct resource *to = find_resource(p, SET_OWN,
		    from->resources[i].resource_id);

		if (to == NULL)
			return false;
		take_values(to, &from->resources[i]);
	}
	return true;
}

static bool
finish(struct parser *p)
{
	struct ndjson_set *out = p->out;

	if (p->type.p == NULL || p->time.p == NULL || !p->has_metrics)
		return err_set(p->err, "%s is missing", p->type.p == NULL ?
		    "type" : p->time.p == NULL ? "time" : "metrics");
	if (!find_type(p->type, &out->type))
		return err_set(p->err, "type: no such type: %.*s",
		    STR_ARG(p->type));
	if (!read_time(p, "time", p->time, &out->window_ns) ||
	    !read_time(p, "started", p->started, &set_of(p)->start_ns) ||
	    !read_time(p, "scraped", p->scraped, &set_of(p)->scraped_ns) ||
	    !read_parts(p) || !check_names(out, p->err) || !add_composed(p))
		return false;
	set_of(p)->type = out->type;
	out->set = *set_of(p);
	return true;
}

bool
ndjson_parse(struct ndjson_set *out, struct arena *a, struct str text,
    struct err *err)
{
	struct parser p = { .arena = a, .out = out, .err = err };
	char *copy = arena_alloc(a, text.len + JSON_PAD);
	struct str key;

	memset(out, 0, sizeof *out);
	out->stored = arena_alloc(a, FRAME_STORED_MAX * sizeof *out->stored);
	if (copy == NULL || out->stored == NULL ||
	    !frame_reserve_sets(&p.frame, a, N_SETS))
		return err_set(err, "too large");
	for (int i = 0; i < N_SETS; i++)
		frame_add_set(&p.frame, a, SET_NODE, 0);
	memcpy(copy, text.p, text.len);
	memset(copy + text.len, 0, JSON_PAD);
	json_begin(&p.json, (struct str){ copy, text.len }, a);
	if (!json_object_begin(&p.json))
		return err_set(err, "not an object");
	while (json_object_next_key(&p.json, &key))
		if (!read_field(&p, key))
			read_label(&p, key);
	if (p.has_failed || !json_end(&p.json, err))
		return false;
	return finish(&p);
}
