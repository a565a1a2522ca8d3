/* SPDX-License-Identifier: ISC */
/*
 * What a kubelet can be asked for: where, with which right, and how the answer
 * is decoded.
 */
#ifndef COLLECTOR_KUBELET_API_H
#define COLLECTOR_KUBELET_API_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/frame.h"
#include "common/str.h"

enum kubelet_api {
	KUBELET_AUTO,		/* the Summary, or else the resources */
	KUBELET_SUMMARY,	/* summary.h */
	KUBELET_RESOURCE,	/* resource.h */
	KUBELET_CADVISOR,	/* cadvisor.h */
};

/* How it is reached: itself, through the kube-apiserver, or the second where
 * the first cannot be connected to. */
enum kubelet_via { KUBELET_DIRECT, KUBELET_PROXY, KUBELET_EITHER };

#define KUBELET_PATH_BYTES_MAX 512

/* "direct", "proxy", "auto" */
bool kubelet_via_parse(struct str text, enum kubelet_via *out);

const char *kubelet_path(enum kubelet_api api);	/* "/stats/summary" */

/*
 * Whether a path that somebody else gave may stand behind a URL: letters,
 * digits and "/._~-", and no segment that is empty, "." or "..": through the
 * kube-apiserver it would lead to anything.
 */
bool kubelet_path_is_safe(struct str path);

/*
 * Appends "SERVER/api/v1/nodes/NAME/proxy", where the kube-apiserver passes on
 * what it is asked.  A port other than 0 is not the one that the node tells:
 * ".../nodes/https:NAME:PORT/proxy", with is_plain "NAME:PORT".  False: NAME is
 * not the name of a node.
 */
bool kubelet_proxy_url(struct buf *out, const char *server, struct str name,
    uint16_t port, bool is_plain);

/* The resource of RBAC on which "get" is needed; for the cadvisor's POST
 * "create". */
const char *kubelet_rule(enum kubelet_api api);	/* "nodes/stats" */

/*
 * Appends the body of the request for the window from start_ns; false: it has
 * none, and is a GET.
 */
bool kubelet_request_body(enum kubelet_api api, int64_t start_ns,
    int64_t end_ns, struct buf *out);

/* As summary_decode(), resource_decode() and cadvisor_decode(). */
bool kubelet_decode(enum kubelet_api api, struct frame *frame,
    struct arena *arena, struct str body, int64_t now_ns, struct err *err);

#endif
