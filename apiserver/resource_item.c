/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_out.h"
#include "common/mem.h"
#include "common/quantity.h"
#include "common/timestamp.h"

#include "apiserver/resource_item.h"

#define ITEM_DEPTH 2		/* in a list */
#define RATE_WINDOWS_MAX 3

struct loader {
	struct resource_node *node;
	struct store *store;
	const struct frame *frame;
	struct str label_separator;
	int64_t made_ns;
};

/* A rate of an earlier window, if the counter has gone on since. */
static bool
held_rate(const struct loader *l, const struct store_key *key,
    const struct metric_set *set, uint64_t *rate)
{
	const struct frame *f = l->frame;
	uint32_t entity = store_find(l->store, key);
	int64_t start_ns = f->window_ns - (RATE_WINDOWS_MAX - 1) *
	    f->resolution_ns;
	const struct store_point *points;
	int64_t at_ns;
	size_t n;

	if (!set_has(set, METRIC_CPU_USAGE))
		return false;
	n = store_series(l->store, entity, METRIC_CPU_USAGE_RATE, NULL,
	    start_ns, f->window_ns, &points);
	if (n == 0)
		return false;
	*rate = points[n - 1].value.u;
	at_ns = points[n - 1].window_ns;
	n = store_series(l->store, entity, METRIC_CPU_USAGE, NULL, at_ns,
	    at_ns, &points);
	return n == 1 &&
	    points[0].value.u <= set->values[METRIC_CPU_USAGE].u;
}

struct usage {
	uint64_t cpu_milli;
	uint64_t memory_bytes;
};

static bool
find_usage(const struct loader *l, const struct store_key *key,
    const struct metric_set *set, struct usage *u)
{
	if (!set_has(set, METRIC_MEMORY_WORKING_SET))
		return false;
	u->memory_bytes = set->values[METRIC_MEMORY_WORKING_SET].u;
	if (!set_has(set, METRIC_CPU_USAGE_RATE))
		return held_rate(l, key, set, &u->cpu_milli);
	u->cpu_milli = set->values[METRIC_CPU_USAGE_RATE].u;
	return true;
}

static void
write_usage(struct json_out *json, const struct usage *u)
{
	char text[QUANTITY_MAX_BYTES];

	json_out_key(json, "usage");
	json_out_object(json);
	json_out_key(json, "cpu");
	json_out_str(json, (struct str){ text,
	    quantity_print_milli(text, u->cpu_milli) });
	json_out_key(json, "memory");
	json_out_str(json, (struct str){ text,
	    quantity_print_bytes(text, u->memory_bytes) });
	json_out_object_end(json);
}

/* All before the usage. */
static void
begin_item(const struct loader *l, struct json_out *json,
    struct str namespace_name, struct str name)
{
	json_out_begin(json, &l->node->text, JSON_PRETTY_HEAPSTER);
	json->html_safe = true;
	json->depth = ITEM_DEPTH;
	json->after_key = true;
	json_out_object(json);
	json_out_key(json, "metadata");
	json_out_object(json);
	json_out_key(json, "name");
	json_out_str(json, name);
	if (namespace_name.p != NULL) {
		json_out_key(json, "namespace");
		json_out_str(json, namespace_name);
	}
	json_out_key(json, "creationTimestamp");
	json_out_time(json, l->made_ns);
	json_out_object_end(json);
	json_out_key(json, "timestamp");
	json_out_time(json, l->frame->window_ns);
	json_out_key(json, "window");
	json_out_strz(json, "1m0s");
}

/* Stored labels stand behind the others. */
static void
add_labels(const struct loader *l, const struct metric_set *set)
{
	struct buf *names = &l->node->names;

	buf_add_str(names, set->labels);
	for (uint32_t i = 0; i < set->n_stored; i++) {
		buf_add_str(names, l->label_separator);
		buf_add_str(names, set->stored[i].key);
		buf_add_char(names, ':');
		buf_add_str(names, set->stored[i].value);
	}
}

static struct resource_item
name_item(const struct loader *l, const struct metric_set *set,
    struct str name)
{
	struct buf *names = &l->node->names;
	struct resource_item item = {
		.names_at = names->len,
		.namespace_len = set->namespace_name.len,
		.name_len = name.len,
		.text_at = l->node->text.len,
	};

	buf_add_str(names, set->namespace_name);
	buf_add_str(names, name);
	add_labels(l, set);
	item.labels_len = names->len - item.names_at - item.namespace_len -
	    item.name_len;
	return item;
}

