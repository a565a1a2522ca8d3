/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "apiserver/compress.h"
#include "apiserver/connections.h"
#include "apiserver/http.h"
#include "apiserver/listen.h"

#define HEADERS_MAX_BYTES 16384
#define BODY_MAX_BYTES 65536
#define SINGLE_WRITE_BYTES (1u << 20)
#define COMPRESS_MIN_BYTES 256
#define ACCEPT_PAUSE_NS (100 * NS_PER_MS)
#define SWEEP_NS NS_PER_S
#define CONNECTIONS_MAX 4096
#define DESCRIPTORS_KEPT 96	/* for segments, the bus and the like */
#define METHODS (EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | \
    EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | \
    EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH)

struct http {
	struct api *api;
	struct http_counters *counters;
	struct evhttp *server;
	struct evconnlistener *listener;
	struct connections connections;
	size_t connections_max;
	bool is_paused;
	struct log_condition full;
	struct loop_timer sweep;
	struct buf body;
	struct buf compressed;
};

static const char *
method_name(enum evhttp_cmd_type method)
{
	switch (method) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_POST:
		return "POST";
	default:
		return "OTHER";
	}
}

static const char *
status_text(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 406:
		return "Not Acceptable";
	default:
		return "Internal Server Error";
	}
}

static bool
has_two_lengths(struct evhttp_request *rq)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(rq);
	unsigned n = 0;

	for (struct evkeyval *h = headers->tqh_first; h != NULL;
	    h = h->next.tqe_next)
		n += strcasecmp(h->key, "Content-Length") == 0;
	return n > 1;
}

static const char *
header(struct evhttp_request *rq, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(rq), name);
}

/* The body, or a compressed form that the client has asked for. */
static struct str
compress_body(struct http *h, struct evhttp_request *rq,
    const struct api_response *rs)
{
	enum compression c = compression_wanted(str_of(header(rq,
	    "Accept-Encoding")));

	if (!rs->is_compressible || c == COMPRESSION_NONE ||
	    rs->body.len < COMPRESS_MIN_BYTES ||
	    !compress_to(&h->compressed, buf_str(&rs->body), c))
		return buf_str(&rs->body);
	evhttp_add_header(evhttp_request_get_output_headers(rq),
	    "Content-Encoding", compression_name(c));
	return buf_str(&h->compressed);
}

static void
send_response(struct http *h, struct evhttp_request *rq,
    const struct api_response *rs)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(rq);
	struct bufferevent *bev = evhttp_connection_get_bufferevent(
	    evhttp_request_get_connection(rq));
	struct evbuffer *out = evbuffer_new();
	struct str body = compress_body(h, rq, rs);
	char length[24];

	evhttp_add_header(headers, "Content-Type", rs->content_type);
	if (rs->is_nosniff)
		evhttp_add_header(headers, "X-Content-Type-Options",
		    "nosniff");
	if (rs->is_compressible)
		evhttp_add_header(headers, "Vary", "Accept-Encoding");
	bufferevent_set_max_single_write(bev, SINGLE_WRITE_BYTES);
	if (evhttp_request_get_command(rq) == EVHTTP_REQ_HEAD) {
		/* evhttp would send the body, and not say how long it is. */
		snprintf(length, sizeof length, "%zu", body.len);
		evhttp_add_header(headers, "Content-Length", length);
		body.len = 0;
	}
	if (out != NULL)
		evbuffer_add(out, body.p, body.len);
	h->counters->http_requests++;
	h->counters->http_errors += rs->status >= 400;
	h->counters->http_bytes_sent += body.len;
	evhttp_send_reply(rq, rs->status, status_text(rs->status), out);
	if (out != NULL)
		evbuffer_free(out);
}

static void
on_request(struct evhttp_request *rq, void *arg)
{
	struct http *h = arg;
	struct str target = str_of(evhttp_request_get_uri(rq));
	struct str path = str_cut(&target, '?');
	struct api_request request = {
		.method = str_of(method_name(evhttp_request_get_command(rq))),
		.path = path,
		.query = target,
		.accept = str_of(header(rq, "Accept")),
		.now_ns = clock_wall_ns(),
	};
	struct api_response response = { .body = h->body };

	buf_reset(&response.body);
	connections_touch(&h->connections, evhttp_connection_get_bufferevent(
	    evhttp_request_get_connection(rq)), clock_mono_ns());
	if (has_two_lengths(rq)) {
		evhttp_add_header(evhttp_request_get_output_headers(rq),
		    "Connection", "close");
		api_text(&response, 400, STR("two Content-Length headers"));
	} else {
		api_answer(h->api, &request, &response);
	}
	if (response.body.failed)
		api_text(&response, 500, STR("out of memory"));
	send_response(h, rq, &response);
	h->body = response.body;
	if (log_is_debug())
		log_debug("http_request method=%.*s path=%s status=%d",
		    STR_ARG(request.method), log_q(path), response.status);
}

