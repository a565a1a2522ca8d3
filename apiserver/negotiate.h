/* SPDX-License-Identifier: ISC */
/*
 * Which form of an answer a client wants, of those that Kubernetes has; read
 * from its Accept as Kubernetes reads it, with all its peculiarities:
 *
 *	application/json;as=Table;v=v1;g=meta.k8s.io,application/json;q=0.9
 *
 * Clauses are tried by their q, the more special ones first, and for each our
 * own forms in their order; parameters that say what is not there make a clause
 * worthless, others nothing.  A clause with q=0 counts like any other.
 *
 * Different is that "application/json;q=0.1, application/" and a star is all right.
 *
 * Pure.
 */
#ifndef APISERVER_NEGOTIATE_H
#define APISERVER_NEGOTIATE_H

#include <stdbool.h>

#include "common/str.h"

#define NEGOTIATE_CLAUSES_MAX 64	/* those beyond are not read */

/* In the order in which they are offered. */
enum kube_form { KUBE_JSON, KUBE_YAML, KUBE_PROTOBUF, KUBE_FORM_COUNT };

enum kube_view {
	KUBE_ITSELF,
	KUBE_TABLE,		/* in a form for people: JSON and YAML */
	KUBE_METADATA,		/* of one object */
	KUBE_METADATA_LIST,
	KUBE_DISCOVERY,		/* all groups with all resources: JSON */
};

/* What is there. */
enum kube_offer {
	KUBE_OFFERS_PLAIN,	/* in all forms */
	KUBE_OFFERS_OBJECTS,	/* and all views but the last */
	KUBE_OFFERS_DISCOVERY,	/* or that one */
};

struct kube_wish {
	enum kube_form form;
	enum kube_view view;
	struct str version;	/* of a view: "v1", "v1beta1", "v2", "v2beta1" */
	bool is_pretty;
};

enum negotiation {
	NEGOTIATED,
	NEGOTIATE_NO_TYPE,	/* none of the media types is there */
	NEGOTIATE_NO_VIEW,	/* there is, but not as it should be */
};

enum negotiation negotiate(struct str accept, enum kube_offer offer,
    struct kube_wish *out);

/* "application/json" */
const char *kube_form_type(enum kube_form form);

#endif
