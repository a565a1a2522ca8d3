/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/first_usage.h"

static bool
is_needed(const struct metric_set *s, bool is_first, int64_t young_ns)
{
	if (s->values[METRIC_CPU_FIRST_USAGE].u == 0)
		return false;
	if (s->type == SET_NODE)
		return is_first;
	return s->type == SET_POD_CONTAINER && (is_first ||
	    (s->start_ns > 0 && s->scraped_ns > s->start_ns &&
	    s->scraped_ns - s->start_ns < young_ns));
}

void
first_usage_keep(struct frame *f, bool is_first, int64_t resolution_ns)
{
	int64_t young_ns = 2 * resolution_ns + FIRST_USAGE_SAMPLING_NS;

	for (size_t i = 0; i < f->n_sets; i++) {
		struct metric_set *s = &f->sets[i];

		if (set_has(s, METRIC_CPU_FIRST_USAGE) &&
		    !is_needed(s, is_first, young_ns))
			s->present &= ~(UINT64_C(1) << METRIC_CPU_FIRST_USAGE);
	}
}
