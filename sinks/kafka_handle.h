/* SPDX-License-Identifier: ISC */
/* Private to kafka_producer.h: librdkafka's handle, and what it calls. */
#ifndef SINKS_KAFKA_HANDLE_H
#define SINKS_KAFKA_HANDLE_H

#include "sinks/kafka_producer.h"

/* With the options, the secrets as they are now and p->batch_bytes. */
bool kafka_handle_open(struct kafka_producer *p, struct err *err);
/* Waits for librdkafka's threads, not for brokers. */
void kafka_handle_close(struct kafka_producer *p);

struct rd_kafka_message_s;

/* Called in our thread, by rd_kafka_poll(). */
void kafka_on_report(struct rd_kafka_s *rk,
    const struct rd_kafka_message_s *report, void *arg);
void kafka_on_error(struct rd_kafka_s *rk, int code, const char *reason,
    void *arg);
void kafka_on_log(const struct rd_kafka_s *rk, int level,
    const char *facility, const char *text);

#endif
