/* SPDX-License-Identifier: ISC */
/*
 * The Metrics API says byte for byte what metrics-server 0.7.2 said, in both
 * versions: the store is filled with samples that give what it told of its
 * cluster, and all is asked again.
 *
 * What is said differently, and why:
 *   group, direct-fp_apis*, badgroup-version, direct-fp_openapi_v3
 *		there is v1 besides v1beta1
 *   direct-fp_apis	addresses of the server are left out: nobody needs them
 *   limit		it is honoured, and the list goes on with continue
 *   pods-fieldsel-bad	spec.nodeName is known
 *   proto-pods		containers are sorted by name, as in JSON; there they
 *			were in random order in both
 *   direct-fp_, -nosuch, -version, -openapi_v3
 *		paths, versions and hashes are our own
 *   head		the body is the transport's affair
 */
#include "config.h"

#include <jansson.h>

#include "common/quantity.h"
#include "common/timestamp.h"

#include "apiserver/api.h"

#include "t/captured.h"
#include "t/tap.h"

#define R (15 * NS_PER_S)
#define BEFORE_NS (10 * 60 * NS_PER_S)	/* CPU used before the window */
#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io," \
	"application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
#define PARTIAL "application/json;as=PartialObjectMetadataList;" \
	"g=meta.k8s.io;v=v1"
#define PROTOBUF "application/vnd.kubernetes.protobuf"

static struct store *store;
static struct store_counters counters;
static struct api api;
static const struct captured *rows;
static size_t n_rows;
static int64_t now_ns;

static const struct captured *
row(const char *name)
{
	for (size_t i = 0; i < n_rows; i++)
		if (str_is(rows[i].name, name))
			return &rows[i];
	bail("%s was not captured", name);
}

static const char *
text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Units of 10^-9 of something like "1419474591n" or "10.085s". */
static int64_t
nano(const char *text)
{
	double v = strtod(text, NULL);

	return strchr(text, 'n') != NULL ? (int64_t)v :
	    (int64_t)(v * 1000 + 0.5) * NS_PER_MS;
}

/* A sample such that the rate since the one before is what was told. */
static void
fill(struct metric_set *set, const json_t *object, const json_t *usage,
    bool is_last)
{
	int64_t window_ns = nano(text_at(object, "window"));
	int64_t cpu = nano(text_at(usage, "cpu"));
	uint64_t memory;
	__extension__ __int128 used = (__int128)cpu * window_ns;

	timestamp_parse(str_of(text_at(object, "timestamp")),
	    &set->scraped_ns);
	if (!is_last)
		set->scraped_ns -= window_ns;
	used = is_last ? (used + NS_PER_S - 1) / NS_PER_S : 0;
	set_u64(set, METRIC_CPU_USAGE, (uint64_t)(BEFORE_NS + (int64_t)used));
	quantity_parse(str_of(text_at(usage, "memory")), &memory);
	set_u64(set, METRIC_MEMORY_WORKING_SET, memory);
}

/* Joined in the opposite order: that of the answers is sorted. */
static struct str
labels_of(struct arena *a, const json_t *object)
{
	json_t *labels = json_object_get(json_object_get(object, "metadata"),
	    "labels"), *value;
	const char *key;
	char text[500] = "", before[500];

	json_object_foreach(labels, key, value) {
		memcpy(before, text, sizeof before);
		snprintf(text, sizeof text, "%s:%s%s%.200s", key,
		    json_string_value(value), *before == '\0' ? "" : ",",
		    before);
	}
	return arena_str(a, str_of(text));
}

static void
add_pod(struct frame *f, struct arena *a, const json_t *pod, bool is_last)
{
	size_t set = frame_add_set(f, a, SET_POD, 0), i;
	json_t *containers = json_object_get(pod, "containers"), *c;
	const json_t *metadata = json_object_get(pod, "metadata");

	f->sets[set].name = str_of(text_at(metadata, "name"));
	f->sets[set].namespace_name = str_of(text_at(metadata, "namespace"));
	f->sets[set].labels = labels_of(a, pod);
	json_array_foreach(containers, i, c) {
		size_t at = frame_add_set(f, a, SET_POD_CONTAINER, set);

		f->sets[at].name = str_of(text_at(c, "name"));
		set_u64(&f->sets[at], METRIC_CPU_REQUEST, 0);
		fill(&f->sets[at], pod, json_object_get(c, "usage"),
		    is_last);
	}
}

