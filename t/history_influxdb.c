/* SPDX-License-Identifier: ISC */
/* A question that nobody waits for any more, to a database that is slow. */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "apiserver/history.h"

#include "t/tap.h"

#define PATIENCE_MS 20000
#define POLL_MS 10

static struct loop loop;
static int listener;
static unsigned n_done;

static void
on_done(void *arg, const struct history_answer *answer, const struct err *err)
{
	(void)arg;
	(void)answer;
	(void)err;
	n_done++;
}

static uint16_t
listen_anywhere(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (listener == -1 || bind(listener, (struct sockaddr *)&a, n) == -1 ||
	    listen(listener, 16) == -1 ||
	    getsockname(listener, (struct sockaddr *)&a, &n) == -1)
		bail("listen: %s", strerror(errno));
	return ntohs(a.sin_port);
}

/* The next question's connection, read until it is whole; -1: none came. */
static int
next_asker(void)
{
	char text[4096];
	int fd = -1;

	for (int ms = 0; ms < PATIENCE_MS; ms += POLL_MS) {
		loop_run_until(&loop, POLL_MS, NULL, NULL);
		if (fd == -1)
			fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		if (fd != -1 && recv(fd, text, sizeof text, 0) > 0)
			return fd;
	}
	return fd;
}

static bool
is_closed(int fd)
{
	char text[64];

	for (int ms = 0; ms < PATIENCE_MS; ms += POLL_MS) {
		if (recv(fd, text, sizeof text, 0) == 0)
			return true;
		loop_run_until(&loop, POLL_MS, NULL, NULL);
	}
	return false;
}

int
main(void)
{
	struct history_key node = { .names = { .type = SET_NODE,
	    .node = STR("n0") } };
	struct history_question q = { .what = HISTORY_SERIES, .keys = &node,
	    .n_keys = 1, .metric = STR("cpu/usage_rate"), .end_ns = 1 };
	int first, second, other, fd;
	struct history *h;
	struct err err;
	char uri[64];

	if (!loop_init(&loop, &err))
		bail("%s", err.msg);
	snprintf(uri, sizeof uri, "http://127.0.0.1:%u", listen_anywhere());
	h = history_influxdb.open(&loop, uri, &err);
	if (h == NULL)
		bail("%s", err.msg);
	history_influxdb.ask(h, &q, on_done, &first);
	first = next_asker();
	history_influxdb.ask(h, &q, on_done, &second);
	second = next_asker();
	ok(first != -1 && second != -1, "two questions are asked at once");
	history_influxdb.cancel(h, &other);
	history_influxdb.cancel(h, &first);
	ok(is_closed(first), "one that is cancelled is not waited for");
	is_u64(n_done, 0, "nor answered");
	fd = second;
	ok(send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 40,
	    MSG_NOSIGNAL) == 40, "the other one");
	for (int ms = 0; ms < PATIENCE_MS && n_done == 0; ms += POLL_MS)
		loop_run_until(&loop, POLL_MS, NULL, NULL);
	is_u64(n_done, 1, "is answered");
	history_influxdb.ask(h, &q, on_done, &first);
	history_influxdb.close(h);
	is_u64(n_done, 1, "what is asked at the end is not");
	close(first);
	close(second);
	close(listener);
	loop_fini(&loop);
	return done_testing();
}
