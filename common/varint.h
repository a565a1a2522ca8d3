/* SPDX-License-Identifier: ISC */
/*
 * Numbers in as few bytes as they need: seven bits per byte, low ones first,
 * the high bit says that more follow.  Signed numbers are folded so that small
 * ones of either sign are short.  Doubles have their bytes reversed first,
 * which makes 0 and small whole numbers short.
 *
 * Reading is bounded: *p never passes end; a number that does is 0 and leaves
 * *p at end.  Pure.
 */
#ifndef COMMON_VARINT_H
#define COMMON_VARINT_H

#include <stdint.h>
#include <string.h>

#include "common/buf.h"

#define VARINT_MAX_BYTES 10

static inline size_t
varint_len(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

/* Where VARINT_MAX_BYTES may be written; returns the end. */
static inline unsigned char *
varint_put(unsigned char *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (unsigned char)(v | 0x80);
	*p++ = (unsigned char)v;
	return p;
}

static inline void
varint_add(struct buf *out, uint64_t v)
{
	unsigned char *p = (unsigned char *)buf_reserve(out, VARINT_MAX_BYTES);

	if (p != NULL)
		out->len += (size_t)(varint_put(p, v) - p);
}

static inline uint64_t
varint_read(const unsigned char **p, const unsigned char *end)
{
	uint64_t v = 0;

	for (unsigned shift = 0; *p < end && shift < 64; shift += 7) {
		unsigned char byte = *(*p)++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	*p = end;
	return 0;
}

static inline uint64_t
varint_fold(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static inline int64_t
varint_unfold(uint64_t v)
{
	return (int64_t)(v >> 1 ^ -(v & 1));
}

static inline uint64_t
varint_of_double(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof bits);
	return __builtin_bswap64(bits);
}

static inline double
varint_to_double(uint64_t v)
{
	double d;

	v = __builtin_bswap64(v);
	memcpy(&d, &v, sizeof d);
	return d;
}

#endif