static void
pause_accept(struct http *h, const char *why)
{
	h->counters->http_accept_pauses++;
	h->is_paused = true;
	evconnlistener_disable(h->listener);
	loop_timer_set_ns(&h->sweep, ACCEPT_PAUSE_NS);
	if (log_onset(&h->full, clock_mono_ns()))
		log_warn("http_full connections=%zu error=%s",
		    h->connections.n, log_qs(why));
}

static void
on_sweep(void *arg)
{
	struct http *h = arg;

	h->counters->http_timeouts += connections_sweep(&h->connections,
	    clock_mono_ns());
	h->counters->http_connections = h->connections.n;
	if (h->is_paused && h->connections.n < h->connections_max) {
		h->is_paused = false;
		evconnlistener_enable(h->listener);
		if (log_clear(&h->full))
			log_info("http_accepting");
	}
	if (h->connections.n > 0)
		loop_timer_set_ns(&h->sweep, h->is_paused ? ACCEPT_PAUSE_NS :
		    SWEEP_NS);
}

static struct bufferevent *
on_accept(struct event_base *base, void *arg)
{
	struct http *h = arg;
	struct bufferevent *bev = connections_add(&h->connections, base,
	    clock_mono_ns());

	if (h->connections.n >= h->connections_max)
		connections_sweep(&h->connections, clock_mono_ns());
	if (h->connections.n >= h->connections_max)
		pause_accept(h, "too many connections");
	else if (!loop_timer_is_set(&h->sweep))
		loop_timer_set_ns(&h->sweep, SWEEP_NS);
	return bev;
}

/*
 * evhttp makes the listener's argument its own; so the way from the listener
 * back to us is a variable.  A process has one HTTP server.
 */
static struct http *the_server;

/* Out of descriptors: accept() would fail again at once, for ever. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	(void)arg;
	pause_accept(the_server, strerror(errno));
}

/* As many as may be open with descriptors left for everything else. */
static size_t
connections_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur >= CONNECTIONS_MAX + DESCRIPTORS_KEPT)
		return CONNECTIONS_MAX;
	return limit.rlim_cur < 2 * DESCRIPTORS_KEPT ?
	    (size_t)limit.rlim_cur / 2 :
	    (size_t)limit.rlim_cur - DESCRIPTORS_KEPT;
}

static bool
start(struct http *h, struct loop *loop, int fd, struct err *err)
{
	struct evhttp_bound_socket *bound;

	h->server = evhttp_new(loop->base);
	if (h->server == NULL)
		return err_set(err, "out of memory");
	evhttp_set_max_headers_size(h->server, HEADERS_MAX_BYTES);
	evhttp_set_max_body_size(h->server, BODY_MAX_BYTES);
	evhttp_set_timeout(h->server,
	    (int)(h->connections.timeout_ns / NS_PER_S) + 1);
	evhttp_set_bevcb(h->server, on_accept, h);
	evhttp_set_allowed_methods(h->server, METHODS);
	evhttp_set_gencb(h->server, on_request, h);
	bound = evhttp_accept_socket_with_handle(h->server, fd);
	if (bound == NULL)
		return err_set(err, "out of memory");
	h->listener = evhttp_bound_socket_get_listener(bound);
	the_server = h;
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	return true;
}

struct http *
http_open(struct loop *loop, const char *listen, int64_t timeout_ns,
    struct api *api, struct http_counters *counters, struct err *err)
{
	struct http *h = xcalloc(1, sizeof *h);
	char address[LISTEN_ADDRESS_MAX];
	int fd;

	h->api = api;
	h->counters = counters;
	h->connections.timeout_ns = timeout_ns;
	h->connections_max = connections_max();
	loop_timer_init(&h->sweep, loop, on_sweep, h);
	fd = listen_on(listen, address, err);
	if (fd == -1 || !start(h, loop, fd, err)) {
		if (fd != -1 && h->listener == NULL)
			close(fd);
		http_close(h);
		return NULL;
	}
	log_info("http_listening address=%s", address);
	return h;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	if (h->server != NULL)
		evhttp_free(h->server);
	connections_fini(&h->connections);
	loop_timer_fini(&h->sweep);
	buf_fini(&h->body);
	buf_fini(&h->compressed);
	free(h);
}
