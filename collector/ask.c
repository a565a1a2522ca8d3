/* SPDX-License-Identifier: ISC */
/*
 * One kubelet, one window: the request, its answer, and what else to ask for
 * if it refuses, by whose name if its certificate has another, or whom else if
 * it cannot be reached; all that until one deadline.
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
#define CONNECT_TIMEOUT_NS (3 * NS_PER_S)	/* where there is another way */
#define FALLBACK_NS (600 * NS_PER_S)	/* then the first is tried again */

static void on_answer(void *arg, const struct fetch_result *result);

/* What the target is asked for now. */
static enum kubelet_api
api_of(const struct target *t)
{
	if (t->api != KUBELET_AUTO)
		return t->api;
	return t->fallback_mono_ns != 0 ? KUBELET_RESOURCE : KUBELET_SUMMARY;
}

/* Through the kube-apiserver?  One without an address too, if it may be. */
static bool
is_proxied(const struct target *t)
{
	enum kubelet_via via = t->scraper->conf.kubelet_via;

	return t->kind == TARGET_NODE && (via == KUBELET_PROXY ||
	    (via == KUBELET_EITHER &&
	    (t->proxy_mono_ns != 0 || t->url == NULL)));
}

static const char *
path_of(const struct target *t)
{
	return t->metrics_path != NULL ? t->metrics_path :
	    kubelet_path(t->question.api);
}

/* Of a whole URL. */
static const char *
path_in(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host == NULL ? NULL : strchr(host + 3, '/');

	return path == NULL ? "/" : path;
}

/* What is verified is the host of the URL. */
static bool
add_url(const struct target *t, struct buf *out, struct err *err)
{
	const struct scraper_conf *conf = &t->scraper->conf;

	if (t->question.is_proxied) {
		if (!kubelet_proxy_url(out, cluster_server(conf->cluster),
		    str_of(t->name), conf->node_address->port,
		    conf->node_address->is_plain))
			return err_set(err, "this is not the name of a node");
	} else if (t->url == NULL) {
		return err_set(err,
		    "the cluster tells no usable address of it");
	} else if (t->is_verified_by_address && t->connect_to != NULL) {
		buf_addf(out, "https://%s", t->connect_to);
	} else {
		buf_addf(out, "%s", t->url);
	}
	if (t->kind == TARGET_NODE)
		buf_addf(out, "%s", path_of(t));
	buf_add_char(out, '\0');
	return true;
}

static const struct fetch_identity *
identity_of(const struct target *t)
{
	const struct scraper_conf *conf = &t->scraper->conf;

	if (t->kind == TARGET_KUBELET)
		return conf->kubelet;
	return t->question.is_proxied ? cluster_api_identity(conf->cluster) :
	    cluster_kubelet_identity(conf->cluster);
}

static int64_t
connect_timeout_ns(const struct target *t, int64_t timeout_ns)
{
	if (t->kind != TARGET_NODE || t->question.is_proxied ||
	    t->scraper->conf.kubelet_via != KUBELET_EITHER)
		return 0;
	return timeout_ns / 4 < CONNECT_TIMEOUT_NS ? timeout_ns / 4 :
	    CONNECT_TIMEOUT_NS;
}

