/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "apiserver/answer_cache.h"
#include "apiserver/compress.h"
#include "apiserver/connection.h"
#include "apiserver/http.h"
#include "apiserver/http_access.h"
#include "apiserver/listen.h"

#define SHARED_MIN_BYTES 4096	/* of a body; a shorter one is copied */
#define COMPRESS_MIN_BYTES 256
#define ACCEPT_PAUSE_NS (100 * NS_PER_MS)
#define SWEEP_NS NS_PER_S
#define CONNECTIONS_MAX 4096
#define DESCRIPTORS_KEPT 96	/* for segments, the bus and the like */

struct http {
	struct loop *loop;
	struct api *api;
	struct http_counters *counters;
	struct tls *tls;
	struct http_access access;
	struct evconnlistener *listener;
	struct connections connections;
	size_t connections_max, sending_bytes_max;
	bool is_paused;
	struct log_condition full;
	struct loop_timer sweep;
	struct answer_cache cache;
	const struct api_request *request;	/* in hand, as is the next */
	enum compression compression;
	struct buf key;		/* in the cache, of it; empty: none */
	struct buf body;
	struct buf compressed;
};

struct ticket {
	struct api_ticket shown;
	struct http *http;		/* NULL with the connection */
	struct connection *connection;	/* NULL: nobody waits any more */
	struct api_request request;	/* its text is the connection's */
	enum compression compression;
};

/* The text of a response, compressed if the client wants it. */
static struct buf *
compress_body(struct http *h, struct api_response *rs, enum compression c,
    struct http_head *head)
{
	if (!rs->is_compressible || c == COMPRESSION_NONE ||
	    rs->body.len < COMPRESS_MIN_BYTES ||
	    !compress_to(&h->compressed, buf_str(&rs->body), c))
		return &rs->body;
	head->content_encoding = compression_name(c);
	return &h->compressed;
}

/* Those who ask for much and take it slowly must not have all memory. */
static bool
is_overfull(struct http *h)
{
	if (body_bytes() <= h->sending_bytes_max)
		return false;
	answer_cache_fini(&h->cache);
	return body_bytes() > h->sending_bytes_max;
}

/* Leaves rs->body empty or as it was. */
static void
respond(struct http *h, struct connection *c, struct api_response *rs,
    enum compression compression)
{
	struct http_head head = { .now_ns = clock_wall_ns() };
	struct body *body = NULL;
	struct str text;
	struct buf *from;

	if (rs->body.len >= SHARED_MIN_BYTES && is_overfull(h)) {
		buf_fini(&rs->body);
		api_text(rs, 503, STR("too many answers on their way"));
	}
	if (rs->body.failed)
		api_text(rs, 500, STR("out of memory"));
	from = compress_body(h, rs, compression, &head);
	head.status = rs->status;
	head.content_type = rs->content_type;
	head.location = rs->location;
	head.body_bytes = from->len;
	head.is_nosniff = rs->is_nosniff;
	head.varies = rs->is_compressible;
	h->counters->http_requests++;
	h->counters->http_errors += rs->status >= 400;
	h->counters->http_bytes_sent += from->len;
	text = buf_str(from);
	if (from->len >= SHARED_MIN_BYTES) {
		body = body_new(from);
		buf_fini(&rs->body);	/* what was compressed */
		text = STR("");
		if (h->key.len > 0 && rs->is_of_store && rs->status == 200)
			answer_cache_add(&h->cache, buf_str(&h->key), &head,
			    body, store_changes(h->api->store),
			    clock_mono_ns());
	}
	connection_send(c, &head, text, body);
}

/* Empty if the answer is not to be kept. */
static void
make_key(struct http *h, const struct api_request *rq)
{
	enum compression c = h->compression;

	buf_reset(&h->key);
	if (str_is(rq->method, "GET") && h->api->store != NULL)
		answer_cache_key(&h->key, rq->path, rq->query, rq->accept,
		    c == COMPRESSION_NONE ? NULL : compression_name(c));
}

