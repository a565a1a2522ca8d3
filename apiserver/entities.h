/* SPDX-License-Identifier: ISC */
/*
 * The sets that the store knows, by name, and where each one is: in which
 * segments, under which number.  A set that is in no segment any more is
 * forgotten.  Ids are positions and are used again.
 */
#ifndef APISERVER_ENTITIES_H
#define APISERVER_ENTITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/hash.h"

#include "apiserver/recall.h"
#include "apiserver/store.h"

struct entity_use {
	uint32_t serial;	/* of the segment */
	uint32_t local;		/* its number there */
	uint64_t description;	/* hash of what is said of it there; 0: not
				 * looked at yet */
};

struct entity {
	char *key;		/* NULL: the id is free */
	size_t key_len;
	uint64_t hash;
	struct entity_use *uses;	/* oldest segment first */
	uint32_t n_uses, cap_uses;
	enum set_type type;
	struct recall *recall;	/* of a node or the cluster; NULL: no frame of
				 * it was stored yet by this process */
};

struct entities {
	struct entity *items;
	size_t n, cap, n_known;
	uint32_t *free_ids;
	size_t n_free, cap_free;
	uint32_t *nodes;	/* ids of nodes, ascending */
	size_t n_nodes, cap_nodes;
	struct hash_index index;
	struct buf key;		/* scratch */
};

void entities_fini(struct entities *e);
uint32_t entities_find(struct entities *e, const struct store_key *key);
uint32_t entities_get(struct entities *e, const struct store_key *key);
void entities_add_use(struct entities *e, uint32_t id,
    struct entity_use use);

/* That of a node or the cluster; valid until the entity is forgotten. */
struct recall *entities_recall(struct entities *e, uint32_t id);

/* Forgets the use in that segment, and the entity if it was the last. */
void entities_drop_use(struct entities *e, uint32_t id, uint32_t serial);

#endif
