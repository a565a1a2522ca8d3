/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-prometheus: shows a Prometheus that asks the newest points of
 * every node.  Its back end comes to it, so it never waits and takes all.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/listen_tcp.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/sink.h"
#include "common/small_http.h"
#include "common/timestamp.h"

#include "sinks/exposition.h"
#include "sinks/gzip.h"
#include "sinks/http_accept.h"
#include "sinks/sink_operand.h"

#define HOST "127.0.0.1"
#define PORT "9102"
#define PATH "/metrics"
#define MEMORY_BYTES_MAX (512u << 20)
#define LIFE_NS (60 * NS_PER_S)
#define CONNECTIONS_MAX 16
#define PIECE_BYTES 65536

#define PROMETHEUS_COUNTERS(X) \
	X(scrapes, COUNTER, "answers that were sent to the end") \
	X(scrapes_cut, COUNTER, "answers whose reader went away or was slow") \
	X(points_sent, COUNTER, "points in these answers") \
	X(bytes_sent, COUNTER, "bytes of these answers, before compression") \
	X(frames_old, COUNTER, "frames that are shown no more") \
	X(points_shown, GAUGE, "points that an answer has now") \
	X(memory_bytes, GAUGE, "bytes that they take")
COUNTERS_STRUCT(prometheus_counters, PROMETHEUS_COUNTERS)

struct prometheus {
	struct sink_uri uri;
	char *listen;
	const char *path;
	int64_t life_ns;
	bool want_timestamps;
	struct exposer exposer;
	struct exposed_list list;
	struct small_http *http;
	struct prometheus_counters counters;
};

/* One answer on its way. */
struct scrape {
	struct prometheus *sink;
	struct exposition exposition;
	struct gzip_stream gzip;
	struct buf text;
	uint64_t n_bytes;
	bool is_over;
};

static bool
next_piece(void *arg, struct buf *out)
{
	struct scrape *c = arg;
	size_t begin = out->len;

	while (out->len == begin && !c->is_over && !out->failed) {
		buf_reset(&c->text);
		c->is_over = !exposition_next(&c->exposition, &c->text,
		    PIECE_BYTES);
		out->failed |= c->text.failed;
		c->n_bytes += c->text.len;
		if (c->gzip.z != NULL)
			gzip_add(&c->gzip, out, buf_str(&c->text),
			    c->is_over);
		else
			buf_add_str(out, buf_str(&c->text));
	}
	return !c->is_over;
}

static void
end_scrape(void *arg)
{
	struct scrape *c = arg;
	struct prometheus_counters *counters = &c->sink->counters;

	if (c->is_over)
		counters->scrapes++;
	else if (c->n_bytes > 0)	/* else it was HEAD */
		counters->scrapes_cut++;
	counters->points_sent += c->exposition.n_points;
	counters->bytes_sent += c->n_bytes;
	exposition_close(&c->exposition);
	gzip_end(&c->gzip);
	buf_fini(&c->text);
	counters->memory_bytes = c->sink->list.n_bytes;
	free(c);
}

static void
count_points(struct prometheus *s)
{
	s->counters.points_shown = 0;
	for (size_t i = 0; i < s->list.n; i++)
		s->counters.points_shown += s->list.items[i]->n_points;
	s->counters.memory_bytes = s->list.n_bytes;
}

static void
answer_scrape(struct prometheus *s, const struct small_http_request *rq,
    struct small_http_answer *answer)
{
	enum exposition_form form =
	    exposition_wanted(small_http_header(rq, "accept"));
	struct str encoding = small_http_header(rq, "accept-encoding");
	struct scrape *c = xcalloc(1, sizeof *c);

	c->sink = s;
	exposed_list_expire(&s->list, clock_wall_ns());
	count_points(s);
	*answer = (struct small_http_answer){
		.status = "503 Service Unavailable",
		.type = "text/plain; charset=utf-8",
		.body = STR("out of memory\n"),
	};
	if (!exposition_open(&c->exposition, &s->list, form,
	    s->want_timestamps)) {
		end_scrape(c);
		return;
	}
	if (http_accept(encoding, "gzip", NULL) > 0 && gzip_begin(&c->gzip))
		answer->header = "Content-Encoding: gzip";
	answer->status = "200 OK";
	answer->type = exposition_type(form);
	answer->body = STR("");
	answer->next = next_piece;
	answer->end = end_scrape;
	answer->body_arg = c;
}

static void
on_request(void *arg, const struct small_http_request *rq,
    struct small_http_answer *answer)
{
	struct prometheus *s = arg;

