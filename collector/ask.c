/* SPDX-License-Identifier: ISC */
/*
 * One kubelet, one window: the request, its answer, and what else to ask for
 * if it refuses, or whom else if it cannot be reached.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "collector/scrape_impl.h"

#define NOT_READY_TIMEOUT_NS (2 * NS_PER_S)
#define FALLBACK_NS (600 * NS_PER_S)	/* then the first is tried again */
#define REASON_BYTES 200

static void on_answer(void *arg, const struct fetch_result *result);

/* What the target is asked for now. */
static enum kubelet_api
api_of(const struct target *t)
{
	if (t->api != KUBELET_AUTO)
		return t->api;
	return t->fallback_mono_ns != 0 ? KUBELET_RESOURCE : KUBELET_SUMMARY;
}

/* Through the kube-apiserver? */
static bool
is_proxied(const struct target *t)
{
	return t->kind == TARGET_NODE &&
	    (t->scraper->conf.kubelet_via == KUBELET_PROXY ||
	    t->proxy_mono_ns != 0);
}

static char *
url_of(const struct target *t)
{
	const char *path = t->metrics_path != NULL ? t->metrics_path :
	    kubelet_path(api_of(t));

	if (t->kind == TARGET_KUBELET)
		return xstrdup(t->url);
	if (is_proxied(t))
		return xasprintf("%s/api/v1/nodes/%s/proxy%s",
		    cluster_server(t->scraper->conf.cluster), t->name, path);
	return xasprintf("%s%s", t->url, path);
}

static bool
start(struct target *t, int64_t timeout_ns, struct err *err)
{
	struct scraper *s = t->scraper;
	struct buf body = BUF_INIT;
	char *url = url_of(t);
	struct fetch_request request = {
		.url = url,
		.connect_to = is_proxied(t) ? NULL : t->connect_to,
		.timeout_ns = timeout_ns,
		.done = on_answer,
		.arg = t,
	};

	if (t->kind == TARGET_KUBELET)
		request.identity = s->conf.kubelet;
	else
		request.identity = is_proxied(t) ?
		    cluster_api_identity(s->conf.cluster) :
		    cluster_kubelet_identity(s->conf.cluster);
	if (kubelet_request_body(api_of(t), t->window_ns,
	    t->window_ns + s->conf.resolution_ns, &body))
		request.post_json = buf_str(&body);
	if (s->fetchers[t->fetcher] == NULL)
		s->fetchers[t->fetcher] = fetcher_open(s->loop,
		    s->conf.body_bytes_max, err);
	t->is_in_flight = s->fetchers[t->fetcher] != NULL &&
	    fetch_start(s->fetchers[t->fetcher], &request, err);
	free(url);
	buf_fini(&body);
	return t->is_in_flight;
}

/*
 * Refused the Summary, a kubelet may still tell of its resources: in the same
 * window, in what is left of the time.
 */
static bool
fall_back(struct target *t, const struct fetch_result *result)
{
	struct scraper *s = t->scraper;
	int64_t left_ns = s->conf.timeout_ns - result->elapsed_ns;
	struct err err;

	if (t->api != KUBELET_AUTO || t->fallback_mono_ns != 0 ||
	    left_ns <= 0 || (result->status != 403 && result->status != 404))
		return false;
	t->fallback_mono_ns = clock_mono_ns();
	s->counters.summaries_refused++;
	if (log_onset(&s->refused, clock_mono_ns()))
		log_warn("summary_refused node=%s status=%d seen=%" PRIu64
		    " error=\"%s; only CPU and memory are collected\"",
		    log_qs(t->name), result->status, s->refused.seen,
		    result->status == 403 ?
		    "the ClusterRole needs get on nodes/stats" :
		    "it has no /stats/summary");
	return start(t, left_ns, &err);
}

/* The same through the kube-apiserver, in the same window. */
static bool
go_around(struct target *t, const struct fetch_result *result)
{
	struct scraper *s = t->scraper;
	int64_t left_ns = s->conf.timeout_ns - result->elapsed_ns;
	struct err err;

	if (t->kind != TARGET_NODE || left_ns <= 0 ||
	    s->conf.kubelet_via != KUBELET_EITHER || is_proxied(t) ||
	    result->status != 0)
		return false;
	t->proxy_mono_ns = clock_mono_ns();
	if (log_onset(&s->unreachable, clock_mono_ns()))
		log_warn("kubelet_unreachable node=%s seen=%" PRIu64
		    " error=%s", log_qs(t->name), s->unreachable.seen,
		    log_qs(result->error));
	return start(t, left_ns, &err);
}

static void
note_error(struct target *t, const struct fetch_result *result)
{
	enum kubelet_api api = api_of(t);
	char reason[REASON_BYTES];

	/* Neither of the two: either may be allowed first. */
	if (result->status == 403 || result->status == 404)
		t->fallback_mono_ns = 0;
	if (result->status == 401 && t->kind == TARGET_NODE)
		cluster_refused(t->scraper->conf.cluster);
	if (result->status == 403)
		snprintf(reason, sizeof reason, "%s: the ClusterRole needs "
		    "%s on %s", result->error,
		    api == KUBELET_CADVISOR ? "create" : "get",
		    is_proxied(t) ? "nodes/proxy" : kubelet_rule(api));
	else if (result->status == 401)
		snprintf(reason, sizeof reason, "%s: the kubelet knows no "
		    "such token", result->error);
	else
		snprintf(reason, sizeof reason, "%s", result->error);
	target_fail(t, reason, result->elapsed_ns);
}

static void
on_answer(void *arg, const struct fetch_result *result)
{
	struct target *t = arg;
	struct scraper *s = t->scraper;
	struct frame f;
	struct err err;

	t->is_in_flight = false;
	if (t->is_gone) {
		target_free(t);
		return;
	}
	s->counters.bytes_scraped += result->body.len;
	s->counters.scrape_ns += (uint64_t)result->elapsed_ns;
	if (result->error != NULL) {
		if (!go_around(t, result) && !fall_back(t, result))
			note_error(t, result);
		return;
	}
	arena_reset(&s->arena);
	if (kubelet_decode(api_of(t), &f, &s->arena, result->body,
	    clock_wall_ns(), &err) && target_complete(t, &f, &err))
		target_succeed(t, &f);
	else
		target_fail(t, err.msg, result->elapsed_ns);
}

void
target_ask(struct target *t)
{
	int64_t timeout_ns = t->scraper->conf.timeout_ns;
	struct err err;

	if (t->url == NULL && !is_proxied(t)) {
		target_fail(t, "the cluster tells no usable address of it",
		    0);
		return;
	}
	if (!t->is_ready && timeout_ns > NOT_READY_TIMEOUT_NS)
		timeout_ns = NOT_READY_TIMEOUT_NS;
	if (t->fallback_mono_ns != 0 &&
	    clock_mono_ns() - t->fallback_mono_ns > FALLBACK_NS)
		t->fallback_mono_ns = 0;
	if (t->proxy_mono_ns != 0 &&
	    clock_mono_ns() - t->proxy_mono_ns > FALLBACK_NS)
		t->proxy_mono_ns = 0;
	if (!start(t, timeout_ns, &err))
		target_fail(t, err.msg, 0);
}
