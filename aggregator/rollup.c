/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "aggregator/rollup.h"

/* The plain metrics whose roll-up column has the bit. */
static uint64_t
metrics_into(unsigned target)
{
	uint64_t mask = 0;

	for (unsigned m = 0; m < METRIC_PLAIN_COUNT; m++)
		if ((metrics[m].rollup & target) != 0)
			mask |= UINT64_C(1) << m;
	return mask;
}

/* The rates of counters that a set has: if there is none, it is not known. */
static uint64_t
rates_of(uint64_t present)
{
	uint64_t mask = 0;

#define X(counter, rate, factor) \
	mask |= (present >> METRIC_##counter & 1) << METRIC_##rate;
	METRIC_RATES(X)
#undef X
	return mask;
}

/* Adds the masked values of from to those of to; absent counts as nothing. */
static void
add_values(uint64_t *present, union metric_value *to, uint64_t from_present,
    const union metric_value *from, uint64_t mask)
{
	uint64_t todo = from_present & mask;

	for (; todo != 0; todo &= todo - 1) {
		unsigned m = (unsigned)__builtin_ctzll(todo);

		if ((*present >> m & 1) == 0)
			to[m] = from[m];
		else if (metrics[m].type == METRIC_FLOAT)
			to[m].f += from[m].f;
		else if (__builtin_add_overflow(to[m].u, from[m].u, &to[m].u))
			to[m].u = UINT64_MAX;
		*present |= UINT64_C(1) << m;
	}
}

/* The CPU rates of the containers of a pod that has none of its own. */
struct container_rates {
	bool is_wanted;
	bool has_fresh;		/* one is of this window */
	int64_t held_ns;	/* the oldest of those that are not; 0: none */
};

#define RATE_BIT (UINT64_C(1) << METRIC_CPU_USAGE_RATE)

static void
add_rate(struct container_rates *r, struct metric_set *pod,
    const struct metric_set *container)
{
	r->has_fresh |= (container->present & RATE_BIT) != 0;
	if (container->held_ns == 0)
		return;
	if (r->held_ns == 0 || container->held_ns < r->held_ns)
		r->held_ns = container->held_ns;
	add_values(&pod->present, pod->values, RATE_BIT, container->values,
	    RATE_BIT);
}

/* A sum of rates of several windows is none of this one: it is held, as long
 * as the oldest of them.  Where none is of this window, there is nothing. */
static void
end_rates(const struct container_rates *r, struct metric_set *pod)
{
	if (!r->is_wanted || r->held_ns == 0)
		return;
	pod->present &= ~RATE_BIT;
	pod->held_ns = r->has_fresh ? r->held_ns : 0;
}

void
rollup_pods(struct frame *f)
{
	struct container_rates rates = { .is_wanted = false };
	uint64_t into_pod = metrics_into(INTO_POD);
	uint64_t mask = 0;
	struct metric_set *pod = NULL;

	for (size_t i = 0; i < f->n_sets; i++) {
		struct metric_set *s = &f->sets[i];

		if (s->type == SET_POD) {
			end_rates(&rates, pod);
			pod = s;
			mask = into_pod & ~s->present & ~rates_of(s->present);
			rates = (struct container_rates){
				.is_wanted = (mask & RATE_BIT) != 0,
			};
		} else if (s->type == SET_POD_CONTAINER && pod != NULL &&
		    &f->sets[s->parent] == pod) {
			add_values(&pod->present, pod->values, s->present,
			    s->values, mask);
			if (rates.is_wanted)
				add_rate(&rates, pod, s);
		}
	}
	end_rates(&rates, pod);
}

void
rollup_node(struct frame *f)
{
	struct metric_set *node = &f->sets[0];
	uint64_t mask = metrics_into(INTO_NODE) & ~node->present;

	for (size_t i = 1; i < f->n_sets; i++)
		if (f->sets[i].type == SET_POD)
			add_values(&node->present, node->values,
			    f->sets[i].present, f->sets[i].values, mask);
}

static double
value_or_zero(const struct metric_set *s, enum metric m)
{
	if (!set_has(s, m))
		return 0;
	return metrics[m].type == METRIC_FLOAT ? s->values[m].f :
	    (double)s->values[m].u;
}

/* Whether it is the rate of a counter that is there for the first time: the
 * share of that is 0, as it was with Heapster. */
static bool
is_first_usage(const struct metric_set *node, enum metric part)
{
	return part == METRIC_CPU_USAGE_RATE &&
	    set_has(node, METRIC_CPU_USAGE) && node->held_ns == 0;
}

void
rollup_shares(struct frame *f)
{
	static const struct {
		enum metric part, whole, share;
	} shares[] = {
		{ METRIC_CPU_USAGE_RATE, METRIC_CPU_NODE_ALLOCATABLE,
		    METRIC_CPU_NODE_UTILIZATION },
		{ METRIC_CPU_REQUEST, METRIC_CPU_NODE_ALLOCATABLE,
		    METRIC_CPU_NODE_RESERVATION },
		{ METRIC_MEMORY_USAGE, METRIC_MEMORY_NODE_ALLOCATABLE,
		    METRIC_MEMORY_NODE_UTILIZATION },
		{ METRIC_MEMORY_REQUEST, METRIC_MEMORY_NODE_ALLOCATABLE,
		    METRIC_MEMORY_NODE_RESERVATION },
		{ METRIC_EPHEMERAL_STORAGE_USAGE,
		    METRIC_EPHEMERAL_STORAGE_NODE_ALLOCATABLE,
		    METRIC_EPHEMERAL_STORAGE_NODE_UTILIZATION },
		{ METRIC_EPHEMERAL_STORAGE_REQUEST,
		    METRIC_EPHEMERAL_STORAGE_NODE_ALLOCATABLE,
		    METRIC_EPHEMERAL_STORAGE_NODE_RESERVATION },
	};
	struct metric_set *node = &f->sets[0];

	for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
		double whole = value_or_zero(node, shares[i].whole);

		if (whole > 0 && (set_has(node, shares[i].part) ||
		    is_first_usage(node, shares[i].part)))
			set_float(node, shares[i].share,
			    value_or_zero(node, shares[i].part) / whole);
	}
}

