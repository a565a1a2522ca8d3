/* SPDX-License-Identifier: ISC */
/*
 * What the frame before of one node said: which entity each of its sets was,
 * under which number, in one segment.  The next frame has nearly the same
 * sets, in any order; they are found here, in a few kilobytes, and not among
 * all that the store knows.
 *
 * A set is known by a hash of all that is said of it, its names and labels
 * and what it belongs to: whatever changes makes it another one, which is
 * then looked for in the store.  Zero is an empty one.
 */
#ifndef APISERVER_RECALL_H
#define APISERVER_RECALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recalled_set {
	uint64_t hash;		/* 0: a free place */
	uint32_t id;		/* of the entity in the store */
	uint32_t local;		/* its number in the segment */
};

struct recall {
	uint32_t serial;	/* of the segment */
	uint32_t n_places;	/* a power of two, or 0 */
	struct recalled_set *places;
};

void recall_fini(struct recall *r);

/* NULL: it was not there.  hash is not 0. */
const struct recalled_set *recall_find(const struct recall *r,
    uint64_t hash);

/* Forgets all, and has room for n sets. */
void recall_begin(struct recall *r, uint32_t serial, size_t n);

/* At most n times. */
void recall_add(struct recall *r, struct recalled_set set);

#endif
