/* SPDX-License-Identifier: ISC */
/*
 * The HTTP server in front of api_answer(): HTTP/1.1 over TCP or TLS, with
 * limits, compression and, where clients have certificates, who may ask.
 *
 * Bounds: request line, headers and body (http_request.h), the time until a
 * request is whole, an answer is there and has been taken (connection.h), the
 * number of connections: beyond it, or when descriptors run out, those who come
 * wait in the kernel; and the bytes of answers that have not been taken yet and
 * of requests that are not whole: beyond it, half of it for these, there is 503.
 *
 * http_stop() closes the listener, answers what has been asked, and returns
 * when that is out or the time is over; the loop runs meanwhile.  Tickets of
 * deferred answers may be finished even after http_close().
 */
#ifndef APISERVER_HTTP_H
#define APISERVER_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/loop.h"

#include "apiserver/api.h"
#include "apiserver/tls.h"

struct gate;

#define HTTP_COUNTERS(X) \
	X(http_requests, COUNTER, "requests answered") \
	X(http_errors, COUNTER, "of these with status 400 and above") \
	X(http_malformed, COUNTER, "of these not HTTP, or too large") \
	X(http_denied, COUNTER, "of these with status 401 or 403") \
	X(http_cached, COUNTER, "of these sent as they were sent before") \
	X(http_bytes_sent, COUNTER, "bytes of bodies sent") \
	X(http_deferred, GAUGE, "answers that are still to come") \
	X(http_connections, GAUGE, "connections open") \
	X(http_timeouts, COUNTER, "connections that were ended as too slow") \
	X(http_tls_failures, COUNTER, "handshakes that failed") \
	X(http_crowded_out, COUNTER, "idle connections that made room") \
	X(http_accept_pauses, COUNTER, "times no more could be accepted")
COUNTERS_STRUCT(http_counters, HTTP_COUNTERS)

#define HTTP_BYTES_PER_S 65536
#define HTTP_SENDING_BYTES_MAX ((size_t)256 << 20)

struct http_conf {
	const char *listen;	/* "HOST:PORT", "[V6]:PORT"; port 0 is any */
	int64_t timeout_ns;
	size_t bytes_per_s;	/* who takes an answer more slowly is cut */
	size_t sending_bytes_max;	/* of all answers on their way */
	struct tls_files tls;
	const char *allowed_users;	/* "a,b"; NULL: all with a certificate */
	struct gate *gate;	/* who may ask; NULL: not the secure port */
	unsigned n_servers;	/* that share the descriptors; 0: one */
};

struct http;

/* What cannot work together, without opening anything. */
bool http_check(const struct http_conf *conf, struct err *err);

/* As many as may be open with descriptors left for everything else. */
size_t http_connections_max(void);

/* Logs the address.  The strings of conf have to stay. */
struct http *http_open(struct loop *loop, const struct http_conf *conf,
    struct api *api, struct http_counters *counters, struct err *err);
void http_stop(struct http *h, int64_t timeout_ns);
void http_close(struct http *h);	/* NULL is fine */

#endif
