/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "collector/field.h"
#include "common/number.h"

bool
line_next(struct str *text, struct str *out)
{
	*out = str_cut(text, '\n');
	return out->len > 0 || text->p != NULL;
}

struct str
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

bool
field_u64(struct str *line, uint64_t *out)
{
	return parse_u64(field_next(line), out);
}

void
field_skip(struct str *line, unsigned n)
{
	while (n-- > 0)
		field_next(line);
}

bool
field_cut(struct str *s, char sep, struct str *out)
{
	*out = str_cut(s, sep);
	return s->p != NULL;
}

bool
field_u32(struct str s, uint32_t *out)
{
	uint64_t v;

	if (!parse_u64(s, &v) || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

bool
field_device(struct str s, uint32_t *out_major, uint32_t *out_minor)
{
	struct str major;

	return field_cut(&s, ':', &major) && field_u32(major, out_major) &&
	    field_u32(s, out_minor);
}

bool
field_is(struct str *line, const char *want)
{
	struct str rest = *line;

	if (!str_is(field_next(&rest), want))
		return false;
	*line = rest;
	return true;
}
