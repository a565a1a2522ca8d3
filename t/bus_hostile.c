/* SPDX-License-Identifier: ISC */
/*
 * A subscriber among publishers that lie, send garbage or do not answer: it
 * neither loops nor grows nor loses what honest ones send.
 */
#include "config.h"

#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>
#include <string.h>

#include "common/bus_socket.h"
#include "t/bus_fixture.h"
#include "t/tap.h"

#define LINE(topic, position) topic " " position " {\"x\":1}\n"

static struct loop loop;

/* A publisher that says what a test wants it to say. */
struct liar {
	nng_socket live;
	nng_socket replay;
	struct event *on_request;
	const char *answer;	/* to every request; NULL: none */
	unsigned n_requests;	/* but for "replay 0.0" */
	char request[1024];	/* the last of them */
};

static void
send_text(nng_socket socket, const char *text, size_t len)
{
	nng_msg *msg;

	if (nng_msg_alloc(&msg, len) != 0)
		bail("nng_msg_alloc");
	memcpy(nng_msg_body(msg), text, len);
	if (nng_sendmsg(socket, msg, 0) != 0)
		nng_msg_free(msg);
}

static void
say(struct liar *l, const char *text)
{
	send_text(l->live, text, strlen(text));
}

static void
on_request(evutil_socket_t fd, short what, void *arg)
{
	struct liar *l = arg;
	nng_msg *msg;
	size_t len;

	(void)fd;
	(void)what;
	if (nng_recvmsg(l->replay, &msg, NNG_FLAG_NONBLOCK) != 0)
		return;
	len = nng_msg_len(msg);
	if (len >= sizeof l->request)
		bail("a request of %zu bytes", len);
	if (len != 11 || memcmp(nng_msg_body(msg), "replay 0.0\n", 11) != 0) {
		l->n_requests++;
		memcpy(l->request, nng_msg_body(msg), len);
		l->request[len] = '\0';
	}
	nng_msg_free(msg);
	if (l->answer != NULL)
		send_text(l->replay, l->answer, strlen(l->answer));
}

static void
liar_open(struct liar *l, const char *answer)
{
	struct bus_address a = fixture_address("b", true);
	struct err err;

	*l = (struct liar){ .answer = answer };
	if (nng_pub0_open(&l->live) != 0 ||
	    nng_respondent0_open(&l->replay) != 0 ||
	    nng_socket_set_int(l->live, NNG_OPT_SENDBUF, 8192) != 0 ||
	    !bus_socket_start(l->live, a.live, &a, &err) ||
	    !bus_socket_start(l->replay, a.replay, &a, &err))
		bail("a publisher cannot be opened");
	l->on_request = bus_socket_watch(l->replay, loop.base, on_request, l,
	    &err);
}

static void
liar_close(struct liar *l)
{
	event_free(l->on_request);
	bus_socket_close(l->live);
	bus_socket_close(l->replay);
}

/* Both, connected: the first line of the epoch 7 has arrived. */
static void
begin(struct liar *l, struct consumer *c, const char *answer)
{
	liar_open(l, NULL);
	consumer_open(c, &loop, false, false);
	for (int i = 0; i < 100 && c->n_lines == 0; i++) {
		say(l, LINE("node", "7.1"));
		fixture_run(&loop, 20);
	}
	/* The replay leg is connected as well when a request arrives. */
	for (int i = 0; i < 20 && l->n_requests == 0; i++) {
		say(l, LINE("node", "8.2"));
		fixture_run(&loop, 200);
	}
	if (c->n_lines == 0 || l->n_requests == 0)
		bail("publisher and subscriber do not connect");
	l->answer = "head 8.0 {\"oldest\":1}\n";
	fixture_run(&loop, 1100);	/* 8 is asked for again: nothing */
	l->answer = answer;
	l->n_requests = 0;
	c->counters.lines_garbage = 0;
}

static void
end(struct liar *l, struct consumer *c)
{
	consumer_close(c);
	liar_close(l);
}

