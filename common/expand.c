/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/expand.h"

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

static size_t
name_len(struct str text)
{
	size_t len = 0;

	while (len < text.len && is_name_byte(text.p[len]))
		len++;
	return len;
}

static void
add_variable(struct str name, char *(*lookup)(const char *name),
    struct buf *out)
{
	char *key = str_dup(name);

	buf_add_str(out, str_of(lookup(key)));
	free(key);
}

/* rest begins behind the '$'.  Returns how many bytes of it were used. */
static size_t
expand_one(struct str rest, char *(*lookup)(const char *name), struct buf *out)
{
	bool is_braced = rest.len > 0 && rest.p[0] == '{';
	struct str name = { rest.p + is_braced, rest.len - is_braced };

	name.len = name_len(name);
	if (name.len == 0 || (is_braced && (name.len + 1 == rest.len ||
	    rest.p[1 + name.len] != '}'))) {
		buf_add_char(out, '$');
		return 0;
	}
	add_variable(name, lookup, out);
	return name.len + (is_braced ? 2 : 0);
}

void
expand_variables(struct str text, char *(*lookup)(const char *name),
    struct buf *out)
{
	for (size_t i = 0; i < text.len;) {
		if (text.p[i] != '$') {
			buf_add_char(out, text.p[i++]);
			continue;
		}
		i++;
		i += expand_one((struct str){ text.p + i, text.len - i },
		    lookup, out);
	}
}
