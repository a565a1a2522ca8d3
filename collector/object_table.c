/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/mem.h"

#include "collector/object_table.h"

struct names {
	const struct object_table *table;
	struct str namespace_name;
	struct str name;
};

static uint64_t
hash_names(const struct names *n)
{
	uint64_t seed = n->table->seed;

	if (n->namespace_name.len > 0)
		seed = hash_bytes(n->namespace_name.p, n->namespace_name.len,
		    seed);
	return hash_bytes(n->name.p, n->name.len, seed);
}

static bool
has_names(const void *ctx, uint32_t slot)
{
	const struct names *n = ctx;
	const struct cached_object *o = n->table->slots[slot];

	return str_eq(cached_str(o, o->name), n->name) &&
	    str_eq(cached_str(o, o->namespace_name), n->namespace_name);
}

void
object_table_init(struct object_table *t)
{
	*t = (struct object_table){ .seed = hash_seed() };
}

void
object_table_fini(struct object_table *t)
{
	for (uint32_t i = 0; i < t->n_slots; i++)
		free(t->slots[i]);
	free(t->slots);
	free(t->free_slots);
	hash_index_fini(&t->index);
	*t = (struct object_table){ .seed = t->seed };
}

static uint32_t
take_slot(struct object_table *t)
{
	if (t->n_free > 0)
		return t->free_slots[--t->n_free];
	if (t->n_slots == t->cap_slots) {
		t->cap_slots = t->cap_slots == 0 ? 64 : t->cap_slots * 2;
		t->slots = xrealloc(t->slots, t->cap_slots,
		    sizeof(void *));
		t->free_slots = xrealloc(t->free_slots, t->cap_slots,
		    sizeof *t->free_slots);
	}
	return t->n_slots++;
}

static uint32_t
find_slot(const struct object_table *t, struct names *n, uint64_t *hash)
{
	n->table = t;
	*hash = hash_names(n);
	return hash_index_find(&t->index, *hash, has_names, n);
}

void
object_table_put(struct object_table *t, struct cached_object *o)
{
	struct names n = { .namespace_name = cached_str(o, o->namespace_name),
	    .name = cached_str(o, o->name) };
	uint64_t hash;
	uint32_t slot = find_slot(t, &n, &hash);

	if (slot == HASH_NONE) {
		slot = take_slot(t);
		t->slots[slot] = o;
		hash_index_add(&t->index, hash, slot);
		t->n++;
	} else {
		t->bytes -= t->slots[slot]->bytes;
		free(t->slots[slot]);
		t->slots[slot] = o;
	}
	t->bytes += o->bytes;
	t->changes++;
	o->slot = slot;
	o->round = t->round;
}

struct cached_object *
object_table_find(const struct object_table *t, struct str namespace_name,
    struct str name)
{
	struct names n = { .namespace_name = namespace_name, .name = name };
	uint64_t hash;
	uint32_t slot = find_slot(t, &n, &hash);

	return slot == HASH_NONE ? NULL : t->slots[slot];
}

static void
remove_object(struct object_table *t, struct cached_object *o)
{
	struct names n = { t, cached_str(o, o->namespace_name),
	    cached_str(o, o->name) };
	uint32_t slot = o->slot;

	hash_index_remove(&t->index, hash_names(&n), slot);
	t->bytes -= o->bytes;
	t->n--;
	t->changes++;
	free(o);
	t->slots[slot] = NULL;
	t->free_slots[t->n_free++] = slot;
}

bool
object_table_remove(struct object_table *t, struct str namespace_name,
    struct str name, struct str uid)
{
	struct cached_object *o = object_table_find(t, namespace_name, name);

	if (o == NULL ||
	    (uid.len > 0 && !str_eq(uid, cached_str(o, o->uid))))
		return false;
	remove_object(t, o);
	return true;
}

void
object_table_begin_list(struct object_table *t)
{
	t->round++;
}

void
object_table_end_list(struct object_table *t)
{
	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slots[i] != NULL && t->slots[i]->round != t->round)
			remove_object(t, t->slots[i]);
}
