/* SPDX-License-Identifier: ISC */
/*
 * The parameters of a question about the past, as clients write them, and the
 * words in which Heapster said that one is wrong.  Pure.
 *
 * A range needs a start that is not Go's zero time; its end is now if there is
 * none.  A bucket is a number with one of ms, s, m, h, d; none, and one of
 * zero, is all of the range.
 */
#ifndef APISERVER_HISTORICAL_QUERY_H
#define APISERVER_HISTORICAL_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

#include "apiserver/history.h"

/* All of them: false, and what is wrong is appended to error. */

/* Absent and empty are the same. */
bool historical_range(struct str start, struct str end, int64_t now_ns,
    int64_t *start_ns, int64_t *end_ns, struct buf *error);

bool historical_bucket(struct str text, int64_t *out_ns, struct buf *error);

/* "average,95-perc" as bits. */
bool historical_aggregations(struct str text, unsigned *out,
    struct buf *error);

/* "resource_id:/,make:nvidia" into room for HISTORY_LABELS_MAX. */
bool historical_labels(struct str text, struct history_label *labels,
    size_t *n, struct buf *error);

#endif
