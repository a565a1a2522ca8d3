/* SPDX-License-Identifier: ISC */
/* Compression of requests, as fast as zlib can: points repeat themselves. */
#ifndef SINKS_GZIP_H
#define SINKS_GZIP_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

/* Replaces what is in out.  False: there is no memory. */
bool gzip_pack(struct buf *out, struct str bytes);

/* The same of what comes in pieces. */
struct gzip_stream {
	void *z;	/* zlib's; NULL: not begun */
};

bool gzip_begin(struct gzip_stream *s);	/* false: there is no memory */

/* Appends what is ready by now; all of it if these bytes are the last ones. */
void gzip_add(struct gzip_stream *s, struct buf *out, struct str bytes,
    bool is_last);
void gzip_end(struct gzip_stream *s);	/* in any state */

#endif
