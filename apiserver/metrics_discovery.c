/* SPDX-License-Identifier: ISC */
/*
 * The rest of the secure port: which groups, versions and resources there are,
 * who answers, and what a path is answered at which nothing is.  None of it
 * waits for data.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/json_out.h"

#include "apiserver/kube_answer.h"
#include "apiserver/kube_text.h"
#include "apiserver/metrics_discovery.h"
#include "apiserver/metrics_openapi.h"
#include "apiserver/protobuf.h"

#define PATHS_MAX 128
#define PATH_BYTES_MAX 96

#define DISCOVERY "application/json;g=apidiscovery.k8s.io;"
#define DISCOVERY_LIST ";as=APIGroupDiscoveryList"

/* The preferred one first. */
static const char *const versions[] = { "v1", "v1beta1" };

#define N_VERSIONS (sizeof versions / sizeof versions[0])

static const struct resource_kind_name {
	const char *name, *kind, *scope;
	bool is_namespaced;
} resources[] = {
	{ "nodes", "NodeMetrics", "Cluster", false },
	{ "pods", "PodMetrics", "Namespaced", true },
};

#define N_RESOURCES (sizeof resources / sizeof resources[0])

void
metrics_constant(const struct api_request *rq, struct api_response *rs)
{
	int n = snprintf(rs->etag, sizeof rs->etag, "\"%016" PRIX64 "\"",
	    hash_stable(buf_str(&rs->body)));

	rs->is_private = false;
	if (rq->if_none_match.len == 0 || memmem(rq->if_none_match.p,
	    rq->if_none_match.len, rs->etag, (size_t)n) == NULL)
		return;
	rs->status = 304;
	rs->content_type = NULL;
	buf_reset(&rs->body);
}

static bool
begin(struct api *api, const struct api_request *rq, enum kube_offer offer,
    struct kube_wish *wish, struct api_response *rs)
{
	if (!str_is(rq->method, "GET")) {
		kube_answer_method(rs);
		return false;
	}
	return kube_answer_begin(api, rq, offer, wish, rs);
}

static void
resources_json(struct buf *out, const char *version)
{
	buf_addf(out, "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\","
	    "\"groupVersion\":\"" KUBE_GROUP "/%s\",\"resources\":[",
	    version);
	for (size_t i = 0; i < N_RESOURCES; i++)
		buf_addf(out, "%s{\"name\":\"%s\",\"singularName\":\"\","
		    "\"namespaced\":%s,\"kind\":\"%s\",\"verbs\":[\"get\","
		    "\"list\"]}", i == 0 ? "" : ",", resources[i].name,
		    resources[i].is_namespaced ? "true" : "false",
		    resources[i].kind);
	buf_addf(out, "]}");
}

static void
resources_proto(struct buf *out, const char *version)
{
	size_t object = proto_object(out, STR("v1"), STR("APIResourceList"));
	struct buf group_version = BUF_INIT;

	buf_addf(&group_version, KUBE_GROUP "/%s", version);
	proto_str(out, 1, buf_str(&group_version));
	buf_fini(&group_version);
	for (size_t i = 0; i < N_RESOURCES; i++) {
		size_t at = proto_begin(out, 2), verbs;

		proto_str(out, 1, str_of(resources[i].name));
		proto_u64(out, 2, resources[i].is_namespaced);
		proto_str(out, 3, str_of(resources[i].kind));
		verbs = proto_begin(out, 4);
		proto_str(out, 1, STR("get"));
		proto_str(out, 1, STR("list"));
		proto_end(out, verbs);
		proto_str(out, 6, STR(""));
		for (unsigned field = 8; field <= 10; field++)
			proto_str(out, field, STR(""));
		proto_end(out, at);
	}
	proto_object_end(out, object);
}

void
metrics_resources(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	const char *version = strrchr(rq->family->root, '/') + 1;
	struct kube_wish wish;

	if (!begin(api, rq, KUBE_OFFERS_PLAIN, &wish, rs))
		return;
	if (wish.form == KUBE_PROTOBUF)
		resources_proto(&rs->body, version);
	else
		resources_json(&rs->body, version);
	kube_answer_end(rs, &wish);
}

