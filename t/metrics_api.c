/* SPDX-License-Identifier: ISC */
/*
 * The Metrics API: who is in its lists and for how long, in which forms and
 * pages.  What it says in Kubernetes' own words is in metrics_golden.c.
 */
#include "config.h"

#include <jansson.h>

#include "common/timestamp.h"

#include "apiserver/api.h"

#include "t/tap.h"

#define S NS_PER_S
#define R (15 * S)
#define T0 (INT64_C(1790000010) * S)	/* 2026-09-21T14:13:30Z */
#define MIB (UINT64_C(1) << 20)
#define ROOT "/apis/metrics.k8s.io/v1/"
#define NO_SAMPLE (-1)
#define PARTIAL "application/vnd.kubernetes.protobuf;" \
	"as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
#define GROUPS "application/json;g=apidiscovery.k8s.io;v=v2;" \
	"as=APIGroupDiscoveryList"

/* A container in one window; those of a pod follow each other. */
struct line {
	const char *pod, *container;	/* "ns/name" */
	int64_t cpu_ms;			/* since the start; NO_SAMPLE */
	bool is_extra;			/* not in the specification */
};

static struct store_counters counters;
static struct store *store;
static struct api api;
static struct api_response rs;
static int64_t now_ns;
static uint64_t seq;
static const char *pod_labels = "tier:back,app:web";

static void
sample(struct metric_set *set, int64_t window_ns, int64_t cpu_ms)
{
	if (cpu_ms == NO_SAMPLE)
		return;
	set->scraped_ns = window_ns + S;
	set->start_ns = T0 - 900 * S;
	set_u64(set, METRIC_CPU_USAGE, (uint64_t)(cpu_ms * NS_PER_MS));
	set_u64(set, METRIC_MEMORY_WORKING_SET, 3 * MIB);
}

static void
add_line(struct frame *f, struct arena *a, const struct line *l)
{
	struct str name = str_of(l->pod), ns = str_cut(&name, '/');
	const struct metric_set *last = &f->sets[f->n_sets - 1];
	size_t pod = last->type == SET_POD_CONTAINER ? last->parent : 0, set;

	if (pod == 0 || !str_eq(f->sets[pod].name, name)) {
		pod = frame_add_set(f, a, SET_POD, 0);
		f->sets[pod].namespace_name = ns;
		f->sets[pod].name = name;
		f->sets[pod].labels = str_of(pod_labels);
	}
	set = frame_add_set(f, a, SET_POD_CONTAINER, pod);
	f->sets[set].name = str_of(l->container);
	sample(&f->sets[set], f->window_ns, l->cpu_ms);
	if (!l->is_extra)
		set_u64(&f->sets[set], METRIC_CPU_REQUEST, 0);
}

static void
add_node(const char *name, int64_t i, int64_t cpu_ms,
    const struct line *lines, size_t n)
{
	struct arena a;
	struct frame f;
	struct err err;

	arena_init(&a, 1 << 20);
	frame_clear(&f);
	f.kind = FRAME_NODE;
	f.window_ns = T0 + i * R;
	f.resolution_ns = R;
	f.node = str_of(name);
	frame_add_set(&f, &a, SET_NODE, 0);
	f.sets[0].name = f.node;
	f.sets[0].labels = STR("os:linux");
	sample(&f.sets[0], f.window_ns, cpu_ms);
	if (cpu_ms != NO_SAMPLE)
		set_u64(&f.sets[0], METRIC_SWAP_USAGE, 2 * MIB);
	for (size_t k = 0; k < n; k++)
		add_line(&f, &a, &lines[k]);
	now_ns = f.window_ns + 5 * S;
	if (!store_add(store, &f, 1, ++seq, now_ns, &err))
		bail("%s", err.msg);
	arena_fini(&a);
}

#define ADD(name, i, cpu_ms, lines) \
	add_node(name, i, cpu_ms, lines, sizeof lines / sizeof lines[0])

