/* SPDX-License-Identifier: ISC */
/* /api/v1/model: names and series of everything in the store. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/json_out.h"
#include "common/mem.h"

#include "apiserver/api.h"
#include "apiserver/model_series.h"

#define KEYS_BYTES_MAX ((size_t)256 << 20)

static int
by_bytes(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp(*x, *y);
}

/* A growing list of names, written as a sorted JSON array. */
struct names {
	struct str *items;
	size_t n, cap;
};

static void
add_name(struct names *names, struct str name)
{
	if (names->n == names->cap) {
		names->cap = names->cap * 2 + 64;
		names->items = xrealloc(names->items, names->cap,
		    sizeof *names->items);
	}
	names->items[names->n++] = name;
}

static void
write_names(struct api_response *rs, struct names *names)
{
	struct json_out json;

	if (names->n > 1)
		qsort(names->items, names->n, sizeof *names->items, by_bytes);
	api_json(rs, &json, true);
	json_out_array(&json);
	for (size_t i = 0; i < names->n; i++)
		if (i == 0 || !str_eq(names->items[i], names->items[i - 1]))
			json_out_str(&json, names->items[i]);
	json_out_array_end(&json);
	free(names->items);
}

/* The composed metrics of a resource; the text is in the arena. */
static void
add_composed(struct names *names, struct arena *a, const struct resource *r)
{
	uint32_t todo = r->resource_id.len == 0 ? 0 :
	    r->present & metrics_composed;

	for (; todo != 0; todo &= todo - 1) {
		struct buf name = BUF_INIT;

		metric_compose(&name, (enum metric)(METRIC_PLAIN_COUNT +
		    (unsigned)__builtin_ctz(todo)), r->resource_id);
		add_name(names, arena_str(a, buf_str(&name)));
		buf_fini(&name);
	}
}

/* The names of the metrics that a set has had, and of the composed ones that
 * it has. */
static void
answer_metrics(struct api *api, const struct store_key *key,
    struct api_response *rs)
{
	uint32_t entity = store_find(api->store, key);
	uint64_t mask = store_metrics(api->store, entity);
	struct names names = { 0 };
	const struct metric_set *newest;
	struct arena arena;

	for (; mask != 0; mask &= mask - 1)
		add_name(&names, metrics[__builtin_ctzll(mask)].name);
	arena_init(&arena, KEYS_BYTES_MAX);
	newest = store_newest_set(api->store, entity, &arena);
	for (uint32_t i = 0; newest != NULL && i < newest->n_resources; i++)
		add_composed(&names, &arena, &newest->resources[i]);
	write_names(rs, &names);
	arena_fini(&arena);
}

static struct str
own_name(const struct store_key *key)
{
	switch (key->type) {
	case SET_NODE:
		return key->node;
	case SET_POD:
		return key->pod;
	case SET_NAMESPACE:
		return key->namespace_name;
	default:
		return key->container;
	}
}

static void
collect_name(void *arg, const struct store_key *key)
{
	add_name(arg, own_name(key));
}

static void
answer_list(struct api *api, const struct store_key *filter,
    struct api_response *rs)
{
	struct names names = { 0 };

	store_list(api->store, filter, collect_name, &names);
	write_names(rs, &names);
}

/* Keys as Heapster writes them, copied to where they can stay. */
struct keys {
	struct names names;
	struct arena text;
};

static void
collect_key(void *arg, const struct store_key *key)
{
	struct keys *keys = arg;
	struct buf text = BUF_INIT;

	switch (key->type) {
	case SET_NODE:
	case SET_SYS_CONTAINER:
		buf_addf(&text, "node:%.*s", STR_ARG(key->node));
		break;
	case SET_POD:
	case SET_POD_CONTAINER:
		buf_addf(&text, "namespace:%.*s/pod:%.*s",
		    STR_ARG(key->namespace_name), STR_ARG(key->pod));
		break;
	case SET_NAMESPACE:
		buf_addf(&text, "namespace:%.*s",
		    STR_ARG(key->namespace_name));
		break;
	case SET_CLUSTER:
	case SET_TYPE_COUNT:
		buf_addf(&text, "cluster");
		break;
	}
	if (key->type == SET_SYS_CONTAINER || key->type == SET_POD_CONTAINER)
		buf_addf(&text, "/container:%.*s", STR_ARG(key->container));
	add_name(&keys->names, arena_str(&keys->text, buf_str(&text)));
	buf_fini(&text);
}

