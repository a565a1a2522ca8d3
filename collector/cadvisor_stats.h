/* SPDX-License-Identifier: ISC */
/*
 * One element of "stats": what cAdvisor measured of a container at a moment.
 */
#ifndef COLLECTOR_CADVISOR_STATS_H
#define COLLECTOR_CADVISOR_STATS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/frame.h"
#include "common/json.h"

#include "collector/custom.h"

/* Groups of metrics; "spec" says which of them mean something. */
enum cadvisor_group {
	GROUP_CPU = 1,
	GROUP_MEMORY = 2,
	GROUP_NETWORK = 4,
	GROUP_FILESYSTEM = 8,
	GROUP_DISKIO = 16,
	GROUP_CUSTOM = 32,
};

/*
 * The object that stands next, into the set, whose values, resources and time
 * it replaces, and the samples of custom.  False for null, which leaves all as
 * it is, and after an error.
 */
bool cadvisor_read_stats(struct json *j, struct frame *frame,
    struct arena *arena, size_t set, struct custom_metrics *custom);

/* Leaves the groups, a sum of bits, and accelerators; removes the others.
 * Custom metrics are not there yet. */
void cadvisor_keep_groups(struct metric_set *set, unsigned groups);

#endif
