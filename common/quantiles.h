/* SPDX-License-Identifier: ISC */
/*
 * A summary as Prometheus knows it: how many values there were, their sum,
 * and the quantiles 0.5, 0.9 and 0.99 of the last few hundred.  Without a
 * value quantiles are NaN.
 *
 * Names and labels are the caller's, as Heapster had them; a label's value
 * must not need quoting.  Pure.
 */
#ifndef COMMON_QUANTILES_H
#define COMMON_QUANTILES_H

#include <stdint.h>

#include "common/buf.h"

#define QUANTILES_LAST 256

struct quantiles {
	uint64_t count;
	double sum;
	float last[QUANTILES_LAST];	/* a ring */
};

void quantiles_add(struct quantiles *q, double value);

/* "# HELP" and "# TYPE" of a summary; once, before those of all labels. */
void quantiles_print_head(struct buf *out, const char *name,
    const char *help);

/* label="value" of each line: "handler", "nodeList". */
void quantiles_print(struct buf *out, const char *name, const char *label,
    const char *value, const struct quantiles *q);

#endif
