/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-statsd: points as gauges to a StatsD, by UDP.
 */
#include "config.h"

#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "common/log.h"
#include "common/sink.h"

#include "sinks/format_statsd.h"
#include "sinks/line_delivery.h"
#include "sinks/sink_operand.h"

#define PORT "8125"
#define LINES_PER_DATAGRAM 5
#define LINES_PER_DATAGRAM_MAX 1000

struct statsd {
	struct sink_uri uri;
	struct statsd_format format;
	struct line_delivery delivery;
};

static bool
take_renames(struct statsd *s, struct err *err)
{
	const char *value = sink_uri_string(&s->uri, "renameLabels");
	struct str rest = str_of(value);

	while (rest.p != NULL) {
		struct str to = str_cut(&rest, ',');
		struct str from = str_cut(&to, ':');

		if (to.p == NULL)
			return err_set(err, "`renameLabels` has no : between "
			    "two names");
		if (s->format.n_renames == STATSD_NAMES_MAX)
			return err_set(err, "more than %d `renameLabels`",
			    STATSD_NAMES_MAX);
		s->format.renames[s->format.n_renames++] =
		    (struct label){ from, to };
	}
	return true;
}

static bool
take_allowed(struct statsd *s, struct err *err)
{
	struct str rest = str_of(sink_uri_string(&s->uri, "allowedLabels"));

	while (rest.p != NULL) {
		struct str name = str_cut(&rest, ',');

		if (s->format.n_allowed == STATSD_NAMES_MAX)
			return err_set(err, "more than %d `allowedLabels`",
			    STATSD_NAMES_MAX);
		s->format.allowed[s->format.n_allowed++] = name;
	}
	return true;
}

static bool
take_words(struct statsd *s, struct err *err)
{
	const char *protocol = sink_uri_string(&s->uri, "protocolType");
	const char *style = sink_uri_string(&s->uri, "labelStyle");
	const char *sanitize = sink_uri_string(&s->uri, "sanitize");

	if (protocol != NULL && strcasecmp(protocol, "influxstatsd") == 0)
		s->format.is_influx = true;
	else if (protocol != NULL && strcasecmp(protocol, "etsystatsd") != 0)
		return err_set(err, "`protocolType` is etsystatsd or "
		    "influxstatsd");
	if (sanitize != NULL && strcmp(sanitize, "strict") != 0)
		return err_set(err, "`sanitize` can only be strict");
	s->format.is_strict = sanitize != NULL;
	if (style == NULL)
		return true;
	if (strcmp(style, "lowerCamelCase") == 0)
		s->format.style = STATSD_LOWER_CAMEL;
	else if (strcmp(style, "upperCamelCase") == 0)
		s->format.style = STATSD_UPPER_CAMEL;
	else
		return err_set(err, "`labelStyle` is lowerCamelCase or "
		    "upperCamelCase");
	return true;
}

static bool
statsd_init(void *self, char **operands, struct err *err)
{
	struct statsd *s = self;
	uint64_t n_lines = LINES_PER_DATAGRAM;

	if (!sink_operand(&s->uri, operands, err) ||
	    !sink_uri_u64(&s->uri, "numMetricsPerMsg", &n_lines, err))
		return false;
	if (n_lines == 0 || n_lines > LINES_PER_DATAGRAM_MAX)
		return err_set(err, "`numMetricsPerMsg` is from 1 to %d",
		    LINES_PER_DATAGRAM_MAX);
	s->format.prefix = str_of(sink_uri_string(&s->uri, "prefix"));
	if (!line_delivery_open(&s->delivery, &s->uri, PORT, true, n_lines,
	    err) || !take_renames(s, err) || !take_allowed(s, err) ||
	    !take_words(s, err) ||
	    !point_filter_init(&s->format.filter, &s->uri, err))
		return false;
	sink_operand_done(&s->uri);
	log_info("statsd host=%s port=%s protocol=%s",
	    log_qs(s->delivery.stream.host), log_qs(s->delivery.stream.port),
	    s->format.is_influx ? "influxstatsd" : "etsystatsd");
	return true;
}

static enum sink_result
statsd_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct statsd *s = self;
	struct buf *text = &s->delivery.batch.text;
	size_t begin = text->len;
	uint64_t n = format_statsd(text, &s->format, frame->frame);

	return line_delivery_add(&s->delivery, begin, n, err);
}

static enum sink_result
statsd_flush(void *self, struct err *err)
{
	struct statsd *s = self;

	return line_delivery_flush(&s->delivery, err);
}

static void
statsd_discard(void *self)
{
	struct statsd *s = self;

	batch_clear(&s->delivery.batch);
}

static void
statsd_fini(void *self)
{
	struct statsd *s = self;

	line_delivery_close(&s->delivery);
	statsd_format_fini(&s->format);
	sink_uri_fini(&s->uri);
}

/* A datagram is never answered: that the host has an address is all. */
static bool
statsd_check(void *self, struct err *err)
{
	struct statsd *s = self;

	return stream_connect(&s->delivery.stream, err);
}

static void
statsd_count(void *self, struct counters *counters)
{
	struct statsd *s = self;

	counters_add(counters, &s->delivery.counters, line_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "statsd",
		.summary = "writes every point to a StatsD",
		.synopsis = "[udp://HOST:PORT?OPTION=VALUE&...]",
		.ctx_size = sizeof(struct statsd),
		.init = statsd_init,
		.write = statsd_write,
		.fini = statsd_fini,
		.flush = statsd_flush,
		.discard = statsd_discard,
		.hold_ns = &line_hold_ns,
		.check = statsd_check,
		.init_exit_code = EX_CONFIG,
		.count = statsd_count,
	};

	return sink_main(&ops, argc, argv);
}
