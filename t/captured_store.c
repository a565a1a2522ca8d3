/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/quantity.h"
#include "common/timestamp.h"

#include "t/captured_store.h"

#define R (15 * NS_PER_S)

static const struct captured *rows;
static size_t n_rows;
static int64_t last_ns;		/* the newest window */
static json_t *export_items;
static json_t *usage_items;	/* of pods */

__attribute__((format(printf, 1, 2), noreturn))
static void
give_up(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("Bail out!  ", stdout);
	vprintf(fmt, ap);
	va_end(ap);
	exit(1);
}

static const struct captured *
row(const char *name)
{
	for (size_t i = 0; i < n_rows; i++)
		if (str_is(rows[i].name, name))
			return &rows[i];
	give_up("%s was not captured", name);
}

static json_t *
load(struct str text)
{
	json_t *json = json_loadb(text.p, text.len, 0, NULL);

	if (json == NULL)
		give_up("not JSON: %.*s", STR_ARG(text));
	return json;
}

static const char *
text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *
label(const json_t *item, const char *key)
{
	return text_at(json_object_get(item, "labels"), key);
}

static struct str
present(const json_t *item, const char *key)
{
	return str_of(label(item, key));
}

/* The usage of a pod; NULL: Heapster knew no rate. */
static const json_t *
usage_of(const char *pod)
{
	json_t *item;
	size_t i;

	json_array_foreach(usage_items, i, item)
		if (strcmp(text_at(json_object_get(item, "metadata"), "name"),
		    pod) == 0)
			return item;
	return NULL;
}

/* That of the pods whose usage is known and that have the same id of it. */
static const char *
namespace_of(const char *id)
{
	json_t *item;
	size_t i;

	json_array_foreach(export_items, i, item) {
		const char *pod = label(item, "pod_name");

		if (pod != NULL && usage_of(pod) != NULL &&
		    strcmp(label(item, "namespace_id"), id) == 0)
			return text_at(json_object_get(usage_of(pod),
			    "metadata"), "namespace");
	}
	give_up("nothing is known of namespace %s", id);
}

static void
set_rate(struct metric_set *set, const json_t *of)
{
	const char *cpu = text_at(json_object_get(of, "usage"), "cpu");
	uint64_t milli;

	if (!quantity_parse_milli(str_of(cpu), &milli))
		give_up("%s is no quantity", cpu);
	set_u64(set, METRIC_CPU_USAGE_RATE, milli);
}

static struct resource *
resource_of(struct frame *f, struct arena *a, size_t set, struct str id)
{
	struct resource *r = set_resource(&f->sets[set], id);

	if (r == NULL) {
		r = frame_add_resource(f, a, set);
		r->resource_id = id;
	}
	return r;
}

static void
fill_point(struct frame *f, struct arena *a, size_t set, enum metric m,
    const json_t *point)
{
	uint64_t v = (uint64_t)json_integer_value(json_object_get(point,
	    "value"));

	if (metrics[m].kind == METRIC_CUMULATIVE)
		timestamp_parse(str_of(text_at(point, "start")),
		    &f->sets[set].start_ns);
	if (m < METRIC_PLAIN_COUNT)
		set_u64(&f->sets[set], m, v);
	else
		resource_u64(resource_of(f, a, set, present(point,
		    "resource_id")), m, v);
}

static void
fill_set(struct frame *f, struct arena *a, size_t set, json_t *item)
{
	json_t *points, *point;
	const char *name;
	size_t i;

	json_object_foreach(json_object_get(item, "metrics"), name, points)
		json_array_foreach(points, i, point)
			fill_point(f, a, set, metric_find(str_of(name)),
			    point);
}

/* name NULL: all. */
static void
add_containers(struct frame *f, struct arena *a, size_t pod,
    const char *name, const json_t *usage)
{
	json_t *item;
	size_t i, set;

	json_array_foreach(export_items, i, item) {
		struct str own = present(item, "container_name");

		if (!str_eq(present(item, "pod_name"), f->sets[pod].name) ||
		    str_is(own, "/pod") ||
		    (name != NULL && !str_is(own, name)))
			continue;
		set = frame_add_set(f, a, SET_POD_CONTAINER, pod);
		f->sets[set].name = own;
		f->sets[set].image = present(item, "container_base_image");
		set_u64(&f->sets[set], METRIC_CPU_REQUEST, 0);
		if (usage != NULL)
			set_rate(&f->sets[set], usage);
		fill_set(f, a, set, item);
	}
}

/* In the order of the specification, where it is known. */
static void
add_all_containers(struct frame *f, struct arena *a, size_t pod)
{
	const json_t *usage = usage_of(f->sets[pod].name.p);
	json_t *container;
	size_t i;

	if (usage == NULL)
		add_containers(f, a, pod, NULL, NULL);
	json_array_foreach(json_object_get(usage, "containers"), i, container)
		add_containers(f, a, pod, text_at(container, "name"),
		    container);
}