static void
load_self(const struct loader *l)
{
	const struct metric_set *set = &l->frame->sets[0];
	struct store_key key = { .type = SET_NODE, .node = l->frame->node };
	struct resource_item item = name_item(l, set, l->frame->node);
	struct json_out json;
	struct usage usage;

	if (find_usage(l, &key, set, &usage)) {
		begin_item(l, &json, (struct str){ NULL, 0 }, key.node);
		write_usage(&json, &usage);
		json_out_object_end(&json);
	}
	item.text_len = l->node->text.len - item.text_at;
	l->node->self = item;
}

/* The cluster knows the pod, but its specification has no such container: it
 * is one that initialises, or was added to look into the pod. */
static bool
is_extra(const struct metric_set *pod, const struct metric_set *container)
{
	return pod->labels.p != NULL &&
	    !set_has(container, METRIC_CPU_REQUEST);
}

/* The next set of the pod in the order of the names, behind that one; 0: it was
 * the last.  Pods have few containers, and kubelets tell them in any order. */
static size_t
next_container(const struct frame *f, size_t pod, size_t before)
{
	size_t next = 0;

	for (size_t i = pod + 1; i < f->n_sets && f->sets[i].parent == pod &&
	    f->sets[i].type == SET_POD_CONTAINER; i++) {
		struct str name = f->sets[i].name;

		if ((before == 0 || str_cmp(name, f->sets[before].name) > 0) &&
		    (next == 0 || str_cmp(name, f->sets[next].name) < 0))
			next = i;
	}
	return next;
}

/* False: metrics of a container are missing. */
static bool
write_containers(const struct loader *l, struct json_out *json, size_t pod)
{
	const struct frame *f = l->frame;
	struct store_key key = {
		.type = SET_POD_CONTAINER,
		.namespace_name = f->sets[pod].namespace_name,
		.pod = f->sets[pod].name,
	};
	size_t n = 0;

	for (size_t i = 0; (i = next_container(f, pod, i)) != 0;) {
		const struct metric_set *set = &f->sets[i];
		struct usage usage;

		if (is_extra(&f->sets[pod], set))
			continue;
		key.container = set->name;
		if (!find_usage(l, &key, set, &usage))
			return false;
		json_out_object(json);
		json_out_key(json, "name");
		json_out_str(json, set->name);
		write_usage(json, &usage);
		json_out_object_end(json);
		n++;
	}
	return n > 0;
}

static void
load_pod(const struct loader *l, size_t pod)
{
	const struct metric_set *set = &l->frame->sets[pod];
	struct resource_node *n = l->node;
	struct resource_item item = name_item(l, set, set->name);
	struct json_out json;

	begin_item(l, &json, set->namespace_name, set->name);
	json_out_key(&json, "containers");
	json_out_array(&json);
	if (write_containers(l, &json, pod)) {
		json_out_array_end(&json);
		json_out_object_end(&json);
	} else {
		n->text.len = item.text_at;
	}
	item.text_len = n->text.len - item.text_at;
	if (n->n_pods == n->cap_pods) {
		n->cap_pods = n->cap_pods * 2 + 16;
		n->pods = xrealloc(n->pods, n->cap_pods, sizeof *n->pods);
	}
	n->pods[n->n_pods++] = item;
}

static void
load_frame(const struct loader *l)
{
	load_self(l);
	for (size_t i = 1; i < l->frame->n_sets; i++)
		if (l->frame->sets[i].type == SET_POD)
			load_pod(l, i);
}

bool
resource_node_load(struct resource_node *n, struct store *s, struct arena *a,
    struct str label_separator, int64_t now_ns)
{
	struct buf before = n->names;
	struct frame frame;
	struct loader l = {
		.node = n, .store = s, .frame = &frame,
		.label_separator = label_separator,
		.made_ns = now_ns - now_ns % NS_PER_S,
	};
	bool is_good;

	n->names = BUF_INIT;
	buf_reset(&n->text);
	n->n_pods = 0;
	n->self = (struct resource_item){ .text_len = 0 };
	arena_reset(a);
	is_good = store_frame(s, n->entity, a, &frame) && frame.n_sets > 0;
	if (is_good)
		load_frame(&l);
	if (n->names.failed || n->text.failed) {
		n->n_pods = 0;
		n->self = (struct resource_item){ .text_len = 0 };
		is_good = false;
	}
	n->is_renamed = !str_eq(buf_str(&before), buf_str(&n->names));
	buf_fini(&before);
	return is_good;
}

void
resource_node_free(struct resource_node *n)
{
	buf_fini(&n->names);
	buf_fini(&n->text);
	free(n->pods);
	free(n);
}
