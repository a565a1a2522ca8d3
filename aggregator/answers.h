/* SPDX-License-Identifier: ISC */
/*
 * What was said of the nodes in one window: which of them are to be asked by
 * how many collectors, which have answered, which have failed, and how many
 * are still waited for.  A node is waited for until it has answered, or as
 * many collectors have failed as name it.
 *
 * Nodes and collectors are ids of nodes.h; arrays grow with them.  A collector
 * that lost its journal may say all of it twice.  All zero is empty.
 */
#ifndef AGGREGATOR_ANSWERS_H
#define AGGREGATOR_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer {
	uint32_t n_rosters;	/* how many name it */
	uint32_t n_failed;	/* how many of their collectors had no answer */
	uint32_t failed_by;	/* the last one's id + 1 */
	bool is_answered;
};

struct answers {
	struct answer *items;	/* by node id */
	size_t n;
	size_t n_waiting;	/* nodes */
	uint64_t n_answered;
	bool *is_heard;		/* by collector id: its roster was here */
	size_t n_heard;
};

void answers_fini(struct answers *a);

/* Notes the roster of a collector; whether it is not the first of it. */
bool answers_hear(struct answers *a, uint32_t collector);

/* A roster names the node; one that is said twice adds only what nobody
 * named. */
void answers_name(struct answers *a, uint32_t node, bool is_repeated);
void answers_take(struct answers *a, uint32_t node);

/* NAME_NONE as collector is always another one. */
void answers_fail(struct answers *a, uint32_t node, uint32_t collector);

#endif
