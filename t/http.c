/* SPDX-License-Identifier: ISC */
/* The server with an API of our own behind it: answers that come later, and
 * clients that leave, do not read or say too much. */
#include "config.h"

#include <sys/socket.h>

#include <unistd.h>

#include "common/log.h"
#include "common/timestamp.h"

#include "apiserver/body.h"

#include "t/http_fixture.h"
#include "t/store_fixture.h"
#include "t/tap.h"

#define SHORT_NS (100 * NS_PER_MS)

static void
test_later(void)
{
	struct heard h = { 0 };
	int fd;

	server_start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/later") ASK("/behind"));
	ok(wait_tickets(1), "an answer is deferred");
	is_u64(counts.http_deferred, 1, "and counted");
	h.fd = fd;
	ok(!has_heard(&h) && h.text.len == 0, "nothing is sent meanwhile");
	is_u64(n_asked, 1, "what is behind it waits");
	server_finish(tickets[0], STR("it was late"));
	ok(hears(&h, fd, "it was late"), "it is sent when it is there");
	ok(hears(&h, fd, "/behind"), "and then what was behind it");
	is_u64(counts.http_deferred, 0, "none is to come any more");
	is_str(counted, "GET /later 200 11", "the API has counted it");
	say(fd, ASK("/at-once") ASK("/next"));
	ok(hears(&h, fd, "at once") && hears(&h, fd, "/next"),
	    "one that is finished by its handler is an answer too");
	say(fd, "GET /at-once HTTP/1.1\r\nHost: x\r\n"
	    "Accept-Encoding: gzip\r\n\r\n");
	ok(hears(&h, fd, "Encoding: gzip\r\n"), "and can be compressed");
	say(fd, ASK("/moved"));
	ok(hears(&h, fd, "301 Moved Permanently\r\n") &&
	    hears(&h, fd, "\r\nLocation: /there\r\n"), "a redirect says where");
	heard_fini(&h);
	server_end();
}

static void
test_gone(void)
{
	struct linger at_once = { 1, 0 };
	int fd, half;
	struct heard h = { 0 };

	server_start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/later"));
	ok(wait_tickets(1), "somebody asks for what takes time");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(fd);
	server_finish(tickets[0], STR("for nobody"));
	ok(loop_run_until(&loop, PATIENCE_MS, nobody_is_there, NULL),
	    "and leaves before it is there");
	half = client_of(0);
	say(half, ASK("/later"));
	shutdown(half, SHUT_WR);
	ok(wait_tickets(2), "somebody else says that he will say no more");
	server_finish(tickets[1], STR("but he listens"));
	ok(hears(&h, half, "but he listens"), "and gets his answer");
	ok(hears(&h, half, NULL), "and the end");
	heard_fini(&h);
	server_end();
}

static void
test_in_vain(void)
{
	struct heard h = { 0 };
	int fd;

	server_start(SHORT_NS);
	fd = client_of(0);
	say(fd, ASK("/later"));
	ok(hears(&h, fd, "HTTP/1.1 504 Gateway Timeout\r\n"),
	    "an answer that does not come is missed");
	ok(hears(&h, fd, NULL), "and the connection ended");
	server_finish(tickets[0], STR("too late"));
	ok(loop_run_until(&loop, PATIENCE_MS, nobody_is_there, NULL),
	    "the answer may come all the same");
	is_u64(counts.http_timeouts, 1, "it is counted");
	heard_fini(&h);
	server_end();
}

static void
test_slow_reader(void)
{
	struct heard h = { 0 };
	int fd;

	server_start(SHORT_NS);
	fd = client_of(8192);
	say(fd, ASK("/large"));
	ok(loop_run_until(&loop, PATIENCE_MS, has_timed_out, NULL),
	    "somebody who asks and does not read is cut");
	ok(hears(&h, fd, NULL) && h.text.len < LARGE_BYTES,
	    "in the middle of it");
	heard_fini(&h);
	server_end();

	server_start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/large") "GET /end HTTP/1.0\r\n\r\n");
	ok(hears(&h, fd, NULL) && h.text.len > LARGE_BYTES &&
	    memcmp(h.text.p + h.text.len - 4, "/end", 4) == 0,
	    "one who reads gets all of it");
	heard_fini(&h);
	server_end();
}

