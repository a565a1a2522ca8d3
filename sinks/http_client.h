/* SPDX-License-Identifier: ISC */
/*
 * One HTTP request after another, for a sink: it waits for the answer, with a
 * deadline, and gives up soon after the process was asked to end.  The
 * connection is kept.
 *
 * Options of the URI that it takes, all of them optional: those of
 * tls_options.h, and
 *
 *	proxy=URL	else that of the environment (http_proxy, no_proxy)
 *	timeout=DURATION	for a request, 20s
 *	gzip=BOOL	compress what is sent
 */
#ifndef SINKS_HTTP_CLIENT_H
#define SINKS_HTTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/fetch.h"
#include "common/str.h"

#include "sinks/sink_uri.h"

#define HTTP_HEADERS_MAX 16

struct http_client {
	struct fetch_identity identity;	/* user and password are the caller's */
	const char *proxy;		/* borrowed from the URI; NULL */
	int64_t timeout_ns;
	bool want_gzip;
	const char *sigv4;	/* the caller's: libcurl's words for how to sign
				 * requests, with user and password; NULL */
	size_t answer_bytes_max;	/* more is read, and forgotten */
	void *multi;			/* libcurl's, with the connection */
	void *easy;			/* the same for each request */
	struct buf body;		/* of the answer */
	size_t n_answer_bytes;		/* with those that are not in it */
	struct buf packed;		/* of the request */
	char *elsewhere;		/* of the answer */
};

struct http_request {
	const char *url;
	const char *method;	/* NULL: GET, or POST with a body */
	struct str body;	/* may be absent */
	const char *type;	/* of the body */
	const char *authorization;	/* the header's value; NULL: none, or
					 * user and password */
	const char *headers[HTTP_HEADERS_MAX];	/* "NAME: VALUE"; NULL: no more */
	bool is_short;		/* not worth compressing, or done already */
};

struct http_answer {
	int status;		/* 0: none, and */
	const char *error;	/* why; no secret is in it */
	struct str body;	/* its first bytes, and JSON_PAD behind them */
	int64_t retry_after_ns;	/* 0: not said */
	const char *elsewhere;	/* of a 3xx: the URL that it says; or NULL */
};

/* Takes the options.  The URI must outlive the client. */
bool http_client_open(struct http_client *c, struct sink_uri *uri,
    struct err *err);
void http_client_close(struct http_client *c);

/* The answer is valid until the next call. */
void http_ask(struct http_client *c, const struct http_request *request,
    struct http_answer *answer);

#endif
