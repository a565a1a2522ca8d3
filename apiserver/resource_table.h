/* SPDX-License-Identifier: ISC */
/*
 * What nodes and pods use now, as text that only has to be put together: the
 * items of the resource metrics API's lists.
 *
 * The table is brought up to date when it is asked: of each node whose newest
 * frame is another one than before, the text is made again, and all else stays.
 * So a list costs a copy, however many ask within one window.
 *
 * A node has metrics if its CPU rate and working set are known; a pod if those
 * of all containers of its specification are.  A rate that no newer sample
 * has replaced is good for three windows, as long as the counter goes on: so
 * pods do not blink where kubelets sample more slowly than they are asked.
 *
 * Objects and containers are sorted by name, pods by namespace and name; of a pod that two
 * nodes know the newer one counts.
 */
#ifndef APISERVER_RESOURCE_TABLE_H
#define APISERVER_RESOURCE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

#include "apiserver/label_selector.h"
#include "apiserver/resource_item.h"
#include "apiserver/store.h"

struct resource_table;

/*
 * Another kind of items, for another API; a node of it begins with a
 * resource_node.  load() is as resource_node_load().
 */
struct resource_kind {
	size_t node_size;
	bool (*load)(struct resource_node *n, struct store *s,
	    struct arena *a, struct str label_separator, int64_t now_ns);
	void (*free)(struct resource_node *n);
};

struct resource_object {
	struct str namespace_name;	/* of pods */
	struct str name;
	struct object_labels labels;
	struct str text;	/* an item of a list; empty: no metrics */
	const struct resource_node *node;	/* that it is of */
	const struct resource_item *item;
};

struct resource_table *resource_table_new(struct str label_separator);

struct resource_table *resource_table_new_kind(struct str label_separator,
    const struct resource_kind *kind);

/* How long nodes that do not answer stay, from now on.  Without it they do as
 * long as they are current. */
void resource_table_set_age(struct resource_table *t, int64_t max_age_ns);
void resource_table_free(struct resource_table *t);	/* NULL is fine */

/* Between this and the next call objects are valid. */
void resource_table_update(struct resource_table *t, struct store *s,
    int64_t now_ns);

typedef void resource_fn(void *arg, const struct resource_object *object);

void resource_table_nodes(const struct resource_table *t, resource_fn *fn,
    void *arg);

/* Of one namespace; absent: of all. */
void resource_table_pods(const struct resource_table *t,
    struct str namespace_name, resource_fn *fn, void *arg);

/* False: it is not known. */
bool resource_table_node(const struct resource_table *t, struct str name,
    struct resource_object *out);
bool resource_table_pod(const struct resource_table *t,
    struct str namespace_name, struct str name, struct resource_object *out);

#endif
