/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/go_time.h"

#define LAYOUT "2006-01-02T15:04:05Z07:00"

/*
 * How far the text follows the layout: element is the part of the layout that
 * the rest of the text does not match; absent when all of it is there and just
 * its value is impossible.
 */
static void
find_mismatch(struct str *text, struct str *element)
{
	static const struct str elements[] = {
		STR_INIT("2006"), STR_INIT("-"), STR_INIT("01"), STR_INIT("-"),
		STR_INIT("02"), STR_INIT("T"), STR_INIT("15"), STR_INIT(":"),
		STR_INIT("04"), STR_INIT(":"), STR_INIT("05"),
	};

	for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
		struct str e = elements[i];
		bool is_number = e.p[0] >= '0' && e.p[0] <= '9';

		*element = e;
		if (text->len < e.len)
			return;
		for (size_t c = 0; c < e.len; c++)
			if (is_number ? text->p[c] < '0' || text->p[c] > '9' :
			    text->p[c] != e.p[c])
				return;
		text->p += e.len;
		text->len -= e.len;
	}
	if (text->len > 0 && *text->p == '.')
		do {
			text->p++;
			text->len--;
		} while (text->len > 0 && *text->p >= '0' && *text->p <= '9');
	*element = STR("Z07:00");
	if (text->len == 1 && *text->p == 'Z')
		*element = (struct str){ NULL, 0 };
}

bool
go_time_parse(struct str text, int64_t *out_ns, struct buf *error)
{
	struct str rest = text, element;

	if (timestamp_parse(text, out_ns))
		return true;
	find_mismatch(&rest, &element);
	buf_addf(error, "timestamp argument cannot be parsed: parsing time "
	    "\"%.*s\"", STR_ARG(text));
	if (element.p == NULL)
		buf_addf(error, ": value out of range");
	else
		buf_addf(error, " as \"" LAYOUT "\": cannot parse \"%.*s\" as "
		    "\"%.*s\"", STR_ARG(rest), STR_ARG(element));
	return false;
}
