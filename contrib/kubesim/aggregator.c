/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/mem.h"

#include "contrib/kubesim/aggregator.h"
#include "contrib/kubesim/discovery.h"
#include "contrib/kubesim/reviews.h"
#include "contrib/kubesim/web.h"

#define PREFIX "/apis/" METRICS_GROUP "/"
#define PROBES_AT_ONCE 5

/* A request of which the answer depends on that of the API server behind. */
struct relayed {
	LIST_ENTRY(relayed) link;
	struct aggregator *aggregator;
	struct evhttp_request *request;		/* NULL: the client is gone */
	const char *discovery;		/* the version of an answer to /apis;
					 * NULL: the answer is handed on */
};

struct aggregator {
	struct upstream *upstream;	/* or NULL */
	bool is_legacy, is_available;
	unsigned n_probes, n_lost;	/* under way; of those without a 2xx */
	json_t *items;			/* last discovered, or NULL */
	LIST_HEAD(, relayed) relayed;
};

uint64_t aggregator_n_handed_on;

static void
on_client_closed(struct evhttp_connection *connection, void *arg)
{
	struct relayed *r = arg;

	(void)connection;
	web_abandon(r->request);
	r->request = NULL;
}

/* Whose turn it is to answer; NULL: the client is gone. */
static struct evhttp_request *
free_relayed(struct relayed *r)
{
	struct evhttp_request *request = r->request;

	if (request != NULL)
		evhttp_connection_set_closecb(
		    evhttp_request_get_connection(request), NULL, NULL);
	LIST_REMOVE(r, link);
	free(r);
	return request;
}

static bool
begins_with(const char *text, const char *start)
{
	return evutil_ascii_strncasecmp(text, start, strlen(start)) == 0;
}

/* Of one hop, or ours to say; upstream and back. */
static bool
is_dropped(const char *header)
{
	static const char *const dropped[] = { "Authorization", "Connection",
		"Content-Length", "Date", "Host", "Keep-Alive", "Proxy-",
		"TE", "Trailer", "Transfer-Encoding", "Upgrade", "X-Remote-",
		"X-Forwarded-", "Audit-Id", NULL };

	for (int i = 0; dropped[i] != NULL; i++)
		if (begins_with(header, dropped[i]))
			return true;
	return false;
}

static void
copy_headers(struct evkeyvalq *to, const struct evkeyvalq *from)
{
	const struct evkeyval *header;

	TAILQ_FOREACH(header, from, next)
		if (!is_dropped(header->key))
			evhttp_add_header(to, header->key, header->value);
}

static void
refuse_plainly(struct evhttp_request *request, const char *text)
{
	struct buf body = BUF_INIT;

	evhttp_add_header(evhttp_request_get_output_headers(request),
	    "X-Content-Type-Options", "nosniff");
	buf_addf(&body, "%s\n", text);
	web_reply(request, 503, "text/plain; charset=utf-8", &body);
	buf_fini(&body);
}

static void
hand_back(struct evhttp_request *request, struct evhttp_request *answer)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(answer);

	copy_headers(evhttp_request_get_output_headers(request),
	    evhttp_request_get_input_headers(answer));
	web_stats.bytes_sent += evbuffer_get_length(body);
	evhttp_send_reply(request, evhttp_request_get_response_code(answer),
	    evhttp_request_get_response_code_line(answer), body);
}

/* Keeps the groups of an answer to /apis; stale ones if there is none. */
static void
keep_items(struct aggregator *g, struct evhttp_request *answer)
{
	struct evbuffer *body = answer == NULL ? NULL :
	    evhttp_request_get_input_buffer(answer);
	json_t *list = body == NULL ? NULL : json_loadb(
	    (const char *)evbuffer_pullup(body, -1),
	    evbuffer_get_length(body), 0, NULL);
	json_t *items = json_object_get(list, "items");
	json_t *item, *version;
	size_t i, k;

	if (json_is_array(items)) {
		json_decref(g->items);
		g->items = json_incref(items);
	} else {
		json_array_foreach(g->items, i, item)
			json_array_foreach(json_object_get(item, "versions"),
			    k, version)
				json_object_set_new(version, "freshness",
				    json_string("Stale"));
	}
	json_decref(list);
}

static void
answer_discovery(struct aggregator *g, struct evhttp_request *request,
    const char *path, const char *version)
{
	struct buf body = BUF_INIT;
	char *items = g->items == NULL ? NULL :
	    json_dumps(g->items, JSON_COMPACT), *type;

	if (items != NULL)
		items[strlen(items) - 1] = '\0';
	discovery_print_aggregated(&body, path, version,
	    items == NULL || items[1] == '\0' ? NULL : items + 1);
	type = xasprintf("application/json;g=apidiscovery.k8s.io;v=%s;"
	    "as=APIGroupDiscoveryList", version);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Vary",
	    "Accept");
	web_reply(request, 200, type, &body);
	free(type);
	free(items);
	buf_fini(&body);
}

