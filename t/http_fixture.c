/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "t/http_fixture.h"

#define POLL_MS 10

struct loop loop;
struct api own;
struct http *http;
struct http_counters counts;
struct api_ticket *tickets[8];
size_t n_tickets;
unsigned n_asked;
char counted[200];
static uint16_t port;
static const char at_once[512] = "at once";	/* worth compressing */

void
api_text(struct api_response *rs, int status, struct str text)
{
	rs->status = status;
	rs->content_type = "text/plain";
	buf_reset(&rs->body);
	buf_add_str(&rs->body, text);
}

void
server_finish(struct api_ticket *ticket, struct str text)
{
	struct api_response rs = { .is_compressible = true };

	api_text(&rs, 200, text);
	ticket->finish(ticket, &rs);
	buf_fini(&rs.body);
}

void
api_count(const struct api *api, const struct api_request *rq, int status,
    size_t body_bytes, int64_t duration_ns)
{
	(void)api;
	snprintf(counted, sizeof counted, "%.*s %.*s %d %zu",
	    STR_ARG(rq->method), STR_ARG(rq->path), status, body_bytes);
	if (duration_ns < 0)
		strcpy(counted, "before it was asked");
}

void
api_answer(struct api *api, struct api_request *rq, struct api_response *rs)
{
	(void)api;
	n_asked++;
	if (str_is(rq->path, "/later")) {
		tickets[n_tickets++] = rq->defer(rq->transport);
		rs->is_deferred = true;
	} else if (str_is(rq->path, "/at-once")) {
		rs->is_deferred = true;
		server_finish(rq->defer(rq->transport), (struct str){ at_once,
		    sizeof at_once });
	} else if (str_is(rq->path, "/moved")) {
		api_text(rs, 301, STR("moved"));
		rs->location = STR("/there");
	} else if (str_is(rq->path, "/large") ||
	    str_is(rq->path, "/metrics")) {
		api_text(rs, 200, STR(""));
		rs->is_of_store = rs->is_compressible =
		    str_is(rq->path, "/large");
		memset(buf_reserve(&rs->body, LARGE_BYTES), 'x', LARGE_BYTES);
		rs->body.len = LARGE_BYTES;
	} else {
		api_text(rs, 200, rq->path);
	}
}

/* The one descriptor of ours that accepts. */
static uint16_t
find_port(void)
{
	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_in at;
		socklen_t len = sizeof at, one = sizeof(int);
		int is_listening = 0;

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening,
		    &one) == 0 && is_listening &&
		    getsockname(fd, (struct sockaddr *)&at, &len) == 0)
			return at.sin_port;
	}
	return 0;
}

void
server_start(int64_t timeout_ns)
{
	struct http_conf conf = { .listen = "127.0.0.1:0",
		.timeout_ns = timeout_ns, .bytes_per_s = LARGE_BYTES,
		.sending_bytes_max = 2 * LARGE_BYTES - 1 };
	struct err err;

	n_tickets = 0;
	n_asked = 0;
	memset(&counts, 0, sizeof counts);
	http = http_open(&loop, &conf, &own, &counts, &err);
	if (http == NULL) {
		printf("Bail out!  %s\n", err.msg);
		exit(1);
	}
	port = find_port();
}

int
client_of(int receive_bytes)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = port,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (receive_bytes > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes,
		    sizeof receive_bytes);
	if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
		return fd;
	close(fd);
	return -1;
}

void
say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) == -1)
		printf("# send: %s\n", strerror(errno));
}

bool
has_heard(void *arg)
{
	struct heard *h = arg;
	ssize_t n;

	while ((n = recv(h->fd, buf_reserve(&h->text, 65536), 65535,
	    MSG_DONTWAIT)) > 0)
		h->text.len += (size_t)n;
	if (n == 0 || (n == -1 && errno != EAGAIN))
		h->is_over = true;
	return h->is_over || (h->until != NULL && h->text.len > 0 &&
	    memmem(h->text.p, h->text.len, h->until, strlen(h->until)) != NULL);
}

/* What comes does not wake the server's loop. */
static bool
listen_until_heard(struct heard *h)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += POLL_MS)
		if (loop_run_until(&loop, POLL_MS, has_heard, h))
			return true;
	return false;
}

/* Whether the text comes; NULL: whether the connection ends. */
bool
hears(struct heard *h, int fd, const char *until)
{
	h->fd = fd;
	h->until = until;
	return listen_until_heard(h) &&
	    (until == NULL || (h->text.len > 0 && memmem(h->text.p,
	    h->text.len, until, strlen(until)) != NULL));
}

static bool
has_tickets(void *arg)
{
	return n_tickets >= *(size_t *)arg;
}

bool
wait_tickets(size_t n)
{
	return loop_run_until(&loop, PATIENCE_MS, has_tickets, &n);
}

bool
nobody_is_there(void *arg)
{
	(void)arg;
	return counts.http_connections == 0;
}

bool
has_timed_out(void *arg)
{
	(void)arg;
	return counts.http_timeouts > 0;
}

void
heard_fini(struct heard *h)
{
	close(h->fd);
	buf_fini(&h->text);
	*h = (struct heard){ 0 };
}

void
server_end(void)
{
	http_close(http);
	http = NULL;
}
