/* SPDX-License-Identifier: ISC */
/* The server with an API of our own behind it: answers that come later, and
 * clients that leave, do not read or say too much. */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "common/log.h"
#include "common/timestamp.h"

#include "apiserver/http.h"
#include "t/store_fixture.h"
#include "t/tap.h"

#define PATIENCE_MS 20000
#define SHORT_NS (100 * NS_PER_MS)
#define LARGE_BYTES (12u << 20)

static struct loop loop;
static struct api own;
static struct http *http;
static struct http_counters counts;
static struct api_ticket *tickets[8];
static size_t n_tickets;
static unsigned n_asked;
static uint16_t port;

void
api_text(struct api_response *rs, int status, struct str text)
{
	rs->status = status;
	rs->content_type = "text/plain";
	buf_reset(&rs->body);
	buf_add_str(&rs->body, text);
}

static void
finish(struct api_ticket *ticket, struct str text)
{
	struct api_response rs = { .is_compressible = true };

	api_text(&rs, 200, text);
	ticket->finish(ticket, &rs);
	buf_fini(&rs.body);
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
		finish(rq->defer(rq->transport), STR("at once"));
	} else if (str_is(rq->path, "/moved")) {
		api_text(rs, 301, STR("moved"));
		rs->location = STR("/there");
	} else if (str_is(rq->path, "/large") ||
	    str_is(rq->path, "/metrics")) {
		api_text(rs, 200, STR(""));
		rs->is_of_store = str_is(rq->path, "/large");
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

static void
start(int64_t timeout_ns)
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

static int
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

static void
say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) == -1)
		diag("send: %s", strerror(errno));
}

#define ASK(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

/* What has come, and whether it was the end. */
struct heard {
	int fd;
	struct buf text;
	bool is_over;
	const char *until;
};

static bool
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

/* Whether the text comes; NULL: whether the connection ends. */
static bool
hears(struct heard *h, int fd, const char *until)
{
	h->fd = fd;
	h->until = until;
	return loop_run_until(&loop, PATIENCE_MS, has_heard, h) &&
	    (until == NULL || (h->text.len > 0 && memmem(h->text.p,
	    h->text.len, until, strlen(until)) != NULL));
}

static bool
has_tickets(void *arg)
{
	return n_tickets >= *(size_t *)arg;
}

static bool
wait_tickets(size_t n)
{
	return loop_run_until(&loop, PATIENCE_MS, has_tickets, &n);
}

static bool
nobody_is_there(void *arg)
{
	(void)arg;
	return counts.http_connections == 0;
}

static bool
has_timed_out(void *arg)
{
	(void)arg;
	return counts.http_timeouts > 0;
}

static void
forget(struct heard *h)
{
	close(h->fd);
	buf_fini(&h->text);
	*h = (struct heard){ 0 };
}

static void
end(void)
{
	http_close(http);
	http = NULL;
}

static void
test_later(void)
{
	struct heard h = { 0 };
	int fd;

	start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/later") ASK("/behind"));
	ok(wait_tickets(1), "an answer is deferred");
	is_u64(counts.http_deferred, 1, "and counted");
	h.fd = fd;
	ok(!has_heard(&h) && h.text.len == 0, "nothing is sent meanwhile");
	is_u64(n_asked, 1, "what is behind it waits");
	finish(tickets[0], STR("it was late"));
	ok(hears(&h, fd, "it was late"), "it is sent when it is there");
	ok(hears(&h, fd, "/behind"), "and then what was behind it");
	is_u64(counts.http_deferred, 0, "none is to come any more");
	say(fd, ASK("/at-once") ASK("/next"));
	ok(hears(&h, fd, "at once") && hears(&h, fd, "/next"),
	    "one that is finished by its handler is an answer too");
	say(fd, ASK("/moved"));
	ok(hears(&h, fd, "301 Moved Permanently\r\n") &&
	    hears(&h, fd, "\r\nLocation: /there\r\n"), "a redirect says where");
	forget(&h);
	end();
}

