/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/cadvisor.h"
#include "collector/kubelet_api.h"
#include "collector/node_address.h"
#include "collector/resource.h"
#include "collector/summary.h"

typedef bool decode_fn(struct frame *frame, struct arena *arena,
    struct str body, int64_t now_ns, struct err *err);

static const struct {
	const char *path;
	const char *rule;
	decode_fn *decode;
} apis[] = {
	[KUBELET_AUTO] = { "/stats/summary", "nodes/stats", summary_decode },
	[KUBELET_SUMMARY] = { "/stats/summary", "nodes/stats",
	    summary_decode },
	[KUBELET_RESOURCE] = { "/metrics/resource", "nodes/metrics",
	    resource_decode },
	[KUBELET_CADVISOR] = { "/stats/container/", "nodes/stats",
	    cadvisor_decode },
};

bool
kubelet_via_parse(struct str text, enum kubelet_via *out)
{
	*out = str_is(text, "proxy") ? KUBELET_PROXY :
	    str_is(text, "auto") ? KUBELET_EITHER : KUBELET_DIRECT;
	return *out != KUBELET_DIRECT || str_is(text, "direct");
}

const char *
kubelet_path(enum kubelet_api api)
{
	return apis[api].path;
}

bool
kubelet_path_is_safe(struct str path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-";

	if (path.len > KUBELET_PATH_BYTES_MAX || str_cut(&path, '/').len > 0 ||
	    path.p == NULL)
		return false;
	while (path.p != NULL) {
		struct str segment = str_cut(&path, '/');

		/* The last may be empty: "/metrics/". */
		if (str_is(segment, ".") || str_is(segment, "..") ||
		    (segment.len == 0 && path.p != NULL))
			return false;
		for (size_t i = 0; i < segment.len; i++)
			if (segment.p[i] == '\0' ||
			    strchr(plain, segment.p[i]) == NULL)
				return false;
	}
	return true;
}

bool
kubelet_proxy_url(struct buf *out, const char *server, struct str name,
    uint16_t port, bool is_plain)
{
	if (!node_name_is_valid(name))
		return false;
	buf_addf(out, "%s/api/v1/nodes/", server);
	if (port != 0)
		buf_addf(out, "%s%.*s:%u", is_plain ? "" : "https:",
		    STR_ARG(name), (unsigned)port);
	else
		buf_add_str(out, name);
	buf_addf(out, "/proxy");
	return true;
}

const char *
kubelet_rule(enum kubelet_api api)
{
	return apis[api].rule;
}

bool
kubelet_request_body(enum kubelet_api api, int64_t start_ns, int64_t end_ns,
    struct buf *out)
{
	if (api != KUBELET_CADVISOR)
		return false;
	cadvisor_request(out, start_ns, end_ns);
	return true;
}

bool
kubelet_decode(enum kubelet_api api, struct frame *frame,
    struct arena *arena, struct str body, int64_t now_ns, struct err *err)
{
	return apis[api].decode(frame, arena, body, now_ns, err);
}
