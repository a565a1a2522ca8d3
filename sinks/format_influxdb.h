/* SPDX-License-Identifier: ISC */
/*
 * InfluxDB's line protocol, byte for byte what Heapster wrote:
 *
 *	cpu/usage_rate,cluster_name=c1,...,type=pod value=250i 1772600760000000000
 *
 * or, with fields, "cpu,cluster_name=c1,...,type=pod usage_rate=250i ...".
 *
 * Tags are the labels of a point, sorted, without those that are ids or empty,
 * and cluster_name.  What the protocol cannot carry: control characters are
 * blanks, a backslash at the end of a name or tag is '_', an integer beyond
 * 2^63 has no point.  Pure.
 */
#ifndef SINKS_FORMAT_INFLUXDB_H
#define SINKS_FORMAT_INFLUXDB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#include "sinks/label_text.h"
#include "sinks/points.h"

/* Labels that are no tags unless they are asked for: there are as many series
 * as there are ids. */
enum influx_id {
	INFLUX_HOST_ID, INFLUX_HOSTNAME, INFLUX_NAMESPACE_ID, INFLUX_POD_ID,
	INFLUX_ID_COUNT,
};

struct influx_format {
	struct point_filter filter;
	struct str cluster_name;
	bool want_fields;
	bool without_counters;	/* whose rate is there as well */
	bool has_tag[INFLUX_ID_COUNT];
	struct points points;	/* of the frame in work; the rest is scratch */
	struct label_text tags;
	struct buf name, field;
};

bool influx_id_find(struct str label, enum influx_id *out);

/* Appends the lines of a frame and returns how many. */
uint64_t format_influxdb(struct buf *out, struct influx_format *format,
    const struct frame *f);
void influx_format_fini(struct influx_format *format);

#endif
