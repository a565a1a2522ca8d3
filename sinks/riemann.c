/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-riemann: points as events to a Riemann, by TCP or TLS, each
 * message acknowledged.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/authority.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/number.h"
#include "common/sink.h"
#include "common/timestamp.h"

#include "sinks/batch.h"
#include "sinks/exchange.h"
#include "sinks/format_riemann.h"
#include "sinks/sink_operand.h"
#include "sinks/stop_grace.h"
#include "sinks/tls_options.h"

#define HOST "riemann-heapster"
#define PORT 5555
#define TLS_PORT 5554
#define EVENTS_MAX 1000
#define BYTES_MAX (4u << 20)	/* a Riemann takes 16 MB */
#define ANSWER_BYTES_MAX (1u << 20)
#define REFUSALS_MIN 3		/* before a message is given up, and */
#define GIVE_UP_NS (10 * NS_PER_S)	/* so much time */
#define HOSTNAME_BYTES_MAX 256

#define RIEMANN_COUNTERS(X) \
	X(points_sent, COUNTER, "points the back end has taken") \
	X(points_refused, COUNTER, "points that were refused and given up") \
	X(requests_sent, COUNTER, "messages the back end has taken") \
	X(requests_failed, COUNTER, "messages that are tried again") \
	X(requests_refused, COUNTER, "messages that were given up") \
	X(bytes_sent, COUNTER, "bytes of points") \
	X(connections, COUNTER, "connections that were made")
COUNTERS_STRUCT(riemann_counters, RIEMANN_COUNTERS)

static int64_t hold_ns = NS_PER_S;

struct riemann {
	struct sink_uri uri;
	struct riemann_format format;
	struct exchange exchange;
	struct batch batch;
	struct buf answer;
	unsigned n_refusals;	/* of the message in turn */
	int64_t refused_mono_ns;	/* for the first time */
	int64_t give_up_ns;
	char hostname[HOSTNAME_BYTES_MAX];
	struct riemann_counters counters;
	struct log_condition refused;
};

static bool
take_tags(struct riemann *s, struct err *err)
{
	const char *value;
	size_t i = 0;

	while ((value = sink_uri_next(&s->uri, "tags", &i)) != NULL) {
		if (s->format.n_tags == RIEMANN_TAGS_MAX)
			return err_set(err, "more than %d `tags`",
			    RIEMANN_TAGS_MAX);
		s->format.tags[s->format.n_tags++] = str_of(value);
	}
	if (s->format.n_tags == 0)
		s->format.tags[s->format.n_tags++] = STR("heapster");
	return true;
}

static bool
take_ttl(struct riemann *s, struct err *err)
{
	const char *text = sink_uri_string(&s->uri, "ttl");
	double ttl_s = 60;

	if (text != NULL && (!parse_double(str_of(text), &ttl_s) || ttl_s < 0))
		return err_set(err, "failed to parse `ttl` flag - not a number "
		    "of seconds");
	s->format.ttl_s = (float)ttl_s;
	return true;
}

static bool
take_batch(struct riemann *s, struct err *err)
{
	uint64_t events_max = EVENTS_MAX;

	if (!sink_uri_u64(&s->uri, "batchsize", &events_max, err) ||
	    !sink_uri_duration_ns(&s->uri, "batchdelay", &hold_ns, err))
		return false;
	if (events_max == 0)
		return err_set(err, "`batchsize` has to be positive");
	batch_init(&s->batch, events_max, BYTES_MAX);
	s->batch.record_len = riemann_record_len;
	return true;
}

/* Heapster looked at HOST:PORT alone. */
static void
take_place(struct riemann *s)
{
	const char *scheme = s->uri.scheme == NULL ? "tcp" : s->uri.scheme;
	const char *host = s->uri.host == NULL ? HOST : s->uri.host;
	bool is_tls = strcmp(scheme, "tls") == 0 ||
	    strcmp(scheme, "https") == 0;
	struct err ignored;
	char *place = authority_check(str_of(host), true, &ignored) ?
	    xstrdup(host) : xasprintf("%s:%d", host,
	    is_tls ? TLS_PORT : PORT);

	exchange_init(&s->exchange, place, is_tls);
	free(place);
}

static bool
take_options(struct riemann *s, struct err *err)
{
	const char *host = sink_uri_string(&s->uri, "host");

	if (gethostname(s->hostname, sizeof s->hostname - 1) != 0)
		s->hostname[0] = '\0';
	s->format.host = str_of(host == NULL ? s->hostname : host);
	s->format.state = str_of(sink_uri_string(&s->uri, "state"));
	if (!sink_uri_duration_ns(&s->uri, "timeout", &s->exchange.timeout_ns,
	    err) || !sink_uri_bool(&s->uri, "micros", &s->format.want_micros,
	    err) || !tls_options(&s->exchange.identity, &s->uri, err))
		return false;
	s->give_up_ns = GIVE_UP_NS;
	if (!sink_uri_duration_ns(&s->uri, "giveup", &s->give_up_ns, err))
		return false;
	if (s->exchange.timeout_ns <= 0)
		return err_set(err, "`timeout` has to be positive");
	return take_tags(s, err) && take_ttl(s, err) && take_batch(s, err) &&
	    point_filter_init(&s->format.filter, &s->uri, err);
}

static bool
riemann_init(void *self, char **operands, struct err *err)
{
	struct riemann *s = self;

	if (!sink_operand(&s->uri, operands, err))
		return false;
	take_place(s);
	if (!take_options(s, err))
		return false;
	sink_operand_done(&s->uri);
	log_info("riemann url=%s", log_qs(s->exchange.url));
	return true;
}

