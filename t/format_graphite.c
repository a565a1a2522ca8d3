/* SPDX-License-Identifier: ISC */
/* Graphite's lines against the bytes that Heapster's own sink sent. */
#include "config.h"

#include "sinks/format_graphite.h"

#include "t/formatting.h"

static uint64_t
run(void *format, struct buf *out, const struct frame *f)
{
	return format_graphite(out, format, f);
}

static void
test_golden(void)
{
	struct graphite_format format = { .prefix = STR("kubernetes") };
	struct formatting f = formatting(run, &format, &format.filter);

	formatting_golden(&f, "t/data/heapster-sinks/graphite.lines", 26);
	graphite_format_fini(&format);
	formatting_fini(&f);
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
		struct graphite_format format = {
			.prefix = STR("k"),
			.want_resources = cases[i].want_resources,
			.want_tags = cases[i].want_tags,
		};
		struct formatting f = formatting(run, &format, &format.filter);

		formatting_case(&f, cases[i].frame, cases[i].lines,
		    cases[i].what);
		graphite_format_fini(&format);
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
