/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-graphite: points as Graphite's lines, by TCP or UDP.
 */
#include "config.h"

#include <string.h>
#include <sysexits.h>

#include "common/log.h"
#include "common/sink.h"

#include "sinks/format_graphite.h"
#include "sinks/line_delivery.h"
#include "sinks/sink_operand.h"

#define PORT "2003"
#define LINES_PER_DATAGRAM 1

struct graphite {
	struct sink_uri uri;
	struct graphite_format format;
	struct line_delivery delivery;
};

static bool
take_options(struct graphite *s, struct err *err)
{
	const char *prefix = sink_uri_string(&s->uri, "prefix");

	s->format.prefix = str_of(prefix == NULL ? "kubernetes" : prefix);
	if (!sink_uri_bool(&s->uri, "tags", &s->format.want_tags, err) ||
	    !sink_uri_bool(&s->uri, "resourceIdPath",
	    &s->format.want_resources, err))
		return false;
	if (s->format.want_tags && s->format.want_resources)
		return err_set(err, "`tags` and `resourceIdPath`: one of them "
		    "is enough");
	return point_filter_init(&s->format.filter, &s->uri, err);
}

static bool
graphite_init(void *self, char **operands, struct err *err)
{
	struct graphite *s = self;
	const char *scheme;

	if (!sink_operand(&s->uri, operands, err))
		return false;
	scheme = s->uri.scheme == NULL ? "tcp" : s->uri.scheme;
	if (strcmp(scheme, "tcp") != 0 && strcmp(scheme, "udp") != 0)
		return err_set(err, "not tcp:// nor udp://");
	if (!line_delivery_open(&s->delivery, &s->uri, PORT,
	    strcmp(scheme, "udp") == 0, LINES_PER_DATAGRAM, err) ||
	    !take_options(s, err))
		return false;
	sink_operand_done(&s->uri);
	log_info("graphite host=%s port=%s protocol=%s",
	    log_qs(s->delivery.stream.host), log_qs(s->delivery.stream.port),
	    scheme);
	return true;
}

static enum sink_result
graphite_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct graphite *s = self;
	struct buf *text = &s->delivery.batch.text;
	size_t begin = text->len;
	uint64_t n = format_graphite(text, &s->format, frame->frame);

	return line_delivery_add(&s->delivery, begin, n, err);
}

static enum sink_result
graphite_flush(void *self, struct err *err)
{
	struct graphite *s = self;

	return line_delivery_flush(&s->delivery, err);
}

static void
graphite_discard(void *self)
{
	struct graphite *s = self;

	batch_clear(&s->delivery.batch);
}

static void
graphite_fini(void *self)
{
	struct graphite *s = self;

	line_delivery_close(&s->delivery);
	graphite_format_fini(&s->format);
	sink_uri_fini(&s->uri);
}

static bool
graphite_check(void *self, struct err *err)
{
	struct graphite *s = self;

	return stream_connect(&s->delivery.stream, err);
}

static void
graphite_count(void *self, struct counters *counters)
{
	struct graphite *s = self;

	counters_add(counters, &s->delivery.counters, line_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "graphite",
		.summary = "writes every point to a Graphite",
		.synopsis = "[tcp://HOST:PORT?OPTION=VALUE&...]",
		.ctx_size = sizeof(struct graphite),
		.init = graphite_init,
		.write = graphite_write,
		.fini = graphite_fini,
		.flush = graphite_flush,
		.discard = graphite_discard,
		.hold_ns = &line_hold_ns,
		.check = graphite_check,
		.init_exit_code = EX_CONFIG,
		.count = graphite_count,
	};

	return sink_main(&ops, argc, argv);
}
