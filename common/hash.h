/* SPDX-License-Identifier: ISC */
/*
 * Hashing and a hash index.
 *
 * hash_bytes() is seeded at random per process (hash_seed()), so no peer can
 * choose names that collide.  hash_stable() has a fixed seed: its values may
 * be compared between processes and written to files (rendezvous hashing,
 * scrape slots).
 *
 * struct hash_index maps a 64-bit hash to a 32-bit position in an array of
 * the caller, who compares the real key: it stores no keys.  Not a
 * container: removing from the array means hash_index_remove() first.
 */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

uint64_t hash_seed(void);
uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);
uint64_t hash_stable(struct str s);

struct hash_slot {
	uint64_t hash;
	uint32_t value;
	uint32_t is_used;	/* 0 free, 1 used, 2 deleted */
};

struct hash_index {
	struct hash_slot *slots;
	size_t n_slots;		/* power of two, or 0 */
	size_t n_used;		/* used and deleted */
	size_t n_live;
};

typedef bool hash_equal_fn(const void *ctx, uint32_t value);

#define HASH_NONE UINT32_MAX

void hash_index_fini(struct hash_index *h);
void hash_index_clear(struct hash_index *h);

/* The value whose hash is equal and for which equal() is true; HASH_NONE. */
uint32_t hash_index_find(const struct hash_index *h, uint64_t hash,
    hash_equal_fn *equal, const void *ctx);

void hash_index_add(struct hash_index *h, uint64_t hash, uint32_t value);
void hash_index_remove(struct hash_index *h, uint64_t hash, uint32_t value);

#endif
