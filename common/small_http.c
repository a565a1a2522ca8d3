/* SPDX-License-Identifier: ISC */
/*
 * A server of its own instead of evhttp: that one has no limit of connections
 * and no deadline, and every program would link it for two paths.
 */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "common/clock.h"
#include "common/listen_tcp.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/small_http.h"
#include "common/timestamp.h"

#define REQUEST_MAX_BYTES 8192
#define ACCEPT_PAUSE_NS INT64_C(100000000)
#define IDLE_NS (5 * NS_PER_S)		/* before the request, and at the end */
#define IDLE_FULL_NS NS_PER_S		/* while all places are taken */
#define STALL_NS (10 * NS_PER_S)	/* for a piece of the answer */

struct connection {
	struct small_http *server;
	struct bufferevent *bev;	/* NULL: free */
	struct loop_timer life;
	int64_t end_mono_ns;	/* at the latest, and */
	int64_t until_mono_ns;	/* for what it does now */
	bool is_answered;
	bool is_chunked;
	bool is_sending;
	bool is_deaf;		/* the peer will say no more */
	struct small_http_answer answer;	/* next is NULL: all is out */
};

struct small_http {
	struct loop *loop;
	struct small_http_conf conf;
	struct evconnlistener *listener;
	struct loop_timer accept_pause;
	bool is_paused;			/* out of descriptors */
	struct buf piece;
	size_t n_connections;
	struct connection connections[];
};

/* So much time for what it does now. */
static void
connection_allow(struct connection *c, int64_t time_ns)
{
	int64_t now_mono_ns = clock_mono_ns();

	c->until_mono_ns = now_mono_ns + time_ns;
	if (c->until_mono_ns > c->end_mono_ns)
		c->until_mono_ns = c->end_mono_ns;
	loop_timer_set_ns(&c->life, c->until_mono_ns < now_mono_ns ? 0 :
	    c->until_mono_ns - now_mono_ns);
}

/* All places are taken: those of idle ones are soon free. */
static void
hurry(struct small_http *h)
{
	int64_t soon_mono_ns = clock_mono_ns() + IDLE_FULL_NS;

	for (size_t i = 0; i < h->conf.connections_max; i++) {
		struct connection *c = &h->connections[i];

		if (!c->is_sending && c->until_mono_ns > soon_mono_ns)
			connection_allow(c, IDLE_FULL_NS);
	}
}

static void
allow_idle(struct connection *c)
{
	struct small_http *h = c->server;

	connection_allow(c, h->n_connections == h->conf.connections_max ?
	    IDLE_FULL_NS : IDLE_NS);
}

/* While all places are taken the kernel's backlog is the queue. */
static void
listener_update(struct small_http *h)
{
	if (h->is_paused || h->n_connections == h->conf.connections_max)
		evconnlistener_disable(h->listener);
	else
		evconnlistener_enable(h->listener);
}

static void
body_end(struct connection *c)
{
	if (c->answer.end != NULL)
		c->answer.end(c->answer.body_arg);
	c->answer = (struct small_http_answer){ NULL };
}

static void
connection_close(struct connection *c)
{
	struct small_http *h = c->server;

	body_end(c);
	loop_timer_fini(&c->life);
	bufferevent_free(c->bev);
	c->bev = NULL;
	c->is_answered = c->is_sending = c->is_deaf = false;
	h->n_connections--;
	listener_update(h);
}

static void
on_life_end(void *arg)
{
	connection_close(arg);
}

/*
 * All is written.  Closing with unread input would reset the connection and
 * could take the answer with it: so the peer closes first, or the timer does.
 */
static void
finish(struct connection *c)
{
	if (c->is_deaf) {
		connection_close(c);
		return;
	}
	c->is_sending = false;
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	allow_idle(c);
}

