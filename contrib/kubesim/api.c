/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/mem.h"
#include "common/number.h"
#include "common/timestamp.h"

#include "contrib/kubesim/api.h"
#include "contrib/kubesim/control.h"
#include "contrib/kubesim/kubelets.h"
#include "contrib/kubesim/reviews.h"

#define PREFIX "/api/v1/"
#define EVENTS_MAX 65536
#define BOOKMARK_NS (2 * NS_PER_S)
#define WATCH_DEFAULT_S 300

struct event_text {
	uint64_t version;
	enum sim_kind kind;
	size_t at;
	struct buf line;
};

struct watch {
	LIST_ENTRY(watch) link;
	struct api *api;
	struct evhttp_request *request;
	enum sim_kind kind;
	char *node;			/* field selector; NULL: all */
	bool wants_bookmarks;
	struct loop_timer end;
};

struct api {
	struct loop *loop;
	struct sim *sim;
	struct evhttp *http;
	struct kubelets *kubelets;
	const struct control *control;
	unsigned status;
	uint64_t version;
	uint64_t oldest;		/* versions below are forgotten */
	struct event_text *events;	/* a ring */
	size_t n_events, first_event;
	LIST_HEAD(, watch) watches;
	struct loop_timer bookmark;
};

static bool
is_selected(const struct api *a, enum sim_kind kind, size_t at,
    const char *node)
{
	if (node == NULL || kind == SIM_NAMESPACE)
		return true;
	if (kind == SIM_POD)
		at = sim_node_of(a->sim, at);
	return strcmp(a->sim->nodes[at].name, node) == 0;
}

static void
send_chunk(struct watch *w, const void *bytes, size_t n)
{
	struct evbuffer *chunk = evbuffer_new();

	evbuffer_add(chunk, bytes, n);
	web_stats.bytes_sent += n;
	evhttp_send_reply_chunk(w->request, chunk);
	evbuffer_free(chunk);
}

static void
free_watch(struct watch *w)
{
	LIST_REMOVE(w, link);
	loop_timer_fini(&w->end);
	free(w->node);
	free(w);
}

static void
end_watch(struct watch *w)
{
	struct evhttp_request *request = w->request;

	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
	    NULL, NULL);
	free_watch(w);
	evhttp_send_reply_end(request);
}

static void
on_watch_end(void *arg)
{
	end_watch(arg);
}

static void
on_watch_closed(struct evhttp_connection *connection, void *arg)
{
	struct watch *w = arg;

	(void)connection;
	web_abandon(w->request);
	free_watch(w);
}

static void
on_bookmark(void *arg)
{
	struct api *a = arg;
	struct buf line = BUF_INIT;
	struct watch *w;

	LIST_FOREACH(w, &a->watches, link) {
		if (!w->wants_bookmarks)
			continue;
		buf_reset(&line);
		buf_addf(&line, "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":"
		    "\"%s\",\"apiVersion\":\"v1\",\"metadata\":{"
		    "\"resourceVersion\":\"%" PRIu64 "\"}}}\n",
		    sim_kind_name[w->kind], a->version);
		send_chunk(w, line.p, line.len);
	}
	buf_fini(&line);
	loop_timer_set_ns(&a->bookmark, BOOKMARK_NS);
}

static struct event_text *
keep_event(struct api *a)
{
	struct event_text *e;

	if (a->n_events == EVENTS_MAX) {
		e = &a->events[a->first_event];
		a->oldest = e->version;
		buf_fini(&e->line);
		a->first_event = (a->first_event + 1) % EVENTS_MAX;
		a->n_events--;
	}
	e = &a->events[(a->first_event + a->n_events++) % EVENTS_MAX];
	*e = (struct event_text){ .line = BUF_INIT };
	return e;
}

void
api_tell(struct api *a, enum sim_kind kind, enum api_event event, size_t at)
{
	static const char *const names[] = { "ADDED", "MODIFIED", "DELETED" };
	struct event_text *e = keep_event(a);
	struct watch *w, *next;

	e->version = ++a->version;
	e->kind = kind;
	e->at = at;
	if (kind == SIM_POD)
		a->sim->pods[at].version = e->version;
	else if (kind == SIM_NODE)
		a->sim->nodes[at].version = e->version;
	buf_addf(&e->line, "{\"type\":\"%s\",\"object\":", names[event]);
	object_print(&e->line, a->sim, kind, at, kubelets_port(a->kubelets));
	buf_addf(&e->line, "}\n");
	for (w = LIST_FIRST(&a->watches); w != NULL; w = next) {
		next = LIST_NEXT(w, link);
		if (w->kind == kind && is_selected(a, kind, at, w->node))
			send_chunk(w, e->line.p, e->line.len);
	}
}

