/* SPDX-License-Identifier: ISC */
/*
 * What is known of the cluster: its nodes, pods and namespaces, and of those
 * only what frames need.  Labels are joined when an object is put here, not
 * when a frame is made.
 *
 * One of several collectors keeps the pods of its own nodes alone, and none
 * that has no node yet.
 *
 * Nothing here asks anybody: list and watch put objects in, frames are
 * enriched from it (enrich.h).  A pod costs about 300 bytes plus its labels.
 * Names of containers, images and extended resources are interned, and stay
 * until the process ends; beyond OBJECT_NAMES_BYTES_MAX of them, new ones are
 * unknown, and counted.
 */
#ifndef COLLECTOR_OBJECT_CACHE_H
#define COLLECTOR_OBJECT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/intern.h"

#include "collector/kube_object.h"
#include "collector/label_rules.h"
#include "collector/object_table.h"
#include "collector/shard.h"

#define OBJECT_NAMES_BYTES_MAX (64u << 20)

enum object_kind { OBJECT_NODE, OBJECT_POD, OBJECT_NAMESPACE,
	OBJECT_KIND_COUNT };

struct cached_container {
	uint64_t requests[KUBE_RESOURCE_COUNT];	/* 0: none */
	uint64_t limits[KUBE_RESOURCE_COUNT];
	uint32_t name;			/* interned */
	uint32_t image;
	uint32_t restart_count;
	uint16_t n_others;		/* of the pod's, in this order */
	bool has_status;
	bool is_init;
};

struct cached_request {
	uint32_t resource;		/* interned */
	uint64_t value;
};

/* What a pod has of its own, apart from its containers: rare. */
struct cached_pod_amounts {
	struct kube_amounts overhead;
	struct kube_amounts requests;
	struct kube_amounts limits;
	uint16_t n_requests;	/* of other resources: these, and then */
	uint16_t n_overhead;	/* these, follow those of the containers */
};

struct cached_pod {
	struct cached_object object;
	struct cached_text kubelet_uid;
	struct cached_text node;
	int64_t start_ns;
	struct cached_text amounts;	/* struct cached_pod_amounts, or "" */
	struct cached_text containers;	/* an array */
	struct cached_text others;	/* an array of struct cached_request */
};

struct cached_node {
	struct cached_object object;
	struct cached_text hostname;	/* "": the same as the name */
	struct cached_text host_id;
	struct cached_text addresses;	/* struct cached_label: type, address */
	struct cached_text metrics_path;	/* of a virtual node, or "" */
	struct kube_amounts capacity;
	struct kube_amounts allocatable;
	uint16_t kubelet_port;		/* 0: not said */
	enum kube_ready ready;
	bool is_unschedulable;
};

struct object_cache_conf {
	struct label_rules labels;
	const char *host_id_annotation;	/* where externalID is empty; or NULL */
	struct shard shard;		/* pods of other nodes are not kept */
};

#define OBJECT_CACHE_COUNTERS(X) \
	X(nodes_known, GAUGE, "nodes in the cache") \
	X(pods_known, GAUGE, "pods in the cache") \
	X(namespaces_known, GAUGE, "namespaces in the cache") \
	X(objects_bytes, GAUGE, "memory of all objects in the cache") \
	X(names_refused, COUNTER, "names of containers, images and resources " \
	    "for which there was no room")
COUNTERS_STRUCT(object_cache_counters, OBJECT_CACHE_COUNTERS)

struct object_cache {
	struct object_cache_conf conf;
	struct object_table tables[OBJECT_KIND_COUNT];
	bool is_listed[OBJECT_KIND_COUNT];	/* once, completely */
	struct intern names;
	struct buf block;		/* the object being built */
	struct object_cache_counters counters;
};

/* conf is copied; the strings in it must outlive the cache. */
void object_cache_init(struct object_cache *c,
    const struct object_cache_conf *conf);
void object_cache_fini(struct object_cache *c);

void object_cache_put_node(struct object_cache *c, const struct kube_node *n);
void object_cache_put_pod(struct object_cache *c, const struct kube_pod *p);
void object_cache_put_namespace(struct object_cache *c,
    const struct kube_meta *m);
void object_cache_remove(struct object_cache *c, enum object_kind kind,
    const struct kube_meta *m);

/* Around the puts of a whole list. */
void object_cache_begin_list(struct object_cache *c, enum object_kind kind);
void object_cache_end_list(struct object_cache *c, enum object_kind kind);

/* Valid until that object changes.  NULL: unknown. */
const struct cached_node *object_cache_node(const struct object_cache *c,
    struct str name);
const struct cached_pod *object_cache_pod(const struct object_cache *c,
    struct str namespace_name, struct str name);
const struct cached_object *object_cache_namespace(
    const struct object_cache *c, struct str name);

/* The arrays of a pod, and an object's stored labels. */
const struct cached_container *cached_pod_containers(const struct cached_pod *p,
    size_t *n);
const struct cached_request *cached_pod_others(const struct cached_pod *p,
    size_t *n);
const struct cached_pod_amounts *cached_pod_amounts(const struct cached_pod *p);
const struct cached_label *cached_labels(const struct cached_object *o,
    struct cached_text array, size_t *n);

#endif
