/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-otlp: points to an OpenTelemetry Collector, or to whatever
 * takes OTLP by HTTP.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/percent.h"
#include "common/secret.h"
#include "common/sink.h"

#include "sinks/delivery.h"
#include "sinks/format_otlp.h"
#include "sinks/otlp_join.h"
#include "sinks/sink_operand.h"

#define POINTS_MAX 5000
#define BYTES_MAX (4u << 20)	/* of records, which are more than a request */
#define HOST "localhost:4318"
#define PATH "/v1/metrics"

struct otlp {
	struct sink_uri uri;
	struct otlp_format format;
	struct otlp_join join;
	struct delivery delivery;
	struct sink_secret password, token, headers;
	char *authorization;
	char *lines[HTTP_HEADERS_MAX];	/* "NAME: VALUE" */
	char *url;
	struct buf body;
	struct log_condition warned;
};

static void
compose(void *arg, struct str records, struct http_request *request)
{
	struct otlp *s = arg;

	buf_reset(&s->body);
	otlp_join(&s->body, &s->join, records);
	*request = (struct http_request){
		.url = s->url,
		.body = s->body.len > 0 ? buf_str(&s->body) : STR(""),
		.type = s->join.encoding == OTLP_JSON ? "application/json" :
		    "application/x-protobuf",
		.authorization = s->authorization,
	};
	memcpy(request->headers, s->lines, sizeof s->lines);
}

static void
clear_headers(struct otlp *s)
{
	for (size_t i = 0; i < HTTP_HEADERS_MAX; i++) {
		secret_free(s->lines[i]);
		s->lines[i] = NULL;
	}
}

/* One of NAME=VALUE,NAME=VALUE; what is in VALUE is escaped as in a URL. */
static bool
make_header(struct str pair, char **line, struct err *err)
{
	struct str value = pair, name = str_cut(&value, '=');
	struct buf text = BUF_INIT;

	while (name.len > 0 && name.p[0] == ' ') {
		name.p++;
		name.len--;
	}
	buf_add_str(&text, name);
	buf_add_str(&text, STR(": "));
	if (name.len == 0 || value.p == NULL ||
	    !percent_decode(&text, value, false) ||
	    memchr(text.p, '\n', text.len) != NULL ||
	    memchr(text.p, '\r', text.len) != NULL ||
	    memchr(text.p, '\0', text.len) != NULL) {
		explicit_bzero(text.p, text.len);
		buf_fini(&text);
		return err_set(err, "`headers`: expected NAME=VALUE,...");
	}
	*line = str_dup(buf_str(&text));
	explicit_bzero(text.p, text.len);
	buf_fini(&text);
	return true;
}

static bool
make_headers(struct otlp *s, struct err *err)
{
	struct str rest = str_of(s->headers.value);
	size_t n = 0;

	clear_headers(s);
	while (rest.len > 0) {
		struct str pair = str_cut(&rest, ',');

		if (pair.len == 0)
			continue;
		if (n == HTTP_HEADERS_MAX)
			return err_set(err, "`headers`: more than %d",
			    HTTP_HEADERS_MAX);
		if (!make_header(pair, &s->lines[n++], err))
			return false;
	}
	return true;
}

static bool
authorize(struct otlp *s, struct err *err)
{
	s->delivery.http.identity.password = s->password.value;
	secret_free(s->authorization);
	s->authorization = s->token.value == NULL ? NULL :
	    xasprintf("Bearer %s", s->token.value);
	return make_headers(s, err);
}

/*
 * The protocol says which answers may come again; a server that is broken or
 * not there takes no points later either.
 */
static enum http_verdict
judge(void *arg, const struct http_answer *answer, enum http_verdict verdict)
{
	struct otlp *s = arg;
	struct err err;

	if (verdict == HTTP_FORBIDDEN &&
	    (!sink_secret_reload(&s->password, &err) ||
	    !sink_secret_reload(&s->token, &err) ||
	    !sink_secret_reload(&s->headers, &err) || !authorize(s, &err)))
		log_warn("secret_not_read error=%s", log_qs(err.msg));
	if (answer->status >= 500 && answer->status != 502 &&
	    answer->status != 503 && answer->status != 504)
		return HTTP_REFUSED;
	return verdict;
}

/* Nobody says which points they were, but how many. */
static bool
sift(void *arg, const struct http_answer *answer, struct http_fate *fate)
{
	struct otlp *s = arg;
	uint64_t n_rejected;

	if (!otlp_answer(answer->body, s->join.encoding, &n_rejected,
	    &fate->refused))
		return false;
	for (uint64_t i = 0; i < fate->n && i < n_rejected; i++)
		fate->verdicts[i] = HTTP_REFUSED;
	if (n_rejected == 0 && fate->refused.len > 0) {
		if (log_onset(&s->warned, clock_mono_ns()))
			log_warn("server_warning seen=%" PRIu64 " text=%s",
			    s->warned.seen, log_q(buf_str(&fate->refused)));
	} else if (n_rejected == 0) {
		log_clear(&s->warned);
	}
	return true;
}