static void
all_keys(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	struct keys keys = { .names = { .n = 0 } };

	(void)rq;
	arena_init(&keys.text, KEYS_BYTES_MAX);
	for (unsigned type = 0; type < SET_TYPE_COUNT; type++)
		store_list(api->store, &(struct store_key){
			.type = (enum set_type)type,
		}, collect_key, &keys);
	write_names(rs, &keys.names);
	arena_fini(&keys.text);
}

/* The sets that the captures of a request name, outermost first. */
static struct store_key
key_of(enum set_type type, const struct api_request *rq)
{
	bool is_of_node = type == SET_NODE || type == SET_SYS_CONTAINER;
	struct store_key key = { .type = type };

	if (is_of_node) {
		key.node = rq->captures[0];
		key.container = rq->captures[1];
	} else {
		key.namespace_name = rq->captures[0];
		key.pod = rq->captures[1];
		key.container = rq->captures[2];
	}
	return key;
}

/*
 * For each kind of set: the names of its metrics, and one of its series, whose
 * name is the last capture.
 */
#define METRICS_AND_SERIES(what, type) \
static void \
what##_metrics(struct api *api, const struct api_request *rq, \
    struct api_response *rs) \
{ \
	struct store_key key = key_of(type, rq); \
 \
	answer_metrics(api, &key, rs); \
} \
 \
static void \
what##_series(struct api *api, const struct api_request *rq, \
    struct api_response *rs) \
{ \
	struct store_key key = key_of(type, rq); \
 \
	model_series(api, rq, &key, rs); \
}

METRICS_AND_SERIES(cluster, SET_CLUSTER)
METRICS_AND_SERIES(node, SET_NODE)
METRICS_AND_SERIES(sys_container, SET_SYS_CONTAINER)
METRICS_AND_SERIES(namespace, SET_NAMESPACE)
METRICS_AND_SERIES(pod, SET_POD)
METRICS_AND_SERIES(pod_container, SET_POD_CONTAINER)

static void
node_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)rq;
	answer_list(api, &(struct store_key){ .type = SET_NODE }, rs);
}

static void
sys_container_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_list(api, &(struct store_key){
		.type = SET_SYS_CONTAINER, .node = rq->captures[0],
	}, rs);
}

static void
namespace_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	(void)rq;
	answer_list(api, &(struct store_key){ .type = SET_NAMESPACE }, rs);
}

static void
pod_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_list(api, &(struct store_key){
		.type = SET_POD, .namespace_name = rq->captures[0],
	}, rs);
}

static void
pod_container_list(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	answer_list(api, &(struct store_key){
		.type = SET_POD_CONTAINER, .namespace_name = rq->captures[0],
		.pod = rq->captures[1],
	}, rs);
}

static const struct api_route model_routes[] = {
	{ "metrics", cluster_metrics, "metrics of the cluster" },
	{ "metrics/{*}", cluster_series, "one of them" },
	{ "nodes", node_list, "nodes" },
	{ "nodes/{}/metrics", node_metrics, "metrics of a node" },
	{ "nodes/{}/metrics/{*}", node_series, "one of them" },
	{ "nodes/{}/freecontainers", sys_container_list,
	    "system containers of a node" },
	{ "nodes/{}/freecontainers/{}/metrics", sys_container_metrics,
	    "metrics of a system container" },
	{ "nodes/{}/freecontainers/{}/metrics/{*}", sys_container_series,
	    "one of them" },
	{ "namespaces", namespace_list, "namespaces" },
	{ "namespaces/{}/metrics", namespace_metrics,
	    "metrics of a namespace" },
	{ "namespaces/{}/metrics/{*}", namespace_series, "one of them" },
	{ "namespaces/{}/pods", pod_list, "pods of a namespace" },
	{ "namespaces/{}/pods/{}/metrics", pod_metrics, "metrics of a pod" },
	{ "namespaces/{}/pods/{}/metrics/{*}", pod_series, "one of them" },
	{ "namespaces/{}/pod-list/{}/metrics/{*}", model_pod_list,
	    "one of them, of each pod of a list: POD,POD" },
	{ "namespaces/{}/pods/{}/containers", pod_container_list,
	    "containers of a pod" },
	{ "namespaces/{}/pods/{}/containers/{}/metrics",
	    pod_container_metrics, "metrics of a container" },
	{ "namespaces/{}/pods/{}/containers/{}/metrics/{*}",
	    pod_container_series, "one of them" },
	{ "debug/allkeys", all_keys, "keys of all current sets" },
	{ NULL, NULL, NULL },
};

const struct api_family model_family = {
	.root = "/api/v1/model",
	.routes = model_routes,
	.is_json = true,
	.is_of_store = true,
};
