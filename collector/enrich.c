/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/enrich.h"

struct enricher {
	struct frame *frame;
	struct arena *arena;
	const struct object_cache *cache;
	struct enrich_counters *counters;
	size_t n_missing;	/* containers to add, in all pods */
};

static const enum metric request_metrics[KUBE_RESOURCE_COUNT] = {
	METRIC_CPU_REQUEST, METRIC_MEMORY_REQUEST,
	METRIC_EPHEMERAL_STORAGE_REQUEST,
};
static const enum metric limit_metrics[KUBE_RESOURCE_COUNT] = {
	METRIC_CPU_LIMIT, METRIC_MEMORY_LIMIT, METRIC_EPHEMERAL_STORAGE_LIMIT,
};
static const enum metric capacity_metrics[KUBE_RESOURCE_COUNT] = {
	METRIC_CPU_NODE_CAPACITY, METRIC_MEMORY_NODE_CAPACITY,
	METRIC_EPHEMERAL_STORAGE_NODE_CAPACITY,
};
static const enum metric allocatable_metrics[KUBE_RESOURCE_COUNT] = {
	METRIC_CPU_NODE_ALLOCATABLE, METRIC_MEMORY_NODE_ALLOCATABLE,
	METRIC_EPHEMERAL_STORAGE_NODE_ALLOCATABLE,
};

static bool
take_labels(struct enricher *e, struct metric_set *set,
    const struct cached_object *o)
{
	size_t n;
	const struct cached_label *from = cached_labels(o, o->stored, &n);

	set->labels = cached_str(o, o->labels);
	if (n == 0)
		return true;
	set->stored = arena_alloc(e->arena, n * sizeof *set->stored);
	if (set->stored == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		set->stored[i] = (struct label){ cached_str(o, from[i].key),
		    cached_str(o, from[i].value) };
	set->n_stored = (uint32_t)n;
	return true;
}

static bool
enrich_node(struct enricher *e)
{
	struct frame *f = e->frame;
	struct metric_set *set = &f->sets[0];
	const struct cached_node *n = object_cache_node(e->cache, f->node);
	const struct cached_object *o;
	unsigned needed;

	if (n == NULL)
		return true;
	o = &n->object;
	f->hostname = n->hostname.len == 0 ? (struct str){ NULL, 0 } :
	    cached_str(o, n->hostname);
	f->host_id = cached_str(o, n->host_id);
	f->schedulable = n->is_unschedulable ? STR("false") : STR("true");
	/* CPU and memory always; storage where both amounts are told. */
	needed = 1u << KUBE_CPU | 1u << KUBE_MEMORY |
	    (n->capacity.present & n->allocatable.present);
	for (int r = 0; r < KUBE_RESOURCE_COUNT; r++) {
		if ((needed >> r & 1) == 0)
			continue;
		set_float(set, capacity_metrics[r],
		    (double)n->capacity.values[r]);
		set_float(set, allocatable_metrics[r],
		    (double)n->allocatable.values[r]);
	}
	return take_labels(e, set, o);
}

static bool
set_request(struct enricher *e, size_t set, uint32_t resource, uint64_t value)
{
	struct metric_set *s = &e->frame->sets[set];
	struct str name = intern_str(&e->cache->names, resource);
	struct resource *r;

	if (resource == 0)
		return true;
	r = set_resource(s, name);
	if (r == NULL) {
		if (s->n_resources == FRAME_RESOURCES_MAX)
			return true;
		r = frame_add_resource(e->frame, e->arena, set);
		if (r == NULL)
			return false;
		r->resource_id = name;
	}
	resource_u64(r, METRIC_RESOURCE_REQUEST, value);
	return true;
}

static bool
take_requests(struct enricher *e, size_t set,
    const struct cached_request *others, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!set_request(e, set, others[i].resource, others[i].value))
			return false;
	return true;
}

