/* SPDX-License-Identifier: ISC */
/*
 * The sets of one node by name, for decoders of text in which they come in any
 * order: each is found or added in constant time, and all are walked in the
 * order that a frame wants.
 *
 * Items have indices in order of appearance, so that a decoder keeps what it
 * knows of each in an array of its own.  Item 0 is the node; as nothing is
 * above it, 0 is also "none".  What is below it are pods and system
 * containers, and below a pod its containers.
 *
 * Names are borrowed; the memory is the arena's.
 */
#ifndef COLLECTOR_POD_TREE_H
#define COLLECTOR_POD_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/frame.h"
#include "common/str.h"

struct pod_item {
	enum set_type type;
	uint32_t parent;
	uint32_t next;		/* the next pod, or container of that parent */
	uint32_t first;		/* node, pods: the first container, and */
	uint32_t last;		/* the last one */
	struct str namespace_name;	/* pods */
	struct str name;
	uint64_t hash;
};

struct pod_tree {
	struct pod_item *items;
	size_t n;
	size_t cap;
	uint32_t *slots;	/* a hash table of indices */
	size_t n_slots;
	uint32_t last_pod;
	struct arena *arena;
};

/* n is a guess of how many there will be.  False: the arena is full. */
bool pod_tree_init(struct pod_tree *t, struct arena *arena, size_t n);

/*
 * Found or added; 0 if that failed: pod_tree_error() says why.  The parent of
 * a container is a pod, or 0 for a system container.
 */
uint32_t pod_tree_pod(struct pod_tree *t, struct str namespace_name,
    struct str name);
uint32_t pod_tree_container(struct pod_tree *t, uint32_t parent,
    struct str name);
const char *pod_tree_error(const struct pod_tree *t);

/* Behind i in the order of a frame, beginning with 0; 0 at the end. */
uint32_t pod_tree_next(const struct pod_tree *t, uint32_t i);

#endif
