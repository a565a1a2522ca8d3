/* SPDX-License-Identifier: ISC */
/*
 * The store: every metric of every set for the retention, in mapped files
 * that the next process reads back at once.
 *
 * Frames go into segments (segment.h), a quarter of the retention each; the
 * oldest segment is dropped when all of it is older than the retention, or
 * when the bytes of all reach the bound.  In memory are only the tables by
 * which a set is found: its entity, and where it is in each segment.
 *
 * A frame whose node (or the cluster) has that window already is a repeat and
 * not stored again; one that comes late gets its place.  With each frame goes
 * the position of its sender, so that a restarted process asks for just what
 * comes after it.
 *
 * A damaged file is moved aside; a full disk puts new segments into memory
 * until a later one fits on disk again.  Windows far ahead of the clock are
 * refused, and dropped if the clock has been corrected since.
 *
 * Times are windows in ns; the clock is the caller's.  One process at a time:
 * the directory is locked.
 */
#ifndef APISERVER_STORE_H
#define APISERVER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/counters.h"
#include "common/err.h"
#include "common/frame.h"

#define STORE_COUNTERS(X) \
	X(frames_stored, COUNTER, "frames stored") \
	X(frames_repeated, COUNTER, "frames that were stored before") \
	X(frames_untimely, COUNTER, "frames beyond the retention or to come") \
	X(segments_in_memory, COUNTER, "segments that did not fit on disk") \
	X(segments_damaged, COUNTER, "files that were moved aside") \
	X(segments_dropped_early, COUNTER, "segments dropped for their size") \
	X(values, GAUGE, "values kept") \
	X(bytes, GAUGE, "bytes of the segments") \
	X(entities, GAUGE, "sets known")
COUNTERS_STRUCT(store_counters, STORE_COUNTERS)

struct store;

/*
 * directory is made if missing; NULL keeps all in memory.  err also holds the
 * reason when a file was moved aside (counters->segments_damaged > 0).
 */
struct store *store_open(const char *directory, int64_t retention_ns,
    uint64_t bytes_max, struct store_counters *counters, struct err *err);
void store_close(struct store *s);	/* NULL is fine */

/*
 * Takes a frame of any kind.  False with err: the disk is full or fails; the
 * frame is kept in memory all the same, unless that is full too.
 */
bool store_add(struct store *s, const struct frame *f, uint64_t epoch,
    uint64_t seq, int64_t now_ns, struct err *err);

/* The newest line stored of each sender. */
size_t store_n_positions(const struct store *s);
void store_position(const struct store *s, size_t i, uint64_t *epoch,
    uint64_t *seq);

/* What the newest ROLLUP says; window 0: there is none. */
struct store_status {
	int64_t window_ns;
	int64_t resolution_ns;
	uint64_t n_answered;
};
struct store_status store_status(const struct store *s);

/* A set by its names; those that do not apply are ignored. */
struct store_key {
	enum set_type type;
	struct str node;	/* node, sys_container */
	struct str namespace_name;	/* ns, pod, pod_container */
	struct str pod;		/* pod, pod_container */
	struct str container;	/* sys_container, pod_container */
};

#define STORE_NONE UINT32_MAX

uint32_t store_find(struct store *s, const struct store_key *key);

struct store_point {
	int64_t window_ns;
	union metric_value value;
};

/*
 * The points of one metric with start_ns <= window <= end_ns, ascending, one
 * per window.  Labelled metrics need the resource; its names must match exactly.  The
 * points are valid until the next call.
 */
size_t store_series(struct store *s, uint32_t entity, enum metric m,
    const struct resource *like, int64_t start_ns, int64_t end_ns,
    const struct store_point **points);

/* Which plain metrics the set had in the retention: bit m. */
uint64_t store_metrics(const struct store *s, uint32_t entity);

/*
 * The set as it was in the newest window of the retention that has it.  It and
 * its strings are valid until the next store_add().  NULL: there is none, or
 * the arena is full.
 */
const struct metric_set *store_newest_set(const struct store *s,
    uint32_t entity, struct arena *a);

/*
 * Calls fn for each set of the type that is current: in the newest frame of
 * a node that answered within two windows of the newest one.  filter's names
 * restrict it where they are present.  Unsorted; a pod that two nodes know
 * comes twice.
 */
void store_list(struct store *s, const struct store_key *filter,
    void (*fn)(void *arg, const struct store_key *key), void *arg);

/* Calls fn for each node that is current, with the window of its newest
 * frame; in the order of the ids. */
void store_current_nodes(struct store *s,
    void (*fn)(void *arg, uint32_t entity, int64_t window_ns), void *arg);

/* The same of the nodes whose newest frame is of that window or later. */
void store_recent_nodes(struct store *s, int64_t since_ns,
    void (*fn)(void *arg, uint32_t entity, int64_t window_ns), void *arg);

/* Of the newest frame; 0: there is none. */
int64_t store_resolution_ns(const struct store *s);

/* Another number after each frame that was stored. */
uint64_t store_changes(const struct store *s);

/*
 * The newest frame of a node or the cluster, as it came but for what concerns
 * only the collector.  Its strings are valid until the next store_add().
 * False: there is none, or the arena is full.
 */
bool store_frame(const struct store *s, uint32_t entity, struct arena *a,
    struct frame *out);

/* The same of the oldest one whose window is after that. */
bool store_frame_after(const struct store *s, uint32_t entity,
    int64_t window_ns, struct arena *a, struct frame *out);

#endif
