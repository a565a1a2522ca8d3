/* SPDX-License-Identifier: ISC */
/*
 * Prometheus' remote write 1.0: each point is a TimeSeries with one sample, as
 * a field of a WriteRequest, so that records one after another are a request.
 *
 * Labels are sorted by name, each name once, none empty.  Pure.
 */
#ifndef SINKS_FORMAT_REMOTE_WRITE_H
#define SINKS_FORMAT_REMOTE_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#include "sinks/label_text.h"
#include "sinks/points.h"
#include "sinks/prometheus_labels.h"

struct remote_write_format {
	struct point_filter filter;
	struct prometheus_labels labels;	/* its options */
	struct points points;	/* of the frame in work; the rest is scratch */
	struct label_text fields;	/* labels as those of a TimeSeries */
	struct buf all;		/* those of a composed metric */
};

/* Appends the records of a frame and returns how many. */
uint64_t format_remote_write(struct buf *out,
    struct remote_write_format *format, const struct frame *f);
void remote_write_format_fini(struct remote_write_format *format);

/* One record; the labels are sorted.  "__name__" comes before all of ours. */
void remote_write_series(struct buf *out, const struct label *labels, size_t n,
    double value, int64_t at_ms);

/* How long the record is that rest begins with. */
size_t remote_write_record_len(struct str rest);

#endif
