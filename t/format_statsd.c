/* SPDX-License-Identifier: ISC */
/* StatsD's lines against the bytes that Heapster's own sink sent. */
#include "config.h"

#include "sinks/format_statsd.h"

#include "t/formatting.h"

static uint64_t
run(void *format, struct buf *out, const struct frame *f)
{
	return format_statsd(out, format, f);
}

static void
test_golden(void)
{
	struct statsd_format etsy = { .prefix = STR("k8s.x") };
	struct statsd_format influx = {
		.prefix = STR("k8s."),
		.is_influx = true,
		.style = STATSD_LOWER_CAMEL,
		.renames = { { STR("type"), STR("k8s_type") } },
		.n_renames = 1,
		.allowed = { STR("type"), STR("labels"),
		    STR("container_name"), STR("resource_id") },
		.n_allowed = 4,
	};
	struct formatting f = formatting(run, &etsy, &etsy.filter);

	formatting_golden(&f, "t/data/heapster-sinks/etsystatsd.lines", 26);
	statsd_format_fini(&etsy);
	formatting_fini(&f);

	f = formatting(run, &influx, &influx.filter);
	formatting_golden(&f, "t/data/heapster-sinks/influxstatsd.lines", 26);
	statsd_format_fini(&influx);
	formatting_fini(&f);
}

#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":61500000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\"," \
	"\"network/rx_rate\"],\"labelled\":[\"filesystem/usage\"],\"node\":{" \
	"\"name\":\"n\",\"system\":[],\"pods\":[],"

static const struct {
	const char *what;
	const char *frame;
	bool is_influx, is_strict;
	enum statsd_style style;
	const char *allowed;
	const char *lines;
} cases[] = {
	{ "dots, equals signs, bars and line breaks of names are _",
	    NODE "\"hostname\":\"a.b=c|d\\ne\",\"values\":[1]}}", false, false,
	    STATSD_AS_IS, NULL, "node.a_b_c_d_e.uptime:1|g\n" },
	{ "strict: colons, slashes and blanks too",
	    NODE "\"labels\":\"k/l:v w\",\"values\":[1],\"resources\":["
	    "{\"resource_id\":\"Volume:d\",\"values\":[2]}]}}", false, true,
	    STATSD_AS_IS, NULL, "node.n.k_l.v_w.uptime:1|g\n"
	    "node.n.k_l.v_w.filesystem_usage.Volume_d:2|g\n" },
	{ "labels are sorted, half ones and empty ones left out",
	    NODE "\"labels\":\"z:1,half,a:2:3,e:\",\"values\":[1]}}", false,
	    false, STATSD_AS_IS, NULL, "node.n.a.2.z.1.uptime:1|g\n" },
	{ "floats are Go's",
	    NODE "\"values\":[null,1234567.5]}}", false, false, STATSD_AS_IS,
	    NULL, "node.n.network/rx_rate:1.2345675e+06|g\n" },
	{ "without the type there is no path",
	    NODE "\"values\":[1]}}", false, false, STATSD_AS_IS, "hostname",
	    "" },
	{ "without the host a part of it is empty",
	    NODE "\"values\":[1]}}", false, false, STATSD_AS_IS, "type",
	    "node..uptime:1|g\n" },
	{ "tags: all labels, cleaned, in camels",
	    NODE "\"stored\":{\"my_zone/x_y\":\"a:b,c\"},\"values\":[1]}}",
	    true, false, STATSD_UPPER_CAMEL, NULL,
	    "uptime,Hostname=n,MyZone/XY=a_b_c,Nodename=n,Type=node:1|g\n" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct statsd_format format = {
			.is_influx = cases[i].is_influx,
			.is_strict = cases[i].is_strict,
			.style = cases[i].style,
			.allowed = { str_of(cases[i].allowed) },
			.n_allowed = cases[i].allowed != NULL,
		};
		struct formatting f = formatting(run, &format, &format.filter);

		formatting_case(&f, cases[i].frame, cases[i].lines,
		    cases[i].what);
		statsd_format_fini(&format);
		formatting_fini(&f);
	}
}

int
main(void)
{
	test_golden();
	test_cases();
	return done_testing();
}
