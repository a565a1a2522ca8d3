/* SPDX-License-Identifier: ISC */
/*
 * A frame as the text of Heapster's log sink: "DataBatch     Timestamp: ...",
 * then every set, sorted by key, with its times, labels, metrics and labelled
 * metrics; composed metrics are metrics.  Integers are decimal, floats have six
 * decimals, unset times are Go's zero time; control characters of names are
 * \x0a and the like.
 *
 * Heapster's batch is the whole cluster; ours is a frame: one node with all
 * that runs on it, or the namespaces and the cluster.
 *
 * Pure.
 */
#ifndef SINKS_FORMAT_LOG_H
#define SINKS_FORMAT_LOG_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/frame.h"

/* Appends the text; the arena is for sorting and names.  False: the arena is full. */
bool format_log(struct buf *out, const struct frame *f, struct arena *a);

#endif
