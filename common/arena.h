/* SPDX-License-Identifier: ISC */
/*
 * Memory that is released all at once: one arena per scrape or per decoded
 * frame, reset when it is done.  Grows by chunks up to max_bytes; the chunks
 * are kept over a reset, so a steady load allocates nothing.
 *
 * What arena_alloc() returns is not initialised.  NULL means that the
 * bound is reached or memory is out: the caller fails that one document.
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <stddef.h>

#include "common/str.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *first;	/* in order of allocation */
	struct arena_chunk *current;
	size_t used_bytes;		/* since the last reset */
	size_t high_water_bytes;
	size_t max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_fini(struct arena *a);
void arena_reset(struct arena *a);

/* Zeroes all memory that there is, for what held secrets.  Nothing is
 * released: arena_fini() or arena_reset() comes next. */
void arena_wipe(struct arena *a);

void *arena_alloc(struct arena *a, size_t size);	/* 16-byte aligned */

/*
 * Grows the array *items of item_size from *cap to at least want items by
 * copying into a new piece of the arena (at least doubled).  False: no room.
 */
bool arena_grow(struct arena *a, void **items, size_t *cap, size_t want,
    size_t item_size);

/* A copy of s in the arena, NUL-terminated behind len; absent when full. */
struct str arena_str(struct arena *a, struct str s);

#endif
