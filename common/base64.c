/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdint.h>

#include "common/base64.h"

/* 0 to 63; 64: none of the alphabet. */
static uint32_t
value_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26u;
	if (c >= '0' && c <= '9')
		return c - '0' + 52u;
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

bool
base64_decode(struct str text, char *out, size_t *out_len)
{
	uint32_t group = 0;	/* the symbols of one group of four */
	size_t n = 0, n_symbols = 0, n_padding = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		uint32_t v = value_of(c);

		if (c == '\n' || c == '\r')
			continue;
		if (c == '=' && n_symbols % 4 >= 2) {
			n_padding++;
			v = 0;
		} else if (v == 64 || n_padding > 0) {
			return false;
		}
		group = group << 6 | v;
		if (++n_symbols % 4 != 0)
			continue;
		if ((group & ((1u << (8 * n_padding)) - 1)) != 0)
			return false;
		for (size_t k = 0; k < 3 - n_padding; k++)
			out[n++] = (char)(group >> (16 - 8 * k) & 0xff);
		group = 0;
	}
	*out_len = n;
	return n_symbols % 4 == 0;
}

void
base64_encode(struct buf *out, struct str bytes)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t group = 0;

		for (size_t k = 0; k < 3; k++)
			group = group << 8 |
			    (k < n ? (unsigned char)bytes.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_add_char(out, k > n ? '=' :
			    alphabet[group >> (18 - 6 * k) & 0x3f]);
	}
}
