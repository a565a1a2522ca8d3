/* SPDX-License-Identifier: ISC */
/*
 * Sums and shares, as Heapster 1.6 computes them.
 *
 * Within a NODE frame: containers are summed into their pod unless the pod
 * has that metric itself, or the counter that it is the rate of: then it is
 * the pod's to say, and what some containers have is not the pod's.  Pods are
 * summed into the node; utilisation and reservation are shares of what the
 * node offers.  Without a part or an allocatable amount there is no share, but
 * cpu/node_utilization is 0 until there is a rate.
 *
 * Across the frames of a window: pods are summed into their namespace and
 * namespaces into the cluster.  Which metrics: the roll-up column of the table
 * in metric.h.  Sums saturate at 2^64 - 1.  A pod whose sample was not renewed
 * counts with the last rate of its CPU for ROLLUP_HELD_WINDOWS_MAX windows, so
 * that sums do not dip because kubelets sample less often than they are asked.
 *
 * Pure: no clock, no I/O.
 */
#ifndef AGGREGATOR_ROLLUP_H
#define AGGREGATOR_ROLLUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/frame.h"
#include "common/intern.h"

#define ROLLUP_HELD_WINDOWS_MAX 3

void rollup_pods(struct frame *f);	/* containers into pods */
void rollup_node(struct frame *f);	/* pods into the node */
void rollup_shares(struct frame *f);	/* utilisation, reservation */

struct rollup_namespace {
	uint32_t name;		/* interned */
	uint32_t uid;		/* interned; 0: no pod knew it */
	uint64_t present;
	union metric_value values[METRIC_PLAIN_COUNT];
};

/* The sums of one window.  rollup_init() borrows the intern table. */
struct rollup {
	struct intern *names;
	struct rollup_namespace *namespaces;
	size_t n_namespaces;
	size_t cap_namespaces;
	struct hash_index index;
};

void rollup_init(struct rollup *r, struct intern *names);
void rollup_fini(struct rollup *r);
void rollup_clear(struct rollup *r);

/* Adds the pods of a NODE frame to their namespaces. */
void rollup_add(struct rollup *r, const struct frame *node);

/*
 * Fills the sets of a ROLLUP frame: the cluster, then the namespaces sorted
 * by name.  False: the arena is full.
 */
bool rollup_sets(struct rollup *r, struct frame *out, struct arena *a);

#endif
