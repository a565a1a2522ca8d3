/* SPDX-License-Identifier: ISC */
/*
 * Fewer points: one for each step of time, which has its beginning as
 * timestamp.
 *
 * Of a cumulative metric it has the last value, of others the average: integers
 * rounded, doubles to 7 digits, as they were never measured.  Beside the average
 * stands the largest value where it is another, because peaks are what one looks
 * for later, and how many points there were, so that counts and averages over
 * longer times stay right.
 *
 * Pure.
 */
#ifndef SINKS_THIN_H
#define SINKS_THIN_H

#include "common/series.h"

typedef bool thin_is_cumulative(void *arg, uint32_t metric);

/* Appends the points of a sorted series, of values alone, to *to. */
void thin_series(struct series *to, const struct series *from, int64_t step_us,
    thin_is_cumulative *is_cumulative, void *arg);

#endif
