/* SPDX-License-Identifier: ISC */
/*
 * Strings that are more than plain ASCII: UTF-8 and escapes.
 */
#include "config.h"

#include <string.h>

#include "common/json_fast.h"

/* The length of the UTF-8 sequence at p; 0 if it is none. */
static size_t
utf8_len(const char *p, const char *end)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned low = 0x80, high = 0xbf;
	size_t n;

	if (u[0] >= 0xc2 && u[0] <= 0xdf)
		n = 2;
	else if (u[0] >= 0xe0 && u[0] <= 0xef)
		n = 3;
	else if (u[0] >= 0xf0 && u[0] <= 0xf4)
		n = 4;
	else
		return 0;
	switch (u[0]) {
	case 0xe0: low = 0xa0; break;	/* no overlong forms */
	case 0xed: high = 0x9f; break;	/* no surrogates */
	case 0xf0: low = 0x90; break;
	case 0xf4: high = 0x8f; break;	/* not beyond U+10FFFF */
	}
	if (n > (size_t)(end - p) || u[1] < low || u[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static size_t
put_utf8(char *out, unsigned c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static bool
parse_hex4(const char *p, unsigned *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		unsigned c = (unsigned char)p[i];

		*out <<= 4;
		if (c >= '0' && c <= '9')
			*out |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*out |= (c | 0x20) - 'a' + 10;
		else
			return false;
	}
	return true;
}

/*
 * Reads the escape at p, a backslash, and writes the up to 4 bytes that it
 * stands for.  Returns its length, which may reach into the padding; 0 if it
 * is none.
 */
static size_t
parse_escape(const struct json *j, const char *p, char *out, size_t *out_len)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	const char *name;
	unsigned c, low;

	if (p[1] != 'u') {
		if (p[1] == '\0' || (name = strchr(names, p[1])) == NULL)
			return 0;
		*out = values[name - names];
		*out_len = 1;
		return 2;
	}
	if (!parse_hex4(p + 2, &c) || (c >= 0xdc00 && c <= 0xdfff))
		return 0;
	if (c == 0) {
		if (!j->replaces_nul)
			return 0;
		c = 0xfffd;
	}
	if (c < 0xd800 || c > 0xdbff) {
		*out_len = put_utf8(out, c);
		return 6;
	}
	if (p[6] != '\\' || p[7] != 'u' || !parse_hex4(p + 8, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return 0;
	*out_len = put_utf8(out,
	    0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00));
	return 12;
}

const char *
json_scan_special(struct json *j, const char *p, bool *has_escapes)
{
	const char *reason = NULL;
	char scratch[4];
	size_t n, unused;

	*has_escapes = false;
	for (; p < j->end; p += n) {
		if (*p == '"')
			return p;
		if (*p == '\\') {
			*has_escapes = true;
			n = parse_escape(j, p, scratch, &unused);
			if (n == 0)
				reason = "bad escape";
		} else if ((unsigned char)*p >= 0x80) {
			n = utf8_len(p, j->end);
			if (n == 0)
				reason = "invalid UTF-8";
		} else if ((unsigned char)*p < 0x20) {
			reason = "control character in a string";
		} else {
			n = json_count_plain(p);
		}
		if (reason != NULL) {
			json_fail_at(j, p, reason);
			return NULL;
		}
		if (n > (size_t)(j->end - p))
			break;
	}
	json_fail_at_end(j);
	return NULL;
}

bool
json_unescape(struct json *j, struct str *s)
{
	const char *p = s->p, *end = s->p + s->len;
	char *out = j->arena == NULL ? NULL : arena_alloc(j->arena, s->len);
	size_t n, len = 0;

	if (out == NULL)
		return json_fail_at(j, p, "no memory for a string");
	while (p < end)
		if (*p == '\\') {
			p += parse_escape(j, p, out + len, &n);
			len += n;
		} else {
			out[len++] = *p++;
		}
	*s = (struct str){ out, len };
	return true;
}
