/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "apiserver/protobuf.h"

#define VARINT_BYTES_MAX 10

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

/* Of runtime.Unknown. */
enum { UNKNOWN_TYPE = 1, UNKNOWN_RAW, UNKNOWN_ENCODING, UNKNOWN_CONTENT };

static size_t
print_varint(unsigned char *p, uint64_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		p[n++] = (unsigned char)(v | 0x80);
	p[n++] = (unsigned char)v;
	return n;
}

void
proto_varint(struct buf *out, uint64_t v)
{
	unsigned char bytes[VARINT_BYTES_MAX];

	buf_add(out, bytes, print_varint(bytes, v));
}

static void
add_tag(struct buf *out, unsigned field, unsigned wire)
{
	buf_add_char(out, (char)(field << 3 | wire));
}

void
proto_u64(struct buf *out, unsigned field, uint64_t v)
{
	add_tag(out, field, WIRE_VARINT);
	proto_varint(out, v);
}

void
proto_str(struct buf *out, unsigned field, struct str s)
{
	add_tag(out, field, WIRE_BYTES);
	proto_varint(out, s.len);
	buf_add_str(out, s);
}

/* One byte is left for the length: most messages are short. */
size_t
proto_begin(struct buf *out, unsigned field)
{
	add_tag(out, field, WIRE_BYTES);
	buf_add_char(out, 0);
	return out->len;
}

void
proto_end(struct buf *out, size_t at)
{
	unsigned char bytes[VARINT_BYTES_MAX];
	size_t n;

	if (out->failed)
		return;
	n = print_varint(bytes, out->len - at);
	if (n > 1) {
		size_t len = out->len - at;

		if (buf_reserve(out, n - 1) == NULL)
			return;
		memmove(out->p + at + n - 1, out->p + at, len);
		out->len += n - 1;
	}
	memcpy(out->p + at - 1, bytes, n);
}

size_t
proto_object(struct buf *out, struct str api_version, struct str kind)
{
	size_t type;

	buf_add(out, "k8s", 4);
	type = proto_begin(out, UNKNOWN_TYPE);
	proto_str(out, 1, api_version);
	proto_str(out, 2, kind);
	proto_end(out, type);
	return proto_begin(out, UNKNOWN_RAW);
}

void
proto_object_end(struct buf *out, size_t at)
{
	proto_end(out, at);
	proto_str(out, UNKNOWN_ENCODING, STR(""));
	proto_str(out, UNKNOWN_CONTENT, STR(""));
}