static bool
respond_as_before(struct http *h, struct connection *c)
{
	const struct answer *a = h->key.len == 0 ? NULL :
	    answer_cache_find(&h->cache, buf_str(&h->key),
	    store_changes(h->api->store), clock_mono_ns());
	struct http_head head;

	if (a == NULL)
		return false;
	head = a->head;
	head.now_ns = clock_wall_ns();
	h->counters->http_requests++;
	h->counters->http_cached++;
	h->counters->http_bytes_sent += head.body_bytes;
	api_count(h->api, h->request, head.status, head.body_bytes,
	    head.now_ns - h->request->now_ns);
	connection_send(c, &head, STR(""), body_ref(a->body));
	return true;
}

static void
finish(struct api_ticket *shown, struct api_response *rs)
{
	struct ticket *t = (struct ticket *)shown;

	if (t->connection != NULL) {
		t->connection->user = NULL;
		t->http->counters->http_deferred--;
		buf_reset(&t->http->key);
		api_count(t->http->api, &t->request, rs->status, rs->body.len,
		    clock_wall_ns() - t->request.now_ns);
		respond(t->http, t->connection, rs, t->compression);
	}
	free(t);
}

static struct api_ticket *
defer(void *transport)
{
	struct ticket *t = xcalloc(1, sizeof *t);

	t->shown.finish = finish;
	t->connection = transport;
	t->http = t->connection->all->arg;
	t->request = *t->http->request;
	t->compression = t->http->compression;
	t->connection->user = t;
	t->http->counters->http_deferred++;
	return &t->shown;
}

/* Its ticket may still be finished, for nobody. */
static void
forget_ticket(struct http *h, struct connection *c)
{
	struct ticket *t = c->user;

	if (t == NULL)
		return;
	t->connection = NULL;
	t->http = NULL;
	c->user = NULL;
	h->counters->http_deferred--;
	if (t->shown.on_forgotten != NULL)
		t->shown.on_forgotten(t->shown.arg);
}

static void
on_end(void *arg, struct connection *c)
{
	struct http *h = arg;

	forget_ticket(h, c);
	h->counters->http_connections--;
}

/* What the API has not said. */
static void
say(struct http *h, struct connection *c, int status, struct str text)
{
	struct api_response rs = { .is_nosniff = true };

	api_text(&rs, status, text);
	buf_reset(&h->key);
	respond(h, c, &rs, COMPRESSION_NONE);
	buf_fini(&rs.body);
}

static void
deny(struct http *h, struct connection *c, int status)
{
	h->counters->http_denied++;
	say(h, c, status, status == 401 ? STR("Unauthorized\n") :
	    STR("Forbidden\n"));
}

static void
on_malformed(void *arg, struct connection *c, int status, const char *reason)
{
	struct http *h = arg;

	h->counters->http_malformed++;
	say(h, c, status, str_of(reason));
}

static void
on_unanswered(void *arg, struct connection *c)
{
	struct http *h = arg;

	forget_ticket(h, c);
	h->counters->http_timeouts++;
	say(h, c, 504, STR("no answer in time"));
}

static void
on_handshake_failed(void *arg)
{
	struct http *h = arg;

	h->counters->http_tls_failures++;
}

