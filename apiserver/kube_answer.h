/* SPDX-License-Identifier: ISC */
/*
 * Answers as a Kubernetes API server gives them: an object in the form that was
 * asked for, or a Status that says why not, in its words.
 *
 * Objects are written as compact JSON into rs->body; kube_answer_end() makes of
 * it what the client wants.  Pure.
 */
#ifndef APISERVER_KUBE_ANSWER_H
#define APISERVER_KUBE_ANSWER_H

#include <stdbool.h>

#include "apiserver/api.h"
#include "apiserver/list_options.h"
#include "apiserver/negotiate.h"

#define KUBE_GROUP "metrics.k8s.io"

/* Beyond it answers are compressed, as there. */
#define KUBE_COMPRESS_MIN_BYTES ((size_t)128 << 10)

/* What the client wants; false: it is answered that we have not got it. */
bool kube_answer_begin(struct api *api, const struct api_request *rq,
    enum kube_offer offer, struct kube_wish *wish, struct api_response *rs);

/* The body is there: as JSON, or as protocol buffers if that is its form. */
void kube_answer_end(struct api_response *rs, const struct kube_wish *wish);

struct kube_status {
	int code;
	const char *reason;	/* "NotFound" */
	struct str message;
	bool has_details;	/* the following, where not absent */
	struct str name, group, kind;
	const struct list_fault *causes;
	size_t n_causes;
};

void kube_answer_status(struct api_response *rs, const struct kube_wish *wish,
    const struct kube_status *status);

/* 400 with that text. */
void kube_answer_bad(struct api_response *rs, const struct kube_wish *wish,
    struct str message);

/* 422 with all that is wrong with the options of a list. */
void kube_answer_invalid(struct api_response *rs, const struct kube_wish *wish,
    const struct list_fault *faults, size_t n);

/* 405 and 404 of what is no resource: as JSON. */
void kube_answer_method(struct api_response *rs);
void kube_answer_nothing(struct api_response *rs);

/* A boolean of a query as Kubernetes reads it: absent is false, "" true. */
bool kube_is_true(struct str value);

#endif
