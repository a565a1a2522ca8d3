/* SPDX-License-Identifier: ISC */
/* The operand of a sink: Heapster's grammar, and what is more than it. */
#include "config.h"

#include "sinks/sink_uri.h"

#include "t/tap.h"

static bool
parse_exact(struct sink_uri *u, const char *text, struct err *err)
{
	size_t len = strlen(text);
	char *p = malloc(len == 0 ? 1 : len);
	bool is_good;

	if (p == NULL)
		bail("no memory");
	memcpy(p, text, len);
	is_good = sink_uri_parse(u, (struct str){ p, len }, err);
	free(p);
	return is_good;
}

static void
test_place(void)
{
	static const struct {
		const char *text, *scheme, *host, *path;
		bool is_bad;
	} cases[] = {
		{ "", NULL, NULL, "", false },
		{ "http://h:8086", "http", "h:8086", "", false },
		{ "HTTP://h:8086/a/b?x=1", "http", "h:8086", "/a/b", false },
		{ "//h", NULL, "h", "", false },
		{ "http://", "http", NULL, "", false },
		{ "http://h:/", "http", "h", "/", false },
		{ "http://u:p@h:1/", "http", "h:1", "/", false },
		{ "http://u:p@x@h", "http", "h", "", false },
		{ "tcp://[::1]:2003", "tcp", "[::1]:2003", "", false },
		{ "http://h#?db=a", "http", "h", "", false },
		{ "?db=a", NULL, NULL, "", false },
		{ "/path", NULL, NULL, "/path", false },
		{ "localhost:8086", NULL, "localhost:8086", "", false },
		{ "127.0.0.1:8125?a=b", NULL, "127.0.0.1:8125", "", false },
		{ "[::1]:8125", NULL, "[::1]:8125", "", false },
		{ "h:8086/p", NULL, "h:8086", "/p", false },
		{ "http:", "http", NULL, "", false },
		{ "host", NULL, NULL, NULL, true },
		{ "1:2:3", NULL, NULL, NULL, true },
		{ "localhost:port", NULL, NULL, NULL, true },
		{ "http://h:port", NULL, NULL, NULL, true },
		{ "http://h:70000", NULL, NULL, NULL, true },
		{ "http://a b", NULL, NULL, NULL, true },
		{ "http://h\n", NULL, NULL, NULL, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = { "" };
		struct sink_uri u;
		bool is_good = parse_exact(&u, cases[i].text, &err);

		ok(is_good == !cases[i].is_bad, "\"%s\" %s", cases[i].text,
		    err.msg);
		if (!is_good || cases[i].is_bad)
			continue;
		is_str(u.scheme, cases[i].scheme, "its scheme");
		is_str(u.host, cases[i].host, "its host");
		is_str(u.path, cases[i].path, "its path");
		sink_uri_fini(&u);
	}
}

static void
test_options(void)
{
	struct buf unknown = BUF_INIT;
	struct sink_uri u;
	struct err err;
	size_t i = 0;

	ok(parse_exact(&u, "http://h?a=1&b=x%20y+z;c&a=2&&=7&d%zz=1&e=%00&"
	    "f%3d=%3f&g=1%&B=other&user=&tags=p&tags=q,r&last=#no", &err),
	    "a query");
	is_str(sink_uri_string(&u, "a"), "1", "the first value counts");
	is_str(sink_uri_string(&u, "b"), "x y z", "values are decoded");
	is_str(sink_uri_string(&u, "c"), NULL, "no value is none");
	is_str(sink_uri_string(&u, "e"), NULL, "a NUL is skipped");
	is_str(sink_uri_string(&u, "f="), "?", "names are decoded");
	is_str(sink_uri_string(&u, "g"), NULL, "a bad escape is skipped");
	ok(u.has_undecodable, "which is known");
	is_str(sink_uri_string(&u, "last"), NULL, "the fragment is cut off");
	ok(sink_uri_has(&u, "user") && !sink_uri_has(&u, "pw"),
	    "an empty value is there");
	is_str(sink_uri_next(&u, "tags", &i), "p", "several values: one");
	is_str(sink_uri_next(&u, "tags", &i), "q,r", "two");
	is_str(sink_uri_next(&u, "tags", &i), NULL, "no more");
	sink_uri_unknown(&u, &unknown);
	ok(str_is(buf_str(&unknown), "B"), "names that nobody asked for: %.*s",
	    STR_ARG(buf_str(&unknown)));
	buf_fini(&unknown);
	sink_uri_fini(&u);
}

static void
test_types(void)
{
	struct err err = { "" };
	uint64_t number = 5, size = 6;
	int64_t duration_ns = 7;
	bool is_on = true, is_off = true;
	struct sink_uri u;

	if (!parse_exact(&u, "?t=TRUE&f=F&n=12&d=1m30s&s=2Ki&bad=secret", &err))
		bail("%s", err.msg);
	ok(sink_uri_bool(&u, "t", &is_on, &err) && is_on &&
	    sink_uri_bool(&u, "f", &is_off, &err) && !is_off, "booleans");
	ok(sink_uri_u64(&u, "n", &number, &err) && number == 12, "numbers");
	ok(sink_uri_duration_ns(&u, "d", &duration_ns, &err) &&
	    duration_ns == INT64_C(90000000000), "durations");
	ok(sink_uri_size_bytes(&u, "s", &size, &err) && size == 2048, "sizes");
	ok(sink_uri_u64(&u, "absent", &number, &err) && number == 12,
	    "what is absent changes nothing");
	ok(!sink_uri_bool(&u, "bad", &is_on, &err) &&
	    strstr(err.msg, "`bad`") != NULL &&
	    strstr(err.msg, "secret") == NULL, "%s", err.msg);
	ok(!sink_uri_u64(&u, "bad", &number, &err) &&
	    strstr(err.msg, "secret") == NULL, "%s", err.msg);
	ok(!sink_uri_duration_ns(&u, "bad", &duration_ns, &err) &&
	    strstr(err.msg, "secret") == NULL, "%s", err.msg);
	ok(!sink_uri_size_bytes(&u, "bad", &size, &err) &&
	    strstr(err.msg, "secret") == NULL, "%s", err.msg);
	sink_uri_fini(&u);
}

int
main(void)
{
	test_place();
	test_options();
	test_types();
	return done_testing();
}
