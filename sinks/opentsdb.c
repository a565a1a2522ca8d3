/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-opentsdb: points as JSON to the HTTP interface of OpenTSDB.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/sink.h"

#include "sinks/delivery.h"
#include "sinks/format_opentsdb.h"
#include "sinks/sink_operand.h"

/* Heapster's, since many an OpenTSDB takes no larger requests. */
#define POINTS_MAX 1000
#define BYTES_MAX 40960

struct opentsdb {
	struct sink_uri uri;
	struct opentsdb_format format;
	struct delivery delivery;
	struct sink_secret password;
	char *url;		/* of put */
	char *version_url;
	struct buf body;
};

static void
compose(void *arg, struct str lines, struct http_request *request)
{
	struct opentsdb *s = arg;

	buf_reset(&s->body);
	opentsdb_join(&s->body, lines);
	*request = (struct http_request){
		.url = s->url,
		.body = buf_str(&s->body),
		.type = "application/json; charset=UTF-8",
	};
}

static enum http_verdict
judge(void *arg, const struct http_answer *answer, enum http_verdict verdict)
{
	struct opentsdb *s = arg;
	struct err err;

	if (answer->status != 401)
		return verdict;
	if (sink_secret_reload(&s->password, &err))
		s->delivery.http.identity.password = s->password.value;
	else
		log_warn("secret_not_read error=%s", log_qs(err.msg));
	return verdict;
}

static bool
take_options(struct opentsdb *s, struct err *err)
{
	struct fetch_identity *identity = &s->delivery.http.identity;
	const char *cluster = sink_uri_string(&s->uri, "cluster");

	s->format.cluster = str_of(cluster == NULL ? "k8s-cluster" : cluster);
	identity->user = sink_uri_string(&s->uri, "user");
	if (!sink_secret_open(&s->password, &s->uri, "pw", err) ||
	    !sink_uri_bool(&s->uri, "labeledMetrics", &s->format.want_labelled,
	    err))
		return false;
	identity->password = s->password.value;
	return point_filter_init(&s->format.filter, &s->uri, err);
}

static void
make_urls(struct opentsdb *s)
{
	const char *scheme = s->uri.scheme != NULL &&
	    strcmp(s->uri.scheme, "https") == 0 ? "https" : "http";
	const char *host = s->uri.host == NULL ? "127.0.0.1:4242" : s->uri.host;
	struct str path = str_of(s->uri.path);

	while (path.len > 0 && path.p[path.len - 1] == '/')
		path.len--;
	s->url = xasprintf("%s://%s%.*s/api/put?summary", scheme, host,
	    STR_ARG(path));
	s->version_url = xasprintf("%s://%s%.*s/api/version", scheme, host,
	    STR_ARG(path));
}

static bool
opentsdb_init(void *self, char **operands, struct err *err)
{
	struct opentsdb *s = self;

	if (!sink_operand(&s->uri, operands, err) ||
	    !delivery_open(&s->delivery, &s->uri, POINTS_MAX, BYTES_MAX, err) ||
	    !take_options(s, err))
		return false;
	make_urls(s);
	s->delivery.compose = compose;
	s->delivery.judge = judge;
	s->delivery.arg = s;
	sink_operand_done(&s->uri);
	log_info("opentsdb url=%s", log_qs(s->url));
	return true;
}

static enum sink_result
opentsdb_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct opentsdb *s = self;
	struct buf *text = &s->delivery.batch.text;
	size_t begin = text->len;
	uint64_t n = format_opentsdb(text, &s->format, frame->frame);

	return delivery_add(&s->delivery, begin, n, err);
}

static enum sink_result
opentsdb_flush(void *self, struct err *err)
{
	struct opentsdb *s = self;

	return delivery_flush(&s->delivery, err);
}

static void
opentsdb_discard(void *self)
{
	struct opentsdb *s = self;

	batch_clear(&s->delivery.batch);
}

static void
opentsdb_fini(void *self)
{
	struct opentsdb *s = self;

	delivery_close(&s->delivery);
	opentsdb_format_fini(&s->format);
	sink_secret_fini(&s->password);
	sink_uri_fini(&s->uri);
	buf_fini(&s->body);
	free(s->url);
	free(s->version_url);
}

/* What else takes OpenTSDB's points need not have a version. */
static bool
opentsdb_check(void *self, struct err *err)
{
	struct opentsdb *s = self;
	struct http_request request = { .url = s->version_url };
	struct http_answer answer;
	enum http_verdict verdict;

	http_ask(&s->delivery.http, &request, &answer);
	verdict = http_verdict(answer.status);
	return (verdict != HTTP_AGAIN && verdict != HTTP_FORBIDDEN) ||
	    delivery_error(err, s->url, &answer);
}

static void
opentsdb_count(void *self, struct counters *counters)
{
	struct opentsdb *s = self;

	counters_add(counters, &s->delivery.counters, delivery_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "opentsdb",
		.summary = "writes every point to an OpenTSDB",
		.synopsis = "[URL?OPTION=VALUE&...]",
		.ctx_size = sizeof(struct opentsdb),
		.init = opentsdb_init,
		.write = opentsdb_write,
		.fini = opentsdb_fini,
		.flush = opentsdb_flush,
		.discard = opentsdb_discard,
		.hold_ns = &delivery_hold_ns,
		.check = opentsdb_check,
		.init_exit_code = EX_CONFIG,
		.count = opentsdb_count,
	};

	return sink_main(&ops, argc, argv);
}
