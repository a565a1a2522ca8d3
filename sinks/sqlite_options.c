/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "common/str.h"
#include "common/timestamp.h"

#include "sinks/sqlite_options.h"

#define NS_PER_HOUR (3600 * NS_PER_S)
#define NS_PER_DAY (24 * NS_PER_HOUR)
#define DAYS_MAX 36500
#define RAW_MIN_NS NS_PER_HOUR
#define KEEP_MIN_NS NS_PER_HOUR
#define MAX_BYTES_MIN (UINT64_C(4) << 20)

/* What parse_duration_ns() takes, or a number of days: "30d". */
static bool
parse_time(struct str s, int64_t *out_ns, struct err *err)
{
	uint64_t days;

	if (s.len < 2 || s.p[s.len - 1] != 'd')
		return parse_duration_ns(s, out_ns, err) ||
		    err_wrap(err, "%.*s", STR_ARG(s));
	s.len--;
	if (!parse_u64(s, &days) || days > DAYS_MAX)
		return err_set(err, "%.*sd: not a number of days", STR_ARG(s));
	*out_ns = (int64_t)days * NS_PER_DAY;
	return true;
}

static bool
parse_option(struct sqlite_options *o, struct str name, struct str value,
    struct err *err)
{
	if (value.p == NULL)
		return err_set(err, "%.*s: =VALUE is missing", STR_ARG(name));
	if (str_is(name, "keep"))
		return (parse_time(value, &o->keep_ns, err) &&
		    (o->keep_ns >= KEEP_MIN_NS ||
		    err_set(err, "at least 1h, please"))) ||
		    err_wrap(err, "keep");
	if (str_is(name, "raw"))
		return (parse_time(value, &o->raw_ns, err) &&
		    (o->raw_ns >= RAW_MIN_NS ||
		    err_set(err, "at least 1h, please"))) ||
		    err_wrap(err, "raw");
	if (str_is(name, "max-bytes"))
		return (parse_size_bytes(value, &o->max_bytes, err) &&
		    (o->max_bytes >= MAX_BYTES_MIN ||
		    err_set(err, "at least 4Mi, please"))) ||
		    err_wrap(err, "max-bytes");
	return err_set(err, "%.*s: there is keep=, raw= and max-bytes=",
	    STR_ARG(name));
}

bool
sqlite_options_parse(struct sqlite_options *o, const char *uri,
    struct err *err)
{
	struct str rest = str_of(uri), path;

	*o = (struct sqlite_options){
		.keep_ns = 7 * NS_PER_DAY,
		.raw_ns = NS_PER_DAY,
		.max_bytes = UINT64_C(10) << 30,
	};
	path = str_cut(&rest, '?');
	if (path.len == 0)
		return err_set(err, "the path of the database is missing");
	while (rest.len > 0) {
		struct str value = str_cut(&rest, '&');
		struct str name = str_cut(&value, '=');

		if (!parse_option(o, name, value, err))
			return false;
	}
	o->path = str_dup(path);
	return true;
}

void
sqlite_options_fini(struct sqlite_options *o)
{
	free(o->path);
	o->path = NULL;
}
