/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "common/hash.h"
#include "common/mem.h"

#define STABLE_SEED UINT64_C(0x63686561707374)

enum { SLOT_FREE, SLOT_USED, SLOT_DELETED };

uint64_t
hash_seed(void)
{
	static uint64_t seed;

	if (seed == 0 &&
	    (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed ||
	    seed == 0))
		seed = (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid() ^ 1;
	return seed;
}

/* Folds the 128-bit product of two words: every bit depends on every bit. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
load_8(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* One to eight bytes; those in the middle may count twice. */
static inline uint64_t
load_few(const unsigned char *p, size_t n)
{
	uint32_t first, last;

	if (n == 8)
		return load_8(p);
	if (n < 4)
		return (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 |
		    p[n - 1];
	memcpy(&first, p, sizeof first);
	memcpy(&last, p + n - sizeof last, sizeof last);
	return (uint64_t)first << 32 | last;
}

/*
 * Both factors of every product depend on the seed: were one a constant, who
 * makes it zero by a choice of bytes would get the same hash under any seed.
 */
uint64_t
hash_bytes(const void *bytes, size_t n, uint64_t seed)
{
	const unsigned char *p = bytes;
	uint64_t key = mix(seed ^ UINT64_C(0x9e3779b97f4a7c15),
	    UINT64_C(0xd6e8feb86659fd93));
	uint64_t h = seed ^ n ^ UINT64_C(0xe7037ed1a0b428db);
	size_t left = n;

	for (; left > 16; p += 16, left -= 16)
		h = mix(load_8(p) ^ key, load_8(p + 8) ^ h);
	if (left > 8)
		h = mix(load_8(p) ^ key, load_8(p + left - 8) ^ h);
	else if (left > 0)
		h = mix(load_few(p, left) ^ key,
		    h ^ UINT64_C(0xa0761d6478bd642f));
	return mix(h ^ UINT64_C(0x8ebc6af09c88c6e3),
	    key ^ UINT64_C(0x589965cc75374cc3));
}

uint64_t
hash_stable(struct str s)
{
	return hash_bytes(s.p, s.len, STABLE_SEED);
}

void
hash_index_fini(struct hash_index *h)
{
	free(h->slots);
	memset(h, 0, sizeof *h);
}

void
hash_index_clear(struct hash_index *h)
{
	if (h->n_used > 0)
		memset(h->slots, 0, h->n_slots * sizeof *h->slots);
	h->n_used = 0;
	h->n_live = 0;
}

uint32_t
hash_index_find(const struct hash_index *h, uint64_t hash,
    hash_equal_fn *equal, const void *ctx)
{
	if (h->n_slots == 0)
		return HASH_NONE;
	for (size_t at = hash & (h->n_slots - 1);;
	    at = (at + 1) & (h->n_slots - 1)) {
		const struct hash_slot *s = &h->slots[at];

		if (s->is_used == SLOT_FREE)
			return HASH_NONE;
		if (s->is_used == SLOT_USED && s->hash == hash &&
		    equal(ctx, s->value))
			return s->value;
	}
}

static void
insert(struct hash_index *h, uint64_t hash, uint32_t value)
{
	size_t at = hash & (h->n_slots - 1);

	while (h->slots[at].is_used != SLOT_FREE)
		at = (at + 1) & (h->n_slots - 1);
	h->slots[at] = (struct hash_slot){ hash, value, SLOT_USED };
	h->n_used++;
	h->n_live++;
}

/* A new table, at most half full, without the deleted slots. */
static void
rehash(struct hash_index *h)
{
	struct hash_index bigger = { .n_slots = 16 };

	while (bigger.n_slots < (h->n_live + 1) * 4)
		bigger.n_slots *= 2;
	bigger.slots = xcalloc(bigger.n_slots, sizeof *bigger.slots);
	for (size_t i = 0; i < h->n_slots; i++)
		if (h->slots[i].is_used == SLOT_USED)
			insert(&bigger, h->slots[i].hash, h->slots[i].value);
	free(h->slots);
	*h = bigger;
}

void
hash_index_add(struct hash_index *h, uint64_t hash, uint32_t value)
{
	if ((h->n_used + 1) * 4 > h->n_slots * 3)
		rehash(h);
	insert(h, hash, value);
}

void
hash_index_remove(struct hash_index *h, uint64_t hash, uint32_t value)
{
	if (h->n_slots == 0)
		return;
	for (size_t at = hash & (h->n_slots - 1);
	    h->slots[at].is_used != SLOT_FREE;
	    at = (at + 1) & (h->n_slots - 1)) {
		struct hash_slot *s = &h->slots[at];

		if (s->is_used == SLOT_USED && s->hash == hash &&
		    s->value == value) {
			s->is_used = SLOT_DELETED;
			h->n_live--;
			return;
		}
	}
}
