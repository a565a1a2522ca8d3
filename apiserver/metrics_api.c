/* SPDX-License-Identifier: ISC */
/*
 * metrics.k8s.io/v1 and v1beta1, the Metrics API of Kubernetes: what kubectl
 * top and autoscalers ask.  The two differ in their name alone.  What is said
 * differently than metrics-server says it is in t/metrics_golden.c.
 */
#include "config.h"

#include "apiserver/metrics_discovery.h"
#include "apiserver/metrics_impl.h"
#include "apiserver/protobuf.h"

#define WINDOWS_KEPT 3
#define AGE_MAX_NS (365 * USAGE_RESOLUTION_MAX_NS)

const struct resource_table *
metrics_table(struct metrics_asked *q)
{
	struct api *api = q->api;

	if (api->usage == NULL)
		api->usage = resource_table_new_kind(api->label_separator,
		    &usage_kind);
	api->resources_used_ns = q->rq->now_ns;
	resource_table_set_age(api->usage, q->max_age_ns);
	resource_table_update(api->usage, api->store, q->rq->now_ns);
	return api->usage;
}

static int64_t
max_age(const struct api *api)
{
	if (api->max_age_ns > 0)
		return api->max_age_ns < AGE_MAX_NS ? api->max_age_ns :
		    AGE_MAX_NS;
	return WINDOWS_KEPT * usage_resolution(store_resolution_ns(
	    api->store));
}

/* False: the answer is written. */
static bool
begin(struct metrics_asked *q, struct api *api, const struct api_request *rq,
    struct api_response *rs, bool is_pods)
{
	bool is_v1 = rq->family == &metrics_v1_family;

	*q = (struct metrics_asked){
		.api = api, .rq = rq, .rs = rs, .is_pods = is_pods,
		.version = is_v1 ? STR(KUBE_GROUP "/v1") :
		    STR(KUBE_GROUP "/v1beta1"),
		.include = api_parameter(api, rq, "includeObject"),
		.max_age_ns = max_age(api),
	};
	if (!str_is(rq->method, "GET")) {
		kube_answer_method(rs);
		return false;
	}
	return kube_answer_begin(api, rq, KUBE_OFFERS_OBJECTS, &q->wish,
	    rs) && metrics_table_check(q);
}

static void
refuse_view(const struct metrics_asked *q, const char *asked,
    const char *is, const char *suffix)
{
	struct buf message = BUF_INIT;
	struct str kind = metrics_kind(q);

	buf_addf(&message, "you requested %s, but the requested object is %s "
	    "(*metrics.%.*s%s)", asked, is, STR_ARG(kind), suffix);
	kube_answer_status(q->rs, &q->wish, &(struct kube_status){
		.code = 406, .reason = "NotAcceptable",
		.message = buf_str(&message),
	});
	buf_fini(&message);
}

static void
refuse_watch(const struct metrics_asked *q)
{
	kube_answer_status(q->rs, &q->wish, &(struct kube_status){
		.code = 405, .reason = "MethodNotAllowed",
		.message = q->is_pods ?
		    STR("watch is not supported on resources of kind "
		    "\"pods." KUBE_GROUP "\"") :
		    STR("watch is not supported on resources of kind "
		    "\"nodes." KUBE_GROUP "\""),
		.has_details = true, .group = STR(KUBE_GROUP),
		.kind = q->is_pods ? STR("pods") : STR("nodes"),
	});
}

static void
answer_list(struct api *api, const struct api_request *rq,
    struct api_response *rs, bool is_pods, struct str namespace_name)
{
	struct metrics_asked q;

	if (!begin(&q, api, rq, rs, is_pods))
		return;
	if (kube_is_true(api_parameter(api, rq, "watch")))
		refuse_watch(&q);
	else if (q.wish.view == KUBE_METADATA)
		refuse_view(&q, "PartialObjectMetadata", "a list", "List");
	else
		metrics_list(&q, namespace_name);
}

static void
say_missing(const struct metrics_asked *q, struct str what, struct str group,
    struct str kind, struct str name)
{
	struct buf message = BUF_INIT;

	buf_addf(&message, "%.*s \"%.*s\" not found", STR_ARG(what),
	    STR_ARG(name));
	kube_answer_status(q->rs, &q->wish, &(struct kube_status){
		.code = 404, .reason = "NotFound",
		.message = buf_str(&message), .has_details = true,
		.name = name, .group = group, .kind = kind,
	});
	buf_fini(&message);
}

/* What is known without metrics is another thing than what is not known. */
static void
answer_missing(const struct metrics_asked *q, bool is_known,
    struct str namespace_name, struct str name)
{
	struct str none = { NULL, 0 };
	struct buf both = BUF_INIT;

