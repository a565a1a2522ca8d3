/* SPDX-License-Identifier: ISC */
/*
 * Frames: what travels over the bus, in memory.
 *
 * A window is the unit of time.  Window W begins at the wall-clock time W (a
 * multiple of the resolution since the epoch), which is also the timestamp
 * of all its points; the samples are taken from then on.  In each window
 *
 *   - every collector sends a ROSTER: which nodes it is going to ask; one
 *     without nodes, after that, is its farewell;
 *   - every node is answered by a NODE frame (complete: node, its system
 *     containers, pods, their containers, everything known about them) or by
 *     a FAILED frame (node and reason);
 *   - the aggregator closes it with a ROLLUP frame: namespaces and cluster.
 *
 * NODE and FAILED frames are on both buses, ROSTER on "raw", ROLLUP on "out".
 * Out NODE frames carry rates, sums and utilisation in addition.
 *
 * sets[] is the hierarchy, flattened.  NODE: sets[0] is the node, then its
 * system containers, then each pod followed by its containers.  ROLLUP:
 * sets[0] is the cluster, then the namespaces.  parent is the index of the
 * enclosing set (0 for the first level and for set 0 itself).
 *
 * Ownership: sets, strings and resources belong to an arena or to the text a
 * frame was decoded from; a frame is valid until those are reset.  Pointers
 * into sets[] are valid until the next frame_add_set(): keep indices.
 */
#ifndef COMMON_FRAME_H
#define COMMON_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/metric.h"
#include "common/str.h"

/* What a frame may hold.  Whoever builds one keeps to these; the decoder
 * refuses what goes beyond. */
#define FRAME_SETS_MAX 65536
#define FRAME_NODES_MAX 131072	/* in a roster or a roll-up */
#define FRAME_RESOURCES_MAX 64	/* per set */
#define FRAME_STORED_MAX 48	/* stored labels per set */

enum frame_kind { FRAME_ROSTER, FRAME_NODE, FRAME_FAILED, FRAME_ROLLUP };

enum set_type {
	SET_NODE,
	SET_SYS_CONTAINER,
	SET_POD,
	SET_POD_CONTAINER,
	SET_NAMESPACE,
	SET_CLUSTER,
	SET_TYPE_COUNT,
};

/*
 * Kubelets sample the parts of an object at moments of their own.  The time of
 * a set is that of its CPU, or of the first part that it has; these have times
 * beside it.
 */
enum set_part { SET_MEMORY, SET_NETWORK, SET_IO, SET_PART_COUNT };

struct label {
	struct str key;
	struct str value;
};

/*
 * The labelled metrics of one resource of a set.  A file system or a disk has
 * a resource_id ("/", "logs", "Volume:data", "sda"), a volume perhaps the
 * PersistentVolumeClaim that it is of, an accelerator make, model and
 * accelerator_id instead.  Of a composed metric (metric.h) the resource_id is
 * a part of its name.
 */
struct resource {
	struct str resource_id;
	struct str make;
	struct str model;
	struct str accelerator_id;
	struct str claim;
	uint32_t present;	/* bit i: values[i] is metric PLAIN_COUNT + i */
	union metric_value values[METRIC_LABELLED_COUNT];
};

struct metric_set {
	enum set_type type;
	uint32_t parent;
	struct str name;	/* of the node, container, pod, namespace; "" */
	struct str namespace_name;	/* pods */
	struct str namespace_id;	/* pods and namespaces: uid, or absent */
	struct str pod_id;		/* pods: uid */
	struct str image;		/* pod containers, or absent */
	struct str labels;	/* pods, nodes: Heapster's joined "k:v,k:v";
				 * absent when the object is unknown */
	struct label *stored;	/* pods, nodes: labels of their own names */
	uint32_t n_stored;
	uint32_t n_resources;
	struct resource *resources;
	int64_t start_ns;	/* of the object; counters run since then; 0 */
	int64_t scraped_ns;	/* when the sample was taken; 0: no sample */
	int64_t parts_ns[SET_PART_COUNT];	/* 0: at scraped_ns as well */
	int64_t held_ns;	/* the window that values[METRIC_CPU_USAGE_RATE]
				 * is of although it is not present: the sample
				 * was not renewed since; 0; not on the wire */
	uint64_t present;	/* bit m: values[m] was reported */
	union metric_value values[METRIC_PLAIN_COUNT];
};

struct frame {
	enum frame_kind kind;
	int64_t window_ns;
	int64_t resolution_ns;
	struct str node;	/* NODE, FAILED: the node's name */
	struct str hostname;	/* NODE, FAILED: or absent: same as node */
	struct str host_id;	/* NODE: may be "" */
	struct str schedulable;	/* NODE: "true", "false" or absent */
	struct str collector;	/* ROSTER, NODE, FAILED: who says so */
	bool is_partial;	/* NODE: objects of the cluster were not all
				 * known: labels, requests may be missing */
	int64_t asked_ns;	/* NODE, FAILED: when a kubelet was asked; 0: none
				 * was */
	int64_t took_ns;	/* and how long it took */
	struct str error;	/* FAILED: the reason */
	struct str *nodes;	/* ROSTER: names; ROLLUP: nodes that are not in
				 * the sums and should be */
	size_t n_nodes;
	uint64_t n_answered;	/* ROLLUP: nodes that are in the sums */
	struct metric_set *sets;
	size_t n_sets;
	size_t cap_sets;
};

/* All absent, no sets.  The arena is the caller's. */
void frame_clear(struct frame *f);

/*
 * Appends a set, all absent, and returns its index; SIZE_MAX when the arena
 * is full.
 */
size_t frame_add_set(struct frame *f, struct arena *a, enum set_type type,
    size_t parent);

/* Room for n sets in all, so that adding them copies nothing.  False: the
 * arena is full. */
bool frame_reserve_sets(struct frame *f, struct arena *a, size_t n);

/*
 * Appends a resource to the set; NULL when the arena is full.  Valid until
 * the next resource of this set.
 */
struct resource *frame_add_resource(struct frame *f, struct arena *a,
    size_t set);

static inline bool
set_has(const struct metric_set *s, enum metric m)
{
	return s->present >> m & 1;
}

static inline void
set_u64(struct metric_set *s, enum metric m, uint64_t v)
{
	s->present |= UINT64_C(1) << m;
	s->values[m].u = v;
}

static inline void
set_float(struct metric_set *s, enum metric m, double v)
{
	s->present |= UINT64_C(1) << m;
	s->values[m].f = v;
}

/*
 * The resource of a set that has that resource_id and is no accelerator; NULL:
 * there is none.  What a set says of one resource belongs together.
 */
struct resource *set_resource(const struct metric_set *s,
    struct str resource_id);

void resource_u64(struct resource *r, enum metric labelled, uint64_t v);
void resource_float(struct resource *r, enum metric labelled, double v);

/* "node", "sys_container", "pod", "pod_container", "ns", "cluster" */
struct str set_type_name(enum set_type type);
/* "roster", "node", "failed", "rollup": also the topics on the bus */
struct str frame_kind_name(enum frame_kind kind);
bool frame_kind_find(struct str name, enum frame_kind *out);

#endif
