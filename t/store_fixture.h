/* SPDX-License-Identifier: ISC */
/*
 * A store in a directory of its own, and frames to put into it.
 *
 * Window i of a node has one system container, one pod and its container.
 * cpu/usage of the node is 1000 i, its utilisation i / 8, the pod's memory 77,
 * and i bytes of the container's file system "/" are in use.  Pod and container
 * request 2 of nvidia.com/gpu and have custom/queue i / 2.  In a roll-up the
 * cluster has 70 + i bytes of memory, the namespace 7.
 */
#ifndef T_STORE_FIXTURE_H
#define T_STORE_FIXTURE_H

#include "common/timestamp.h"

#include "apiserver/store.h"

#define R (10 * NS_PER_S)
#define T0 (INT64_C(1790000000) * NS_PER_S)
#define RETENTION (900 * NS_PER_S)
#define EPOCH UINT64_C(1790000000123456789)

extern char directory[64];
extern struct store_counters counters;
extern const char *node_labels;	/* of the nodes that are added, or NULL */

extern const struct store_key node_key, pod_key, container_key, sys_key,
    cluster_key, namespace_key;

struct store *open_store(void);
struct store *open_bounded(uint64_t bytes_max);
void remove_all(void);		/* the files */

/* node NULL: the roll-up.  The clock says that the window has just ended. */
bool add(struct store *s, const char *node, int64_t i);
bool add_at(struct store *s, const char *node, int64_t i, int64_t now_ns);
void fill(struct store *s, int64_t from, int64_t to);	/* "n1" and roll-up */

/* All points of a plain metric. */
size_t series(struct store *s, const struct store_key *key, enum metric m,
    const struct store_point **points);
size_t list(struct store *s, enum set_type type);

#endif
