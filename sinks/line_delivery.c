/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>

#include "common/clock.h"
#include "common/timestamp.h"

#include "sinks/line_delivery.h"

#define BYTES_MAX (1u << 20)	/* of a batch; with datagrams of one line */
#define DATAGRAM_BYTES_MAX 65000
#define DATAGRAM_BYTES_END 65507	/* of IPv4, for one line */

int64_t line_hold_ns = NS_PER_S;

bool
line_delivery_open(struct line_delivery *d, struct sink_uri *uri,
    const char *port, bool is_udp, uint64_t lines_max, struct err *err)
{
	stream_init(&d->stream, str_of(uri->host == NULL ? "localhost" :
	    uri->host), port, is_udp);
	batch_init(&d->batch, lines_max, DATAGRAM_BYTES_MAX);
	if (!sink_uri_duration_ns(uri, "timeout", &d->stream.timeout_ns, err) ||
	    !sink_uri_duration_ns(uri, "batchdelay", &line_hold_ns, err))
		return false;
	return d->stream.timeout_ns > 0 ||
	    err_set(err, "`timeout` has to be positive");
}

void
line_delivery_close(struct line_delivery *d)
{
	stream_fini(&d->stream);
	batch_fini(&d->batch);
}

enum sink_result
line_delivery_add(struct line_delivery *d, size_t begin, uint64_t n_points,
    struct err *err)
{
	if (!batch_add(&d->batch, begin, n_points)) {
		err_set(err, "the frame is too large to be formatted");
		return SINK_DROP;
	}
	return d->batch.text.len >= BYTES_MAX ? SINK_FULL : SINK_HELD;
}

/* No datagram can carry it, however often it is tried. */
static void
leave_out(struct line_delivery *d, const struct batch_piece *piece)
{
	d->n_left_out += piece->n_points;
	d->n_left_out_bytes += piece->lines.len;
	if (log_onset(&d->refused, clock_mono_ns()))
		log_warn("points_refused points=%" PRIu64 " seen=%" PRIu64
		    " error=\"too long for a datagram\"", piece->n_points,
		    d->refused.seen);
}

static bool
send_batch(struct line_delivery *d, struct err *err)
{
	struct batch_piece piece;

	d->n_left_out = d->n_left_out_bytes = 0;
	if (!d->stream.is_udp)
		return stream_send(&d->stream, buf_str(&d->batch.text), err);
	batch_rewind(&d->batch);
	while (batch_next(&d->batch, &piece)) {
		if (piece.lines.len > DATAGRAM_BYTES_END)
			leave_out(d, &piece);
		else if (!stream_send(&d->stream, piece.lines, err))
			return false;
		batch_sent(&d->batch, &piece);
	}
	return true;
}

/* A connection that the peer has closed since is noticed before anything is
 * written into it. */
static bool
make_connection(struct line_delivery *d, struct err *err)
{
	if (stream_is_open(&d->stream) && stream_settle(&d->stream, err))
		return true;
	if (!stream_connect(&d->stream, err))
		return false;
	d->counters.connections++;
	return true;
}

enum sink_result
line_delivery_flush(struct line_delivery *d, struct err *err)
{
	if (d->batch.n_points == 0)
		return SINK_OK;
	if (!make_connection(d, err) || !send_batch(d, err) ||
	    !stream_settle(&d->stream, err)) {
		d->counters.batches_failed++;
		return SINK_RETRY;
	}
	d->counters.points_sent += d->batch.n_points - d->n_left_out;
	d->counters.points_refused += d->n_left_out;
	d->counters.bytes_sent += d->batch.text.len - d->n_left_out_bytes;
	return SINK_OK;
}
