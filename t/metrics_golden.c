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
 *
 * Of the heads, X-Kubernetes-Pf-* are those of the kube-apiserver in front; what
 * else they have is tested where they are sent (t/http_head.c, t/3200).
 */
#include "config.h"

#include "common/timestamp.h"

#include "apiserver/api.h"

#include "t/metrics_store.h"
#include "t/tap.h"

#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io," \
	"application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
#define PARTIAL "application/json;as=PartialObjectMetadataList;" \
	"g=meta.k8s.io;v=v1"
#define PROTOBUF "application/vnd.kubernetes.protobuf"

static struct store_counters counters;
static struct api api;
static int64_t now_ns;

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
	const struct captured *rows;
	size_t n_rows = captured_read_from("metrics-server-0.7.2", "paths",
	    &rows);
	struct err err;
	struct store *store = store_open(NULL, 900 * NS_PER_S, 64 << 20,
	    &counters, &err);

	api = (struct api){ .store = store, .label_separator = STR(",") };
	metrics_fill_store(store, rows, n_rows);
	for (size_t i = 0; i < n_rows; i++)
		compare(&rows[i]);
	for (size_t i = 0; i < n_rows; i++)
		compare_v1(&rows[i]);
	api_fini(&api);
	store_close(store);
	return done_testing();
}
