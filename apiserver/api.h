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
 * Pure: the time is in the request, and a clock is read for statistics alone.
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

#define API_CAPTURES_MAX 5
#define API_ETAG_MAX 24

/* What handlers work on. */
struct api {
	struct store *store;
	struct historical *historical;	/* NULL: no source of history */
	const struct counters *counters;
	struct str label_separator;	/* in joined labels */
	bool is_export_disabled;
	struct buf scratch;	/* decoded captures of the request in hand */
	bool is_model_disabled;	/* families that need it are not there */
	struct resource_table *resources;	/* NULL: nobody has asked */
	struct resource_table *usage;	/* the same of the secure port */
	int64_t resources_used_ns;	/* when somebody has asked */
	size_t list_bytes[2];	/* of the last list of all nodes, pods there */
	int64_t max_age_ns;	/* of a last good value there; 0: the default */
	struct api_stats *stats;	/* NULL: nothing is counted */
	struct server_stats *server_stats;	/* NULL: nor there */
	const struct auth *auth;	/* of the secure port, or NULL */
};

struct api_response;
struct api_route;
struct api_family;
struct json_out;

/* An answer that comes later; the transport's, until it is finished. */
struct api_ticket {
	/* Sends the answer and frees the ticket; to be called exactly once,
	 * also if nobody waits any more.  What it leaves of the body stays the
	 * caller's. */
	void (*finish)(struct api_ticket *ticket, struct api_response *rs);
	/* The handler's, or NULL: called when nobody waits any more; it may
	 * finish the ticket at once. */
	void (*on_forgotten)(void *arg);
	void *arg;
};

struct api_request {
	struct str method;	/* "GET" */
	struct str path;	/* still encoded, without the query */
	struct str query;	/* still encoded; absent: none */
	struct str accept;	/* header, or absent */
	struct str if_none_match;	/* header, or absent */
	bool is_person;		/* a browser or the like: wants pretty text */
	bool is_secure;		/* it came in through the secure port */
	int64_t now_ns;
	struct str captures[API_CAPTURES_MAX];	/* decoded */
	size_t n_captures;
	const struct api_family *family;	/* who answers; NULL: none */
	const struct api_route *route;
	void *transport;
	struct api_ticket *(*defer)(void *transport);
};

struct api_response {
	int status;
	const char *content_type;
	struct str location;	/* of a redirect; absent: none */
	bool is_nosniff;	/* X-Content-Type-Options: nosniff */
	bool is_compressible;
	bool is_of_store;	/* the same until the store takes a frame */
	size_t compress_min_bytes;	/* shorter ones are not; 0: a default */
	char etag[API_ETAG_MAX];	/* with its quotes; "": none.  Who has
					 * it may keep the answer, by Accept */
	bool is_private;	/* nobody may keep it */
	bool is_deferred;	/* a ticket was taken: nothing else counts */
	struct buf body;	/* the caller's, empty at first */
};

struct api_route {
	const char *pattern;
	void (*handler)(struct api *api, const struct api_request *rq,
	    struct api_response *rs);
	const char *help;	/* one line */
};

enum api_port { API_PLAIN, API_SECURE, API_BOTH };

struct api_family {
	const char *root;	/* "/api/v1/model" */
	const struct api_route *routes;	/* ends with a NULL pattern */
	bool is_json;		/* GET only, and Accept must allow JSON */
	bool is_of_store;	/* its answers are: see api_response; it is not
				 * there without a model */
	bool is_exact;		/* a trailing slash makes another path */
	bool is_historical;	/* only there with a source of history */
	bool has_selectors;	/* lists take a labelSelector */
	enum api_port port;	/* where it is served */
};

/* All of them; ends with NULL. */
extern const struct api_family *const api_families[];

extern const struct api_family model_family;
extern const struct api_family historical_family;
extern const struct api_family export_family;
extern const struct api_family export_schema_family;
extern const struct api_family resource_family;
extern const struct api_family resource_k8s_family;
extern const struct api_family health_family;
extern const struct api_family secure_family;
extern const struct api_family index_family;
extern const struct api_family metrics_v1_family;
extern const struct api_family metrics_v1beta1_family;
extern const struct api_family discovery_family;
extern const struct api_family nowhere_family;

/* What handlers have kept; the store stays the caller's. */
void api_fini(struct api *api);

/* Gives up what nobody has asked for in ten minutes; to be called now and
 * then. */
void api_rest(struct api *api, int64_t now_ns);

/*
 * Finds the handler and calls it, or answers 404, 405 or 406; and counts it,
 * unless it was deferred.
 */
void api_answer(struct api *api, struct api_request *rq,
    struct api_response *rs);

/* Whether the family is served on that port; others are no part of its lists. */
bool api_serves(const struct api *api, const struct api_family *family,
    bool is_secure);

/* Counts an answer that api_answer() has not: one that was deferred, or sent
 * again from a cache. */
void api_count(const struct api *api, const struct api_request *rq,
    int status, size_t body_bytes, int64_t duration_ns);

/* Captures are slices of path, not decoded. */
bool api_match(const char *pattern, struct str path, bool is_exact,
    struct str *captures, size_t *n_captures);

/* The first value of the parameter, decoded into api->scratch; absent. */
struct str api_parameter(struct api *api, const struct api_request *rq,
    const char *name);

/* 200 with JSON, which is then written; pretty as Heapster's or compact. */
void api_json(struct api_response *rs, struct json_out *json,
    bool is_pretty);

/* text/plain with just this text. */
void api_text(struct api_response *rs, int status, struct str text);

#endif
