/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/varint.h"

#include "sinks/snappy.h"

#define HASH_BITS 14
#define OFFSET_MAX 65535
#define COPY_MAX 64
#define MATCH_MIN 4
#define SHORT_COPY_MAX 11	/* in two bytes, with a near offset */
#define SHORT_OFFSET_END 2048
#define LITERAL_SHORT 60	/* its length is in the tag */
#define LITERAL_MAX 65536
#define QUICK_BYTES 16
#define PATIENCE 4		/* after so many bytes without a match, */
#define STEP_MAX 32		/* in larger and larger steps */

enum { TAG_LITERAL = 0, TAG_COPY_1 = 1, TAG_COPY_2 = 2 };

/* All put_*() write to where there is room, and return the end. */
static char *
put_varint(char *to, uint64_t v)
{
	return (char *)varint_put((unsigned char *)to, v);
}

/* end is that of what may be read: most literals are short, and copied without
 * looking at how short. */
static char *
put_literal(char *to, const char *p, size_t n, const char *end)
{
	if (n > 0 && n <= QUICK_BYTES && end - p >= QUICK_BYTES) {
		*to++ = (char)((n - 1) << 2 | TAG_LITERAL);
		memcpy(to, p, QUICK_BYTES);
		return to + n;
	}
	while (n > 0) {
		size_t len = n < LITERAL_MAX ? n : LITERAL_MAX;
		size_t last = len - 1;

		if (last < LITERAL_SHORT) {
			*to++ = (char)(last << 2 | TAG_LITERAL);
		} else if (last < 256) {
			*to++ = (char)(60 << 2 | TAG_LITERAL);
			*to++ = (char)last;
		} else {
			*to++ = (char)(61 << 2 | TAG_LITERAL);
			*to++ = (char)last;
			*to++ = (char)(last >> 8);
		}
		memcpy(to, p, len);
		to += len;
		p += len;
		n -= len;
	}
	return to;
}

static char *
put_copy(char *to, size_t offset, size_t n)
{
	while (n > 0) {
		size_t len = n < COPY_MAX ? n : COPY_MAX;

		if (len >= MATCH_MIN && len <= SHORT_COPY_MAX &&
		    offset < SHORT_OFFSET_END) {
			*to++ = (char)(offset >> 8 << 5 |
			    (len - MATCH_MIN) << 2 | TAG_COPY_1);
			*to++ = (char)offset;
		} else {
			uint32_t copy = htole32((uint32_t)((len - 1) << 2 |
			    TAG_COPY_2 | offset << 8));

			memcpy(to, &copy, sizeof copy);
			to += 3;
		}
		n -= len;
	}
	return to;
}

static uint32_t
four_bytes(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static uint64_t
eight_bytes(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

/* How many bytes from a and from b on are the same; b is the later one. */
static size_t
match_len(const char *a, const char *b, const char *end)
{
	const char *begin = b;

	for (; end - b >= 8; a += 8, b += 8) {
		uint64_t difference = eight_bytes(a) ^ eight_bytes(b);

		if (difference != 0)
			return (size_t)(b - begin) +
			    (unsigned)__builtin_ctzll(difference) / 8;
	}
	while (b < end && *a == *b) {
		a++;
		b++;
	}
	return (size_t)(b - begin);
}

static uint32_t
slot_of(const char *p)
{
	return four_bytes(p) * UINT32_C(0x1e35a7bd) >> (32 - HASH_BITS);
}

/* Each tag stands for four bytes at least, but for a literal's first; and room
 * for what is copied in vain. */
static size_t
packed_bytes_max(size_t n)
{
	return 16 + QUICK_BYTES + n + n / 4;
}

void
snappy_pack(struct buf *out, struct str bytes)
{
	static uint32_t table[1 << HASH_BITS];	/* position + 1 */
	const char *p = bytes.p, *end = p + bytes.len, *literal = p;
	const char *last = end - MATCH_MIN;
	size_t misses = 0;
	char *to = buf_reserve(out, packed_bytes_max(bytes.len));

	if (to == NULL || bytes.len > UINT32_MAX / 2)
		return;
	memset(table, 0, sizeof table);
	to = put_varint(to, bytes.len);
	while (bytes.len >= MATCH_MIN && p <= last) {
		uint32_t slot = slot_of(p);
		size_t at = (size_t)(p - bytes.p), before = table[slot];
		const char *match = bytes.p + before - 1;

		table[slot] = (uint32_t)(at + 1);
		if (before == 0 || at - (before - 1) > OFFSET_MAX ||
		    four_bytes(match) != four_bytes(p)) {
			p += misses < STEP_MAX * PATIENCE ?
			    1 + misses++ / PATIENCE : STEP_MAX;
			continue;
		}
		misses = 0;
		for (; p > literal && match > bytes.p && p[-1] == match[-1];
		    p--)
			match--;
		at = match_len(match, p, end);
		to = put_literal(to, literal, (size_t)(p - literal), end);
		to = put_copy(to, (size_t)(p - match), at);
		p += at;
		literal = p;
		/* So that what follows it is found behind it again. */
		if (p <= last)
			table[slot_of(p - 1)] = (uint32_t)(p - bytes.p);
	}
	to = put_literal(to, literal, (size_t)(end - literal), end);
	out->len = (size_t)(to - out->p);
}
