/* SPDX-License-Identifier: ISC */
/*
 * The way of points to a server that takes them as lines by TCP or UDP and
 * never answers: a batch goes into the connection as it is, or in datagrams of
 * so many lines.  When anything fails all of the batch comes again, but for
 * lines that no datagram can carry.
 *
 * Options of the URI: timeout=DURATION, batchdelay=DURATION.
 */
#ifndef SINKS_LINE_DELIVERY_H
#define SINKS_LINE_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/log.h"
#include "common/sink.h"

#include "sinks/batch.h"
#include "sinks/sink_uri.h"
#include "sinks/stream.h"

#define LINE_COUNTERS(X) \
	X(points_sent, COUNTER, "points that were sent") \
	X(points_refused, COUNTER, "points too long for a datagram, given up") \
	X(bytes_sent, COUNTER, "bytes of points") \
	X(batches_failed, COUNTER, "batches that are tried again") \
	X(connections, COUNTER, "connections that were made")
COUNTERS_STRUCT(line_counters, LINE_COUNTERS)

struct line_delivery {
	struct stream stream;
	struct batch batch;
	struct line_counters counters;
	struct log_condition refused;
	uint64_t n_left_out;	/* points of the batch: too long */
	size_t n_left_out_bytes;
};

/* How long SINK_HELD lasts, for struct sink_ops. */
extern int64_t line_hold_ns;

/* Takes the options.  lines_max is of a datagram. */
bool line_delivery_open(struct line_delivery *d, struct sink_uri *uri,
    const char *port, bool is_udp, uint64_t lines_max, struct err *err);
void line_delivery_close(struct line_delivery *d);

/* After a frame was formatted into d->batch.text from byte begin on. */
enum sink_result line_delivery_add(struct line_delivery *d, size_t begin,
    uint64_t n_points, struct err *err);
enum sink_result line_delivery_flush(struct line_delivery *d, struct err *err);

#endif
