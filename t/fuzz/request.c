/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as what a client sends: requests, in one piece and in pieces, with
 * their bodies, each answered from a small store and a history that knows
 * everything once.  What is accepted has nothing
 * in it that could be read in another way, and the head of its answer is one
 * head.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apiserver/api.h"
#include "apiserver/historical.h"
#include "apiserver/http_access.h"
#include "apiserver/http_head.h"
#include "apiserver/http_request.h"
#include "t/store_fixture.h"

#define REQUESTS_MAX 16

#define CHECK(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct history { unsigned n_asked; };

static void
check_question(const struct history_question *q)
{
	bool has_values = q->what == HISTORY_SERIES ||
	    q->what == HISTORY_BUCKETS;

	CHECK(q->n_keys >= 1 && q->n_keys <= HISTORY_KEYS_MAX);
	CHECK(q->n_labels <= HISTORY_LABELS_MAX);
	for (size_t i = 0; i < q->n_labels; i++)
		CHECK(q->labels[i].name.len > 0 && q->labels[i].value.len > 0);
	CHECK(!has_values || (q->metric.p != NULL &&
	    q->start_ns <= q->end_ns));
	CHECK((q->what == HISTORY_BUCKETS) == (q->aggregations != 0));
	CHECK(q->bucket_ns >= 0 && q->aggregations < 256);
}

static void
on_asked(struct history *h, const struct history_question *q,
    history_done *done, void *arg)
{
	static struct history_item items[HISTORY_KEYS_MAX];
	static const struct history_bucket bucket = { .count = 1 };
	struct history_point point = { .timestamp_ns = q->start_ns };

	check_question(q);
	h->n_asked++;
	for (size_t i = 0; i < q->n_keys; i++)
		items[i] = q->what == HISTORY_BUCKETS ?
		    (struct history_item){ .buckets = &bucket,
		    .n_buckets = 1 } :
		    (struct history_item){ .points = &point, .n_points = 1 };
	done(arg, &(struct history_answer){ items, q->n_keys,
	    &q->keys[0].names.pod, q->keys[0].names.pod.p != NULL }, NULL);
}

static struct history history;
static const struct history_kind kind = { .name = "fake", .ask = on_asked };
static struct historical historical = { .kind = &kind, .history = &history };
static struct api api = { .historical = &historical };
static struct counters no_counters;
static struct store_counters store_counts;

static void
open_api(void)
{
	struct err err;

	if (api.store != NULL)
		return;
	api.counters = &no_counters;
	api.store = store_open(NULL, RETENTION, UINT64_C(1) << 30,
	    &store_counts, &err);
	CHECK(api.store != NULL);
	fill(api.store, 0, 3);
}

static bool
is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
			return false;
	return true;
}

/* Lines that end in CR LF, the last one empty, and no other of either. */
static void
check_head(struct str head)
{
	bool is_over = false;

	while (head.len > 0) {
		struct str line = str_cut(&head, '\n');

		CHECK(!is_over && line.len > 0);
		CHECK(line.p[line.len - 1] == '\r');
		CHECK(memchr(line.p, '\r', line.len - 1) == NULL);
		is_over = line.len == 1;
	}
	CHECK(is_over);
}

static struct api_ticket *
no_ticket(void *transport)
{
	(void)transport;
	abort();
}

static void
answer(const struct http_request *rq, bool is_secure)
{
	struct api_request request = {
		.method = rq->method, .path = rq->path, .query = rq->query,
		.accept = rq->accept, .now_ns = T0 + 4 * R,
		.defer = no_ticket, .is_secure = is_secure,
		.if_none_match = rq->if_none_match,
		.is_person = http_is_person(rq->user_agent),
	};
	struct api_response rs = { .body = BUF_INIT };
	struct buf text = BUF_INIT;

	api_answer(&api, &request, &rs);
	CHECK(rs.status >= 200 && rs.status < 600 && !rs.body.failed);
	CHECK(rs.content_type != NULL || rs.status == 304);
	http_head_print(&text, &(struct http_head){
		.status = rs.status, .content_type = rs.content_type,
		.location = rs.location, .body_bytes = rs.body.len,
		.now_ns = request.now_ns,
		.is_private = rs.is_private,
	});
	check_head(buf_str(&text));
	buf_fini(&text);
	buf_fini(&rs.body);
}

static void
check_request(const struct http_request *rq)
{
	static const struct http_access access = { true, { NULL, 0 } };
	static const struct tls_peer nobody;

	CHECK(rq->method.len > 0 && is_plain(rq->method));
	CHECK(rq->path.len > 0 && is_plain(rq->path) && is_plain(rq->query));
	CHECK(rq->path.p[0] == '/' || str_is(rq->path, "*"));
	CHECK(!rq->is_chunked || rq->body_bytes == 0);
	CHECK(rq->body_bytes <= HTTP_BODY_BYTES_MAX);
	CHECK(http_access_check(&access, rq->path, &nobody, T0) == 401 ||
	    str_is(rq->path, "/healthz") ||
	    str_is(rq->path, "/healthz/healthz"));
	answer(rq, false);
	answer(rq, true);
}

/* The same verdict with less of it, or none yet. */
static void
check_pieces(const struct http_request *whole, enum http_parse found,
    struct str input)
{
	for (size_t n = 0; n < input.len; n += 1 + input.len / 64) {
		struct http_request rq;
		enum http_parse part = http_request_parse(&rq,
		    (struct str){ input.p, n });

		CHECK(part == HTTP_MORE || part == found);
		if (part == HTTP_WHOLE)
			CHECK(rq.head_bytes == whole->head_bytes);
		else if (part == HTTP_BAD)
			CHECK(rq.status >= 400 && rq.reason != NULL);
	}
}

/* False: there is no next request. */
static bool
skip_body(const struct http_request *rq, struct str *input)
{
	struct str pieces = *input;
	struct http_body whole, part;
	enum http_parse found, last = HTTP_MORE;

	http_body_begin(&whole, rq);
	http_body_begin(&part, rq);
	found = http_body_feed(&whole, input);
	for (struct str piece = { pieces.p, 0 };
	    last == HTTP_MORE && pieces.len > 0;) {
		piece = (struct str){ pieces.p, pieces.len < 3 ?
			pieces.len : 3 };
		last = http_body_feed(&part, &piece);
		pieces.len -= (size_t)(piece.p - pieces.p);
		pieces.p = piece.p;
	}
	CHECK(last == found || (found == HTTP_WHOLE && whole.total == 0));
	return found == HTTP_WHOLE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = { (const char *)data, size };

	open_api();
	for (int i = 0; i < REQUESTS_MAX; i++) {
		struct http_request rq;
		enum http_parse found = http_request_parse(&rq, input);

		check_pieces(&rq, found, input);
		if (found != HTTP_WHOLE)
			break;
		CHECK(rq.head_bytes <= input.len);
		check_request(&rq);
		input.p += rq.head_bytes;
		input.len -= rq.head_bytes;
		if (!skip_body(&rq, &input))
			break;
	}
	return 0;
}
