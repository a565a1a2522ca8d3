/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sinks/snappy.h"

#define HASH_BITS 14
#define OFFSET_MAX 65535
#define COPY_MAX 64
#define MATCH_MIN 4
#define LITERAL_SHORT 60	/* its length is in the tag */
#define LITERAL_MAX 65536

enum { TAG_LITERAL = 0, TAG_COPY_2 = 2 };

static void
add_varint(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_add_char(out, (char)(v | 0x80));
	buf_add_char(out, (char)v);
}

static void
add_literal(struct buf *out, const char *p, size_t n)
{
	while (n > 0) {
		size_t len = n < LITERAL_MAX ? n : LITERAL_MAX;
		size_t last = len - 1;

		if (last < LITERAL_SHORT) {
			buf_add_char(out, (char)(last << 2 | TAG_LITERAL));
		} else if (last < 256) {
			buf_add_char(out, (char)(60 << 2 | TAG_LITERAL));
			buf_add_char(out, (char)last);
		} else {
			buf_add_char(out, (char)(61 << 2 | TAG_LITERAL));
			buf_add_char(out, (char)last);
			buf_add_char(out, (char)(last >> 8));
		}
		buf_add(out, p, len);
		p += len;
		n -= len;
	}
}

static void
add_copy(struct buf *out, size_t offset, size_t n)
{
	while (n > 0) {
		size_t len = n < COPY_MAX ? n : COPY_MAX;

		buf_add_char(out, (char)((len - 1) << 2 | TAG_COPY_2));
		buf_add_char(out, (char)offset);
		buf_add_char(out, (char)(offset >> 8));
		n -= len;
	}
}

static uint32_t
four_bytes(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static size_t
match_len(struct str bytes, size_t a, size_t b)
{
	size_t n = 0;

	while (b + n < bytes.len && bytes.p[a + n] == bytes.p[b + n])
		n++;
	return n;
}

void
snappy_pack(struct buf *out, struct str bytes)
{
	static uint32_t table[1 << HASH_BITS];	/* position + 1 */
	size_t at = 0, literal = 0;

	memset(table, 0, sizeof table);
	add_varint(out, bytes.len);
	while (bytes.len >= MATCH_MIN && at <= bytes.len - MATCH_MIN) {
		uint32_t four = four_bytes(bytes.p + at);
		uint32_t slot = four * UINT32_C(0x1e35a7bd) >> (32 - HASH_BITS);
		size_t before = table[slot];

		table[slot] = (uint32_t)(at + 1);
		if (before > 0 && at - (before - 1) <= OFFSET_MAX &&
		    four_bytes(bytes.p + before - 1) == four) {
			size_t n = match_len(bytes, before - 1, at);

			add_literal(out, bytes.p + literal, at - literal);
			add_copy(out, at - (before - 1), n);
			at += n;
			literal = at;
		} else {
			at++;
		}
	}
	add_literal(out, bytes.p + literal, bytes.len - literal);
}
