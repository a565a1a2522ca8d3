/* SPDX-License-Identifier: ISC */
/*
 * Inside sink_main(): sink_main.c has the options, the beginning and the end,
 * sink.c delivers frames.
 */
#ifndef COMMON_SINK_IMPL_H
#define COMMON_SINK_IMPL_H

#include "common/backoff.h"
#include "common/bus.h"
#include "common/counters.h"
#include "common/cursor.h"
#include "common/daemon.h"
#include "common/exporter.h"
#include "common/log.h"
#include "common/sink.h"

#define SINK_COUNTERS(X) \
	X(frames_written, COUNTER, "frames the back end has taken") \
	X(frames_dropped, COUNTER, "frames given up") \
	X(frames_retried, COUNTER, "attempts that failed and were repeated") \
	X(frames_undecodable, COUNTER, "lines that were no frames") \
	X(frames_held, GAUGE, "frames in memory, not taken yet") \
	X(lag_windows, GAUGE, "windows between the newest frame tried and now") \
	X(cursor_errors, COUNTER, "cursors that could not be stored")
COUNTERS_STRUCT(sink_counters, SINK_COUNTERS)

/* The line that is tried again; its text belongs to us meanwhile. */
struct parked {
	struct frame_line line;
	struct buf text;
	bool is_there;
};

/* What is done, and what was some windows ago; that alone is stored. */
struct cursor_lag {
	struct cursor done, before;
	int64_t window_ns;		/* of "before" */
};

struct sink {
	const struct sink_ops *ops;
	void *self;
	struct daemon daemon;
	uint64_t retry_max;		/* attempts; 0: any number */
	struct bus_sub *out;
	struct cursor cursor;
	struct arena arena;
	struct backoff backoff;
	struct loop_timer retry;
	struct loop_timer store;
	struct loop_timer hold;
	struct parked parked;
	struct cursor ahead;		/* of the frames that are held */
	struct cursor_lag lag;		/* with ops->windows_again */
	bool is_flush_due;		/* it failed, and is tried again */
	int64_t window_ns;		/* of the newest frame tried */
	int64_t resolution_ns;
	uint64_t attempts;		/* of the frames in hand */
	struct log_condition failing;
	struct log_condition dropping;
	struct log_condition cursor_failing;
	struct exporter exporter;
	bool is_rollup_held;
	struct sink_counters counters;
	struct bus_sub_counters sub_counters;
};

/* Before and after everything that follows; ops, self and daemon are set. */
void sink_delivery_init(struct sink *s);
void sink_delivery_fini(struct sink *s);

/* A line of the bus, for bus_sub_conf. */
void sink_on_line(void *arg, const struct frame_line *line);

/* Offers what is held a last time, and stores the cursor. */
void sink_delivery_end(struct sink *s);

#endif