/* Asks, in what is left of the time. */
static bool
start(struct target *t, struct err *err)
{
	struct scraper *s = t->scraper;
	struct buf url = BUF_INIT, body = BUF_INIT;
	struct fetch_request request = {
		.timeout_ns = t->question.deadline_mono_ns - clock_mono_ns(),
		.done = on_answer,
		.arg = t,
	};

	if (request.timeout_ns < NS_PER_MS)
		return err_set(err, "no time is left");
	t->question.api = api_of(t);
	t->question.is_proxied = is_proxied(t);
	if (!add_url(t, &url, err)) {
		buf_fini(&url);
		return false;
	}
	request.url = url.p;
	request.identity = identity_of(t);
	request.connect_timeout_ns = connect_timeout_ns(t, request.timeout_ns);
	if (!t->question.is_proxied && !t->is_verified_by_address)
		request.connect_to = t->connect_to;
	if (kubelet_request_body(t->question.api, t->window_ns,
	    t->window_ns + s->conf.resolution_ns, &body))
		request.post_json = buf_str(&body);
	if (s->fetchers[t->fetcher] == NULL)
		s->fetchers[t->fetcher] = fetcher_open(s->loop,
		    s->conf.body_bytes_max, err);
	t->is_in_flight = s->fetchers[t->fetcher] != NULL &&
	    fetch_start(s->fetchers[t->fetcher], &request, err);
	buf_fini(&url);
	buf_fini(&body);
	return t->is_in_flight;
}

/*
 * A certificate that has the address and not the name, or the name and not the
 * address, is as good: which of the two is remembered.
 */
static bool
verify_again(struct target *t, const struct fetch_result *result)
{
	struct err err;

	if (result->reach != FETCH_UNTRUSTED || t->question.is_proxied ||
	    t->question.is_verified_again || t->connect_to == NULL)
		return false;
	t->question.is_verified_again = true;
	t->is_verified_by_address = !t->is_verified_by_address;
	return start(t, &err);
}

/*
 * The same through the kube-apiserver: in the same window, if there is time,
 * and in the next ones.  A certificate that is not good is no reason.
 */
static bool
go_around(struct target *t, const struct fetch_result *result)
{
	struct scraper *s = t->scraper;
	struct err err;

	if (t->kind != TARGET_NODE || t->question.is_proxied ||
	    s->conf.kubelet_via != KUBELET_EITHER ||
	    result->reach != FETCH_UNCONNECTED)
		return false;
	t->proxy_mono_ns = clock_mono_ns();
	if (log_onset(&s->unreachable, clock_mono_ns()))
		log_warn("kubelet_unreachable node=%s seen=%" PRIu64
		    " error=%s", log_qs(t->name), s->unreachable.seen,
		    log_qs(result->error));
	return start(t, &err);
}

/* failure borrows from the result and the arena. */
static void
describe(struct target *t, const struct fetch_result *result,
    struct kubelet_failure *failure)
{
	struct kube_status status;
	struct err err;

	*failure = (struct kubelet_failure){
		.error = result->error,
		.status = result->status,
		.api = t->question.api,
		.path = t->kind == TARGET_KUBELET ? path_in(t->url) :
		    path_of(t),
		.summary_status = t->question.summary_status,
		.is_proxied = t->question.is_proxied,
	};
	arena_reset(&t->scraper->arena);
	if (failure->is_proxied && result->body.len > 0 &&
	    kube_status_decode(&status,
	    &t->scraper->arena, result->body, &err) &&
	    status.code == result->status) {
		failure->is_of_api = true;
		failure->message = status.message;
	}
}

/*
 * Refused the Summary, a kubelet may still tell of its resources: in the same
 * window.
 */
static bool
fall_back(struct target *t, const struct kubelet_failure *failure)
{
	struct err err;

	if (t->api != KUBELET_AUTO || failure->api != KUBELET_SUMMARY ||
	    failure->is_of_api ||
	    (failure->status != 403 && failure->status != 404))
		return false;
	t->fallback_mono_ns = clock_mono_ns();
	t->question.summary_status = failure->status;
	t->scraper->counters.summaries_refused++;
	return start(t, &err);
}

static int64_t
elapsed_ns(const struct target *t)
{
	return clock_mono_ns() - t->question.began_mono_ns;
}