static void
test_gone(void)
{
	struct linger at_once = { 1, 0 };
	int fd, half;
	struct heard h = { 0 };

	start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/later"));
	ok(wait_tickets(1), "somebody asks for what takes time");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(fd);
	finish(tickets[0], STR("for nobody"));
	ok(loop_run_until(&loop, PATIENCE_MS, nobody_is_there, NULL),
	    "and leaves before it is there");
	half = client_of(0);
	say(half, ASK("/later"));
	shutdown(half, SHUT_WR);
	ok(wait_tickets(2), "somebody else says that he will say no more");
	finish(tickets[1], STR("but he listens"));
	ok(hears(&h, half, "but he listens"), "and gets his answer");
	ok(hears(&h, half, NULL), "and the end");
	forget(&h);
	end();
}

static void
test_in_vain(void)
{
	struct heard h = { 0 };
	int fd;

	start(SHORT_NS);
	fd = client_of(0);
	say(fd, ASK("/later"));
	ok(hears(&h, fd, "HTTP/1.1 504 Gateway Timeout\r\n"),
	    "an answer that does not come is missed");
	ok(hears(&h, fd, NULL), "and the connection ended");
	finish(tickets[0], STR("too late"));
	ok(loop_run_until(&loop, PATIENCE_MS, nobody_is_there, NULL),
	    "the answer may come all the same");
	is_u64(counts.http_timeouts, 1, "it is counted");
	forget(&h);
	end();
}

static void
test_slow_reader(void)
{
	struct heard h = { 0 };
	int fd;

	start(SHORT_NS);
	fd = client_of(8192);
	say(fd, ASK("/large"));
	ok(loop_run_until(&loop, PATIENCE_MS, has_timed_out, NULL),
	    "somebody who asks and does not read is cut");
	ok(hears(&h, fd, NULL) && h.text.len < LARGE_BYTES,
	    "in the middle of it");
	forget(&h);
	end();

	start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/large") "GET /end HTTP/1.0\r\n\r\n");
	ok(hears(&h, fd, NULL) && h.text.len > LARGE_BYTES &&
	    memcmp(h.text.p + h.text.len - 4, "/end", 4) == 0,
	    "one who reads gets all of it");
	forget(&h);
	end();
}

static bool
has_answered(void *arg)
{
	return counts.http_requests >= *(uint64_t *)arg;
}

static void
test_many_readers(void)
{
	struct heard h = { 0 };
	uint64_t n_answered = 2;
	int slow[2], fd;

	start(60 * NS_PER_S);
	for (size_t i = 0; i < 2; i++) {
		slow[i] = client_of(8192);
		say(slow[i], ASK("/large"));
	}
	ok(loop_run_until(&loop, PATIENCE_MS, has_answered, &n_answered),
	    "two ask for much and do not read");
	fd = client_of(0);
	say(fd, ASK("/large"));
	ok(hears(&h, fd, "HTTP/1.1 503 Service Unavailable\r\n"),
	    "a third has to come again later");
	close(slow[0]);
	close(slow[1]);
	while (counts.http_connections > 1)
		loop_run_until(&loop, 10, NULL, NULL);
	say(fd, ASK("/large"));
	ok(hears(&h, fd, "HTTP/1.1 200 OK\r\n"), "and gets it then");
	forget(&h);
	end();
}

static void
on_timer(void *arg)
{
	(void)arg;
	finish(tickets[0], STR("just in time"));
}

static void
test_stop(void)
{
	struct loop_timer timer;
	struct heard h = { 0 };
	int asking, idle, half;

	start(60 * NS_PER_S);
	asking = client_of(0);
	idle = client_of(0);
	half = client_of(0);
	say(asking, ASK("/later"));
	say(half, "GET /half HTTP/1.1\r\n");
	ok(wait_tickets(1), "the server has an answer to give");
	loop_timer_init(&timer, &loop, on_timer, NULL);
	loop_timer_set_ns(&timer, SHORT_NS);
	http_stop(http, 60 * NS_PER_S);
	is_u64(n_asked, 1, "when it stops it takes no half request");
	is_i64(client_of(0), -1, "and nobody new");
	ok(hears(&h, asking, "Connection: close\r\n") &&
	    hears(&h, asking, "just in time"), "but gives that answer");
	forget(&h);
	ok(hears(&h, idle, NULL) && h.text.len == 0, "who was idle is let go");
	forget(&h);
	ok(hears(&h, half, NULL), "who had not asked yet is, too");
	forget(&h);
	loop_timer_fini(&timer);
	end();
}

