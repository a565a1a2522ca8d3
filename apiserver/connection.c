/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "apiserver/body.h"
#include "apiserver/connection.h"

#define READ_BYTES 4096
#define PARSE_BYTES 1024
#define KEPT_BYTES 8192			/* of an empty buffer */
#define IN_ROW_MAX 32
#define HANDSHAKE_MAX_NS (10 * NS_PER_S)
#define IDLE_MIN_NS NS_PER_S		/* shorter is no reason to go */
#define LINGER_NS (2 * NS_PER_S)
#define LINGER_BYTES_MAX (1u << 20)

enum step {
	STEP_ON,	/* there is more to do at once */
	STEP_WAIT,	/* an event is set, or somebody will call */
	STEP_END,
};

static void
connection_end(struct connection *c)
{
	struct connections *all = c->all;

	all->on_end(all->arg, c);
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		all->first = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	all->n--;
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	stream_close(&c->stream);
	body_unref(c->body);
	body_bytes_change(c->in_bytes, 0);
	buf_fini(&c->in);
	buf_fini(&c->out);
	free(c);
}

static enum step
wait_until(struct connection *c, enum stream_result want)
{
	if (want == STREAM_WANT_READ)
		return event_pending(c->readable, EV_READ, NULL) ||
		    event_add(c->readable, NULL) == 0 ? STEP_WAIT : STEP_END;
	if (want == STREAM_WANT_WRITE)
		return event_add(c->writable, NULL) == 0 ? STEP_WAIT :
		    STEP_END;
	return STEP_END;
}

/* Nothing of it is wanted before the answer is out. */
static void
stop_reading(struct connection *c)
{
	event_del(c->readable);
}

static enum step
refuse(struct connection *c, int status, const char *reason)
{
	c->want_close = true;
	c->is_head = false;
	c->state = CONNECTION_WAITING;
	c->all->on_malformed(c->all->arg, c, status, reason);
	return STEP_ON;
}

static void
count_memory(struct connection *c)
{
	body_bytes_change(c->in_bytes, c->in.cap);
	c->in_bytes = c->in.cap;
}

/* Many who never end their requests must not have all memory. */
static enum step
fill(struct connection *c)
{
	enum stream_result got;
	char *to;
	size_t n;

	if (c->in.len > KEPT_BYTES && body_bytes() > c->all->bytes_max)
		return refuse(c, 503, "too many requests on their way");
	to = buf_reserve(&c->in, READ_BYTES);
	count_memory(c);
	if (to == NULL)
		return STEP_END;
	got = stream_read(&c->stream, to, READ_BYTES, &n);
	c->in.len += n;
	return got == STREAM_DONE ? STEP_ON : wait_until(c, got);
}

/* Takes n bytes out of in, from the given place on. */
static void
drop(struct buf *in, size_t at, size_t n)
{
	memmove(in->p + at, in->p + at + n, in->len - at - n);
	in->len -= n;
	if (in->len == 0 && in->cap > KEPT_BYTES)
		buf_fini(in);
}

static enum step
ask(struct connection *c, const struct http_request *rq)
{
	c->is_old = rq->is_old;
	c->is_head = str_is(rq->method, "HEAD");
	c->want_close |= rq->want_close;
	c->head_bytes = rq->head_bytes;
	c->n_parsed = 0;
	c->state = CONNECTION_WAITING;
	c->deadline_mono_ns = clock_mono_ns() + c->all->timeout_ns;
	c->n_in_row++;
	c->all->on_request(c->all->arg, c, rq);
	return STEP_ON;
}

static enum step
step_handshake(struct connection *c)
{
	enum stream_result got = stream_handshake(&c->stream);

	if (got == STREAM_EOF || got == STREAM_FAILED)
		c->all->on_handshake_failed(c->all->arg);
	if (got != STREAM_DONE)
		return wait_until(c, got);
	tls_peer(c->stream.ssl, &c->peer);
	c->state = CONNECTION_REQUEST;
	c->idle_mono_ns = clock_mono_ns();
	c->deadline_mono_ns = c->idle_mono_ns + c->all->timeout_ns;
	return STEP_ON;
}

static enum step
begin_body(struct connection *c, const struct http_request *rq)
{
	size_t n;

	http_body_begin(&c->incoming, rq);
	c->head_bytes = rq->head_bytes;
	c->state = CONNECTION_BODY;
	/* There is room: nothing else is being sent. */
	if (rq->expects_continue && c->in.len == rq->head_bytes &&
	    stream_write(&c->stream, STR("HTTP/1.1 100 Continue\r\n\r\n"),
	    STR(""), &n) == STREAM_FAILED)
		return STEP_END;
	return STEP_ON;
}