static bool
take_encoding(struct otlp *s, struct err *err)
{
	const char *encoding = sink_uri_string(&s->uri, "encoding");

	if (encoding != NULL && strcmp(encoding, "json") == 0)
		s->join.encoding = OTLP_JSON;
	else if (encoding != NULL && strcmp(encoding, "proto") != 0)
		return err_set(err, "`encoding`: proto or json");
	s->format.encoding = s->join.encoding;
	return true;
}

static bool
take_options(struct otlp *s, struct err *err)
{
	s->format.cluster = str_of(sink_uri_string(&s->uri, "cluster"));
	s->delivery.http.identity.user = sink_uri_string(&s->uri, "user");
	return take_encoding(s, err) &&
	    sink_secret_open(&s->password, &s->uri, "pw", err) &&
	    sink_secret_open(&s->token, &s->uri, "token", err) &&
	    sink_secret_open(&s->headers, &s->uri, "headers", err) &&
	    sink_uri_bool(&s->uri, "rates", &s->format.want_rates, err) &&
	    authorize(s, err) &&
	    point_filter_init(&s->format.filter, &s->uri, err);
}

static bool
make_url(struct otlp *s, struct err *err)
{
	const char *scheme = s->uri.scheme == NULL ? "http" : s->uri.scheme;
	const char *path = s->uri.path;

	if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		return err_set(err, "expected http:// or https://");
	if (*path == '\0' || strcmp(path, "/") == 0)
		path = PATH;
	s->url = xasprintf("%s://%s%s", scheme, s->uri.host == NULL ? HOST :
	    s->uri.host, path);
	return true;
}

static bool
otlp_init(void *self, char **operands, struct err *err)
{
	struct otlp *s = self;

	if (!sink_operand(&s->uri, operands, err) || !make_url(s, err) ||
	    !delivery_open(&s->delivery, &s->uri, POINTS_MAX, BYTES_MAX, err) ||
	    !take_options(s, err))
		return false;
	s->join.scope = STR("cheapster");
	s->join.version = STR(PACKAGE_VERSION);
	s->join.schema = STR(OTLP_SCHEMA);
	s->delivery.batch.record_len = otlp_record_len;
	s->delivery.compose = compose;
	s->delivery.judge = judge;
	s->delivery.sift = sift;
	s->delivery.arg = s;
	sink_operand_done(&s->uri);
	log_info("otlp url=%s", log_qs(s->url));
	return true;
}

static enum sink_result
otlp_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct otlp *s = self;
	struct buf *text = &s->delivery.batch.text;
	size_t begin = text->len;
	uint64_t n = format_otlp(text, &s->format, frame->frame);

	return delivery_add(&s->delivery, begin, n, err);
}

static enum sink_result
otlp_flush(void *self, struct err *err)
{
	struct otlp *s = self;

	return delivery_flush(&s->delivery, err);
}

static void
otlp_discard(void *self)
{
	struct otlp *s = self;

	batch_clear(&s->delivery.batch);
}

static void
otlp_fini(void *self)
{
	struct otlp *s = self;

	delivery_close(&s->delivery);
	otlp_format_fini(&s->format);
	otlp_join_fini(&s->join);
	clear_headers(s);
	sink_secret_fini(&s->password);
	sink_secret_fini(&s->token);
	sink_secret_fini(&s->headers);
	sink_uri_fini(&s->uri);
	buf_fini(&s->body);
	secret_free(s->authorization);
	free(s->url);
}

/* A request without points is one that all take. */
static bool
otlp_check(void *self, struct err *err)
{
	struct otlp *s = self;
	struct http_request request;
	struct http_answer answer;
	struct buf reason = BUF_INIT;
	uint64_t n_rejected;
	bool is_answer;

	compose(s, STR(""), &request);
	http_ask(&s->delivery.http, &request, &answer);
	if (http_verdict(answer.status) != HTTP_TAKEN)
		return delivery_error(err, s->url, &answer);
	is_answer = otlp_answer(answer.body, s->join.encoding, &n_rejected,
	    &reason);
	buf_fini(&reason);
	return is_answer || err_set(err, "%s: what answers there does not "
	    "speak OTLP", s->url);
}

static void
otlp_count(void *self, struct counters *counters)
{
	struct otlp *s = self;

	counters_add(counters, &s->delivery.counters, delivery_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "otlp",
		.summary = "writes every point to an OpenTelemetry Collector",
		.synopsis = "[URL?OPTION=VALUE&...]",
		.ctx_size = sizeof(struct otlp),
		.init = otlp_init,
		.write = otlp_write,
		.fini = otlp_fini,
		.flush = otlp_flush,
		.discard = otlp_discard,
		.hold_ns = &delivery_hold_ns,
		.check = otlp_check,
		.init_exit_code = EX_CONFIG,
		.count = otlp_count,
	};

	return sink_main(&ops, argc, argv);
}
