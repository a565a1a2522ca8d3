/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"

#include "apiserver/http_impl.h"

#define SHARED_MIN_BYTES 4096	/* of a body; a shorter one is copied */
#define COMPRESS_MIN_BYTES 256

struct ticket {
	struct api_ticket shown;
	struct http *http;		/* NULL with the connection */
	struct connection *connection;	/* NULL: nobody waits any more */
	struct api_request request;	/* its text is the connection's */
	enum compression compression;
};

/* The text of a response, compressed if the client wants it. */
static struct buf *
compress_body(struct http *h, struct api_response *rs, enum compression c,
    struct http_head *head)
{
	size_t min_bytes = rs->compress_min_bytes > 0 ?
	    rs->compress_min_bytes : COMPRESS_MIN_BYTES;

	if (!rs->is_compressible || c == COMPRESSION_NONE ||
	    rs->body.len < min_bytes ||
	    !compress_to(&h->compressed, buf_str(&rs->body), c))
		return &rs->body;
	head->content_encoding = compression_name(c);
	return &h->compressed;
}

/* Those who ask for much and take it slowly must not have all memory. */
static bool
is_overfull(struct http *h)
{
	if (body_bytes() <= h->sending_bytes_max)
		return false;
	answer_cache_fini(&h->cache);
	return body_bytes() > h->sending_bytes_max;
}

void
http_respond(struct http *h, struct connection *c, struct api_response *rs,
    enum compression compression)
{
	struct http_head head = { .now_ns = clock_wall_ns() };
	struct body *body = NULL;
	struct str text;
	struct buf *from;

	if (rs->body.len >= SHARED_MIN_BYTES && is_overfull(h)) {
		buf_fini(&rs->body);
		api_text(rs, 503, STR("too many answers on their way"));
	}
	if (rs->body.failed)
		api_text(rs, 500, STR("out of memory"));
	from = compress_body(h, rs, compression, &head);
	head.status = rs->status;
	head.content_type = rs->content_type;
	head.location = rs->location;
	head.body_bytes = from->len;
	head.is_nosniff = rs->is_nosniff;
	head.varies = rs->is_compressible;
	head.is_private = rs->is_private ||
	    (h->gate != NULL && *rs->etag == '\0');
	memcpy(head.etag, rs->etag, sizeof head.etag);
	h->counters->http_requests++;
	h->counters->http_errors += rs->status >= 400;
	h->counters->http_bytes_sent += from->len;
	text = buf_str(from);
	if (from->len >= SHARED_MIN_BYTES) {
		body = body_new(from);
		body_give_spare(&rs->body);	/* what was compressed */
		text = STR("");
		if (h->key.len > 0 && rs->is_of_store && rs->status == 200)
			answer_cache_add(&h->cache, buf_str(&h->key), &head,
			    body, store_changes(h->api->store),
			    clock_mono_ns());
	}
	head.audit_id = c->audit_id;
	connection_send(c, &head, text, body);
}

/* Empty if the answer is not to be kept. */
static void
make_key(struct http *h, const struct api_request *rq)
{
	enum compression c = h->compression;

	buf_reset(&h->key);
	if (str_is(rq->method, "GET") && h->api->store != NULL &&
	    rq->if_none_match.p == NULL)
		answer_cache_key(&h->key, rq->path, rq->query, rq->accept,
		    c == COMPRESSION_NONE ? NULL : compression_name(c),
		    rq->is_person);
}

bool
http_respond_as_before(struct http *h, struct connection *c)
{
	const struct answer *a;
	struct http_head head;

	make_key(h, h->request);
	a = h->key.len == 0 ? NULL : answer_cache_find(&h->cache,
	    buf_str(&h->key), store_changes(h->api->store), clock_mono_ns());
	if (a == NULL)
		return false;
	head = a->head;
	head.now_ns = clock_wall_ns();
	head.audit_id = c->audit_id;
	h->counters->http_requests++;
	h->counters->http_cached++;
	h->counters->http_bytes_sent += head.body_bytes;
	api_count(h->api, h->request, head.status, head.body_bytes,
	    head.now_ns - h->request->now_ns);
	connection_send(c, &head, STR(""), body_ref(a->body));
	return true;
}

static void
finish(struct api_ticket *shown, struct api_response *rs)
{
	struct ticket *t = (struct ticket *)shown;

	if (t->connection != NULL) {
		t->connection->user = NULL;
		t->http->counters->http_deferred--;
		buf_reset(&t->http->key);
		api_count(t->http->api, &t->request, rs->status, rs->body.len,
		    clock_wall_ns() - t->request.now_ns);
		http_respond(t->http, t->connection, rs, t->compression);
	}
	free(t);
}

struct api_ticket *
http_defer(void *transport)
{
	struct ticket *t = xcalloc(1, sizeof *t);

	t->shown.finish = finish;
	t->connection = transport;
	t->http = t->connection->all->arg;
	t->request = *t->http->request;
	t->compression = t->http->compression;
	t->connection->user = t;
	t->http->counters->http_deferred++;
	return &t->shown;
}

void
http_forget_ticket(struct http *h, struct connection *c)
{
	struct ticket *t = c->user;

	if (t == NULL)
		return;
	t->connection = NULL;
	t->http = NULL;
	c->user = NULL;
	h->counters->http_deferred--;
	if (t->shown.on_forgotten != NULL)
		t->shown.on_forgotten(t->shown.arg);
}

void
http_say(struct http *h, struct connection *c, int status, struct str text)
{
	struct api_response rs = { .is_nosniff = true };

	api_text(&rs, status, text);
	buf_reset(&h->key);
	http_respond(h, c, &rs, COMPRESSION_NONE);
	buf_fini(&rs.body);
}
