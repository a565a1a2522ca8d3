/* SPDX-License-Identifier: ISC */
/* Compression of requests, as fast as zlib can: points repeat themselves. */
#ifndef SINKS_GZIP_H
#define SINKS_GZIP_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

/* Replaces what is in out.  False: there is no memory. */
bool gzip_pack(struct buf *out, struct str bytes);

#endif
