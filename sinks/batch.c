/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "sinks/batch.h"

#define KEEP_BYTES (16u << 20)	/* a larger buffer is not kept */
#define SMALLER_MAX 64		/* requests, then they may be twice as large */

void
batch_init(struct batch *b, uint64_t points_max, size_t bytes_max)
{
	*b = (struct batch){
		.points_max = points_max,
		.bytes_max = bytes_max,
		.bytes_wanted = bytes_max,
	};
	b->text.max_bytes = BATCH_BYTES_MAX;
}

void
batch_fini(struct batch *b)
{
	buf_fini(&b->text);
}

void
batch_clear(struct batch *b)
{
	if (b->text.cap > KEEP_BYTES)
		buf_fini(&b->text);
	buf_reset(&b->text);
	b->text.max_bytes = BATCH_BYTES_MAX;
	b->n_points = 0;
	batch_rewind(b);
}

bool
batch_add(struct batch *b, size_t begin, uint64_t n_points)
{
	if (b->text.failed) {
		b->text.failed = false;
		b->text.len = begin;
		return false;
	}
	b->n_points += n_points;
	b->n_last_points = n_points;
	b->n_last_bytes = b->text.len - begin;
	return true;
}

bool
batch_is_full(const struct batch *b)
{
	return b->n_points + b->n_last_points > b->points_max ||
	    b->text.len + b->n_last_bytes > b->bytes_max;
}

static size_t
line_len(struct str rest)
{
	const char *end = memchr(rest.p, '\n', rest.len);

	return end == NULL ? rest.len : (size_t)(end - rest.p) + 1;
}

static size_t
record_len(const struct batch *b, struct str rest)
{
	return b->record_len == NULL ? line_len(rest) : b->record_len(rest);
}

bool
batch_next(const struct batch *b, struct batch_piece *piece)
{
	size_t left = b->text.len - b->n_sent_bytes, len = 0;
	uint64_t n_left = b->n_points - b->n_sent_points;
	const char *begin;

	*piece = (struct batch_piece){ { NULL, 0 }, 0 };
	if (left == 0)
		return false;
	begin = b->text.p + b->n_sent_bytes;
	/* Mostly all of it fits, and nobody has to look for its lines. */
	if (n_left <= b->points_max && left <= b->bytes_max) {
		*piece = (struct batch_piece){ { begin, left }, n_left };
		return true;
	}
	while (len < left && piece->n_points < b->points_max) {
		struct str rest = { begin + len, left - len };
		size_t end = len + record_len(b, rest);

		if (piece->n_points > 0 && end > b->bytes_max)
			break;
		len = end;
		piece->n_points++;
	}
	piece->lines = (struct str){ begin, len };
	return true;
}

void
batch_too_large(struct batch *b, const struct batch_piece *piece)
{
	b->bytes_max = piece->lines.len / 2;
	b->n_smaller = 0;
}

static void
grow(struct batch *b)
{
	if (b->bytes_max >= b->bytes_wanted || ++b->n_smaller < SMALLER_MAX)
		return;
	b->n_smaller = 0;
	b->bytes_max = b->bytes_max < b->bytes_wanted / 2 ?
	    b->bytes_max * 2 + 1 : b->bytes_wanted;
}

void
batch_sent(struct batch *b, const struct batch_piece *piece)
{
	grow(b);
	b->n_sent_bytes += piece->lines.len;
	b->n_sent_points += piece->n_points;
}

void
batch_rewind(struct batch *b)
{
	b->n_sent_points = 0;
	b->n_sent_bytes = 0;
}

/* They move to the end of the piece, where the next one begins. */
void
batch_sent_but(struct batch *b, const struct batch_piece *piece,
    const bool *is_kept)
{
	char *begin = b->text.p + b->n_sent_bytes;
	size_t len = piece->lines.len, at = 0, n_kept = 0;

	for (uint64_t i = 0; i < piece->n_points; i++) {
		size_t n = record_len(b, (struct str){ begin + at, len - at });

		if (is_kept[i]) {
			memmove(begin + n_kept, begin + at, n);
			n_kept += n;
		} else {
			b->n_sent_points++;
		}
		at += n;
	}
	grow(b);
	memmove(begin + len - n_kept, begin, n_kept);
	b->n_sent_bytes += len - n_kept;
}
