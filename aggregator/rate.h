/* SPDX-License-Identifier: ISC */
/*
 * Rates: what a counter grew by, over the time between two samples.
 *
 * The history of a node is the counters of its last frame.  A set gets the
 * rate of a counter when the history has the same object (same type, names and
 * start) with an older sample of the part that the counter belongs to, and a
 * counter that did not go down; otherwise there is no rate for that interval.
 * So a restart, a reset or a sample that was not renewed yields nothing, and
 * never a negative or a huge number.  Labelled counters are matched by
 * resource_id.
 *
 * A pod's uid may become known late, and that of a static pod is first the
 * kubelet's and then another one; so two of them count as the same pod if its
 * start is known and the same.
 *
 * A set whose sample was not renewed has no rate, but its last rate of CPU is
 * kept for sums: see held_ns in frame.h.
 *
 * cpu/usage_rate = 1000 * difference / (t - t0 in ns), in 128 bits, cut.
 * Other rates are doubles: factor * difference / (t - t0 in ns); see
 * METRIC_RATES in metric.h for the factors.
 *
 * A node's own startTime is computed by kubelets from the uptime and wobbles
 * by seconds, so a node counts as the same up to RATE_NODE_START_SLACK_NS.
 *
 * Pure: no clock, no I/O.
 */
#ifndef AGGREGATOR_RATE_H
#define AGGREGATOR_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/frame.h"
#include "common/hash.h"

#define RATE_NODE_START_SLACK_NS (10 * INT64_C(1000000000))

struct rate_sample;
struct rate_resource;

/* Zero-initialise; rate_history_fini() releases it. */
struct rate_history {
	int64_t window_ns;		/* of the frame it was taken from */
	struct rate_sample *samples;
	size_t n_samples;
	size_t cap_samples;
	struct rate_resource *resources;
	size_t n_resources;
	size_t cap_resources;
	struct hash_index index;	/* identity of a set -> its sample */
};

void rate_history_fini(struct rate_history *h);

/* False: no rate (the counter went down, or no time passed). */
bool rate_between(enum metric rate, uint64_t factor, uint64_t before,
    uint64_t after, int64_t elapsed_ns, union metric_value *out);

/* Adds the rates to the sets of a NODE frame, from the history. */
void rate_apply(const struct rate_history *h, struct frame *f);

/* Makes the frame the history. */
void rate_remember(struct rate_history *h, const struct frame *f);

#endif