	if (!is_known) {
		say_missing(q, q->is_pods ? STR("pods") : STR("node"), none,
		    q->is_pods ? STR("pods") : STR("node"), name);
	} else if (!q->is_pods) {
		say_missing(q, STR("nodemetrics." KUBE_GROUP),
		    STR(KUBE_GROUP), STR("nodemetrics"), name);
	} else {
		buf_addf(&both, "%.*s/%.*s", STR_ARG(namespace_name),
		    STR_ARG(name));
		say_missing(q, STR("podmetrics." KUBE_GROUP),
		    STR(KUBE_GROUP), STR("podmetrics"), buf_str(&both));
	}
	buf_fini(&both);
}

static void
write_proto(const struct metrics_asked *q, const struct usage_item *item)
{
	struct buf *out = &q->rs->body, version = BUF_INIT;
	bool is_whole = q->wish.view == KUBE_ITSELF;
	size_t at;

	if (is_whole)
		buf_add_str(&version, q->version);
	else
		buf_addf(&version, "meta.k8s.io/%.*s",
		    STR_ARG(q->wish.version));
	at = proto_object(out, buf_str(&version), is_whole ?
	    metrics_kind(q) : STR("PartialObjectMetadata"));
	usage_item_add(out, item, 0, is_whole ? item->text.len :
	    item->metadata_len, USAGE_PROTOBUF, q->rq->now_ns);
	proto_object_end(out, at);
	buf_fini(&version);
}

static void
write_table(const struct metrics_asked *q,
    const struct resource_object *object, const struct usage_item *item)
{
	struct buf *out = &q->rs->body;
	struct usage_value v;

	usage_sum(object, q->rq->now_ns, q->max_age_ns, &v);
	buf_addf(out, "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/"
	    "%.*s\",\"metadata\":{},", STR_ARG(q->wish.version));
	metrics_table_columns(out, &v);
	metrics_table_row(q, out, object, item, v.present);
	buf_add_str(out, STR("]}"));
}

static void
answer_object(struct metrics_asked *q, struct str namespace_name,
    struct str name)
{
	const struct resource_table *t = metrics_table(q);
	struct resource_object object;
	struct usage_item item = { .text = STR("") };
	bool is_known = q->is_pods ?
	    resource_table_pod(t, namespace_name, name, &object) :
	    resource_table_node(t, name, &object);

	if (is_known)
		item = usage_item(&object, metrics_form(q), q->rq->now_ns,
		    q->max_age_ns);
	if (item.text.len == 0) {
		answer_missing(q, is_known, namespace_name, name);
		return;
	}
	metrics_note_told(q, &item);
	if (q->wish.form == KUBE_PROTOBUF)
		write_proto(q, &item);
	else if (q->wish.view == KUBE_TABLE)
		write_table(q, &object, &item);
	else if (q->wish.view == KUBE_METADATA)
		metrics_metadata_json(q, &q->rs->body, &item);
	else
		metrics_object_json(q, &q->rs->body, &item);
	kube_answer_end(q->rs, &q->wish);
}

static void
answer_one(struct api *api, const struct api_request *rq,
    struct api_response *rs, bool is_pods, struct str namespace_name,
    struct str name)
{
	struct metrics_asked q;

	if (!begin(&q, api, rq, rs, is_pods))
		return;
	if (kube_is_true(api_parameter(api, rq, "export")))
		kube_answer_bad(rs, &q.wish, STR("the export parameter, "
		    "deprecated since v1.14, is no longer supported"));
	else if (q.wish.view == KUBE_METADATA_LIST)
		refuse_view(&q, "PartialObjectMetadataList", "not a list",
		    "");
	else
		answer_object(&q, namespace_name, name);
}

static void
node_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_list(api, rq, rs, false, (struct str){ NULL, 0 });
}

static void
node(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	answer_one(api, rq, rs, false, STR(""), rq->captures[0]);
}

static void
pod_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_list(api, rq, rs, true, (struct str){ NULL, 0 });
}

static void
namespace_pod_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_list(api, rq, rs, true, rq->captures[0]);
}

static void
pod(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	answer_one(api, rq, rs, true, rq->captures[0], rq->captures[1]);
}

static void
nothing(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)api;
	(void)rq;
	kube_answer_nothing(rs);
}

static const struct api_route metrics_routes[] = {
	{ "", metrics_resources, "nodes and pods" },
	{ "nodes", node_list, "what all nodes use" },
	{ "nodes/{}", node, "what a node uses" },
	{ "pods", pod_list, "what all pods use" },
	{ "namespaces/{}/pods", namespace_pod_list,
	    "what the pods of a namespace use" },
	{ "namespaces/{}/pods/{}", pod, "what a pod uses" },
	{ "{*}", nothing, "that there is no such resource" },
	{ NULL, NULL, NULL },
};

const struct api_family metrics_v1_family = {
	.root = "/apis/" KUBE_GROUP "/v1",
	.routes = metrics_routes,
	.is_of_store = true,
	.port = API_SECURE,
};

const struct api_family metrics_v1beta1_family = {
	.root = "/apis/" KUBE_GROUP "/v1beta1",
	.routes = metrics_routes,
	.is_of_store = true,
	.port = API_SECURE,
};
