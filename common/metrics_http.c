/* SPDX-License-Identifier: ISC */
/*
 * A server of its own instead of evhttp: that one has no limit of connections
 * and no deadline, and every program would link it for two paths.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "common/metrics_http.h"
#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/str.h"

#define CONNECTIONS_MAX 16
#define REQUEST_MAX_BYTES 8192
#define CONNECTION_LIFE_NS INT64_C(5000000000)
#define ACCEPT_PAUSE_NS INT64_C(100000000)

struct connection {
	struct metrics_http *server;
	struct bufferevent *bev;	/* NULL: free */
	struct loop_timer life;
	bool is_answered;
};

struct metrics_http {
	struct loop *loop;
	const struct counters *counters;
	struct evconnlistener *listener;
	struct loop_timer accept_pause;
	bool is_paused;			/* out of descriptors */
	int n_connections;
	struct connection connections[CONNECTIONS_MAX];
};

/* While all places are taken the kernel's backlog is the queue. */
static void
listener_update(struct metrics_http *m)
{
	if (m->is_paused || m->n_connections == CONNECTIONS_MAX)
		evconnlistener_disable(m->listener);
	else
		evconnlistener_enable(m->listener);
}

static void
connection_close(struct connection *c)
{
	struct metrics_http *m = c->server;

	loop_timer_fini(&c->life);
	bufferevent_free(c->bev);
	c->bev = NULL;
	c->is_answered = false;
	m->n_connections--;
	listener_update(m);
}

static void
on_life_end(void *arg)
{
	connection_close(arg);
}

static void
reply(struct connection *c, const char *status, const char *type, bool has_body,
    struct str body)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);

	evbuffer_add_printf(out,
	    "HTTP/1.1 %s\r\n"
	    "Content-Type: %s\r\n"
	    "Content-Length: %zu\r\n"
	    "%s"
	    "Connection: close\r\n"
	    "\r\n",
	    status, type, body.len,
	    strncmp(status, "405", 3) == 0 ? "Allow: GET, HEAD\r\n" : "");
	if (has_body)
		evbuffer_add(out, body.p, body.len);
	c->is_answered = true;
}

static void
reply_text(struct connection *c, const char *status, bool has_body,
    struct str body)
{
	reply(c, status, "text/plain; charset=utf-8", has_body, body);
}

static void
reply_metrics(struct connection *c, bool has_body)
{
	struct buf text = BUF_INIT;

	counters_print_prometheus(c->server->counters, &text);
	if (text.failed)
		reply_text(c, "503 Service Unavailable", has_body,
		    STR("out of memory\n"));
	else
		reply(c, "200 OK", "text/plain; version=0.0.4; charset=utf-8",
		    has_body, buf_str(&text));
	buf_fini(&text);
}

static void
answer(struct connection *c, struct str line)
{
	struct str method = str_cut(&line, ' ');
	struct str target = str_cut(&line, ' ');
	struct str path = str_cut(&target, '?');
	bool is_head = str_is(method, "HEAD");

	if (!str_has_prefix(line, STR("HTTP/1.")) || path.len == 0)
		reply_text(c, "400 Bad Request", true, STR("bad request\n"));
	else if (!is_head && !str_is(method, "GET"))
		reply_text(c, "405 Method Not Allowed", true,
		    STR("GET or HEAD\n"));
	else if (str_is(path, "/metrics"))
		reply_metrics(c, !is_head);
	else if (str_is(path, "/healthz"))
		reply_text(c, "200 OK", !is_head, STR("ok\n"));
	else
		reply_text(c, "404 Not Found", !is_head, STR("not found\n"));
}

/* The first empty line ends a request; a body is read and thrown away. */
static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	struct evbuffer_ptr end;
	char *line;
	size_t line_len;

	if (c->is_answered) {
		evbuffer_drain(in, len);
		return;
	}
	end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	if (end.pos == -1 && len < REQUEST_MAX_BYTES)
		return;
	if (end.pos == -1) {
		reply_text(c, "431 Request Header Fields Too Large", true,
		    STR("request too large\n"));
	} else {
		line = evbuffer_readln(in, &line_len, EVBUFFER_EOL_CRLF_STRICT);
		if (line != NULL)
			answer(c, (struct str){ line, line_len });
		free(line);
	}
	evbuffer_drain(in, evbuffer_get_length(in));
}

/*
 * Closing with unread input would reset the connection and could take the
 * answer with it: so the peer closes first, or the timer does.
 */
static void
on_written(struct bufferevent *bev, void *arg)
{
	struct connection *c = arg;

	if (c->is_answered)
		shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void
on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	connection_close(arg);
}

