/* SPDX-License-Identifier: ISC */
/*
 * Composed metrics (metric.h) of pods: sums over their containers, by
 * resource_id, unless the pod has a value of its own.  The aggregator does so
 * with plain metrics, of which it knows the rates.  Integers saturate.
 *
 * Pure.
 */
#ifndef COLLECTOR_POD_SUM_H
#define COLLECTOR_POD_SUM_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/frame.h"

/* Resources that a pod has no room for are left out.  False: the arena is
 * full. */
bool pod_sum(struct frame *frame, struct arena *a);

#endif
