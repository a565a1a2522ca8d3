/* SPDX-License-Identifier: ISC */
/* Which points a frame has, with which labels, and what filters leave. */
#include "config.h"

#include "sinks/glob.h"
#include "sinks/points.h"

#include "t/heapster_batch.h"

static void
test_glob(void)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{ "", "", true }, { "", "a", false }, { "a", "", false },
		{ "a", "a", true }, { "a", "b", false }, { "a", "ab", false },
		{ "*", "", true }, { "*", "a/b", true }, { "a*", "a", true },
		{ "cpu/*", "cpu/usage", true }, { "cpu/*", "xcpu/usage", false },
		{ "*_rate", "cpu/usage_rate", true },
		{ "*_rate", "cpu/usage_rates", false },
		{ "a?c", "abc", true }, { "a?c", "ac", false },
		{ "*a*b*c*", "xxaxxbxxc", true }, { "*a*b*c", "abcx", false },
		{ "**", "", true }, { "?*", "", false }, { "*?", "x", true },
		{ "a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		    false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ok(glob_match(str_of(cases[i].pattern), str_of(cases[i].text))
		    == cases[i].matches, "\"%s\" and \"%s\"", cases[i].pattern,
		    cases[i].text);
}

struct listing {
	struct point_filter filter;
	struct points points;
	struct buf out;
};

/* "type name" of each point; with labels of those with resources. */
static void
list(void *arg, const struct frame *f)
{
	struct listing *l = arg;
	struct point point;

	points_begin(&l->points, f, &l->filter);
	while (points_next(&l->points, &point)) {
		buf_addf(&l->out, "%.*s %.*s",
		    STR_ARG(set_type_name(f->sets[point.set].type)),
		    STR_ARG(point.name));
		for (size_t i = 0; point.resource != NULL &&
		    i < point.labels->n; i++)
			buf_addf(&l->out, " %.*s=%.*s",
			    STR_ARG(point.labels->items[i].key),
			    STR_ARG(point.labels->items[i].value));
		buf_add_char(&l->out, '\n');
	}
}

#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":1000000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\",\"cpu/usage\"]," \
	"\"labelled\":[\"custom/value\",\"filesystem/usage\"]," \
	"\"node\":{\"name\":\"n\",\"values\":[1,2]," \
	"\"stored\":{\"resource_id\":\"mine\",\"zone\":\"z\"}," \
	"\"resources\":[{\"resource_id\":\"q\",\"values\":[0.5]}," \
	"{\"resource_id\":\"/\",\"values\":[0.5,3]}]," \
	"\"system\":[{\"name\":\"s\",\"values\":[null,1]}],\"pods\":[" \
	"{\"namespace\":\"a\",\"name\":\"p\",\"values\":[4],\"containers\":[" \
	"{\"name\":\"c\",\"values\":[5]}]},{\"namespace\":\"b\"," \
	"\"name\":\"p\",\"values\":[6],\"containers\":[]}]}}\n" \
	"{\"v\":1,\"kind\":\"rollup\",\"window_us\":1000000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\"],\"answered\":1," \
	"\"missing\":[],\"cluster\":{\"values\":[7]},\"namespaces\":[" \
	"{\"name\":\"a\",\"values\":[8]},{\"name\":\"b\",\"values\":[9]}]}"
#define RESOURCE "node filesystem/usage host_id= hostname=n nodename=n " \
	"resource_id=/ type=node zone=z\n"

static const struct {
	const char *query;
	const char *points;
} cases[] = {
	{ "", "node cpu/usage\nnode uptime\nnode custom/q\n" RESOURCE
	    "node custom//\nsys_container cpu/usage\npod uptime\n"
	    "pod_container uptime\npod uptime\ncluster uptime\nns uptime\n"
	    "ns uptime\n" },
	{ "?metrics=cpu/*", "node cpu/usage\nsys_container cpu/usage\n" },
	{ "?metrics=!uptime,!custom/q", "node cpu/usage\n" RESOURCE
	    "node custom//\nsys_container cpu/usage\n" },
	{ "?metrics=custom/*,!custom/q", "node custom//\n" },
	{ "?types=ns,cluster", "cluster uptime\nns uptime\nns uptime\n" },
	{ "?types=!pod*&types=!node&metrics=uptime",
	    "cluster uptime\nns uptime\nns uptime\n" },
	{ "?namespaces=a&metrics=uptime", "node uptime\npod uptime\n"
	    "pod_container uptime\ncluster uptime\nns uptime\n" },
	{ "?namespaces=*,!a&types=pod,pod_container,ns",
	    "pod uptime\nns uptime\n" },
	{ "?types=nothing", "" },
};

static void
test_filters(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct listing l = { .out = BUF_INIT };
		struct sink_uri uri;
		struct err err = { "" };

		if (!sink_uri_parse(&uri, str_of(cases[i].query), &err) ||
		    !point_filter_init(&l.filter, &uri, &err))
			bail("%s", err.msg);
		batch_each(STR(NODE), list, &l);
		is_mem(l.out.p, l.out.len, cases[i].points,
		    strlen(cases[i].points), "\"%s\"", cases[i].query);
		points_fini(&l.points);
		buf_fini(&l.out);
		sink_uri_fini(&uri);
	}
}

static void
test_refusals(void)
{
	struct buf query = BUF_INIT;
	struct point_filter filter;
	struct sink_uri uri;
	struct err err = { "" };

	if (!sink_uri_parse(&uri, STR("?types=pod,!"), &err))
		bail("%s", err.msg);
	ok(!point_filter_init(&filter, &uri, &err), "%s", err.msg);
	sink_uri_fini(&uri);
	buf_add_str(&query, STR("?metrics="));
	for (int i = 0; i <= POINT_PATTERNS_MAX; i++)
		buf_addf(&query, "m%d,", i);
	if (!sink_uri_parse(&uri, buf_str(&query), &err))
		bail("%s", err.msg);
	ok(!point_filter_init(&filter, &uri, &err), "%s", err.msg);
	sink_uri_fini(&uri);
	buf_fini(&query);
}

int
main(void)
{
	test_glob();
	test_filters();
	test_refusals();
	return done_testing();
}
