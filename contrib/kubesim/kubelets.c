/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "contrib/kubesim/kubelets.h"
#include "contrib/kubesim/resource.h"
#include "contrib/kubesim/summary.h"

#define CUT_NS (20 * NS_PER_MS)		/* after the first half */

enum fault { FAULT_NONE, FAULT_500, FAULT_CUT, FAULT_GARBAGE, FAULT_HANG };

struct kubelet {
	struct evhttp_bound_socket *bound;
	bool is_down, is_hanging;
};

struct kubelets {
	struct loop *loop;
	struct sim *sim;
	struct kubelets_conf conf;
	struct truth *truth;
	struct web_conf web;
	struct evhttp *http;
	unsigned port;
	struct kubelet *items;
	struct buf body;
};

/* A request that is answered later. */
struct pending {
	struct kubelets *k;
	size_t node;
	struct evhttp_request *request;
	enum fault fault;
	bool is_summary;
	bool is_half_sent;
	struct loop_timer timer;
};

static void
free_pending(struct pending *p)
{
	loop_timer_fini(&p->timer);
	free(p);
}

static void
on_closed(struct evhttp_connection *connection, void *arg)
{
	struct pending *p = arg;

	(void)connection;
	web_abandon(p->request);
	free_pending(p);
}

static void
forget(struct pending *p)
{
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(p->request), NULL, NULL);
	free_pending(p);
}

/* Announces all, sends half. */
static void
send_half(struct pending *p, const struct buf *body)
{
	struct evbuffer *half = evbuffer_new();
	char length[24];

	snprintf(length, sizeof length, "%zu", body->len);
	evhttp_add_header(evhttp_request_get_output_headers(p->request),
	    "Content-Length", length);
	evhttp_send_reply_start(p->request, 200, "OK");
	evbuffer_add(half, body->p, body->len / 2);
	evhttp_send_reply_chunk(p->request, half);
	evbuffer_free(half);
	p->is_half_sent = true;
	loop_timer_set_ns(&p->timer, CUT_NS);
}

static void
send_body(struct pending *p)
{
	struct kubelets *k = p->k;
	struct evhttp_request *request = p->request;
	int64_t now_ms = clock_wall_ns() / NS_PER_MS;

	buf_reset(&k->body);
	if (p->is_summary)
		summary_print(&k->body, k->sim, p->node, now_ms,
		    k->conf.missing_percent);
	else
		resource_print(&k->body, k->sim, p->node, now_ms);
	truth_answer(k->truth, k->sim, p->node, now_ms,
	    p->fault == FAULT_NONE);
	if (p->fault == FAULT_CUT) {
		send_half(p, &k->body);
		return;
	}
	if (p->fault == FAULT_GARBAGE) {
		buf_reset(&k->body);
		buf_addf(&k->body, "<html>no JSON</html>");
	}
	forget(p);
	web_reply(request, 200, "application/json", &k->body);
}

static void
on_due(void *arg)
{
	struct pending *p = arg;
	struct evhttp_request *request = p->request;

	if (p->is_half_sent) {
		web_break(evhttp_request_get_connection(p->request));
	} else if (p->fault == FAULT_500) {
		truth_answer(p->k->truth, p->k->sim, p->node,
		    clock_wall_ns() / NS_PER_MS, false);
		forget(p);
		evhttp_send_error(request, 500, "simulated");
	} else {
		send_body(p);
	}
}

static enum fault
choose_fault(struct kubelets *k, size_t node)
{
	if (k->items[node].is_hanging)
		return FAULT_HANG;
	if (k->conf.error_percent == 0 ||
	    sim_random(k->sim, 100) >= k->conf.error_percent)
		return FAULT_NONE;
	web_stats.errors_injected++;
	return FAULT_500 + (enum fault)sim_random(k->sim, 4);
}

static void
answer_stats(struct kubelets *k, size_t node, struct evhttp_request *request,
    bool is_summary)
{
	struct pending *p = xcalloc(1, sizeof *p);
	int64_t delay_ns = k->conf.latency_ms == 0 ? 0 : NS_PER_MS *
	    (int64_t)sim_random(k->sim, 2 * k->conf.latency_ms + 1);

	p->k = k;
	p->node = node;
	p->request = request;
	p->is_summary = is_summary;
	p->fault = choose_fault(k, node);
	loop_timer_init(&p->timer, k->loop, on_due, p);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request),
	    on_closed, p);
	if (p->fault == FAULT_HANG)
		truth_answer(k->truth, k->sim, node,
		    clock_wall_ns() / NS_PER_MS, false);
	else if (delay_ns > 0)
		loop_timer_set_ns(&p->timer, delay_ns);
	else
		on_due(p);
}

