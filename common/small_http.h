/* SPDX-License-Identifier: ISC */
/*
 * The small HTTP server, for what programs read: --metrics-listen, and a sink
 * that is asked.  GET and HEAD; any other method is 405.
 *
 * One request per connection, so many connections at a time (the rest wait in
 * the kernel), 8 KiB of request, so much time from accept to the end.  A body
 * that comes with a request is thrown away.
 *
 * Who says nothing for five seconds, takes nothing for ten, or does not leave
 * when all is said is sent away before that; in one second while all places
 * are taken, unless an answer is on its way.
 *
 * An answer is text that is there, or comes in pieces: the next one is asked
 * for when the peer has taken the one before, so a large answer is never in
 * memory, and who takes it slowly costs no more than a piece.
 */
#ifndef COMMON_SMALL_HTTP_H
#define COMMON_SMALL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/loop.h"
#include "common/str.h"

struct small_http;

struct small_http_request {
	struct str path;
	struct str query;	/* absent without a '?' */
	struct str headers;	/* all of them, lines with CRLF between */
};

struct small_http_answer {
	const char *status;	/* "200 OK" */
	const char *type;
	const char *header;	/* a further one, "NAME: VALUE"; NULL */
	struct str body;	/* copied */

	/* In its place: appends a piece of at least one byte; false: that was
	 * the last one.  end() is called in any case, once. */
	bool (*next)(void *body_arg, struct buf *out);
	void (*end)(void *body_arg);
	void *body_arg;
};

struct small_http_conf {
	const char *listen;	/* as in listen_tcp.h */
	const char *event;	/* the line with the address in the log */
	size_t connections_max;
	int64_t life_ns;	/* of a connection */
	void (*answer)(void *arg, const struct small_http_request *rq,
	    struct small_http_answer *answer);
	void *arg;
};

struct small_http *small_http_open(struct loop *loop,
    const struct small_http_conf *conf, struct err *err);
void small_http_close(struct small_http *h);	/* NULL is fine */

/* The value of a header, without blanks around it; absent. */
struct str small_http_header(const struct small_http_request *rq,
    const char *name);

/* The answer of a page that is not there. */
void small_http_not_found(struct small_http_answer *answer);

#endif
