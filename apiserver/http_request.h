/* SPDX-License-Identifier: ISC */
/*
 * The head of an HTTP/1 request, read strictly: whatever a proxy in front of
 * us could understand in another way is refused, for that is how one request
 * is smuggled inside another.  So are bare line feeds, folded lines, blanks
 * around the name of a header, control characters, lengths said twice, a length
 * beside a transfer coding, and no host or two of them.
 *
 * All that is found are slices of the input.  Pure.
 */
#ifndef APISERVER_HTTP_REQUEST_H
#define APISERVER_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

#define HTTP_LINE_BYTES_MAX 98304	/* beyond it 414; names of 1000 pods */
/* Beyond these two 431.  A front proxy has a header for each group of a user,
 * and there are users with hundreds. */
#define HTTP_HEADERS_BYTES_MAX 65536
#define HTTP_HEADERS_MAX 1100
#define HTTP_BODY_BYTES_MAX 65536	/* beyond it 413 */

enum http_parse {
	HTTP_MORE,	/* no end yet, nothing wrong */
	HTTP_WHOLE,
	HTTP_BAD,	/* status and reason say why; the connection ends */
};

struct http_request {
	struct str method;
	struct str path;		/* "/..."; or "*" of OPTIONS */
	struct str query;		/* absent without a '?' */
	struct str accept;		/* headers, or absent */
	struct str accept_encoding;
	struct str if_none_match;
	struct str user_agent;
	struct str audit_id;
	struct str headers;		/* all of them, as they came */
	bool is_old;			/* HTTP/1.0 */
	bool want_close;		/* no further request will come */
	bool is_chunked;
	bool expects_continue;
	uint64_t body_bytes;		/* 0 when chunked */
	size_t head_bytes;		/* with the empty line */
	int status;
	const char *reason;
};

enum http_parse http_request_parse(struct http_request *rq,
    struct str input);

/* The headers of a request that is whole, one by one, without blanks around
 * their values.  False: no more. */
bool http_header_next(struct str *headers, struct str *name,
    struct str *value);

/* Whether all of it may be inside a line, so that if it comes behind what is
 * no whole request yet, that is still none. */
bool http_is_text(struct str s);

/* Whether an agent shows answers to people: as Kubernetes tells them from
 * programs. */
bool http_is_person(struct str user_agent);

/* A body, which is thrown away. */
struct http_body {
	uint64_t left;		/* of the length, or of the chunk */
	uint64_t total;		/* of all chunks */
	unsigned n_digits, n_line;
	int state;
	int status;		/* when bad */
};

void http_body_begin(struct http_body *b, const struct http_request *rq);

/* Takes from the front of input what belongs to the body. */
enum http_parse http_body_feed(struct http_body *b, struct str *input);

#endif