static bool
enrich_container(struct enricher *e, size_t index,
    const struct cached_container *c, const struct cached_request *others)
{
	struct metric_set *set = &e->frame->sets[index];

	if (set->image.p == NULL)
		set->image = intern_str(&e->cache->names, c->image);
	if (c->has_status)
		set_u64(set, METRIC_RESTART_COUNT, c->restart_count);
	if (c->is_init)
		return true;
	for (int r = 0; r < KUBE_RESOURCE_COUNT; r++) {
		set_u64(set, request_metrics[r], c->requests[r]);
		set_u64(set, limit_metrics[r], c->limits[r]);
	}
	return take_requests(e, index, others, c->n_others);
}

/* The set of that name among those of a pod, which follow it; 0: none. */
static size_t
find_set(const struct frame *f, size_t pod, struct str name)
{
	for (size_t i = pod + 1; i < f->n_sets && f->sets[i].parent == pod &&
	    f->sets[i].type == SET_POD_CONTAINER; i++)
		if (str_eq(f->sets[i].name, name))
			return i;
	return 0;
}

static bool
enrich_containers(struct enricher *e, size_t pod, const struct cached_pod *p)
{
	size_t n, n_others;
	const struct cached_container *c = cached_pod_containers(p, &n);
	const struct cached_request *others = cached_pod_others(p, &n_others);

	for (size_t i = 0; i < n; i++) {
		size_t set = find_set(e->frame, pod,
		    intern_str(&e->cache->names, c[i].name));

		if (set == 0)
			e->n_missing += !c[i].is_init && c[i].name != 0;
		else if (!enrich_container(e, set, &c[i], others))
			return false;
		if (others != NULL)
			others += c[i].n_others;
	}
	return true;
}

/* The amount of a resource in a list; 0. */
static uint64_t
amount_in(const struct cached_request *list, size_t n, uint32_t resource)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].resource == resource)
			return list[i].value;
	return 0;
}

/* What a pod requests of other resources: as a whole, or with overhead. */
static bool
enrich_others(struct enricher *e, size_t pod, const struct cached_pod *p,
    const struct cached_pod_amounts *own)
{
	size_t n, n_all;
	const struct cached_container *c = cached_pod_containers(p, &n);
	const struct cached_request *others = cached_pod_others(p, &n_all);
	const struct cached_request *requests = others + n_all -
	    own->n_overhead - own->n_requests;
	const struct cached_request *overhead = requests + own->n_requests;

	for (size_t i = 0; i < own->n_overhead; i++) {
		uint32_t resource = overhead[i].resource;
		const struct cached_request *of = others;
		uint64_t sum = overhead[i].value;

		for (size_t k = 0; k < n; of += c[k++].n_others)
			if (!c[k].is_init)
				sum += amount_in(of, c[k].n_others, resource);
		if (!set_request(e, pod, resource, sum))
			return false;
	}
	for (size_t i = 0; i < own->n_requests; i++)
		if (!set_request(e, pod, requests[i].resource,
		    requests[i].value + amount_in(overhead, own->n_overhead,
		    requests[i].resource)))
			return false;
	return true;
}

static bool
enrich_amounts(struct enricher *e, size_t pod, const struct cached_pod *p)
{
	struct metric_set *set = &e->frame->sets[pod];
	const struct cached_pod_amounts *own = cached_pod_amounts(p);
	size_t n;
	const struct cached_container *c = cached_pod_containers(p, &n);

	if (own == NULL)
		return true;
	for (int r = 0; r < KUBE_RESOURCE_COUNT; r++) {
		uint64_t request = 0, limit = 0;

		for (size_t i = 0; i < n; i++)
			if (!c[i].is_init) {
				request += c[i].requests[r];
				limit += c[i].limits[r];
			}
		if ((own->requests.present >> r & 1) != 0)
			request = own->requests.values[r];
		if ((own->limits.present >> r & 1) != 0)
			limit = own->limits.values[r];
		set_u64(set, request_metrics[r],
		    request + own->overhead.values[r]);
		set_u64(set, limit_metrics[r],
		    limit == 0 ? 0 : limit + own->overhead.values[r]);
	}
	return own->n_requests + own->n_overhead == 0 ||
	    enrich_others(e, pod, p, own);
}

static bool
is_same(const struct frame *f, const struct metric_set *set,
    const struct cached_pod *p)
{
	const struct cached_object *o = &p->object;

	if (set->pod_id.len == 0)
		return str_eq(f->node, cached_str(o, p->node));
	/* Of a static pod a kubelet may know either. */
	return str_eq(set->pod_id, cached_str(o, p->kubelet_uid)) ||
	    str_eq(set->pod_id, cached_str(o, o->uid));
}

