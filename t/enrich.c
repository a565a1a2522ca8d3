/* SPDX-License-Identifier: ISC */
/* Frames as text, before and after what the cluster knows is added. */
#include "config.h"

#include <string.h>

#include "collector/enrich.h"
#include "common/buf.h"
#include "common/frame_json.h"
#include "common/json.h"
#include "t/tap.h"

#define HEAD "{\"v\":1,\"kind\":\"node\",\"window_us\":1000000," \
	"\"resolution_us\":1000000,"
#define REQUESTS "\"metrics\":[\"cpu/request\",\"cpu/limit\"," \
	"\"memory/request\",\"memory/limit\",\"ephemeral_storage/request\"," \
	"\"ephemeral_storage/limit\"],"
#define POD_META "\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"," \
	"\"uid\":\"u\",\"labels\":{\"b\":\"2\",\"a\":\"1\"}}"
#define MOVED "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{" \
	"\"namespace\":\"n\",\"name\":\"p\",\"containers\":[{\"name\":" \
	"\"c\"}]}]}}"
#define KNOWN "\"uid\":\"u\",\"labels\":\"a:1,b:2\""

#define AMOUNT(id, n) "{\"resource_id\":\"" id "\",\"values\":[" n "]}"

static const struct enrich_case {
	const char *title;
	const char *node;	/* objects of the cluster; or NULL */
	const char *pod;
	const char *namespace_text;
	const char *before;	/* behind HEAD */
	const char *after;
} cases[] = {
	{ "nothing is known", NULL, NULL, NULL,
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{\"namespace\":"
	    "\"n\",\"name\":\"p\",\"uid\":\"u\",\"containers\":[]}]}}",
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{\"namespace\":"
	    "\"n\",\"name\":\"p\",\"uid\":\"u\",\"containers\":[]}]}}" },
	{ "a node", "{\"metadata\":{\"name\":\"k\",\"labels\":{\"z\":\"1\"}},"
	    "\"spec\":{\"unschedulable\":true},\"status\":{\"addresses\":[{"
	    "\"type\":\"Hostname\",\"address\":\"host\"}],\"capacity\":{"
	    "\"cpu\":\"2\",\"ephemeral-storage\":\"9\"},\"allocatable\":{"
	    "\"memory\":\"1Ki\"}}}", NULL, NULL,
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[]}}",
	    "\"metrics\":[\"cpu/node_capacity\",\"cpu/node_allocatable\","
	    "\"memory/node_capacity\",\"memory/node_allocatable\"],\"node\":{"
	    "\"name\":\"k\",\"hostname\":\"host\",\"host_id\":\"\","
	    "\"schedulable\":\"false\",\"labels\":\"z:1\",\"values\":"
	    "[2000,0,0,1024],\"system\":[],\"pods\":[]}}" },
	{ "a node that tells of its storage", "{\"metadata\":{\"name\":\"k\"},"
	    "\"spec\":{\"externalID\":\"x\"},\"status\":{\"addresses\":[{"
	    "\"type\":\"Hostname\",\"address\":\"k\"}],\"capacity\":{"
	    "\"ephemeral-storage\":\"9\"},\"allocatable\":{"
	    "\"ephemeral-storage\":\"8\"}}}", NULL, NULL,
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[]}}",
	    "\"metrics\":[\"cpu/node_capacity\",\"cpu/node_allocatable\","
	    "\"memory/node_capacity\",\"memory/node_allocatable\","
	    "\"ephemeral_storage/node_capacity\","
	    "\"ephemeral_storage/node_allocatable\"],\"node\":{"
	    "\"name\":\"k\",\"host_id\":\"x\",\"schedulable\":\"true\","
	    "\"labels\":\"\",\"values\":[0,0,0,0,9,8],\"system\":[],"
	    "\"pods\":[]}}" },
	{ "a container, and one that the kubelet lacks", NULL,
	    "{" POD_META ",\"spec\":{\"initContainers\":[{\"name\":\"i\"}],"
	    "\"containers\":[{\"name\":\"c\",\"image\":\"x\",\"resources\":{"
	    "\"requests\":{\"cpu\":\"10m\",\"memory\":\"5\"}}},{\"name\":\"d\","
	    "\"image\":\"y\",\"resources\":{\"limits\":{\"cpu\":\"1\"}}}]},"
	    "\"status\":{\"containerStatuses\":[{\"name\":\"c\","
	    "\"restartCount\":4}]}}", NULL,
	    "\"node\":{\"name\":\"k\",\"system\":[{\"name\":\"s\"}],\"pods\":[{"
	    "\"namespace\":\"n\",\"name\":\"p\",\"uid\":\"u\",\"containers\":[{"
	    "\"name\":\"c\"}]},{\"namespace\":\"n\",\"name\":\"q\","
	    "\"containers\":[{\"name\":\"e\"}]}]}}",
	    "\"metrics\":[\"cpu/request\",\"cpu/limit\",\"memory/request\","
	    "\"memory/limit\",\"restart_count\",\"ephemeral_storage/request\","
	    "\"ephemeral_storage/limit\"],\"node\":{\"name\":\"k\","
	    "\"system\":[{\"name\":\"s\"}],\"pods\":[{"
	    "\"namespace\":\"n\",\"name\":\"p\"," KNOWN ",\"containers\":[{"
	    "\"name\":\"c\",\"image\":\"x\",\"values\":[10,0,5,0,4,0,0]},{"
	    "\"name\":\"d\",\"image\":\"y\",\"values\":[0,1000,0,0,null,0,0]}"
	    "]},{\"namespace\":\"n\",\"name\":\"q\",\"containers\":[{\"name\":"
	    "\"e\"}]}]}}" },
	{ "an init container has no requests", NULL,
	    "{" POD_META ",\"spec\":{\"nodeName\":\"k\","
	    "\"initContainers\":[{\"name\":\"i\",\"image\":\"x\",\"resources\":{\"requests\":{\"cpu\":\"9\"}}}]}}",
	    NULL, "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{"
	    "\"namespace\":\"n\",\"name\":\"p\",\"containers\":[{\"name\":"
	    "\"i\"}]}]}}",
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{"
	    "\"namespace\":\"n\",\"name\":\"p\"," KNOWN ",\"containers\":[{"
	    "\"name\":\"i\",\"image\":\"x\"}]}]}}" },
	{ "a pod that was replaced", NULL, "{" POD_META "}",
	    "{\"metadata\":{\"name\":\"n\",\"uid\":\"nu\"}}",
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{\"namespace\":"
	    "\"n\",\"name\":\"p\",\"uid\":\"older\",\"containers\":[]}]}}",
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{\"namespace\":"
	    "\"n\",\"name\":\"p\",\"uid\":\"older\",\"namespace_id\":\"nu\","
	    "\"containers\":[]}]}}" },
	{ "without a uid, a pod that is on another node", NULL,
	    "{" POD_META ",\"spec\":{\"nodeName\":\"l\",\"containers\":[{"
	    "\"name\":\"c\",\"resources\":{\"requests\":{\"cpu\":\"9\"}}}]}}",
	    NULL, MOVED, MOVED },
	{ "or on none", NULL,
	    "{" POD_META ",\"spec\":{\"containers\":[{\"name\":\"c\","
	    "\"resources\":{\"requests\":{\"cpu\":\"9\"}}}]}}",
	    NULL, MOVED, MOVED },
	{ "a static pod", NULL, "{\"metadata\":{\"name\":\"p\",\"namespace\":"
	    "\"n\",\"uid\":\"u\",\"annotations\":{"
	    "\"kubernetes.io/config.mirror\":\"hash\"}}}", NULL,
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{\"namespace\":"
	    "\"n\",\"name\":\"p\",\"uid\":\"hash\",\"containers\":[]}]}}",
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{\"namespace\":"
	    "\"n\",\"name\":\"p\",\"uid\":\"u\",\"labels\":\"\","
	    "\"containers\":[]}]}}" },
	{ "overhead, and requests of the pod", NULL,
	    "{" POD_META ",\"spec\":{\"nodeName\":\"k\",\"overhead\":{\"cpu\":\"1m\",\"memory\":"
	    "\"2\"},\"resources\":{\"requests\":{\"memory\":\"100\"}},"
	    "\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{"
	    "\"cpu\":\"10m\",\"memory\":\"5\"},\"limits\":{\"cpu\":\"20m\"}}},"
	    "{\"name\":\"d\",\"resources\":{\"requests\":{\"cpu\":\"10m\"}}}"
	    "]}}", NULL,
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{\"namespace\":"
	    "\"n\",\"name\":\"p\",\"containers\":[]}]}}",
	    REQUESTS "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{"
	    "\"namespace\":\"n\",\"name\":\"p\"," KNOWN ",\"values\":"
	    "[21,21,102,0,0,0],\"containers\":[{\"name\":\"c\",\"values\":"
	    "[10,20,5,0,0,0]},{\"name\":\"d\",\"values\":[10,0,0,0,0,0]}]}]}}" },
	{ "other resources", NULL,
	    "{" POD_META ",\"spec\":{\"nodeName\":\"k\","
	    "\"containers\":[{\"name\":\"c\","
	    "\"resources\":{\"requests\":{\"nvidia.com/gpu\":\"2\"}}},{"
	    "\"name\":\"d\",\"resources\":{\"requests\":{\"hugepages-2Mi\":"
	    "\"4Mi\"}}}]}}", NULL,
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{\"namespace\":"
	    "\"n\",\"name\":\"p\",\"containers\":[{\"name\":\"d\"},{\"name\":"
	    "\"c\"}]}]}}",
	    REQUESTS "\"labelled\":[\"resource/request\"],\"node\":{\"name\":"
	    "\"k\",\"system\":[],\"pods\":[{\"namespace\":\"n\",\"name\":\"p\","
	    KNOWN ",\"containers\":[{\"name\":\"d\",\"values\":[0,0,0,0,0,0],"
	    "\"resources\":[{\"resource_id\":\"hugepages-2Mi\",\"values\":"
	    "[4194304]}]},{\"name\":\"c\",\"values\":[0,0,0,0,0,0],"
	    "\"resources\":[{\"resource_id\":\"nvidia.com/gpu\",\"values\":[2]"
	    "}]}]}]}}" },
	{ "other resources of a pod", NULL,
	    "{" POD_META ",\"spec\":{\"nodeName\":\"k\",\"overhead\":{"
	    "\"a\":\"1\",\"b\":\"2\"},"
	    "\"resources\":{\"requests\":{\"b\":\"10\",\"d\":\"20\"}},"
	    "\"initContainers\":[{\"name\":\"i\",\"resources\":{\"requests\":{"
	    "\"a\":\"50\"}}}],\"containers\":[{\"name\":\"c\",\"resources\":{"
	    "\"requests\":{\"a\":\"4\",\"b\":\"5\",\"e\":\"6\"}}},{\"name\":\"x\","
	    "\"resources\":{\"requests\":{\"a\":\"3\"}}}]}}", NULL,
	    "\"node\":{\"name\":\"k\",\"system\":[],\"pods\":[{\"namespace\":"
	    "\"n\",\"name\":\"p\",\"containers\":[{\"name\":\"c\"},"
	    "{\"name\":\"x\"}]}]}}",
	    REQUESTS "\"labelled\":[\"resource/request\"],\"node\":{\"name\":"
	    "\"k\",\"system\":[],\"pods\":[{\"namespace\":\"n\",\"name\":\"p\","
	    KNOWN ",\"values\":[0,0,0,0,0,0],\"resources\":["
	    AMOUNT("a", "8") "," AMOUNT("b", "12") "," AMOUNT("d", "20") "],"
	    "\"containers\":[{\"name\":\"c\",\"values\":[0,0,0,0,0,0],"
	    "\"resources\":[" AMOUNT("a", "4") "," AMOUNT("b", "5") ","
	    AMOUNT("e", "6") "]},{\"name\":\"x\",\"values\":[0,0,0,0,0,0],"
	    "\"resources\":[" AMOUNT("a", "3") "]}]}]}}" },
};

static void
put_text(struct buf *out, const char *text)
{
	buf_reset(out);
	buf_addf(out, "%s", text);
	buf_pad(out);
}

static void
put_objects(struct object_cache *cache, const struct enrich_case *c,
    struct arena *a, struct buf *text)
{
	struct kube_node node;
	struct kube_meta meta;
	struct kube_pod pod;
	struct err err;

	for (int i = 0; i < OBJECT_KIND_COUNT; i++)
		object_cache_begin_list(cache, i);
	if (c->node != NULL) {
		put_text(text, c->node);
		if (!kube_node_decode(&node, a, buf_str(text), &err))
			bail("%s: %s", c->title, err.msg);
		object_cache_put_node(cache, &node);
	}
	if (c->pod != NULL) {
		put_text(text, c->pod);
		if (!kube_pod_decode(&pod, a, buf_str(text), &err))
			bail("%s: %s", c->title, err.msg);
		object_cache_put_pod(cache, &pod);
	}
	if (c->namespace_text != NULL) {
		put_text(text, c->namespace_text);
		if (!kube_meta_decode(&meta, a, buf_str(text), &err))
			bail("%s: %s", c->title, err.msg);
		object_cache_put_namespace(cache, &meta);
	}
	for (int i = 0; i < OBJECT_KIND_COUNT; i++)
		object_cache_end_list(cache, i);
}

static void
run(const struct enrich_case *c, struct arena *a)
{
	static const struct object_cache_conf conf = {
		.labels = { .separator = STR_INIT(",") },
	};
	struct enrich_counters counters = { 0 };
	struct object_cache cache;
	struct buf text = BUF_INIT, got = BUF_INIT, want = BUF_INIT;
	struct frame f;
	struct err err;

	arena_reset(a);
	object_cache_init(&cache, &conf);
	put_objects(&cache, c, a, &text);
	buf_reset(&text);
	buf_addf(&text, "%s%s", HEAD, c->before);
	buf_pad(&text);
	if (!frame_decode(&f, a, buf_str(&text), &err))
		bail("%s: %s", c->title, err.msg);
	ok(enrich_frame(&f, a, &cache, &counters), "%s", c->title);
	frame_encode(&f, &got);
	/* As the encoder writes it: with empty arrays. */
	buf_reset(&text);
	buf_addf(&text, "%s%s", HEAD, c->after);
	buf_pad(&text);
	if (!frame_decode(&f, a, buf_str(&text), &err))
		bail("%s: %s", c->title, err.msg);
	frame_encode(&f, &want);
	is_mem(got.p, got.len, want.p, want.len, "%s: the frame", c->title);
	object_cache_fini(&cache);
	buf_fini(&text);
	buf_fini(&got);
	buf_fini(&want);
}

static void
test_partial(struct arena *a)
{
	struct enrich_counters counters = { 0 };
	struct object_cache_conf conf = { .host_id_annotation = NULL };
	struct object_cache cache;
	struct frame f;

	object_cache_init(&cache, &conf);
	for (int i = 0; i <= OBJECT_KIND_COUNT; i++) {
		arena_reset(a);
		frame_clear(&f);
		f.kind = FRAME_NODE;
		f.node = STR("k");
		frame_add_set(&f, a, SET_NODE, 0);
		enrich_frame(&f, a, &cache, &counters);
		ok(f.is_partial == (i < OBJECT_KIND_COUNT),
		    "after %d lists of %d", i, OBJECT_KIND_COUNT);
		if (i == OBJECT_KIND_COUNT)
			break;
		object_cache_begin_list(&cache, i);
		object_cache_end_list(&cache, i);
	}
	object_cache_fini(&cache);
}

int
main(void)
{
	struct arena a;

	arena_init(&a, 16u << 20);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		run(&cases[i], &a);
	test_partial(&a);
	arena_fini(&a);
	return done_testing();
}
