/* SPDX-License-Identifier: ISC */
/*
 * Points as text, waiting to be sent: one per line, or as records that say how
 * long they are.  Frames are added until
 * the batch is full or old enough; then it goes out in requests of so many
 * points or bytes at most.  What was sent is not sent again, also when a
 * request behind it fails: the next try goes on there.  Pure.
 */
#ifndef SINKS_BATCH_H
#define SINKS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

#define BATCH_BYTES_MAX (256u << 20)	/* a frame larger than that is given up */

struct batch {
	struct buf text;	/* whole lines, but while one is written */
	uint64_t n_points;	/* lines in it */
	uint64_t n_sent_points;
	size_t n_sent_bytes;
	uint64_t n_last_points;	/* of the frame that came last */
	size_t n_last_bytes;
	uint64_t points_max;	/* of a request; at least one goes */
	size_t bytes_max;
	size_t bytes_wanted;	/* bytes_max, unless that was too large */
	unsigned n_smaller;	/* requests that were not, since then */
	/* The length of the record that rest begins with; NULL: a line. */
	size_t (*record_len)(struct str rest);
};

/* Whole lines of the batch, for one request. */
struct batch_piece {
	struct str lines;
	uint64_t n_points;
};

void batch_init(struct batch *b, uint64_t points_max, size_t bytes_max);
void batch_fini(struct batch *b);
void batch_clear(struct batch *b);	/* forgets all */

/* A frame was formatted into text: n_points lines from byte begin on.  False:
 * it had no room and is out again. */
bool batch_add(struct batch *b, size_t begin, uint64_t n_points);

/* Whether a request's worth is there: another frame like the last one would
 * be too much for it. */
bool batch_is_full(const struct batch *b);

/* What is to be sent next; false: all is sent. */
bool batch_next(const struct batch *b, struct batch_piece *piece);
void batch_sent(struct batch *b, const struct batch_piece *piece);
void batch_rewind(struct batch *b);	/* nothing is sent */

/* The server takes no request as large as that: they become smaller, and grow
 * again slowly, as it may have been another server, or another setting. */
void batch_too_large(struct batch *b, const struct batch_piece *piece);

/* The same, but for the points that is_kept says: they are sent again. */
void batch_sent_but(struct batch *b, const struct batch_piece *piece,
    const bool *is_kept);

#endif
