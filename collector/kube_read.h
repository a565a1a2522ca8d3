/* SPDX-License-Identifier: ISC */
/*
 * Inside the decoders of kube_object.h: the parts that several objects have.
 */
#ifndef COLLECTOR_KUBE_READ_H
#define COLLECTOR_KUBE_READ_H

#include "collector/kube_object.h"
#include "common/json.h"

/* Annotations and messages may have any character that JSON has, NUL too. */
void kube_read_begin(struct json *j, struct str json, struct arena *a);

/* A member "metadata". */
void kube_read_meta(struct json *j, struct kube_meta *out);

/* {"cpu":"100m","memory":"1Gi"}; others may be NULL. */
struct kube_requests {
	struct kube_request *items;
	size_t n;
	size_t cap;
};

void kube_read_amounts(struct json *j, struct kube_amounts *out,
    struct kube_requests *others);

/* What is in more is taken over. */
void kube_amounts_override(struct kube_amounts *a,
    const struct kube_amounts *more);

/*
 * Room for one more item in an array of the arena; fails the document when
 * there is none.
 */
bool kube_room(struct json *j, void **items, size_t *cap, size_t n,
    size_t item_size);

/* Done: no error, and the object has a name. */
bool kube_read_end(struct json *j, const struct kube_meta *meta,
    struct err *err);

#endif
