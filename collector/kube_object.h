/* SPDX-License-Identifier: ISC */
/*
 * What we need to know of Kubernetes' objects, decoded from their JSON: pods,
 * nodes, namespaces, watch events and statuses.  Everything else in them, most
 * of the text, is skipped.
 *
 * Unknown and missing members are fine; null is missing.  A quantity that
 * cannot be understood is missing too.  A NUL in a string (\u0000) is read as
 * U+FFFD.  What fails is text that is not JSON, a
 * member of another type, and an object without a name.
 *
 * Ownership: strings and arrays belong to the text and to the arena.  The text
 * must be followed by JSON_PAD readable bytes.  Pure.
 */
#ifndef COLLECTOR_KUBE_OBJECT_H
#define COLLECTOR_KUBE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/frame.h"
#include "common/str.h"

/* CPU is in thousandths of a core, the others in bytes. */
enum kube_resource {
	KUBE_CPU,
	KUBE_MEMORY,
	KUBE_EPHEMERAL_STORAGE,
	KUBE_RESOURCE_COUNT,
};

struct kube_amounts {
	uint64_t values[KUBE_RESOURCE_COUNT];
	unsigned present;	/* bit r: values[r] was given */
};

/* A request of any other resource: "nvidia.com/gpu", "hugepages-2Mi". */
struct kube_request {
	struct str resource;
	uint64_t value;
};

struct kube_container {
	struct str name;
	struct str image;		/* as in the spec */
	struct kube_amounts requests;	/* in force: status over spec */
	struct kube_amounts limits;
	struct kube_request *others;
	size_t n_others;
	bool has_status;
	uint32_t restart_count;		/* if it has a status */
	bool is_init;			/* runs to its end before the others;
					 * sidecars do not */
};

struct kube_meta {
	struct str name;
	struct str namespace_name;
	struct str uid;
	struct str resource_version;
	struct label *labels;		/* in the order of the text */
	size_t n_labels;
	struct label *annotations;
	size_t n_annotations;
};

struct kube_pod {
	struct kube_meta meta;
	struct str node;		/* absent: not scheduled */
	struct str kubelet_uid;		/* the uid that its kubelet knows: a
					 * static pod's differs */
	int64_t start_ns;		/* status.startTime; 0: unset */
	struct kube_amounts overhead;	/* of the runtime, on top */
	struct kube_amounts requests;	/* of the pod as a whole */
	struct kube_amounts limits;
	struct kube_request *other_requests;
	size_t n_other_requests;
	struct kube_request *other_overhead;
	size_t n_other_overhead;
	struct kube_container *containers;
	size_t n_containers;
};

struct kube_address {
	struct str type;	/* "InternalIP", "Hostname", ... */
	struct str address;
};

enum kube_ready { KUBE_READY_UNKNOWN, KUBE_READY, KUBE_NOT_READY };

struct kube_node {
	struct kube_meta meta;
	struct str external_id;
	bool is_unschedulable;
	enum kube_ready ready;		/* unknown: there is no such condition */
	uint64_t kubelet_port;		/* 0: not said */
	struct kube_address *addresses;
	size_t n_addresses;
	struct kube_amounts capacity;
	struct kube_amounts allocatable;
};

bool kube_pod_decode(struct kube_pod *out, struct arena *a, struct str json,
    struct err *err);
bool kube_node_decode(struct kube_node *out, struct arena *a, struct str json,
    struct err *err);
/* A namespace, or any object: its metadata alone. */
bool kube_meta_decode(struct kube_meta *out, struct arena *a, struct str json,
    struct err *err);

/* The value of an annotation; absent. */
struct str kube_annotation(const struct kube_meta *m, const char *key);

enum kube_event_type {
	KUBE_ADDED,
	KUBE_MODIFIED,
	KUBE_DELETED,
	KUBE_BOOKMARK,
	KUBE_ERROR,
};

/* One line of a watch. */
struct kube_event {
	enum kube_event_type type;
	struct str object;	/* its text; for KUBE_ERROR a status */
	struct str resource_version;	/* of the object; or absent */
};

/* False also for a type that is not known.  True does not say that the object
 * can be decoded. */
bool kube_event_decode(struct kube_event *out, struct arena *a,
    struct str line, struct err *err);

/* What an error's body says. */
struct kube_status {
	int64_t code;		/* as in HTTP; 0: not said */
	struct str reason;	/* "Expired", "Forbidden"; or absent */
	struct str message;
	int64_t retry_after_s;	/* details.retryAfterSeconds; 0: not said */
};

bool kube_status_decode(struct kube_status *out, struct arena *a,
    struct str json, struct err *err);

#endif