static enum sink_result
riemann_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct riemann *s = self;
	size_t begin = s->batch.text.len;
	uint64_t n = format_riemann(&s->batch.text, &s->format, frame->frame);

	if (!batch_add(&s->batch, begin, n)) {
		err_set(err, "the frame is too large to be formatted");
		return SINK_DROP;
	}
	return batch_is_full(&s->batch) ? SINK_FULL : SINK_HELD;
}

static bool
receive(struct riemann *s, bool *is_ok, struct str *error, struct err *err)
{
	char header[RIEMANN_HEADER_BYTES];
	uint32_t n;
	char *p;

	if (!exchange_receive(&s->exchange, header, sizeof header, err))
		return false;
	n = riemann_header(header);
	buf_reset(&s->answer);
	p = n > ANSWER_BYTES_MAX ? NULL : buf_reserve(&s->answer, n);
	if (p != NULL) {
		if (!exchange_receive(&s->exchange, p, n, err))
			return false;
		s->answer.len = n;
		if (riemann_answer(buf_str(&s->answer), is_ok, error))
			return true;
	}
	exchange_hang_up(&s->exchange);
	return err_set(err, "%s: its answer is none of Riemann's",
	    s->exchange.url);
}

/* One message and its answer. */
static bool
ask(struct riemann *s, struct str records, bool *is_ok, struct str *error,
    struct err *err)
{
	char header[RIEMANN_HEADER_BYTES];

	if (!exchange_is_open(&s->exchange)) {
		if (!exchange_connect(&s->exchange, err))
			return false;
		s->counters.connections++;
	}
	riemann_put_header(header, (uint32_t)records.len);
	return exchange_send(&s->exchange, (struct str){ header,
	    sizeof header }, err) &&
	    exchange_send(&s->exchange, records, err) &&
	    receive(s, is_ok, error, err);
}

static void
accept_answer(struct riemann *s, const struct batch_piece *piece)
{
	log_clear(&s->refused);
	s->n_refusals = 0;
	s->counters.requests_sent++;
	s->counters.points_sent += piece->n_points;
	s->counters.bytes_sent += piece->lines.len;
	batch_sent(&s->batch, piece);
}

static void
give_up(struct riemann *s, const struct batch_piece *piece, const char *why)
{
	s->n_refusals = 0;
	s->counters.requests_refused++;
	s->counters.points_refused += piece->n_points;
	batch_sent(&s->batch, piece);
	if (log_onset(&s->refused, clock_mono_ns()))
		log_warn("request_refused points=%" PRIu64 " seen=%" PRIu64
		    " error=%s", piece->n_points, s->refused.seen,
		    log_qs(why));
}

/* False: the message comes again.  What an error is about is not said: it may
 * be over, or not. */
static bool
send_piece(struct riemann *s, const struct batch_piece *piece, struct err *err)
{
	struct str error = { NULL, 0 };
	bool is_ok = false;

	if (!ask(s, piece->lines, &is_ok, &error, err)) {
		s->counters.requests_failed++;
		return false;
	}
	if (is_ok) {
		accept_answer(s, piece);
		return true;
	}
	err_set(err, "write: %.*s", STR_ARG(error.len > 0 ? error :
	    STR("not ok")));
	if (s->n_refusals++ == 0)
		s->refused_mono_ns = clock_mono_ns();
	if (s->n_refusals >= REFUSALS_MIN &&
	    clock_mono_ns() - s->refused_mono_ns >= s->give_up_ns) {
		give_up(s, piece, err->msg);
		return true;
	}
	s->counters.requests_failed++;
	return false;
}

static enum sink_result
riemann_flush(void *self, struct err *err)
{
	struct riemann *s = self;
	struct batch_piece piece;
	int64_t stop_mono_ns = 0;

	while (batch_next(&s->batch, &piece)) {
		if (stop_grace_is_over(&stop_mono_ns, clock_mono_ns())) {
			err_set(err, "interrupted by a request to stop");
			return SINK_RETRY;
		}
		if (!send_piece(s, &piece, err))
			return SINK_RETRY;
	}
	return SINK_OK;
}

static void
riemann_discard(void *self)
{
	struct riemann *s = self;

	batch_clear(&s->batch);
	s->n_refusals = 0;
}

static void
riemann_fini(void *self)
{
	struct riemann *s = self;

	exchange_fini(&s->exchange);
	batch_fini(&s->batch);
	riemann_format_fini(&s->format);
	sink_uri_fini(&s->uri);
	buf_fini(&s->answer);
}

/* A message without events is one that it takes. */
static bool
riemann_check(void *self, struct err *err)
{
	struct riemann *s = self;
	struct str error = { NULL, 0 };
	bool is_ok = false;

	if (!ask(s, STR(""), &is_ok, &error, err))
		return false;
	return is_ok || err_set(err, "%s: %.*s", s->exchange.url,
	    STR_ARG(error.len > 0 ? error : STR("not ok")));
}

static void
riemann_count(void *self, struct counters *counters)
{
	struct riemann *s = self;

	counters_add(counters, &s->counters, riemann_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "riemann",
		.summary = "writes every point to a Riemann",
		.synopsis = "[tcp://HOST:PORT?OPTION=VALUE&...]",
		.ctx_size = sizeof(struct riemann),
		.init = riemann_init,
		.write = riemann_write,
		.fini = riemann_fini,
		.flush = riemann_flush,
		.discard = riemann_discard,
		.hold_ns = &hold_ns,
		.check = riemann_check,
		.init_exit_code = EX_CONFIG,
		.count = riemann_count,
	};

	return sink_main(&ops, argc, argv);
}
