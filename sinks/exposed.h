/* SPDX-License-Identifier: ISC */
/*
 * What Prometheus is shown when it asks: of each node the newest frame, and
 * the newest roll-up, in the order of their names.
 *
 * Of a frame there are the values, sorted by metric, since an answer has all
 * points of a metric together; and the labels, as text, once per set and
 * resource: some 12 bytes per point, where its line has 200.  It does not
 * change any more, so that answers on their way can go on with what they have
 * begun with while newer frames come.
 *
 * A node that sends no newer frame is gone after a while, with all its series.
 * So is one whose frame is hours ahead of the clock, once others are not.
 * Pure.
 */
#ifndef SINKS_EXPOSED_H
#define SINKS_EXPOSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#include "sinks/points.h"
#include "sinks/prometheus_labels.h"

#define EXPOSED_STALE_WINDOWS 3

struct exposed {
	unsigned n_refs;
	size_t *total_bytes;	/* of all that there are */
	size_t n_bytes;
	struct str node;	/* "": the roll-up */
	int64_t window_ns;
	int64_t resolution_ns;
	size_t n_points;
	uint32_t first[METRIC_COUNT + 1];	/* point of each metric */
	double *values;
	uint32_t *labels;	/* of each point: offsets[it], to the next */
	uint32_t *offsets;	/* in text */
	const char *text;	/* a="b",c="d" */
};

/* How frames are taken apart; the rest is scratch. */
struct exposer {
	struct point_filter filter;
	struct prometheus_labels labels;
	struct points points;
	struct buf items;	/* struct exposer_item */
	struct buf offsets;
	struct buf text;
	bool is_stale;		/* nobody has taken the labels of a point */
};

void exposer_fini(struct exposer *x);

struct exposed_list {
	struct exposed **items;
	size_t n, cap;
	size_t n_bytes;		/* with those that only answers refer to */
	size_t bytes_max;
	int64_t stale_ns;	/* after a window; 0: so many resolutions */
};

enum exposed_result {
	EXPOSED_TAKEN,
	EXPOSED_OLD,		/* a newer one is there, or it is stale */
	EXPOSED_TOO_LARGE,	/* there is no room for it */
};

/* Takes a NODE or a ROLLUP in place of the one that was there. */
enum exposed_result exposed_list_put(struct exposed_list *list,
    struct exposer *x, const struct frame *f, int64_t now_ns);

/* Drops what is stale. */
void exposed_list_expire(struct exposed_list *list, int64_t now_ns);
void exposed_list_fini(struct exposed_list *list);

void exposed_ref(struct exposed *e);
void exposed_unref(struct exposed *e);

#endif