static void
on_relayed(void *arg, struct evhttp_request *answer, const char *error)
{
	struct relayed *r = arg;
	struct aggregator *g = r->aggregator;
	const char *discovery = r->discovery;
	struct evhttp_request *request = free_relayed(r);
	char *text;

	if (discovery != NULL)
		keep_items(g, answer);
	if (request == NULL)
		return;
	if (discovery != NULL) {
		answer_discovery(g, request, "/apis", discovery);
	} else if (answer != NULL) {
		hand_back(request, answer);
	} else {
		text = xasprintf("error trying to reach service: %s", error);
		refuse_plainly(request, text);
		free(text);
	}
}

static void
add_user(struct evkeyvalq *out, struct evhttp_request *request)
{
	const char *said = evhttp_find_header(
	    evhttp_request_get_input_headers(request), "Authorization");
	const char *user = reviews_user(request);

	evhttp_add_header(out, "X-Remote-User", user != NULL ? user :
	    said != NULL ? "kube:admin" : "system:anonymous");
	if (user != NULL) {
		evhttp_add_header(out, "X-Remote-Group", "testers");
		evhttp_add_header(out, "X-Remote-Group",
		    "system:authenticated");
		evhttp_add_header(out, "X-Remote-Extra-"
		    "Example.com%2fcredential-Id", "kubesim");
	} else {
		evhttp_add_header(out, "X-Remote-Group", said != NULL ?
		    "system:masters" : "system:unauthenticated");
	}
}

static void
add_forwarded(struct evkeyvalq *out, struct evhttp_request *request)
{
	static uint64_t n;
	const char *host = evhttp_request_get_host(request);
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	char id[40], *address;
	ev_uint16_t port;

	evhttp_connection_get_peer(evhttp_request_get_connection(request),
	    &address, &port);
	evhttp_add_header(out, "X-Forwarded-For", address);
	evhttp_add_header(out, "X-Forwarded-Host", host == NULL ? "" : host);
	evhttp_add_header(out, "X-Forwarded-Proto", "https");
	evhttp_add_header(out, "X-Forwarded-Uri", evhttp_uri_get_path(uri));
	snprintf(id, sizeof id, "00000000-0000-4000-8000-%012" PRIx64, ++n);
	evhttp_add_header(out, "Audit-Id", id);
	evhttp_add_header(evhttp_request_get_output_headers(request),
	    "Audit-Id", id);
}

static struct relayed *
new_relayed(struct aggregator *g, struct evhttp_request *request)
{
	struct relayed *r = xcalloc(1, sizeof *r);

	r->aggregator = g;
	r->request = request;
	LIST_INSERT_HEAD(&g->relayed, r, link);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
	    on_client_closed, r);
	return r;
}

/* For its user, or for what the kube-apiserver itself asks as. */
static void
hand_on(struct aggregator *g, struct evhttp_request *request,
    const char *self)
{
	struct evkeyvalq headers;

	if (!g->is_available) {
		refuse_plainly(request, "service unavailable");
		return;
	}
	aggregator_n_handed_on++;
	TAILQ_INIT(&headers);
	copy_headers(&headers, evhttp_request_get_input_headers(request));
	if (self != NULL)
		evhttp_add_header(&headers, "X-Remote-User", self);
	else
		add_user(&headers, request);
	add_forwarded(&headers, request);
	upstream_ask(g->upstream, &(struct upstream_question){
	    .method = evhttp_request_get_command(request),
	    .uri = evhttp_request_get_uri(request),
	    .headers = &headers,
	    .body = evhttp_request_get_input_buffer(request),
	    .done = on_relayed,
	    .arg = new_relayed(g, request),
	});
	evhttp_clear_headers(&headers);
}

static void
add_kube_aggregator(struct evkeyvalq *out)
{
	evhttp_add_header(out, "User-Agent", "Go-http-client/2.0");
	evhttp_add_header(out, "Accept-Encoding", "gzip");
	evhttp_add_header(out, "X-Remote-User", "system:kube-aggregator");
	evhttp_add_header(out, "X-Remote-Group", "system:masters");
}

