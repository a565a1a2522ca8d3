/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include <zlib.h>

#include "sinks/gzip.h"

#define GZIP_WINDOW_BITS (15 + 16)	/* 16: gzip's header, not zlib's */
#define MEMORY_LEVEL 8
#define STREAM_STEP_BYTES 16384

bool
gzip_pack(struct buf *out, struct str bytes)
{
	z_stream z = { .zalloc = Z_NULL };
	int result;

	buf_reset(out);
	if (bytes.len > UINT_MAX / 2 || deflateInit2(&z, Z_BEST_SPEED,
	    Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	z.avail_out = (uInt)deflateBound(&z, bytes.len);
	z.next_out = (Bytef *)buf_reserve(out, z.avail_out);
	if (z.next_out == NULL) {
		deflateEnd(&z);
		return false;
	}
	z.next_in = (Bytef *)(uintptr_t)bytes.p;
	z.avail_in = (uInt)bytes.len;
	result = deflate(&z, Z_FINISH);
	out->len = z.total_out;
	deflateEnd(&z);
	return result == Z_STREAM_END;
}

bool
gzip_begin(struct gzip_stream *s)
{
	z_stream *z = calloc(1, sizeof *z);

	s->z = z;
	if (z != NULL && deflateInit2(z, Z_BEST_SPEED, Z_DEFLATED,
	    GZIP_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK)
		return true;
	free(z);
	s->z = NULL;
	return false;
}

void
gzip_add(struct gzip_stream *s, struct buf *out, struct str bytes, bool is_last)
{
	z_stream *z = s->z;

	z->next_in = (Bytef *)(uintptr_t)bytes.p;
	z->avail_in = (uInt)bytes.len;
	do {
		z->next_out = (Bytef *)buf_reserve(out, STREAM_STEP_BYTES);
		z->avail_out = STREAM_STEP_BYTES;
		if (z->next_out == NULL)
			return;
		deflate(z, is_last ? Z_FINISH : Z_NO_FLUSH);
		out->len += STREAM_STEP_BYTES - z->avail_out;
	} while (z->avail_out == 0);
}

void
gzip_end(struct gzip_stream *s)
{
	if (s->z != NULL)
		deflateEnd(s->z);
	free(s->z);
	s->z = NULL;
}
