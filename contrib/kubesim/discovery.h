/* SPDX-License-Identifier: ISC */
/*
 * What a kube-apiserver says that it has: of its own, and of metrics.k8s.io, for
 * which it has an APIService of each version.
 */
#ifndef CONTRIB_KUBESIM_DISCOVERY_H
#define CONTRIB_KUBESIM_DISCOVERY_H

#include <stdbool.h>

#include "common/buf.h"

#define METRICS_GROUP "metrics.k8s.io"

/* Those of metrics.k8s.io in the order of their priority; ends with NULL. */
extern const char *const metrics_versions[];

/*
 * As clusters before 1.27 answer: "/api", "/api/v1", "/apis", "/apis/GROUP",
 * "/apis/GROUP/VERSION"; but that of metrics.k8s.io is asked of it.  address is
 * where we are.  False: none of these.
 */
bool discovery_print(struct buf *out, const char *path, const char *address,
    bool has_metrics);

/*
 * APIGroupDiscoveryList of "/api" or "/apis" in "v2" or "v2beta1"; the latter
 * ends with metrics_items, which are what is known of metrics.k8s.io, joined
 * by ',', or NULL.
 */
void discovery_print_aggregated(struct buf *out, const char *path,
    const char *version, const char *metrics_items);

#endif
