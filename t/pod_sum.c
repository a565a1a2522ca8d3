/* SPDX-License-Identifier: ISC */
/* Composed metrics of pods: sums over their containers. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collector/pod_sum.h"
#include "common/buf.h"
#include "common/frame_json.h"
#include "common/json.h"
#include "t/tap.h"

#define HEAD "{\"v\":1,\"kind\":\"node\",\"window_us\":1000000," \
	"\"resolution_us\":1000000,\"metrics\":[],\"labelled\":[" \
	"\"filesystem/usage\",\"resource/request\",\"custom/value\"]," \
	"\"node\":{\"name\":\"n\",\"system\":[{\"name\":\"s\"," \
	R("x", "9,9,9") "}],\"pods\":["
#define R(id, values) "\"resources\":[" ONE(id, values) "]"
#define ONE(id, values) "{\"resource_id\":\"" id "\",\"values\":[" values "]}"
#define POD(name, resources, containers) "{\"namespace\":\"a\",\"name\":\"" \
	name "\"" resources ",\"containers\":[" containers "]}"
#define C(name, resources) "{\"name\":\"" name "\"," resources "}"
#define TAIL "]}}"

static const struct sum_case {
	const char *title;
	const char *before;
	const char *after;
} cases[] = {
	{ "nothing to sum",
	    POD("p", "", C("c", R("/", "5"))),
	    POD("p", "", C("c", R("/", "5"))) },
	{ "one container",
	    POD("p", "", C("c", R("gpu", "null,2"))),
	    POD("p", "," R("gpu", "null,2"), C("c", R("gpu", "null,2"))) },
	{ "several containers and pods",
	    POD("p", "", C("c", R("gpu", "null,2")) ","
	    C("d", R("gpu", "null,3"))) "," POD("q", "",
	    C("c", R("gpu", "null,7"))),
	    POD("p", "," R("gpu", "null,5"), C("c", R("gpu", "null,2")) ","
	    C("d", R("gpu", "null,3"))) "," POD("q", "," R("gpu", "null,7"),
	    C("c", R("gpu", "null,7"))) },
	{ "each by its name",
	    POD("p", "", C("c", R("x", "null,2,1.5")) ","
	    C("d", R("y", "null,null,2")) "," C("e", R("x", "8,null,0.25"))),
	    POD("p", ",\"resources\":[" ONE("x", "null,2,1.75") ","
	    ONE("y", "null,null,2") "]", C("c", R("x", "null,2,1.5")) ","
	    C("d", R("y", "null,null,2")) "," C("e", R("x", "8,null,0.25"))) },
	{ "what a pod has of its own stays",
	    POD("p", "," R("x", "1,10"), C("c", R("x", "null,2,1")) ","
	    C("d", R("x", "null,3,1"))),
	    POD("p", "," R("x", "1,10,2"), C("c", R("x", "null,2,1")) ","
	    C("d", R("x", "null,3,1"))) },
	{ "as the largest number, if it is larger",
	    POD("p", "", C("c", R("x", "null,18446744073709551615")) ","
	    C("d", R("x", "null,3"))),
	    POD("p", "," R("x", "null,18446744073709551615"),
	    C("c", R("x", "null,18446744073709551615")) ","
	    C("d", R("x", "null,3"))) },
};

static void
decode(struct frame *f, struct arena *a, const char *pods, struct buf *text)
{
	struct err err;

	buf_reset(text);
	buf_addf(text, "%s%s%s", HEAD, pods, TAIL);
	buf_pad(text);
	if (!frame_decode(f, a, buf_str(text), &err))
		bail("%s: %s", pods, err.msg);
}

static void
run(const struct sum_case *c, struct arena *a)
{
	struct buf text = BUF_INIT, other = BUF_INIT;
	struct buf got = BUF_INIT, want = BUF_INIT;
	struct frame f;

	arena_reset(a);
	decode(&f, a, c->before, &text);
	ok(pod_sum(&f, a), "%s", c->title);
	frame_encode(&f, &got);
	decode(&f, a, c->after, &other);
	frame_encode(&f, &want);
	is_mem(got.p, got.len, want.p, want.len, "%s: the frame", c->title);
	buf_fini(&text);
	buf_fini(&other);
	buf_fini(&got);
	buf_fini(&want);
}

static void
add(struct frame *f, struct arena *a, size_t set, unsigned first, unsigned n)
{
	static char names[2 * FRAME_RESOURCES_MAX][8];

	for (unsigned i = first; i < first + n; i++) {
		struct resource *r = frame_add_resource(f, a, set);

		snprintf(names[i], sizeof names[i], "%u", i);
		r->resource_id = str_of(names[i]);
		resource_u64(r, METRIC_RESOURCE_REQUEST, 1);
	}
}

static void
test_bounds(struct arena *a)
{
	struct arena small;
	struct frame f;
	size_t pod, c, d;

	arena_reset(a);
	frame_clear(&f);
	f.kind = FRAME_NODE;
	frame_add_set(&f, a, SET_NODE, 0);
	pod = frame_add_set(&f, a, SET_POD, 0);
	c = frame_add_set(&f, a, SET_POD_CONTAINER, pod);
	d = frame_add_set(&f, a, SET_POD_CONTAINER, pod);
	add(&f, a, c, 0, FRAME_RESOURCES_MAX);
	add(&f, a, d, FRAME_RESOURCES_MAX / 2, FRAME_RESOURCES_MAX);
	arena_init(&small, 16);
	ok(!pod_sum(&f, &small), "a full arena is told");
	arena_fini(&small);
	ok(pod_sum(&f, a), "too many resources are not too many");
	is_u64(f.sets[pod].n_resources, FRAME_RESOURCES_MAX,
	    "as many as a frame holds are summed");
	is_u64(f.sets[pod].resources[FRAME_RESOURCES_MAX - 1].values[
	    METRIC_RESOURCE_REQUEST - METRIC_PLAIN_COUNT].u, 2,
	    "the last of them too");
}

int
main(void)
{
	struct arena a;

	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		run(&cases[i], &a);
	test_bounds(&a);
	arena_fini(&a);
	return done_testing();
}
