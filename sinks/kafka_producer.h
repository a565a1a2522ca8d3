/* SPDX-License-Identifier: ISC */
/*
 * The way of messages to the brokers, by librdkafka.
 *
 * It has threads that connect, send, wait and try again; all that it tells
 * arrives in ours, in kafka_producer_flush().  A message counts as taken when
 * the brokers have acknowledged it.  While it is not, it is librdkafka's: a
 * flush that has had no sign for too long says so, and the next one waits for
 * the same messages.  So nothing is sent twice but what has no number, that is
 * without idempotence; or after a crash; or when a broker has forgotten its
 * producers, which makes the numbers begin anew.
 *
 * A request that is too large for the brokers is cut in halves, and grows again
 * slowly; one message
 * that is too large is said, counted and given up, as is one that is not
 * taken for what it is.  Everything else comes again.
 *
 * Messages without a key go to the partitions in turn; those with one as
 * Java's clients send them (murmur2).
 */
#ifndef SINKS_KAFKA_PRODUCER_H
#define SINKS_KAFKA_PRODUCER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/log.h"
#include "common/sink.h"

#include "sinks/format_kafka.h"
#include "sinks/kafka_options.h"

#define KAFKA_COUNTERS(X) \
	X(points_sent, COUNTER, "points the brokers have acknowledged") \
	X(points_retried, COUNTER, "points that came back and are sent again") \
	X(points_refused, COUNTER, "points that were given up") \
	X(points_unacknowledged, GAUGE, "points that are with librdkafka") \
	X(bytes_sent, COUNTER, "bytes of points, before compression") \
	X(producers, COUNTER, "times a producer was made")
COUNTERS_STRUCT(kafka_counters, KAFKA_COUNTERS)

#define KAFKA_REASON_BYTES 256

struct rd_kafka_s;
struct rd_kafka_topic_s;

struct kafka_producer {
	struct kafka_options *options;
	struct rd_kafka_s *rk;	/* NULL: to be made */
	struct rd_kafka_topic_s *topic;
	uint32_t turn;		/* of partitions; librdkafka's threads use it */
	size_t batch_bytes;	/* of a request; 0: librdkafka's own */
	unsigned n_smaller;	/* flushes since that was cut, or grew */
	size_t next;		/* the first message that may be waiting */
	size_t n_sent;		/* not answered for */
	size_t n_back;		/* came back */
	size_t n_too_large;
	size_t largest;		/* of those that are too large */
	bool is_spoilt;		/* another producer is needed */
	int64_t sign_mono_ns;	/* when a message was last taken */
	char reason[KAFKA_REASON_BYTES];	/* of the last trouble, or "" */
	struct kafka_counters counters;
	struct log_condition refused;
	struct log_condition complaint;
};

/* Makes the producer, which connects in the background.  The options outlive
 * it. */
bool kafka_producer_open(struct kafka_producer *p,
    struct kafka_options *options, struct err *err);
/* Messages that are not acknowledged are forgotten. */
void kafka_producer_close(struct kafka_producer *p);

/* Until all messages are done.  SINK_RETRY: the same ones come again, unless
 * kafka_producer_forget() is called before. */
enum sink_result kafka_producer_flush(struct kafka_producer *p,
    struct kafka_messages *messages, struct err *err);
void kafka_producer_forget(struct kafka_producer *p);

/* Whether the brokers answer; warns if they have no such topic yet. */
bool kafka_producer_check(struct kafka_producer *p, struct err *err);

#endif
