/* SPDX-License-Identifier: ISC */
/*
 * The decoder of a kubelet's GET /metrics/resource: CPU, working set and swap
 * of the node, its pods and containers, in the text format of Prometheus.  It
 * says far less than a Summary, and costs the kubelet far less.
 *
 * Taken are node_, pod_ and container_ of cpu_usage_seconds_total,
 * memory_working_set_bytes and swap_usage_bytes, container_swap_limit_bytes
 * and container_start_time_seconds; all else is skipped.  Seconds become
 * nanoseconds as they are written, without floating point; what is below a
 * nanosecond or a byte is cut.  swap/available is the limit minus the usage.
 *
 * A sample is left out if it is not a number from 0 on that fits into 64 bits,
 * if its time is not after the epoch (Go's zero time is unset), or if a label
 * that names it is missing or empty.  The same sample twice: the last counts.
 * The time of a set is that of its CPU, else of its memory, else of its swap;
 * that of its memory stands beside it if it is another.  Samples without a time
 * are of now.
 *
 * What makes the body fail is a line that is none of the format, the end of
 * the text within a line, more sets than a frame holds, a kubelet that says
 * that it could not measure (scrape_error, resource_scrape_error), and no
 * sample at all.
 */
#ifndef COLLECTOR_RESOURCE_H
#define COLLECTOR_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/frame.h"
#include "common/str.h"

/*
 * Clears the frame and fills in its kind and its sets.  node is absent: the
 * text does not say whose it is.  body must be followed by JSON_PAD readable
 * bytes (json.h); the frame points into it and into the arena.  now_ns is the
 * time that uptimes count to.
 */
bool resource_decode(struct frame *frame, struct arena *arena, struct str body,
    int64_t now_ns, struct err *err);

#endif
