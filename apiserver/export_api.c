/* SPDX-License-Identifier: ISC */
/*
 * /api/v1/metric-export: the newest values of all nodes, system containers,
 * pods and their containers, for who collects them, and
 * /api/v1/metric-export-schema: what they mean.
 */
#include "config.h"

#include <string.h>

#include "common/arena.h"
#include "common/json_out.h"
#include "common/labels.h"

#include "apiserver/api.h"

#define FRAME_BYTES_MAX ((size_t)256 << 20)

/* In the order of the schema. */
static const enum metric exported[] = {
	METRIC_UPTIME, METRIC_CPU_USAGE, METRIC_MEMORY_USAGE,
	METRIC_MEMORY_RSS, METRIC_MEMORY_CACHE, METRIC_MEMORY_WORKING_SET,
	METRIC_MEMORY_PAGE_FAULTS, METRIC_MEMORY_MAJOR_PAGE_FAULTS,
	METRIC_NETWORK_RX, METRIC_NETWORK_RX_ERRORS, METRIC_NETWORK_TX,
	METRIC_NETWORK_TX_ERRORS, METRIC_CPU_LIMIT, METRIC_MEMORY_LIMIT,
	METRIC_DISK_IO_READ_BYTES, METRIC_DISK_IO_READ_BYTES_RATE,
	METRIC_DISK_IO_WRITE_BYTES, METRIC_DISK_IO_WRITE_BYTES_RATE,
	METRIC_FILESYSTEM_USAGE, METRIC_FILESYSTEM_LIMIT,
	METRIC_FILESYSTEM_AVAILABLE, METRIC_FILESYSTEM_INODES,
	METRIC_FILESYSTEM_INODES_FREE, METRIC_ACCELERATOR_MEMORY_TOTAL,
	METRIC_ACCELERATOR_MEMORY_USED, METRIC_ACCELERATOR_DUTY_CYCLE,
};

/* The same, in the order of their names, as maps are written. */
static const enum metric sorted[] = {
	METRIC_ACCELERATOR_DUTY_CYCLE, METRIC_ACCELERATOR_MEMORY_TOTAL,
	METRIC_ACCELERATOR_MEMORY_USED, METRIC_CPU_LIMIT, METRIC_CPU_USAGE,
	METRIC_DISK_IO_READ_BYTES, METRIC_DISK_IO_READ_BYTES_RATE,
	METRIC_DISK_IO_WRITE_BYTES, METRIC_DISK_IO_WRITE_BYTES_RATE,
	METRIC_FILESYSTEM_AVAILABLE, METRIC_FILESYSTEM_INODES,
	METRIC_FILESYSTEM_INODES_FREE, METRIC_FILESYSTEM_LIMIT,
	METRIC_FILESYSTEM_USAGE, METRIC_MEMORY_CACHE, METRIC_MEMORY_LIMIT,
	METRIC_MEMORY_MAJOR_PAGE_FAULTS, METRIC_MEMORY_PAGE_FAULTS,
	METRIC_MEMORY_RSS, METRIC_MEMORY_USAGE, METRIC_MEMORY_WORKING_SET,
	METRIC_NETWORK_RX, METRIC_NETWORK_RX_ERRORS, METRIC_NETWORK_TX,
	METRIC_NETWORK_TX_ERRORS, METRIC_UPTIME,
};

#define N_EXPORTED (sizeof exported / sizeof exported[0])

static_assert(sizeof sorted == sizeof exported, "the same metrics");

struct label_desc {
	const char *key, *description;
};

static const struct label_desc common_labels[] = {
	{ "nodename", "name of the node in the cluster" },
	{ "hostname", "host name of the node" },
	{ "host_id", "what the cloud or its user calls the host" },
	{ "container_name", "name of the container, of a system container its "
	    "cgroup; machine for a node, /pod for a pod" },
	{ "container_base_image", "image that the container runs" },
	{ NULL, NULL },
};

static const struct label_desc pod_labels[] = {
	{ "pod_name", "name of the pod" },
	{ "pod_id", "uid of the pod" },
	{ "namespace_id", "uid of its namespace" },
	{ "labels", "labels of the pod or node, joined" },
	{ NULL, NULL },
};

