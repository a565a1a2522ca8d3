/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "common/number.h"

#include "sinks/http_accept.h"

static struct str
trim(struct str s)
{
	while (s.len > 0 && (*s.p == ' ' || *s.p == '\t')) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool
is_like(struct str s, struct str other)
{
	return s.len == other.len && (s.len == 0 ||
	    strncasecmp(s.p, other.p, s.len) == 0);
}

/* Of the parameters of a clause.  False: another value than the wanted one. */
static bool
read_parameters(struct str rest, struct str wanted, unsigned *quality)
{
	struct str name = str_cut(&wanted, '=');
	double q;

	*quality = 1000;
	while (rest.p != NULL) {
		struct str value = trim(str_cut(&rest, ';'));
		struct str key = trim(str_cut(&value, '='));

		value = trim(value);
		if (is_like(key, STR("q"))) {
			if (!parse_double(value, &q) || q < 0 || q > 1)
				q = 0;
			*quality = (unsigned)(q * 1000);
		} else if (name.len > 0 && is_like(key, name)) {
			if (value.len > 1 && *value.p == '"')
				value = (struct str){ value.p + 1,
				    value.len - 2 };
			if (!str_eq(value, wanted))
				return false;
		}
	}
	return true;
}

unsigned
http_accept(struct str header, const char *what, const char *parameter)
{
	unsigned best = 0, quality;

	while (header.p != NULL) {
		struct str rest = str_cut(&header, ',');

		if (is_like(trim(str_cut(&rest, ';')), str_of(what)) &&
		    read_parameters(rest, str_of(parameter), &quality) &&
		    quality > best)
			best = quality;
	}
	return best;
}
