/* SPDX-License-Identifier: ISC */
/*
 * cpu/first_usage: what a kubelet has computed of its own last two samples.
 * It is no better than a rate, and does not say between when; so it travels
 * only while there can be no rate: of a node that was not asked lately, and
 * of containers that are young.  Only nodes and containers of pods have it.
 *
 * Pure.
 */
#ifndef COLLECTOR_FIRST_USAGE_H
#define COLLECTOR_FIRST_USAGE_H

#include <stdbool.h>

#include "common/frame.h"

/* A kubelet may take this long between two samples, and repeats itself. */
#define FIRST_USAGE_SAMPLING_NS (20 * INT64_C(1000000000))
#define FIRST_USAGE_PAUSE_WINDOWS 2	/* then a node is a new one */

/*
 * Takes it out where it is not needed, and where it is 0: so is what was not
 * computed yet.  is_first: the node was not asked lately.
 */
void first_usage_keep(struct frame *f, bool is_first, int64_t resolution_ns);

#endif
