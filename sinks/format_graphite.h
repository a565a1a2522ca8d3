/* SPDX-License-Identifier: ISC */
/*
 * Graphite's lines, byte for byte what Heapster wrote:
 *
 *	kubernetes.nodes.NODE.pods.NAMESPACE.POD.cpu.usage_rate 250 1772600760
 *
 * Dots and slashes of names are '_' but for those of namespaces.  A labelled
 * metric had no resource in its path, so that those of several file systems
 * have one path; with want_resources they are "filesystem.RESOURCE.usage".
 * With want_tags the labels are Graphite's tags:
 *
 *	kubernetes.cpu.usage_rate;nodename=NODE;...;type=pod 250 1772600760
 *
 * What would end a name is '_'.  Pure.
 */
#ifndef SINKS_FORMAT_GRAPHITE_H
#define SINKS_FORMAT_GRAPHITE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#include "sinks/label_text.h"
#include "sinks/points.h"

struct graphite_format {
	struct point_filter filter;
	struct str prefix;
	bool want_resources;
	bool want_tags;
	struct points points;	/* of the frame in work; the rest is scratch */
	size_t set;		/* whose path is here: */
	struct buf path;
	struct label_text tags;
	struct buf metric;
};

/* Appends the lines of a frame and returns how many. */
uint64_t format_graphite(struct buf *out, struct graphite_format *format,
    const struct frame *f);
void graphite_format_fini(struct graphite_format *format);

#endif
