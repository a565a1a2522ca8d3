/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/timestamp.h"

#include "apiserver/go_time.h"

#define LAYOUT "2006-01-02T15:04:05Z07:00"

/* The parts of the layout, and what each number may be at most. */
static const struct part {
	struct str text;
	const char *name;	/* NULL: not looked at before the end */
	unsigned min, max;
} parts[] = {
	{ STR_INIT("2006"), NULL, 0, 9999 },
	{ STR_INIT("-"), NULL, 0, 0 },
	{ STR_INIT("01"), "month", 1, 12 },
	{ STR_INIT("-"), NULL, 0, 0 },
	{ STR_INIT("02"), NULL, 0, 99 },
	{ STR_INIT("T"), NULL, 0, 0 },
	{ STR_INIT("15"), "hour", 0, 23 },
	{ STR_INIT(":"), NULL, 0, 0 },
	{ STR_INIT("04"), "minute", 0, 59 },
	{ STR_INIT(":"), NULL, 0, 0 },
	{ STR_INIT("05"), "second", 0, 59 },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether the text begins with such a part; *number is its value. */
static bool
has_part(struct str text, const struct part *part, unsigned *number)
{
	bool is_number = is_digit(part->text.p[0]);

	*number = 0;
	if (text.len < part->text.len)
		return false;
	for (size_t i = 0; i < part->text.len; i++) {
		if (is_number ? !is_digit(text.p[i]) :
		    text.p[i] != part->text.p[i])
			return false;
		*number = *number * 10 + (unsigned)(text.p[i] - '0');
	}
	return true;
}

static void
skip(struct str *text, size_t n)
{
	text->p += n;
	text->len -= n;
}

/* "Z" or "+07:00" is cut off. */
static bool
skip_zone(struct str *text)
{
	static const char form[] = "+00:00";

	if (text->len > 0 && text->p[0] == 'Z') {
		skip(text, 1);
		return true;
	}
	if (text->len < sizeof form - 1)
		return false;
	for (size_t i = 0; i < sizeof form - 1; i++)
		if (i == 0 ? text->p[0] != '+' && text->p[0] != '-' :
		    form[i] == '0' ? !is_digit(text->p[i]) :
		    text->p[i] != form[i])
			return false;
	skip(text, sizeof form - 1);
	return true;
}

static void
cannot_parse(struct buf *error, struct str rest, struct str part)
{
	buf_addf(error, " as \"" LAYOUT "\": cannot parse \"%.*s\" as "
	    "\"%.*s\"", STR_ARG(rest), STR_ARG(part));
}

/* Says what the first thing is that is wrong. */
static void
explain(struct buf *error, struct str text)
{
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		unsigned number;

		if (!has_part(text, &parts[i], &number)) {
			cannot_parse(error, text, parts[i].text);
			return;
		}
		if (parts[i].name != NULL && (number < parts[i].min ||
		    number > parts[i].max)) {
			buf_addf(error, ": %s out of range", parts[i].name);
			return;
		}
		skip(&text, parts[i].text.len);
	}
	if (text.len > 1 && text.p[0] == '.' && is_digit(text.p[1]))
		do
			skip(&text, 1);
		while (text.len > 0 && is_digit(text.p[0]));
	if (!skip_zone(&text))
		cannot_parse(error, text, STR("Z07:00"));
	else if (text.len > 0)
		buf_addf(error, ": extra text: %.*s", STR_ARG(text));
	else
		buf_addf(error, ": day out of range");
}

/* Times that are right but too far from 1970 for an int64_t count as the
 * farthest that it has. */
static bool
parse_far(struct str text, int64_t *out_ns)
{
	char near[TIMESTAMP_MAX_BYTES] = "2001";
	unsigned year;

	if (text.len >= sizeof near || !has_part(text, &parts[0], &year))
		return false;
	memcpy(near + 4, text.p + 4, text.len - 4);
	if (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		near[3] = '4';
	if (!timestamp_parse((struct str){ near, text.len }, out_ns))
		return false;
	*out_ns = year < 1970 ? INT64_MIN : INT64_MAX;
	return true;
}

bool
go_time_parse(struct str text, int64_t *out_ns, struct buf *error)
{
	if (timestamp_parse(text, out_ns) || parse_far(text, out_ns))
		return true;
	buf_addf(error, "timestamp argument cannot be parsed: parsing time "
	    "\"%.*s\"", STR_ARG(text));
	explain(error, text);
	return false;
}
