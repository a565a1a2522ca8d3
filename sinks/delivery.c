/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "sinks/delivery.h"
#include "sinks/stop_grace.h"


int64_t delivery_hold_ns = NS_PER_S;

bool
delivery_open(struct delivery *d, struct sink_uri *uri, uint64_t points_max,
    size_t bytes_max, struct err *err)
{
	if (!http_client_open(&d->http, uri, err) ||
	    !sink_uri_u64(uri, "batch", &points_max, err) ||
	    !sink_uri_duration_ns(uri, "batchdelay", &delivery_hold_ns, err))
		return false;
	if (points_max == 0)
		return err_set(err, "`batch` has to be positive");
	batch_init(&d->batch, points_max, bytes_max);
	return true;
}

void
delivery_close(struct delivery *d)
{
	http_client_close(&d->http);
	batch_fini(&d->batch);
}

enum sink_result
delivery_add(struct delivery *d, size_t begin, uint64_t n_points,
    struct err *err)
{
	if (!batch_add(&d->batch, begin, n_points)) {
		err_set(err, "the frame is too large to be formatted");
		return SINK_DROP;
	}
	return batch_is_full(&d->batch) ? SINK_FULL : SINK_HELD;
}

bool
delivery_error(struct err *err, const char *what,
    const struct http_answer *answer)
{
	struct buf reason = BUF_INIT;

	if (answer->status == 0)
		return err_set(err, "%s: %s", what, answer->error);
	if (answer->elsewhere != NULL)
		return err_set(err, "%s: HTTP status %d: it wants %s to be "
		    "asked", what, answer->status, answer->elsewhere);
	http_reason(&reason, answer->body);
	err_set(err, "%s: HTTP status %d%s%.*s", what, answer->status,
	    reason.len > 0 ? ": " : "", STR_ARG(buf_str(&reason)));
	buf_fini(&reason);
	return false;
}

static void
give_up(struct delivery *d, const struct batch_piece *piece,
    const struct http_answer *answer)
{
	struct err err;

	d->counters.requests_refused++;
	d->counters.points_refused += piece->n_points;
	batch_sent(&d->batch, piece);
	if (!log_onset(&d->refused, clock_mono_ns()))
		return;
	delivery_error(&err, "write", answer);
	log_warn("request_refused points=%" PRIu64 " seen=%" PRIu64
	    " error=%s", piece->n_points, d->refused.seen, log_qs(err.msg));
}

static void
accept_answer(struct delivery *d, const struct batch_piece *piece)
{
	log_clear(&d->refused);
	d->counters.requests_sent++;
	d->counters.points_sent += piece->n_points;
	d->counters.bytes_sent += piece->lines.len;
	batch_sent(&d->batch, piece);
}

static void
say_refused(struct delivery *d, const struct http_fate *fate, uint64_t n)
{
	if (n > 0 && log_onset(&d->refused, clock_mono_ns()))
		log_warn("points_refused points=%" PRIu64 " of=%" PRIu64
		    " seen=%" PRIu64 " error=%s", n, fate->n, d->refused.seen,
		    log_q(buf_str(&fate->refused)));
	else if (n == 0)
		log_clear(&d->refused);
}

/* False: some of the points come again. */
static bool
settle_each(struct delivery *d, const struct batch_piece *piece,
    const struct http_fate *fate, struct err *err)
{
	bool *is_kept = xcalloc(fate->n, sizeof *is_kept);
	uint64_t n_refused = 0, n_kept = 0;

	for (uint64_t i = 0; i < fate->n; i++) {
		enum http_verdict verdict = fate->verdicts[i];

		is_kept[i] = verdict == HTTP_AGAIN || verdict == HTTP_FORBIDDEN;
		n_kept += is_kept[i];
		n_refused += !is_kept[i] && verdict != HTTP_TAKEN;
	}
	d->counters.requests_sent++;
	d->counters.bytes_sent += piece->lines.len;
	d->counters.points_sent += fate->n - n_refused - n_kept;
	d->counters.points_refused += n_refused;
	d->counters.points_again += n_kept;
	batch_sent_but(&d->batch, piece, is_kept);
	free(is_kept);
	say_refused(d, fate, n_refused);
	return n_kept == 0 || err_set(err, "write: %" PRIu64 " of %" PRIu64
	    " points were not taken: %.*s", n_kept, fate->n,
	    STR_ARG(buf_str(&fate->again)));
}

static bool
accept_each(struct delivery *d, const struct batch_piece *piece,
    const struct http_answer *answer, struct err *err)
{
	struct http_fate fate = { .n = piece->n_points };
	bool is_done;

	fate.verdicts = xcalloc(fate.n, sizeof *fate.verdicts);
	if (d->sift(d->arg, answer, &fate)) {
		is_done = settle_each(d, piece, &fate, err);
	} else {
		d->counters.requests_failed++;
		is_done = delivery_error(err, "write: no answer to it",
		    answer);
	}
	free(fate.verdicts);
	buf_fini(&fate.refused);
	buf_fini(&fate.again);
	return is_done;
}

/* False: the request comes again. */
static bool
settle(struct delivery *d, const struct batch_piece *piece,
    const struct http_answer *answer, struct err *err)
{
	enum http_verdict verdict = http_verdict(answer->status);

	if (verdict != HTTP_TAKEN && d->judge != NULL)
		verdict = d->judge(d->arg, answer, verdict);
	switch (verdict) {
	case HTTP_TAKEN:
		if (d->sift != NULL)
			return accept_each(d, piece, answer, err);
		accept_answer(d, piece);
		return true;
	case HTTP_ELSEWHERE:
		d->counters.requests_failed++;
		return true;
	case HTTP_TOO_LARGE:
		if (piece->n_points > 1) {
			batch_too_large(&d->batch, piece);
			return true;
		}
		give_up(d, piece, answer);
		return true;
	case HTTP_REFUSED:
		give_up(d, piece, answer);
		return true;
	case HTTP_AGAIN:
	case HTTP_FORBIDDEN:
		break;
	}
	d->counters.requests_failed++;
	sink_retry_after_ns(answer->retry_after_ns);
	return delivery_error(err, "write", answer);
}

enum sink_result
delivery_flush(struct delivery *d, struct err *err)
{
	struct batch_piece piece;
	struct http_answer answer;
	int64_t stop_mono_ns = 0;

	while (batch_next(&d->batch, &piece)) {
		struct http_request request = { NULL };

		if (stop_grace_is_over(&stop_mono_ns, clock_mono_ns())) {
			err_set(err, "interrupted by a request to stop");
			return SINK_RETRY;
		}
		d->compose(d->arg, piece.lines, &request);
		http_ask(&d->http, &request, &answer);
		if (!settle(d, &piece, &answer, err))
			return SINK_RETRY;
	}
	return SINK_OK;
}
