/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "apiserver/resource_item.h"
#include "apiserver/resource_table.h"

#define FRAME_BYTES_MAX ((size_t)256 << 20)

/* Where a pod is in the order of all. */
struct place {
	const struct resource_node *node;
	size_t pod;
};

struct current_node {
	uint32_t entity;
	int64_t window_ns;
};

struct resource_table {
	struct str label_separator;
	const struct resource_kind *kind;
	int64_t max_age_ns;		/* 0: that of what is current */
	struct arena arena;		/* of the frame in hand */
	uint64_t changes;		/* of the store */
	bool is_filled;
	struct current_node *current;
	size_t n_current, cap_current;
	struct resource_node **nodes;	/* by entity */
	size_t n_nodes;
	struct resource_node **named;	/* by name */
	struct place *pods;		/* by namespace and name */
	size_t n_pods;
};

static const struct resource_kind plain = {
	sizeof(struct resource_node), resource_node_load, resource_node_free,
};

struct resource_table *
resource_table_new(struct str label_separator)
{
	return resource_table_new_kind(label_separator, &plain);
}

struct resource_table *
resource_table_new_kind(struct str label_separator,
    const struct resource_kind *kind)
{
	struct resource_table *t = xcalloc(1, sizeof *t);

	t->label_separator = label_separator;
	t->kind = kind;
	arena_init(&t->arena, FRAME_BYTES_MAX);
	return t;
}

void
resource_table_set_age(struct resource_table *t, int64_t max_age_ns)
{
	t->max_age_ns = max_age_ns;
}

void
resource_table_free(struct resource_table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n_nodes; i++)
		t->kind->free(t->nodes[i]);
	free(t->nodes);
	free(t->named);
	free(t->pods);
	free(t->current);
	arena_fini(&t->arena);
	free(t);
}

static void
on_current(void *arg, uint32_t entity, int64_t window_ns)
{
	struct resource_table *t = arg;

	if (t->n_current == t->cap_current) {
		t->cap_current = t->cap_current * 2 + 64;
		t->current = xrealloc(t->current, t->cap_current,
		    sizeof *t->current);
	}
	t->current[t->n_current++] = (struct current_node){ entity,
		window_ns };
}

static struct str
node_name(const struct resource_node *n)
{
	return resource_item_name(n, &n->self);
}

static int
by_node_name(const void *a, const void *b)
{
	return str_cmp(node_name(*(struct resource_node *const *)a),
	    node_name(*(struct resource_node *const *)b));
}

static const struct resource_item *
item_of(const struct place *p)
{
	return &p->node->pods[p->pod];
}

static int
compare_names(const struct place *p, struct str namespace_name,
    struct str name)
{
	const struct resource_item *i = item_of(p);
	int order = str_cmp(resource_item_namespace(p->node, i),
	    namespace_name);

	return order != 0 ? order :
	    str_cmp(resource_item_name(p->node, i), name);
}

static int
by_pod_name(const void *a, const void *b)
{
	const struct place *other = b;
	const struct resource_item *i = item_of(other);

	return compare_names(a, resource_item_namespace(other->node, i),
	    resource_item_name(other->node, i));
}

/* The first of places from at on that is not before the names. */
static size_t
find_place(const struct place *places, size_t n, size_t at,
    struct str namespace_name, struct str name)
{
	size_t high = n;

	while (at < high) {
		size_t middle = at + (high - at) / 2;

		if (compare_names(&places[middle], namespace_name, name) < 0)
			at = middle + 1;
		else
			high = middle;
	}
	return at;
}

/* Takes out the pods of nodes that have others now. */
static void
drop_places(struct resource_table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_pods; i++)
		if (!t->pods[i].node->is_gone && !t->pods[i].node->is_renamed)
			t->pods[n++] = t->pods[i];
	t->n_pods = n;
}

/* The pods of nodes that have others now, sorted. */
static struct place *
new_places(const struct resource_table *t, size_t *n)
{
	struct place *places;
	size_t n_all = 0;

	for (size_t i = 0; i < t->n_nodes; i++)
		if (t->nodes[i]->is_renamed)
			n_all += t->nodes[i]->n_pods;
	places = xcalloc(n_all + 1, sizeof *places);
	*n = 0;
	for (size_t i = 0; i < t->n_nodes; i++)
		for (size_t k = 0; t->nodes[i]->is_renamed &&
		    k < t->nodes[i]->n_pods; k++)
			places[(*n)++] = (struct place){ t->nodes[i], k };
	if (*n > 1)
		qsort(places, *n, sizeof *places, by_pod_name);
	return places;
}

/* Few pods come and many stay: each of the few looks for its place. */
static void
merge_places(struct resource_table *t)
{
	size_t n_new, n = 0, at = 0;
	struct place *added = new_places(t, &n_new);
	struct place *all = xcalloc(t->n_pods + n_new + 1, sizeof *all);

	for (size_t i = 0; i < n_new; i++) {
		const struct resource_item *item = item_of(&added[i]);
		size_t to = find_place(t->pods, t->n_pods, at,
		    resource_item_namespace(added[i].node, item),
		    resource_item_name(added[i].node, item));

		if (to > at)
			memcpy(&all[n], &t->pods[at],
			    (to - at) * sizeof *all);
		n += to - at;
		at = to;
		all[n++] = added[i];
	}
	if (t->n_pods > at)
		memcpy(&all[n], &t->pods[at], (t->n_pods - at) * sizeof *all);
	n += t->n_pods - at;
	free(t->pods);
	free(added);
	t->pods = all;
	t->n_pods = n;
}

