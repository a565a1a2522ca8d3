/* SPDX-License-Identifier: ISC */
/*
 * OpenTSDB's points as JSON, byte for byte what Heapster sent, one per line;
 * a request has them in an array:
 *
 *	{"metric":"cpu_usage_rate_gauge","timestamp":1772600760,"value":250,
 *	"tags":{"cluster":"c1",...,"type":"pod"}}
 *
 * In names and tags each character that OpenTSDB does not take is '_'.  The
 * kind of the value is a part of the name.  Tags are all labels that are not
 * empty, and the cluster.  Heapster sent no labelled metrics.  Pure.
 */
#ifndef SINKS_FORMAT_OPENTSDB_H
#define SINKS_FORMAT_OPENTSDB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#include "sinks/label_text.h"
#include "sinks/points.h"

struct opentsdb_format {
	struct point_filter filter;
	struct str cluster;
	bool want_labelled;
	struct points points;	/* of the frame in work; the rest is scratch */
	struct label_text tags;	/* ,"KEY":"VALUE",... */
	struct buf head;
};

/* Appends the points of a frame and returns how many. */
uint64_t format_opentsdb(struct buf *out, struct opentsdb_format *format,
    const struct frame *f);
void opentsdb_format_fini(struct opentsdb_format *format);

/* What goes into a request: one point is bare, several are an array. */
void opentsdb_join(struct buf *out, struct str lines);

#endif
