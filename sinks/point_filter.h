/* SPDX-License-Identifier: ISC */
/*
 * Which points a sink passes on, as its options say:
 *
 *	metrics=*_rate,memory/usage	these alone
 *	metrics=!*_rate,!uptime		all but these
 *	types=pod,node			of these sets
 *	namespaces=prod-*,!prod-test	pods, containers and namespaces of these;
 *					what is in no namespace stays
 *
 * A list of patterns (glob.h), an option may come several times; '!' forbids.
 * What is forbidden is out, whatever allows it; without a pattern that allows
 * something, everything else is in.  Composed metrics go by the name that
 * people know ("custom/queue_length").  Pure.
 */
#ifndef SINKS_POINT_FILTER_H
#define SINKS_POINT_FILTER_H

#include <stdbool.h>

#include "common/err.h"
#include "common/frame.h"
#include "common/metric.h"

#include "sinks/sink_uri.h"

#define POINT_PATTERNS_MAX 64

struct point_patterns {
	struct str items[POINT_PATTERNS_MAX];	/* borrowed from the URI */
	size_t n;
	bool has_allowed;
};

struct point_filter {
	struct point_patterns metrics;
	struct point_patterns types;
	struct point_patterns namespaces;
	bool is_metric_in[METRIC_COUNT];	/* not of composed ones */
	bool is_type_in[SET_TYPE_COUNT];
};

/* Takes the three options; they are borrowed. */
bool point_filter_init(struct point_filter *filter, struct sink_uri *uri,
    struct err *err);

bool point_filter_set(const struct point_filter *filter, const struct frame *f,
    size_t set);

/* name is that of a composed metric. */
bool point_filter_name(const struct point_filter *filter, struct str name);

#endif
