/* SPDX-License-Identifier: ISC */
/* /api/v1/model: names and series of everything in the store. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/json_out.h"
#include "common/mem.h"

#include "apiserver/api.h"
#include "apiserver/go_time.h"

#define KEYS_BYTES_MAX ((size_t)256 << 20)

static void
begin_json(struct api_response *rs, struct json_out *json)
{
	rs->status = 200;
	rs->content_type = "application/json";
	json_out_begin(json, &rs->body, JSON_PRETTY_HEAPSTER);
	json->html_safe = true;
}

/* Names that Heapster once gave to some metrics, and clients still use. */
static struct str
without_alias(struct str name)
{
	static const struct {
		struct str alias, name;
	} aliases[] = {
		{ STR_INIT("cpu-usage"), STR_INIT("cpu/usage_rate") },
		{ STR_INIT("cpu-limit"), STR_INIT("cpu/limit") },
		{ STR_INIT("memory-limit"), STR_INIT("memory/limit") },
		{ STR_INIT("memory-usage"), STR_INIT("memory/usage") },
		{ STR_INIT("memory-working"), STR_INIT("memory/working_set") },
	};

	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
		if (str_eq(aliases[i].alias, name))
			return aliases[i].name;
	return name;
}

static void
bad_request(struct api_response *rs, struct buf *message)
{
	api_text(rs, 400, buf_str(message));
	buf_fini(message);
}

/* "resource_id:/,..."; false: the answer is written.  An unknown label can
 * match nothing. */
static bool
parse_labels(struct str text, struct resource *like, bool *is_known,
    struct api_response *rs)
{
	while (text.p != NULL) {
		struct str pair = str_cut(&text, ','), value = pair;
		struct str key = str_cut(&value, ':');
		struct buf message = BUF_INIT;

		if (key.len == 0 || value.len == 0) {
			buf_addf(&message, "invalid label pair \"%.*s\"",
			    STR_ARG(pair));
			bad_request(rs, &message);
			return false;
		}
		if (str_is(key, "resource_id"))
			like->resource_id = value;
		else if (str_is(key, "make"))
			like->make = value;
		else if (str_is(key, "model"))
			like->model = value;
		else if (str_is(key, "accelerator_id"))
			like->accelerator_id = value;
		else
			*is_known = false;
	}
	return true;
}

struct range {
	int64_t start_ns;
	int64_t end_ns;
};

/* False: the answer is written. */
static bool
parse_range(struct api *api, const struct api_request *rq,
    struct range *range, struct api_response *rs)
{
	struct str start = api_parameter(api, rq, "start");
	struct str end = api_parameter(api, rq, "end");
	struct buf message = BUF_INIT;

	*range = (struct range){ INT64_MIN, rq->now_ns };
	if ((start.len > 0 &&
	    !go_time_parse(start, &range->start_ns, &message)) ||
	    (end.len > 0 && !go_time_parse(end, &range->end_ns, &message))) {
		bad_request(rs, &message);
		return false;
	}
	return true;
}

/* Towards zero; what no uint64_t has is 0. */
static uint64_t
whole_part(double v)
{
	return v >= 0 && v < 18446744073709551616.0 ? (uint64_t)v : 0;
}

static void
write_point(struct json_out *json, enum metric m, const struct store_point *p)
{
	json_out_object(json);
	json_out_key(json, "timestamp");
	json_out_time(json, p->window_ns);
	json_out_key(json, "value");
	if (metrics[m].type == METRIC_FLOAT) {
		json_out_u64(json, whole_part(p->value.f));
		json_out_key(json, "floatValue");
		json_out_double(json, p->value.f);
	} else {
		json_out_u64(json, p->value.u);
	}
	json_out_object_end(json);
}

static void
write_series(struct api_response *rs, enum metric m,
    const struct store_point *points, size_t n)
{
	struct json_out json;

	begin_json(rs, &json);
	json_out_object(&json);
	json_out_key(&json, "metrics");
	json_out_array(&json);
	for (size_t i = 0; i < n; i++)
		write_point(&json, m, &points[i]);
	json_out_array_end(&json);
	json_out_key(&json, "latestTimestamp");
	json_out_time(&json, n == 0 ? 0 : points[n - 1].window_ns);
	json_out_object_end(&json);
}

/* MetricResult of one set; name is the metric. */
static void
answer_series(struct api *api, const struct api_request *rq,
    const struct store_key *key, struct str name, struct api_response *rs)
{
	struct str labels = api_parameter(api, rq, "labels");
	struct resource like = { .present = 0 };
	const struct store_point *points = NULL;
	enum metric m = metric_parse(without_alias(name), &like.resource_id);
	bool is_known = m != METRIC_COUNT;
	bool is_plain = m < METRIC_PLAIN_COUNT || metric_is_composed(m);
	struct range range;
	size_t n = 0;

	if (!parse_range(api, rq, &range, rs) || (labels.len > 0 &&
	    !parse_labels(labels, &like, &is_known, rs)))
		return;
	if (is_known && is_plain == (labels.len == 0))
		n = store_series(api->store, store_find(api->store, key), m,
		    &like, range.start_ns, range.end_ns, &points);
	write_series(rs, m, points, n);
}

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
	begin_json(rs, &json);
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
	answer_series(api, rq, &key, rq->captures[rq->n_captures - 1], rs); \
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
