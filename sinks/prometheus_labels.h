/* SPDX-License-Identifier: ISC */
/*
 * The labels of a series, as all sinks with Prometheus' names have them:
 * sorted by name, each name once, none empty.
 *
 * Options of the URI:
 *
 *	cluster=NAME	a label of all series
 *	labels=LABEL,...	those that are there only if they are wanted
 *	rates=BOOL	also rates whose counter is there
 *
 * Pure.
 */
#ifndef SINKS_PROMETHEUS_LABELS_H
#define SINKS_PROMETHEUS_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/labels.h"

#include "sinks/points.h"
#include "sinks/prometheus_name.h"
#include "sinks/sink_uri.h"

struct prometheus_labels {
	struct str cluster;	/* a label of all series, unless empty */
	bool want_rates;
	bool is_wanted[PROMETHEUS_LABEL_COUNT];
	struct buf names;	/* of the items */
	struct label items[LABELS_MAX + 3];	/* of the point in hand */
	size_t n;
};

/* Takes the options; they are borrowed. */
bool prometheus_labels_init(struct prometheus_labels *l, struct sink_uri *uri,
    struct err *err);
void prometheus_labels_fini(struct prometheus_labels *l);

/* Those of a point, in place of what was there; borrowed from its frame. */
void prometheus_labels_take(struct prometheus_labels *l,
    const struct label_list *list);

/* One more; of equal names the first one stays. */
void prometheus_labels_put(struct prometheus_labels *l, struct label label);

/* In the unit of its name. */
double prometheus_value(const struct point *point);

#endif
