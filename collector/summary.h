/* SPDX-License-Identifier: ISC */
/*
 * The decoder of what a kubelet says of its node, system containers, pods and
 * containers: the JSON of GET /stats/summary.
 *
 * No field is guaranteed: what is absent, null, negative or not an integer
 * gives no metric.  Unset times are null, Go's zero time or the epoch.  What
 * makes the document fail is text that is not JSON, a value of another type, a
 * time that is none where one is needed, a missing "node", or more sets than
 * a frame holds.  Pods and containers without a name are left out, and so are
 * resources of a set beyond what a frame holds.
 *
 * The time of a set is that of its CPU, else of its memory, network or IO;
 * what of these was sampled at another time has that beside it.
 *
 * Kubelets list containers that ended beside those that replaced them, in one
 * pod or in two entries of the same name.  Of several sets of the same name
 * that with the latest start counts, and of those the last.
 */
#ifndef COLLECTOR_SUMMARY_H
#define COLLECTOR_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/frame.h"
#include "common/str.h"

/*
 * Clears the frame and fills in its kind, its sets and node, which is the
 * name that the kubelet gives, or absent.  body must be followed by JSON_PAD
 * readable bytes (json.h); the frame points into it and into the arena.
 * now_ns is the time that uptimes count to.
 */
bool summary_decode(struct frame *frame, struct arena *arena, struct str body,
    int64_t now_ns, struct err *err);

#endif
