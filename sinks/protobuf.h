/* SPDX-License-Identifier: ISC */
/*
 * Writes protocol buffers, as much of them as sinks need: fields one after
 * another, in the order of the caller.  A message within a message has its
 * length before it, so the caller sums up lengths first.  Pure.
 */
#ifndef SINKS_PROTOBUF_H
#define SINKS_PROTOBUF_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "common/buf.h"
#include "common/str.h"
#include "common/varint.h"

/* A field of that number, below 16, which is written as */
#define PROTOBUF_VARINT(field) ((field) << 3 | 0)
#define PROTOBUF_FIXED64(field) ((field) << 3 | 1)
#define PROTOBUF_BYTES(field) ((field) << 3 | 2)	/* or a message */
#define PROTOBUF_FIXED32(field) ((field) << 3 | 5)

static inline size_t
protobuf_varint_len(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

/* With its tag and length, of so many bytes. */
static inline size_t
protobuf_bytes_len(size_t n)
{
	return 1 + protobuf_varint_len(n) + n;
}

static inline void
protobuf_add_varint(struct buf *out, char tag, uint64_t v)
{
	buf_add_char(out, tag);
	varint_add(out, v);
}

static inline void
protobuf_add_bytes(struct buf *out, char tag, struct str s)
{
	protobuf_add_varint(out, tag, s.len);
	buf_add_str(out, s);
}

static inline void
protobuf_add_double(struct buf *out, char tag, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	bits = htole64(bits);
	buf_add_char(out, tag);
	buf_add(out, &bits, sizeof bits);
}

static inline void
protobuf_add_float(struct buf *out, char tag, float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof bits);
	bits = htole32(bits);
	buf_add_char(out, tag);
	buf_add(out, &bits, sizeof bits);
}

#endif
