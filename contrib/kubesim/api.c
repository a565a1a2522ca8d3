/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/number.h"
#include "common/timestamp.h"

#include "contrib/kubesim/api.h"
#include "contrib/kubesim/control.h"
#include "contrib/kubesim/core_path.h"
#include "contrib/kubesim/kubelets.h"
#include "contrib/kubesim/reviews.h"

#define PREFIX "/api/v1/"
#define TICK_MS 100			/* of what is slow */

/* A list that is under way. */
struct listing {
	LIST_ENTRY(listing) link;
	struct evhttp_request *request;
};

struct api {
	struct sim *sim;
	struct web_conf web;
	struct evhttp *http;
	struct evhttp_bound_socket *bound;
	struct sockaddr_in address;
	char where[INET_ADDRSTRLEN + 8];	/* the same as text */
	int reserved_fd;		/* keeps the port while it is down; -1 */
	struct kubelets *kubelets;
	struct events *events;
	const struct control *control;
	unsigned status, watch_status;
	bool is_down;
	struct api_stats stats;
	LIST_HEAD(, listing) listings;
};

void
api_tell(struct api *a, enum sim_kind kind, enum api_event event, size_t at)
{
	events_tell(a->events, kind, event, at);
}

static void
on_listed(struct evhttp_request *request, void *arg)
{
	struct listing *l = arg;

	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
	    NULL, NULL);
	LIST_REMOVE(l, link);
	free(l);
}

static void
on_listing_closed(struct evhttp_connection *connection, void *arg)
{
	struct listing *l = arg;

	(void)connection;
	LIST_REMOVE(l, link);
	free(l);
}

void
api_cut(struct api *a)
{
	struct listing *l;

	events_cut(a->events);
	LIST_FOREACH(l, &a->listings, link)
		web_break(evhttp_request_get_connection(l->request));
}

void
api_expire(struct api *a)
{
	events_expire(a->events);
}

void
api_set_status(struct api *a, unsigned status)
{
	a->status = status == 200 ? 0 : status;
}

void
api_set_watch_status(struct api *a, unsigned status)
{
	a->watch_status = status == 200 ? 0 : status;
}

/* Always with the same tick: libevent counts them from 1970 on, and loses
 * count of another. */
static struct ev_token_bucket_cfg *
new_limit(uint64_t bytes_per_s)
{
	uint64_t per_tick = bytes_per_s * TICK_MS / 1000;
	size_t rate = bytes_per_s == 0 ? EV_RATE_LIMIT_MAX :
	    per_tick == 0 ? 1 : (size_t)per_tick;
	const struct timeval tick = { 0, TICK_MS * 1000 };

	return ev_token_bucket_cfg_new(EV_RATE_LIMIT_MAX, EV_RATE_LIMIT_MAX,
	    rate, rate, &tick);
}

bool
api_set_slow(struct api *a, uint64_t bytes_per_s)
{
	struct ev_token_bucket_cfg *cfg = new_limit(bytes_per_s);
	bool is_set = cfg != NULL &&
	    bufferevent_rate_limit_group_set_cfg(a->web.limit, cfg) == 0;

	if (cfg != NULL)
		ev_token_bucket_cfg_free(cfg);
	return is_set;
}

size_t
api_n_watches(const struct api *a)
{
	return events_n_watches(a->events);
}

const struct api_stats *
api_stats(const struct api *a)
{
	return &a->stats;
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

/* "VERSION.AT" */
static bool
parse_continue(const char *text, uint64_t *version, uint64_t *at)
{
	struct str rest = str_of(text);

	return parse_u64(str_cut(&rest, '.'), version) && parse_u64(rest, at);
}

static void
send_list(struct api *a, struct evhttp_request *request,
    const struct buf *body)
{
	struct listing *l = xcalloc(1, sizeof *l);

	l->request = request;
	LIST_INSERT_HEAD(&a->listings, l, link);
	evhttp_request_set_on_complete_cb(request, on_listed, l);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
	    on_listing_closed, l);
	web_reply(request, 200, "application/json", body);
}

