/* SPDX-License-Identifier: ISC */
/*
 * What a request would do, in the words of Kubernetes' authorization: a verb
 * on a resource, or on a path that is none.
 *
 *	GET  /apis/GROUP/VERSION/namespaces/NS/pods	list pods in NS
 *	GET  /apis/GROUP/VERSION/nodes/NAME		get nodes NAME
 *	GET  .../nodes?fieldSelector=metadata.name=NAME	list nodes NAME
 *	GET  /healthz					get that path
 *
 * A path is taken apart before it is decoded, as routes are matched (api.h):
 * what is asked about has to be what will be answered.  One that could be read
 * in two ways, with a slash or dots inside a segment, or an empty one, is
 * refused.  Pure.
 */
#ifndef APISERVER_ATTRIBUTES_H
#define APISERVER_ATTRIBUTES_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

struct attributes {
	bool is_resource;
	struct str path;	/* decoded */
	struct str verb;	/* "list"; of a path "get" */
	struct str group, version, resource, subresource, name, namespace;
	struct buf text;	/* what the others are slices of */
};

/* Zero-initialise.  False: a path that means nothing. */
bool attributes_of(struct attributes *a, struct str method, struct str path,
    struct str query);
void attributes_fini(struct attributes *a);

/* Appends "resourceAttributes":{...} or "nonResourceAttributes":{...}. */
void attributes_print(const struct attributes *a, struct buf *out);

/*
 * The message of a refusal: 'nodes.metrics.k8s.io is forbidden: User "x"
 * cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster
 * scope'.
 */
void attributes_explain(const struct attributes *a, struct str user,
    struct buf *out);

#endif