static void
on_cut_sent(struct evhttp_connection *connection, void *arg)
{
	(void)arg;
	evhttp_connection_free(connection);
}

void
api_cut(struct api *a)
{
	struct evbuffer *start = evbuffer_new();
	struct watch *w;

	while ((w = LIST_FIRST(&a->watches)) != NULL) {
		struct evhttp_request *request = w->request;

		evhttp_connection_set_closecb(
		    evhttp_request_get_connection(request), NULL, NULL);
		free_watch(w);
		evbuffer_add_printf(start, "{\"type\":\"MODIF");
		evhttp_send_reply_chunk_with_cb(request, start, on_cut_sent,
		    NULL);
	}
	evbuffer_free(start);
}

void
api_expire(struct api *a)
{
	for (size_t i = 0; i < a->n_events; i++)
		buf_fini(&a->events[(a->first_event + i) % EVENTS_MAX].line);
	a->n_events = 0;
	a->oldest = ++a->version;
}

void
api_set_status(struct api *a, unsigned status)
{
	a->status = status == 200 ? 0 : status;
}

size_t
api_n_watches(const struct api *a)
{
	const struct watch *w;
	size_t n = 0;

	LIST_FOREACH(w, &a->watches, link)
		n++;
	return n;
}

/* NULL: all.  "" matches nothing: another selector than we know. */
static const char *
selected_node(enum sim_kind kind, const struct evkeyvalq *query)
{
	const char *selector = evhttp_find_header(query, "fieldSelector");
	const char *field = kind == SIM_POD ? "spec.nodeName=" :
	    "metadata.name=";

	if (selector == NULL)
		return NULL;
	return strncmp(selector, field, strlen(field)) == 0 ?
	    selector + strlen(field) : "";
}

static uint64_t
number_of(const struct evkeyvalq *query, const char *key, uint64_t otherwise)
{
	const char *text = evhttp_find_header(query, key);
	uint64_t value;

	return text != NULL && parse_u64(str_of(text), &value) ? value :
	    otherwise;
}

/* "VERSION.AT" */
static bool
parse_continue(const char *text, uint64_t *version, uint64_t *at)
{
	struct str rest = str_of(text);

	return parse_u64(str_cut(&rest, '.'), version) && parse_u64(rest, at);
}

static void
list(struct api *a, struct evhttp_request *request, enum sim_kind kind,
    const struct evkeyvalq *query)
{
	const char *from = evhttp_find_header(query, "continue");
	const char *node = selected_node(kind, query);
	uint64_t limit = number_of(query, "limit", UINT64_MAX);
	uint64_t version = a->version, at = 0;
	size_t n = sim_n_objects(a->sim, kind);
	struct buf body = BUF_INIT, items = BUF_INIT;

	if (from != NULL && *from != '\0' && (!parse_continue(from, &version, &at) ||
	    version < a->oldest)) {
		web_refuse(request, 410, "Expired", "The provided continue "
		    "parameter is too old");
		return;
	}
	for (uint64_t n_items = 0; at < n && n_items < limit; at++) {
		if (!is_selected(a, kind, at, node))
			continue;
		if (n_items++ > 0)
			buf_add_char(&items, ',');
		object_print(&items, a->sim, kind, at,
		    kubelets_port(a->kubelets));
	}
	buf_addf(&body, "{\"kind\":\"%sList\",\"apiVersion\":\"v1\","
	    "\"metadata\":{\"resourceVersion\":\"%" PRIu64 "\"",
	    sim_kind_name[kind], version);
	if (at < n)
		buf_addf(&body, ",\"continue\":\"%" PRIu64 ".%" PRIu64 "\"",
		    version, at);
	buf_addf(&body, "},\"items\":[");
	buf_add_str(&body, buf_str(&items));
	buf_addf(&body, "]}\n");
	web_reply(request, 200, "application/json", &body);
	buf_fini(&items);
	buf_fini(&body);
}

static void
send_past(struct watch *w, uint64_t since)
{
	struct api *a = w->api;

	for (size_t i = 0; i < a->n_events; i++) {
		const struct event_text *e =
		    &a->events[(a->first_event + i) % EVENTS_MAX];

		if (e->version > since && e->kind == w->kind &&
		    is_selected(a, e->kind, e->at, w->node))
			send_chunk(w, e->line.p, e->line.len);
	}
}