/* Puts a piece of the body out, and the end of it. */
static void
send_piece(struct connection *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct buf *piece = &c->server->piece;
	bool is_last;

	buf_reset(piece);
	is_last = !c->answer.next(c->answer.body_arg, piece);
	if (piece->failed) {		/* cut short: the peer will notice */
		connection_close(c);
		return;
	}
	if (c->is_chunked && piece->len > 0)
		evbuffer_add_printf(out, "%zx\r\n", piece->len);
	evbuffer_add(out, piece->p, piece->len);
	if (c->is_chunked && piece->len > 0)
		evbuffer_add(out, "\r\n", 2);
	if (is_last && c->is_chunked)
		evbuffer_add(out, "0\r\n\r\n", 5);
	connection_allow(c, STALL_NS);
	if (is_last)
		body_end(c);
	if (is_last && evbuffer_get_length(out) == 0)
		finish(c);
}

/* An old client gets pieces as they are, and the end is the connection's. */
static void
reply(struct connection *c, const struct small_http_answer *a, bool is_head,
    bool is_old)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	evbuffer_add_printf(out, "HTTP/1.1 %s\r\nContent-Type: %s\r\n",
	    a->status, a->type);
	c->is_chunked = a->next != NULL && !is_old;
	if (c->is_chunked)
		evbuffer_add_printf(out, "Transfer-Encoding: chunked\r\n");
	else if (a->next == NULL)
		evbuffer_add_printf(out, "Content-Length: %zu\r\n",
		    a->body.len);
	if (a->header != NULL)
		evbuffer_add_printf(out, "%s\r\n", a->header);
	evbuffer_add_printf(out, "Connection: close\r\n\r\n");
	if (!is_head)
		evbuffer_add(out, a->body.p, a->body.len);
	c->is_answered = c->is_sending = true;
	c->answer = *a;
	connection_allow(c, STALL_NS);
	if (is_head)
		body_end(c);
	else if (a->next != NULL)
		send_piece(c);
}

static void
reply_text(struct connection *c, const char *status, const char *header,
    struct str body)
{
	struct small_http_answer a = {
		.status = status,
		.type = "text/plain; charset=utf-8",
		.header = header,
		.body = body,
	};

	reply(c, &a, false, false);
}

void
small_http_not_found(struct small_http_answer *answer)
{
	*answer = (struct small_http_answer){
		.status = "404 Not Found",
		.type = "text/plain; charset=utf-8",
		.body = STR("not found\n"),
	};
}

struct str
small_http_header(const struct small_http_request *rq, const char *name)
{
	struct str rest = rq->headers, none = { NULL, 0 };
	size_t n = strlen(name);

	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');

		if (line.len <= n || line.p[n] != ':' ||
		    strncasecmp(line.p, name, n) != 0)
			continue;
		line.p += n + 1;
		line.len -= n + 1;
		while (line.len > 0 && (*line.p == ' ' || *line.p == '\t')) {
			line.p++;
			line.len--;
		}
		while (line.len > 0 && strchr(" \t\r", line.p[line.len - 1]))
			line.len--;
		return line;
	}
	return none;
}

static void
answer(struct connection *c, struct str line, struct str headers)
{
	struct str method = str_cut(&line, ' ');
	struct str target = str_cut(&line, ' ');
	struct small_http_request rq = { .headers = headers };
	struct small_http_answer a = { NULL };
	bool is_head = str_is(method, "HEAD");

	rq.path = str_cut(&target, '?');
	rq.query = target;
	if (!str_has_prefix(line, STR("HTTP/1.")) || rq.path.len == 0) {
		reply_text(c, "400 Bad Request", NULL, STR("bad request\n"));
	} else if (!is_head && !str_is(method, "GET")) {
		reply_text(c, "405 Method Not Allowed", "Allow: GET, HEAD",
		    STR("GET or HEAD\n"));
	} else {
		c->server->conf.answer(c->server->conf.arg, &rq, &a);
		reply(c, &a, is_head, str_is(line, "HTTP/1.0"));
	}
}