void
kubelets_answer(struct kubelets *k, size_t node,
    struct evhttp_request *request, const char *path)
{
	struct buf ok = BUF_INIT;

	if (strncmp(path, "/stats/summary", 14) == 0) {
		answer_stats(k, node, request, true);
	} else if (strcmp(path, "/metrics/resource") == 0) {
		answer_stats(k, node, request, false);
	} else if (strcmp(path, "/healthz") == 0) {
		buf_addf(&ok, "ok");
		web_reply(request, 200, "text/plain", &ok);
		buf_fini(&ok);
	} else {
		evhttp_send_error(request, 404, "not found");
	}
}

/* Whose address the connection has come to; false: nobody's. */
static bool
node_of(const struct kubelets *k, struct evhttp_request *request, size_t *node)
{
	struct evhttp_connection *c = evhttp_request_get_connection(request);
	evutil_socket_t fd = bufferevent_getfd(
	    evhttp_connection_get_bufferevent(c));
	struct sockaddr_in sin;
	socklen_t len = sizeof sin;
	uint32_t address;

	if (getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		return false;
	address = ntohl(sin.sin_addr.s_addr);
	*node = ((address >> 16 & 255) - 1) * 62500u +
	    (address >> 8 & 255) * 250u + (address & 255) - 1;
	return *node < k->sim->conf.nodes;
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct kubelets *k = arg;
	size_t node;

	web_stats.requests++;
	if (!node_of(k, request, &node) || k->items[node].is_down)
		web_drop(request);
	else if (!web_is_authorized(request))
		evhttp_send_error(request, 401, "Unauthorized");
	else
		kubelets_answer(k, node, request,
		    evhttp_request_get_uri(request));
}

unsigned
kubelets_bind(struct evhttp *http, const char *host, unsigned port,
    struct evhttp_bound_socket **bound)
{
	struct evhttp_bound_socket *socket = evhttp_bind_socket_with_handle(
	    http, host, (uint16_t)port);
	struct sockaddr_in sin;
	socklen_t len = sizeof sin;

	if (bound != NULL)
		*bound = socket;
	if (socket == NULL || getsockname(evhttp_bound_socket_get_fd(socket),
	    (struct sockaddr *)&sin, &len) == -1)
		return 0;
	return ntohs(sin.sin_port);
}

static bool
listen_all(struct kubelets *k, struct err *err)
{
	for (size_t i = 0; i < k->sim->conf.nodes; i++) {
		k->port = kubelets_bind(k->http, k->sim->nodes[i].address,
		    k->port, &k->items[i].bound);
		if (k->port == 0)
			return err_set(err, "listen at %s: %s",
			    k->sim->nodes[i].address, strerror(errno));
	}
	return true;
}

struct kubelets *
kubelets_open(struct loop *loop, struct sim *sim, SSL_CTX *tls,
    const struct kubelets_conf *conf, struct truth *truth, struct err *err)
{
	struct kubelets *k = xcalloc(1, sizeof *k);

	k->loop = loop;
	k->sim = sim;
	k->conf = *conf;
	k->truth = truth;
	k->items = xcalloc(sim->conf.nodes, sizeof *k->items);
	k->web.tls = tls;
	k->http = web_open(loop->base, &k->web, on_request, k);
	if (listen_all(k, err))
		return k;
	kubelets_close(k);
	return NULL;
}

void
kubelets_close(struct kubelets *k)
{
	if (k == NULL)
		return;
	evhttp_free(k->http);
	buf_fini(&k->body);
	free(k->items);
	free(k);
}

unsigned
kubelets_port(const struct kubelets *k)
{
	return k->port;
}

void
kubelets_set_error_percent(struct kubelets *k, unsigned percent)
{
	k->conf.error_percent = percent;
}

bool
kubelets_set_down(struct kubelets *k, size_t node, bool is_down)
{
	struct kubelet *kubelet = &k->items[node];

	if (is_down && kubelet->bound != NULL) {
		evhttp_del_accept_socket(k->http, kubelet->bound);
		kubelet->bound = NULL;
	}
	kubelet->is_down = is_down;
	return is_down || kubelet->bound != NULL || kubelets_bind(k->http,
	    k->sim->nodes[node].address, k->port, &kubelet->bound) != 0;
}

void
kubelets_set_hanging(struct kubelets *k, size_t node, bool is_hanging)
{
	k->items[node].is_hanging = is_hanging;
}
