/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "tools/group.h"
#include "tools/parse_ndjson.h"

#define GROUP_BYTES_MAX (256u << 20)

struct group_item {
	struct ndjson_set s;
	uint32_t pod;	/* pods and containers: the how many-th pod */
	uint32_t seq;
};

void
group_init(struct group *g)
{
	*g = (struct group){ .items = NULL };
	arena_init(&g->arena, GROUP_BYTES_MAX);
}

void
group_fini(struct group *g)
{
	arena_fini(&g->arena);
	g->items = NULL;
	g->n = g->cap = 0;
}

void
group_reset(struct group *g)
{
	arena_reset(&g->arena);
	g->items = NULL;
	g->n = g->cap = 0;
	g->n_pods = 0;
}

static bool
is_rollup(enum set_type type)
{
	return type == SET_CLUSTER || type == SET_NAMESPACE;
}

static bool
is_on_pod(enum set_type type)
{
	return type == SET_POD || type == SET_POD_CONTAINER;
}

static bool
is_of_group(const struct group *g, const struct ndjson_set *s)
{
	const struct ndjson_set *first;

	if (g->n == 0)
		return true;
	first = &g->items[0].s;
	return s->window_ns == first->window_ns &&
	    is_rollup(s->type) == is_rollup(first->type) &&
	    (is_rollup(s->type) || str_eq(s->node, first->node));
}

/* From the end: what belongs together is mostly close together. */
static uint32_t
pod_number(struct group *g, const struct ndjson_set *s)
{
	for (size_t i = g->n; i-- > 0;)
		if (is_on_pod(g->items[i].s.type) &&
		    str_eq(g->items[i].s.pod_name, s->pod_name) &&
		    str_eq(g->items[i].s.namespace_name, s->namespace_name))
			return g->items[i].pod;
	return g->n_pods++;
}

enum group_result
group_add(struct group *g, struct str line, struct err *err)
{
	void *items = g->items;
	struct group_item item = { .seq = (uint32_t)g->n };

	/* Every container may need a pod that is made up. */
	if (g->n == FRAME_SETS_MAX / 2 - 1 ||
	    (g->n > 0 && g->arena.used_bytes > GROUP_BYTES_MAX / 2))
		return GROUP_OTHER;
	if (!ndjson_parse(&item.s, &g->arena, line, err))
		return GROUP_INVALID;
	if (!is_of_group(g, &item.s))
		return GROUP_OTHER;
	if (g->n == g->cap && !arena_grow(&g->arena, &items, &g->cap,
	    g->n + 1, sizeof *g->items)) {
		err_set(err, "too large");
		return GROUP_INVALID;
	}
	g->items = items;
	if (is_on_pod(item.s.type))
		item.pod = pod_number(g, &item.s);
	g->items[g->n++] = item;
	return GROUP_ADDED;
}

/* The order of struct frame: the node or cluster, what is directly in it, and
 * each pod before its containers. */
static unsigned
rank(const struct group_item *item)
{
	switch (item->s.type) {
	case SET_NODE:
	case SET_CLUSTER:
		return 0;
	case SET_SYS_CONTAINER:
	case SET_NAMESPACE:
		return 1;
	default:
		return 2;
	}
}

static int
by_place(const void *a, const void *b)
{
	const struct group_item *x = a, *y = b;

	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	if (x->pod != y->pod)
		return x->pod < y->pod ? -1 : 1;
	if (is_on_pod(x->s.type) && x->s.type != y->s.type)
		return x->s.type == SET_POD ? -1 : 1;
	return x->seq < y->seq ? -1 : 1;
}

static void
keep_first(struct str *have, struct str other)
{
	if (have->p == NULL)
		*have = other;
}

