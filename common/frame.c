/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "common/frame.h"

static const struct str type_names[SET_TYPE_COUNT] = {
	[SET_NODE] = STR_INIT("node"),
	[SET_SYS_CONTAINER] = STR_INIT("sys_container"),
	[SET_POD] = STR_INIT("pod"),
	[SET_POD_CONTAINER] = STR_INIT("pod_container"),
	[SET_NAMESPACE] = STR_INIT("ns"),
	[SET_CLUSTER] = STR_INIT("cluster"),
};

static const struct str kind_names[] = {
	[FRAME_ROSTER] = STR_INIT("roster"),
	[FRAME_NODE] = STR_INIT("node"),
	[FRAME_FAILED] = STR_INIT("failed"),
	[FRAME_ROLLUP] = STR_INIT("rollup"),
};

#define N_KINDS (sizeof kind_names / sizeof kind_names[0])

void
frame_clear(struct frame *f)
{
	*f = (struct frame){ 0 };
}

bool
frame_reserve_sets(struct frame *f, struct arena *a, size_t n)
{
	void *sets = f->sets;

	if (n <= f->cap_sets)
		return true;
	if (!arena_grow(a, &sets, &f->cap_sets, n, sizeof *f->sets))
		return false;
	f->sets = sets;
	return true;
}

size_t
frame_add_set(struct frame *f, struct arena *a, enum set_type type,
    size_t parent)
{
	struct metric_set *s;

	if (f->n_sets == f->cap_sets &&
	    !frame_reserve_sets(f, a, f->n_sets + 1))
		return SIZE_MAX;
	s = &f->sets[f->n_sets];
	/* Values without their presence bit mean nothing: not cleared. */
	memset(s, 0, offsetof(struct metric_set, values));
	s->type = type;
	s->parent = (uint32_t)parent;
	return f->n_sets++;
}

/* The capacity is not stored: it is the next power of two, at least 2. */
static bool
is_full(size_t n)
{
	return n == 0 || (n > 1 && (n & (n - 1)) == 0);
}

struct resource *
frame_add_resource(struct frame *f, struct arena *a, size_t set)
{
	struct metric_set *s = &f->sets[set];
	struct resource *r;
	void *items = s->resources;
	size_t cap = s->n_resources;

	if (is_full(cap)) {
		if (!arena_grow(a, &items, &cap, cap == 0 ? 2 : 2 * cap,
		    sizeof *s->resources))
			return NULL;
		s->resources = items;
	}
	r = &s->resources[s->n_resources++];
	*r = (struct resource){ 0 };
	return r;
}

struct resource *
set_resource(const struct metric_set *s, struct str resource_id)
{
	for (uint32_t i = 0; i < s->n_resources; i++) {
		struct resource *r = &s->resources[i];

		if (r->accelerator_id.p == NULL && r->make.p == NULL &&
		    r->model.p == NULL && str_eq(r->resource_id, resource_id))
			return r;
	}
	return NULL;
}

void
resource_u64(struct resource *r, enum metric labelled, uint64_t v)
{
	unsigned i = labelled - METRIC_PLAIN_COUNT;

	assert(i < METRIC_LABELLED_COUNT);
	r->present |= UINT32_C(1) << i;
	r->values[i].u = v;
}

void
resource_float(struct resource *r, enum metric labelled, double v)
{
	unsigned i = labelled - METRIC_PLAIN_COUNT;

	assert(i < METRIC_LABELLED_COUNT);
	r->present |= UINT32_C(1) << i;
	r->values[i].f = v;
}

struct str
set_type_name(enum set_type type)
{
	return type_names[type];
}

struct str
frame_kind_name(enum frame_kind kind)
{
	return kind_names[kind];
}

bool
frame_kind_find(struct str name, enum frame_kind *out)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (str_eq(name, kind_names[i])) {
			*out = (enum frame_kind)i;
			return true;
		}
	return false;
}