static void
test_garbage(void)
{
	static const struct { const char *name, *text; size_t len; } cases[] = {
#define CASE(name, text) { name, text, sizeof text - 1 }
		CASE("binary", "\x00\xff\x80\n"),
		CASE("a word", "hello\n"),
		CASE("blank lines", "\n"),
		CASE("no number", "node {\"x\":1}\n"),
		CASE("no JSON", "node 7.2\n"),
		CASE("JSON that is no object", "node 7.2 [1]\n"),
		CASE("a topic in capitals", LINE("NODE", "7.2")),
		CASE("the number 0", LINE("node", "7.0")),
		CASE("the epoch 0", LINE("node", "0.2")),
		CASE("the largest number",
		    LINE("node", "7.18446744073709551615")),
		CASE("a number beyond 64 bits",
		    LINE("node", "7.18446744073709551616")),
		CASE("a negative number", LINE("node", "7.-2")),
		CASE("a heartbeat without oldest", "head 7.9 {}\n"),
		CASE("a heartbeat whose oldest is 0",
		    "head 7.9 {\"oldest\":0}\n"),
		CASE("a heartbeat whose oldest is beyond the newest",
		    "head 7.9 {\"oldest\":11}\n"),
		CASE("a heartbeat whose oldest is beyond 64 bits",
		    "head 7.9 {\"oldest\":18446744073709551616}\n"),
	};
	struct liar l;
	struct consumer c;

	begin(&l, &c, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t before = c.counters.lines_garbage;

		send_text(l.live, cases[i].text, cases[i].len);
		for (int k = 0; k < 100 &&
		    c.counters.lines_garbage == before; k++)
			fixture_run(&loop, 10);
		is_u64(c.counters.lines_garbage, before + 1,
		    "%s: is counted as garbage", cases[i].name);
	}
	is_u64(c.n_lines, 1, "nothing of that is delivered");
	is_u64(l.n_requests, 0, "nor asked for");
	say(&l, LINE("node", "7.2") "what\n" LINE("pod", "7.3")
	    "node 7.4 {}");
	ok(consumer_wait(&c, 4) && c.n_wrong == 0,
	    "good lines are, beside garbage and without a newline too");
	end(&l, &c);
}

static void
test_no_answer(void)
{
	struct liar l;
	struct consumer c;

	begin(&l, &c, NULL);
	say(&l, LINE("node", "7.18446744073709551614"));
	say(&l, LINE("node", "9.9223372036854775808"));
	fixture_run(&loop, 2500);
	is_u64(c.n_lines, 1, "giant numbers: nothing is delivered");
	ok(l.n_requests >= 2 && l.n_requests <= 4,
	    "giant numbers: asked for about once a second (%u)", l.n_requests);
	ok(!bus_sub_is_level(c.sub), "giant numbers: not level");
	fixture_run(&loop, 2500);
	ok(bus_sub_is_level(c.sub),
	    "who is silent and does not answer is not waited for");
	l.answer = "head 7.1 {\"oldest\":1}\n";
	say(&l, LINE("node", "7.2"));
	ok(consumer_wait(&c, 2), "the next line in order is taken");
	is_u64(c.counters.lines_lost, 0, "and nothing counts as lost");
	end(&l, &c);
}

static void
test_false_heartbeat(void)
{
	struct liar l;
	struct consumer c;

	begin(&l, &c, "head 7.1 {\"oldest\":1}\n");
	say(&l, "head 7.9223372036854775809 "
	    "{\"oldest\":1152921504606846976}\n");
	say(&l, LINE("node", "7.2"));
	ok(consumer_wait(&c, 2),
	    "a false heartbeat: the true lines are still taken");
	is_u64(c.counters.lines_lost, 0, "a false heartbeat: nothing is lost");
	fixture_run(&loop, 300);
	ok(l.n_requests >= 1 && l.n_requests <= 2,
	    "a false heartbeat: an answer puts that right (%u)", l.n_requests);
	end(&l, &c);
}

static void
test_no_progress(void)
{
	struct liar l;
	struct consumer c;

	begin(&l, &c, "head 7.9 {\"oldest\":1}\n" LINE("node", "7.1"));
	for (int i = 0; i < 50; i++) {
		say(&l, LINE("node", "7.9"));
		fixture_run(&loop, 50);
	}
	ok(l.n_requests >= 2 && l.n_requests <= 4,
	    "answers without anything new: asked once a second (%u)",
	    l.n_requests);
	is_str(l.request, "replay 7.2\n", "the request is what it should be");
	l.answer = "head 7.9 {\"oldest\":1}\n" LINE("node", "7.2")
	    LINE("node", "7.3") LINE("node", "7.6") LINE("node", "7.7")
	    LINE("node", "7.8") LINE("node", "7.9");
	ok(consumer_wait(&c, 7), "an answer with a hole: is taken");
	is_u64(c.counters.lines_lost, 2, "an answer with a hole: is counted");
	end(&l, &c);
}