static bool
has_answered(void *arg)
{
	return counts.http_requests >= *(uint64_t *)arg;
}

static void
test_many_readers(void)
{
	struct heard h = { 0 }, patient = { 0 };
	static char large[5000];
	uint64_t n_answered = 2;
	int slow[2], fd, later;

	server_start(60 * NS_PER_S);
	later = client_of(0);
	say(later, ASK("/later"));
	wait_tickets(1);
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
	buf_reset(&h.text);
	say(fd, ASK("/small"));
	ok(hears(&h, fd, "HTTP/1.1 200 OK\r\n"),
	    "but not who asks for little: whether all is well");
	server_finish(tickets[0], (struct str){ large, sizeof large });
	ok(hears(&patient, later, "HTTP/1.1 503 Service Unavailable\r\n"),
	    "a large answer that comes then comes in vain");
	heard_fini(&patient);
	close(slow[0]);
	close(slow[1]);
	while (counts.http_connections > 1)
		loop_run_until(&loop, 10, NULL, NULL);
	say(fd, ASK("/large"));
	ok(hears(&h, fd, "HTTP/1.1 200 OK\r\n"), "and gets it then");
	heard_fini(&h);
	server_end();
}

static void
on_timer(void *arg)
{
	(void)arg;
	server_finish(tickets[0], STR("just in time"));
}

static void
test_stop(void)
{
	struct loop_timer timer;
	struct heard h = { 0 };
	int asking, idle, half;

	server_start(60 * NS_PER_S);
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
	heard_fini(&h);
	ok(hears(&h, idle, NULL) && h.text.len == 0, "who was idle is let go");
	heard_fini(&h);
	ok(hears(&h, half, NULL), "who had not asked yet is, too");
	heard_fini(&h);
	loop_timer_fini(&timer);
	server_end();
}

static void
test_stop_late(void)
{
	int fd;

	server_start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/later") ASK("/behind"));
	wait_tickets(1);
	http_stop(http, SHORT_NS);
	server_end();
	server_finish(tickets[0], STR("much too late"));
	ok(true, "an answer may come after the end of all");
	close(fd);
}

/* A request that was there before the signal is one in flight. */
static void
test_stop_unread(void)
{
	struct heard h = { 0 };
	int fd;

	server_start(60 * NS_PER_S);
	fd = client_of(0);
	say(fd, ASK("/a"));
	ok(hears(&h, fd, "/a"), "somebody is served");
	say(fd, ASK("/b") ASK("/c"));
	http_stop(http, 60 * NS_PER_S);
	ok(hears(&h, fd, NULL), "and the server stops");
	ok(memmem(h.text.p, h.text.len, "\r\n\r\n/b", 6) != NULL,
	    "what had come before is answered");
	heard_fini(&h);
	server_end();
}

