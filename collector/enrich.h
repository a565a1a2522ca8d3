/* SPDX-License-Identifier: ISC */
/*
 * Adds to a frame what the cluster knows of its objects, and a kubelet does
 * not: labels, uids, requests and limits, restart counts, what the node
 * offers.
 *
 *   node		labels, hostname, host_id, schedulable, capacity and
 *		allocatable amounts
 *   pods		uid, the namespace's uid, labels; requests and limits only
 *		where they are not the sums over the containers: with overhead,
 *		or amounts of the pod as a whole
 *   containers	image, restart count, requests and limits (0 for none),
 *		requests of other resources (pod_sum.h sums them).  Containers that a pod has and the
 *		kubelet did not report are added, so that sums of requests are
 *		whole; init containers are not, and have no requests.
 *
 * A pod whose uid is another than the kubelet's was replaced by one of the
 * same name: nothing is known of it.  Where the kubelet tells no uids
 * (resource.h), so was one that is on another node: its requests would count
 * twice while the old kubelet still has it.  Objects that are not in the cache are
 * left as they are: their labels are absent.
 *
 * Pure.  Strings are borrowed from the cache: encode the frame before the
 * cache changes.
 */
#ifndef COLLECTOR_ENRICH_H
#define COLLECTOR_ENRICH_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/counters.h"
#include "common/frame.h"

#include "collector/object_cache.h"

#define ENRICH_COUNTERS(X) \
	X(pods_enriched, COUNTER, "pods of frames found in the cache") \
	X(pods_unknown, COUNTER, "pods of frames that the cache lacks") \
	X(pods_replaced, COUNTER, "pods of frames that are others there")
COUNTERS_STRUCT(enrich_counters, ENRICH_COUNTERS)

/*
 * frame is a NODE frame whose node is the name that the cluster knows it by.
 * False: the arena is full, or the frame would have more than FRAME_SETS_MAX
 * sets.
 */
bool enrich_frame(struct frame *frame, struct arena *a,
    const struct object_cache *cache, struct enrich_counters *counters);

#endif
