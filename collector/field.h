/* SPDX-License-Identifier: ISC */
/*
 * Fields of the kernel's text files: separated by blanks, one thing a line.
 */
#ifndef COLLECTOR_FIELD_H
#define COLLECTOR_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/number.h"
#include "common/str.h"

/* The next line without its newline; false at the end. */
static inline bool
line_next(struct str *text, struct str *out)
{
	*out = str_cut(text, '\n');
	return out->len > 0 || text->p != NULL;
}

/* The next field of the line; empty at its end. */
static inline struct str
field_next(struct str *line)
{
	size_t i = 0;
	size_t end;
	struct str field;

	while (i < line->len && (line->p[i] == ' ' || line->p[i] == '\t'))
		i++;
	for (end = i; end < line->len; end++)
		if (line->p[end] == ' ' || line->p[end] == '\t')
			break;
	field = (struct str){ line->p == NULL ? "" : line->p + i, end - i };
	*line = (struct str){ line->p == NULL ? "" : line->p + end,
	    line->len - end };
	return field;
}

static inline bool
field_u64(struct str *line, uint64_t *out)
{
	return parse_u64(field_next(line), out);
}

static inline void
field_skip(struct str *line, unsigned n)
{
	while (n-- > 0)
		field_next(line);
}

/* The text before sep, which must be there; *s is what follows it. */
static inline bool
field_cut(struct str *s, char sep, struct str *out)
{
	*out = str_cut(s, sep);
	return s->p != NULL;
}

static inline bool
field_u32(struct str s, uint32_t *out)
{
	uint64_t v;

	if (!parse_u64(s, &v) || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* "MAJOR:MINOR" */
static inline bool
field_device(struct str s, uint32_t *out_major, uint32_t *out_minor)
{
	struct str major;

	return field_cut(&s, ':', &major) && field_u32(major, out_major) &&
	    field_u32(s, out_minor);
}

/* Does the line start with this field?  If so, *line is the rest. */
static inline bool
field_is(struct str *line, const char *want)
{
	struct str rest = *line;

	if (!str_is(field_next(&rest), want))
		return false;
	*line = rest;
	return true;
}

#endif
