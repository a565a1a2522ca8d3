/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/secret.h"
#include "common/timestamp.h"

#include "sinks/kafka_options.h"

#define MESSAGES_MAX 10000
#define TIMEOUT_MIN_NS (10 * NS_PER_MS)		/* librdkafka's */
#define TIMEOUT_MAX_NS (300 * NS_PER_S)

/* One that is more than there is room for is left out, and said. */
static bool
set(struct kafka_options *o, const char *name, const char *value,
    struct err *err)
{
	if (o->n_properties == KAFKA_PROPERTIES_MAX)
		return err_set(err, "more than %d properties",
		    KAFKA_PROPERTIES_MAX);
	o->properties[o->n_properties++] =
	    (struct kafka_property){ name, value };
	return true;
}

const char *
kafka_options_value(const struct kafka_options *o, const char *name)
{
	for (size_t i = o->n_properties; i-- > 0;)
		if (strcmp(o->properties[i].name, name) == 0)
			return o->properties[i].value;
	return NULL;
}

static bool
is_one_of(const char *value, const char *const names[])
{
	while (*names != NULL && strcmp(*names, value) != 0)
		names++;
	return *names != NULL;
}

static bool
take_brokers(struct kafka_options *o, struct sink_uri *uri, struct err *err)
{
	struct buf list = BUF_INIT;
	const char *value;
	size_t i = 0;

	while ((value = sink_uri_next(uri, "brokers", &i)) != NULL) {
		struct str rest = str_of(value);

		while (rest.len > 0) {
			struct str broker = str_cut(&rest, ',');

			if (broker.len == 0)
				continue;
			if (list.len > 0)
				buf_add_char(&list, ',');
			buf_add_str(&list, broker);
		}
	}
	o->brokers = str_dup(buf_str(&list));
	buf_fini(&list);
	if (*o->brokers == '\0')
		return err_set(err, "There is no broker assigned for "
		    "connecting kafka: `brokers`");
	return set(o, "bootstrap.servers", o->brokers, err);
}

static bool
take_compression(struct kafka_options *o, struct sink_uri *uri,
    struct err *err)
{
	static const char *const names[] =
	    { "none", "gzip", "snappy", "lz4", "zstd", NULL };
	const char *value = sink_uri_string(uri, "compression");

	if (value == NULL)
		value = "none";
	if (!is_one_of(value, names))
		return err_set(err, "Compression '%s' is illegal. Use none, "
		    "gzip, snappy, lz4 or zstd", value);
	return set(o, "compression.codec", value, err);
}

/* What was sent before an answer got lost is not taken twice, if the brokers
 * have numbers to know it by: that needs acks=all. */
static bool
take_acks(struct kafka_options *o, struct sink_uri *uri, struct err *err)
{
	static const char *const names[] = { "all", "-1", "0", "1", NULL };
	const char *value = sink_uri_string(uri, "acks");
	bool is_all;

	if (value == NULL)
		value = "all";
	if (!is_one_of(value, names))
		return err_set(err, "`acks`: all, 1 or 0");
	is_all = *value == 'a' || *value == '-';
	o->is_idempotent = is_all;
	if (!sink_uri_bool(uri, "idempotence", &o->is_idempotent, err))
		return false;
	if (o->is_idempotent && !is_all)
		return err_set(err, "`idempotence` needs acks=all");
	return set(o, "acks", is_all ? "all" : value, err) &&
	    set(o, "enable.idempotence", o->is_idempotent ? "true" : "false",
	    err);
}

/* Whether the two come together: both, or none. */
static bool
take_pair(const char *a, const char *b, const char *names, bool *is_there,
    struct err *err)
{
	*is_there = a != NULL && b != NULL;
	if ((a == NULL) != (b == NULL))
		return err_set(err, "%s belong together", names);
	return true;
}

static bool
take_tls(struct kafka_options *o, struct sink_uri *uri, bool *has_tls,
    struct err *err)
{
	const char *ca = sink_uri_string(uri, "cacert");
	const char *cert = sink_uri_string(uri, "cert");
	const char *key = sink_uri_string(uri, "key");
	bool is_insecure = false, has_pair;

	if (!take_pair(cert, key, "`cert` and `key`", &has_pair, err))
		return false;
	*has_tls = ca != NULL || has_pair;
	if (!sink_uri_bool(uri, "insecuressl", &is_insecure, err) ||
	    !sink_uri_bool(uri, "tls", has_tls, err) ||
	    !sink_secret_open(&o->key_password, uri, "keypassword", err))
		return false;
	if (!*has_tls && (ca != NULL || has_pair))
		return err_set(err, "`tls` is false, and there are "
		    "certificates");
	return (ca == NULL || set(o, "ssl.ca.location", ca, err)) &&
	    (!has_pair || (set(o, "ssl.certificate.location", cert, err) &&
	    set(o, "ssl.key.location", key, err))) &&
	    (!is_insecure || set(o, "enable.ssl.certificate.verification",
	    "false", err));
}

