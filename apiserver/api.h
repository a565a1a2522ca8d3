/* SPDX-License-Identifier: ISC */
/*
 * What an API is: a table of routes.  A handler reads the store and writes a
 * response; it knows nothing of HTTP's transport.  Each family of the API has
 * a table and a file of its own; api_answer() looks them up in turn.
 *
 * A path is matched by segments, before percent-decoding, so that a name may
 * contain "%2F".  In patterns "{}" is one segment and "{*}" is the rest of the
 * path, which is where metric names with their slashes go.  A trailing slash
 * is the same as none, but where the table says exact.
 *
 * An answer that has to wait for somebody else is deferred: the handler asks
 * the transport for a ticket and finishes it later, from the loop.
 *
 * Pure: the time is in the request.
 */
#ifndef APISERVER_API_H
#define APISERVER_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/counters.h"
#include "common/str.h"

#include "apiserver/store.h"

#define API_CAPTURES_MAX 4

/* What handlers work on. */
struct api {
	struct store *store;
	const struct counters *counters;
	struct buf scratch;	/* decoded captures of the request in hand */
};

struct api_response;

/* An answer that comes later; the transport's, until it is finished. */
struct api_ticket {
	/* Sends the answer and frees the ticket; to be called exactly once,
	 * also if nobody waits any more.  The body stays the caller's. */
	void (*finish)(struct api_ticket *ticket, struct api_response *rs);
};

struct api_request {
	struct str method;	/* "GET" */
	struct str path;	/* still encoded, without the query */
	struct str query;	/* still encoded; absent: none */
	struct str accept;	/* header, or absent */
	int64_t now_ns;
	struct str captures[API_CAPTURES_MAX];	/* decoded */
	size_t n_captures;
	void *transport;
	struct api_ticket *(*defer)(void *transport);
};

struct api_response {
	int status;
	const char *content_type;
	bool is_nosniff;	/* X-Content-Type-Options: nosniff */
	bool is_compressible;
	bool is_deferred;	/* a ticket was taken: nothing else counts */
	struct buf body;	/* the caller's, empty at first */
};

struct api_route {
	const char *pattern;
	void (*handler)(struct api *api, const struct api_request *rq,
	    struct api_response *rs);
	const char *help;	/* one line */
};

struct api_family {
	const char *root;	/* "/api/v1/model" */
	const struct api_route *routes;	/* ends with a NULL pattern */
	bool is_json;		/* GET only, and Accept must allow JSON */
	bool is_exact;		/* a trailing slash makes another path */
};

extern const struct api_family model_family;
extern const struct api_family health_family;

/* Finds the handler and calls it, or answers 404, 405 or 406. */
void api_answer(struct api *api, struct api_request *rq,
    struct api_response *rs);

/* Captures are slices of path, not decoded. */
bool api_match(const char *pattern, struct str path, bool is_exact,
    struct str *captures, size_t *n_captures);

/* The first value of the parameter, decoded into api->scratch; absent. */
struct str api_parameter(struct api *api, const struct api_request *rq,
    const char *name);

/* text/plain with just this text. */
void api_text(struct api_response *rs, int status, struct str text);

#endif
