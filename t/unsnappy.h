/* SPDX-License-Identifier: ISC */
/* The way back from Snappy's block format, by its description, for tests. */
#ifndef T_UNSNAPPY_H
#define T_UNSNAPPY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

/* False: not Snappy.  Knows literals, and copies with one or two bytes of
 * offset. */
static inline bool
unsnappy(struct buf *out, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.len;
	size_t want = 0;
	unsigned shift = 0;

	for (; p < end && (*p & 0x80) != 0; p++, shift += 7)
		want |= (size_t)(*p & 0x7f) << shift;
	if (p == end)
		return false;
	want |= (size_t)*p++ << shift;
	while (p < end) {
		size_t tag = *p & 3, len = *p >> 2, extra = 0;

		p++;
		if (tag == 0 && len >= 60) {
			extra = len - 59;
			for (size_t i = len = 0; i < extra && p < end; i++)
				len |= (size_t)*p++ << 8 * i;
		}
		len++;
		if (tag == 0) {
			if (len > (size_t)(end - p))
				return false;
			buf_add(out, p, len);
			p += len;
		} else {
			size_t offset, n = tag;

			if (tag > 2 || (size_t)(end - p) < n)
				return false;
			offset = (size_t)p[0];
			if (tag == 1) {
				offset |= (len - 1) >> 3 << 8;
				len = ((len - 1) & 7) + 4;
			} else {
				offset |= (size_t)p[1] << 8;
			}
			p += n;
			if (offset == 0 || offset > out->len)
				return false;
			for (; len > 0; len--)
				buf_add_char(out, out->p[out->len - offset]);
		}
	}
	return out->len == want;
}

#endif
