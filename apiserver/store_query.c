/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "apiserver/store_impl.h"

const struct stored_segment *
store_segment(const struct store *s, uint32_t serial)
{
	for (size_t i = s->n_segments; i-- > 0;)
		if (s->segments[i].serial == serial)
			return &s->segments[i];
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
	struct str name = segment_text(s, local, TEXT_NAME);

	*out = (struct store_key){
		.type = e->type,
		.node = segment_text(s, store_owner(s, local), TEXT_NAME),
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
		out->namespace_name = segment_text(s, local, TEXT_NAMESPACE);
		out->pod = name;
		break;
	case SET_POD_CONTAINER:
		out->namespace_name = segment_text(s, e->parent,
		    TEXT_NAMESPACE);
		out->pod = segment_text(s, e->parent, TEXT_NAME);
		out->container = name;
		break;
	case SET_NAMESPACE:
		out->namespace_name = name;
		break;
	}
}

uint32_t
store_find(struct store *s, const struct store_key *key)
{
	return entities_find(&s->entities, key);
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

/* The newest block of the owner of a use of an entity. */
static uint32_t
newest_of(const struct segment *seg, uint32_t local)
{
	return seg->entities[store_owner(seg, local)].newest_block;
}

const struct segment_block *
store_newest_block(const struct store *s, uint32_t owner,
    const struct segment **seg)
{
	const struct entity *entity = &s->entities.items[owner];
	const struct segment_block *newest = NULL;

	for (uint32_t u = 0; u < entity->n_uses; u++) {
		const struct stored_segment *stored =
		    store_segment(s, entity->uses[u].serial);
		uint32_t at = newest_of(&stored->segment,
		    entity->uses[u].local);
		const struct segment_block *b;

		if (at == SEGMENT_NONE)
			continue;
		b = &stored->segment.blocks[at];
		if (newest == NULL || b->window_ns >= newest->window_ns) {
			newest = b;
			*seg = &stored->segment;
		}
	}
	return newest;
}

bool
store_has_window(const struct store *s, uint32_t owner, int64_t window_ns)
{
	const struct entity *entity = &s->entities.items[owner];

	for (uint32_t u = entity->n_uses; u-- > 0;) {
		const struct segment *seg =
		    &store_segment(s, entity->uses[u].serial)->segment;
		uint32_t at = newest_of(seg, entity->uses[u].local);

		while (at != SEGMENT_NONE &&
		    seg->blocks[at].window_ns > window_ns)
			at = seg->blocks[at].previous;
		if (at != SEGMENT_NONE &&
		    seg->blocks[at].window_ns == window_ns)
			return true;
	}
	return false;
}

/* Calls fn for every block of the range that has the entity in this use, from
 * the newest back. */
typedef void visit_fn(void *arg, const struct segment *seg,
    const struct segment_block *block, const struct segment_set *set);

static void
visit(const struct store *s, const struct entity_use *use, int64_t start_ns,
    int64_t end_ns, visit_fn *fn, void *arg)
{
	const struct segment *seg = &store_segment(s, use->serial)->segment;
	uint32_t at = newest_of(seg, use->local);

	if (start_ns <= s->newest_ns - s->retention_ns)
		start_ns = s->newest_ns - s->retention_ns + 1;
	for (; at != SEGMENT_NONE; at = seg->blocks[at].previous) {
		const struct segment_block *b = &seg->blocks[at];
		struct segment_set set;

		if (b->window_ns < start_ns)
			return;
		if (b->window_ns <= end_ns &&
		    segment_find_set(seg, b, use->local, &set))
			fn(arg, seg, b, &set);
	}
}

struct series {
	struct store *store;
	enum metric metric;
	const struct resource *like;
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
	if (s->n_points == s->cap_points) {
		s->cap_points = s->cap_points * 2 + 64;
		s->points = xrealloc(s->points, s->cap_points,
		    sizeof *s->points);
	}
	s->points[s->n_points++] = (struct store_point){ b->window_ns, v };
}

static void
reverse(struct store_point *points, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct store_point point = points[i];

		points[i] = points[n - 1 - i];
		points[n - 1 - i] = point;
	}
}

/*
 * Puts the points of a use, which begin at from, among those of older uses.
 * Almost always they just follow; a pod that moved or a late window makes
 * them overlap, and of two points of one window the newer use's stays.
 */
static void
merge_points(struct store *s, size_t from)
{
	struct store_point *p = s->points;
	size_t n = from;

	for (size_t i = from; i < s->n_points; i++) {
		struct store_point point = p[i];
		size_t at = n;

		while (at > 0 && p[at - 1].window_ns > point.window_ns)
			at--;
		if (at > 0 && p[at - 1].window_ns == point.window_ns) {
			p[at - 1] = point;
			continue;
		}
		memmove(&p[at + 1], &p[at], (n - at) * sizeof *p);
		p[at] = point;
		n++;
	}
	s->n_points = n;
}

size_t
store_series(struct store *s, uint32_t entity, enum metric m,
    const struct resource *like, int64_t start_ns, int64_t end_ns,
    const struct store_point **points)
{
	struct series series = { .store = s, .metric = m, .like = like };

	s->n_points = 0;
	if (entity != STORE_NONE) {
		const struct entity *e = &s->entities.items[entity];

		for (uint32_t u = 0; u < e->n_uses; u++) {
			size_t from = s->n_points;

			visit(s, &e->uses[u], start_ns, end_ns, add_point,
			    &series);
			reverse(s->points + from, s->n_points - from);
			merge_points(s, from);
		}
	}
	*points = s->points;
	return s->n_points;
}

