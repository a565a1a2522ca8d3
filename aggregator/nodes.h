/* SPDX-License-Identifier: ISC */
/*
 * Who takes part: the nodes, each with the counters of its last frame, and the
 * collectors.  A node is named by a small id, stable while it is known; one
 * that was not heard of for NODES_FORGET_NS of windows is forgotten and its id
 * used again.
 */
#ifndef AGGREGATOR_NODES_H
#define AGGREGATOR_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"
#include "common/str.h"

#include "aggregator/rate.h"

#define NODE_NONE UINT32_MAX
#define NODES_FORGET_NS (3600 * INT64_C(1000000000))

struct node {
	char *name;		/* NULL: the id is free */
	int64_t seen_ns;	/* newest window it was named in */
	int64_t answered_ns;	/* newest window of a NODE frame fed to us */
	int64_t failed_ns;	/* newest window of any frame fed to us */
	int64_t published_ns;	/* newest window of a NODE frame published */
	int64_t failed_published_ns;	/* and of any frame published */
	struct rate_history history;
};

struct nodes {
	struct node *items;
	size_t n_items;
	size_t cap_items;
	size_t n_known;
	size_t max;
	int64_t swept_ns;
	struct hash_index index;
};

void nodes_init(struct nodes *n, size_t max);
void nodes_fini(struct nodes *n);

/* The id of the node, added if new; NODE_NONE when the table is full. */
uint32_t nodes_get(struct nodes *n, struct str name);

/* Forgets nodes not seen for NODES_FORGET_NS before window_ns. */
void nodes_forget_before(struct nodes *n, int64_t window_ns);

struct collector {
	char *name;
	int64_t heard_ns;	/* newest window with its roster */
};

struct collectors {
	struct collector *items;
	size_t n;
	size_t cap;
	size_t max;
	struct hash_index index;
};

void collectors_init(struct collectors *c, size_t max);
void collectors_fini(struct collectors *c);

/* False: the table is full. */
bool collectors_heard(struct collectors *c, struct str name,
    int64_t window_ns);

/*
 * Whether every collector that was heard in the two windows before this one
 * has sent its roster for it (or for a later one).
 */
bool collectors_have_all(const struct collectors *c, int64_t window_ns,
    int64_t resolution_ns);

#endif
