/* SPDX-License-Identifier: ISC */
/* The resource metrics API: who is in its lists, and with what. */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/api.h"

#include "t/tap.h"

#define R (15 * NS_PER_S)
#define T0 (INT64_C(1790000010) * NS_PER_S)	/* 2026-09-21T14:13:30Z */
#define ROOT "/apis/metrics.k8s.io/v1alpha1/"
#define NONE_YET -1

/* A container in one window; those of a pod follow each other. */
struct line {
	const char *namespace_name, *pod, *labels, *container;
	int64_t usage_ns, rate, memory;	/* NONE_YET: absent */
	bool is_extra;			/* not in the specification */
};

static struct store *store;
static struct api api;
static struct buf body;
static int64_t now_ns = T0;
static uint64_t seq;

static void
put(struct metric_set *s, enum metric m, int64_t v)
{
	if (v != NONE_YET)
		set_u64(s, m, (uint64_t)v);
}

static void
add_line(struct frame *f, struct arena *a, const struct line *l)
{
	const struct metric_set *last = &f->sets[f->n_sets - 1];
	size_t pod = last->type == SET_POD_CONTAINER ? last->parent : 0, set;

	if (pod == 0 || !str_is(f->sets[pod].name, l->pod) ||
	    !str_is(f->sets[pod].namespace_name, l->namespace_name)) {
		pod = frame_add_set(f, a, SET_POD, 0);
		f->sets[pod].namespace_name = str_of(l->namespace_name);
		f->sets[pod].name = str_of(l->pod);
		f->sets[pod].labels = str_of(l->labels);
	}
	if (l->container == NULL)
		return;
	set = frame_add_set(f, a, SET_POD_CONTAINER, pod);
	f->sets[set].name = str_of(l->container);
	put(&f->sets[set], METRIC_CPU_USAGE, l->usage_ns);
	put(&f->sets[set], METRIC_CPU_USAGE_RATE, l->rate);
	put(&f->sets[set], METRIC_MEMORY_WORKING_SET, l->memory);
	if (l->labels != NULL && !l->is_extra)
		set_u64(&f->sets[set], METRIC_CPU_REQUEST, 0);
}

static void
add_node(const char *name, int64_t i, int64_t rate, const struct line *lines,
    size_t n)
{
	static struct label stored[] = {
		{ STR_INIT("zone"), STR_INIT("west") },
	};
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
	f.sets[0].labels = STR("os:linux,role:");
	f.sets[0].stored = stored;
	f.sets[0].n_stored = 1;
	put(&f.sets[0], METRIC_CPU_USAGE_RATE, rate);
	put(&f.sets[0], METRIC_MEMORY_WORKING_SET, 3072);
	for (size_t k = 0; k < n; k++)
		add_line(&f, &a, &lines[k]);
	now_ns = f.window_ns + 5 * NS_PER_S;
	if (!store_add(store, &f, 1, ++seq, now_ns, &err))
		bail("%s", err.msg);
	arena_fini(&a);
}

#define ADD(name, i, rate, lines) \
	add_node(name, i, rate, lines, sizeof lines / sizeof lines[0])

static int
ask(const char *path)
{
	struct api_request request = {
		.method = STR("GET"), .now_ns = now_ns,
	};
	struct api_response response = { .body = body };
	char target[200];

	snprintf(target, sizeof target, "%s%s", *path == '/' ? "" : ROOT,
	    path);
	request.query = str_of(target);
	request.path = str_cut(&request.query, '?');
	buf_reset(&response.body);
	api_answer(&api, &request, &response);
	body = response.body;
	return response.status;
}

static void
says(const char *path, int status, const char *want)
{
	is_i64(ask(path), status, "%s", path);
	is_mem(body.p, body.len, want, strlen(want), "says so");
}

/* The values of all "name", joined by blanks. */
static void
names_are(const char *path, const char *want)
{
	struct str rest;
	char names[400] = "";
	size_t n = 0;

	is_i64(ask(path), 200, "%s", path);
	rest = buf_str(&body);
	while (rest.p != NULL) {
		struct str line = str_cut(&rest, '\n'), value = line;

		str_cut(&value, ':');
		if (memmem(line.p, line.len, "\"name\"", 6) == NULL)
			continue;
		str_cut(&value, '"');
		value = str_cut(&value, '"');
		n += (size_t)snprintf(names + n, sizeof names - n, "%s%.*s",
		    n == 0 ? "" : " ", STR_ARG(value));
	}
	is_str(names, want, "has these");
}