/* It is known, and has no metrics. */
static void
add_crashing(struct frame *f, struct arena *a)
{
	size_t pod = frame_add_set(f, a, SET_POD, 0);
	size_t container = frame_add_set(f, a, SET_POD_CONTAINER, pod);

	f->sets[pod].name = STR("crash");
	f->sets[pod].namespace_name = STR("gamma");
	f->sets[pod].labels = STR("app:crash");
	f->sets[container].name = STR("main");
	set_u64(&f->sets[container], METRIC_CPU_REQUEST, 0);
}

static void
add_frame(const json_t *node, const json_t *pods, int64_t window_ns,
    bool is_last)
{
	struct arena a;
	struct frame f;
	struct err err;
	json_t *pod;
	size_t i;

	arena_init(&a, 1 << 20);
	frame_clear(&f);
	f.kind = FRAME_NODE;
	f.window_ns = window_ns;
	f.resolution_ns = R;
	f.node = STR("rig-node");
	frame_add_set(&f, &a, SET_NODE, 0);
	f.sets[0].name = f.node;
	f.sets[0].labels = labels_of(&a, node);
	fill(&f.sets[0], node, json_object_get(node, "usage"), is_last);
	json_array_foreach(json_object_get(pods, "items"), i, pod)
		add_pod(&f, &a, pod, is_last);
	add_crashing(&f, &a);
	if (!store_add(store, &f, 1, is_last ? 2 : 1, window_ns, &err))
		bail("%s", err.msg);
	arena_fini(&a);
}

static json_t *
load(const char *name)
{
	const struct captured *c = row(name);
	json_t *json = json_loadb(c->body.p, c->body.len, 0, NULL);

	if (json == NULL)
		bail("%s is not JSON", name);
	return json;
}

static void
fill_store(void)
{
	json_t *node = load("node"), *pods = load("pods");
	int64_t window_ns;

	timestamp_parse(STR("2026-11-23T09:17:00Z"), &window_ns);
	add_frame(node, pods, window_ns - R, false);
	add_frame(node, pods, window_ns, true);
	json_decref(node);
	json_decref(pods);
}

static struct str
accept_of(struct str name)
{
	if (str_has_prefix(name, STR("table-")))
		return STR(TABLE);
	if (str_has_prefix(name, STR("proto-")))
		return STR(PROTOBUF);
	if (str_is(name, "yaml"))
		return STR("application/yaml");
	if (str_is(name, "accept-bad"))
		return STR("text/html");
	if (str_is(name, "partial-meta"))
		return STR(PARTIAL);
	return STR("*/*");
}