/* One byte at a time must not cost one look at everything each, nor must one
 * line at a time where there are many. */
static bool
is_worth_parsing(const struct connection *c)
{
	size_t from = c->n_parsed > 3 ? c->n_parsed - 3 : 0;
	struct str news;

	if (c->n_parsed == 0)
		return true;
	news = (struct str){ c->in.p + c->n_parsed, c->in.len - c->n_parsed };
	if (c->n_parsed < KEPT_BYTES)
		return news.len >= PARSE_BYTES || !http_is_text(news);
	return news.len >= c->n_parsed / 4 || memmem(c->in.p + from,
	    c->in.len - from, "\r\n\r\n", 4) != NULL;
}

static enum step
step_request(struct connection *c)
{
	struct http_request rq;

	if (c->n_in_row >= IN_ROW_MAX)	/* others have a turn */
		return wait_until(c, STREAM_WANT_WRITE);
	if (!is_worth_parsing(c))
		return fill(c);
	switch (http_request_parse(&rq, buf_str(&c->in))) {
	case HTTP_MORE:
		c->n_parsed = c->in.len;
		return fill(c);
	case HTTP_BAD:
		return refuse(c, rq.status, rq.reason);
	case HTTP_WHOLE:
		break;
	}
	return rq.is_chunked || rq.body_bytes > 0 ? begin_body(c, &rq) :
	    ask(c, &rq);
}

static enum step
step_body(struct connection *c)
{
	struct str rest = { c->in.p + c->head_bytes,
		c->in.len - c->head_bytes };
	size_t before = rest.len;
	enum http_parse found = http_body_feed(&c->incoming, &rest);
	struct http_request rq;

	drop(&c->in, c->head_bytes, before - rest.len);
	count_memory(c);
	if (found == HTTP_BAD)
		return refuse(c, c->incoming.status, "malformed body");
	if (found == HTTP_MORE)
		return fill(c);
	found = http_request_parse(&rq, buf_str(&c->in));
	assert(found == HTTP_WHOLE);	/* as before */
	return ask(c, &rq);
}

static enum step
step_sent(struct connection *c)
{
	int64_t now_mono_ns = clock_mono_ns();

	body_unref(c->body);
	c->body = NULL;
	buf_reset(&c->out);
	c->n_sent = 0;
	if (!c->want_close && !c->all->is_stopping) {
		drop(&c->in, 0, c->head_bytes);
		count_memory(c);
		c->head_bytes = 0;
		c->state = CONNECTION_REQUEST;
		c->idle_mono_ns = now_mono_ns;
		c->deadline_mono_ns = now_mono_ns + c->all->timeout_ns;
		return STEP_ON;
	}
	stream_shutdown(&c->stream);
	c->state = CONNECTION_LINGERING;
	c->deadline_mono_ns = now_mono_ns + LINGER_NS;
	return STEP_ON;
}

static enum step
step_sending(struct connection *c)
{
	struct str first = buf_str(&c->out), second = STR("");
	size_t at = c->n_sent, n;
	enum stream_result got;

	if (c->out.failed)
		return STEP_END;
	if (c->body != NULL)
		second = buf_str(&c->body->text);
	if (at >= first.len + second.len)
		return step_sent(c);
	if (at < first.len) {
		first = (struct str){ first.p + at, first.len - at };
	} else {
		at -= first.len;
		first = STR("");
		second = (struct str){ second.p + at, second.len - at };
	}
	got = stream_write(&c->stream, first, second, &n);
	c->n_sent += n;
	if (got == STREAM_WANT_WRITE)
		stop_reading(c);
	return got == STREAM_DONE ? STEP_ON : wait_until(c, got);
}

static enum step
step_lingering(struct connection *c)
{
	char nothing[READ_BYTES];
	enum stream_result got = STREAM_FAILED;
	size_t n;

	if (c->n_lingered < LINGER_BYTES_MAX)
		got = stream_read(&c->stream, nothing, sizeof nothing, &n);
	if (got == STREAM_DONE) {
		c->n_lingered += n;
		return STEP_ON;
	}
	return c->all->is_stopping ? STEP_END : wait_until(c, got);
}

static enum step
step_waiting(struct connection *c)
{
	stop_reading(c);
	return STEP_WAIT;
}

