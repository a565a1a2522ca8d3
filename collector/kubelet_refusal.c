/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/kubelet_refusal.h"

#define MESSAGE_BYTES_MAX 160

static const char *const names[REFUSAL_KINDS] = {
	[REFUSAL_NONE] = "none",
	[REFUSAL_STATS] = "nodes/stats",
	[REFUSAL_METRICS] = "nodes/metrics",
	[REFUSAL_PROXY] = "nodes/proxy",
	[REFUSAL_TOKEN] = "token",
	[REFUSAL_API_TOKEN] = "api-token",
	[REFUSAL_OF_API] = "kube-apiserver",
};

const char *
kubelet_refusal_name(enum kubelet_refusal r)
{
	return names[r];
}

/* 401 */
static enum kubelet_refusal
unknown(const struct kubelet_failure *f, struct buf *out)
{
	if (f->is_of_api) {
		buf_addf(out, ": the kube-apiserver knows no such token");
		return REFUSAL_API_TOKEN;
	}
	if (f->is_proxied) {
		buf_addf(out, ": the kubelet does not know the kube-apiserver");
		return REFUSAL_OF_API;
	}
	buf_addf(out, ": the kubelet knows no such token");
	return REFUSAL_TOKEN;
}

/* 403 */
static enum kubelet_refusal
forbidden(const struct kubelet_failure *f, struct buf *out)
{
	const char *verb = f->api == KUBELET_CADVISOR ? "create" : "get";
	const char *rule = f->is_of_api ? "nodes/proxy" : kubelet_rule(f->api);

	buf_addf(out, ": the %s needs %s on ", f->is_proxied && !f->is_of_api ?
	    "kube-apiserver" : "ClusterRole", verb);
	if (f->summary_status == 403 && !f->is_of_api)
		buf_addf(out, "%s, or on %s for CPU and memory alone",
		    kubelet_rule(KUBELET_SUMMARY), rule);
	else
		buf_addf(out, "%s", rule);
	if (f->is_proxied)
		return f->is_of_api ? REFUSAL_PROXY : REFUSAL_OF_API;
	return f->api == KUBELET_RESOURCE ? REFUSAL_METRICS : REFUSAL_STATS;
}

/* 404 */
static enum kubelet_refusal
missing(const struct kubelet_failure *f, struct buf *out)
{
	if (f->is_of_api) {
		buf_addf(out, ": the kube-apiserver knows no such node");
		return REFUSAL_NONE;
	}
	/* A query may have a secret. */
	buf_addf(out, ": it has no %.*s", (int)strcspn(f->path, "?"), f->path);
	if (f->summary_status != 403)
		return REFUSAL_NONE;
	buf_addf(out, ", and the %s needs get on %s", f->is_proxied ?
	    "kube-apiserver" : "ClusterRole", kubelet_rule(KUBELET_SUMMARY));
	return f->is_proxied ? REFUSAL_OF_API : REFUSAL_STATS;
}

/* Of UTF-8, but not its first byte. */
static bool
is_inside_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

enum kubelet_refusal
kubelet_refusal(const struct kubelet_failure *f, struct buf *out)
{
	struct str message = f->message;

	while (message.len > MESSAGE_BYTES_MAX ||
	    (message.len > 0 && message.len < f->message.len &&
	    is_inside_character(message.p[message.len])))
		message.len--;
	buf_addf(out, "%s", f->error);
	switch (f->status) {
	case 401:
		return unknown(f, out);
	case 403:
		return forbidden(f, out);
	case 404:
		return missing(f, out);
	}
	if (f->is_of_api && message.len > 0)
		buf_addf(out, " of the kube-apiserver: %.*s",
		    STR_ARG(message));
	return REFUSAL_NONE;
}