static bool
take_sasl(struct kafka_options *o, struct sink_uri *uri, bool *has_sasl,
    struct err *err)
{
	static const char *const names[] =
	    { "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", NULL };
	const char *user = sink_uri_string(uri, "user");
	const char *mechanism = sink_uri_string(uri, "mechanism");

	if (!sink_secret_open(&o->password, uri, "password", err) ||
	    !take_pair(user, o->password.value, "`user` and `password`",
	    has_sasl, err))
		return false;
	if (mechanism == NULL)
		mechanism = "PLAIN";
	if (!is_one_of(mechanism, names))
		return err_set(err, "`mechanism`: PLAIN, SCRAM-SHA-256 or "
		    "SCRAM-SHA-512");
	return !*has_sasl || (set(o, "sasl.mechanism", mechanism, err) &&
	    set(o, "sasl.username", user, err));
}

static bool
take_security(struct kafka_options *o, struct sink_uri *uri, struct err *err)
{
	static const char *const protocols[2][2] = {
		{ "plaintext", "sasl_plaintext" }, { "ssl", "sasl_ssl" },
	};
	bool has_tls, has_sasl;

	return take_tls(o, uri, &has_tls, err) &&
	    take_sasl(o, uri, &has_sasl, err) &&
	    set(o, "security.protocol", protocols[has_tls][has_sasl], err);
}

/* Of all librdkafka knows; what stands here wins over what is above. */
static bool
take_properties(struct kafka_options *o, struct sink_uri *uri, struct err *err)
{
	const char *value;
	size_t i = 0, n_bytes = 0;
	char *p;

	while ((value = sink_uri_next(uri, "property", &i)) != NULL)
		n_bytes += strlen(value) + 1;
	o->own_bytes = n_bytes + 1;
	p = o->own_text = xcalloc(1, o->own_bytes);
	for (i = 0; (value = sink_uri_next(uri, "property", &i)) != NULL;) {
		char *name = p, *equals;

		memcpy(p, value, strlen(value) + 1);
		p += strlen(value) + 1;
		equals = strchr(name, '=');
		if (equals == NULL || equals == name)
			return err_set(err, "`property`: not NAME=VALUE");
		*equals = '\0';
		if (!set(o, name, equals + 1, err))
			return false;
	}
	return true;
}

/* Messages wait in librdkafka for as long as they have to: if they were given
 * back and sent again, the brokers would take them for new ones. */
static bool
take_times(struct kafka_options *o, struct sink_uri *uri, struct err *err)
{
	if (!sink_uri_duration_ns(uri, "timeout", &o->timeout_ns, err) ||
	    !sink_uri_duration_ns(uri, "batchdelay", &o->delay_ns, err) ||
	    !sink_uri_u64(uri, "batch", &o->messages_max, err))
		return false;
	if (o->timeout_ns < TIMEOUT_MIN_NS || o->timeout_ns > TIMEOUT_MAX_NS)
		return err_set(err, "`timeout`: from 10ms to 5m");
	if (o->messages_max == 0)
		return err_set(err, "`batch` has to be positive");
	o->timeout_ms = xasprintf("%" PRId64, o->timeout_ns / NS_PER_MS);
	return set(o, "message.timeout.ms", "0", err) &&
	    set(o, "request.timeout.ms", o->timeout_ms, err) &&
	    set(o, "socket.timeout.ms", o->timeout_ms, err) &&
	    set(o, "topic.metadata.propagation.max.ms", "5000", err) &&
	    set(o, "reconnect.backoff.max.ms", "5000", err) &&
	    set(o, "sticky.partitioning.linger.ms", "0", err) &&
	    set(o, "socket.nagle.disable", "true", err) &&
	    set(o, "queue.buffering.max.kbytes", "65536", err);
}

static bool
take_key(struct kafka_options *o, struct sink_uri *uri, struct err *err)
{
	const char *key = sink_uri_string(uri, "partitionkey");

	if (key != NULL && !kafka_key_find(str_of(key), &o->key))
		return err_set(err, "`partitionkey`: none, pod, node or "
		    "namespace");
	return true;
}

bool
kafka_options_open(struct kafka_options *o, struct sink_uri *uri,
    struct err *err)
{
	*o = (struct kafka_options){
		.topic = sink_uri_string(uri, "timeseriestopic"),
		.timeout_ns = 20 * NS_PER_S,
		.delay_ns = NS_PER_S,
		.messages_max = MESSAGES_MAX,
	};
	if (o->topic == NULL)
		o->topic = "heapster-metrics";
	sink_uri_string(uri, "eventstopic");
	return set(o, "client.id", "kafka-sink", err) &&
	    take_brokers(o, uri, err) && take_compression(o, uri, err) &&
	    take_acks(o, uri, err) && take_key(o, uri, err) &&
	    take_times(o, uri, err) && take_security(o, uri, err) &&
	    take_properties(o, uri, err);
}

void
kafka_options_close(struct kafka_options *o)
{
	sink_secret_fini(&o->password);
	sink_secret_fini(&o->key_password);
	free(o->brokers);
	free(o->timeout_ms);
	secret_free_bytes(o->own_text, o->own_bytes);
}
