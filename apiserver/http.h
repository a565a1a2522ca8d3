/* SPDX-License-Identifier: ISC */
/*
 * The HTTP server in front of api_answer(): libevent's evhttp with limits,
 * compression and the care it needs.
 *
 * Bounds: request line and headers, no bodies worth the name, the time until a
 * request is whole, the number of connections: beyond it, or when descriptors
 * run out, those who come wait in the kernel.  A request
 * with two Content-Length headers is refused, because proxies and evhttp would
 * disagree about where it ends.
 */
#ifndef APISERVER_HTTP_H
#define APISERVER_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/loop.h"

#include "apiserver/api.h"

#define HTTP_COUNTERS(X) \
	X(http_requests, COUNTER, "requests answered") \
	X(http_errors, COUNTER, "of these with status 400 and above") \
	X(http_bytes_sent, COUNTER, "bytes of bodies sent") \
	X(http_connections, GAUGE, "connections open, about") \
	X(http_timeouts, COUNTER, "connections that were ended as too slow") \
	X(http_accept_pauses, COUNTER, "times no more could be accepted")
COUNTERS_STRUCT(http_counters, HTTP_COUNTERS)

struct http;

/* listen: "HOST:PORT", "[V6]:PORT"; port 0 is any.  Logs the address. */
struct http *http_open(struct loop *loop, const char *listen,
    int64_t timeout_ns, struct api *api, struct http_counters *counters,
    struct err *err);
void http_close(struct http *h);	/* NULL is fine */

#endif
