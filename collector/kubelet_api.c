/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/cadvisor.h"
#include "collector/kubelet_api.h"
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