static const struct line first[] = {
	{ "b", "web", "app:web,n:3", "front", 10, 99, 70000002, false },
	{ "b", "web", "app:web,n:3", "back", 10, 0, 1048576, false },
	{ "a", "z", "", "c", 10, 2000, 1024, false },
	{ "a", "stub", "app:web", "c", 10, 5, 5, false },
	{ "a", "stub", "app:web", "later", NONE_YET, NONE_YET, NONE_YET,
	    false },
	{ "a", "init", "app:init", "setup", 10, 1, 1, true },
	{ "a", "init", "app:init", "main", 10, 1, 1, false },
	{ "a", "empty", "", NULL, 0, 0, 0, false },
	{ "a", "unknown", NULL, "c", 10, 7, 7, false },
};

static void
test_before(void)
{
	static const char none[] = "{\n  \"metadata\": {},\n  \"items\": null\n }";

	says("nodes", 200, none);
	says("pods", 200, none);
	says("namespaces/a/pods", 200, none);
	says("nodes/n1", 404, "No metrics for node n1");
	says("namespaces/a/pods/z", 500,
	    "Error while getting pod z: pod \"z\" not found");
}

static void
test_items(void)
{
	ADD("n1", 1, 1501, first);
	says("nodes", 200, "{\n  \"metadata\": {},\n  \"items\": [\n   {\n"
	    "    \"metadata\": {\n     \"name\": \"n1\",\n"
	    "     \"creationTimestamp\": \"2026-09-21T14:13:50Z\"\n    },\n"
	    "    \"timestamp\": \"2026-09-21T14:13:45Z\",\n"
	    "    \"window\": \"1m0s\",\n    \"usage\": {\n"
	    "     \"cpu\": \"1501m\",\n     \"memory\": \"3Ki\"\n    }\n"
	    "   }\n  ]\n }");
	says("nodes/n1", 200, "{\n  \"metadata\": {\n   \"name\": \"n1\",\n"
	    "   \"creationTimestamp\": \"2026-09-21T14:13:50Z\"\n  },\n"
	    "  \"timestamp\": \"2026-09-21T14:13:45Z\",\n"
	    "  \"window\": \"1m0s\",\n  \"usage\": {\n"
	    "   \"cpu\": \"1501m\",\n   \"memory\": \"3Ki\"\n  }\n }");
	says("/apis/metrics/v1alpha1/namespaces/b/pods/web/", 200,
	    "{\n  \"metadata\": {\n   \"name\": \"web\",\n"
	    "   \"namespace\": \"b\",\n"
	    "   \"creationTimestamp\": \"2026-09-21T14:13:50Z\"\n  },\n"
	    "  \"timestamp\": \"2026-09-21T14:13:45Z\",\n"
	    "  \"window\": \"1m0s\",\n  \"containers\": [\n   {\n"
	    "    \"name\": \"back\",\n    \"usage\": {\n"
	    "     \"cpu\": \"0\",\n     \"memory\": \"1Mi\"\n    }\n"
	    "   },\n   {\n    \"name\": \"front\",\n    \"usage\": {\n"
	    "     \"cpu\": \"99m\",\n     \"memory\": \"70000002\"\n    }\n   }\n"
	    "  ]\n }");
}

static void
test_lists(void)
{
	names_are("pods", "init main unknown c z c web back front");
	names_are("pods/", "init main unknown c z c web back front");
	names_are("namespaces/a/pods", "init main unknown c z c");
	names_are("namespaces/b/pods/", "web back front");
	names_are("namespaces/aa/pods", "");
	names_are("namespaces/c/pods", "");
	says("namespaces/a/pods/stub", 404,
	    "No metrics availalble for pod a/stub");
	says("namespaces/a/pods/empty", 404,
	    "No metrics availalble for pod a/empty");
	says("namespaces/a/pods/web", 500,
	    "Error while getting pod web: pod \"web\" not found");
	is_i64(ask("namespaces/a"), 404, "no such route");
	is_i64(ask(""), 404, "nor a root");
}