static void
fill_head(const struct group *g, struct frame *f, int64_t resolution_ns)
{
	f->kind = is_rollup(g->items[0].s.type) ? FRAME_ROLLUP : FRAME_NODE;
	f->window_ns = g->items[0].s.window_ns;
	f->node = g->items[0].s.node;
	for (size_t i = 0; i < g->n; i++) {
		const struct ndjson_set *s = &g->items[i].s;

		if (f->resolution_ns == 0)
			f->resolution_ns = s->resolution_ns;
		keep_first(&f->hostname, s->hostname);
		keep_first(&f->host_id, s->host_id);
		keep_first(&f->schedulable, s->schedulable);
	}
	if (f->resolution_ns == 0)
		f->resolution_ns = resolution_ns;
	if (f->kind == FRAME_ROLLUP)
		f->node = (struct str){ NULL, 0 };
}

/* What a pod's own line and those of its containers both say. */
static void
name_pod(struct metric_set *pod, const struct ndjson_set *s)
{
	pod->name = s->pod_name;
	pod->namespace_name = s->namespace_name;
	pod->namespace_id = s->namespace_id;
	pod->pod_id = s->pod_id;
	pod->labels = s->labels;
	pod->stored = s->stored;
	pod->n_stored = s->n_stored;
}

static bool
add_set(struct group *g, struct frame *f, const struct ndjson_set *s,
    size_t parent)
{
	size_t i = frame_add_set(f, &g->arena, s->type, parent);
	struct metric_set *set;

	if (i == SIZE_MAX)
		return false;
	set = &f->sets[i];
	*set = s->set;
	set->parent = (uint32_t)parent;
	switch (s->type) {
	case SET_NODE:
		set->name = s->node;
		set->labels = s->labels;
		set->stored = s->stored;
		set->n_stored = s->n_stored;
		break;
	case SET_POD:
		name_pod(set, s);
		break;
	case SET_POD_CONTAINER:
	case SET_SYS_CONTAINER:
		set->name = s->container_name;
		set->image = s->image;
		break;
	case SET_NAMESPACE:
		set->name = s->namespace_name;
		set->namespace_id = s->namespace_id;
		break;
	default:
		break;
	}
	return true;
}

static bool
add_missing_pod(struct group *g, struct frame *f, const struct ndjson_set *s)
{
	size_t i = frame_add_set(f, &g->arena, SET_POD, 0);

	if (i == SIZE_MAX)
		return false;
	name_pod(&f->sets[i], s);
	return true;
}

static bool
add_item(struct group *g, struct frame *f, size_t i, size_t *pod_set)
{
	const struct group_item *item = &g->items[i];
	bool is_repeated = item->s.type == SET_POD && i > 0 &&
	    g->items[i - 1].s.type == SET_POD &&
	    g->items[i - 1].pod == item->pod;
	bool is_first_of_pod = i == 0 || rank(&g->items[i - 1]) != 2 ||
	    g->items[i - 1].pod != item->pod;

	if (rank(item) == 0 || is_repeated)
		return true;
	if (rank(item) == 1)
		return add_set(g, f, &item->s, 0);
	if (is_first_of_pod) {
		*pod_set = f->n_sets;
		if (item->s.type == SET_POD_CONTAINER &&
		    !add_missing_pod(g, f, &item->s))
			return false;
	}
	return add_set(g, f, &item->s, item->s.type == SET_POD ? 0 : *pod_set);
}

bool
group_frame(struct group *g, struct frame *f, int64_t resolution_ns,
    struct err *err)
{
	size_t pod_set = 0;
	bool ok;

	frame_clear(f);
	qsort(g->items, g->n, sizeof *g->items, by_place);
	fill_head(g, f, resolution_ns);
	if (rank(&g->items[0]) == 0) {
		ok = add_set(g, f, &g->items[0].s, 0);
	} else {
		ok = frame_add_set(f, &g->arena, f->kind == FRAME_NODE ?
		    SET_NODE : SET_CLUSTER, 0) != SIZE_MAX;
		if (ok)
			f->sets[0].name = f->node;
	}
	for (size_t i = 0; ok && i < g->n; i++)
		ok = add_item(g, f, i, &pod_set);
	return ok || err_set(err, "too large");
}