static void
test_stop_late(void)
{
	int fd;

	start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/later") ASK("/behind"));
	wait_tickets(1);
	http_stop(http, SHORT_NS);
	end();
	finish(tickets[0], STR("much too late"));
	ok(true, "an answer may come after the end of all");
	close(fd);
}

/* A request that was there before the signal is one in flight. */
static void
test_stop_unread(void)
{
	struct heard h = { 0 };
	int fd;

	start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/a"));
	ok(hears(&h, fd, "/a"), "somebody is served");
	say(fd, ASK("/b") ASK("/c"));
	http_stop(http, 60 * NS_PER_S);
	ok(hears(&h, fd, NULL), "and the server stops");
	ok(memmem(h.text.p, h.text.len, "\r\n\r\n/b", 6) != NULL,
	    "what had come before is answered");
	forget(&h);
	end();
}

static void
test_refusal(void)
{
	struct heard h = { 0 };
	char *flood = malloc(300001);
	int fd;

	start(60 * NS_PER_S);
	fd = client_of(0);
	memset(flood, 'x', 300000);
	flood[300000] = '\0';
	say(fd, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n");
	say(fd, flood);
	ok(hears(&h, fd, "HTTP/1.1 413 Request Entity Too Large\r\n") &&
	    hears(&h, fd, NULL), "what is too large is refused");
	ok(memmem(h.text.p, h.text.len, "body too large", 14) != NULL,
	    "and the reason is not lost behind what was still coming");
	forget(&h);
	fd = client_of(0);
	say(fd, "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n");
	ok(hears(&h, fd, "HTTP/1.1 100 Continue\r\n\r\n"),
	    "who asks before he sends is told to go on");
	say(fd, "3\r\nabc\r\n0\r\n\r\n" ASK("/next"));
	ok(hears(&h, fd, "\r\n\r\n/a") && hears(&h, fd, "\r\n\r\n/next"),
	    "and what follows the body is the next request");
	forget(&h);
	is_u64(counts.http_malformed, 1, "only what was refused is counted");
	free(flood);
	end();
}

/* n times, over one connection. */
static void
ask_large(const char *request, unsigned n)
{
	struct heard h = { 0 };
	int fd = client_of(0);

	for (unsigned i = 0; i < n; i++)
		say(fd, request);
	say(fd, "GET /end HTTP/1.0\r\n\r\n");
	ok(hears(&h, fd, NULL) && h.text.len > n * (size_t)LARGE_BYTES,
	    "a large answer is sent %u times", n);
	forget(&h);
}

static void
test_again(void)
{
	struct store_counters store_counts;
	struct err err;

	own.store = store_open(NULL, RETENTION, UINT64_C(1) << 30,
	    &store_counts, &err);
	fill(own.store, 0, 1);
	start(60 * NS_PER_S);
	ask_large(ASK("/large"), 3);
	is_u64(n_asked, 2, "and made once");
	is_u64(counts.http_cached, 2, "which is counted");
	fill(own.store, 2, 2);
	ask_large(ASK("/large"), 1);
	is_u64(n_asked, 4, "after a frame it is made again");
	ask_large(ASK("/metrics"), 2);
	is_u64(n_asked, 7, "what is not of the store alone is never kept");
	end();
	store_close(own.store);
	own.store = NULL;
}

int
main(void)
{
	struct err err;

	log_init("http");
	log_set_verbose(-1);
	if (!loop_init(&loop, &err))
		return 1;
	test_later();
	test_gone();
	test_in_vain();
	test_slow_reader();
	test_many_readers();
	test_stop();
	test_stop_late();
	test_stop_unread();
	test_refusal();
	test_again();
	loop_fini(&loop);
	return done_testing();
}
