/* SPDX-License-Identifier: ISC */
/*
 * StatsD's lines, byte for byte what Heapster sent.  etsystatsd:
 *
 *	node.HOST.namespace.NS.pod.POD.app.web.cpu/usage_rate:250|g
 *
 * with the object's labels, as key.value, between the entity and the metric,
 * and a resource behind it.  influxstatsd, with all labels as tags:
 *
 *	cpu/usage_rate,app=web,namespace_name=NS,...,type=pod:250|g
 *
 * Everything is a gauge.  The names of labels are changed first by rename and
 * then by style.  What would end a name or a line is '_'; as in Heapster,
 * "etsystatsd" lets ':' pass, which some servers take for the end of a name,
 * unless is_strict.  Pure.
 */
#ifndef SINKS_FORMAT_STATSD_H
#define SINKS_FORMAT_STATSD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#include "sinks/points.h"

#define STATSD_NAMES_MAX 64

enum statsd_style { STATSD_AS_IS, STATSD_LOWER_CAMEL, STATSD_UPPER_CAMEL };

struct statsd_format {
	struct point_filter filter;
	struct str prefix;
	bool is_influx;
	bool is_strict;
	enum statsd_style style;
	struct label renames[STATSD_NAMES_MAX];	/* key becomes value */
	size_t n_renames;
	struct str allowed[STATSD_NAMES_MAX];	/* none: all labels */
	size_t n_allowed;
	struct points points;	/* of the frame in work; the rest is scratch */
	struct buf head;	/* before the metric, or behind it */
	bool has_type;		/* without, etsystatsd has no path */
};

/* Appends the lines of a frame and returns how many. */
uint64_t format_statsd(struct buf *out, struct statsd_format *format,
    const struct frame *f);
void statsd_format_fini(struct statsd_format *format);

#endif
