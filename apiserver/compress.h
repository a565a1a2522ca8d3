/* SPDX-License-Identifier: ISC */
/* Content codings: which one a client wants, and zlib to make it.  Pure. */
#ifndef APISERVER_COMPRESS_H
#define APISERVER_COMPRESS_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_DEFLATE };

/* Whichever of gzip and deflate comes first in the header; weights are not
 * looked at, as in Heapster. */
enum compression compression_wanted(struct str accept_encoding);
const char *compression_name(enum compression c);

/* Replaces out by the compressed text.  False: out of memory. */
bool compress_to(struct buf *out, struct str text, enum compression c);

#endif