static void
note_untrusted(struct target *t, const struct fetch_result *result)
{
	struct buf reason = BUF_INIT;

	if (t->question.is_proxied)
		buf_addf(&reason, "the kube-apiserver's certificate: ");
	else if (t->question.is_verified_again)
		buf_addf(&reason, "it answers, but its certificate is good "
		    "neither for %s nor for %s: ", t->name,
		    t->connect_to != NULL ? t->connect_to : "its address");
	else
		buf_addf(&reason, "it answers, but its certificate is not "
		    "good: ");
	buf_addf(&reason, "%s", result->error);
	buf_add_char(&reason, '\0');
	t->is_verified_by_address = false;
	t->proxy_mono_ns = 0;
	target_fail(t, reason.p, elapsed_ns(t));
	buf_fini(&reason);
}

static void
note_error(struct target *t, const struct kubelet_failure *failure)
{
	struct buf reason = BUF_INIT;
	enum kubelet_refusal refusal = kubelet_refusal(failure, &reason);

	buf_add_char(&reason, '\0');
	/* Neither of the two: either may be allowed first. */
	if (!failure->is_of_api &&
	    (failure->status == 403 || failure->status == 404))
		t->fallback_mono_ns = 0;
	/* Neither way: the next window begins with the shorter one. */
	if (failure->is_proxied)
		t->proxy_mono_ns = 0;
	if (t->kind == TARGET_NODE &&
	    (refusal == REFUSAL_TOKEN || refusal == REFUSAL_API_TOKEN))
		cluster_refused(t->scraper->conf.cluster);
	if (refusal == REFUSAL_NONE)
		target_fail(t, reason.p, elapsed_ns(t));
	else
		target_refuse(t, refusal, reason.p);
	buf_fini(&reason);
}

static void
on_failure(struct target *t, const struct fetch_result *result)
{
	struct kubelet_failure failure;

	if (verify_again(t, result) || go_around(t, result))
		return;
	if (result->reach == FETCH_UNTRUSTED) {
		note_untrusted(t, result);
		return;
	}
	describe(t, result, &failure);
	if (!fall_back(t, &failure))
		note_error(t, &failure);
}

/* Of one whose resources are known now. */
static void
note_summary_refused(struct target *t)
{
	struct scraper *s = t->scraper;
	int status = t->question.summary_status;

	if (!log_onset(&s->refused, clock_mono_ns()))
		return;
	log_warn("summary_refused node=%s status=%d seen=%" PRIu64
	    " error=\"%s%s; only CPU and memory are collected\"",
	    log_qs(t->name), status, s->refused.seen, status != 403 ? "" :
	    t->question.is_proxied ? "the kube-apiserver needs get on " :
	    "the ClusterRole needs get on ",
	    status == 403 ? kubelet_rule(KUBELET_SUMMARY) :
	    "it has no /stats/summary");
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
	target_note_answer(t, result->elapsed_ns, clock_wall_ns());
	if (result->error != NULL) {
		on_failure(t, result);
		return;
	}
	arena_reset(&s->arena);
	if (!kubelet_decode(t->question.api, &f, &s->arena, result->body,
	    clock_wall_ns(), &err) || !target_complete(t, &f, &err)) {
		target_fail(t, err.msg, elapsed_ns(t));
		return;
	}
	if (t->question.summary_status != 0)
		note_summary_refused(t);
	target_succeed(t, &f);
}

void
target_ask(struct target *t)
{
	int64_t timeout_ns = t->scraper->conf.timeout_ns;
	int64_t now_ns = clock_mono_ns();
	struct err err;

	if (!t->is_ready && timeout_ns > NOT_READY_TIMEOUT_NS)
		timeout_ns = NOT_READY_TIMEOUT_NS;
	t->question = (struct question){
		.began_mono_ns = now_ns,
		.deadline_mono_ns = now_ns + timeout_ns,
	};
	if (t->fallback_mono_ns != 0 &&
	    now_ns - t->fallback_mono_ns > FALLBACK_NS)
		t->fallback_mono_ns = 0;
	if (t->proxy_mono_ns != 0 && now_ns - t->proxy_mono_ns > FALLBACK_NS)
		t->proxy_mono_ns = 0;
	if (!start(t, &err))
		target_fail(t, err.msg, 0);
}
