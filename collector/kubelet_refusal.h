/* SPDX-License-Identifier: ISC */
/*
 * Why there was no answer from a kubelet, in words that say what to do.
 *
 * Some refusals are the cluster's, and not a node's own: a rule of RBAC that is
 * missing, a token that nobody knows.  Every node tells of them; who logs them
 * does so once for all.
 *
 * Pure.
 */
#ifndef COLLECTOR_KUBELET_REFUSAL_H
#define COLLECTOR_KUBELET_REFUSAL_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

#include "collector/kubelet_api.h"

enum kubelet_refusal {
	REFUSAL_NONE,		/* what failed is this node alone */
	REFUSAL_STATS,		/* needs a right to nodes/stats */
	REFUSAL_METRICS,	/* to nodes/metrics */
	REFUSAL_PROXY,		/* to nodes/proxy */
	REFUSAL_TOKEN,		/* a kubelet does not know who asks */
	REFUSAL_API_TOKEN,	/* the kube-apiserver does not */
	REFUSAL_OF_API,		/* a kubelet lets not the kube-apiserver ask */
	REFUSAL_KINDS,
};

struct kubelet_failure {
	const char *error;	/* "HTTP status 403" */
	int status;		/* 0: none */
	enum kubelet_api api;	/* what was asked for */
	const char *path;	/* and where */
	int summary_status;	/* the Summary was refused before; 0: no */
	bool is_proxied;	/* asked through the kube-apiserver */
	bool is_of_api;		/* which said this itself */
	struct str message;	/* in these words; or absent */
};

/* Appends what is to be told, in one line. */
enum kubelet_refusal kubelet_refusal(const struct kubelet_failure *f,
    struct buf *out);

const char *kubelet_refusal_name(enum kubelet_refusal r); /* "nodes/stats" */

#endif