static void
test_many_behind(void)
{
	struct liar l;
	struct consumer c;
	unsigned n_blanks = 0;
	char text[64];

	begin(&l, &c, NULL);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(text, sizeof text, LINE("node", "%u.2"), 100 + i);
		say(&l, text);
		if (i == 0)	/* what comes next waits for this answer */
			fixture_run(&loop, 100);
	}
	fixture_run(&loop, 2000);
	for (const char *p = l.request; *p != '\0'; p++)
		n_blanks += *p == ' ';
	is_u64(n_blanks, 16, "behind of many: asks 16 with one request");
	ok(l.n_requests >= 2 && l.n_requests <= 4,
	    "behind of many: once a second (%u)", l.n_requests);
	end(&l, &c);
}

static void
test_many_epochs(void)
{
	struct liar l;
	struct consumer c;
	unsigned n_more = 0;
	char text[64];

	begin(&l, &c, NULL);
	for (unsigned i = 0; i < 500000 && n_more < 1000; i++) {
		snprintf(text, sizeof text, LINE("node", "%u.2"), 100 + i);
		say(&l, text);
		if (i % 100 == 99)
			fixture_run(&loop, 1);
		n_more += c.counters.publishers == BUS_PUBLISHERS_MAX;
	}
	is_u64(n_more, 1000, "epochs without end: as many as there may be");
	fixture_run(&loop, 500);
	is_u64(c.counters.publishers, BUS_PUBLISHERS_MAX,
	    "epochs without end: each takes the place of another");
	say(&l, LINE("node", "7.1") LINE("node", "7.2"));
	for (int i = 0; i < 100 && c.last_seq != 2; i++)
		fixture_run(&loop, 100);
	ok(c.last_epoch == 7 && c.last_seq == 2,
	    "epochs without end: honest lines still arrive");
	end(&l, &c);
}

/* The other side: what a publisher gets to hear. */
static void
test_requests(void)
{
	static const struct { const char *name, *text; } cases[] = {
		{ "garbage", "\xff\xfe" },
		{ "another epoch", "replay 7.1\n" },
		{ "too many blanks", "replay  0.0\n" },
		{ "no number", "replay 0\n" },
		{ "no position", "replay\n" },
		{ "two other epochs", "replay 7.1 8.1\n" },
		{ "garbage before a position", "replay x 0.0\n" },
		{ "another word", "repeat 0.0\n" },
		{ "nothing", "" },
	};
	struct bus_pub_counters counters;
	struct bus_pub *p = fixture_pub(&loop, true, NULL, 1 << 20, &counters);
	struct bus_address a = fixture_address("b", false);
	nng_socket s;
	nng_msg *msg;

	if (nng_surveyor0_open(&s) != 0 ||
	    nng_dial(s, a.replay, NULL, 0) != 0)
		bail("no surveyor");
	fixture_publish(p, 1, 3, 20, true);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		send_text(s, cases[i].text, strlen(cases[i].text));
	fixture_run(&loop, 200);
	is_u64(counters.replays_answered, 0, "answers no garbage");
	send_text(s, "replay 7.1 0.2\n", 15);
	for (int i = 0; i < 100 && counters.replays_answered == 0; i++)
		fixture_run(&loop, 10);
	ok(nng_recvmsg(s, &msg, 0) == 0, "answers one of several positions");
	ok(strncmp(nng_msg_body(msg), "head ", 5) == 0,
	    "with the heartbeat first");
	ok(strstr(nng_msg_body(msg), ".2 {\"n\":2") != NULL &&
	    strstr(nng_msg_body(msg), ".1 {\"n\":1") == NULL,
	    "and lines from the number asked for");
	nng_msg_free(msg);
	bus_socket_close(s);
	bus_pub_close(p);
}

int
main(void)
{
	fixture_begin(&loop);
	test_garbage();
	test_no_answer();
	test_false_heartbeat();
	test_no_progress();
	test_many_behind();
	test_many_epochs();
	test_requests();
	fixture_end(&loop);
	return done_testing();
}
