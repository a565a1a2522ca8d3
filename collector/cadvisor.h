/* SPDX-License-Identifier: ISC */
/*
 * The decoder of the answer to POST /stats/container/: all cgroups of a node
 * as cAdvisor knows them.  Kubelets answer it up to version 1.17, and up to
 * 1.20 if they are told to; all others have the Summary alone (summary.h).
 *
 * The answer is an object of containers.  Of each the last element of "stats"
 * counts, and no "stats" means no set.  "/" is the node.  What has the labels
 * of a Kubernetes container is one, or its pod if its name is POD: that is the
 * pause container, to which the network of a pod belongs.  Its memory and load
 * are added to those of the pod's containers; its CPU time and page faults are
 * left out, so that the pod's rates are sums of its containers'.  Pods whose
 * POD is missing are there without values.  Everything else is a system
 * container, named after its cgroup without the leading slash.
 *
 * spec.has_cpu and its like say which groups of metrics are there.  In these, a
 * number that is absent, null, negative or not an integer gives no metric, but
 * for disks, where a missing direction is 0.  Network is the sum over all
 * interfaces.  The resource_id of file systems and disks is the device; a
 * disk without a name is MAJOR:MINOR.  For custom metrics see custom.h.
 *
 * Of several containers of the same name that with the latest start counts,
 * and of those the last.
 */
#ifndef COLLECTOR_CADVISOR_H
#define COLLECTOR_CADVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/frame.h"
#include "common/str.h"

/*
 * Clears the frame and fills in its kind and its sets.  node is absent: the
 * answer does not say whose it is.  Fails for what is no JSON, for a value of
 * another type, a time that is none, a missing "/", and more sets than a frame
 * holds.  body must be followed by JSON_PAD readable bytes (json.h); the frame
 * points into it and into the arena.  now_ns is the time that uptimes count
 * to.
 */
bool cadvisor_decode(struct frame *frame, struct arena *arena, struct str body,
    int64_t now_ns, struct err *err);

/* Appends the body of the request: all containers, one sample of each from
 * that span of time. */
void cadvisor_request(struct buf *out, int64_t start_ns, int64_t end_ns);

#endif