/* The rest of a list from *at on; that is the next one in the end. */
static void
print_items(struct api *a, struct buf *out, enum sim_kind kind,
    const struct selection *selection, uint64_t limit, uint64_t *at)
{
	size_t n = sim_n_objects(a->sim, kind);

	for (uint64_t n_items = 0; *at < n && n_items < limit; ++*at) {
		if (!is_selected(a->sim, kind, *at, selection))
			continue;
		if (n_items++ > 0)
			buf_add_char(out, ',');
		object_print(out, a->sim, kind, *at,
		    kubelets_port(a->kubelets));
	}
}

static void
list(struct api *a, struct evhttp_request *request, enum sim_kind kind,
    const struct selection *selection, const struct evkeyvalq *query)
{
	const char *from = evhttp_find_header(query, "continue");
	const char *since = evhttp_find_header(query, "resourceVersion");
	uint64_t limit = web_number(query, "limit", UINT64_MAX);
	uint64_t version = events_version(a->events), at = 0;
	struct buf body = BUF_INIT, items = BUF_INIT;
	bool is_first = from == NULL || *from == '\0';

	if (!is_first && (!parse_continue(from, &version, &at) ||
	    version < events_oldest(a->events))) {
		web_refuse(request, 410, "Expired", "The provided continue "
		    "parameter is too old");
		return;
	}
	/* From the watch cache, which knows no pages. */
	if (is_first && since != NULL && strcmp(since, "0") == 0) {
		limit = UINT64_MAX;
		a->stats.lists_at_hand++;
	}
	a->stats.lists += is_first;
	print_items(a, &items, kind, selection, limit, &at);
	buf_addf(&body, "{\"kind\":\"%sList\",\"apiVersion\":\"v1\","
	    "\"metadata\":{\"resourceVersion\":\"%" PRIu64 "\"",
	    sim_kind_name[kind], version);
	if (at < sim_n_objects(a->sim, kind))
		buf_addf(&body, ",\"continue\":\"%" PRIu64 ".%" PRIu64 "\"",
		    version, at);
	buf_addf(&body, "},\"items\":[");
	buf_add_str(&body, buf_str(&items));
	buf_addf(&body, "]}\n");
	send_list(a, request, &body);
	buf_fini(&items);
	buf_fini(&body);
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
answer_kind(struct api *a, struct evhttp_request *request,
    const struct core_path *p, const struct evkeyvalq *query)
{
	const char *is_watch = evhttp_find_header(query, "watch");
	struct selection selection = {
		.node = selected_node(p->kind, query),
		.space = *p->space == '\0' ? NULL : p->space,
		.labels = evhttp_find_header(query, "labelSelector"),
	};

	if (p->kind == SIM_NAMESPACE && selection.labels != NULL) {
		web_refuse(request, 400, "BadRequest",
		    "namespaces are not selected by labels");
	} else if (is_watch == NULL || (strcmp(is_watch, "1") != 0 &&
	    strcmp(is_watch, "true") != 0)) {
		list(a, request, p->kind, &selection, query);
	} else if (a->watch_status != 0) {
		a->stats.watches++;
		web_refuse(request, (int)a->watch_status, "Simulated",
		    "no watches today");
	} else {
		a->stats.watches++;
		events_watch(a->events, request, p->kind, &selection, query);
	}
}

static void
answer_object(struct api *a, struct evhttp_request *request,
    const struct core_path *p)
{
	struct buf body = BUF_INIT;
	size_t at;
	char *text;

	if (core_path_find(p, a->sim, &at)) {
		object_print(&body, a->sim, p->kind, at,
		    kubelets_port(a->kubelets));
		web_reply(request, 200, "application/json", &body);
	} else {
		text = xasprintf("%s \\\"%s\\\" not found",
		    sim_plural[p->kind], p->name);
		web_refuse(request, 404, "NotFound", text);
		free(text);
	}
	buf_fini(&body);
}

static void
on_resource(struct api *a, struct evhttp_request *request, const char *path,
    const struct evkeyvalq *query)
{
	struct core_path p;

	if (core_path_parse(&p, path)) {
		if (*p.name == '\0')
			answer_kind(a, request, &p, query);
		else
			answer_object(a, request, &p);
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
	if (a->is_down) {
		web_drop(request);
		return;
	}
	if (path == NULL)
		path = "/";
	if (strcmp(path, "/kubesim") == 0) {
		control_handle(a->control, request, text == NULL ? "" : text);
		return;
	}
	if (a->status != 0 || (!web_is_authorized(request) &&
	    reviews_user(request) == NULL)) {
		web_refuse(request, a->status != 0 ? (int)a->status : 401,
		    "Unauthorized", "no");
		return;
	}
	if (evhttp_parse_query_str(text == NULL ? "" : text, &query) == -1) {
		web_refuse(request, 400, "BadRequest", "query");
		return;
	}
	if (!reviews_handle(request, path) && !aggregator_handle(
	    a->control->aggregator, request, path, a->where)) {
		if (strncmp(path, PREFIX, strlen(PREFIX)) == 0)
			on_resource(a, request, path + strlen(PREFIX), &query);
		else
			web_refuse(request, 404, "NotFound", "no such path");
	}
	evhttp_clear_headers(&query);
}

struct api *
api_open(struct loop *loop, struct sim *sim, SSL_CTX *tls,
    struct kubelets *kubelets, const struct control *control)
{
	struct api *a = xcalloc(1, sizeof *a);
	struct ev_token_bucket_cfg *cfg = new_limit(0);

	a->sim = sim;
	a->kubelets = kubelets;
	a->control = control;
	a->reserved_fd = -1;
	LIST_INIT(&a->listings);
	a->events = events_open(loop, sim, kubelets_port(kubelets));
	a->web = (struct web_conf){ .tls = tls,
	    .limit = bufferevent_rate_limit_group_new(loop->base, cfg) };
	ev_token_bucket_cfg_free(cfg);
	a->http = web_open(loop->base, &a->web, on_request, a);
	return a;
}

unsigned
api_listen(struct api *a, const char *host, unsigned port)
{
	socklen_t len = sizeof a->address;
	unsigned got = kubelets_bind(a->http, host, port, &a->bound);

	if (got != 0)
		getsockname(evhttp_bound_socket_get_fd(a->bound),
		    (struct sockaddr *)&a->address, &len);
	snprintf(a->where, sizeof a->where, "%s:%u", host, got);
	return got;
}

/* So that nobody else gets it meanwhile. */
static void
reserve_port(struct api *a)
{
	const int on = 1;

	a->reserved_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(a->reserved_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	bind(a->reserved_fd, (const struct sockaddr *)&a->address,
	    sizeof a->address);
}

bool
api_set_down(struct api *a, bool is_down)
{
	char host[INET_ADDRSTRLEN];

	if (a->is_down == is_down)
		return true;
	a->is_down = is_down;
	if (is_down) {
		api_cut(a);
		evhttp_del_accept_socket(a->http, a->bound);
		reserve_port(a);
		return true;
	}
	close(a->reserved_fd);
	a->reserved_fd = -1;
	inet_ntop(AF_INET, &a->address.sin_addr, host, sizeof host);
	return api_listen(a, host, ntohs(a->address.sin_port)) != 0;
}

void
api_close(struct api *a)
{
	if (a == NULL)
		return;
	api_cut(a);
	evhttp_free(a->http);
	bufferevent_rate_limit_group_free(a->web.limit);
	events_close(a->events);
	if (a->reserved_fd != -1)
		close(a->reserved_fd);
	free(a);
}
