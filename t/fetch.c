/* SPDX-License-Identifier: ISC */
/* What a server gets to see of a request, and requests that end in time. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fetch.h"
#include "common/timestamp.h"

#include "t/tap.h"

#define PATIENCE_MS 20000

/* Keeps what it is asked, and answers if it wants to. */
static struct server {
	int fd;
	char address[32];
	unsigned port;
	char seen[2048];
} server;

static struct loop loop;
static struct fetcher *fetcher;

static struct answer {
	bool is_there;
	char error[256];
} answer;

static void
on_request(evutil_socket_t fd, short what, void *arg)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
	    "Connection: close\r\n\r\nok";
	ssize_t n = recv(fd, server.seen, sizeof server.seen - 1, 0);

	(void)what;
	(void)arg;
	server.seen[n > 0 ? n : 0] = '\0';
	if (send(fd, text, sizeof text - 1, MSG_NOSIGNAL) == -1)
		diag("send: %s", strerror(errno));
	close(fd);
}

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)what;
	(void)arg;
	if (client != -1)
		event_base_once(loop.base, client, EV_READ, on_request, NULL,
		    NULL);
}

static struct event *
listen_anywhere(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	struct event *event;

	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server.fd == -1 || bind(server.fd, (struct sockaddr *)&a, n) == -1 ||
	    listen(server.fd, 16) == -1 ||
	    getsockname(server.fd, (struct sockaddr *)&a, &n) == -1)
		bail("listen: %s", strerror(errno));
	server.port = ntohs(a.sin_port);
	snprintf(server.address, sizeof server.address, "127.0.0.1:%u",
	    server.port);
	event = event_new(loop.base, server.fd, EV_READ | EV_PERSIST,
	    on_accept, NULL);
	event_add(event, NULL);
	return event;
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	(void)arg;
	answer.is_there = true;
	snprintf(answer.error, sizeof answer.error, "%s",
	    result->error == NULL ? "" : result->error);
}

static bool
is_answered(void *arg)
{
	(void)arg;
	return answer.is_there;
}

/* Without a timeout of its own it is a long one. */
static void
get(struct fetch_request request)
{
	struct err err;

	answer.is_there = false;
	server.seen[0] = '\0';
	request.done = on_done;
	if (request.timeout_ns == 0)
		request.timeout_ns = 2 * PATIENCE_MS * NS_PER_MS;
	if (!fetch_start(fetcher, &request, &err))
		bail("fetch: %s", err.msg);
	loop_run_until(&loop, PATIENCE_MS, is_answered, NULL);
	ok(answer.is_there, "it ends: %s", answer.error);
}

static bool
sees(const char *text)
{
	return strstr(server.seen, text) != NULL;
}

static void
test_token(void)
{
	struct fetch_identity me = { .token = "sesame" };
	char url[64];

	snprintf(url, sizeof url, "http://%s/x", server.address);
	get((struct fetch_request){ .url = url });
	ok(sees("GET /x HTTP/1.1\r\n") && !sees("Authorization"),
	    "nobody asks");
	get((struct fetch_request){ .url = url, .identity = &me });
	ok(sees("GET /x ") && !sees("sesame"),
	    "a token does not go over plain HTTP");
	me.may_send_token_plainly = true;
	get((struct fetch_request){ .url = url, .identity = &me });
	ok(sees("\r\nAuthorization: Bearer sesame\r\n"),
	    "unless it may");
}

static void
test_form(void)
{
	struct fetch_identity me = { .user = "root", .password = "open" };
	char url[64];

	snprintf(url, sizeof url, "http://%s/query", server.address);
	get((struct fetch_request){ .url = url, .identity = &me,
	    .post_form = STR("q=SELECT+1") });
	ok(sees("POST /query HTTP/1.1\r\n") &&
	    sees("Content-Type: application/x-www-form-urlencoded\r\n") &&
	    sees("Content-Length: 10\r\n"), "a form is posted");
	ok(sees("\r\nAuthorization: Basic cm9vdDpvcGVu\r\n"),
	    "with user and password");
	me.password = NULL;
	get((struct fetch_request){ .url = url, .identity = &me,
	    .post_json = STR("{}") });
	ok(sees("Content-Type: application/json\r\n") &&
	    sees("\r\nAuthorization: Basic cm9vdDo=\r\n"),
	    "without a password it is empty");
}

static void
test_proxy(void)
{
	struct fetch_identity me = { .is_direct = false };
	struct fetch_request request = { .url = "http://node-1:10250/x",
	    .identity = &me };
	char proxy[64];

	snprintf(proxy, sizeof proxy, "http://%s", server.address);
	setenv("http_proxy", proxy, 1);
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
	get(request);
	ok(sees("GET http://node-1:10250/x "), "the environment has a proxy");
	me.is_direct = true;
	request.connect_to = server.address;
	get(request);
	ok(sees("GET /x ") && sees("Host: node-1:10250\r\n"),
	    "who asks directly does not ask it");
	unsetenv("http_proxy");
}

/* Of our end of a connection to the server; 0: there is none. */
static unsigned
user_timeout_ms(void)
{
	for (int fd = 0; fd < 256; fd++) {
		struct sockaddr_in a;
		socklen_t n = sizeof a, n_ms = sizeof(unsigned);
		unsigned ms;

		if (getpeername(fd, (struct sockaddr *)&a, &n) == 0 &&
		    a.sin_family == AF_INET &&
		    ntohs(a.sin_port) == server.port &&
		    getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms,
		    &n_ms) == 0)
			return ms;
	}
	return 0;
}

static bool
is_connected(void *arg)
{
	unsigned *ms = arg;

	*ms = user_timeout_ms();
	return *ms != 0 || answer.is_there;
}

/* The listener is never asked to accept. */
static void
test_silence(void)
{
	struct fetch_request request = { .done = on_done,
	    .timeout_ns = 2 * PATIENCE_MS * NS_PER_MS };
	char url[64];
	struct err err;
	unsigned ms = 0;

	snprintf(url, sizeof url, "http://%s/x", server.address);
	request.url = url;
	get((struct fetch_request){ .url = url, .timeout_ns = 1 });
	ok(answer.error[0] != '\0', "in less than a millisecond, with an error");
	answer.is_there = false;
	if (!fetch_start(fetcher, &request, &err))
		bail("fetch: %s", err.msg);
	loop_run_until(&loop, PATIENCE_MS, is_connected, &ms);
	ok(ms >= 10000 && ms <= 60000,
	    "what is not acknowledged in half a minute ends a connection");
}

int
main(void)
{
	struct event *listener;
	struct err err;

	if (!loop_init(&loop, &err) ||
	    (fetcher = fetcher_open(&loop, 1 << 20, &err)) == NULL)
		bail("%s", err.msg);
	listener = listen_anywhere();
	test_token();
	test_form();
	test_proxy();
	event_del(listener);
	test_silence();
	fetcher_close(fetcher);
	event_free(listener);
	close(server.fd);
	loop_fini(&loop);
	return done_testing();
}
