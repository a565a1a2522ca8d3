/* SPDX-License-Identifier: ISC */
/*
 * Answers about the past as Heapster's historical API wrote them: of one set
 * indented, of a list of sets compact with a newline at the end.
 *
 * A point's value is a whole number of at least 0, for old clients, which read
 * nothing else; floatValue beside it has what that cannot say: fractions, and
 * what is below 0.  Pure.
 */
#ifndef APISERVER_HISTORICAL_OUT_H
#define APISERVER_HISTORICAL_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

#include "apiserver/history.h"

/* Sorted, each once; sorts names in place. */
void historical_names_write(struct buf *out, struct str *names, size_t n);

void historical_series_write(struct buf *out, const struct history_item *items,
    size_t n, bool is_list);

/* Only the aggregations that were asked for.  The size of the buckets is 0
 * when there are none, as it was in Heapster. */
void historical_buckets_write(struct buf *out, const struct history_item *items,
    size_t n, bool is_list, unsigned aggregations, int64_t bucket_ns);

#endif