static void
watch(struct api *a, struct evhttp_request *request, enum sim_kind kind,
    const struct evkeyvalq *query)
{
	static const char gone[] = "{\"type\":\"ERROR\",\"object\":{\"kind\":"
	    "\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"
	    "\"Failure\",\"message\":\"too old resource version\","
	    "\"reason\":\"Expired\",\"code\":410}}\n";
	const char *bookmarks = evhttp_find_header(query,
	    "allowWatchBookmarks");
	const char *node = selected_node(kind, query);
	uint64_t since = number_of(query, "resourceVersion", 0);
	struct watch *w = xcalloc(1, sizeof *w);

	w->api = a;
	w->request = request;
	w->kind = kind;
	w->node = node == NULL ? NULL : xstrdup(node);
	w->wants_bookmarks = bookmarks != NULL &&
	    strcmp(bookmarks, "true") == 0;
	LIST_INSERT_HEAD(&a->watches, w, link);
	loop_timer_init(&w->end, a->loop, on_watch_end, w);
	evhttp_add_header(evhttp_request_get_output_headers(request),
	    "Content-Type", "application/json");
	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
	    on_watch_closed, w);
	evhttp_send_reply_start(request, 200, "OK");
	if (since < a->oldest) {
		send_chunk(w, gone, sizeof gone - 1);
		end_watch(w);
		return;
	}
	send_past(w, since);
	loop_timer_set_ns(&w->end, (int64_t)number_of(query, "timeoutSeconds",
	    WATCH_DEFAULT_S) * NS_PER_S);
}

/* "NAME/proxy/PATH" or "NAME:PORT/proxy/PATH" */
static bool
proxy(struct api *a, struct evhttp_request *request, const char *path)
{
	const char *rest = strstr(path, "/proxy/");
	size_t len = strcspn(path, ":/");

	if (rest == NULL)
		return false;
	for (size_t i = 0; i < a->sim->conf.nodes; i++) {
		const char *name = a->sim->nodes[i].name;

		if (strlen(name) == len && memcmp(name, path, len) == 0) {
			kubelets_answer(a->kubelets, i, request, rest + 6);
			return true;
		}
	}
	return false;
}

static void
on_resource(struct api *a, struct evhttp_request *request, const char *path,
    const struct evkeyvalq *query)
{
	const char *is_watch = evhttp_find_header(query, "watch");

	for (int kind = 0; kind < SIM_KIND_COUNT; kind++) {
		if (strcmp(path, sim_plural[kind]) != 0)
			continue;
		if (is_watch != NULL && (strcmp(is_watch, "1") == 0 ||
		    strcmp(is_watch, "true") == 0))
			watch(a, request, (enum sim_kind)kind, query);
		else
			list(a, request, (enum sim_kind)kind, query);
		return;
	}
	if (strncmp(path, "nodes/", 6) != 0 || !proxy(a, request, path + 6))
		web_refuse(request, 404, "NotFound", "no such resource");
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct api *a = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = evhttp_uri_get_path(uri);
	const char *text = evhttp_uri_get_query(uri);
	struct evkeyvalq query;

	web_stats.requests++;
	if (path == NULL)
		path = "/";
	if (strcmp(path, "/kubesim") == 0) {
		control_handle(a->control, request, text == NULL ? "" : text);
		return;
	}
	if (a->status != 0 || !web_is_authorized(request)) {
		web_refuse(request, a->status != 0 ? (int)a->status : 401,
		    "Unauthorized", "no");
		return;
	}
	if (evhttp_parse_query_str(text == NULL ? "" : text, &query) == -1) {
		web_refuse(request, 400, "BadRequest", "query");
		return;
	}
	if (strncmp(path, PREFIX, strlen(PREFIX)) == 0)
		on_resource(a, request, path + strlen(PREFIX), &query);
	else if (!reviews_handle(request, path))
		web_refuse(request, 404, "NotFound", "no such path");
	evhttp_clear_headers(&query);
}

struct api *
api_open(struct loop *loop, struct sim *sim, SSL_CTX *tls,
    struct kubelets *kubelets, const struct control *control)
{
	struct api *a = xcalloc(1, sizeof *a);

	a->loop = loop;
	a->sim = sim;
	a->kubelets = kubelets;
	a->control = control;
	a->version = a->oldest = 1000;
	a->events = xcalloc(EVENTS_MAX, sizeof *a->events);
	LIST_INIT(&a->watches);
	a->http = web_open(loop->base, tls, on_request, a);
	loop_timer_init(&a->bookmark, loop, on_bookmark, a);
	loop_timer_set_ns(&a->bookmark, BOOKMARK_NS);
	for (size_t i = 0; i < sim->conf.nodes; i++)
		sim->nodes[i].version = a->version;
	for (size_t i = 0; i < sim_n_pods(sim); i++)
		sim->pods[i].version = a->version;
	return a;
}

unsigned
api_listen(struct api *a, const char *host, unsigned port)
{
	return kubelets_bind(a->http, host, port, NULL);
}

void
api_close(struct api *a)
{
	if (a == NULL)
		return;
	api_cut(a);
	evhttp_free(a->http);
	loop_timer_fini(&a->bookmark);
	api_expire(a);
	free(a->events);
	free(a);
}