static void
run(struct connection *c)
{
	static enum step (*const steps[])(struct connection *) = {
		[CONNECTION_HANDSHAKE] = step_handshake,
		[CONNECTION_REQUEST] = step_request,
		[CONNECTION_BODY] = step_body,
		[CONNECTION_WAITING] = step_waiting,
		[CONNECTION_SENDING] = step_sending,
		[CONNECTION_LINGERING] = step_lingering,
	};
	enum step step = STEP_ON;

	c->n_in_row = 0;
	c->is_running = true;
	while (step == STEP_ON)
		step = steps[c->state](c);
	c->is_running = false;
	if (step == STEP_END)
		connection_end(c);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	run(arg);
}

void
connection_send(struct connection *c, struct http_head *head,
    struct str text, struct body *body)
{
	assert(c->state == CONNECTION_WAITING);
	head->want_close = c->want_close || c->all->is_stopping;
	head->is_old = c->is_old;
	http_head_print(&c->out, head);
	if (c->is_head) {	/* so long it would be */
		text.len = 0;
		body_unref(body);
		body = NULL;
	}
	buf_add_str(&c->out, text);
	c->body = body;
	c->state = CONNECTION_SENDING;
	c->deadline_mono_ns = clock_mono_ns() + c->all->timeout_ns +
	    (int64_t)(head->body_bytes / c->all->bytes_per_s) * NS_PER_S;
	if (!c->is_running && event_add(c->writable, NULL) != 0)
		c->deadline_mono_ns = 0;	/* the next sweep ends it */
}

bool
connections_add(struct connections *all, int fd, struct ssl_st *ssl)
{
	struct connection *c = xcalloc(1, sizeof *c);
	int64_t timeout_ns = all->timeout_ns;

	c->all = all;
	c->state = ssl == NULL ? CONNECTION_REQUEST : CONNECTION_HANDSHAKE;
	stream_init(&c->stream, fd, ssl);
	c->readable = event_new(all->base, fd, EV_READ | EV_PERSIST, on_event,
	    c);
	c->writable = event_new(all->base, fd, EV_WRITE, on_event, c);
	if (ssl != NULL && timeout_ns > HANDSHAKE_MAX_NS)
		timeout_ns = HANDSHAKE_MAX_NS;
	c->idle_mono_ns = clock_mono_ns();
	c->deadline_mono_ns = c->idle_mono_ns + timeout_ns;
	c->next = all->first;
	if (c->next != NULL)
		c->next->prev = c;
	all->first = c;
	all->n++;
	if (c->readable != NULL && c->writable != NULL &&
	    event_add(c->readable, NULL) == 0)
		return true;
	connection_end(c);
	return false;
}

size_t
connections_sweep(struct connections *all, int64_t now_mono_ns)
{
	struct connection *next;
	size_t n = 0;

	for (struct connection *c = all->first; c != NULL; c = next) {
		next = c->next;
		if (c->deadline_mono_ns > now_mono_ns)
			continue;
		if (c->state == CONNECTION_WAITING) {
			c->want_close = true;
			all->on_unanswered(all->arg, c);
			continue;
		}
		n += c->state != CONNECTION_LINGERING;
		connection_end(c);
	}
	return n;
}

static bool
is_idle(const struct connection *c)
{
	return c->state == CONNECTION_HANDSHAKE ||
	    c->state == CONNECTION_REQUEST || c->state == CONNECTION_BODY;
}

size_t
connections_make_room(struct connections *all, size_t n, int64_t now_mono_ns)
{
	for (size_t i = 0; i < n; i++) {
		struct connection *longest = NULL;

		for (struct connection *c = all->first; c != NULL; c = c->next)
			if (is_idle(c) && (longest == NULL ||
			    c->idle_mono_ns < longest->idle_mono_ns))
				longest = c;
		if (longest == NULL ||
		    now_mono_ns - longest->idle_mono_ns < IDLE_MIN_NS)
			return i;
		connection_end(longest);
	}
	return n;
}

void
connections_renew(struct connections *all)
{
	for (struct connection *c = all->first; c != NULL; c = c->next)
		c->want_close = true;
}

static bool
is_busy(const struct connection *c)
{
	return c->state == CONNECTION_WAITING ||
	    c->state == CONNECTION_SENDING;
}

void
connections_stop(struct connections *all)
{
	struct connection *next;

	all->is_stopping = true;
	for (struct connection *c = all->first; c != NULL; c = next) {
		next = c->next;
		if (!is_busy(c))
			run(c);		/* what has reached us is answered */
	}
	for (struct connection *c = all->first; c != NULL; c = next) {
		next = c->next;
		if (!is_busy(c))
			connection_end(c);
	}
}

void
connections_fini(struct connections *all)
{
	while (all->first != NULL)
		connection_end(all->first);
}
