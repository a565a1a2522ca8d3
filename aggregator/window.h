/* SPDX-License-Identifier: ISC */
/*
 * The aggregation of windows: raw frames in, out frames published.
 *
 * A NODE frame gets its rates, sums and shares and is published at once; a
 * FAILED frame is passed on.  A window is closed by its ROLLUP frame when
 * every node of every roster has answered, or failed to answer each collector
 * whose roster names it, and every collector that was heard in the two windows
 * before has sent its roster; or at its deadline, two resolutions after it
 * began, for a collector that died.  One that was told to stop says farewell
 * with a roster that names no node, and is waited for in one window more: it
 * may be started again.  Windows close in order.  A window without a roster
 * (the cut end of a journal) gets no ROLLUP.
 *
 * A ROLLUP names the nodes that were to be asked and are not in its sums, and
 * nodes that answered lately and whose collector is silent, dead with its node
 * perhaps: these are not waited for, and named for three windows or three
 * minutes.  One that its collector asks no more has left, and is not missing.
 * A farewell is not on the out bus: who is started again right after one waits
 * for that collector as for one that died.
 *
 * Once, whatever is killed and however many collectors ask a node: a node's
 * frame for a window that was seen before is dropped, but an answer after a
 * failure is taken.  A rate spans at most WINDOWS_HISTORY_MAX windows: a node that
 * was away for longer begins anew.
 *
 * After a restart, windows_recall() is told what the predecessor
 * had published; replayed raw frames then restore counters and sums, and
 * only what had not been published is.
 *
 * Deadlines are judged only when the subscriber is level: while a replay is
 * under way, time that passed says nothing.
 *
 * No clock, no I/O: the time is an argument, frames leave through publish().
 */
#ifndef AGGREGATOR_WINDOW_H
#define AGGREGATOR_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/frame.h"

#define WINDOWS_OPEN_MAX 8
#define WINDOWS_HISTORY_MAX 3
#define WINDOWS_NODES_MAX 65536
#define WINDOWS_COLLECTORS_MAX WINDOWS_NODES_MAX	/* one on each */

#define WINDOW_COUNTERS(X) \
	X(node_frames, COUNTER, "NODE frames taken in") \
	X(failed_frames, COUNTER, "FAILED frames taken in") \
	X(rosters, COUNTER, "rosters taken in") \
	X(frames_published, COUNTER, "frames published") \
	X(frames_repeated, COUNTER, "frames dropped: node and window known") \
	X(frames_late, COUNTER, "NODE frames after their window had closed") \
	X(frames_future, COUNTER, "frames dropped: window in the future") \
	X(frames_refused, COUNTER, "frames dropped: a table is full") \
	X(pods_refused, COUNTER, "pods in no sum: too many namespaces") \
	X(windows_closed, COUNTER, "windows closed with all answers") \
	X(windows_overdue, COUNTER, "windows closed at their deadline") \
	X(nodes, GAUGE, "nodes known") \
	X(collectors, GAUGE, "collectors known") \
	X(windows_open, GAUGE, "windows not closed yet")
COUNTERS_STRUCT(window_counters, WINDOW_COUNTERS)

struct windows;

/* publish() borrows the frame. */
struct windows *windows_new(void (*publish)(void *arg, const struct frame *f),
    void *arg, struct window_counters *counters);
void windows_free(struct windows *w);	/* NULL is fine */

/* A frame of the out journal, oldest first, before anything is fed. */
void windows_recall(struct windows *w, const struct frame *published);

/* A frame of the raw bus; it is changed in place. */
void windows_feed(struct windows *w, struct frame *f, int64_t now_ns);

/*
 * Closes what is overdue (if level) and returns when to call again, as wall
 * clock; 0: nothing is open.
 */
int64_t windows_tick(struct windows *w, int64_t now_ns, bool is_level);

#endif
