/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/timestamp.h"

#include "sinks/sqlite_options.h"

#include "t/tap.h"

#define HOUR (3600 * NS_PER_S)
#define DAY (24 * HOUR)
#define GI (UINT64_C(1) << 30)

static const struct {
	const char *uri;
	const char *path;
	int64_t keep_ns, raw_ns;
	uint64_t max_bytes;
} accepted[] = {
	{ "/a/b.db", "/a/b.db", 7 * DAY, DAY, 10 * GI },
	{ "b.db?", "b.db", 7 * DAY, DAY, 10 * GI },
	{ "/a?keep=30d", "/a", 30 * DAY, DAY, 10 * GI },
	{ "/a?keep=36h30m&raw=2h", "/a", 36 * HOUR + HOUR / 2, 2 * HOUR,
	    10 * GI },
	{ "/a?max-bytes=20Gi&keep=1h", "/a", HOUR, DAY, 20 * GI },
	{ "/a&b=c?raw=2d", "/a&b=c", 7 * DAY, 2 * DAY, 10 * GI },
};

static const struct {
	const char *uri;
	const char *error;
} refused[] = {
	{ NULL, "the path of the database is missing" },
	{ "", "the path of the database is missing" },
	{ "?keep=7d", "the path of the database is missing" },
	{ "/a?keep", "keep: =VALUE is missing" },
	{ "/a?kept=1d", "kept: there is keep=, raw= and max-bytes=" },
	{ "/a?keep=59m", "keep: at least 1h, please" },
	{ "/a?keep=0d", "keep: at least 1h, please" },
	{ "/a?keep=xd", "keep: xd: not a number of days" },
	{ "/a?keep=99999999d", "keep: 99999999d: not a number of days" },
	{ "/a?raw=1m", "raw: at least 1h, please" },
	{ "/a?max-bytes=1Mi", "max-bytes: at least 4Mi, please" },
};

int
main(void)
{
	struct sqlite_options o;
	struct err err;

	for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
		bool is_ok = sqlite_options_parse(&o, accepted[i].uri, &err);

		ok(is_ok && strcmp(o.path, accepted[i].path) == 0 &&
		    o.keep_ns == accepted[i].keep_ns &&
		    o.raw_ns == accepted[i].raw_ns &&
		    o.max_bytes == accepted[i].max_bytes, "takes %s",
		    accepted[i].uri);
		sqlite_options_fini(&o);
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		bool is_ok = sqlite_options_parse(&o, refused[i].uri, &err);

		ok(!is_ok, "refuses %s",
		    refused[i].uri == NULL ? "nothing" : refused[i].uri);
		if (!is_ok)
			is_str(err.msg, refused[i].error, "and says why");
		sqlite_options_fini(&o);
	}
	ok(!sqlite_options_parse(&o, "/a?keep=7", &err) &&
	    strncmp(err.msg, "keep: 7", 7) == 0, "a time needs its unit");
	sqlite_options_fini(&o);
	return done_testing();
}
