/* SPDX-License-Identifier: ISC */
/*
 * The connections of the HTTP server: each reads a request, has it answered,
 * sends the answer and reads the next one.
 *
 *	handshake -> request -> body -> waiting -> sending -> request ...
 *	                                              \-> lingering -> end
 *
 * One request at a time: what is sent behind it stays in the kernel until the
 * answer is out, so that nobody can have more done than he takes.  A connection
 * that will not be read from any more first says so and lingers: closed with
 * something unread in it, it would take the answer with it.
 *
 * Each state has its deadline, looked at in connections_sweep().  A request
 * has to be whole within the time-out, whatever comes in between; an answer
 * has to be taken at bytes_per_s at least, from the time-out on.
 */
#ifndef APISERVER_CONNECTION_H
#define APISERVER_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

#include "apiserver/body.h"
#include "apiserver/http_head.h"
#include "apiserver/http_request.h"
#include "apiserver/audit_id.h"
#include "apiserver/stream.h"
#include "apiserver/tls.h"

struct event;
struct event_base;

enum connection_state {
	CONNECTION_HANDSHAKE,
	CONNECTION_REQUEST,
	CONNECTION_BODY,
	CONNECTION_WAITING,	/* for connection_send() */
	CONNECTION_SENDING,
	CONNECTION_LINGERING,
};

struct connection {
	struct connection *next, *prev;
	struct connections *all;
	struct stream stream;
	struct event *readable, *writable;
	enum connection_state state;
	bool is_running;	/* below connection's own code */
	bool is_old;		/* the request was HTTP/1.0 */
	bool is_head;		/* its method was HEAD */
	bool want_close;	/* after the answer */
	unsigned n_in_row;	/* answers since the loop was last in charge */
	int64_t deadline_mono_ns;
	int64_t idle_mono_ns;	/* since when we wait for the client */
	struct buf in;		/* the request, and what came behind it */
	size_t in_bytes;	/* of its memory, as body_bytes() has it */
	size_t n_parsed;	/* of in, without an end in it */
	size_t head_bytes;	/* of it, at the front of in */
	struct http_body incoming;
	struct buf out;		/* head of the answer, or all of a short one */
	struct body *body;	/* the rest; NULL: none */
	size_t n_sent;		/* of out and body */
	size_t n_lingered;
	struct tls_peer peer;
	char audit_id[AUDIT_ID_MAX];	/* of the request in hand; "": none */
	void *user;		/* on_request's, until on_end */
	void *passage;		/* the gate's, the same (gate.h) */
};

struct connections {
	struct event_base *base;
	int64_t timeout_ns;
	size_t bytes_per_s;
	size_t bytes_max;	/* body_bytes() with which requests stay small */
	bool is_stopping;
	struct connection *first;
	size_t n;

	/* A whole request: connection_send() now or later. */
	void (*on_request)(void *arg, struct connection *c,
	    const struct http_request *rq);
	/* A request that cannot be understood: the same, now. */
	void (*on_malformed)(void *arg, struct connection *c, int status,
	    const char *reason);
	/* Nobody has answered in time: the same, now. */
	void (*on_unanswered)(void *arg, struct connection *c);
	void (*on_handshake_failed)(void *arg);
	void (*on_end)(void *arg, struct connection *c);
	void *arg;
};

/* Takes fd and ssl (or NULL) over.  False: out of memory; both are closed. */
bool connections_add(struct connections *all, int fd, struct ssl_st *ssl);

/* The answer of a connection that is waiting.  Takes the reference of body
 * over; body_bytes of head are of text and body together. */
void connection_send(struct connection *c, struct http_head *head,
    struct str text, struct body *body);

/* Ends those that are late, and returns how many. */
size_t connections_sweep(struct connections *all, int64_t now_mono_ns);

/* Ends up to n that keep us waiting for a request, those first that have done so
 * for longest, and none that has not for a second.  Returns how many. */
size_t connections_make_room(struct connections *all, size_t n,
    int64_t now_mono_ns);

/* Every connection gets its present answer and no further one. */
void connections_renew(struct connections *all);

/* Ends those that wait for no answer, and from now on each after its own. */
void connections_stop(struct connections *all);

void connections_fini(struct connections *all);

#endif
