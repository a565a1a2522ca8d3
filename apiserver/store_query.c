/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "apiserver/store_impl.h"

struct stored_segment *
store_segment(const struct store *s, uint32_t serial)
{
	for (size_t i = s->n_segments; i-- > 0;)
		if (s->segments[i].serial == serial)
			return (struct stored_segment *)&s->segments[i];
	return NULL;
}

uint32_t
store_owner(const struct segment *s, uint32_t local)
{
	/* A container, its pod, the node: no deeper. */
	for (int i = 0; i < 3 && s->entities[local].parent != local; i++)
		local = s->entities[local].parent;
	return local;
}

void
store_key_of(const struct segment *s, uint32_t local, struct store_key *out)
{
	const struct segment_entity *e = &s->entities[local];
	const struct segment_entity *parent = &s->entities[e->parent];
	struct str name = segment_str(s, e->name);

	*out = (struct store_key){
		.type = e->type,
		.node = segment_str(s, s->entities[store_owner(s, local)].name),
	};
	switch (e->type) {
	case SET_NODE:
	case SET_CLUSTER:
	case SET_TYPE_COUNT:
		break;
	case SET_SYS_CONTAINER:
		out->container = name;
		break;
	case SET_POD:
		out->namespace_name = segment_str(s, e->namespace_name);
		out->pod = name;
		break;
	case SET_POD_CONTAINER:
		out->namespace_name = segment_str(s, parent->namespace_name);
		out->pod = segment_str(s, parent->name);
		out->container = name;
		break;
	case SET_NAMESPACE:
		out->namespace_name = name;
		break;
	}
}

uint32_t
store_find(const struct store *s, const struct store_key *key)
{
	return entities_find((struct entities *)&s->entities, key);
}

struct store_status
store_status(const struct store *s)
{
	return s->status;
}

size_t
store_n_positions(const struct store *s)
{
	return s->n_positions;
}

void
store_position(const struct store *s, size_t i, uint64_t *epoch,
    uint64_t *seq)
{
	*epoch = s->positions[i].epoch;
	*seq = s->positions[i].seq;
}

/*
 * Calls fn for every block of the retention that has the entity, from the
 * newest back within each of its uses.
 */
typedef void visit_fn(void *arg, const struct segment *seg,
    const struct segment_block *block, const struct segment_set *set);

static void
visit(const struct store *s, uint32_t id, int64_t start_ns, int64_t end_ns,
    visit_fn *fn, void *arg)
{
	const struct entity *entity = &s->entities.items[id];

	if (start_ns <= s->newest_ns - s->retention_ns)
		start_ns = s->newest_ns - s->retention_ns + 1;
	for (uint32_t u = 0; u < entity->n_uses; u++) {
		const struct stored_segment *stored =
		    store_segment(s, entity->uses[u].serial);
		uint32_t local = entity->uses[u].local, at;
		const struct segment *seg;

		if (stored == NULL)
			continue;
		seg = &stored->segment;
		at = seg->entities[store_owner(seg, local)].newest_block;
		for (; at != SEGMENT_NONE; at = seg->blocks[at].previous) {
			const struct segment_block *b = &seg->blocks[at];
			struct segment_set set;

			if (b->window_ns < start_ns)
				break;
			if (b->window_ns <= end_ns &&
			    segment_find_set(seg, b, local, &set))
				fn(arg, seg, b, &set);
		}
	}
}

struct series {
	struct store *store;
	enum metric metric;
	const struct resource *like;
	size_t n;
};

static void
add_point(void *arg, const struct segment *seg,
    const struct segment_block *b, const struct segment_set *set)
{
	struct series *series = arg;
	struct store *s = series->store;
	union metric_value v;

	if (series->metric < METRIC_PLAIN_COUNT ?
	    !segment_value(set, series->metric, &v) : series->like == NULL ||
	    !segment_resource_value(seg, set, series->like, series->metric,
	    &v))
		return;
	if (series->n == s->cap_points) {
		s->cap_points = s->cap_points * 2 + 64;
		s->points = xrealloc(s->points, s->cap_points,
		    sizeof *s->points);
	}
	s->points[series->n++] = (struct store_point){ b->window_ns, v };
}

static int
by_window(const void *a, const void *b)
{
	const struct store_point *x = a, *y = b;

	return (x->window_ns > y->window_ns) - (x->window_ns < y->window_ns);
}

size_t
store_series(struct store *s, uint32_t entity, enum metric m,
    const struct resource *like, int64_t start_ns, int64_t end_ns,
    const struct store_point **points)
{
	struct series series = { .store = s, .metric = m, .like = like };

	if (entity != STORE_NONE)
		visit(s, entity, start_ns, end_ns, add_point, &series);
	if (series.n > 1)
		qsort(s->points, series.n, sizeof *s->points, by_window);
	*points = s->points;
	return series.n;
}

static void
add_mask(void *arg, const struct segment *seg, const struct segment_block *b,
    const struct segment_set *set)
{
	uint64_t *mask = arg;

	(void)seg;
	(void)b;
	*mask |= set->present;
}

uint64_t
store_metrics(const struct store *s, uint32_t entity)
{
	uint64_t mask = 0;

	if (entity != STORE_NONE)
		visit(s, entity, INT64_MIN, INT64_MAX, add_mask, &mask);
	return mask;
}

static bool
matches(const struct store_key *key, const struct store_key *filter)
{
	return key->type == filter->type &&
	    (filter->node.p == NULL || str_eq(key->node, filter->node)) &&
	    (filter->namespace_name.p == NULL ||
	    str_eq(key->namespace_name, filter->namespace_name)) &&
	    (filter->pod.p == NULL || str_eq(key->pod, filter->pod));
}

/* Where the newest block of a node or the cluster is. */
static const struct segment_block *
newest_block(const struct store *s, const struct entity *owner,
    const struct segment **seg)
{
	for (uint32_t u = owner->n_uses; u-- > 0;) {
		const struct stored_segment *stored =
		    store_segment(s, owner->uses[u].serial);
		uint32_t at;

		if (stored == NULL)
			continue;
		*seg = &stored->segment;
		at = (*seg)->entities[owner->uses[u].local].newest_block;
		if (at != SEGMENT_NONE &&
		    (*seg)->blocks[at].window_ns == owner->newest_ns)
			return &(*seg)->blocks[at];
	}
	return NULL;
}

void
store_list(const struct store *s, const struct store_key *filter,
    void (*fn)(void *arg, const struct store_key *key), void *arg)
{
	bool is_rollup = filter->type == SET_NAMESPACE ||
	    filter->type == SET_CLUSTER;
	int64_t oldest_ns = s->newest_ns - 2 * s->resolution_ns;

	for (size_t id = 0; id < s->entities.n; id++) {
		const struct entity *owner = &s->entities.items[id];
		const struct segment *seg = NULL;
		const struct segment_block *b;

		if (owner->key == NULL ||
		    owner->type != (is_rollup ? SET_CLUSTER : SET_NODE) ||
		    (!is_rollup && owner->newest_ns < oldest_ns) ||
		    (b = newest_block(s, owner, &seg)) == NULL)
			continue;
		for (size_t i = 0; i < b->n_sets; i++) {
			struct store_key key;

			store_key_of(seg, segment_block_entity(seg, b, i),
			    &key);
			if (matches(&key, filter))
				fn(arg, &key);
		}
	}
}