static void
add_pods(struct frame *f, struct arena *a)
{
	json_t *item;
	size_t i, set;

	json_array_foreach(export_items, i, item) {
		if (strcmp(label(item, "container_name"), "/pod") != 0)
			continue;
		set = frame_add_set(f, a, SET_POD, 0);
		f->sets[set].name = present(item, "pod_name");
		f->sets[set].namespace_name = str_of(namespace_of(label(item,
		    "namespace_id")));
		f->sets[set].namespace_id = present(item, "namespace_id");
		f->sets[set].pod_id = present(item, "pod_id");
		f->sets[set].labels = present(item, "labels");
		fill_set(f, a, set, item);
		add_all_containers(f, a, set);
	}
}

static void
make_node(struct frame *f, struct arena *a)
{
	json_t *item, *node;
	size_t i, set;

	f->kind = FRAME_NODE;
	f->node = STR("rig-node");
	f->host_id = STR("");
	frame_add_set(f, a, SET_NODE, 0);
	f->sets[0].name = f->node;
	node = load(row("v1a1-node")->body);
	set_rate(&f->sets[0], node);
	json_decref(node);
	json_array_foreach(export_items, i, item) {
		if (strcmp(label(item, "container_name"), "machine") == 0) {
			f->sets[0].labels = present(item, "labels");
			fill_set(f, a, 0, item);
		} else if (label(item, "pod_name") == NULL) {
			set = frame_add_set(f, a, SET_SYS_CONTAINER, 0);
			f->sets[set].name = present(item, "container_name");
			fill_set(f, a, set, item);
		}
	}
	add_pods(f, a);
}

/* What a list of series says of its pods in that window. */
static void
fill_series(struct frame *f, const char *list, enum metric m)
{
	static const char *const names[] = { "cpu-burn", "mem-hog" };
	json_t *series = load(row(list)->body);
	json_t *items = json_object_get(series, "items");

	for (size_t s = 0; s < f->n_sets; s++)
		for (size_t i = 0; i < 2; i++) {
			json_t *point;
			size_t k;

			if (f->sets[s].type != SET_POD ||
			    !str_is(f->sets[s].name, names[i]))
				continue;
			json_array_foreach(json_object_get(json_array_get(
			    items, i), "metrics"), k, point) {
				int64_t at_ns;

				timestamp_parse(str_of(text_at(point,
				    "timestamp")), &at_ns);
				if (at_ns == f->window_ns)
					set_u64(&f->sets[s], m, (uint64_t)
					    json_integer_value(json_object_get(
					    point, "value")));
			}
		}
	json_decref(series);
}

static void
store_window(struct store *s, struct frame *f, uint64_t seq)
{
	struct err err;

	f->resolution_ns = R;
	if (!store_add(s, f, 1, seq, f->window_ns, &err))
		give_up("%s", err.msg);
}

/* Windows of the past have the pods' series alone, as Heapster's had. */
static void
fill(struct store *s, struct arena *a)
{
	static const char *const namespaces[] = { "alpha", "beta", "gamma",
	    "kube-system" };
	uint64_t seq = 0;
	struct frame f;

	for (int64_t i = 5; i >= 0; i--) {
		frame_clear(&f);
		f.window_ns = last_ns - i * R;
		make_node(&f, a);
		for (size_t k = 0; i > 0 && k < f.n_sets; k++)
			f.sets[k].present = f.sets[k].n_resources = 0;
		fill_series(&f, "podlist", METRIC_CPU_USAGE_RATE);
		fill_series(&f, "podlist-range", METRIC_MEMORY_USAGE);
		store_window(s, &f, ++seq);
	}
	frame_clear(&f);
	f.window_ns = last_ns;
	f.kind = FRAME_ROLLUP;
	f.n_answered = 1;
	frame_add_set(&f, a, SET_CLUSTER, 0);
	for (size_t i = 0; i < 4; i++) {
		size_t set = frame_add_set(&f, a, SET_NAMESPACE, 0);

		f.sets[set].name = str_of(namespaces[i]);
	}
	store_window(s, &f, ++seq);
}

void
captured_fill_store(struct store *s, const struct captured *all, size_t n)
{
	json_t *usage;
	struct arena a;

	rows = all;
	n_rows = n;
	timestamp_parse(STR("2026-11-23T09:20:00Z"), &last_ns);
	export_items = load(row("export")->body);
	usage = load(row("v1a1-pods")->body);
	usage_items = json_object_get(usage, "items");
	arena_init(&a, 64 << 20);
	fill(s, &a);
	arena_fini(&a);
	json_decref(export_items);
	json_decref(usage);
}

/*
 * A pod that its kubelet says nothing of.  Heapster knew it from the
 * kube-apiserver alone; we, from what collectors add to its node.
 */
void
captured_add_crashing(struct store *s)
{
	struct arena a;
	struct frame f;
	size_t pod;

	arena_init(&a, 1 << 20);
	frame_clear(&f);
	f.window_ns = last_ns + R;
	f.kind = FRAME_NODE;
	f.node = STR("rig-node");
	frame_add_set(&f, &a, SET_NODE, 0);
	pod = frame_add_set(&f, &a, SET_POD, 0);
	f.sets[pod].name = STR("crash");
	f.sets[pod].namespace_name = STR("gamma");
	f.sets[pod].labels = STR("");
	pod = frame_add_set(&f, &a, SET_POD_CONTAINER, pod);
	f.sets[pod].name = STR("main");
	store_window(s, &f, 100);
	arena_fini(&a);
}
