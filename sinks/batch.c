/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "sinks/batch.h"

#define KEEP_BYTES (16u << 20)	/* a larger buffer is not kept */

void
batch_init(struct batch *b, uint64_t points_max, size_t bytes_max)
{
	*b = (struct batch){
		.points_max = points_max,
		.bytes_max = bytes_max,
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
	b->n_sent_bytes = 0;
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
	return true;
}

bool
batch_is_full(const struct batch *b)
{
	return b->n_points >= b->points_max || b->text.len >= b->bytes_max;
}

bool
batch_next(const struct batch *b, struct batch_piece *piece)
{
	const char *begin = b->text.p + b->n_sent_bytes;
	size_t left = b->text.len - b->n_sent_bytes, len = 0;

	piece->n_points = 0;
	while (len < left && piece->n_points < b->points_max) {
		const char *end = memchr(begin + len, '\n', left - len);
		size_t line_end = end == NULL ? left :
		    (size_t)(end - begin) + 1;

		if (piece->n_points > 0 && line_end > b->bytes_max)
			break;
		len = line_end;
		piece->n_points++;
	}
	piece->lines = (struct str){ begin, len };
	return len > 0;
}

void
batch_sent(struct batch *b, const struct batch_piece *piece)
{
	b->n_sent_bytes += piece->lines.len;
}