/* "/apis" is known once the API server behind has said what it has. */
static void
discover(struct aggregator *g, struct evhttp_request *request,
    const char *path, const char *version)
{
	char accept[] = "application/json;g=apidiscovery.k8s.io;v=v2;"
	    "as=APIGroupDiscoveryList";
	struct evkeyvalq headers;
	struct relayed *r;

	if (strcmp(path, "/api") == 0 || g->upstream == NULL ||
	    !upstream_is_set(g->upstream)) {
		answer_discovery(g, request, path, version);
		return;
	}
	r = new_relayed(g, request);
	r->discovery = version;
	TAILQ_INIT(&headers);
	evhttp_add_header(&headers, "Accept", accept);
	evhttp_add_header(&headers, "X-Remote-User", "system:kube-aggregator");
	evhttp_add_header(&headers, "X-Remote-Group", "system:masters");
	upstream_ask(g->upstream, &(struct upstream_question){
	    .method = EVHTTP_REQ_GET, .uri = "/apis", .headers = &headers,
	    .done = on_relayed, .arg = r });
	evhttp_clear_headers(&headers);
}

/* The first of those asked for that there is; NULL: plain JSON. */
static const char *
aggregated_version(struct evhttp_request *request)
{
	const char *accept = evhttp_find_header(
	    evhttp_request_get_input_headers(request), "Accept");

	if (accept == NULL || strstr(accept, "as=APIGroupDiscoveryList") ==
	    NULL)
		return NULL;
	return strstr(accept, "v=v2;") != NULL ? "v2" :
	    strstr(accept, "v=v2beta1;") != NULL ? "v2beta1" : NULL;
}

bool
aggregator_handle(struct aggregator *g, struct evhttp_request *request,
    const char *path, const char *address)
{
	bool has_metrics = g->upstream != NULL && upstream_is_set(g->upstream);
	const char *version = g->is_legacy ? NULL : aggregated_version(request);
	struct buf body = BUF_INIT;

	if (has_metrics && strncmp(path, PREFIX, strlen(PREFIX)) == 0) {
		hand_on(g, request, NULL);
		return true;
	}
	if (has_metrics && strncmp(path, "/openapi/", 9) == 0) {
		hand_on(g, request, "system:aggregator");
		return true;
	}
	if (version != NULL && (strcmp(path, "/api") == 0 ||
	    strcmp(path, "/apis") == 0)) {
		discover(g, request, path, version);
		return true;
	}
	if (!discovery_print(&body, path, address, has_metrics))
		return false;
	web_reply(request, 200, "application/json", &body);
	buf_fini(&body);
	return true;
}

static void
on_probed(void *arg, struct evhttp_request *answer, const char *error)
{
	struct aggregator *g = arg;

	(void)error;
	if (answer == NULL ||
	    evhttp_request_get_response_code(answer) / 100 != 2)
		g->n_lost++;
	if (--g->n_probes == 0)
		g->is_available = g->n_lost == 0;
}

void
aggregator_probe(struct aggregator *g)
{
	struct evkeyvalq headers;

	if (g->upstream == NULL || g->n_probes > 0)
		return;
	g->n_lost = 0;
	TAILQ_INIT(&headers);
	add_kube_aggregator(&headers);
	for (int i = 0; metrics_versions[i] != NULL; i++) {
		char *uri = xasprintf(PREFIX "%s", metrics_versions[i]);

		for (int k = 0; k < PROBES_AT_ONCE; k++) {
			g->n_probes++;
			upstream_ask(g->upstream, &(struct upstream_question){
			    .method = EVHTTP_REQ_GET, .uri = uri,
			    .headers = &headers, .is_probe = true,
			    .done = on_probed, .arg = g });
		}
		free(uri);
	}
	evhttp_clear_headers(&headers);
}

bool
aggregator_is_available(const struct aggregator *g)
{
	return g->is_available;
}

bool
aggregator_register(struct aggregator *g, const char *address)
{
	if (g->upstream == NULL || !upstream_set(g->upstream, address))
		return false;
	aggregator_probe(g);
	return true;
}

void
aggregator_set_legacy(struct aggregator *g, bool is_legacy)
{
	g->is_legacy = is_legacy;
}

struct aggregator *
aggregator_open(struct loop *loop, const struct upstream_conf *conf,
    struct err *err)
{
	struct aggregator *g = xcalloc(1, sizeof *g);

	LIST_INIT(&g->relayed);
	if (conf == NULL ||
	    (g->upstream = upstream_open(loop, conf, err)) != NULL)
		return g;
	free(g);
	return NULL;
}

void
aggregator_close(struct aggregator *g)
{
	struct relayed *r;

	if (g == NULL)
		return;
	upstream_close(g->upstream);
	while ((r = LIST_FIRST(&g->relayed)) != NULL)
		free_relayed(r);
	json_decref(g->items);
	free(g);
}
