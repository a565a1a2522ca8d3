/* SPDX-License-Identifier: ISC */
/*
 * One node of a resource_table: the items of it and of its pods, made from
 * its newest frame.
 */
#ifndef APISERVER_RESOURCE_ITEM_H
#define APISERVER_RESOURCE_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/str.h"

#include "apiserver/store.h"

struct resource_item {
	size_t names_at;	/* in names: namespace, name, labels */
	size_t namespace_len, name_len, labels_len;
	size_t text_at, text_len;
	bool has_metrics;
};

struct resource_node {
	uint32_t entity;
	int64_t window_ns;
	bool is_gone;		/* from the store */
	bool is_renamed;	/* names are others than before */
	struct resource_item self;
	struct resource_item *pods;
	size_t n_pods, cap_pods;
	struct buf names;
	struct buf text;
};

/*
 * The container is none of the pod's specification, which the cluster knows:
 * it initialises, or was added to look into the pod.
 */
bool resource_is_extra(const struct metric_set *pod,
    const struct metric_set *container);

/* The next set of the pod in the order of the names, behind that one, or from
 * 0 on; 0: it was the last. */
size_t resource_next_container(const struct frame *f, size_t pod,
    size_t before);

/* Appends all labels of a set as joined text: stored ones behind the others. */
void resource_add_labels(struct buf *out, const struct metric_set *set,
    struct str separator);

/* Makes all anew.  False: there is no frame, or no memory: then it is empty. */
bool resource_node_load(struct resource_node *n, struct store *s,
    struct arena *a, struct str label_separator, int64_t now_ns);
void resource_node_free(struct resource_node *n);

static inline struct str
resource_name_part(const struct resource_node *n, size_t at, size_t len)
{
	return (struct str){ len == 0 ? "" : n->names.p + at, len };
}

static inline struct str
resource_item_namespace(const struct resource_node *n,
    const struct resource_item *i)
{
	return resource_name_part(n, i->names_at, i->namespace_len);
}

static inline struct str
resource_item_name(const struct resource_node *n,
    const struct resource_item *i)
{
	return resource_name_part(n, i->names_at + i->namespace_len,
	    i->name_len);
}

static inline struct str
resource_item_labels(const struct resource_node *n,
    const struct resource_item *i)
{
	return resource_name_part(n, i->names_at + i->namespace_len +
	    i->name_len, i->labels_len);
}

#endif