static void
test_selectors(void)
{
	names_are("pods?labelSelector=app%3Dweb", "web back front");
	names_are("pods?labelSelector=app+in+(web,init),n", "web back front");
	names_are("pods?labelSelector=!app", "unknown c z c");
	names_are("namespaces/a/pods?labelSelector=app", "init main");
	names_are("nodes?labelSelector=os%3Dlinux,role%3D", "n1");
	names_are("nodes/?labelSelector=zone%3Dwest", "n1");
	names_are("nodes?labelSelector=zone!%3Dwest", "");
	says("nodes?labelSelector=a%3D%3D%3Db", 400, "Error while parsing "
	    "selector a===b: unable to parse requirement: found '=', "
	    "expected: identifier");
	says("pods?labelSelector=a,,,%3D", 400, "Error while parsing selector "
	    "a,,,=: found ',', expected: identifier after ','");
	names_are("nodes/n1?labelSelector=,", "n1");
}

/* A sample that was not renewed, one of a container that began anew. */
static void
test_held_rates(void)
{
	static const struct line idle[] = {
		{ "b", "web", "", "front", 10, NONE_YET, 8192, false },
		{ "b", "new", "", "c", 5, 3, 2048, false },
		{ "a", "z", "", "c", 9, NONE_YET, 1, false },
	};

	ADD("n1", 2, NONE_YET, idle);
	names_are("pods", "new c web front");
	ok(ask("namespaces/b/pods/web") == 200 && memmem(body.p, body.len,
	    "\"99m\"", 5) != NULL && memmem(body.p, body.len, "\"8Ki\"", 5) !=
	    NULL, "a rate without a newer one stays");
	is_i64(ask("nodes/n1"), 404, "but for who has no counter");
	says("namespaces/a/pods/z", 404,
	    "No metrics availalble for pod a/z");
	ADD("n1", 3, 1, idle);
	names_are("namespaces/b/pods", "new c web front");
	ADD("n1", 4, 1, idle);
	names_are("namespaces/b/pods", "new c");
}

static void
test_changes(void)
{
	static const struct line moved[] = {
		{ "b", "new", "", "c", 9, 33, 2048, false },
		{ "b", "last", "", "c", 9, 1, 1, false },
		{ "b", "aaa", "", "c", 9, 1, 1, false },
	};
	static const struct line stub[] = {
		{ "b", "new", "", "c", NONE_YET, NONE_YET, NONE_YET, false },
	};
	static const struct line none[] = {
		{ "c", "only", "x:y", "c", 9, 1, 1, false },
	};

	ADD("n0", 4, 7, moved);
	names_are("nodes", "n0 n1");
	names_are("namespaces/b/pods", "aaa c last c new c");
	ADD("n1", 5, 1, stub);
	ok(ask("namespaces/b/pods/new") == 200 && memmem(body.p, body.len,
	    "\"33m\"", 5) != NULL, "of a pod on two nodes the one that lives");
	ADD("n1", 6, 1, none);
	names_are("pods", "aaa c last c new c only c");
	names_are("pods?labelSelector=x%3Dy", "only c");
	ADD("n1", 7, 1, none);
	names_are("nodes", "n1");
	names_are("pods", "only c");
}

static void
test_rest(void)
{
	api_rest(&api, now_ns + 599 * NS_PER_S);
	ok(api.resources != NULL, "who asks every ten minutes need not wait");
	api_rest(&api, now_ns + 600 * NS_PER_S);
	ok(api.resources == NULL, "but the memory is not kept for longer");
	names_are("pods", "only c");
}

int
main(void)
{
	struct store_counters counters = { 0 };
	struct err err;

	store = store_open(NULL, 3600 * NS_PER_S, 1u << 30, &counters, &err);
	if (store == NULL)
		bail("%s", err.msg);
	api = (struct api){ .store = store, .label_separator = STR(",") };
	test_before();
	test_items();
	test_lists();
	test_selectors();
	test_held_rates();
	test_changes();
	test_rest();
	api_fini(&api);
	store_close(store);
	buf_fini(&body);
	return done_testing();
}