static struct connection *
connection_find_free(struct metrics_http *m)
{
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		if (m->connections[i].bev == NULL)
			return &m->connections[i];
	return NULL;
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *peer, int peer_len, void *arg)
{
	struct metrics_http *m = arg;
	struct connection *c = connection_find_free(m);
	struct bufferevent *bev = NULL;

	(void)listener;
	(void)peer;
	(void)peer_len;
	if (c != NULL)
		bev = bufferevent_socket_new(m->loop->base, fd,
		    BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL) {
		close(fd);
		return;
	}
	c->server = m;
	c->bev = bev;
	m->n_connections++;
	loop_timer_init(&c->life, m->loop, on_life_end, c);
	loop_timer_set_ns(&c->life, CONNECTION_LIFE_NS);
	bufferevent_setcb(bev, on_readable, on_written, on_end, c);
	bufferevent_setwatermark(bev, EV_READ, 0, REQUEST_MAX_BYTES);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	listener_update(m);
}

static void
on_pause_end(void *arg)
{
	struct metrics_http *m = arg;

	m->is_paused = false;
	listener_update(m);
}

/* Out of descriptors: accept() would fail again at once, and for ever. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct metrics_http *m = arg;

	(void)listener;
	log_warn("metrics_accept_failed error=%s", log_qs(strerror(errno)));
	m->is_paused = true;
	listener_update(m);
	loop_timer_set_ns(&m->accept_pause, ACCEPT_PAUSE_NS);
}

/* "HOST:PORT", "[V6]:PORT", ":PORT", "*:PORT".  The parts are the caller's to
 * free. */
static bool
address_split(const char *listen, char **out_host, char **out_port,
    struct err *err)
{
	const char *colon = strrchr(listen, ':');
	struct str host;

	if (colon == NULL || colon[1] == '\0' ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0' ||
	    atol(colon + 1) > 65535)
		return err_set(err, "%s: not HOST:PORT", listen);
	host = (struct str){ listen, (size_t)(colon - listen) };
	if (host.len >= 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = (struct str){ host.p + 1, host.len - 2 };
	else if (memchr(host.p, ':', host.len) != NULL)
		return err_set(err, "%s: an IPv6 address goes into brackets",
		    listen);
	*out_host = host.len > 0 ? str_dup(host) : xstrdup("127.0.0.1");
	*out_port = xstrdup(colon + 1);
	return true;
}

static int
socket_listen(const struct addrinfo *ai)
{
	static const int on = 1, off = 0;
	int fd, saved_errno;

	fd = socket(ai->ai_family,
	    ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol);
	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	/* So that :: is every address of IPv4 as well. */
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, 64) == 0)
		return fd;
	saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return -1;
}

static int
listen_on_host(const char *listen, const char *host, const char *port,
    struct err *err)
{
	static const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	int fd = -1, rv;

	rv = getaddrinfo(host, port, &hints, &list);
	if (rv != 0)
		err_set(err, "%s: %s", listen, gai_strerror(rv));
	for (struct addrinfo *ai = list; ai != NULL && fd == -1;
	    ai = ai->ai_next) {
		fd = socket_listen(ai);
		if (fd == -1)
			err_set(err, "%s: %s", listen, strerror(errno));
	}
	if (list != NULL)
		freeaddrinfo(list);
	return fd;
}

/* "*" is both families, or IPv4 where the kernel has no other. */
static int
listen_on(const char *listen, struct err *err)
{
	char *host = NULL, *port = NULL;
	bool is_any;
	int fd;

	if (!address_split(listen, &host, &port, err))
		return -1;
	is_any = strcmp(host, "*") == 0;
	fd = listen_on_host(listen, is_any ? "::" : host, port, err);
	if (fd == -1 && is_any)
		fd = listen_on_host(listen, "0.0.0.0", port, err);
	free(host);
	free(port);
	return fd;
}

static void
log_address(int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof ss;
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof host, port,
	    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	log_info(ss.ss_family == AF_INET6 ?
	    "metrics_listening address=[%s]:%s" :
	    "metrics_listening address=%s:%s", host, port);
}

struct metrics_http *
metrics_http_open(struct loop *loop, const char *listen,
    const struct counters *counters, struct err *err)
{
	struct metrics_http *m;
	int fd = listen_on(listen, err);

	if (fd == -1)
		return NULL;
	m = xcalloc(1, sizeof *m);
	m->loop = loop;
	m->counters = counters;
	m->listener = evconnlistener_new(loop->base, on_accept, m,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (m->listener == NULL) {
		err_set(err, "%s: out of memory", listen);
		close(fd);
		free(m);
		return NULL;
	}
	evconnlistener_set_error_cb(m->listener, on_accept_error);
	loop_timer_init(&m->accept_pause, loop, on_pause_end, m);
	log_address(fd);
	return m;
}

void
metrics_http_close(struct metrics_http *m)
{
	if (m == NULL)
		return;
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		if (m->connections[i].bev != NULL)
			connection_close(&m->connections[i]);
	loop_timer_fini(&m->accept_pause);
	evconnlistener_free(m->listener);
	free(m);
}