/* The first empty line ends a request; a body is read and thrown away. */
static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	struct evbuffer_ptr end;
	struct str head, line;

	if (c->is_answered) {
		evbuffer_drain(in, len);
		return;
	}
	end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	if (end.pos == -1 && len < REQUEST_MAX_BYTES)
		return;
	if (end.pos == -1) {
		reply_text(c, "431 Request Header Fields Too Large", NULL,
		    STR("request too large\n"));
	} else {
		head.p = (const char *)evbuffer_pullup(in, end.pos);
		head.len = head.p == NULL ? 0 : (size_t)end.pos;
		line = str_cut(&head, '\n');
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		answer(c, line, head);
	}
	if (c->bev != NULL)
		evbuffer_drain(in, evbuffer_get_length(in));
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;

	(void)bev;
	if (c->answer.next != NULL)
		send_piece(c);
	else if (c->is_sending)
		finish(c);
}

static void
on_end(struct bufferevent *bev, short what, void *arg)
{
	struct connection *c = arg;

	(void)bev;
	/* It has asked, and waits for the answer. */
	if ((what & BEV_EVENT_EOF) != 0 && c->is_sending)
		c->is_deaf = true;
	else
		connection_close(c);
}

static struct connection *
connection_find_free(struct small_http *h)
{
	for (size_t i = 0; i < h->conf.connections_max; i++)
		if (h->connections[i].bev == NULL)
			return &h->connections[i];
	return NULL;
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *peer, int peer_len, void *arg)
{
	struct small_http *h = arg;
	struct connection *c = connection_find_free(h);
	struct bufferevent *bev = NULL;

	(void)listener;
	(void)peer;
	(void)peer_len;
	if (c != NULL)
		bev = bufferevent_socket_new(h->loop->base, fd,
		    BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL) {
		close(fd);
		return;
	}
	c->server = h;
	c->bev = bev;
	h->n_connections++;
	loop_timer_init(&c->life, h->loop, on_life_end, c);
	c->end_mono_ns = clock_mono_ns() + h->conf.life_ns;
	bufferevent_setcb(bev, on_readable, on_written, on_end, c);
	bufferevent_setwatermark(bev, EV_READ, 0, REQUEST_MAX_BYTES);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	connection_allow(c, IDLE_NS);
	if (h->n_connections == h->conf.connections_max)
		hurry(h);
	listener_update(h);
}

static void
on_pause_end(void *arg)
{
	struct small_http *h = arg;

	h->is_paused = false;
	listener_update(h);
}

/* Out of descriptors: accept() would fail again at once, and for ever. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct small_http *h = arg;

	(void)listener;
	log_warn("%s_accept_failed error=%s", h->conf.event,
	    log_qs(strerror(errno)));
	h->is_paused = true;
	listener_update(h);
	loop_timer_set_ns(&h->accept_pause, ACCEPT_PAUSE_NS);
}

struct small_http *
small_http_open(struct loop *loop, const struct small_http_conf *conf,
    struct err *err)
{
	char address[LISTEN_TCP_ADDRESS_MAX];
	struct small_http *h;
	int fd = listen_tcp(conf->listen, err);

	if (fd == -1)
		return NULL;
	h = xcalloc(1, sizeof *h + conf->connections_max *
	    sizeof h->connections[0]);
	h->loop = loop;
	h->conf = *conf;
	h->listener = evconnlistener_new(loop->base, on_accept, h,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (h->listener == NULL) {
		err_set(err, "%s: out of memory", conf->listen);
		close(fd);
		free(h);
		return NULL;
	}
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	loop_timer_init(&h->accept_pause, loop, on_pause_end, h);
	listen_tcp_address(fd, address);
	log_info("%s_listening address=%s", conf->event, address);
	return h;
}

void
small_http_close(struct small_http *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->conf.connections_max; i++)
		if (h->connections[i].bev != NULL)
			connection_close(&h->connections[i]);
	loop_timer_fini(&h->accept_pause);
	evconnlistener_free(h->listener);
	buf_fini(&h->piece);
	free(h);
}
