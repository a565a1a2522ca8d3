/* SPDX-License-Identifier: ISC */
/*
 * The options of the collector that are about a cluster, and what they come
 * to.
 */
#ifndef COLLECTOR_CLUSTER_OPTIONS_H
#define COLLECTOR_CLUSTER_OPTIONS_H

#include "common/opt.h"

#include "collector/cluster.h"
#include "collector/kubelet_api.h"
#include "collector/node_address.h"
#include "collector/shard.h"

struct cluster_settings {
	struct cluster_conf cluster;
	struct fetch_identity kubelet;	/* cluster points to it */
	struct label_rules labels;	/* cluster points to them */
	struct node_address_conf address;
	struct shard shard;
	enum kubelet_via kubelet_via;
};

extern const struct opt cluster_options[];

/* What --kubeconfig, --kube-... and the environment say; valid until the end
 * of the program, which is at once if a file cannot be read. */
const struct kube_source_conf *cluster_options_source(
    const struct opt_program *program);

/* Who asks kubelets, as far as flags say; the same ends. */
void cluster_options_kubelet(const struct opt_program *program,
    struct fetch_identity *out);

/* Ends the program on what does not fit together. */
void cluster_options_check(const struct opt_program *program,
    const struct kube_source *source, struct cluster_settings *out);

#endif
