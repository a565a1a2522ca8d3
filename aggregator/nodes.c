/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "aggregator/nodes.h"

struct name_key {
	const struct name_table *table;
	struct str name;
};

static bool
name_is(const void *ctx, uint32_t id)
{
	const struct name_key *key = ctx;

	return str_is(key->name, key->table->items[id].name);
}

static uint64_t
name_hash(struct str name)
{
	return hash_bytes(name.p, name.len, hash_seed());
}

static uint32_t
find(const struct name_table *t, struct str name)
{
	struct name_key key = { t, name };

	return hash_index_find(&t->index, name_hash(name), name_is, &key);
}

/* NAME_NONE: the table is full. */
static uint32_t
add(struct name_table *t, struct str name)
{
	size_t id = t->free_from;

	while (id < t->n_items && t->items[id].name != NULL)
		id++;
	t->free_from = id;
	if (id == t->max)
		return NAME_NONE;
	if (id == t->cap_items) {
		t->cap_items = t->cap_items * 2 + 16;
		t->items = xrealloc(t->items, t->cap_items, sizeof *t->items);
	}
	if (id == t->n_items)
		t->n_items++;
	t->items[id] = (struct name_entry){ .name = str_dup(name) };
	t->n_known++;
	hash_index_add(&t->index, name_hash(name), (uint32_t)id);
	return (uint32_t)id;
}

static void
seen(struct name_table *t, uint32_t id, int64_t window_ns)
{
	if (t->items[id].seen_ns < window_ns)
		t->items[id].seen_ns = window_ns;
}

static bool
is_old(const struct name_entry *e, int64_t window_ns, int64_t resolution_ns)
{
	int64_t keep_ns = NAMES_FORGET_WINDOWS * resolution_ns;

	if (keep_ns < NAMES_FORGET_NS)
		keep_ns = NAMES_FORGET_NS;
	return window_ns - e->seen_ns > keep_ns;
}

/* Frees the ids of those not seen for long. */
static void
forget_before(struct name_table *t, int64_t window_ns, int64_t resolution_ns,
    void (*forget)(void *arg, uint32_t id), void *arg)
{
	if (window_ns - t->swept_ns < NAMES_FORGET_NS / 8)
		return;
	t->swept_ns = window_ns;
	for (uint32_t id = 0; id < t->n_items; id++) {
		struct name_entry *e = &t->items[id];

		if (e->name == NULL || !is_old(e, window_ns, resolution_ns))
			continue;
		hash_index_remove(&t->index, name_hash(str_of(e->name)), id);
		free(e->name);
		e->name = NULL;
		t->n_known--;
		if (t->free_from > id)
			t->free_from = id;
		if (forget != NULL)
			forget(arg, id);
	}
}

static void
name_table_fini(struct name_table *t)
{
	for (size_t i = 0; i < t->n_items; i++)
		free(t->items[i].name);
	free(t->items);
	hash_index_fini(&t->index);
}

void
collectors_init(struct collectors *c, size_t max)
{
	*c = (struct collectors){ .names.max = max };
}

void
collectors_fini(struct collectors *c)
{
	name_table_fini(&c->names);
	free(c->items);
	memset(c, 0, sizeof *c);
}

uint32_t
collectors_find(const struct collectors *c, struct str name)
{
	return find(&c->names, name);
}

uint32_t
collectors_heard(struct collectors *c, struct str name, int64_t window_ns)
{
	uint32_t id = find(&c->names, name);
	struct collector *it;

	if (id == NAME_NONE) {
		id = add(&c->names, name);
		if (id == NAME_NONE)
			return NAME_NONE;
		if (c->cap_items < c->names.cap_items) {
			c->cap_items = c->names.cap_items;
			c->items = xrealloc(c->items, c->cap_items,
			    sizeof *c->items);
		}
		c->items[id] = (struct collector){ .left_ns = INT64_MIN };
	}
	it = &c->items[id];
	seen(&c->names, id, window_ns);
	if (it->heard_ns < window_ns)
		it->heard_ns = window_ns;
	if (it->left_ns <= window_ns)
		it->left_ns = INT64_MIN;
	return id;
}

