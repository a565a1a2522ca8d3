/* SPDX-License-Identifier: ISC */
/*
 * The answer to a Prometheus that asks: the text format 0.0.4, or OpenMetrics
 * 1.0, of what is exposed, in pieces.
 *
 *	# HELP heapster_cpu_usage_cores CPU in use
 *	# TYPE heapster_cpu_usage_cores gauge
 *	heapster_cpu_usage_cores{node="n1",type="node"} 0.25 1795510380000
 *
 * In OpenMetrics a counter's family is called without _total, UNIT is said,
 * timestamps are seconds, and "# EOF" is at the end.  Pure.
 */
#ifndef SINKS_EXPOSITION_H
#define SINKS_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

#include "sinks/exposed.h"

enum exposition_form { EXPOSITION_TEXT, EXPOSITION_OPENMETRICS };

struct exposition {
	enum exposition_form form;
	bool want_timestamps;	/* those of windows; else "now" is meant */
	struct exposed **items;	/* with a reference each */
	size_t n;
	unsigned metric;	/* where the next piece begins */
	size_t item;
	uint32_t point;		/* of the metric, in the item */
	bool is_begun;		/* the metric's head is out */
	uint64_t n_points;	/* that are out */
};

/* Which one the header Accept asks for. */
enum exposition_form exposition_wanted(struct str accept);
const char *exposition_type(enum exposition_form form);

/* Of all that is in the list now.  False: out of memory. */
bool exposition_open(struct exposition *e, const struct exposed_list *list,
    enum exposition_form form, bool want_timestamps);
void exposition_close(struct exposition *e);

/* Appends so many bytes, or some more.  False: that was the end. */
bool exposition_next(struct exposition *e, struct buf *out, size_t n_bytes);

#endif
