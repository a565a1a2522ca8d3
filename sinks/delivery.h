/* SPDX-License-Identifier: ISC */
/*
 * The way of points to a server that takes them by HTTP: a batch, cut into
 * requests, each sent until its answer says that it was taken or never will
 * be (http_verdict.h).
 *
 * What is refused is said with the server's reason, counted and given up; the
 * points of the same request that were good are the server's.  A request that
 * is too large is cut in halves.  All else comes again, no earlier than the
 * server asks for.
 *
 * Where an answer says of each point what became of it, those alone come again
 * that may be taken later.
 *
 * Options of the URI: those of http_client.h, and
 *
 *	batch=N		points of a request
 *	batchdelay=DURATION	how long a frame may wait for others
 */
#ifndef SINKS_DELIVERY_H
#define SINKS_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/log.h"
#include "common/sink.h"

#include "sinks/batch.h"
#include "sinks/http_client.h"
#include "sinks/http_verdict.h"

#define DELIVERY_COUNTERS(X) \
	X(points_sent, COUNTER, "points the back end has taken") \
	X(points_refused, COUNTER, "points that were refused and given up") \
	X(points_again, COUNTER, "points refused for now that are sent again") \
	X(requests_sent, COUNTER, "requests the back end has taken") \
	X(requests_failed, COUNTER, "requests that are tried again") \
	X(requests_refused, COUNTER, "requests that were given up") \
	X(bytes_sent, COUNTER, "bytes of points, before compression")
COUNTERS_STRUCT(delivery_counters, DELIVERY_COUNTERS)

struct delivery {
	struct http_client http;
	struct batch batch;
	struct delivery_counters counters;
	struct log_condition refused;

	/* Makes a request of lines; its parts are valid until the next. */
	void (*compose)(void *arg, struct str lines, struct http_request *r);
	/* Of an answer that is no 2xx, or of none; may be NULL. */
	enum http_verdict (*judge)(void *arg, const struct http_answer *answer,
	    enum http_verdict verdict);
	/* Of a 2xx, when it says more.  NULL: all points are taken.  False: it
	 * is no answer to that request, which comes again. */
	bool (*sift)(void *arg, const struct http_answer *answer,
	    struct http_fate *fate);
	void *arg;
};

/* How long SINK_HELD lasts, for struct sink_ops. */
extern int64_t delivery_hold_ns;

/* Takes the options.  The URI outlives it. */
bool delivery_open(struct delivery *d, struct sink_uri *uri,
    uint64_t points_max, size_t bytes_max, struct err *err);
void delivery_close(struct delivery *d);

/* After a frame was formatted into d->batch.text from byte begin on. */
enum sink_result delivery_add(struct delivery *d, size_t begin,
    uint64_t n_points, struct err *err);

/* For struct sink_ops, once the back end is ready for points. */
enum sink_result delivery_flush(struct delivery *d, struct err *err);

/* A sentence of why a request failed. */
bool delivery_error(struct err *err, const char *what,
    const struct http_answer *answer);

#endif