void
rollup_init(struct rollup *r, struct intern *names)
{
	memset(r, 0, sizeof *r);
	r->names = names;
}

void
rollup_fini(struct rollup *r)
{
	free(r->namespaces);
	hash_index_fini(&r->index);
	memset(r, 0, sizeof *r);
}

void
rollup_clear(struct rollup *r)
{
	r->n_namespaces = 0;
	hash_index_clear(&r->index);
}

struct namespace_key {
	const struct rollup *rollup;
	uint32_t name;
};

static bool
namespace_is(const void *ctx, uint32_t value)
{
	const struct namespace_key *key = ctx;

	return key->rollup->namespaces[value].name == key->name;
}

static struct rollup_namespace *
find_or_add(struct rollup *r, uint32_t name)
{
	struct namespace_key key = { r, name };
	uint64_t hash = hash_bytes(&name, sizeof name, hash_seed());
	uint32_t at = hash_index_find(&r->index, hash, namespace_is, &key);

	if (at != HASH_NONE)
		return &r->namespaces[at];
	if (r->n_namespaces == r->cap_namespaces) {
		r->cap_namespaces = r->cap_namespaces * 2 + 16;
		r->namespaces = xrealloc(r->namespaces, r->cap_namespaces,
		    sizeof *r->namespaces);
	}
	hash_index_add(&r->index, hash, (uint32_t)r->n_namespaces);
	r->namespaces[r->n_namespaces] = (struct rollup_namespace){
		.name = name,
	};
	return &r->namespaces[r->n_namespaces++];
}

/* What the pod has, and the last rate of its CPU if it has no newer one. */
static uint64_t
known_of(const struct frame *node, const struct metric_set *pod)
{
	bool is_held = pod->held_ns != 0 && node->window_ns - pod->held_ns <=
	    ROLLUP_HELD_WINDOWS_MAX * node->resolution_ns;

	return pod->present | (uint64_t)is_held << METRIC_CPU_USAGE_RATE;
}

void
rollup_add(struct rollup *r, const struct frame *node)
{
	uint64_t mask = metrics_into(INTO_NS);

	for (size_t i = 0; i < node->n_sets; i++) {
		const struct metric_set *s = &node->sets[i];
		struct rollup_namespace *ns;
		uint32_t name;

		if (s->type != SET_POD)
			continue;
		name = intern_add(r->names, s->namespace_name);
		if (name == 0)
			continue;
		ns = find_or_add(r, name);
		if (ns->uid == 0)
			ns->uid = intern_add(r->names, s->namespace_id);
		add_values(&ns->present, ns->values, known_of(node, s),
		    s->values, mask);
	}
}

static int
by_name(const void *a, const void *b, void *arg)
{
	const struct rollup *r = arg;
	const uint32_t *x = a, *y = b;

	return str_cmp(intern_str(r->names, r->namespaces[*x].name),
	    intern_str(r->names, r->namespaces[*y].name));
}

bool
rollup_sets(struct rollup *r, struct frame *out, struct arena *a)
{
	uint32_t *order;
	uint64_t mask = metrics_into(INTO_NS);

	order = arena_alloc(a, (r->n_namespaces + 1) * sizeof *order);
	if (order == NULL ||
	    frame_add_set(out, a, SET_CLUSTER, 0) == SIZE_MAX)
		return false;
	for (uint32_t i = 0; i < r->n_namespaces; i++)
		order[i] = i;
	qsort_r(order, r->n_namespaces, sizeof *order, by_name, r);
	for (size_t i = 0; i < r->n_namespaces; i++) {
		const struct rollup_namespace *ns = &r->namespaces[order[i]];
		size_t at = frame_add_set(out, a, SET_NAMESPACE, 0);
		struct metric_set *s;

		if (at == SIZE_MAX)
			return false;
		s = &out->sets[at];
		s->name = intern_str(r->names, ns->name);
		s->namespace_id = ns->uid == 0 ? STR("") :
		    intern_str(r->names, ns->uid);
		s->present = ns->present;
		memcpy(s->values, ns->values, sizeof s->values);
		add_values(&out->sets[0].present, out->sets[0].values,
		    ns->present, ns->values, mask);
	}
	return true;
}
