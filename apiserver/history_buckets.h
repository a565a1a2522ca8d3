/* SPDX-License-Identifier: ISC */
/*
 * Points in, buckets out, with the definitions of InfluxDB: the mean is always
 * a float; the median is the value in the middle, or the float between the two
 * in the middle; the percentile N of n values is that of rank n * N / 100,
 * rounded.  What is one of the values stays an integer if they all are.
 *
 * A sample can stand for several values, of which average, maximum and number
 * are known: the count, the average and the maximum are those of the values,
 * everything else is as if each were the average.
 *
 * Pure.
 */
#ifndef APISERVER_HISTORY_BUCKETS_H
#define APISERVER_HISTORY_BUCKETS_H

#include "apiserver/history.h"

struct history_sample {
	int64_t timestamp_ns;
	struct history_value value;
	struct history_value max;	/* = value unless it stands for several */
	uint64_t count;			/* 1, or more */
};

/*
 * samples are ascending; out has room for as many buckets.  Returns how many
 * there are.
 */
size_t history_buckets(const struct history_sample *samples, size_t n,
    int64_t start_ns, int64_t bucket_ns, unsigned aggregations,
    struct history_bucket *out);

#endif