static const struct label_desc resource_labels[] = {
	{ "resource_id", "file system or device" },
	{ NULL, NULL },
};

static const struct label_desc accelerator_labels[] = {
	{ "make", "who made the accelerator" },
	{ "model", "which of his it is" },
	{ "accelerator_id", "which one" },
	{ NULL, NULL },
};

static bool
is_label_of(const struct label_desc *list, struct str key)
{
	for (; list->key != NULL; list++)
		if (str_is(key, list->key))
			return true;
	return false;
}

static void
write_label(struct json_out *json, struct str key, struct str value)
{
	json_out_key_str(json, key);
	json_out_str(json, value);
}

/* Their keys are sorted; that of a name that is put in has its place. */
static void
write_labels(struct json_out *json, const struct frame *f, size_t set)
{
	const char *own_name = f->sets[set].type == SET_NODE ? "machine" :
	    f->sets[set].type == SET_POD ? "/pod" : NULL;
	struct label_list list;

	labels_of_set(&list, f, set);
	json_out_key(json, "labels");
	json_out_object(json);
	for (size_t i = 0; i < list.n; i++) {
		struct str key = list.items[i].key;

		if (own_name != NULL && str_cmp(key,
		    STR("container_name")) >= 0) {
			write_label(json, STR("container_name"),
			    str_of(own_name));
			own_name = NULL;
			if (str_is(key, "container_name"))
				continue;
		}
		if (is_label_of(common_labels, key) ||
		    is_label_of(pod_labels, key))
			write_label(json, key, list.items[i].value);
	}
	json_out_object_end(json);
}

static void
write_point(struct json_out *json, const struct frame *f,
    const struct metric_set *set, const struct resource *r, enum metric m,
    const union metric_value *v)
{
	struct label_list labels = { .n = 0 };

	if (r != NULL)
		labels_of_resource(&labels, r);
	json_out_object(json);
	json_out_key(json, "start");
	json_out_time(json, metrics[m].kind == METRIC_CUMULATIVE ?
	    set->start_ns : f->window_ns);
	json_out_key(json, "end");
	json_out_time(json, f->window_ns);
	if (labels.n > 0) {
		json_out_key(json, "labels");
		json_out_object(json);
		for (size_t i = 0; i < labels.n; i++)
			if (!str_is(labels.items[i].key,
			    "persistentvolumeclaim"))
				write_label(json, labels.items[i].key,
				    labels.items[i].value);
		json_out_object_end(json);
	}
	json_out_key(json, "value");
	if (metrics[m].type == METRIC_FLOAT)
		json_out_double(json, v->f);
	else
		json_out_u64(json, v->u);
	json_out_object_end(json);
}

static bool
has_metric(const struct metric_set *set, enum metric m)
{
	if (m < METRIC_PLAIN_COUNT)
		return set_has(set, m);
	for (uint32_t i = 0; i < set->n_resources; i++)
		if (set->resources[i].present >> (m - METRIC_PLAIN_COUNT) & 1)
			return true;
	return false;
}

static void
write_metric(struct json_out *json, const struct frame *f,
    const struct metric_set *set, enum metric m)
{
	json_out_key_str(json, metrics[m].name);
	json_out_array(json);
	if (m < METRIC_PLAIN_COUNT)
		write_point(json, f, set, NULL, m, &set->values[m]);
	for (uint32_t i = 0; m >= METRIC_PLAIN_COUNT && i < set->n_resources;
	    i++) {
		const struct resource *r = &set->resources[i];
		unsigned at = m - METRIC_PLAIN_COUNT;

		if (r->present >> at & 1)
			write_point(json, f, set, r, m, &r->values[at]);
	}
	json_out_array_end(json);
}

static void
write_set(struct json_out *json, const struct frame *f, size_t at)
{
	const struct metric_set *set = &f->sets[at];

	json_out_object(json);
	json_out_key(json, "metrics");
	json_out_object(json);
	for (size_t i = 0; i < N_EXPORTED; i++)
		if (has_metric(set, sorted[i]))
			write_metric(json, f, set, sorted[i]);
	json_out_object_end(json);
	write_labels(json, f, at);
	json_out_object_end(json);
}