void
collectors_left(struct collectors *c, struct str name, int64_t window_ns)
{
	uint32_t id = find(&c->names, name);

	if (id != NAME_NONE && c->items[id].heard_ns <= window_ns)
		c->items[id].left_ns = window_ns;
}

/* Whether it has said farewell, and may not come back in this window. */
static bool
has_left(const struct collector *it, int64_t window_ns, int64_t resolution_ns)
{
	return it->left_ns != INT64_MIN &&
	    window_ns > it->left_ns + resolution_ns;
}

bool
collectors_have_all(const struct collectors *c, int64_t window_ns,
    int64_t resolution_ns)
{
	for (size_t id = 0; id < c->names.n_items; id++) {
		const struct collector *it = &c->items[id];

		if (c->names.items[id].name != NULL &&
		    it->heard_ns < window_ns &&
		    it->heard_ns >= window_ns - 2 * resolution_ns &&
		    !has_left(it, window_ns, resolution_ns))
			return false;
	}
	return true;
}

void
collectors_forget_before(struct collectors *c, int64_t window_ns,
    int64_t resolution_ns)
{
	forget_before(&c->names, window_ns, resolution_ns, NULL, NULL);
}

void
nodes_init(struct nodes *n, size_t max)
{
	*n = (struct nodes){ .names.max = max };
}

void
nodes_fini(struct nodes *n)
{
	for (size_t id = 0; id < n->names.n_items; id++)
		rate_history_fini(&n->items[id].history);
	name_table_fini(&n->names);
	free(n->items);
	memset(n, 0, sizeof *n);
}

uint32_t
nodes_get(struct nodes *n, struct str name)
{
	uint32_t id = find(&n->names, name);

	if (id != NAME_NONE)
		return id;
	id = add(&n->names, name);
	if (id == NAME_NONE)
		return NAME_NONE;
	if (n->cap_items < n->names.cap_items) {
		n->cap_items = n->names.cap_items;
		n->items = xrealloc(n->items, n->cap_items, sizeof *n->items);
	}
	n->items[id] = (struct node){ .collector = NAME_NONE };
	return id;
}

struct str
nodes_name(const struct nodes *n, uint32_t id)
{
	return str_of(n->names.items[id].name);
}

void
nodes_seen(struct nodes *n, uint32_t id, int64_t window_ns)
{
	seen(&n->names, id, window_ns);
}

void
node_named(struct node *node, uint32_t collector, int64_t window_ns)
{
	if (node->named_ns > window_ns)
		return;
	node->named_ns = window_ns;
	node->collector = collector;
}

static int64_t
lost_ns(int64_t resolution_ns)
{
	int64_t ns = NODES_LOST_WINDOWS * resolution_ns;

	return ns > NODES_LOST_NS ? ns : NODES_LOST_NS;
}

static int64_t
newest_answer_ns(const struct node *node)
{
	return node->answered_ns > node->published_ns ? node->answered_ns :
	    node->published_ns;
}

void
node_answered(struct node *node, int64_t window_ns, int64_t resolution_ns)
{
	if (node->since_ns == 0 || window_ns < node->since_ns ||
	    window_ns - newest_answer_ns(node) > lost_ns(resolution_ns))
		node->since_ns = window_ns;
}

bool
nodes_is_lost(const struct nodes *n, uint32_t id, const struct collectors *c,
    int64_t window_ns, int64_t resolution_ns)
{
	const struct node *node = &n->items[id];
	const struct collector *it;

	if (n->names.items[id].name == NULL || node->since_ns == 0 ||
	    node->since_ns >= window_ns || node->collector == NAME_NONE ||
	    window_ns - newest_answer_ns(node) > lost_ns(resolution_ns))
		return false;
	it = &c->items[node->collector];
	return it->heard_ns <= node->named_ns &&
	    !has_left(it, window_ns, resolution_ns);
}

static void
forget_node(void *arg, uint32_t id)
{
	struct nodes *n = arg;

	rate_history_fini(&n->items[id].history);
}

void
nodes_forget_before(struct nodes *n, int64_t window_ns, int64_t resolution_ns)
{
	forget_before(&n->names, window_ns, resolution_ns, forget_node, n);
}