static void
join_mask(void *arg, const struct segment *seg, const struct segment_block *b,
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

	if (entity != STORE_NONE) {
		const struct entity *e = &s->entities.items[entity];

		for (uint32_t u = 0; u < e->n_uses; u++)
			visit(s, &e->uses[u], INT64_MIN, INT64_MAX, join_mask,
			    &mask);
	}
	return mask;
}

struct newest {
	const struct segment *seg;
	const struct segment_block *block;
};

static void
note_newest(void *arg, const struct segment *seg,
    const struct segment_block *b, const struct segment_set *set)
{
	struct newest *newest = arg;

	(void)set;
	if (newest->block == NULL || b->window_ns >= newest->block->window_ns)
		*newest = (struct newest){ seg, b };
}

/* Whether the set of a frame has the names. */
static bool
is_set_of(const struct frame *f, const struct metric_set *s,
    const struct store_key *key)
{
	const struct metric_set *pod = &f->sets[s->parent];

	if (s->type != key->type)
		return false;
	switch (s->type) {
	case SET_SYS_CONTAINER:
		return str_eq(s->name, key->container);
	case SET_POD:
		return str_eq(s->name, key->pod) &&
		    str_eq(s->namespace_name, key->namespace_name);
	case SET_POD_CONTAINER:
		return str_eq(s->name, key->container) &&
		    str_eq(pod->name, key->pod) &&
		    str_eq(pod->namespace_name, key->namespace_name);
	case SET_NAMESPACE:
		return str_eq(s->name, key->namespace_name);
	default:
		return true;
	}
}

const struct metric_set *
store_newest_set(const struct store *s, uint32_t entity, struct arena *a)
{
	struct newest newest = { NULL, NULL };
	const struct entity *e = entity == STORE_NONE ? NULL :
	    &s->entities.items[entity];
	struct store_key key;
	struct frame f;

	for (uint32_t u = 0; e != NULL && u < e->n_uses; u++) {
		struct newest before = newest;

		visit(s, &e->uses[u], INT64_MIN, INT64_MAX, note_newest,
		    &newest);
		if (newest.block != before.block)
			store_key_of(newest.seg, e->uses[u].local, &key);
	}
	if (newest.block == NULL ||
	    !segment_frame(newest.seg, newest.block, a, &f))
		return NULL;
	for (size_t i = 0; i < f.n_sets; i++)
		if (is_set_of(&f, &f.sets[i], &key))
			return &f.sets[i];
	return NULL;
}

static bool
matches(const struct store_key *key, const struct store_key *filter)
{
	return (filter->namespace_name.p == NULL ||
	    str_eq(key->namespace_name, filter->namespace_name)) &&
	    (filter->pod.p == NULL || str_eq(key->pod, filter->pod));
}

static bool
is_current(const struct store *s, const struct segment_block *b)
{
	return b->window_ns >= s->newest_ns - 2 * s->resolution_ns;
}

int64_t
store_resolution_ns(const struct store *s)
{
	return s->resolution_ns;
}

uint64_t
store_changes(const struct store *s)
{
	return s->counters->frames_stored;
}

struct listing {
	const struct store *store;
	const struct store_key *filter;
	void (*fn)(void *arg, const struct store_key *key);
	void *arg;
};

/* The sets of one node or the cluster, if it is current. */
static void
list_owner(const struct listing *l, uint32_t owner)
{
	const struct store *s = l->store;
	const struct segment *seg = NULL;
	const struct segment_block *b = store_newest_block(s, owner, &seg);

	if (b == NULL || (s->entities.items[owner].type == SET_NODE &&
	    !is_current(s, b)))
		return;
	for (size_t i = 0; i < b->n_sets; i++) {
		uint32_t local = segment_block_entity(seg, b, i);
		struct store_key key;

		if (seg->entities[local].type != l->filter->type)
			continue;
		store_key_of(seg, local, &key);
		if (matches(&key, l->filter))
			l->fn(l->arg, &key);
	}
}

/* The nodes on which the entity has been. */
static void
list_owners_of(const struct listing *l, struct store *s, uint32_t entity)
{
	const struct entity *e = &s->entities.items[entity];
	uint32_t previous = STORE_NONE;

	for (uint32_t u = e->n_uses; u-- > 0;) {
		const struct segment *seg =
		    &store_segment(s, e->uses[u].serial)->segment;
		uint32_t owner = seg->entities[store_owner(seg,
		    e->uses[u].local)].global;

		if (owner != previous)
			list_owner(l, owner);
		previous = owner;
	}
}

void
store_list(struct store *s, const struct store_key *filter,
    void (*fn)(void *arg, const struct store_key *key), void *arg)
{
	struct listing l = { s, filter, fn, arg };
	struct store_key one = *filter;
	bool is_rollup = filter->type == SET_NAMESPACE ||
	    filter->type == SET_CLUSTER;
	uint32_t id;

	if (is_rollup || filter->node.p != NULL || filter->pod.p != NULL) {
		one.type = is_rollup ? SET_CLUSTER :
		    filter->node.p != NULL ? SET_NODE : SET_POD;
		id = store_find(s, &one);
		if (id != STORE_NONE)
			list_owners_of(&l, s, id);
		return;
	}
	for (size_t i = 0; i < s->entities.n_nodes; i++)
		list_owner(&l, s->entities.nodes[i]);
}
