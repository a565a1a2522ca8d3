/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/percent.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
percent_decode(struct buf *out, struct str s, bool is_query)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '+' && is_query) {
			c = ' ';
		} else if (c == '%') {
			int high, low;

			if (s.len - i < 3 ||
			    (high = hex_digit(s.p[i + 1])) < 0 ||
			    (low = hex_digit(s.p[i + 2])) < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		buf_add_char(out, c);
	}
	return true;
}

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c) != NULL);
}

void
percent_encode(struct buf *out, struct str s)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_unreserved((char)c)) {
			buf_add_char(out, (char)c);
			continue;
		}
		buf_add_char(out, '%');
		buf_add_char(out, digits[c >> 4]);
		buf_add_char(out, digits[c & 15]);
	}
}