/* The nodes that are current, those that were there with all that they have.
 * Those that are gone are returned. */
static struct resource_node **
match_nodes(struct resource_table *t, size_t *n_gone)
{
	struct resource_node **nodes = xcalloc(t->n_current + 1,
	    sizeof *nodes);
	struct resource_node **old = t->nodes;
	size_t n_old = t->n_nodes, o = 0;

	*n_gone = 0;
	for (size_t i = 0; i < t->n_current; i++) {
		while (o < n_old && old[o]->entity < t->current[i].entity)
			old[(*n_gone)++] = old[o++];
		if (o < n_old && old[o]->entity == t->current[i].entity) {
			nodes[i] = old[o++];
			continue;
		}
		nodes[i] = xcalloc(1, t->kind->node_size);
		nodes[i]->entity = t->current[i].entity;
	}
	while (o < n_old)
		old[(*n_gone)++] = old[o++];
	t->nodes = nodes;
	t->n_nodes = t->n_current;
	return old;
}

/* True: other nodes or pods than before. */
static bool
load_nodes(struct resource_table *t, struct store *s, int64_t now_ns)
{
	bool is_other = false;

	for (size_t i = 0; i < t->n_nodes; i++) {
		struct resource_node *n = t->nodes[i];

		n->is_renamed = false;
		if (n->window_ns == t->current[i].window_ns)
			continue;
		/* One that fails is tried again. */
		n->window_ns = t->kind->load(n, s, &t->arena,
		    t->label_separator, now_ns) ?
		    t->current[i].window_ns : 0;
		is_other |= n->is_renamed;
	}
	return is_other;
}

void
resource_table_update(struct resource_table *t, struct store *s,
    int64_t now_ns)
{
	struct resource_node **gone;
	size_t n_gone;
	bool is_other;

	if (t->is_filled && t->changes == store_changes(s))
		return;
	t->is_filled = true;
	t->changes = store_changes(s);
	t->n_current = 0;
	if (t->max_age_ns == 0)
		store_current_nodes(s, on_current, t);
	else
		store_recent_nodes(s, now_ns - t->max_age_ns, on_current, t);
	gone = match_nodes(t, &n_gone);
	for (size_t i = 0; i < n_gone; i++)
		gone[i]->is_gone = true;
	is_other = load_nodes(t, s, now_ns);
	if (is_other || n_gone > 0 || t->named == NULL) {
		drop_places(t);
		merge_places(t);
		t->named = xrealloc(t->named, t->n_nodes + 1,
		    sizeof *t->named);
		memcpy(t->named, t->nodes, t->n_nodes * sizeof *t->named);
		qsort(t->named, t->n_nodes, sizeof *t->named, by_node_name);
	}
	for (size_t i = 0; i < n_gone; i++)
		t->kind->free(gone[i]);
	free(gone);
}

static struct resource_object
object_of(const struct resource_table *t, const struct resource_node *n,
    const struct resource_item *i)
{
	return (struct resource_object){
		.namespace_name = resource_item_namespace(n, i),
		.name = resource_item_name(n, i),
		.labels = {
			.joined = resource_item_labels(n, i),
			.separator = t->label_separator,
		},
		.text = { i->text_len == 0 ? "" : n->text.p + i->text_at,
		    i->text_len },
		.node = n,
		.item = i,
	};
}

void
resource_table_nodes(const struct resource_table *t, resource_fn *fn,
    void *arg)
{
	for (size_t i = 0; i < t->n_nodes; i++) {
		struct resource_object object = object_of(t, t->named[i],
		    &t->named[i]->self);

		fn(arg, &object);
	}
}

/* Of several places of one pod from at on the best; *next is behind them. */
static const struct place *
best_place(const struct resource_table *t, size_t at, size_t *next)
{
	const struct place *best = &t->pods[at];

	for (*next = at + 1; *next < t->n_pods &&
	    by_pod_name(best, &t->pods[*next]) == 0; ++*next) {
		const struct place *p = &t->pods[*next];
		bool has_more = item_of(p)->has_metrics &&
		    !item_of(best)->has_metrics;

		if (has_more || (item_of(p)->has_metrics ==
		    item_of(best)->has_metrics &&
		    p->node->window_ns > best->node->window_ns))
			best = p;
	}
	return best;
}

void
resource_table_pods(const struct resource_table *t,
    struct str namespace_name, resource_fn *fn, void *arg)
{
	bool is_all = namespace_name.p == NULL;
	size_t at = is_all ? 0 : find_place(t->pods, t->n_pods, 0,
	    namespace_name, STR(""));

	while (at < t->n_pods) {
		const struct place *p = best_place(t, at, &at);
		struct resource_object object = object_of(t, p->node,
		    item_of(p));

		if (!is_all && !str_eq(object.namespace_name, namespace_name))
			return;
		fn(arg, &object);
	}
}

bool
resource_table_node(const struct resource_table *t, struct str name,
    struct resource_object *out)
{
	size_t low = 0, high = t->n_nodes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp(node_name(t->named[middle]), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == t->n_nodes || !str_eq(node_name(t->named[low]), name))
		return false;
	*out = object_of(t, t->named[low], &t->named[low]->self);
	return true;
}

bool
resource_table_pod(const struct resource_table *t, struct str namespace_name,
    struct str name, struct resource_object *out)
{
	size_t at = find_place(t->pods, t->n_pods, 0, namespace_name, name);
	const struct place *p;

	if (at == t->n_pods ||
	    compare_names(&t->pods[at], namespace_name, name) != 0)
		return false;
	p = best_place(t, at, &at);
	*out = object_of(t, p->node, item_of(p));
	return true;
}
