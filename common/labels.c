/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "common/labels.h"

/* The most labels of a set's own: those of a pod container. */
#define OWN_MAX 12

static_assert(OWN_MAX + FRAME_STORED_MAX <= LABELS_MAX,
    "all labels of a set fit");

static void
add(struct label_list *l, struct str key, struct str value)
{
	l->items[l->n++] = (struct label){ key, value };
}

static void
add_present(struct label_list *l, struct str key, struct str value)
{
	if (value.p != NULL)
		add(l, key, value);
}

/* Keeps the list sorted; replaces the value of a key that is there. */
static void
put(struct label_list *l, struct label label)
{
	size_t at = l->n;
	int order = 1;

	while (at > 0 &&
	    (order = str_cmp(label.key, l->items[at - 1].key)) < 0)
		at--;
	if (at > 0 && order == 0) {
		l->items[at - 1].value = label.value;
		return;
	}
	if (l->n == LABELS_MAX)
		return;
	memmove(&l->items[at + 1], &l->items[at],
	    (l->n - at) * sizeof l->items[0]);
	l->items[at] = label;
	l->n++;
}

static struct str
or_empty(struct str s)
{
	return s.p != NULL ? s : STR("");
}

/* The set that knows about the Kubernetes object: a container's is its pod. */
static const struct metric_set *
object_of(const struct frame *f, const struct metric_set *s)
{
	return s->type == SET_POD_CONTAINER ? &f->sets[s->parent] : s;
}

static bool
is_on_node(enum set_type type)
{
	return type == SET_NODE || type == SET_SYS_CONTAINER ||
	    type == SET_POD || type == SET_POD_CONTAINER;
}

static bool
is_pod_or_part(enum set_type type)
{
	return type == SET_POD || type == SET_POD_CONTAINER;
}

void
labels_of_set(struct label_list *out, const struct frame *f, size_t set)
{
	const struct metric_set *s = &f->sets[set];
	const struct metric_set *object = object_of(f, s);
	bool on_node = is_on_node(s->type);
	bool on_pod = is_pod_or_part(s->type);

	/* In the order of the keys. */
	out->n = 0;
	if (s->type == SET_POD_CONTAINER)
		add_present(out, STR("container_base_image"), s->image);
	if (s->type == SET_POD_CONTAINER || s->type == SET_SYS_CONTAINER)
		add(out, STR("container_name"), s->name);
	if (on_node) {
		add(out, STR("host_id"), or_empty(f->host_id));
		add(out, STR("hostname"),
		    f->hostname.p != NULL ? f->hostname : f->node);
	}
	add_present(out, STR("labels"), object->labels);
	if (on_pod)
		add_present(out, STR("namespace_id"), object->namespace_id);
	else if (s->type == SET_NAMESPACE)
		add(out, STR("namespace_id"), or_empty(s->namespace_id));
	if (on_pod)
		add(out, STR("namespace_name"), object->namespace_name);
	else if (s->type == SET_NAMESPACE)
		add(out, STR("namespace_name"), s->name);
	if (on_node)
		add(out, STR("nodename"), f->node);
	if (on_pod) {
		add_present(out, STR("pod_id"), object->pod_id);
		add(out, STR("pod_name"), object->name);
	}
	if (s->type == SET_NODE)
		add_present(out, STR("schedulable"), f->schedulable);
	add(out, STR("type"), set_type_name(s->type));

	for (uint32_t i = 0; i < object->n_stored; i++)
		put(out, object->stored[i]);
}

void
labels_of_resource(struct label_list *out, const struct resource *r)
{
	out->n = 0;
	add_present(out, STR("accelerator_id"), r->accelerator_id);
	add_present(out, STR("make"), r->make);
	add_present(out, STR("model"), r->model);
	add_present(out, STR("persistentvolumeclaim"), r->claim);
	add_present(out, STR("resource_id"), r->resource_id);
}

static void
add_part(struct buf *out, struct str prefix, struct str name)
{
	buf_add_str(out, prefix);
	buf_add_str(out, name);
}

void
labels_key(struct buf *out, const struct frame *f, size_t set)
{
	const struct metric_set *s = &f->sets[set];
	const struct metric_set *pod = object_of(f, s);

	switch (s->type) {
	case SET_CLUSTER:
		buf_add_str(out, STR("cluster"));
		break;
	case SET_NAMESPACE:
		add_part(out, STR("namespace:"), s->name);
		break;
	case SET_NODE:
		add_part(out, STR("node:"), f->node);
		break;
	case SET_SYS_CONTAINER:
		add_part(out, STR("node:"), f->node);
		add_part(out, STR("/container:"), s->name);
		break;
	case SET_POD:
	case SET_POD_CONTAINER:
		add_part(out, STR("namespace:"), pod->namespace_name);
		add_part(out, STR("/pod:"), pod->name);
		if (s->type == SET_POD_CONTAINER)
			add_part(out, STR("/container:"), s->name);
		break;
	case SET_TYPE_COUNT:
		break;
	}
}
