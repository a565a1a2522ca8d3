/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/keyvalq_struct.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/mem.h"
#include "common/number.h"

#include "contrib/kubesim/upstream.h"

#define TIMEOUT_S 10

struct ask {
	LIST_ENTRY(ask) link;
	struct evhttp_connection *connection;
	struct bufferevent *bufferevent;	/* the connection's */
	upstream_done_fn *done;
	void *arg;
	char *error;
	struct loop_timer end;		/* a connection cannot be freed in a
					 * callback of its own */
};

struct upstream {
	struct loop *loop;
	SSL_CTX *tls;
	bool has_ca;
	char *address;			/* "": none */
	char host[INET_ADDRSTRLEN];
	uint16_t port;
	LIST_HEAD(, ask) asks;
};

static void
free_ask(struct ask *k)
{
	LIST_REMOVE(k, link);
	loop_timer_fini(&k->end);
	if (k->connection != NULL)
		evhttp_connection_free(k->connection);
	free(k->error);
	free(k);
}

static void
on_end(void *arg)
{
	struct ask *k = arg;

	if (k->error != NULL)
		k->done(k->arg, NULL, k->error);
	free_ask(k);
}

static void
end_ask(struct ask *k, const char *error)
{
	k->error = error == NULL ? NULL : xstrdup(error);
	loop_timer_set_ns(&k->end, 0);
}

/* In Go's words, where it has some of its own. */
static void
fail_ask(struct ask *k)
{
	unsigned long code = bufferevent_get_openssl_error(k->bufferevent);
	int socket_error = EVUTIL_SOCKET_ERROR();
	const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
	char *text = reason != NULL ? xasprintf("tls: %s", reason) :
	    xasprintf("dial tcp: connect: %s", socket_error == ECONNREFUSED ?
	    "connection refused" : "no answer");

	end_ask(k, text);
	free(text);
}

static void
on_answer(struct evhttp_request *answer, void *arg)
{
	struct ask *k = arg;

	if (answer == NULL || evhttp_request_get_response_code(answer) == 0) {
		fail_ask(k);
		return;
	}
	k->done(k->arg, answer, NULL);
	end_ask(k, NULL);
}

/* NULL: it cannot be had. */
static struct bufferevent *
new_connection(struct upstream *u, bool is_probe)
{
	SSL *ssl = SSL_new(u->tls);

	if (ssl == NULL)
		return NULL;
	if (is_probe || !u->has_ca) {
		SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
	} else {
		SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
		SSL_set1_host(ssl, UPSTREAM_NAME);
	}
	if (!is_probe)
		SSL_set_tlsext_host_name(ssl, UPSTREAM_NAME);
	return bufferevent_openssl_socket_new(u->loop->base, -1, ssl,
	    BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
}

static struct evhttp_request *
new_request(struct ask *k, const struct upstream *u,
    const struct upstream_question *q)
{
	struct evhttp_request *request = evhttp_request_new(on_answer, k);
	struct evkeyvalq *out = evhttp_request_get_output_headers(request);
	const struct evkeyval *header;

	evhttp_add_header(out, "Host", u->address);
	TAILQ_FOREACH(header, q->headers, next)
		evhttp_add_header(out, header->key, header->value);
	if (q->body != NULL)
		evbuffer_add_buffer(evhttp_request_get_output_buffer(request),
		    q->body);
	return request;
}

void
upstream_ask(struct upstream *u, const struct upstream_question *q)
{
	struct ask *k = xcalloc(1, sizeof *k);

	k->done = q->done;
	k->arg = q->arg;
	loop_timer_init(&k->end, u->loop, on_end, k);
	LIST_INSERT_HEAD(&u->asks, k, link);
	if (upstream_is_set(u))
		k->bufferevent = new_connection(u, q->is_probe);
	if (k->bufferevent == NULL) {
		end_ask(k, "no endpoints available");
		return;
	}
	k->connection = evhttp_connection_base_bufferevent_new(u->loop->base,
	    NULL, k->bufferevent, u->host, u->port);
	evhttp_connection_set_timeout(k->connection, TIMEOUT_S);
	if (evhttp_make_request(k->connection, new_request(k, u, q),
	    q->method, q->uri) == -1)
		end_ask(k, "cannot be asked");
}

bool
upstream_set(struct upstream *u, const char *address)
{
	struct str port_text = str_of(address);
	struct str host = str_cut(&port_text, ':');
	struct in_addr ignored;
	uint64_t port = 0;

	if (*address != '\0') {
		if (host.len >= sizeof u->host ||
		    !parse_u64(port_text, &port) || port > UINT16_MAX)
			return false;
		memcpy(u->host, host.p, host.len);
		u->host[host.len] = '\0';
		if (inet_pton(AF_INET, u->host, &ignored) != 1)
			return false;
	}
	free(u->address);
	u->address = xstrdup(address);
	u->port = (uint16_t)port;
	return true;
}

bool
upstream_is_set(const struct upstream *u)
{
	return *u->address != '\0';
}

const char *
upstream_address(const struct upstream *u)
{
	return u->address;
}

struct upstream *
upstream_open(struct loop *loop, const struct upstream_conf *conf,
    struct err *err)
{
	struct upstream *u = xcalloc(1, sizeof *u);

	u->loop = loop;
	u->has_ca = conf->ca_file != NULL;
	u->address = xstrdup("");
	u->tls = SSL_CTX_new(TLS_client_method());
	LIST_INIT(&u->asks);
	if (u->tls != NULL && SSL_CTX_use_certificate_chain_file(u->tls,
	    conf->cert_file) == 1 && SSL_CTX_use_PrivateKey_file(u->tls,
	    conf->key_file, SSL_FILETYPE_PEM) == 1 &&
	    (conf->ca_file == NULL ||
	    SSL_CTX_load_verify_file(u->tls, conf->ca_file) == 1))
		return u;
	err_set(err, "%s, %s, %s: not a certificate, its key and a CA in PEM",
	    conf->cert_file, conf->key_file, u->has_ca ? conf->ca_file : "no CA");
	upstream_close(u);
	return NULL;
}

void
upstream_close(struct upstream *u)
{
	struct ask *k;

	if (u == NULL)
		return;
	while ((k = LIST_FIRST(&u->asks)) != NULL)
		free_ask(k);
	SSL_CTX_free(u->tls);
	free(u->address);
	free(u);
}
