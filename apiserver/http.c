/* SPDX-License-Identifier: ISC */
#include "config.h"

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

#include "apiserver/gate.h"
#include "apiserver/http_impl.h"
#include "apiserver/listen.h"

#define ACCEPT_PAUSE_NS (100 * NS_PER_MS)
#define ROOM_PART 16	/* of the connections, at once */
#define SWEEP_NS NS_PER_S

static void
on_end(void *arg, struct connection *c)
{
	struct http *h = arg;

	http_forget_ticket(h, c);
	if (h->gate != NULL)
		gate_end(h->gate, c);
	h->counters->http_connections--;
}

static void
deny(struct http *h, struct connection *c, int status)
{
	h->counters->http_denied++;
	http_say(h, c, status, status == 401 ? STR("Unauthorized\n") :
	    STR("Forbidden\n"));
}

static void
on_malformed(void *arg, struct connection *c, int status, const char *reason)
{
	struct http *h = arg;

	h->counters->http_malformed++;
	c->audit_id[0] = '\0';
	http_say(h, c, status, str_of(reason));
}

static void
on_unanswered(void *arg, struct connection *c)
{
	struct http *h = arg;

	http_forget_ticket(h, c);
	if (h->gate != NULL)
		gate_forget(h->gate, c);
	h->counters->http_timeouts++;
	http_say(h, c, 504, STR("no answer in time"));
}

static void
on_handshake_failed(void *arg)
{
	struct http *h = arg;

	h->counters->http_tls_failures++;
}

static void
answer(void *arg, struct connection *c, const struct http_request *rq)
{
	struct http *h = arg;
	struct api_request request = {
		.method = rq->method,
		.path = rq->path,
		.query = rq->query,
		.accept = rq->accept,
		.if_none_match = rq->if_none_match,
		.is_person = http_is_person(rq->user_agent),
		.now_ns = clock_wall_ns(),
		.is_secure = h->gate != NULL,
		.transport = c,
		.defer = http_defer,
	};
	struct api_response response = { .status = 0 };
	int status = http_access_check(&h->access, rq->path, &c->peer,
	    request.now_ns);

	if (status != 0) {
		deny(h, c, status);
		return;
	}
	h->request = &request;
	h->compression = compression_wanted(rq->accept_encoding);
	if (http_respond_as_before(h, c))
		return;
	response.body = body_take_spare();
	api_answer(h->api, &request, &response);
	if (!response.is_deferred)
		http_respond(h, c, &response, h->compression);
	body_give_spare(&response.body);
	if (log_is_debug())
		log_debug("http_request method=%s path=%s status=%d",
		    log_q(request.method), log_q(request.path),
		    response.is_deferred ? 0 : response.status);
}

/* The gate's refusal. */
static void
refuse(void *arg, struct connection *c, struct api_response *rs)
{
	struct http *h = arg;

	h->counters->http_denied += rs->status == 401 || rs->status == 403;
	buf_reset(&h->key);
	http_respond(h, c, rs, COMPRESSION_NONE);
}

static void
on_request(void *arg, struct connection *c, const struct http_request *rq)
{
	struct http *h = arg;

	if (h->gate != NULL)
		audit_id_choose(c->audit_id, rq->audit_id);
	if (h->gate == NULL || gate_admits(h->gate, c, rq))
		answer(h, c, rq);
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

/* Who opens many and says nothing must not keep others out for as long as one
 * may be silent. */
static void
make_room(struct http *h)
{
	int64_t now_mono_ns = clock_mono_ns();

	if (h->connections.n < h->connections_max)
		return;
	h->counters->http_timeouts += connections_sweep(&h->connections,
	    now_mono_ns);
	if (h->connections.n >= h->connections_max)
		h->counters->http_crowded_out += connections_make_room(
		    &h->connections, 1 + h->connections_max / ROOM_PART,
		    now_mono_ns);
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
	if (h->is_paused && h->listener != NULL)
		make_room(h);
	if (h->is_paused && h->listener != NULL &&
	    h->connections.n < h->connections_max) {
		h->is_paused = false;
		evconnlistener_enable(h->listener);
		if (log_clear(&h->full))
			log_info("http_accepting");
	}
	body_rest();
	if (h->connections.n > 0 || h->is_paused || h->cache.n > 0 ||
	    body_has_spare())
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
	make_room(h);
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
	log_info("%s address=%s%s", h->gate != NULL ? "secure_listening" :
	    "http_listening", address, h->tls != NULL ? " tls=yes" : "");
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
	h->sending_bytes_max = conf->sending_bytes_max;
	h->gate = conf->gate;
	if (h->gate != NULL) {
		h->gate->on_pass = answer;
		h->gate->on_refuse = refuse;
		h->gate->arg = h;
	}
	h->connections_max = http_connections_max() /
	    (conf->n_servers == 0 ? 1 : conf->n_servers);
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
	body_rest();
	body_rest();
	buf_fini(&h->compressed);
	free(h);
}
