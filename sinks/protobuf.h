/* SPDX-License-Identifier: ISC */
/*
 * Protocol buffers, as far as messages of ours need them.  A tag is the number
 * of a field times eight and how it is written: 0 varint, 1 eight bytes, 2 a
 * length and so many bytes.  Pure.
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
#define PROTOBUF_BYTES(field) ((char)((field) << 3 | 2))	/* up to 15 */

size_t protobuf_varint_len(uint64_t v);
void protobuf_add_varint(struct buf *out, uint64_t v);

/* A whole field.  The length of that of n bytes is the last one's. */
void protobuf_add_fixed64(struct buf *out, char tag, uint64_t v);
void protobuf_add_bytes(struct buf *out, char tag, struct str bytes);
void protobuf_add_head(struct buf *out, char tag, size_t n);	/* of these */
size_t protobuf_bytes_len(size_t n);

/* Takes the next field from the front of rest: its number, and a varint's
 * value or the bytes.  False: nothing is left, or it is no message. */
bool protobuf_next(struct str *rest, unsigned *field, uint64_t *v,
    struct str *bytes);

#endif
