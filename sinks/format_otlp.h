/* SPDX-License-Identifier: ISC */
/*
 * OTLP, in protobuf or JSON: an ExportMetricsServiceRequest of the points of
 * frames.
 *
 * Each point is a record that has all that it needs, its resource (a pod, with
 * its attributes) included, so that a batch can be cut anywhere;
 * otlp_join.h makes a request of records in a row, where what they have in
 * common stands once:
 *
 *	resource -> metric -> data points
 *
 * Counters have the time at which their object has started, unless that is not
 * known; a time after that of the point is none.  Pure.
 */
#ifndef SINKS_FORMAT_OTLP_H
#define SINKS_FORMAT_OTLP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#include "sinks/otlp_attribute.h"
#include "sinks/otlp_name.h"
#include "sinks/points.h"

struct otlp_format {
	struct point_filter filter;
	enum otlp_encoding encoding;
	struct str cluster;	/* k8s.cluster.name of all; "": none */
	bool want_rates;	/* also rates whose counter is there */
	struct points points;	/* of the frame in work; the rest is scratch */
	struct buf items;	/* struct otlp_item, of the set in work */
	struct buf names;	/* resources of composed metrics */
	struct buf resource, point;
};

/* Appends the records of a frame and returns how many. */
uint64_t format_otlp(struct buf *out, struct otlp_format *format,
    const struct frame *f);
void otlp_format_fini(struct otlp_format *format);

/* A record begins with this, has its resource's attributes and then its data
 * point, both encoded. */
struct otlp_record {
	uint32_t n_bytes;	/* of all of it */
	uint32_t resource_bytes;
	uint8_t metric, type, resource;	/* enums */
};

/* How long the record is that rest begins with. */
size_t otlp_record_len(struct str rest);

#endif
