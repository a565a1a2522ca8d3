/* SPDX-License-Identifier: ISC */
/*
 * The bytes of a block, for series_encode.c and series_decode.c alone:
 *
 *	points, first time, (difference, how often)..., columns
 *
 * A column: tag (metric, stat, whether float), labels (0: plain, 1: those of
 * the column before, 2 + length: they follow), number of runs of points with and
 * without a value by turns (0: all have one), the runs, the length of what
 * follows, mode, and what the mode says.  All numbers are varints.
 */
#ifndef COMMON_SERIES_IMPL_H
#define COMMON_SERIES_IMPL_H

#include "common/series.h"

enum series_mode {
	SERIES_SAME,	/* value */
	SERIES_PACKED,	/* least, divisor, bits, packed */
	SERIES_DELTAS,	/* first, least difference, divisor, bits, packed */
	SERIES_VARINTS,	/* first, divisor, differences */
	SERIES_MODES,
};

enum { SERIES_PLAIN = 0, SERIES_LIKE_BEFORE = 1, SERIES_LABELS = 2 };

#define SERIES_TAG_BITS 3	/* stat, whether float */

/* The column for a key, made if need be; NULL: there are too many. */
struct series_column *series_column(struct series *s,
    const struct series_key *key);
/* Room for n values in all. */
void series_reserve(struct series_column *c, size_t n);

#endif
