/* SPDX-License-Identifier: ISC */
/*
 * A node of the resource_table of the Metrics API: what it and the containers
 * of its pods use, and the items of lists that say so.
 *
 * Frames are taken in their order, and those that came while nobody asked are
 * read first: as many as are needed for two samples of everything, and not
 * more, since somebody waits.  So the first question after a start is answered
 * from what is on disk.
 *
 * Items are made when they are asked for, all of a node's at once, in the form
 * that is asked for; then they stay until the next frame comes or a value in them is
 * too old.  Only the time of the request is put in later.
 *
 * A container without a value is left out; a pod is, when none has one, or when
 * one is so new that it has none yet: half of a pod would look to an autoscaler
 * like little use.  Init containers are no part of it.  The time of a pod is that of the container that was
 * sampled first, with its window.
 */
#ifndef APISERVER_USAGE_NODE_H
#define APISERVER_USAGE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

#include "apiserver/resource_table.h"
#include "apiserver/usage.h"

#define USAGE_SPAN_NS (30 * INT64_C(1000000000))	/* kubelets sample twice */
#define USAGE_FRAMES_MIN 3
#define USAGE_FRAMES_MAX 8

enum usage_form { USAGE_JSON, USAGE_PROTOBUF, USAGE_FORM_COUNT };

struct usage_container {
	size_t name_at, name_len;	/* in the node's names */
	struct usage usage;
};

struct usage_pod {
	size_t first, n;	/* containers */
	uint64_t uid;		/* a hash; 0: not known */
	int64_t start_ns;
};

/* Where an item is in the text of its form. */
struct usage_place {
	size_t at, len;		/* 0: no metrics */
	size_t metadata_len;	/* of it, from the beginning on */
	size_t created_at;	/* of it, where the time of the request goes */
	int64_t at_ns;		/* its time */
};

struct usage_text {
	bool is_made;
	int64_t good_until_ns;
	struct buf text;
	struct usage_place *places;	/* the node's, those of the pods */
};

struct usage_node {
	struct resource_node base;
	int64_t taken_ns;		/* the newest frame's window */
	struct usage_pod *pods;		/* as many as base has */
	struct usage_container *containers;	/* first the node itself */
	size_t n_containers, cap_containers;
	struct usage_text texts[USAGE_FORM_COUNT];
};

extern const struct resource_kind usage_kind;

static inline bool
usage_is_good(const struct usage *u, int64_t now_ns, int64_t max_age_ns)
{
	return u->value.at_ns != 0 &&
	    now_ns - u->value.frame_ns <= max_age_ns;
}

/* The containers of an object; of a node it is the node. */
const struct usage_container *usage_containers(
    const struct resource_object *object, size_t *n);

static inline struct str
usage_container_name(const struct usage_node *n,
    const struct usage_container *c)
{
	return (struct str){ n->base.names.p + c->name_at, c->name_len };
}

/* What all the containers use; false: no metrics. */
bool usage_sum(const struct resource_object *object, int64_t now_ns,
    int64_t max_age_ns, struct usage_value *out);

struct usage_item {
	struct str text;	/* an item; empty: no metrics */
	size_t metadata_len;
	size_t created_at;
	int64_t at_ns;
};

/* Valid until the next update of the table. */
struct usage_item usage_item(const struct resource_object *object,
    enum usage_form form, int64_t now_ns, int64_t max_age_ns);

/* Appends the first len bytes of an item, with the time of the request. */
void usage_item_add(struct buf *out, const struct usage_item *item,
    size_t from, size_t len, enum usage_form form, int64_t now_ns);

/* Writes the text of all items anew: in usage_text.c. */
void usage_text_make(struct usage_node *n, struct str label_separator,
    enum usage_form form, int64_t now_ns, int64_t max_age_ns);

#endif
