/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/mem.h"
#include "common/metrics_http.h"
#include "common/small_http.h"

#define CONNECTIONS_MAX 16
#define CONNECTION_LIFE_NS INT64_C(5000000000)

struct metrics_http {
	const struct counters *counters;
	struct small_http *http;
	struct buf text;	/* of the answer in hand */
};

static void
answer_metrics(struct metrics_http *m, struct small_http_answer *a)
{
	buf_reset(&m->text);
	counters_print_prometheus(m->counters, &m->text);
	if (m->text.failed) {
		a->status = "503 Service Unavailable";
		a->body = STR("out of memory\n");
		return;
	}
	a->type = "text/plain; version=0.0.4; charset=utf-8";
	a->body = buf_str(&m->text);
}

static void
on_request(void *arg, const struct small_http_request *rq,
    struct small_http_answer *a)
{
	*a = (struct small_http_answer){
		.status = "200 OK",
		.type = "text/plain; charset=utf-8",
		.body = STR("ok\n"),
	};
	if (str_is(rq->path, "/metrics"))
		answer_metrics(arg, a);
	else if (!str_is(rq->path, "/healthz"))
		small_http_not_found(a);
}

struct metrics_http *
metrics_http_open(struct loop *loop, const char *listen,
    const struct counters *counters, struct err *err)
{
	struct metrics_http *m = xcalloc(1, sizeof *m);
	struct small_http_conf conf = {
		.listen = listen,
		.event = "metrics",
		.connections_max = CONNECTIONS_MAX,
		.life_ns = CONNECTION_LIFE_NS,
		.answer = on_request,
		.arg = m,
	};

	m->counters = counters;
	m->http = small_http_open(loop, &conf, err);
	if (m->http != NULL)
		return m;
	free(m);
	return NULL;
}

void
metrics_http_close(struct metrics_http *m)
{
	if (m == NULL)
		return;
	small_http_close(m->http);
	buf_fini(&m->text);
	free(m);
}