static struct str
method_of(struct str name)
{
	static const struct { const char *name; struct str method; } all[] = {
		{ "post", STR_INIT("POST") }, { "put", STR_INIT("PUT") },
		{ "delete", STR_INIT("DELETE") }, { "head", STR_INIT("HEAD") },
		{ "options", STR_INIT("OPTIONS") },
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (str_is(name, all[i].name))
			return all[i].method;
	return STR("GET");
}

static void
ask(struct str path, struct str name, struct api_response *rs)
{
	struct api_request rq = {
		.method = method_of(name), .accept = accept_of(name),
		.now_ns = now_ns, .is_secure = true,
		.is_person = str_has_prefix(name, STR("direct-")),
	};

	rq.query = path;
	rq.path = str_cut(&rq.query, '?');
	api_answer(&api, &rq, rs);
}

/* The time of the request, which is in most answers. */
static void
set_clock(struct str body)
{
	static const char key[] = "creationTimestamp";
	const char *at = memmem(body.p, body.len, key, sizeof key - 1);
	struct str text = { NULL, 20 };

	if (at == NULL) {
		timestamp_parse(STR("2026-11-23T09:17:13Z"), &now_ns);
		return;
	}
	text.p = (const char *)memchr(at, '2', 30);
	if (!timestamp_parse(text, &now_ns))
		bail("no time: %.*s", STR_ARG(text));
}

/* Two containers stand the other way round. */
static struct str
sort_containers(struct str body)
{
	static char text[2000];
	static const char first[] = "\x22\x2f\n\x06writer";
	char *at, *next;

	memcpy(text, body.p, body.len);
	at = memmem(text, body.len, first, sizeof first - 1);
	if (at == NULL)
		bail("no such container");
	next = at + 2 + at[1];
	at = memmove(at, next, 2 + (size_t)next[1]);
	memcpy(at + 2 + at[1], body.p + (at - text), 2 + 0x2f);
	return (struct str){ text, body.len };
}

static bool
is_our_own(struct str name)
{
	static const char *const names[] = {
		"group", "direct-fp_", "direct-fp_apis",
		"direct-fp_apis_metrics.k8s.io", "direct-fp_nosuch",
		"direct-fp_version", "direct-fp_openapi_v3",
		"badgroup-version", "limit", "pods-fieldsel-bad", "head",
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_is(name, names[i]))
			return true;
	return false;
}

static void
compare(const struct captured *c)
{
	struct api_response rs = { .status = 0 };
	struct str want = c->body;

	set_clock(c->body);
	ask(c->path, c->name, &rs);
	if (!is_our_own(c->name)) {
		if (str_is(c->name, "proto-pods"))
			want = sort_containers(want);
		is_i64(rs.status, c->status, "%.*s: status",
		    STR_ARG(c->name));
		is_mem(rs.content_type, strlen(rs.content_type), c->type.p,
		    c->type.len, "%.*s: type", STR_ARG(c->name));
		is_mem(rs.body.p, rs.body.len, want.p, want.len,
		    "%.*s: body", STR_ARG(c->name));
	} else if (!str_is(c->name, "badgroup-version") &&
	    !str_is(c->name, "pods-fieldsel-bad")) {
		is_i64(rs.status, c->status, "%.*s: status",
		    STR_ARG(c->name));
	}
	buf_fini(&rs.body);
}

/* Appends the text with the other version in it. */
static void
replace_version(struct buf *out, struct str text, const char *before,
    const char *after)
{
	size_t n = strlen(before);

	while (text.len > 0) {
		const char *at = memmem(text.p, text.len, before, n);
		size_t head = at == NULL ? text.len : (size_t)(at - text.p);

		buf_add(out, text.p, head);
		if (at == NULL)
			return;
		buf_addf(out, "%s", after);
		text.p += head + n;
		text.len -= head + n;
	}
}

/* Text with v1 in it instead. */
static void
compare_v1(const struct captured *c)
{
	struct buf path = BUF_INIT, want = BUF_INIT;
	struct api_response rs = { .status = 0 };

	if (is_our_own(c->name) || str_has_prefix(c->name, STR("proto-")))
		return;
	set_clock(c->body);
	replace_version(&path, c->path, "/v1beta1", "/v1");
	replace_version(&want, c->body, "metrics.k8s.io/v1beta1",
	    "metrics.k8s.io/v1");
	ask(buf_str(&path), c->name, &rs);
	is_mem(rs.body.p, rs.body.len, want.p, want.len, "%.*s of v1",
	    STR_ARG(c->name));
	buf_fini(&rs.body);
	buf_fini(&path);
	buf_fini(&want);
}

int
main(void)
{
	struct err err;

	n_rows = captured_read_from("metrics-server-0.7.2", "paths", &rows);
	store = store_open(NULL, 900 * NS_PER_S, 64 << 20, &counters, &err);
	api = (struct api){ .store = store, .label_separator = STR(",") };
	fill_store();
	for (size_t i = 0; i < n_rows; i++)
		compare(&rows[i]);
	for (size_t i = 0; i < n_rows; i++)
		compare_v1(&rows[i]);
	api_fini(&api);
	store_close(store);
	return done_testing();
}