/* The pod in the cache, if it is the one that the kubelet means. */
static const struct cached_pod *
find_pod(struct enricher *e, const struct metric_set *set)
{
	const struct cached_pod *p = object_cache_pod(e->cache,
	    set->namespace_name, set->name);

	if (p == NULL) {
		e->counters->pods_unknown++;
		return NULL;
	}
	if (!is_same(e->frame, set, p)) {
		e->counters->pods_replaced++;
		return NULL;
	}
	e->counters->pods_enriched++;
	return p;
}

static bool
enrich_pod(struct enricher *e, size_t pod)
{
	struct metric_set *set = &e->frame->sets[pod];
	const struct cached_object *ns =
	    object_cache_namespace(e->cache, set->namespace_name);
	const struct cached_pod *p = find_pod(e, set);

	if (ns != NULL)
		set->namespace_id = cached_str(ns, ns->uid);
	if (p == NULL)
		return true;
	set->pod_id = cached_str(&p->object, p->object.uid);
	return enrich_amounts(e, pod, p) &&
	    take_labels(e, set, &p->object) && enrich_containers(e, pod, p);
}

/* A container that the kubelet did not report, behind the pod's others. */
static bool
add_container(struct enricher *e, size_t pod,
    const struct cached_container *c, const struct cached_request *others)
{
	size_t set = frame_add_set(e->frame, e->arena, SET_POD_CONTAINER, pod);

	if (set == SIZE_MAX)
		return false;
	e->frame->sets[set].name = intern_str(&e->cache->names, c->name);
	return enrich_container(e, set, c, others);
}

static bool
add_missing(struct enricher *e, size_t pod, const struct cached_pod *p)
{
	size_t n, n_others;
	const struct cached_container *c = cached_pod_containers(p, &n);
	const struct cached_request *others = cached_pod_others(p, &n_others);

	for (size_t i = 0; i < n; i++) {
		if (!c[i].is_init && c[i].name != 0 &&
		    find_set(e->frame, pod, intern_str(&e->cache->names,
		    c[i].name)) == 0 && !add_container(e, pod, &c[i], others))
			return false;
		if (others != NULL)
			others += c[i].n_others;
	}
	return true;
}

/*
 * Builds the sets anew, with those that are missing where they belong.  A
 * pod that was found has labels by now.
 */
static bool
rebuild(struct enricher *e)
{
	struct frame *f = e->frame;
	const struct metric_set *old = f->sets;
	size_t n = f->n_sets, pod = 0;

	f->sets = NULL;
	f->n_sets = f->cap_sets = 0;
	if (n + e->n_missing > FRAME_SETS_MAX ||
	    !frame_reserve_sets(f, e->arena, n + e->n_missing))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool is_last = i + 1 == n ||
		    old[i + 1].type != SET_POD_CONTAINER;

		if (old[i].type == SET_POD)
			pod = f->n_sets;
		f->sets[f->n_sets] = old[i];
		if (old[i].type == SET_POD_CONTAINER)
			f->sets[f->n_sets].parent = (uint32_t)pod;
		f->n_sets++;
		if (is_last && pod != 0 && f->sets[pod].labels.p != NULL &&
		    !add_missing(e, pod, object_cache_pod(e->cache,
		    f->sets[pod].namespace_name, f->sets[pod].name)))
			return false;
	}
	return true;
}

bool
enrich_frame(struct frame *frame, struct arena *a,
    const struct object_cache *cache, struct enrich_counters *counters)
{
	struct enricher e = { frame, a, cache, counters, 0 };

	frame->is_partial = !cache->is_listed[OBJECT_NODE] ||
	    !cache->is_listed[OBJECT_POD] ||
	    !cache->is_listed[OBJECT_NAMESPACE];
	if (!enrich_node(&e))
		return false;
	for (size_t i = 0; i < frame->n_sets; i++)
		if (frame->sets[i].type == SET_POD && !enrich_pod(&e, i))
			return false;
	return e.n_missing == 0 || rebuild(&e);
}
