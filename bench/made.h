/* SPDX-License-Identifier: ISC */
/*
 * Frames for benches: nodes of 30 pods with 2 containers each, 91 sets with what
 * those of an average service have: counters at a pace of their own, noise in
 * memory and rates, limits that stay.
 */
#ifndef BENCH_MADE_H
#define BENCH_MADE_H

#include <stdint.h>

#include "common/arena.h"
#include "common/frame.h"
#include "common/timestamp.h"

#define MADE_PODS 30
#define MADE_CONTAINERS 2
#define MADE_R (60 * NS_PER_S)

extern int64_t made_t0_ns;	/* the first window */

uint64_t made_below(uint64_t n);	/* pseudo-random */
void made_frame(struct frame *f, struct arena *a, uint64_t node, int64_t i);

/* One that is always the same: 15 integers in each set, no resources. */
void made_plain_frame(struct frame *f, struct arena *a);

int64_t made_cpu_ns(void);	/* of the process, until now */

#endif
