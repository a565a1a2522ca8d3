/* SPDX-License-Identifier: ISC */
/*
 * Points as messages for Kafka, byte for byte what Heapster sent:
 *
 *	{"MetricsName":"cpu/usage_rate","MetricsValue":{"value":250},
 *	"MetricsTimestamp":"2026-03-04T05:06:00Z","MetricsTags":{...}}
 *
 * on one line.  Tags are all labels, sorted, also the empty ones.
 *
 * A message may have a key: Kafka keeps the messages of one key in order, in
 * one partition.  What is not part of that which keys are made of has the next
 * larger thing as its key:
 *
 *	KAFKA_KEY_POD		NAMESPACE/POD, else the node, else the namespace
 *	KAFKA_KEY_NODE		the node, else the namespace
 *	KAFKA_KEY_NAMESPACE	the namespace, else the node
 *
 * and the cluster is "cluster".  Pure.
 */
#ifndef SINKS_FORMAT_KAFKA_H
#define SINKS_FORMAT_KAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#include "sinks/points.h"

#define KAFKA_TEXT_BYTES_MAX (256u << 20)

enum kafka_key {
	KAFKA_KEY_NONE, KAFKA_KEY_POD, KAFKA_KEY_NODE, KAFKA_KEY_NAMESPACE,
	KAFKA_KEY_COUNT,
};

/* "none", "pod", "node", "namespace" */
bool kafka_key_find(struct str name, enum kafka_key *out);

enum kafka_message_state {
	KAFKA_WAITING,		/* to be sent */
	KAFKA_SENT,		/* not answered for */
	KAFKA_TOO_LARGE,	/* waiting, for requests that are smaller */
	KAFKA_DONE,		/* taken, or given up */
};

/* key and value are bytes of the text; key_len 0: no key. */
struct kafka_message {
	size_t key;
	size_t value;
	uint32_t key_len;
	uint32_t value_len;
	enum kafka_message_state state;
};

/* Zero-initialise. */
struct kafka_messages {
	struct buf text;
	struct kafka_message *items;
	size_t n;
	size_t cap;
};

void kafka_messages_clear(struct kafka_messages *m);	/* keeps the memory */
void kafka_messages_fini(struct kafka_messages *m);

struct kafka_format {
	struct point_filter filter;
	enum kafka_key key;
	struct points points;	/* of the frame in work; the rest is scratch */
	struct buf tail;	/* what follows the value */
};

/* Adds the points of a frame.  False: there is no room, and none is added. */
bool format_kafka(struct kafka_messages *out, struct kafka_format *format,
    const struct frame *f);
void kafka_format_fini(struct kafka_format *format);

#endif