static int
ask_as(const char *path, const char *accept, const char *etag)
{
	struct api_request request = {
		.method = STR("GET"), .now_ns = now_ns, .is_secure = true,
		.accept = str_of(accept), .if_none_match = str_of(etag),
	};
	struct buf body = rs.body;
	static char target[300];

	snprintf(target, sizeof target, "%s%s", *path == '/' ? "" : ROOT,
	    path);
	request.query = str_of(target);
	request.path = str_cut(&request.query, '?');
	buf_reset(&body);
	rs = (struct api_response){ .body = body };
	api_answer(&api, &request, &rs);
	return rs.status;
}

/* "ns/name:container=cpu,container=cpu ..." of a list of pods, "name=cpu" of
 * one of nodes. */
static void
lists(const char *path, const char *want)
{
	char text[500] = "";
	json_t *list, *item, *container;
	size_t i, k, n = 0;

	is_i64(ask_as(path, NULL, NULL), 200, "%s", path);
	list = json_loadb(rs.body.p, rs.body.len, 0, NULL);
	json_array_foreach(json_object_get(list, "items"), i, item) {
		const char *ns = NULL, *name = NULL, *cpu = NULL;

		json_unpack(item, "{s:{s:s,s?s},s?{s:s}}", "metadata", "name",
		    &name, "namespace", &ns, "usage", "cpu", &cpu);
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s%s%s%s",
		    i == 0 ? "" : " ", ns == NULL ? "" : ns,
		    ns == NULL ? "" : "/", name, cpu == NULL ? ":" : "=",
		    cpu == NULL ? "" : cpu);
		json_array_foreach(json_object_get(item, "containers"), k,
		    container) {
			json_unpack(container, "{s:s,s:{s:s}}", "name", &name,
			    "usage", "cpu", &cpu);
			n += (size_t)snprintf(text + n, sizeof text - n,
			    "%s%s=%s", k == 0 ? "" : ",", name, cpu);
		}
	}
	is_str(text, want, "has these");
	json_decref(list);
}

static bool
says(const char *text)
{
	return memmem(rs.body.p, rs.body.len, text, strlen(text)) != NULL;
}

static void
restart(void)
{
	api_fini(&api);
	store_close(store);
	store = NULL;
	seq = 0;
	api = (struct api){ .label_separator = STR(",") };
}

static void
start(void)
{
	struct err err;

	store = store_open(NULL, 900 * S, 64 << 20, &counters, &err);
	api.store = store;
}

static const struct line first[] = {
	{ "a/one", "main", 1000, false },
	{ "a/one", "side", 500, false },
	{ "a/two", "main", 100, false },
	{ "b/one", "main", 0, false },
}, second[] = {
	{ "a/one", "main", 1150, false },
	{ "a/one", "side", 500, false },
	{ "a/two", "main", 400, false },
	{ "b/one", "main", 15, false },
}, third[] = {
	{ "a/one", "side", NO_SAMPLE, false },
	{ "a/one", "init", 600, true },
	{ "a/one", "main", 1450, false },
	{ "a/three", "main", 5, false },
	{ "b/one", "main", 30, false },
};

/* From the first sample to the end of the last value. */
static void
test_life(void)
{
	start();
	is_i64(ask_as("pods", NULL, NULL), 200, "without anything");
	ok(says("\"items\":[]"), "an empty list");
	ADD("n1", 0, 10000, first);
	lists("pods", "");
	lists("nodes", "");
	is_i64(ask_as("namespaces/a/pods/one", NULL, NULL), 404,
	    "known, without metrics");
	ok(says("podmetrics.metrics.k8s.io"), "and it says which");
	ADD("n1", 1, 13000, second);
	lists("nodes", "n1=200m");
	lists("pods", "a/one:main=10m,side=0 a/two:main=20m b/one:main=1m");
	lists("namespaces/a/pods", "a/one:main=10m,side=0 a/two:main=20m");
	ADD("n1", 2, 16000, third);
	lists("pods", "a/one:main=20m,side=0 b/one:main=1m");
	is_i64(ask_as("namespaces/a/pods/one", NULL, NULL), 200,
	    "a container without a sample");
	ok(says("\"timestamp\":\"2026-09-21T14:13:46Z\",\"window\":\"15s\""),
	    "keeps its time, which is the pod's");
	now_ns += 35 * S;
	lists("nodes", "n1=200m");
	lists("pods", "a/one:main=20m b/one:main=1m");
	now_ns += 10 * S;
	lists("nodes", "");
	lists("pods", "");
	ADD("n2", 6, 10, first);
	lists("nodes", "");
	is_i64(ask_as("nodes/n1", NULL, NULL), 404, "no longer known");
	ok(says("\"node \\\"n1\\\" not found\""), "and it says so");
	restart();
}

