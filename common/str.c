/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/mem.h"
#include "common/str.h"

struct str
str_of(const char *s)
{
	return (struct str){ s, s == NULL ? 0 : strlen(s) };
}

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
str_is(struct str a, const char *s)
{
	return str_eq(a, str_of(s));
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool
str_has_prefix(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	    str_eq((struct str){ s.p, prefix.len }, prefix);
}

struct str
str_cut(struct str *s, char sep)
{
	const char *at = s->len == 0 ? NULL : memchr(s->p, sep, s->len);
	struct str head = *s;

	if (at == NULL) {
		*s = (struct str){ NULL, 0 };
		return head;
	}
	head.len = (size_t)(at - s->p);
	s->p = at + 1;
	s->len -= head.len + 1;
	return head;
}

char *
str_dup(struct str s)
{
	char *copy = xcalloc(s.len + 1, 1);

	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	return copy;
}
