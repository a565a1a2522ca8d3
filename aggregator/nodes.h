/* SPDX-License-Identifier: ISC */
/*
 * Who takes part: the nodes, each with the counters of its last frame, and the
 * collectors.  Both are named by small ids, stable while they are known; who
 * was not heard of for NAMES_FORGET_NS of windows, or NAMES_FORGET_WINDOWS if
 * that is longer, is forgotten and the id used again.
 *
 * A collector that was heard in the two windows before one is expected in it.
 * If it said farewell (a roster without nodes) in window F, that ends with
 * window F + 1: it may be about to be started again, and then it asks for F + 1
 * if it is not too late.
 *
 * A node that no roster names any more has left if its collector goes on
 * without it, or has left itself; if nothing is heard of its collector either,
 * it is lost, for a while: nodes_is_lost().
 *
 * Pure: no clock, no I/O.
 */
#ifndef AGGREGATOR_NODES_H
#define AGGREGATOR_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"
#include "common/str.h"

#include "aggregator/rate.h"

#define NAME_NONE UINT32_MAX
#define NAMES_FORGET_NS (3600 * INT64_C(1000000000))
#define NAMES_FORGET_WINDOWS 16
/* How long a lost node is missed; the longer of the two. */
#define NODES_LOST_NS (180 * INT64_C(1000000000))
#define NODES_LOST_WINDOWS 3

struct name_entry {
	char *name;		/* NULL: the id is free */
	int64_t seen_ns;	/* newest window it was named in */
};

struct name_table {
	struct name_entry *items;	/* by id */
	size_t n_items;
	size_t cap_items;
	size_t n_known;
	size_t max;
	size_t free_from;	/* no id below is free */
	int64_t swept_ns;
	struct hash_index index;
};

struct collector {
	int64_t heard_ns;	/* newest window with its roster */
	int64_t left_ns;	/* it said farewell in this window */
};

struct collectors {
	struct name_table names;
	struct collector *items;	/* by id */
	size_t cap_items;
};

void collectors_init(struct collectors *c, size_t max);
void collectors_fini(struct collectors *c);

/* The id of the collector; NAME_NONE: it is unknown. */
uint32_t collectors_find(const struct collectors *c, struct str name);

/* A roster of this window; the id, or NAME_NONE when the table is full. */
uint32_t collectors_heard(struct collectors *c, struct str name,
    int64_t window_ns);

/* A farewell in this window. */
void collectors_left(struct collectors *c, struct str name,
    int64_t window_ns);

/* Whether every collector that is expected in this window has sent its roster
 * for it (or for a later one). */
bool collectors_have_all(const struct collectors *c, int64_t window_ns,
    int64_t resolution_ns);

void collectors_forget_before(struct collectors *c, int64_t window_ns,
    int64_t resolution_ns);

struct node {
	int64_t answered_ns;	/* newest window of a NODE frame fed to us */
	int64_t failed_ns;	/* newest window of any frame fed to us */
	int64_t published_ns;	/* newest window of a NODE frame published */
	int64_t failed_published_ns;	/* and of any frame published */
	int64_t since_ns;	/* it answers since then, with no long pause;
				 * 0: it never did */
	int64_t named_ns;	/* newest window with it in a roster */
	uint32_t collector;	/* whose; NAME_NONE: unknown */
	struct rate_history history;
};

struct nodes {
	struct name_table names;
	struct node *items;	/* by id */
	size_t cap_items;
};

void nodes_init(struct nodes *n, size_t max);
void nodes_fini(struct nodes *n);

/* The id of the node, added if new; NAME_NONE when the table is full. */
uint32_t nodes_get(struct nodes *n, struct str name);
struct str nodes_name(const struct nodes *n, uint32_t id);
void nodes_seen(struct nodes *n, uint32_t id, int64_t window_ns);

/* It is in a roster of the collector. */
void node_named(struct node *node, uint32_t collector, int64_t window_ns);

/* A NODE frame, before published_ns or answered_ns have its window. */
void node_answered(struct node *node, int64_t window_ns,
    int64_t resolution_ns);

/* Whether a node that is in no roster of this window should be in one. */
bool nodes_is_lost(const struct nodes *n, uint32_t id,
    const struct collectors *c, int64_t window_ns, int64_t resolution_ns);

void nodes_forget_before(struct nodes *n, int64_t window_ns,
    int64_t resolution_ns);

#endif
