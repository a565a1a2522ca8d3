/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include "common/number.h"

#include "contrib/kubesim/control.h"
#include "contrib/kubesim/reviews.h"

#define PER_MINUTE_MAX 60000

double
control_cpu_seconds(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

uint64_t
control_rss_bytes(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (uint64_t)use.ru_maxrss * 1024;
}

static bool
set_node(const struct control *c, const char *verb, const char *name)
{
	size_t at = 0;

	while (at < c->sim->conf.nodes &&
	    strcmp(c->sim->nodes[at].name, name) != 0)
		at++;
	if (at == c->sim->conf.nodes)
		return false;
	kubelets_set_hanging(c->kubelets, at, strcmp(verb, "hang") == 0);
	return kubelets_set_down(c->kubelets, at, strcmp(verb, "down") == 0);
}

static bool
set_number(const struct control *c, const char *verb, uint64_t value)
{
	static const char *const rates[] = { "churn", "restart-rate",
	    "reset-rate" };

	for (int i = 0; i < CHURN_KIND_COUNT; i++)
		if (strcmp(verb, rates[i]) == 0 && value <= PER_MINUTE_MAX) {
			churn_set(c->churn, (enum churn_kind)i, value);
			return true;
		}
	if (strcmp(verb, "cut") == 0)
		api_cut(c->api);
	else if (strcmp(verb, "probe") == 0)
		aggregator_probe(c->aggregator);
	else if (strcmp(verb, "expire") == 0)
		api_expire(c->api);
	else if (strcmp(verb, "status") == 0 && value >= 200 && value < 600)
		api_set_status(c->api, (unsigned)value);
	else if (strcmp(verb, "watch-status") == 0 && value >= 200 &&
	    value < 600)
		api_set_watch_status(c->api, (unsigned)value);
	else if (strcmp(verb, "slow") == 0)
		return api_set_slow(c->api, value);
	else if (strcmp(verb, "error-rate") == 0 && value <= 100)
		kubelets_set_error_percent(c->kubelets, (unsigned)value);
	else
		return false;
	return true;
}

static bool
set(const struct control *c, const char *verb, const char *value)
{
	uint64_t number;

	if (strcmp(verb, "token") == 0) {
		web_set_token(value);
		return true;
	}
	if (strcmp(verb, "aggregated") == 0)
		return aggregator_register(c->aggregator, value);
	if (strcmp(verb, "discovery") == 0) {
		aggregator_set_legacy(c->aggregator,
		    strcmp(value, "legacy") == 0);
		return true;
	}
	if (strcmp(verb, "api") == 0)
		return (strcmp(value, "up") == 0 || strcmp(value, "down") == 0)
		    && api_set_down(c->api, strcmp(value, "down") == 0);
	if (strcmp(verb, "down") == 0 || strcmp(verb, "up") == 0 ||
	    strcmp(verb, "hang") == 0)
		return set_node(c, verb, value);
	return parse_u64(str_of(value), &number) && set_number(c, verb, number);
}

static void
tell(const struct control *c, struct evhttp_request *request)
{
	const struct churn_beat *beats = c->churn->beats;
	const struct api_stats *stats = api_stats(c->api);
	struct buf body = BUF_INIT;

	buf_addf(&body, "{\"cpu_seconds\":%.6f,\"rss_bytes\":%" PRIu64
	    ",\"requests\":%" PRIu64 ",\"bytes_sent\":%" PRIu64
	    ",\"errors_injected\":%" PRIu64 ",\"nodes\":%" PRIu64
	    ",\"pods\":%zu,\"watches\":%zu,\"kubelet_port\":%u"
	    ",\"replaced\":%" PRIu64 ",\"restarted\":%" PRIu64
	    ",\"reset\":%" PRIu64 ",\"lists\":%" PRIu64
	    ",\"lists_at_hand\":%" PRIu64 ",\"watches_begun\":%" PRIu64
	    ",\"token_reviews\":%" PRIu64 ",\"access_reviews\":%" PRIu64
	    ",\"handed_on\":%" PRIu64 ",\"available\":%s}\n", control_cpu_seconds(),
	    control_rss_bytes(), web_stats.requests, web_stats.bytes_sent,
	    web_stats.errors_injected, c->sim->conf.nodes, sim_n_pods(c->sim),
	    api_n_watches(c->api), kubelets_port(c->kubelets),
	    beats[CHURN_REPLACE].done, beats[CHURN_RESTART].done,
	    beats[CHURN_RESET].done, stats->lists, stats->lists_at_hand,
	    stats->watches, reviews_stats.tokens, reviews_stats.accesses,
	    aggregator_n_handed_on,
	    aggregator_is_available(c->aggregator) ? "true" : "false");
	web_reply(request, 200, "application/json", &body);
	buf_fini(&body);
}

void
control_handle(const struct control *c, struct evhttp_request *request,
    const char *query)
{
	struct evkeyvalq verbs;
	const struct evkeyval *verb;
	bool is_ok = true;

	if (evhttp_request_get_command(request) == EVHTTP_REQ_GET) {
		tell(c, request);
		return;
	}
	if (evhttp_parse_query_str(query, &verbs) == -1) {
		web_refuse(request, 400, "BadRequest", "query");
		return;
	}
	TAILQ_FOREACH(verb, &verbs, next)
		is_ok = set(c, verb->key, verb->value) && is_ok;
	evhttp_clear_headers(&verbs);
	if (is_ok)
		tell(c, request);
	else
		web_refuse(request, 400, "BadRequest", "no such verb or value");
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *query = evhttp_uri_get_query(uri);

	control_handle(arg, request, query == NULL ? "" : query);
}

struct evhttp *
control_open(struct loop *loop, struct control *control, unsigned *port)
{
	static struct web_conf plain;
	struct evhttp *http = web_open(loop->base, &plain, on_request,
	    control);

	*port = http == NULL ? 0 : kubelets_bind(http, "127.0.0.1", 0, NULL);
	return http;
}
