/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/pod_tree.h"
#include "common/hash.h"

#define SLOTS_MIN 64

/* Twice as many slots as items, at least. */
static bool
grow_slots(struct pod_tree *t, size_t n_items)
{
	size_t n = t->n_slots == 0 ? SLOTS_MIN : t->n_slots;
	uint32_t *slots;

	while (n < 2 * n_items)
		n *= 2;
	if (n == t->n_slots)
		return true;
	slots = arena_alloc(t->arena, n * sizeof *slots);
	if (slots == NULL)
		return false;
	memset(slots, 0, n * sizeof *slots);
	for (uint32_t i = 1; i < t->n; i++) {
		size_t at = t->items[i].hash & (n - 1);

		while (slots[at] != 0)
			at = (at + 1) & (n - 1);
		slots[at] = i;
	}
	t->slots = slots;
	t->n_slots = n;
	return true;
}

static bool
grow_items(struct pod_tree *t, size_t n)
{
	void *items = t->items;

	if (n > t->cap) {
		if (!arena_grow(t->arena, &items, &t->cap, n, sizeof *t->items))
			return false;
		t->items = items;
	}
	return grow_slots(t, n);
}

bool
pod_tree_init(struct pod_tree *t, struct arena *arena, size_t n)
{
	*t = (struct pod_tree){ .arena = arena };
	if (n > FRAME_SETS_MAX)
		n = FRAME_SETS_MAX;
	if (!grow_items(t, n + 1))
		return false;
	t->items[0] = (struct pod_item){ .type = SET_NODE };
	t->n = 1;
	return true;
}

const char *
pod_tree_error(const struct pod_tree *t)
{
	return t->n == FRAME_SETS_MAX ? "too many sets" : "no memory for a set";
}

static bool
is_same(const struct pod_item *a, const struct pod_item *b)
{
	return a->hash == b->hash && a->type == b->type &&
	    a->parent == b->parent && str_eq(a->name, b->name) &&
	    str_eq(a->namespace_name, b->namespace_name);
}

/* Links the newest item with those before it. */
static void
link_item(struct pod_tree *t, uint32_t i)
{
	struct pod_item *parent = &t->items[t->items[i].parent];

	if (t->items[i].type == SET_POD) {
		t->items[t->last_pod].next = i;
		t->last_pod = i;
		return;
	}
	if (parent->first == 0)
		parent->first = i;
	else
		t->items[parent->last].next = i;
	parent->last = i;
}

static uint32_t
find_or_add(struct pod_tree *t, const struct pod_item *item)
{
	size_t at = item->hash & (t->n_slots - 1);
	uint32_t i;

	for (; (i = t->slots[at]) != 0; at = (at + 1) & (t->n_slots - 1))
		if (is_same(&t->items[i], item))
			return i;
	if (t->n == FRAME_SETS_MAX)
		return 0;
	if (t->n == t->cap || 2 * (t->n + 1) > t->n_slots) {
		if (!grow_items(t, t->n + 1))
			return 0;
		at = item->hash & (t->n_slots - 1);
		while (t->slots[at] != 0)
			at = (at + 1) & (t->n_slots - 1);
	}
	i = (uint32_t)t->n++;
	t->items[i] = *item;
	t->slots[at] = i;
	link_item(t, i);
	return i;
}

uint32_t
pod_tree_pod(struct pod_tree *t, struct str namespace_name, struct str name)
{
	struct pod_item item = {
		.type = SET_POD,
		.namespace_name = namespace_name,
		.name = name,
	};

	item.hash = hash_bytes(name.p, name.len,
	    hash_bytes(namespace_name.p, namespace_name.len, hash_seed()));
	return find_or_add(t, &item);
}

uint32_t
pod_tree_container(struct pod_tree *t, uint32_t parent, struct str name)
{
	struct pod_item item = {
		.type = parent == 0 ? SET_SYS_CONTAINER : SET_POD_CONTAINER,
		.parent = parent,
		.name = name,
	};

	item.hash = hash_bytes(name.p, name.len, hash_seed() ^ parent);
	return find_or_add(t, &item);
}

uint32_t
pod_tree_next(const struct pod_tree *t, uint32_t i)
{
	const struct pod_item *item = &t->items[i];

	if (item->first != 0)
		return item->first;
	if (item->next == 0 && item->type != SET_POD)
		item = &t->items[item->parent];
	return item->next;
}
