/* SPDX-License-Identifier: ISC */
/*
 * How long it takes to pass on what belongs to one window, under Heapster's
 * names:
 *
 *	heapster_exporter_duration_milliseconds{exporter}
 *	heapster_exporter_last_time_seconds{exporter}
 *
 * Frames are passed on one by one; what all of a window took is counted when
 * its roll-up is done.  Pure.
 */
#ifndef COMMON_EXPORTER_H
#define COMMON_EXPORTER_H

#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/quantiles.h"

struct exporter {
	char name[80];
	struct quantiles window_ms;
	int64_t spent_ns;	/* since the last roll-up */
	int64_t last_ns;	/* when that was; 0: never */
};

/* As Heapster called its sinks: "log" is "Log Sink". */
void exporter_init(struct exporter *e, const char *sink);

void exporter_note(struct exporter *e, enum frame_kind kind,
    int64_t duration_ns, int64_t now_ns);

/* A counters_printer. */
void exporter_print(const void *exporter, struct buf *out);

#endif