/* Autoscalers would take half of a pod for all of it. */
static void
test_beginning(void)
{
	static const struct line lines[] = {
		{ "a/one", "side", NO_SAMPLE, false },
		{ "a/one", "main", 100, false },
		{ "a/one", "side", 30, false },
		{ "a/one", "main", 250, false },
		{ "a/one", "side", 45, false },
	};

	start();
	add_node("n1", 0, 1000, lines, 2);
	add_node("n1", 1, 1150, lines + 2, 2);
	is_i64(ask_as("namespaces/a/pods/one", NULL, NULL), 404,
	    "a pod with a container that was sampled once");
	lists("pods", "");
	add_node("n1", 2, 1300, lines + 3, 2);
	lists("pods", "a/one:main=0,side=1m");
	restart();
}

/* A node that answers only now and then, and one that never does. */
static void
test_failures(void)
{
	start();
	ADD("n1", 0, 1000, first);
	ADD("n1", 1, 1150, second);
	add_node("n2", 3, 10, NULL, 0);
	ADD("n1", 3, 1450, second);
	lists("nodes", "n1=10m");
	add_node("n1", 4, NO_SAMPLE, NULL, 0);
	lists("nodes", "n1=10m");
	lists("pods", "");
	api.max_age_ns = 3600 * S;
	now_ns += 600 * S;
	lists("nodes", "n1=10m");
	restart();
}

/* The table is made of what is in the store, not of what it has seen. */
static void
test_catching_up(void)
{
	start();
	ADD("n1", 0, 1000, first);
	ADD("n1", 1, 1150, second);
	add_node("n1", 2, NO_SAMPLE, second, 4);
	lists("nodes", "n1=10m");
	lists("namespaces/a/pods", "a/one:main=0,side=0 a/two:main=0");
	api_fini(&api);
	lists("nodes", "n1=10m");
	for (int i = 3; i < 20; i++)
		ADD("n1", i, 1150 + 15 * i, second);
	lists("nodes", "n1=1m");
	restart();
}

static void
test_selection(void)
{
	start();
	ADD("n1", 0, 1000, first);
	ADD("n1", 1, 1150, second);
	lists("pods?labelSelector=app%3Dweb,!x&fieldSelector="
	    "metadata.name%3Done,metadata.namespace!%3Db",
	    "a/one:main=10m,side=0");
	lists("pods?fieldSelector=spec.nodeName%3D%3Dn1,metadata.namespace%3Db",
	    "b/one:main=1m");
	lists("pods?fieldSelector=spec.nodeName%3Dn2", "");
	lists("nodes?fieldSelector=spec.nodeName%3Dn1", "n1=10m");
	lists("pods?fieldSelector=metadata.name%3D%5C,", "");
	is_i64(ask_as("pods?fieldSelector=metadata.name%3D%5Cx", NULL, NULL),
	    400, "what need not be escaped");
	ok(says("can't understand 'metadata.name=\\\\x'"), "is told");
	is_i64(ask_as("pods?fieldSelector=name", NULL, NULL), 400,
	    "no operator");
	is_i64(ask_as("pods?limit=x", NULL, NULL), 400, "no number");
	ok(says("strconv.ParseInt: parsing"), "is told");
	lists("pods?limit=-1&timeoutSeconds=5&resourceVersion=abc&"
	    "allowWatchBookmarks=maybe&resourceVersionMatch=NotOlderThan",
	    "a/one:main=10m,side=0 a/two:main=20m b/one:main=1m");
	is_i64(ask_as("pods?continue=x", NULL, NULL), 400, "no namespace");
	lists("pods?limit=2", "a/one:main=10m,side=0 a/two:main=20m");
	ok(says("\"metadata\":{\"continue\":\"a/two\","
	    "\"remainingItemCount\":1}"), "there is more");
	lists("pods?limit=2&continue=a/two", "b/one:main=1m");
	ok(says("\"metadata\":{}"), "that was all");
	lists("pods?limit=3", "a/one:main=10m,side=0 a/two:main=20m "
	    "b/one:main=1m");
	ok(says("\"metadata\":{}"), "just all");
	is_i64(ask_as("pods?limit=1", "application/vnd.kubernetes.protobuf",
	    NULL), 200, "pages of protobuf");
	ok(says("\x1a\x05" "a/one\x20\x02"), "go on as well");
	restart();
}

