/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/json_out.h"
#include "common/number.h"
#include "common/timestamp.h"

#define REPLACEMENT "\xef\xbf\xbd"	/* U+FFFD */

void
json_out_begin(struct json_out *o, struct buf *buf, enum json_style style)
{
	*o = (struct json_out){ .buf = buf, .style = style };
}

static void
indent(struct json_out *o)
{
	unsigned blanks = 0;

	if (o->style == JSON_COMPACT)
		return;
	if (o->style == JSON_PRETTY_HEAPSTER)
		blanks = o->depth + 1;
	else
		blanks = o->depth * 2;
	buf_add_char(o->buf, '\n');
	while (blanks-- > 0)
		buf_add_char(o->buf, ' ');
}

/* What goes before a value or a key. */
static void
separate(struct json_out *o)
{
	if (o->after_key) {
		o->after_key = false;
		return;
	}
	if (o->has_item)
		buf_add_char(o->buf, ',');
	if (o->depth > 0)
		indent(o);
	o->has_item = true;
}

static void
open_level(struct json_out *o, char c)
{
	separate(o);
	buf_add_char(o->buf, c);
	o->depth++;
	o->has_item = false;
}

static void
close_level(struct json_out *o, char c)
{
	o->depth--;
	if (o->has_item)
		indent(o);
	buf_add_char(o->buf, c);
	o->has_item = true;
}

void
json_out_object(struct json_out *o)
{
	open_level(o, '{');
}

void
json_out_object_end(struct json_out *o)
{
	close_level(o, '}');
}

void
json_out_array(struct json_out *o)
{
	open_level(o, '[');
}

void
json_out_array_end(struct json_out *o)
{
	close_level(o, ']');
}

void
json_out_key(struct json_out *o, const char *key)
{
	json_out_key_str(o, str_of(key));
}

void
json_out_key_str(struct json_out *o, struct str key)
{
	separate(o);
	json_quote(o->buf, key, o->html_safe);
	buf_add_char(o->buf, ':');
	if (o->style != JSON_COMPACT)
		buf_add_char(o->buf, ' ');
	o->after_key = true;
}

void
json_out_str(struct json_out *o, struct str s)
{
	separate(o);
	json_quote(o->buf, s, o->html_safe);
}

void
json_out_strz(struct json_out *o, const char *s)
{
	json_out_str(o, str_of(s));
}

void
json_out_u64(struct json_out *o, uint64_t v)
{
	separate(o);
	buf_add_u64(o->buf, v);
}

void
json_out_i64(struct json_out *o, int64_t v)
{
	separate(o);
	buf_add_i64(o->buf, v);
}

void
json_out_double(struct json_out *o, double v)
{
	char text[NUMBER_MAX_BYTES];

	separate(o);
	buf_add(o->buf, text, print_double(text, v));
}

void
json_out_bool(struct json_out *o, bool v)
{
	separate(o);
	buf_add_str(o->buf, v ? STR("true") : STR("false"));
}

void
json_out_null(struct json_out *o)
{
	separate(o);
	buf_add_str(o->buf, STR("null"));
}

void
json_out_time(struct json_out *o, int64_t at_ns)
{
	char text[TIMESTAMP_MAX_BYTES];
	struct str s = { text, timestamp_print(text, at_ns) };

	json_out_str(o, s);
}

/* The length of the valid UTF-8 sequence at p, 0 if there is none. */
static size_t
utf8_length(const unsigned char *p, size_t left)
{
	size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static bool
needs_escape(unsigned char c, bool html_safe)
{
	return c < ' ' || c == '"' || c == '\\' || c >= 0x80 ||
	    (html_safe && (c == '<' || c == '>' || c == '&'));
}

/* Appends one character that needs care; returns how many bytes of s it was. */
static size_t
quote_special(struct buf *out, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = 1;

	switch (*p) {
	case '"':
		buf_add_str(out, STR("\\\""));
		break;
	case '\\':
		buf_add_str(out, STR("\\\\"));
		break;
	case '\n':
		buf_add_str(out, STR("\\n"));
		break;
	case '\r':
		buf_add_str(out, STR("\\r"));
		break;
	case '\t':
		buf_add_str(out, STR("\\t"));
		break;
	default:
		if (*p < 0x80) {
			buf_addf(out, "\\u%04x", *p);
		} else if ((n = utf8_length(p, s.len)) > 0) {
			buf_add(out, p, n);
		} else {
			buf_add_str(out, STR(REPLACEMENT));
			n = 1;
		}
	}
	return n;
}

void
json_quote(struct buf *out, struct str s, bool html_safe)
{
	buf_add_char(out, '"');
	while (s.len > 0) {
		size_t n = 0;

		while (n < s.len &&
		    !needs_escape((unsigned char)s.p[n], html_safe))
			n++;
		buf_add(out, s.p, n);
		s.p += n;
		s.len -= n;
		if (s.len > 0) {
			n = quote_special(out, s);
			s.p += n;
			s.len -= n;
		}
	}
	buf_add_char(out, '"');
}
