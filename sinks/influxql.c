/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "sinks/influxql.h"

/* The length of a unit at the beginning of s; 0: there is none. */
static size_t
unit_len(struct str s)
{
	static const struct str units[] = {
		STR_INIT("ns"), STR_INIT("ms"), STR_INIT("u"), STR_INIT("s"),
		STR_INIT("m"), STR_INIT("h"), STR_INIT("d"), STR_INIT("w"),
	};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (str_has_prefix(s, units[i]))
			return units[i].len;
	return 0;
}

bool
influxql_retention(struct str text, struct str *out)
{
	bool is_zero = text.len > 0;
	struct str rest = text;

	if (str_is(text, "INF") || str_is(text, "inf") || str_is(text, "0")) {
		*out = STR("INF");
		return true;
	}
	while (rest.len > 0) {
		size_t n = 0, unit;

		for (; n < rest.len && rest.p[n] >= '0' && rest.p[n] <= '9';
		    n++)
			is_zero = is_zero && rest.p[n] == '0';
		rest.p += n;
		rest.len -= n;
		unit = unit_len(rest);
		if (n == 0 || unit == 0)
			return false;
		rest.p += unit;
		rest.len -= unit;
	}
	*out = is_zero ? STR("INF") : text;
	return text.len > 0;
}

static void
add_identifier(struct buf *out, struct str name)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, name.p[i]);
	}
	buf_add_char(out, '"');
}

void
influxql_create_database(struct buf *out, struct str database,
    struct str retention)
{
	buf_add_str(out, STR("CREATE DATABASE "));
	add_identifier(out, database);
	buf_add_str(out, STR(" WITH DURATION "));
	buf_add_str(out, retention);
	buf_add_str(out, STR(" REPLICATION 1 NAME \"" INFLUX_POLICY "\""));
}

static void
add_policy(struct buf *out, struct str verb, struct str database,
    struct str retention)
{
	buf_add_str(out, verb);
	buf_add_str(out, STR(" RETENTION POLICY \"" INFLUX_POLICY "\" ON "));
	add_identifier(out, database);
	buf_add_str(out, STR(" DURATION "));
	buf_add_str(out, retention);
}

void
influxql_create_policy(struct buf *out, struct str database,
    struct str retention)
{
	add_policy(out, STR("CREATE"), database, retention);
	buf_add_str(out, STR(" REPLICATION 1 DEFAULT"));
}

void
influxql_alter_policy(struct buf *out, struct str database,
    struct str retention)
{
	add_policy(out, STR("ALTER"), database, retention);
}

struct str
influxql_error(struct str body)
{
	static const struct str key = STR_INIT("\"error\":\"");
	struct str rest = { NULL, 0 };
	size_t n = 0;

	if (body.len == 0)
		return rest;
	rest.p = memmem(body.p, body.len, key.p, key.len);
	if (rest.p == NULL)
		return rest;
	rest.p += key.len;
	rest.len = body.len - (size_t)(rest.p - body.p);
	while (n < rest.len && rest.p[n] != '"')
		n += rest.p[n] == '\\' ? 2 : 1;
	if (n < rest.len)
		rest.len = n;
	return rest;
}