static void
test_views(void)
{
	start();
	ADD("n1", 0, 1000, first);
	ADD("n1", 1, 1150, second);
	is_i64(ask_as("nodes?includeObject=None", "application/json;as=Table;"
	    "v=v1;g=meta.k8s.io", NULL), 200, "a table");
	ok(says("\"cells\":[\"n1\",\"10m\",\"3Mi\",\"15s\",\"2Mi\"],"
	    "\"object\":null"), "without objects, with swap behind");
	ok(says("{\"name\":\"swap\",\"type\":\"string\",\"format\":"
	    "\"quantity\",\"description\":\"\",\"priority\":1}"),
	    "for those who want it wide");
	ask_as("nodes?includeObject=Object", "application/json;as=Table;"
	    "v=v1;g=meta.k8s.io", NULL);
	ok(says("\"object\":{\"kind\":\"NodeMetrics\",\"apiVersion\":"
	    "\"metrics.k8s.io/v1\",\"metadata\":{\"name\":\"n1\""), "or all");
	is_i64(ask_as("nodes?includeObject=Some", "application/json;as=Table;"
	    "v=v1;g=meta.k8s.io", NULL), 400, "or nonsense");
	ask_as("namespaces/x/pods", "application/json;as=Table;v=v1;"
	    "g=meta.k8s.io", NULL);
	ok(says("\"columnDefinitions\":null,\"rows\":null}"), "an empty one");
	is_i64(ask_as("pods", PARTIAL, NULL), 406, "a list is no object");
	ok(says("requested object is a list (*metrics.PodMetricsList)"),
	    "it says");
	is_i64(ask_as("nodes/n1", "application/json;g=meta.k8s.io;v=v1;"
	    "as=PartialObjectMetadataList", NULL), 406,
	    "an object is no list");
	is_i64(ask_as("nodes/n1", "application/json;as=Chair;g=x;v=v1", NULL),
	    406, "no such view");
	ok(says("only the following media types are accepted"), "it says");
	is_i64(ask_as("nodes/n1", PARTIAL, NULL), 200, "metadata");
	ok(says("\x12\x15PartialObjectMetadata"), "has its kind");
	ask_as("nodes", "application/json", NULL);
	ok(says("\"usage\":{\"cpu\":\"10m\",\"memory\":\"3Mi\","
	    "\"swap\":\"2Mi\"}"), "swap is in use");
	restart();
}

/* The time of the request is put in where it belongs, however long the
 * metadata is. */
static void
test_long_labels(void)
{
	static char labels[20000];

	for (size_t n = 3; n < sizeof labels - 1; n = n * 5 + 7) {
		static const char created[] =
		    "\x42\x08\x08\x9f\xb0\xac\xd5\x06\x10";	/* and 0 */
		struct line line = { "a/long", "main", 5, false };

		memset(labels, 'v', n);
		memcpy(labels, "k:", 2);
		labels[n] = '\0';
		pod_labels = labels;
		start();
		add_node("n1", 0, 5, &line, 1);
		line.cpu_ms = 20;
		add_node("n1", 1, 5, &line, 1);
		now_ns = INT64_C(0x6aab181f) * S;
		api.max_age_ns = INT64_MAX / 2;
		ask_as("pods", "application/vnd.kubernetes.protobuf", NULL);
		ok(memmem(rs.body.p, rs.body.len, created, sizeof created) !=
		    NULL, "labels of %zu bytes", n);
		restart();
	}
	pod_labels = "tier:back,app:web";
}

