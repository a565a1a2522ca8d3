/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "apiserver/kube_text.h"

/* Where the string ends that begins there, behind its quote. */
static size_t
string_end(struct str json, size_t at)
{
	for (at++; at < json.len && json.p[at] != '"'; at++)
		if (json.p[at] == '\\')
			at++;
	return at < json.len ? at + 1 : json.len;
}

static void
new_line(struct buf *out, unsigned depth)
{
	buf_add_char(out, '\n');
	while (depth-- > 0)
		buf_add(out, "  ", 2);
}

static bool
is_closing(char c)
{
	return c == '}' || c == ']';
}

void
kube_text_indent(struct buf *out, struct str json)
{
	unsigned depth = 0;

	for (size_t at = 0; at < json.len;) {
		char c = json.p[at];
		size_t end = c == '"' ? string_end(json, at) : at + 1;

		if (is_closing(c) && depth > 0 &&
		    json.p[at - 1] != '{' && json.p[at - 1] != '[')
			new_line(out, --depth);
		else if (is_closing(c) && depth > 0)
			depth--;
		buf_add(out, json.p + at, end - at);
		if (c == '{' || c == '[') {
			depth++;
			if (end < json.len && !is_closing(json.p[end]))
				new_line(out, depth);
		} else if (c == ',') {
			new_line(out, depth);
		} else if (c == ':') {
			buf_add_char(out, ' ');
		}
		at = end;
	}
}
