/* SPDX-License-Identifier: ISC */
/*
 * The cluster: who we are to it, and what is known of its objects.  Nodes,
 * pods and namespaces are listed and watched (list_watch.h) into one cache.
 */
#ifndef COLLECTOR_CLUSTER_H
#define COLLECTOR_CLUSTER_H

#include <stdbool.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/fetch.h"
#include "common/loop.h"

#include "collector/kube_source.h"
#include "collector/label_rules.h"
#include "collector/object_cache.h"

struct cluster_conf {
	const struct kube_source *source;
	const struct label_rules *labels;
	const char *node;		/* this one and its pods alone; or NULL */
	struct shard shard;		/* the pods of its nodes alone */
	const char *node_selector;	/* labels of nodes; or NULL */
	const struct fetch_identity *kubelet;	/* what is said of kubelets
					 * alone: CA, certificate */
	bool may_send_token_plainly;	/* over http */
};

struct cluster;

/* All of conf outlives it. */
struct cluster *cluster_open(struct loop *loop,
    const struct cluster_conf *conf, struct counters *counters,
    struct err *err);
void cluster_start(struct cluster *c);
void cluster_close(struct cluster *c);		/* NULL is fine */

const struct object_cache *cluster_cache(const struct cluster *c);

/* "https://HOST:PORT" of the kube-apiserver. */
const char *cluster_server(const struct cluster *c);

/* Who asks the kube-apiserver, and who asks kubelets; valid until the loop
 * goes on. */
const struct fetch_identity *cluster_api_identity(struct cluster *c);
const struct fetch_identity *cluster_kubelet_identity(struct cluster *c);

/* One of these two got a 401: it is time for another credential. */
void cluster_refused(struct cluster *c);

#endif
