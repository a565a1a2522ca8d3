/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>
#include <zlib.h>

#include "apiserver/compress.h"

#define WINDOW_BITS 15
#define GZIP_HEADER 16		/* added to the window bits */
#define MEMORY_LEVEL 8

enum compression
compression_wanted(struct str accept)
{
	const char *gzip, *deflate;

	if (accept.len == 0)
		return COMPRESSION_NONE;
	gzip = memmem(accept.p, accept.len, "gzip", 4);
	deflate = memmem(accept.p, accept.len, "deflate", 7);
	if (gzip != NULL && (deflate == NULL || gzip < deflate))
		return COMPRESSION_GZIP;
	return deflate != NULL ? COMPRESSION_DEFLATE : COMPRESSION_NONE;
}

const char *
compression_name(enum compression c)
{
	return c == COMPRESSION_GZIP ? "gzip" : "deflate";
}

bool
compress_to(struct buf *out, struct str text, enum compression c)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)text.p,
		.avail_in = (uInt)text.len };
	size_t bound;
	bool ok;

	buf_reset(out);
	if (text.len > UINT32_MAX || deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED,
	    c == COMPRESSION_GZIP ? WINDOW_BITS + GZIP_HEADER : WINDOW_BITS,
	    MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	bound = deflateBound(&z, text.len);
	z.next_out = (Bytef *)buf_reserve(out, bound);
	z.avail_out = (uInt)bound;
	ok = z.next_out != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END;
	if (ok)
		out->len = z.total_out;
	deflateEnd(&z);
	return ok;
}
