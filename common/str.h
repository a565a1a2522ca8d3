/* SPDX-License-Identifier: ISC */
/*
 * A borrowed string: a pointer and a length, not NUL-terminated, owned by
 * somebody else.  It must not outlive the buffer it points into.
 *
 * p == NULL is "absent"; a present string may be empty (len == 0, p != NULL).
 */
#ifndef COMMON_STR_H
#define COMMON_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t len;
};

/* A string literal as a struct str; also usable in static initialisers. */
#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_INIT(literal) { "" literal, sizeof(literal) - 1 }

/* For printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) (int)(s).len, (s).p == NULL ? "" : (s).p

struct str str_of(const char *nul_terminated);	/* NULL gives absent */
bool str_eq(struct str a, struct str b);	/* absent equals empty */
bool str_is(struct str a, const char *nul_terminated);
int str_cmp(struct str a, struct str b);	/* bytewise, as memcmp */
bool str_has_prefix(struct str s, struct str prefix);

/*
 * Splits s at the first sep: the part before is returned, *s becomes the part
 * after it.  Without sep all of s is returned and *s becomes absent.
 */
struct str str_cut(struct str *s, char sep);

/* Copies s to p, where there is room, and returns the end. */
static inline char *
str_put(char *p, struct str s)
{
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return p + s.len;
}

/* A NUL-terminated copy on the heap; dies when memory is out. */
char *str_dup(struct str s);

#endif