static void
test_discovery(void)
{
	char etag[API_ETAG_MAX];
	struct api_request main_port = { .method = STR("GET"),
		.path = STR("/apis") };

	start();
	is_i64(ask_as("/apis", GROUPS, NULL), 200, "all groups");
	is_str(rs.content_type, GROUPS, "say what they are");
	ok(says("{\"version\":\"v1\",\"resources\":[{\"resource\":\"nodes\","
	    "\"responseKind\":{\"group\":\"\",\"version\":\"\",\"kind\":"
	    "\"NodeMetrics\"},\"scope\":\"Cluster\","), "and what they have");
	memcpy(etag, rs.etag, sizeof etag);
	is_i64(ask_as("/apis", GROUPS, etag), 304, "which is known");
	is_u64(rs.body.len, 0, "and not said again");
	is_i64(ask_as("/apis", GROUPS, "\"x\""), 200, "or another");
	ask_as("/apis", "application/json", NULL);
	ok(says("{\"kind\":\"APIGroupList\",\"groups\":[{\"name\":"
	    "\"metrics.k8s.io\",\"versions\":[{\"groupVersion\":"
	    "\"metrics.k8s.io/v1\",") && *rs.etag == '\0', "as of old");
	is_i64(ask_as("/apis/metrics.k8s.io", "application/vnd.kubernetes."
	    "protobuf", NULL), 200, "a group");
	ok(says("\x12\x08" "APIGroup"), "in protobuf");
	is_i64(ask_as("/openapi/v3", NULL, NULL), 200, "OpenAPI");
	memcpy(etag, rs.etag, sizeof etag);
	is_i64(ask_as("/openapi/v3", NULL, etag), 304, "that is known");
	is_i64(ask_as("/version", NULL, NULL), 200, "a version");
	is_i64(ask_as("/openapi/v3/apis/metrics.k8s.io/v7", NULL, NULL), 404,
	    "no such document");
	api_answer(&api, &main_port, &rs);
	is_i64(rs.status, 404, "none of it is on the main port");
	restart();
}

static void
find_references(const json_t *document, const json_t *at, bool is_v2,
    size_t *n)
{
	const json_t *target = document;
	const char *key;
	json_t *value;
	size_t i;

	json_array_foreach(at, i, value)
		find_references(document, value, is_v2, n);
	json_object_foreach((json_t *)(uintptr_t)at, key, value) {
		const char *name = json_string_value(value);

		find_references(document, value, is_v2, n);
		if (strcmp(key, "$ref") != 0 || name == NULL)
			continue;
		++*n;
		target = is_v2 ? json_object_get(document, "definitions") :
		    json_object_get(json_object_get(document, "components"),
		    "schemas");
		if (json_object_get(target, strrchr(name, '/') + 1) == NULL)
			ok(false, "%s is there", name);
	}
}

static void
test_documents(void)
{
	static const char *const paths[] = { "/openapi/v2",
		"/openapi/v3/apis/metrics.k8s.io/v1",
		"/openapi/v3/apis/metrics.k8s.io/v1beta1" };
	json_t *document;

	start();
	for (size_t i = 0; i < 3; i++) {
		size_t n = 0;

		is_i64(ask_as(paths[i], NULL, NULL), 200, "%s", paths[i]);
		document = json_loadb(rs.body.p, rs.body.len, 0, NULL);
		find_references(document, document, i == 0, &n);
		ok(n > 10, "%s refers to what is there", paths[i]);
		json_decref(document);
	}
	restart();
}

int
main(void)
{
	api.label_separator = STR(",");
	test_life();
	test_beginning();
	test_failures();
	test_catching_up();
	test_selection();
	test_views();
	test_long_labels();
	test_discovery();
	test_documents();
	buf_fini(&rs.body);
	return done_testing();
}
