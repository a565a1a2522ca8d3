/* SPDX-License-Identifier: ISC */
/*
 * Makes the sets of a node a frame again after they were decoded as they
 * came: each set once, system containers first, each pod followed by its
 * containers.  Of sets of the same name the one with the latest start stays,
 * and of those the last.
 *
 * is_ordered tells that no order needs to be restored; then nothing is moved
 * unless a name stands twice.  False: the arena is full.
 */
#ifndef COLLECTOR_SUMMARY_MERGE_H
#define COLLECTOR_SUMMARY_MERGE_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/frame.h"

bool summary_merge(struct frame *frame, struct arena *arena, bool is_ordered);

#endif
