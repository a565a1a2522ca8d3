/* SPDX-License-Identifier: ISC */
/*
 * /apis/metrics/v1alpha1 and /apis/metrics.k8s.io/v1alpha1: what nodes and
 * pods use now, as Heapster said it under the one and its last version under
 * the other.  Clients: kubectl top and the horizontal pod autoscaler before
 * there was a metrics-server.
 */
#include "config.h"

#include <string.h>

#include "apiserver/api.h"
#include "apiserver/label_selector.h"
#include "apiserver/resource_table.h"

#define SELECTOR_BYTES_MAX ((size_t)4 << 20)

static const struct resource_table *
current_table(struct api *api, const struct api_request *rq)
{
	if (api->resources == NULL)
		api->resources = resource_table_new(api->label_separator);
	api->resources_used_ns = rq->now_ns;
	resource_table_update(api->resources, api->store, rq->now_ns);
	return api->resources;
}

static void
begin_json(struct api_response *rs)
{
	rs->status = 200;
	rs->content_type = "application/json";
}

/* A list that is being written. */
struct listing {
	const struct label_selector *selector;
	struct buf *out;
	size_t n;
};

static void
add_item(void *arg, const struct resource_object *object)
{
	struct listing *l = arg;

	if (object->text.len == 0 ||
	    !label_selector_matches(l->selector, &object->labels))
		return;
	buf_add_str(l->out, l->n++ == 0 ? STR("[\n   ") : STR(",\n   "));
	buf_add_str(l->out, object->text);
}

/* False: the answer is written. */
static bool
parse_selector(struct api *api, const struct api_request *rq,
    struct label_selector *selector, struct arena *a, struct api_response *rs)
{
	struct str text = api_parameter(api, rq, "labelSelector");
	struct buf why = BUF_INIT;
	bool is_good = label_selector_parse(selector, a, text, &why);

	if (!is_good) {
		api_text(rs, 400, STR("Error while parsing selector "));
		buf_add_str(&rs->body, text);
		buf_addf(&rs->body, ": ");
		buf_add_str(&rs->body, buf_str(&why));
	}
	buf_fini(&why);
	return is_good;
}

/* namespace_name NULL: nodes; absent: all pods. */
static void
answer_list(struct api *api, const struct api_request *rq,
    const struct str *namespace_name, struct api_response *rs)
{
	struct label_selector selector;
	struct listing l = { .selector = &selector, .out = &rs->body };
	struct arena a;

	arena_init(&a, SELECTOR_BYTES_MAX);
	if (parse_selector(api, rq, &selector, &a, rs)) {
		const struct resource_table *t = current_table(api, rq);

		begin_json(rs);
		buf_add_str(&rs->body,
		    STR("{\n  \"metadata\": {},\n  \"items\": "));
		if (namespace_name == NULL)
			resource_table_nodes(t, add_item, &l);
		else
			resource_table_pods(t, *namespace_name, add_item, &l);
		buf_add_str(&rs->body, l.n == 0 ? STR("null\n }") :
		    STR("\n  ]\n }"));
	}
	arena_fini(&a);
}

/* An item as it is outside a list: each line is indented by two less. */
static void
answer_item(struct str text, struct api_response *rs)
{
	begin_json(rs);
	while (text.p != NULL) {
		buf_add_str(&rs->body, str_cut(&text, '\n'));
		if (text.p == NULL)
			return;
		buf_add_char(&rs->body, '\n');
		text.p += 2;
		text.len -= 2;
	}
}

static void
node_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_list(api, rq, NULL, rs);
}

static void
node(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	struct str name = rq->captures[0];
	struct resource_object object;

	if (resource_table_node(current_table(api, rq), name, &object) &&
	    object.text.len > 0) {
		answer_item(object.text, rs);
		return;
	}
	api_text(rs, 404, STR("No metrics for node "));
	buf_add_str(&rs->body, name);
}

static void
pod_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_list(api, rq, &(struct str){ NULL, 0 }, rs);
}

static void
namespace_pod_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_list(api, rq, &rq->captures[0], rs);
}

static void
pod(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	struct str namespace_name = rq->captures[0], name = rq->captures[1];
	struct resource_object object;

	if (!resource_table_pod(current_table(api, rq), namespace_name, name,
	    &object)) {
		api_text(rs, 500, STR(""));
		buf_addf(&rs->body, "Error while getting pod %.*s: pod "
		    "\"%.*s\" not found", STR_ARG(name), STR_ARG(name));
	} else if (object.text.len == 0) {
		/* Heapster spells it like that. */
		api_text(rs, 404, STR("No metrics availalble for pod "));
		buf_addf(&rs->body, "%.*s/%.*s", STR_ARG(namespace_name),
		    STR_ARG(name));
	} else {
		answer_item(object.text, rs);
	}
}

static const struct api_route resource_routes[] = {
	{ "nodes", node_list, "what all nodes use" },
	{ "nodes/{}", node, "what a node uses" },
	{ "pods", pod_list, "what all pods use" },
	{ "namespaces/{}/pods", namespace_pod_list,
	    "what the pods of a namespace use" },
	{ "namespaces/{}/pods/{}", pod, "what a pod uses" },
	{ NULL, NULL, NULL },
};

const struct api_family resource_family = {
	.root = "/apis/metrics/v1alpha1",
	.routes = resource_routes,
	.is_json = true,
	.is_of_store = true,
	.has_selectors = true,
	.port = API_BOTH,
};

const struct api_family resource_k8s_family = {
	.root = "/apis/metrics.k8s.io/v1alpha1",
	.routes = resource_routes,
	.is_json = true,
	.is_of_store = true,
	.has_selectors = true,
	.port = API_BOTH,
};
