/* SPDX-License-Identifier: ISC */
/*
 * A frame as the points that a back end stores: one by one each value that
 * passes the filter, with the name that people know and the labels of its set
 * and of its resource.  All points of a frame have its window as timestamp.
 *
 *	points_begin(&it, f, &filter);
 *	while (points_next(&it, &point))
 *		...
 *
 * The order is that of the frame: sets, in each the plain metrics, then its
 * resources.  Labels are sorted by key, each key once; a resource's win over
 * those of its set.  Composed metrics ("custom/queue_length") have the labels
 * of their set alone, as their resource is in the name.
 *
 * The iterator is large and reused; what a point refers to belongs to it or to
 * the frame and is valid until the next call.  Pure.
 */
#ifndef SINKS_POINTS_H
#define SINKS_POINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/labels.h"
#include "common/metric.h"

#include "sinks/point_filter.h"

struct point {
	struct str name;
	enum metric metric;	/* its kind and type: metrics[metric] */
	union metric_value value;
	size_t set;
	const struct resource *resource;	/* of a labelled one; or NULL */
	const struct label_list *labels;
	bool has_new_labels;	/* other ones than the point before */
};

struct points {
	const struct frame *frame;
	const struct point_filter *filter;
	bool leaves_labels;	/* set by the user: resources' are not wanted,
				 * point.labels are those of the set */
	size_t set;
	uint64_t todo;		/* plain metrics of the set */
	size_t resource;	/* the next one */
	uint32_t todo_labelled;	/* metrics of the resource before that */
	bool is_fresh;		/* labels were not told yet */
	bool is_merged;		/* labels are those of a resource */
	struct label_list set_labels;
	struct label_list labels;
	struct buf name;
};

/* Zero-initialise before the first use. */
void points_begin(struct points *it, const struct frame *f,
    const struct point_filter *filter);
bool points_next(struct points *it, struct point *point);
void points_fini(struct points *it);

#endif