static void
group_json(struct buf *out)
{
	buf_addf(out, "\"name\":\"" KUBE_GROUP "\",\"versions\":[");
	for (size_t i = 0; i < N_VERSIONS; i++)
		buf_addf(out, "%s{\"groupVersion\":\"" KUBE_GROUP "/%s\","
		    "\"version\":\"%s\"}", i == 0 ? "" : ",", versions[i],
		    versions[i]);
	buf_addf(out, "],\"preferredVersion\":{\"groupVersion\":\""
	    KUBE_GROUP "/%s\",\"version\":\"%s\"}}", versions[0],
	    versions[0]);
}

static void
version_proto(struct buf *out, unsigned field, const char *version)
{
	struct buf both = BUF_INIT;
	size_t at = proto_begin(out, field);

	buf_addf(&both, KUBE_GROUP "/%s", version);
	proto_str(out, 1, buf_str(&both));
	proto_str(out, 2, str_of(version));
	proto_end(out, at);
	buf_fini(&both);
}

static void
group_proto(struct buf *out)
{
	proto_str(out, 1, STR(KUBE_GROUP));
	for (size_t i = 0; i < N_VERSIONS; i++)
		version_proto(out, 2, versions[i]);
	version_proto(out, 3, versions[0]);
}

static void
group(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	struct kube_wish wish;

	if (!begin(api, rq, KUBE_OFFERS_PLAIN, &wish, rs))
		return;
	if (wish.form == KUBE_PROTOBUF) {
		size_t at = proto_object(&rs->body, STR("v1"),
		    STR("APIGroup"));

		group_proto(&rs->body);
		proto_object_end(&rs->body, at);
	} else {
		buf_addf(&rs->body, "{\"kind\":\"APIGroup\",\"apiVersion\":"
		    "\"v1\",");
		group_json(&rs->body);
	}
	kube_answer_end(rs, &wish);
}

static void
discovery_json(struct buf *out, struct str version)
{
	buf_addf(out, "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":"
	    "\"apidiscovery.k8s.io/%.*s\",\"metadata\":{},\"items\":["
	    "{\"metadata\":{\"name\":\"" KUBE_GROUP "\"},\"versions\":[",
	    STR_ARG(version));
	for (size_t v = 0; v < N_VERSIONS; v++) {
		buf_addf(out, "%s{\"version\":\"%s\",\"resources\":[",
		    v == 0 ? "" : ",", versions[v]);
		for (size_t i = 0; i < N_RESOURCES; i++)
			buf_addf(out, "%s{\"resource\":\"%s\","
			    "\"responseKind\":{\"group\":\"\",\"version\":"
			    "\"\",\"kind\":\"%s\"},\"scope\":\"%s\","
			    "\"singularResource\":\"\",\"verbs\":[\"get\","
			    "\"list\"]}", i == 0 ? "" : ",",
			    resources[i].name, resources[i].kind,
			    resources[i].scope);
		buf_addf(out, "],\"freshness\":\"Current\"}");
	}
	buf_addf(out, "]}]}");
}

static void
groups(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	struct kube_wish wish;

	if (!begin(api, rq, KUBE_OFFERS_DISCOVERY, &wish, rs))
		return;
	if (wish.view == KUBE_DISCOVERY) {
		discovery_json(&rs->body, wish.version);
	} else if (wish.form == KUBE_PROTOBUF) {
		size_t at = proto_object(&rs->body, STR(""),
		    STR("APIGroupList")), one;

		one = proto_begin(&rs->body, 1);
		group_proto(&rs->body);
		proto_end(&rs->body, one);
		proto_object_end(&rs->body, at);
	} else {
		buf_addf(&rs->body, "{\"kind\":\"APIGroupList\",\"groups\":"
		    "[{");
		group_json(&rs->body);
		buf_addf(&rs->body, "]}");
	}
	kube_answer_end(rs, &wish);
	if (wish.view != KUBE_DISCOVERY)
		return;
	rs->content_type = str_is(wish.version, "v2") ?
	    DISCOVERY "v=v2" DISCOVERY_LIST :
	    DISCOVERY "v=v2beta1" DISCOVERY_LIST;
	metrics_constant(rq, rs);
}

static void
end_indented(struct api_response *rs, int status)
{
	struct kube_wish wish = { .form = KUBE_JSON, .is_pretty = true };

	rs->status = status;
	kube_answer_end(rs, &wish);
}

