/* SPDX-License-Identifier: ISC */
/*
 * Lines of format_ndjson.h back into a frame.  Consecutive ones of one time
 * and node become a NODE frame; those of one time that are about namespaces
 * and the cluster, a ROLLUP frame.
 *
 * What is not there is made up from what is: a container without its pod gets
 * a pod that has its labels and no metrics, and so does the node.
 *
 * Pure.
 */
#ifndef TOOLS_GROUP_H
#define TOOLS_GROUP_H

#include "common/arena.h"
#include "common/err.h"
#include "common/frame.h"

struct group_item;

struct group {
	struct arena arena;	/* all of the group, and the frame */
	struct group_item *items;
	size_t n;
	size_t cap;
	uint32_t n_pods;
};

enum group_result {
	GROUP_ADDED,
	GROUP_OTHER,	/* of another frame: finish this one and add it again */
	GROUP_INVALID,	/* err says why */
};

void group_init(struct group *g);
void group_fini(struct group *g);

enum group_result group_add(struct group *g, struct str line,
    struct err *err);

/*
 * The frame of what was added, at least one line; valid until group_reset().
 * resolution_ns is for lines that do not say theirs.
 */
bool group_frame(struct group *g, struct frame *out, int64_t resolution_ns,
    struct err *err);
void group_reset(struct group *g);

#endif
