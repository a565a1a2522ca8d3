/* SPDX-License-Identifier: ISC */
/*
 * Protocol buffers, as far as sinks need them.  A tag is the number of a field,
 * up to 15, times eight and how it is written: 0 varint, 1 eight bytes, 2 a
 * length and so many bytes, 5 four bytes.  A message within a message has its
 * length before it: the caller sums up lengths first.  Pure.
 */
#ifndef SINKS_PROTOBUF_H
#define SINKS_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

#define PROTOBUF_VARINT(field) ((char)((field) << 3))
#define PROTOBUF_FIXED64(field) ((char)((field) << 3 | 1))
#define PROTOBUF_BYTES(field) ((char)((field) << 3 | 2))	/* or a message */
#define PROTOBUF_FIXED32(field) ((char)((field) << 3 | 5))

/* A whole field; of bytes or a message that come next their head: the length. */
void protobuf_add_varint(struct buf *out, char tag, uint64_t v);
void protobuf_add_fixed64(struct buf *out, char tag, uint64_t v);
void protobuf_add_double(struct buf *out, char tag, double v);
void protobuf_add_float(struct buf *out, char tag, float v);
void protobuf_add_bytes(struct buf *out, char tag, struct str bytes);

/* Of a field of n bytes, with its tag and length. */
size_t protobuf_bytes_len(size_t n);

/* Takes the next field from the front of rest: its number, and a varint's
 * value or the bytes.  False: nothing is left, or it is no message. */
bool protobuf_next(struct str *rest, unsigned *field, uint64_t *v,
    struct str *bytes);

#endif