static void
version(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)api;
	(void)rq;
	buf_addf(&rs->body, "{\"major\":\"\",\"minor\":\"\",\"gitVersion\":"
	    "\"v" PACKAGE_VERSION "\",\"gitCommit\":\"\",\"gitTreeState\":"
	    "\"\",\"buildDate\":\"1970-01-01T00:00:00Z\",\"goVersion\":\"\","
	    "\"compiler\":\"cc\",\"platform\":\"linux\"}");
	end_indented(rs, 200);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Those without a parameter, and of the resources only where they begin. */
static size_t
collect_paths(const struct api *api, char (*paths)[PATH_BYTES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; api_families[i] != NULL; i++) {
		const struct api_family *family = api_families[i];
		const struct api_route *r = family->routes;

		if (!api_serves(api, family, true))
			continue;
		for (; r->pattern != NULL && n < PATHS_MAX; r++)
			if (strchr(r->pattern, '{') == NULL &&
			    (*family->root == '\0') != (*r->pattern == '\0'))
				snprintf(paths[n++], PATH_BYTES_MAX, "%s%s%s",
				    family->root, *r->pattern == '\0' ? "" :
				    "/", r->pattern);
	}
	qsort(paths, n, PATH_BYTES_MAX, by_text);
	return n;
}

static void
say_paths(const struct api *api, struct api_response *rs, int status)
{
	char paths[PATHS_MAX][PATH_BYTES_MAX];
	size_t n = collect_paths(api, paths);

	buf_addf(&rs->body, "{\"paths\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(&rs->body, "%s\"%s\"", i == 0 ? "" : ",", paths[i]);
	buf_addf(&rs->body, "]}");
	end_indented(rs, status);
}

static void
root(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	(void)rq;
	say_paths(api, rs, 200);
}

static void
nowhere(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)rq;
	say_paths(api, rs, 404);
}

static void
say_document(const struct api_request *rq, struct api_response *rs)
{
	rs->status = 200;
	rs->content_type = "application/json";
	rs->is_compressible = true;
	metrics_constant(rq, rs);
}

static void
openapi_v2(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)api;
	metrics_openapi_v2(&rs->body);
	say_document(rq, rs);
}

/* A client that knows the hash need not ask for the document again. */
static void
openapi_v3(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)api;
	buf_addf(&rs->body, "{\"paths\":{");
	for (size_t i = 0; i < N_VERSIONS; i++) {
		struct buf document = BUF_INIT;

		metrics_openapi_v3(&document, versions[i]);
		buf_addf(&rs->body, "%s\"apis/" KUBE_GROUP "/%s\":"
		    "{\"serverRelativeURL\":\"/openapi/v3/apis/" KUBE_GROUP
		    "/%s?hash=%016" PRIX64 "\"}", i == 0 ? "" : ",",
		    versions[i], versions[i],
		    hash_stable(buf_str(&document)));
		buf_fini(&document);
	}
	buf_addf(&rs->body, "}}");
	say_document(rq, rs);
}

static void
openapi_v3_version(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	for (size_t i = 0; i < N_VERSIONS; i++) {
		if (!str_is(rq->captures[0], versions[i]))
			continue;
		metrics_openapi_v3(&rs->body, versions[i]);
		say_document(rq, rs);
		return;
	}
	nowhere(api, rq, rs);
}

static const struct api_route discovery_routes[] = {
	{ "", root, "these paths" },
	{ "apis", groups, "the groups that there are" },
	{ "apis/" KUBE_GROUP, group, "the versions that there are" },
	{ "version", version, "who answers" },
	{ "openapi/v2", openapi_v2, "the API as OpenAPI 2" },
	{ "openapi/v3", openapi_v3, "where the API is as OpenAPI 3" },
	{ "openapi/v3/apis/" KUBE_GROUP "/{}", openapi_v3_version,
	    "a version of the API as OpenAPI 3" },
	{ NULL, NULL, NULL },
};

const struct api_family discovery_family = {
	.root = "",
	.routes = discovery_routes,
	.port = API_SECURE,
};

static const struct api_route nowhere_routes[] = {
	{ "{*}", nowhere, "which paths there are" },
	{ NULL, NULL, NULL },
};

/* The last one of the secure port. */
const struct api_family nowhere_family = {
	.root = "",
	.routes = nowhere_routes,
	.port = API_SECURE,
};
