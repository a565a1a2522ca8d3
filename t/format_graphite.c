/* SPDX-License-Identifier: ISC */
/* Graphite's lines against the bytes that Heapster's own sink sent. */
#include "config.h"

#include "sinks/format_graphite.h"

#include "t/heapster_batch.h"

struct formatting {
	struct graphite_format format;
	struct buf out;
	uint64_t n;
};

static void
begin(struct formatting *f)
{
	struct sink_uri uri;
	struct err err;

	*f = (struct formatting){ .format.prefix = STR("kubernetes") };
	if (!sink_uri_parse(&uri, STR(""), &err) ||
	    !point_filter_init(&f->format.filter, &uri, &err))
		bail("%s", err.msg);
	sink_uri_fini(&uri);
}

static void
end(struct formatting *f)
{
	graphite_format_fini(&f->format);
	buf_fini(&f->out);
}

static void
on_frame(void *arg, const struct frame *frame)
{
	struct formatting *f = arg;

	f->n += format_graphite(&f->out, &f->format, frame);
}

static void
test_golden(void)
{
	struct formatting f;

	begin(&f);
	batch_sample(on_frame, &f);
	batch_is(buf_str(&f.out), "t/data/heapster-sinks/graphite.lines");
	is_u64(f.n, 26, "it says how many points there are");
	end(&f);
}

#define NODE "{\"v\":1,\"kind\":\"node\",\"window_us\":61500000," \
	"\"resolution_us\":1000000,\"metrics\":[\"uptime\"," \
	"\"network/rx_rate\"],\"labelled\":[\"filesystem/usage\"," \
	"\"accelerator/duty_cycle\",\"resource/request\"],\"node\":{" \
	"\"name\":\"n\",\"hostname\":\"h.x/y\","

static const struct {
	const char *what;
	const char *frame;
	bool want_resources, want_tags;
	const char *lines;
} cases[] = {
	{ "dots and slashes of names, seconds",
	    NODE "\"values\":[1],\"system\":[{\"name\":\"a.b/c\","
	    "\"values\":[2]}],\"pods\":[{\"namespace\":\"n.s\","
	    "\"name\":\"p.q\",\"values\":[3],\"containers\":[{\"name\":\"c.d\","
	    "\"values\":[null,0.5]}]}]}}", false, false,
	    "k.nodes.h_x_y.uptime 1 61\n"
	    "k.nodes.h_x_y.sys-containers.a_b_c.uptime 2 61\n"
	    "k.nodes.h_x_y.pods.n.s.p_q.uptime 3 61\n"
	    "k.nodes.h_x_y.pods.n.s.p_q.containers.c_d.network.rx_rate "
	    "0.500000 61\n" },
	{ "blanks and line breaks would end a path, nothing is no part",
	    NODE "\"values\":[],\"system\":[{\"name\":\"a b\\nc\","
	    "\"values\":[2]},{\"name\":\"\",\"values\":[3]}],\"pods\":[]}}",
	    false, false,
	    "k.nodes.h_x_y.sys-containers.a_b_c.uptime 2 61\n"
	    "k.nodes.h_x_y.sys-containers._.uptime 3 61\n" },
	{ "resources in the path",
	    NODE "\"values\":[],\"system\":[],\"pods\":[],\"resources\":["
	    "{\"resource_id\":\"/\",\"values\":[1]},"
	    "{\"resource_id\":\"Volume:d.a\",\"values\":[2]},"
	    "{\"make\":\"m\",\"accelerator_id\":\"GPU-0\",\"values\":[null,3]},"
	    "{\"resource_id\":\"a.b/gpu\",\"values\":[null,null,4]}]}}",
	    true, false,
	    "k.nodes.h_x_y.filesystem._.usage 1 61\n"
	    "k.nodes.h_x_y.filesystem.Volume:d_a.usage 2 61\n"
	    "k.nodes.h_x_y.accelerator.GPU-0.duty_cycle 3 61\n"
	    "k.nodes.h_x_y.a.b.gpu.request 4 61\n" },
	{ "tags: all labels but ids, without what parts them",
	    NODE "\"labels\":\"a:b;c d\",\"stored\":{\"t=~\":\"~x\","
	    "\"empty\":\"\"},\"values\":[1],\"system\":[],\"pods\":[],"
	    "\"resources\":[{\"resource_id\":\"/\",\"values\":[2]}]}}",
	    false, true,
	    "k.uptime;labels=a:b_c_d;nodename=n;t_~=_~x;type=node 1 61\n"
	    "k.filesystem.usage;labels=a:b_c_d;nodename=n;resource_id=/;"
	    "t_~=_~x;type=node 2 61\n" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct formatting f;

		begin(&f);
		f.format.prefix = STR("k");
		f.format.want_resources = cases[i].want_resources;
		f.format.want_tags = cases[i].want_tags;
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