static void
on_request(void *arg, struct connection *c, const struct http_request *rq)
{
	struct http *h = arg;
	struct api_request request = {
		.method = rq->method,
		.path = rq->path,
		.query = rq->query,
		.accept = rq->accept,
		.now_ns = clock_wall_ns(),
		.transport = c,
		.defer = defer,
	};
	struct api_response response = { .body = h->body };
	int status = http_access_check(&h->access, rq->path, &c->peer,
	    request.now_ns);

	if (status != 0) {
		deny(h, c, status);
		return;
	}
	h->request = &request;
	h->compression = compression_wanted(rq->accept_encoding);
	make_key(h, &request);
	if (respond_as_before(h, c))
		return;
	h->body = BUF_INIT;	/* a deferred one may be answered meanwhile */
	buf_reset(&response.body);
	api_answer(h->api, &request, &response);
	if (!response.is_deferred)
		respond(h, c, &response, h->compression);
	buf_fini(&h->body);
	h->body = response.body;
	if (log_is_debug())
		log_debug("http_request method=%s path=%s status=%d",
		    log_q(request.method), log_q(request.path),
		    response.is_deferred ? 0 : response.status);
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

/* Certificates that are no longer in use should not be for long. */
static void
refresh_tls(struct http *h)
{
	if (h->tls != NULL && tls_refresh(h->tls, clock_mono_ns()))
		connections_renew(&h->connections);
}

static void
on_sweep(void *arg)
{
	struct http *h = arg;

	h->counters->http_timeouts += connections_sweep(&h->connections,
	    clock_mono_ns());
	refresh_tls(h);
	if (h->api->store != NULL)
		answer_cache_sweep(&h->cache, store_changes(h->api->store),
		    clock_mono_ns());
	if (h->is_paused && h->listener != NULL &&
	    h->connections.n < h->connections_max) {
		h->is_paused = false;
		evconnlistener_enable(h->listener);
		if (log_clear(&h->full))
			log_info("http_accepting");
	}
	if (h->connections.n > 0 || h->is_paused)
		loop_timer_set_ns(&h->sweep, h->is_paused ? ACCEPT_PAUSE_NS :
		    SWEEP_NS);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int address_len, void *arg)
{
	struct http *h = arg;
	struct ssl_st *ssl = NULL;

	(void)listener;
	(void)address;
	(void)address_len;
	refresh_tls(h);
	if (h->tls != NULL && (ssl = tls_session(h->tls)) == NULL) {
		close(fd);
		return;
	}
	h->counters->http_connections++;
	if (!connections_add(&h->connections, fd, ssl))
		return;
	if (h->connections.n >= h->connections_max)
		h->counters->http_timeouts += connections_sweep(
		    &h->connections, clock_mono_ns());
	if (h->connections.n >= h->connections_max)
		pause_accept(h, "too many connections");
	else if (!loop_timer_is_set(&h->sweep))
		loop_timer_set_ns(&h->sweep, SWEEP_NS);
}

/* Out of descriptors: accept() would fail again at once, for ever. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	pause_accept(arg, strerror(errno));
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
start(struct http *h, const struct http_conf *conf, struct err *err)
{
	char address[LISTEN_ADDRESS_MAX];
	int fd;

	if (conf->tls.cert != NULL &&
	    (h->tls = tls_open(&conf->tls, err)) == NULL)
		return false;
	fd = listen_on(conf->listen, address, err);
	if (fd == -1)
		return false;
	h->listener = evconnlistener_new(h->loop->base, on_accept, h,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (h->listener == NULL) {
		close(fd);
		return err_set(err, "out of memory");
	}
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	log_info("http_listening address=%s%s", address,
	    h->tls != NULL ? " tls=yes" : "");
	return true;
}

struct http *
http_open(struct loop *loop, const struct http_conf *conf, struct api *api,
    struct http_counters *counters, struct err *err)
{
	struct http *h = xcalloc(1, sizeof *h);

	h->loop = loop;
	h->api = api;
	h->counters = counters;
	h->access = (struct http_access){
		.wants_certificate = conf->tls.client_ca != NULL,
		.allowed_users = str_of(conf->allowed_users),
	};
	h->connections = (struct connections){
		.base = loop->base,
		.timeout_ns = conf->timeout_ns,
		.bytes_per_s = conf->bytes_per_s,
		.bytes_max = conf->sending_bytes_max / 2,
		.on_request = on_request,
		.on_malformed = on_malformed,
		.on_unanswered = on_unanswered,
		.on_handshake_failed = on_handshake_failed,
		.on_end = on_end,
		.arg = h,
	};
	h->connections_max = connections_max();
	h->sending_bytes_max = conf->sending_bytes_max;
	loop_timer_init(&h->sweep, loop, on_sweep, h);
	if (start(h, conf, err))
		return h;
	http_close(h);
	return NULL;
}

static void
stop_listening(struct http *h)
{
	if (h->listener != NULL)
		evconnlistener_free(h->listener);
	h->listener = NULL;
}

static bool
is_idle(void *arg)
{
	struct http *h = arg;

	return h->connections.n == 0;
}

void
http_stop(struct http *h, int64_t timeout_ns)
{
	stop_listening(h);
	connections_stop(&h->connections);
	if (!loop_run_until(h->loop, timeout_ns / NS_PER_MS, is_idle, h))
		log_warn("http_unfinished connections=%zu deferred=%" PRIu64,
		    h->connections.n, h->counters->http_deferred);
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	stop_listening(h);
	connections_fini(&h->connections);
	answer_cache_fini(&h->cache);
	buf_fini(&h->key);
	tls_close(h->tls);
	loop_timer_fini(&h->sweep);
	buf_fini(&h->body);
	buf_fini(&h->compressed);
	free(h);
}
