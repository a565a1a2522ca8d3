/* SPDX-License-Identifier: ISC */
/*
 * What --source says: KEY[:REST], cut at the first colon.
 *
 *	local:				this machine
 *	kubelet:http://HOST[:PORT][/PATH]	one kubelet, without a cluster
 *	kubernetes:[URL][?OPTIONS]	the nodes of a cluster (kube_source.h)
 *	kubernetes.summary_api:, kubernetes.resource:, kubernetes.cadvisor:
 *					the same, asked for one thing alone
 *
 * A kubelet's path defaults to /stats/summary, and one that ends in
 * /metrics/resource is decoded as such; the port is mandatory for http
 * because there is no usual one.  Environment variables in REST are expanded
 * by the launcher.
 */
#ifndef COLLECTOR_SOURCE_H
#define COLLECTOR_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#include "collector/kube_source.h"
#include "collector/kubelet_api.h"

enum source_kind {
	SOURCE_LOCAL, SOURCE_KUBELET, SOURCE_KUBERNETES, SOURCE_KIND_COUNT
};

struct source {
	enum source_kind kind;
	char *url;	/* SOURCE_KUBELET; on the heap */
	char *address;	/* SOURCE_KUBELET: "host:port", its name until it says
			 * its own; on the heap */
	struct kube_source kube;	/* SOURCE_KUBERNETES */
	enum kubelet_api api;		/* what kubelets are asked for */
};

/* conf is for clusters. */
bool source_parse(struct source *out, const char *text,
    const struct kube_source_conf *conf, struct err *err);
void source_fini(struct source *s);

/* Default of --metric-resolution for this kind. */
int64_t source_resolution_ns(enum source_kind kind);

#endif
