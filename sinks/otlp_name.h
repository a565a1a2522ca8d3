/* SPDX-License-Identifier: ISC */
/*
 * What OpenTelemetry's semantic conventions call Heapster's metrics:
 *
 *	cpu/usage of a pod		k8s.pod.cpu.time	sum, s
 *	memory/working_set of a node	k8s.node.memory.working_set	sum, By
 *	network/rx of a pod	k8s.pod.network.io	network.io.direction=receive
 *
 * Some metrics are one there, told apart by an attribute.  What the
 * conventions do not know is called heapster.node..., heapster.pod...,
 * heapster.container... instead.
 *
 * Kinds are counters (monotonic sums), amounts (sums that also fall: what
 * is summed over pods makes sense) and gauges.  Pure.
 */
#ifndef SINKS_OTLP_NAME_H
#define SINKS_OTLP_NAME_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/metric.h"
#include "common/str.h"

#define OTLP_SCHEMA "https://opentelemetry.io/schemas/1.44.0"

enum otlp_kind { OTLP_GAUGE, OTLP_AMOUNT, OTLP_COUNTER };

/* How the resource of a labelled metric is told. */
enum otlp_resource {
	OTLP_PLAIN,		/* there is none */
	OTLP_ROOT,		/* the file system "/" needs not be told */
	OTLP_VOLUME,		/* k8s.volume.name, and its claim */
	OTLP_DEVICE,		/* system.device */
	OTLP_GPU,		/* hw.id, hw.vendor, hw.model */
	OTLP_OTHER,		/* heapster.resource_id */
};

struct otlp_metric {
	struct str suffix;	/* of the name; all of it if is_whole */
	struct str unit;
	enum otlp_kind kind;
	double divisor;		/* of the value */
	unsigned conventional;	/* on which sets: ON_N | ON_P */
	struct str key, value;	/* an attribute of all its points; "" */
	bool is_whole;
	bool is_of_spec;	/* what Kubernetes knows of a container: its
				 * prefix is k8s.container, not container */
};

const struct otlp_metric *otlp_metric(enum metric m);

/* How a resource is told; the metric is labelled. */
enum otlp_resource otlp_resource(enum metric m, const struct resource *r,
    enum set_type type);

/* The first metric that is the same one there: those that differ in an
 * attribute alone. */
enum metric otlp_first(enum metric m);

/* Appends the name. */
void otlp_name(struct buf *out, enum metric m, enum set_type type,
    enum otlp_resource resource);

#endif