	if (str_is(rq->path, s->path))
		answer_scrape(s, rq, answer);
	else
		small_http_not_found(answer);
}

static bool
take_options(struct prometheus *s, struct err *err)
{
	uint64_t memory_bytes = MEMORY_BYTES_MAX;

	if (!sink_uri_bool(&s->uri, "timestamps", &s->want_timestamps, err) ||
	    !sink_uri_duration_ns(&s->uri, "stale", &s->list.stale_ns, err) ||
	    !sink_uri_duration_ns(&s->uri, "timeout", &s->life_ns, err) ||
	    !sink_uri_size_bytes(&s->uri, "memory", &memory_bytes, err) ||
	    !prometheus_labels_init(&s->exposer.labels, &s->uri, err))
		return false;
	if (s->life_ns < NS_PER_MS)
		return err_set(err, "`timeout` has to be positive");
	s->list.bytes_max = memory_bytes;
	return point_filter_init(&s->exposer.filter, &s->uri, err);
}

/* The option, as a host in a URI is neither '*' nor nothing. */
static char *
make_address(struct prometheus *s)
{
	const char *listen = sink_uri_string(&s->uri, "listen");
	const char *host = s->uri.host == NULL ? HOST : s->uri.host;

	if (listen != NULL)
		return xstrdup(listen);
	return strchr(host, ':') != NULL ? xstrdup(host) :
	    xasprintf("%s:" PORT, host);
}

static bool
prometheus_init(void *self, char **operands, struct err *err)
{
	struct prometheus *s = self;

	s->want_timestamps = true;
	s->life_ns = LIFE_NS;
	if (!sink_operand(&s->uri, operands, err) || !take_options(s, err))
		return false;
	if (s->uri.scheme != NULL && strcmp(s->uri.scheme, "http") != 0)
		return err_set(err, "expected http:// or an address alone");
	s->listen = make_address(s);
	s->path = *s->uri.path == '\0' || strcmp(s->uri.path, "/") == 0 ?
	    PATH : s->uri.path;
	sink_operand_done(&s->uri);
	return listen_tcp_check(s->listen, err);
}

static bool
prometheus_serve(void *self, struct loop *loop, struct err *err)
{
	struct prometheus *s = self;
	struct small_http_conf conf = {
		.listen = s->listen,
		.event = "prometheus",
		.connections_max = CONNECTIONS_MAX,
		.life_ns = s->life_ns,
		.answer = on_request,
		.arg = s,
	};

	s->http = small_http_open(loop, &conf, err);
	return s->http != NULL;
}

static enum sink_result
prometheus_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct prometheus *s = self;
	const struct frame *f = frame->frame;

	if (f->kind != FRAME_NODE && f->kind != FRAME_ROLLUP)
		return SINK_OK;
	if (f->kind == FRAME_ROLLUP) {
		exposed_list_expire(&s->list, clock_wall_ns());
		count_points(s);
	}
	switch (exposed_list_put(&s->list, &s->exposer, f, clock_wall_ns())) {
	case EXPOSED_TAKEN:
		break;
	case EXPOSED_OLD:
		s->counters.frames_old++;
		break;
	case EXPOSED_TOO_LARGE:
		err_set(err, "no room in `memory` for more points");
		return SINK_DROP;
	}
	return SINK_OK;
}

static void
prometheus_fini(void *self)
{
	struct prometheus *s = self;

	small_http_close(s->http);
	exposed_list_fini(&s->list);
	exposer_fini(&s->exposer);
	sink_uri_fini(&s->uri);
	free(s->listen);
}

/* Whether the address is free. */
static bool
prometheus_check(void *self, struct err *err)
{
	struct prometheus *s = self;
	int fd = listen_tcp(s->listen, err);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

static void
prometheus_count(void *self, struct counters *counters)
{
	struct prometheus *s = self;

	counters_add(counters, &s->counters, prometheus_counters);
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "prometheus",
		.summary = "shows the newest points to a Prometheus that asks",
		.synopsis = "[ADDRESS/PATH?OPTION=VALUE&...]",
		.ctx_size = sizeof(struct prometheus),
		.init = prometheus_init,
		.serve = prometheus_serve,
		.write = prometheus_write,
		.fini = prometheus_fini,
		.check = prometheus_check,
		.windows_again = EXPOSED_STALE_WINDOWS,
		.init_exit_code = EX_CONFIG,
		.count = prometheus_count,
	};

	return sink_main(&ops, argc, argv);
}
