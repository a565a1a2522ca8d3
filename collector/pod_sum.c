/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/pod_sum.h"

/* A pod whose containers follow it. */
struct summed {
	size_t set;
	uint32_t n_own;		/* resources before its containers' came */
	uint32_t own[FRAME_RESOURCES_MAX];	/* what they had */
};

static void
begin_pod(struct summed *pod, const struct frame *f, size_t set)
{
	const struct metric_set *s = &f->sets[set];

	pod->set = set;
	pod->n_own = s->n_resources;
	for (uint32_t i = 0; i < s->n_resources; i++)
		pod->own[i] = s->resources[i].present;
}

static void
add_value(struct resource *to, const struct resource *from, unsigned i)
{
	enum metric m = (enum metric)(METRIC_PLAIN_COUNT + i);

	if ((to->present >> i & 1) == 0)
		to->values[i] = from->values[i];
	else if (metrics[m].type == METRIC_FLOAT)
		to->values[i].f += from->values[i].f;
	else if (__builtin_add_overflow(to->values[i].u, from->values[i].u,
	    &to->values[i].u))
		to->values[i].u = UINT64_MAX;
	to->present |= UINT32_C(1) << i;
}

static bool
add_resource(const struct summed *pod, struct frame *f, struct arena *a,
    const struct resource *from)
{
	uint32_t todo = from->present & metrics_composed;
	struct metric_set *s = &f->sets[pod->set];
	struct resource *to;

	if (todo == 0)
		return true;
	to = set_resource(s, from->resource_id);
	if (to == NULL) {
		if (s->n_resources == FRAME_RESOURCES_MAX)
			return true;
		to = frame_add_resource(f, a, pod->set);
		if (to == NULL)
			return false;
		to->resource_id = from->resource_id;
	} else if ((size_t)(to - s->resources) < pod->n_own) {
		todo &= ~pod->own[to - s->resources];
	}
	for (; todo != 0; todo &= todo - 1)
		add_value(to, from, (unsigned)__builtin_ctz(todo));
	return true;
}

bool
pod_sum(struct frame *frame, struct arena *a)
{
	struct summed pod = { .set = 0 };

	for (size_t i = 0; i < frame->n_sets; i++) {
		const struct metric_set *s = &frame->sets[i];

		if (s->type == SET_POD)
			begin_pod(&pod, frame, i);
		if (s->type != SET_POD_CONTAINER)
			continue;
		for (uint32_t r = 0; r < s->n_resources; r++)
			if (!add_resource(&pod, frame, a, &s->resources[r]))
				return false;
	}
	return true;
}
