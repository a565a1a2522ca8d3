/* SPDX-License-Identifier: ISC */
/*
 * The HTTP side of kubesim: evhttp, with TLS if there is a certificate.
 */
#ifndef CONTRIB_KUBESIM_WEB_H
#define CONTRIB_KUBESIM_WEB_H

#include <event2/http.h>
#include <openssl/ssl.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/err.h"

struct web_stats {
	uint64_t requests;
	uint64_t bytes_sent;
	uint64_t errors_injected;
};
extern struct web_stats web_stats;

/* Clients need a certificate of client_ca_file, unless it is NULL.  NULL:
 * error. */
SSL_CTX *web_tls(const char *cert_file, const char *key_file,
    const char *client_ca_file, struct err *err);

/* Whom all believe; NULL: nobody is asked for a token. */
void web_set_token(const char *token);

struct web_conf {
	SSL_CTX *tls;		/* or NULL */
	struct bufferevent_rate_limit_group *limit;	/* of all connections
							 * together; or NULL */
};

/* handle gets every request; conf is borrowed. */
struct evhttp *web_open(struct event_base *base, struct web_conf *conf,
    void (*handle)(struct evhttp_request *request, void *arg), void *arg);

/* A number of the query; otherwise: there is none. */
uint64_t web_number(const struct evkeyvalq *query, const char *key,
    uint64_t otherwise);

void web_reply(struct evhttp_request *request, int status, const char *type,
    const struct buf *body);

/* A Status object, as a kube-apiserver says what is wrong. */
void web_refuse(struct evhttp_request *request, int status,
    const char *reason, const char *message);

/* Of a request that is not answered yet and whose connection is closed:
 * libevent has left it to us unless it still belongs to the connection. */
void web_abandon(struct evhttp_request *request);

/*
 * Breaks a connection off, from anywhere, also from within a callback of its
 * own: libevent finds it closed, calls its closecb, and frees it and what it has
 * by itself.  A request on it that has not been answered yet is not noticed to
 * be lost before it is: web_drop() does both.
 */
void web_break(struct evhttp_connection *connection);
void web_drop(struct evhttp_request *request);

/* Has "Authorization: Bearer TOKEN"; always if there is none. */
bool web_is_authorized(struct evhttp_request *request);

#endif
