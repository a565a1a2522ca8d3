/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-remote-write: points to a Prometheus, or to whatever takes
 * its remote write 1.0.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/secret.h"
#include "common/sink.h"

#include "sinks/delivery.h"
#include "sinks/format_remote_write.h"
#include "sinks/sink_operand.h"
#include "sinks/snappy.h"

#define POINTS_MAX 5000
#define BYTES_MAX (1u << 20)

struct remote_write {
	struct sink_uri uri;
	struct remote_write_format format;
	struct delivery delivery;
	struct sink_secret password, token;
	char *authorization;
	char *tenant;		/* a header; NULL */
	char *url;
	struct buf body;
};

static void
compose(void *arg, struct str records, struct http_request *request)
{
	struct remote_write *s = arg;

	buf_reset(&s->body);
	snappy_pack(&s->body, records);
	*request = (struct http_request){
		.url = s->url,
		.body = buf_str(&s->body),
		.type = "application/x-protobuf",
		.authorization = s->authorization,
		.headers = { "Content-Encoding: snappy",
		    "X-Prometheus-Remote-Write-Version: 0.1.0", s->tenant },
		.is_short = true,
	};
}

static void
authorize(struct remote_write *s)
{
	s->delivery.http.identity.password = s->password.value;
	secret_free(s->authorization);
	s->authorization = s->token.value == NULL ? NULL :
	    xasprintf("Bearer %s", s->token.value);
}

/* Nobody takes points there yet; or there are new credentials perhaps. */
static enum http_verdict
judge(void *arg, const struct http_answer *answer, enum http_verdict verdict)
{
	struct remote_write *s = arg;
	struct err err;

	if (answer->status == 401) {
		if (!sink_secret_reload(&s->password, &err) ||
		    !sink_secret_reload(&s->token, &err))
			log_warn("secret_not_read error=%s", log_qs(err.msg));
		authorize(s);
	}
	return answer->status == 404 ? HTTP_AGAIN : verdict;
}

static bool
take_options(struct remote_write *s, struct err *err)
{
	const char *tenant = sink_uri_string(&s->uri, "tenant");

	if (tenant != NULL && strpbrk(tenant, "\r\n") != NULL)
		return err_set(err, "`tenant` has a line break");
	if (tenant != NULL)
		s->tenant = xasprintf("X-Scope-OrgID: %s", tenant);
	s->delivery.http.identity.user = sink_uri_string(&s->uri, "user");
	if (!sink_secret_open(&s->password, &s->uri, "pw", err) ||
	    !sink_secret_open(&s->token, &s->uri, "token", err) ||
	    !prometheus_labels_init(&s->format.labels, &s->uri, err))
		return false;
	authorize(s);
	return point_filter_init(&s->format.filter, &s->uri, err);
}

static bool
make_url(struct remote_write *s, struct err *err)
{
	const char *scheme = s->uri.scheme == NULL ? "http" : s->uri.scheme;
	const char *path = s->uri.path;

	if (s->uri.host == NULL || (strcmp(scheme, "http") != 0 &&
	    strcmp(scheme, "https") != 0))
		return err_set(err, "expected http:// or https:// and a host");
	if (*path == '\0' || strcmp(path, "/") == 0)
		path = "/api/v1/write";
	s->url = xasprintf("%s://%s%s", scheme, s->uri.host, path);
	return true;
}

static bool
remote_write_init(void *self, char **operands, struct err *err)
{
	struct remote_write *s = self;

	if (!sink_operand(&s->uri, operands, err) || !make_url(s, err) ||
	    !delivery_open(&s->delivery, &s->uri, POINTS_MAX, BYTES_MAX, err) ||
	    !take_options(s, err))
		return false;
	s->delivery.batch.record_len = remote_write_record_len;
	s->delivery.compose = compose;
	s->delivery.judge = judge;
	s->delivery.arg = s;
	sink_operand_done(&s->uri);
	log_info("remote_write url=%s", log_qs(s->url));
	return true;
}

static enum sink_result
remote_write_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct remote_write *s = self;
	struct buf *text = &s->delivery.batch.text;
	size_t begin = text->len;
	uint64_t n = format_remote_write(text, &s->format, frame->frame);

	return delivery_add(&s->delivery, begin, n, err);
}

static enum sink_result
remote_write_flush(void *self, struct err *err)
{
	struct remote_write *s = self;

	return delivery_flush(&s->delivery, err);
}

static void
remote_write_discard(void *self)
{
	struct remote_write *s = self;

	batch_clear(&s->delivery.batch);
}

static void
remote_write_fini(void *self)
{
	struct remote_write *s = self;

	delivery_close(&s->delivery);
	remote_write_format_fini(&s->format);
	sink_secret_fini(&s->password);
	sink_secret_fini(&s->token);
	sink_uri_fini(&s->uri);
	buf_fini(&s->body);
	secret_free(s->authorization);
	free(s->tenant);
	free(s->url);
}

/* A request without series is one that all take, or say why not. */
static bool
remote_write_check(void *self, struct err *err)
{
	struct remote_write *s = self;
	struct http_request request;
	struct http_answer answer;

	compose(s, STR(""), &request);
	http_ask(&s->delivery.http, &request, &answer);
	return http_verdict(answer.status) == HTTP_TAKEN ||
	    answer.status == 400 || delivery_error(err, s->url, &answer);
}

static void
remote_write_count(void *self, struct counters *counters)
{
	struct remote_write *s = self;

	counters_add(counters, &s->delivery.counters, delivery_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "remote-write",
		.summary = "writes every point to a Prometheus",
		.synopsis = "URL?OPTION=VALUE&...",
		.ctx_size = sizeof(struct remote_write),
		.init = remote_write_init,
		.write = remote_write_write,
		.fini = remote_write_fini,
		.flush = remote_write_flush,
		.discard = remote_write_discard,
		.hold_ns = &delivery_hold_ns,
		.check = remote_write_check,
		.init_exit_code = EX_CONFIG,
		.count = remote_write_count,
	};

	return sink_main(&ops, argc, argv);
}
