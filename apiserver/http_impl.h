/* SPDX-License-Identifier: ISC */
/*
 * Inside the HTTP server: http.c has connections come and go and requests
 * answered, http_respond.c sends the answers, at once, from the cache, or when
 * a ticket is finished.
 */
#ifndef APISERVER_HTTP_IMPL_H
#define APISERVER_HTTP_IMPL_H

#include "common/log.h"

#include "apiserver/answer_cache.h"
#include "apiserver/compress.h"
#include "apiserver/connection.h"
#include "apiserver/http.h"
#include "apiserver/http_access.h"

struct http {
	struct loop *loop;
	struct api *api;
	struct http_counters *counters;
	struct tls *tls;
	struct http_access access;
	struct gate *gate;	/* NULL: not the secure port */
	struct evconnlistener *listener;
	struct connections connections;
	size_t connections_max, sending_bytes_max;
	bool is_paused;
	struct log_condition full;
	struct loop_timer sweep;
	struct answer_cache cache;
	const struct api_request *request;	/* in hand, as is the next */
	enum compression compression;
	struct buf key;		/* in the cache, of it; empty: none */
	struct buf compressed;
};

/* Leaves rs->body empty or as it was. */
void http_respond(struct http *h, struct connection *c,
    struct api_response *rs, enum compression compression);

/* What the API has not said. */
void http_say(struct http *h, struct connection *c, int status,
    struct str text);

/* To the request in hand, whose key it finds.  False: the answer has to be
 * made. */
bool http_respond_as_before(struct http *h, struct connection *c);

/* For api_request.defer; the transport is the connection. */
struct api_ticket *http_defer(void *transport);

/* The connection's ticket may still be finished, for nobody. */
void http_forget_ticket(struct http *h, struct connection *c);

#endif
