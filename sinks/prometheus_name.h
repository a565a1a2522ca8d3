/* SPDX-License-Identifier: ISC */
/*
 * What Prometheus' users call Heapster's metrics: base units, counters that end
 * in _total, and labels without Heapster's endings.
 *
 *	cpu/usage_rate	heapster_cpu_usage_cores	in cores
 *	cpu/usage	heapster_cpu_usage_seconds_total	in seconds
 *
 * Composed metrics have one name, and the resource as a label.  Pure.
 */
#ifndef SINKS_PROMETHEUS_NAME_H
#define SINKS_PROMETHEUS_NAME_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/metric.h"
#include "common/str.h"

struct prometheus_name {
	struct str name;
	double divisor;		/* of the value: 1, 1000, 1e9, 100 */
	bool is_rate;		/* of a counter that is there too */
};

const struct prometheus_name *prometheus_name(enum metric m);

/* Labels that are there if they are wanted: they are many, or change. */
enum prometheus_label {
	PROMETHEUS_HOST, PROMETHEUS_HOST_ID, PROMETHEUS_UID,
	PROMETHEUS_NAMESPACE_UID, PROMETHEUS_IMAGE, PROMETHEUS_SCHEDULABLE,
	PROMETHEUS_LABELS, PROMETHEUS_LABEL_COUNT,
};

bool prometheus_label_find(struct str name, enum prometheus_label *out);

/*
 * Appends the name of a label that Heapster calls key; a stored label becomes
 * "label_" and its name.  False: is_wanted does not have it.
 */
bool prometheus_label(struct buf *out, struct str key,
    const bool is_wanted[PROMETHEUS_LABEL_COUNT]);

#endif
