/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "aggregator/nodes.h"

void
nodes_init(struct nodes *n, size_t max)
{
	memset(n, 0, sizeof *n);
	n->max = max;
}

void
nodes_fini(struct nodes *n)
{
	for (size_t i = 0; i < n->n_items; i++) {
		free(n->items[i].name);
		rate_history_fini(&n->items[i].history);
	}
	free(n->items);
	hash_index_fini(&n->index);
	memset(n, 0, sizeof *n);
}

struct node_key {
	const struct nodes *nodes;
	struct str name;
};

static bool
node_is(const void *ctx, uint32_t id)
{
	const struct node_key *key = ctx;

	return str_is(key->name, key->nodes->items[id].name);
}

static uint64_t
name_hash(struct str name)
{
	return hash_bytes(name.p, name.len, hash_seed());
}

static uint32_t
free_id(const struct nodes *n)
{
	if (n->n_known == n->n_items)
		return n->n_items < n->max ? (uint32_t)n->n_items : NODE_NONE;
	for (size_t id = 0; id < n->n_items; id++)
		if (n->items[id].name == NULL)
			return (uint32_t)id;
	return NODE_NONE;
}

uint32_t
nodes_get(struct nodes *n, struct str name)
{
	struct node_key key = { n, name };
	uint64_t hash = name_hash(name);
	uint32_t id = hash_index_find(&n->index, hash, node_is, &key);

	if (id != HASH_NONE)
		return id;
	id = free_id(n);
	if (id == NODE_NONE)
		return NODE_NONE;
	if (id == n->cap_items) {
		n->cap_items = n->cap_items * 2 + 16;
		n->items = xrealloc(n->items, n->cap_items, sizeof *n->items);
	}
	if (id == n->n_items)
		n->n_items++;
	n->items[id] = (struct node){ .name = str_dup(name) };
	n->n_known++;
	hash_index_add(&n->index, hash, id);
	return id;
}

void
nodes_forget_before(struct nodes *n, int64_t window_ns)
{
	if (window_ns - n->swept_ns < NODES_FORGET_NS / 8)
		return;
	n->swept_ns = window_ns;
	for (size_t id = 0; id < n->n_items; id++) {
		struct node *node = &n->items[id];

		if (node->name == NULL ||
		    window_ns - node->seen_ns <= NODES_FORGET_NS)
			continue;
		hash_index_remove(&n->index, name_hash(str_of(node->name)),
		    (uint32_t)id);
		free(node->name);
		rate_history_fini(&node->history);
		node->name = NULL;
		n->n_known--;
	}
}

void
collectors_init(struct collectors *c, size_t max)
{
	memset(c, 0, sizeof *c);
	c->max = max;
}

void
collectors_fini(struct collectors *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->items[i].name);
	free(c->items);
	hash_index_fini(&c->index);
	memset(c, 0, sizeof *c);
}

struct collector_key {
	const struct collectors *collectors;
	struct str name;
};

static bool
collector_is(const void *ctx, uint32_t at)
{
	const struct collector_key *key = ctx;

	return str_is(key->name, key->collectors->items[at].name);
}

bool
collectors_heard(struct collectors *c, struct str name, int64_t window_ns)
{
	struct collector_key key = { c, name };
	uint64_t hash = name_hash(name);
	uint32_t at = hash_index_find(&c->index, hash, collector_is, &key);

	if (at == HASH_NONE) {
		if (c->n == c->max)
			return false;
		if (c->n == c->cap) {
			c->cap = c->cap * 2 + 4;
			c->items = xrealloc(c->items, c->cap,
			    sizeof *c->items);
		}
		at = (uint32_t)c->n++;
		c->items[at] = (struct collector){ .name = str_dup(name) };
		hash_index_add(&c->index, hash, at);
	}
	if (c->items[at].heard_ns < window_ns)
		c->items[at].heard_ns = window_ns;
	return true;
}

bool
collectors_have_all(const struct collectors *c, int64_t window_ns,
    int64_t resolution_ns)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].heard_ns < window_ns &&
		    c->items[i].heard_ns >= window_ns - 2 * resolution_ns)
			return false;
	return true;
}