static void
test_refusal(void)
{
	struct heard h = { 0 };
	char *flood = malloc(300001);
	int fd;

	server_start(60 * NS_PER_S);
	fd = client_of(0);
	memset(flood, 'x', 300000);
	flood[300000] = '\0';
	say(fd, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n");
	say(fd, flood);
	ok(hears(&h, fd, "HTTP/1.1 413 Request Entity Too Large\r\n") &&
	    hears(&h, fd, NULL), "what is too large is refused");
	ok(memmem(h.text.p, h.text.len, "body too large", 14) != NULL,
	    "and the reason is not lost behind what was still coming");
	heard_fini(&h);
	fd = client_of(0);
	say(fd, "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n");
	ok(hears(&h, fd, "HTTP/1.1 100 Continue\r\n\r\n"),
	    "who asks before he sends is told to go on");
	say(fd, "3\r\nabc\r\n0\r\n\r\n" ASK("/next"));
	ok(hears(&h, fd, "\r\n\r\n/a") && hears(&h, fd, "\r\n\r\n/next"),
	    "and what follows the body is the next request");
	heard_fini(&h);
	is_u64(counts.http_malformed, 1, "only what was refused is counted");
	free(flood);
	server_end();
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
	heard_fini(&h);
}

static bool
has_rested(void *arg)
{
	(void)arg;
	return !body_has_spare();
}

/* Twice; by now it is known as it is. */
static void
ask_deflated(void)
{
	const char *request = "GET /large HTTP/1.1\r\nHost: x\r\n"
	    "Accept-Encoding: deflate\r\n\r\n";
	struct heard h = { 0 };
	int fd = client_of(0);

	say(fd, request);
	say(fd, request);
	say(fd, "GET /end HTTP/1.0\r\n\r\n");
	ok(hears(&h, fd, NULL) && h.text.len < LARGE_BYTES / 10 &&
	    memmem(h.text.p, h.text.len, "Encoding: deflate", 17) != NULL,
	    "who wants it compressed gets it compressed");
	heard_fini(&h);
	fill(own.store, 3, 3);
	ok(loop_run_until(&loop, PATIENCE_MS, has_rested, NULL),
	    "and nobody keeps the whole text for long");
}

static void
test_again(void)
{
	struct store_counters store_counts;
	struct err err;

	own.store = store_open(NULL, RETENTION, UINT64_C(1) << 30,
	    &store_counts, &err);
	fill(own.store, 0, 1);
	server_start(60 * NS_PER_S);
	ask_large(ASK("/large"), 3);
	is_u64(n_asked, 2, "and made once");
	is_u64(counts.http_cached, 2, "which is counted");
	is_str(counted, "GET /large 200 12582912", "and told to the API");
	fill(own.store, 2, 2);
	ask_large(ASK("/large"), 1);
	is_u64(n_asked, 4, "after a frame it is made again");
	ask_deflated();
	ask_large(ASK("/metrics"), 2);
	is_u64(n_asked, 9, "what is not of the store alone is never kept");
	server_end();
	store_close(own.store);
	own.store = NULL;
}

static bool
has_refused(void *arg)
{
	(void)arg;
	return counts.http_malformed > 0;
}

/* Requests that never end, each no longer than may be. */
static void
test_never_whole(void)
{
	static char path[90000];
	struct heard last = { 0 };
	int fds[200], few = 0;
	size_t before;

	memset(path, 'a', sizeof path - 1);
	server_start(60 * NS_PER_S);
	before = body_bytes();
	for (size_t i = 0; i < 200 && !has_refused(NULL); i++) {
		fds[i] = client_of(0);
		say(fds[i], "GET /");
		say(fds[i], path);
		loop_run_until(&loop, 20, has_refused, NULL);
		few = (int)i + 1;
	}
	ok(loop_run_until(&loop, PATIENCE_MS, has_refused, NULL),
	    "requests that never end get 503 when they are many");
	ok(body_bytes() > before + LARGE_BYTES / 2 &&
	    body_bytes() < 2 * LARGE_BYTES, "which bounds their memory");
	ok(hears(&last, fds[few - 1], NULL) && memmem(last.text.p,
	    last.text.len, "503 Service Unavailable", 23) != NULL,
	    "the last is told");
	heard_fini(&last);
	last = (struct heard){ 0 };
	fds[few - 1] = client_of(0);
	say(fds[few - 1], "GET /small HTTP/1.0\r\n\r\n");
	ok(hears(&last, fds[few - 1], NULL) && memmem(last.text.p,
	    last.text.len, "200 OK", 6) != NULL, "small ones are answered");
	heard_fini(&last);
	for (int i = 0; i < few - 1; i++)
		close(fds[i]);
	ok(loop_run_until(&loop, PATIENCE_MS, nobody_is_there, NULL),
	    "they go");
	is_u64(body_bytes(), before, "and with them their memory");
	server_end();
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
	test_never_whole();
	test_again();
	loop_fini(&loop);
	return done_testing();
}
