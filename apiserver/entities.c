/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "apiserver/entities.h"

static void
entity_fini(struct entity *entity)
{
	free(entity->key);
	free(entity->uses);
	if (entity->recall != NULL)
		recall_fini(entity->recall);
	free(entity->recall);
	*entity = (struct entity){ 0 };
}

void
entities_fini(struct entities *e)
{
	for (size_t i = 0; i < e->n; i++)
		entity_fini(&e->items[i]);
	free(e->items);
	free(e->free_ids);
	free(e->nodes);
	hash_index_fini(&e->index);
	buf_fini(&e->key);
	*e = (struct entities){ 0 };
}

/* The names that make the set, each ended by a byte that no name has. */
static struct str
make_key(struct entities *e, const struct store_key *key)
{
	const struct str parts[] = {
		key->type == SET_NODE || key->type == SET_SYS_CONTAINER ?
		    key->node : STR(""),
		key->type == SET_NODE || key->type == SET_SYS_CONTAINER ||
		    key->type == SET_CLUSTER ? STR("") : key->namespace_name,
		key->type == SET_POD || key->type == SET_POD_CONTAINER ?
		    key->pod : STR(""),
		key->type == SET_SYS_CONTAINER ||
		    key->type == SET_POD_CONTAINER ? key->container : STR(""),
	};

	buf_reset(&e->key);
	buf_add_char(&e->key, (char)('0' + key->type));
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		buf_add_str(&e->key, parts[i]);
		buf_add_char(&e->key, '\0');
	}
	return buf_str(&e->key);
}

struct key_of {
	const struct entities *entities;
	struct str text;
};

static bool
has_key(const void *ctx, uint32_t id)
{
	const struct key_of *k = ctx;
	const struct entity *entity = &k->entities->items[id];

	return str_eq((struct str){ entity->key, entity->key_len }, k->text);
}

static uint32_t
find(const struct entities *e, struct str text, uint64_t hash)
{
	struct key_of k = { e, text };

	return hash_index_find(&e->index, hash, has_key, &k);
}

uint32_t
entities_find(struct entities *e, const struct store_key *key)
{
	struct str text = make_key(e, key);

	return find(e, text, hash_bytes(text.p, text.len, hash_seed()));
}

/* Where the id is among those of nodes, or would be. */
static size_t
node_place(const struct entities *e, uint32_t id)
{
	size_t low = 0, high = e->n_nodes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->nodes[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
add_node(struct entities *e, uint32_t id)
{
	size_t at = node_place(e, id);

	if (e->n_nodes == e->cap_nodes) {
		e->cap_nodes = e->cap_nodes * 2 + 64;
		e->nodes = xrealloc(e->nodes, e->cap_nodes,
		    sizeof *e->nodes);
	}
	memmove(&e->nodes[at + 1], &e->nodes[at],
	    (e->n_nodes - at) * sizeof *e->nodes);
	e->nodes[at] = id;
	e->n_nodes++;
}

static void
remove_node(struct entities *e, uint32_t id)
{
	size_t at = node_place(e, id);

	e->n_nodes--;
	memmove(&e->nodes[at], &e->nodes[at + 1],
	    (e->n_nodes - at) * sizeof *e->nodes);
}

uint32_t
entities_get(struct entities *e, const struct store_key *key)
{
	struct str text = make_key(e, key);
	uint64_t hash = hash_bytes(text.p, text.len, hash_seed());
	uint32_t id = find(e, text, hash);

	if (id != HASH_NONE)
		return id;
	if (e->n_free > 0) {
		id = e->free_ids[--e->n_free];
	} else {
		if (e->n == e->cap) {
			e->cap = e->cap * 2 + 64;
			e->items = xrealloc(e->items, e->cap,
			    sizeof *e->items);
		}
		id = (uint32_t)e->n++;
	}
	e->items[id] = (struct entity){
		.key = str_dup(text),
		.key_len = text.len,
		.hash = hash,
		.type = key->type,
	};
	e->n_known++;
	if (key->type == SET_NODE)
		add_node(e, id);
	hash_index_add(&e->index, hash, id);
	return id;
}

void
entities_add_use(struct entities *e, uint32_t id, struct entity_use use)
{
	struct entity *entity = &e->items[id];

	if (entity->n_uses == entity->cap_uses) {
		entity->cap_uses = entity->cap_uses * 2 + 2;
		entity->uses = xrealloc(entity->uses, entity->cap_uses,
		    sizeof *entity->uses);
	}
	entity->uses[entity->n_uses++] = use;
}

struct recall *
entities_recall(struct entities *e, uint32_t id)
{
	struct entity *entity = &e->items[id];

	if (entity->recall == NULL)
		entity->recall = xcalloc(1, sizeof *entity->recall);
	return entity->recall;
}

static void
forget(struct entities *e, uint32_t id)
{
	struct entity *entity = &e->items[id];

	hash_index_remove(&e->index, entity->hash, id);
	if (entity->type == SET_NODE)
		remove_node(e, id);
	entity_fini(entity);
	e->n_known--;
	if (e->n_free == e->cap_free) {
		e->cap_free = e->cap_free * 2 + 64;
		e->free_ids = xrealloc(e->free_ids, e->cap_free,
		    sizeof *e->free_ids);
	}
	e->free_ids[e->n_free++] = id;
}

void
entities_drop_use(struct entities *e, uint32_t id, uint32_t serial)
{
	struct entity *entity = &e->items[id];
	uint32_t kept = 0;

	if (entity->key == NULL)
		return;
	for (uint32_t i = 0; i < entity->n_uses; i++)
		if (entity->uses[i].serial != serial)
			entity->uses[kept++] = entity->uses[i];
	entity->n_uses = kept;
	if (kept == 0)
		forget(e, id);
}
