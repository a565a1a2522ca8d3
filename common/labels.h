/* SPDX-License-Identifier: ISC */
/*
 * The identity of a set as Heapster names it: its labels and its key.
 *
 * On the wire and in struct frame each fact stands once, where it belongs;
 * here it is spelled out for a set.  Label keys are Heapster's: type nodename
 * hostname host_id schedulable pod_id pod_name namespace_name namespace_id
 * container_name container_base_image labels, then the stored ones, which may
 * replace any of them.  Resources add resource_id and perhaps
 * persistentvolumeclaim, or make, model and accelerator_id.
 */
#ifndef COMMON_LABELS_H
#define COMMON_LABELS_H

#include <stddef.h>

#include "common/buf.h"
#include "common/frame.h"

#define LABELS_MAX 64

struct label_list {
	struct label items[LABELS_MAX];
	size_t n;
};

/* Sorted by key, each key once.  Borrowed from the frame. */
void labels_of_set(struct label_list *out, const struct frame *f, size_t set);

/* Only the labels of the resource itself, sorted by key. */
void labels_of_resource(struct label_list *out, const struct resource *r);

/*
 * Appends the key: "cluster", "namespace:N", "node:N", "node:N/container:C",
 * "namespace:N/pod:P", "namespace:N/pod:P/container:C".
 */
void labels_key(struct buf *out, const struct frame *f, size_t set);

#endif
