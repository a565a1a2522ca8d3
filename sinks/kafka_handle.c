/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "sinks/kafka_handle.h"

#define REASON_BYTES 512

/* Runs in one of librdkafka's threads, or in ours. */
static int32_t
choose_partition(const rd_kafka_topic_t *topic, const void *key, size_t len,
    int32_t n, void *arg, void *message)
{
	struct kafka_producer *p = arg;
	int32_t chosen = 0;

	if (len > 0)
		return rd_kafka_msg_partitioner_murmur2_random(topic, key, len,
		    n, arg, message);
	for (int32_t i = 0; i < n; i++) {
		uint32_t turn = __atomic_fetch_add(&p->turn, 1,
		    __ATOMIC_RELAXED);

		chosen = (int32_t)(turn % (uint32_t)n);
		if (rd_kafka_topic_partition_available(topic, chosen))
			break;
	}
	return chosen;
}

/* librdkafka's reason may have the value in it. */
static bool
set(rd_kafka_conf_t *conf, const char *name, const char *value,
    struct err *err)
{
	char reason[REASON_BYTES];

	if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) ==
	    RD_KAFKA_CONF_OK)
		return true;
	return err_set(err, "librdkafka knows no property %s, or does not take "
	    "its value", name);
}

static bool
set_secrets(rd_kafka_conf_t *conf, const struct kafka_options *o,
    struct err *err)
{
	return (o->password.value == NULL ||
	    set(conf, "sasl.password", o->password.value, err)) &&
	    (o->key_password.value == NULL ||
	    set(conf, "ssl.key.password", o->key_password.value, err));
}

static bool
set_all(struct kafka_producer *p, rd_kafka_conf_t *conf, struct err *err)
{
	const struct kafka_options *o = p->options;
	char bytes[32];

	rd_kafka_conf_set_opaque(conf, p);
	rd_kafka_conf_set_dr_msg_cb(conf, kafka_on_report);
	rd_kafka_conf_set_error_cb(conf, kafka_on_error);
	rd_kafka_conf_set_log_cb(conf, kafka_on_log);
	if (!set(conf, "log.queue", "true", err) || !set_secrets(conf, o, err))
		return false;
	for (size_t i = 0; i < o->n_properties; i++)
		if (!set(conf, o->properties[i].name, o->properties[i].value,
		    err))
			return false;
	if (p->batch_bytes == 0)
		return true;
	snprintf(bytes, sizeof bytes, "%zu", p->batch_bytes);
	return set(conf, "batch.size", bytes, err);
}

static bool
make_topic(struct kafka_producer *p, struct err *err)
{
	rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(p->rk);

	rd_kafka_topic_conf_set_opaque(conf, p);
	rd_kafka_topic_conf_set_partitioner_cb(conf, choose_partition);
	p->topic = rd_kafka_topic_new(p->rk, p->options->topic, conf);
	if (p->topic != NULL)
		return true;
	rd_kafka_topic_conf_destroy(conf);
	return err_set(err, "topic %s: %s", p->options->topic,
	    rd_kafka_err2str(rd_kafka_last_error()));
}

bool
kafka_handle_open(struct kafka_producer *p, struct err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char reason[REASON_BYTES] = "";

	if (!set_all(p, conf, err)) {
		rd_kafka_conf_destroy(conf);
		return false;
	}
	p->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
	if (p->rk == NULL) {
		rd_kafka_conf_destroy(conf);
		return err_set(err, "librdkafka: %s", reason);
	}
	rd_kafka_set_log_queue(p->rk, NULL);
	p->counters.producers++;
	if (make_topic(p, err))
		return true;
	kafka_handle_close(p);
	return false;
}

void
kafka_handle_close(struct kafka_producer *p)
{
	if (p->topic != NULL)
		rd_kafka_topic_destroy(p->topic);
	if (p->rk != NULL) {
		rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE |
		    RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
		rd_kafka_destroy(p->rk);
	}
	p->topic = NULL;
	p->rk = NULL;
}
