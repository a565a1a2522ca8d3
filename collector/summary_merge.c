/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/summary_merge.h"
#include "common/hash.h"

/* Indices of sets; 0, the node, is also "none". */
struct merge {
	const struct metric_set *sets;
	size_t n_sets;
	uint64_t seed;
	uint32_t *slots;	/* a hash table of those in the frame */
	size_t n_slots;
	uint32_t *first;	/* per set: the first one of its name */
	uint32_t *best;		/* per first: the one that stays */
	uint32_t *child;	/* per first pod: its first container */
	uint32_t *last;		/* and its last one */
	uint32_t *next;		/* per container: the next of its pod */
};

static bool
merge_init(struct merge *m, const struct frame *f, struct arena *a)
{
	size_t n = f->n_sets;
	uint32_t *memory;

	*m = (struct merge){
		.sets = f->sets,
		.n_sets = n,
		.seed = hash_seed(),
		.n_slots = 64,
	};
	while (m->n_slots < 2 * n)
		m->n_slots *= 2;
	memory = arena_alloc(a, (m->n_slots + 5 * n) * sizeof *memory);
	if (memory == NULL)
		return false;
	m->slots = memory;
	m->first = m->slots + m->n_slots;
	m->best = m->first + n;
	m->child = m->best + n;
	m->last = m->child + n;
	m->next = m->last + n;
	memset(m->slots, 0, m->n_slots * sizeof *memory);
	return true;
}

static bool
is_same(const struct merge *m, uint32_t a, uint32_t b)
{
	const struct metric_set *x = &m->sets[a], *y = &m->sets[b];

	return x->type == y->type && str_eq(x->name, y->name) &&
	    str_eq(x->namespace_name, y->namespace_name) &&
	    m->first[x->parent] == m->first[y->parent];
}

static uint64_t
hash_of(const struct merge *m, const struct metric_set *s)
{
	uint64_t seed = m->seed + s->type +
	    ((uint64_t)m->first[s->parent] << 32);

	if (s->namespace_name.len > 0)
		seed = hash_bytes(s->namespace_name.p, s->namespace_name.len,
		    seed);
	return hash_bytes(s->name.p, s->name.len, seed);
}

/* Fills first and best; true if a name stands twice. */
static bool
find_duplicates(struct merge *m)
{
	bool is_found = false;

	m->first[0] = 0;
	for (uint32_t i = 1; i < m->n_sets; i++) {
		size_t at = hash_of(m, &m->sets[i]) & (m->n_slots - 1);

		while (m->slots[at] != 0 && !is_same(m, m->slots[at], i))
			at = (at + 1) & (m->n_slots - 1);
		m->first[i] = i;
		m->best[i] = i;
		if (m->slots[at] == 0) {
			m->slots[at] = i;
			continue;
		}
		is_found = true;
		m->first[i] = m->slots[at];
		if (m->sets[i].start_ns >=
		    m->sets[m->best[m->first[i]]].start_ns)
			m->best[m->first[i]] = i;
	}
	return is_found;
}

static void
link_containers(struct merge *m)
{
	memset(m->child, 0, m->n_sets * sizeof *m->child);
	memset(m->next, 0, m->n_sets * sizeof *m->next);
	for (uint32_t i = 1; i < m->n_sets; i++) {
		uint32_t pod = m->first[m->sets[i].parent];

		if (m->sets[i].type != SET_POD_CONTAINER || m->first[i] != i)
			continue;
		if (m->child[pod] == 0)
			m->child[pod] = i;
		else
			m->next[m->last[pod]] = i;
		m->last[pod] = i;
	}
}

/* Appends the one that stays of a name.  Returns its index. */
static uint32_t
put(const struct merge *m, struct metric_set *out, size_t *n, uint32_t first,
    uint32_t parent)
{
	out[*n] = m->sets[m->best[first]];
	out[*n].parent = parent;
	return (uint32_t)(*n)++;
}

bool
summary_merge(struct frame *f, struct arena *a, bool is_ordered)
{
	struct merge m;
	struct metric_set *out;
	size_t n = 1;

	if (!merge_init(&m, f, a))
		return false;
	if (!find_duplicates(&m) && is_ordered)
		return true;
	out = arena_alloc(a, f->n_sets * sizeof *out);
	if (out == NULL)
		return false;
	link_containers(&m);
	out[0] = f->sets[0];
	for (uint32_t i = 1; i < m.n_sets; i++)
		if (f->sets[i].type == SET_SYS_CONTAINER && m.first[i] == i)
			put(&m, out, &n, i, 0);
	for (uint32_t i = 1; i < m.n_sets; i++) {
		uint32_t pod;

		if (f->sets[i].type != SET_POD || m.first[i] != i)
			continue;
		pod = put(&m, out, &n, i, 0);
		for (uint32_t c = m.child[i]; c != 0; c = m.next[c])
			put(&m, out, &n, c, pod);
	}
	f->sets = out;
	f->cap_sets = f->n_sets;
	f->n_sets = n;
	return true;
}
