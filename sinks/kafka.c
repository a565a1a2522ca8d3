/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-kafka: points as messages to a Kafka, one each.
 */
#include "config.h"

#include <sysexits.h>

#include "common/log.h"
#include "common/sink.h"

#include "sinks/kafka_producer.h"
#include "sinks/sink_operand.h"

#define BYTES_MAX (8u << 20)

struct kafka {
	struct sink_uri uri;
	struct kafka_options options;
	struct kafka_format format;
	struct kafka_messages messages;
	struct kafka_producer producer;
};

static int64_t hold_ns;

static bool
kafka_init(void *self, char **operands, struct err *err)
{
	struct kafka *s = self;

	if (!sink_operand(&s->uri, operands, err) ||
	    !kafka_options_open(&s->options, &s->uri, err) ||
	    !point_filter_init(&s->format.filter, &s->uri, err))
		return false;
	hold_ns = s->options.delay_ns;
	s->format.key = s->options.key;
	sink_operand_done(&s->uri);
	if (!kafka_producer_open(&s->producer, &s->options, err))
		return false;
	log_info("kafka brokers=%s topic=%s protocol=%s idempotence=%s",
	    log_qs(s->options.brokers), log_qs(s->options.topic),
	    log_qs(kafka_options_value(&s->options, "security.protocol")),
	    s->options.is_idempotent ? "true" : "false");
	return true;
}

static enum sink_result
kafka_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct kafka *s = self;

	if (!format_kafka(&s->messages, &s->format, frame->frame)) {
		err_set(err, "the frame is too large to be formatted");
		return SINK_DROP;
	}
	return s->messages.n >= s->options.messages_max ||
	    s->messages.text.len >= BYTES_MAX ? SINK_FULL : SINK_HELD;
}

static enum sink_result
kafka_flush(void *self, struct err *err)
{
	struct kafka *s = self;

	return kafka_producer_flush(&s->producer, &s->messages, err);
}

static void
kafka_discard(void *self)
{
	struct kafka *s = self;

	kafka_producer_forget(&s->producer);
	kafka_messages_clear(&s->messages);
}

static void
kafka_fini(void *self)
{
	struct kafka *s = self;

	kafka_producer_close(&s->producer);
	kafka_messages_fini(&s->messages);
	kafka_format_fini(&s->format);
	kafka_options_close(&s->options);
	sink_uri_fini(&s->uri);
}

static bool
kafka_check(void *self, struct err *err)
{
	struct kafka *s = self;

	return kafka_producer_check(&s->producer, err);
}

static void
kafka_count(void *self, struct counters *counters)
{
	struct kafka *s = self;

	counters_add(counters, &s->producer.counters, kafka_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "kafka",
		.summary = "writes every point to a Kafka",
		.synopsis = "?brokers=HOST:PORT[&OPTION=VALUE&...]",
		.ctx_size = sizeof(struct kafka),
		.init = kafka_init,
		.write = kafka_write,
		.fini = kafka_fini,
		.flush = kafka_flush,
		.discard = kafka_discard,
		.hold_ns = &hold_ns,
		.check = kafka_check,
		.init_exit_code = EX_CONFIG,
		.count = kafka_count,
	};

	return sink_main(&ops, argc, argv);
}
