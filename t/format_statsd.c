/* SPDX-License-Identifier: ISC */
/* StatsD's lines against the bytes that Heapster's own sink sent. */
#include "config.h"

#include "sinks/format_statsd.h"

#include "t/heapster_batch.h"

struct formatting {
	struct statsd_format format;
	struct buf out;
	uint64_t n;
};

static void
begin(struct formatting *f)
{
	struct sink_uri uri;
	struct err err;

	*f = (struct formatting){ .out = BUF_INIT };
	if (!sink_uri_parse(&uri, STR(""), &err) ||
	    !point_filter_init(&f->format.filter, &uri, &err))
		bail("%s", err.msg);
	sink_uri_fini(&uri);
}

static void
end(struct formatting *f)
{
	statsd_format_fini(&f->format);
	buf_fini(&f->out);
}

static void
on_frame(void *arg, const struct frame *frame)
{
	struct formatting *f = arg;

	f->n += format_statsd(&f->out, &f->format, frame);
}

static void
test_golden(void)
{
	static const char *const allowed[] = {
		"type", "labels", "container_name", "resource_id",
	};
	struct formatting f;

	begin(&f);
	f.format.prefix = STR("k8s.x");
	batch_sample(on_frame, &f);
	batch_is(buf_str(&f.out), "t/data/heapster-sinks/etsystatsd.lines");
	is_u64(f.n, 26, "it says how many points there are");
	end(&f);

	begin(&f);
	f.format.prefix = STR("k8s.");
	f.format.is_influx = true;
	f.format.style = STATSD_LOWER_CAMEL;
	f.format.renames[0] = (struct label){ STR("type"), STR("k8s_type") };
	f.format.n_renames = 1;
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		f.format.allowed[f.format.n_allowed++] = str_of(allowed[i]);
	batch_sample(on_frame, &f);
	batch_is(buf_str(&f.out), "t/data/heapster-sinks/influxstatsd.lines");
	end(&f);
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
		struct formatting f;

		begin(&f);
		f.format.is_influx = cases[i].is_influx;
		f.format.is_strict = cases[i].is_strict;
		f.format.style = cases[i].style;
		if (cases[i].allowed != NULL)
			f.format.allowed[f.format.n_allowed++] =
			    str_of(cases[i].allowed);
		batch_each(str_of(cases[i].frame), on_frame, &f);
		is_mem(f.out.p, f.out.len, cases[i].lines,
		    strlen(cases[i].lines), "%s", cases[i].what);
		end(&f);
	}
}

int
main(void)
{
	test_golden();
	test_cases();
	return done_testing();
}
