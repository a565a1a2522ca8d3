/* SPDX-License-Identifier: ISC */
/*
 * What the URI of a Kafka sink says, as properties of librdkafka's.
 *
 * Heapster's options:
 *
 *	brokers=HOST:PORT	several times, or with commas
 *	timeseriestopic=NAME	heapster-metrics
 *	eventstopic=NAME	no effect: no events here
 *	compression=NAME	none, gzip, snappy, lz4; zstd
 *	user=NAME password=SECRET	SASL
 *	cacert=FILE, cert=FILE key=FILE	TLS, and by what
 *	insecuressl=BOOL	believe any certificate
 *
 * More than these:
 *
 *	tls=BOOL		TLS with the certificates of the system
 *	keypassword=SECRET	of the key
 *	mechanism=NAME		PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
 *	acks=N			all; 1, 0
 *	idempotence=BOOL	no message twice; true with acks=all
 *	partitionkey=NAME	none; pod, node, namespace (format_kafka.h)
 *	timeout=DURATION	without a sign of the brokers, 20s
 *	batch=N			messages that wait for each other
 *	batchdelay=DURATION	for so long
 *	property=NAME=VALUE	of librdkafka's, as it is
 *
 * Pure, but for secrets in files.
 */
#ifndef SINKS_KAFKA_OPTIONS_H
#define SINKS_KAFKA_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

#include "sinks/format_kafka.h"
#include "sinks/sink_operand.h"

#define KAFKA_PROPERTIES_MAX 64

struct kafka_property {
	const char *name;	/* literals, or of the URI */
	const char *value;
};

struct kafka_options {
	const char *topic;	/* of the URI */
	enum kafka_key key;
	int64_t timeout_ns;
	int64_t delay_ns;
	uint64_t messages_max;
	bool is_idempotent;
	struct sink_secret password;
	struct sink_secret key_password;

	/* Without secrets, in the order in which they are set. */
	struct kafka_property properties[KAFKA_PROPERTIES_MAX];
	size_t n_properties;
	char *brokers;		/* these are on the heap */
	char *timeout_ms;
	char *own_text;		/* "NAME\0VALUE\0" of property=; may be secret */
	size_t own_bytes;
};

/* Takes the options; the URI must outlive them. */
bool kafka_options_open(struct kafka_options *o, struct sink_uri *uri,
    struct err *err);
void kafka_options_close(struct kafka_options *o);

/* NULL: it is not set, here. */
const char *kafka_options_value(const struct kafka_options *o,
    const char *name);

#endif
