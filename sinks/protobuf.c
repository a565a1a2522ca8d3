/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <endian.h>
#include <string.h>

#include "common/varint.h"

#include "sinks/protobuf.h"

void
protobuf_add_varint(struct buf *out, char tag, uint64_t v)
{
	buf_add_char(out, tag);
	varint_add(out, v);
}

void
protobuf_add_fixed64(struct buf *out, char tag, uint64_t v)
{
	v = htole64(v);
	buf_add_char(out, tag);
	buf_add(out, &v, sizeof v);
}

void
protobuf_add_double(struct buf *out, char tag, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	protobuf_add_fixed64(out, tag, bits);
}

void
protobuf_add_float(struct buf *out, char tag, float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof bits);
	bits = htole32(bits);
	buf_add_char(out, tag);
	buf_add(out, &bits, sizeof bits);
}

void
protobuf_add_bytes(struct buf *out, char tag, struct str bytes)
{
	protobuf_add_varint(out, tag, bytes.len);
	buf_add_str(out, bytes);
}

size_t
protobuf_bytes_len(size_t n)
{
	return 1 + varint_len(n) + n;
}

static struct str
skip(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.len - n };
}

static bool
take_varint(struct str *rest, uint64_t *v)
{
	*v = 0;
	for (unsigned i = 0; i < 10 && i < rest->len; i++) {
		*v |= (uint64_t)(rest->p[i] & 0x7f) << (7 * i);
		if ((rest->p[i] & 0x80) == 0) {
			*rest = skip(*rest, i + 1);
			return true;
		}
	}
	return false;
}

bool
protobuf_next(struct str *rest, unsigned *field, uint64_t *v,
    struct str *bytes)
{
	uint64_t tag, n;

	*v = 0;
	*bytes = STR("");
	if (!take_varint(rest, &tag) || tag >> 3 > 0x1fffffff)
		return false;
	*field = (unsigned)(tag >> 3);
	switch (tag & 7) {
	case 0:
		return take_varint(rest, v);
	case 1:
		n = 8;
		break;
	case 2:
		if (!take_varint(rest, &n))
			return false;
		break;
	case 5:
		n = 4;
		break;
	default:
		return false;
	}
	if (n > rest->len)
		return false;
	*bytes = (struct str){ rest->p, (size_t)n };
	*rest = skip(*rest, (size_t)n);
	return true;
}