struct export {
	struct store *store;
	struct json_out json;
	struct arena arena;
};

static void
write_node(void *arg, uint32_t entity, int64_t window_ns)
{
	struct export *e = arg;
	struct frame f;

	(void)window_ns;
	arena_reset(&e->arena);
	if (!store_frame(e->store, entity, &e->arena, &f))
		return;
	for (size_t i = 0; i < f.n_sets; i++)
		write_set(&e->json, &f, i);
}

static void
export(struct api *api, const struct api_request *rq, struct api_response *rs)
{
	struct export e = { .store = api->store };

	(void)rq;
	api_json(rs, &e.json, false);
	if (!api->is_export_disabled &&
	    store_status(api->store).window_ns == 0) {
		json_out_null(&e.json);
	} else {
		arena_init(&e.arena, FRAME_BYTES_MAX);
		json_out_array(&e.json);
		if (!api->is_export_disabled)
			store_current_nodes(api->store, write_node, &e);
		json_out_array_end(&e.json);
		arena_fini(&e.arena);
	}
	buf_add_char(&rs->body, '\n');
}

static void
describe_labels(struct json_out *json, const char *name,
    const struct label_desc *list)
{
	json_out_key(json, name);
	json_out_array(json);
	for (; list->key != NULL; list++) {
		json_out_object(json);
		json_out_key(json, "key");
		json_out_strz(json, list->key);
		json_out_key(json, "description");
		json_out_strz(json, list->description);
		json_out_object_end(json);
	}
	json_out_array_end(json);
}

/* Heapster knew three units. */
static bool
has_unit(enum metric m)
{
	return strcmp(metrics[m].unit, "ns") == 0 ||
	    strcmp(metrics[m].unit, "ms") == 0 ||
	    strcmp(metrics[m].unit, "bytes") == 0;
}

static void
describe_metric(struct json_out *json, enum metric m)
{
	bool is_accelerator = str_has_prefix(metrics[m].name,
	    STR("accelerator/"));

	json_out_object(json);
	json_out_key(json, "name");
	json_out_str(json, metrics[m].name);
	json_out_key(json, "description");
	json_out_strz(json, metrics[m].help);
	if (m >= METRIC_PLAIN_COUNT)
		describe_labels(json, "labels", is_accelerator ?
		    accelerator_labels : resource_labels);
	json_out_key(json, "type");
	json_out_strz(json, metrics[m].kind == METRIC_CUMULATIVE ?
	    "cumulative" : "gauge");
	json_out_key(json, "value_type");
	json_out_strz(json, metrics[m].type == METRIC_FLOAT ? "double" :
	    "int64");
	if (has_unit(m)) {
		json_out_key(json, "units");
		json_out_strz(json, metrics[m].unit);
	}
	json_out_object_end(json);
}

static void
export_schema(struct api *api, const struct api_request *rq,
    struct api_response *rs)
{
	struct json_out json;

	(void)api;
	(void)rq;
	api_json(rs, &json, true);
	json_out_object(&json);
	json_out_key(&json, "metrics");
	json_out_array(&json);
	for (size_t i = 0; i < N_EXPORTED; i++)
		describe_metric(&json, exported[i]);
	json_out_array_end(&json);
	describe_labels(&json, "common_labels", common_labels);
	describe_labels(&json, "pod_labels", pod_labels);
	json_out_object_end(&json);
}

static const struct api_route export_routes[] = {
	{ "", export, "the newest values of everything" },
	{ NULL, NULL, NULL },
};

const struct api_family export_family = {
	.root = "/api/v1/metric-export",
	.routes = export_routes,
	.is_json = true,
	.is_of_store = true,
};

static const struct api_route export_schema_routes[] = {
	{ "", export_schema, "what is exported" },
	{ NULL, NULL, NULL },
};

const struct api_family export_schema_family = {
	.root = "/api/v1/metric-export-schema",
	.routes = export_schema_routes,
	.is_json = true,
	.is_of_store = true,
};
