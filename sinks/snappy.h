/* SPDX-License-Identifier: ISC */
/*
 * Snappy's block format, as Prometheus wants its requests: what repeats within
 * 64 KiB is a reference.  Pure.
 */
#ifndef SINKS_SNAPPY_H
#define SINKS_SNAPPY_H

#include "common/buf.h"
#include "common/str.h"

/* Appends the compressed bytes. */
void snappy_pack(struct buf *out, struct str bytes);

#endif
