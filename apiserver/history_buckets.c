/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/mem.h"

#include "apiserver/history_buckets.h"

/* The samples of one bucket, sorted by value. */
struct ranking {
	struct history_sample *samples;
	size_t n;
	uint64_t n_values;
	bool is_float;		/* one of them is */
};

static double
to_double(struct history_value v)
{
	return v.is_float ? v.f : (double)v.i;
}

static struct history_value
of_double(double f)
{
	return (struct history_value){ .is_float = true, .f = f };
}

/* Integers beyond 2^53 are not compared as doubles. */
static int
compare(struct history_value a, struct history_value b)
{
	if (!a.is_float && !b.is_float)
		return a.i < b.i ? -1 : a.i > b.i;
	return to_double(a) < to_double(b) ? -1 : to_double(a) > to_double(b);
}

static int
by_value(const void *a, const void *b)
{
	const struct history_sample *x = a, *y = b;

	return compare(x->value, y->value);
}

static struct history_value
typed(const struct ranking *r, struct history_value v)
{
	return r->is_float ? of_double(to_double(v)) : v;
}

static struct history_value
value_of_rank(const struct ranking *r, uint64_t rank)
{
	size_t i = 0;

	for (uint64_t before = 0; i + 1 < r->n; i++) {
		before += r->samples[i].count;
		if (rank < before)
			break;
	}
	return typed(r, r->samples[i].value);
}

static struct history_value
percentile(const struct ranking *r, uint64_t percent)
{
	/* n * percent / 100 + 1/2, cut, counted from 1. */
	uint64_t rank = (r->n_values * percent + 50) / 100;

	return value_of_rank(r, rank == 0 ? 0 : rank - 1);
}

static struct history_value
median(const struct ranking *r)
{
	struct history_value low, high;

	if (r->n_values % 2 == 1)
		return value_of_rank(r, r->n_values / 2);
	low = value_of_rank(r, r->n_values / 2 - 1);
	high = value_of_rank(r, r->n_values / 2);
	return of_double(to_double(low) / 2 + to_double(high) / 2);
}

static struct history_value
average(const struct ranking *r)
{
	long double sum = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct history_value v = r->samples[i].value;

		sum += (v.is_float ? (long double)v.f : (long double)v.i) *
		    (long double)r->samples[i].count;
	}
	return of_double((double)(sum / (long double)r->n_values));
}

static struct history_value
largest(const struct ranking *r)
{
	struct history_value most = r->samples[0].max;

	for (size_t i = 1; i < r->n; i++)
		if (compare(r->samples[i].max, most) > 0)
			most = r->samples[i].max;
	return typed(r, most);
}

static void
fill_bucket(struct history_bucket *b, const struct ranking *r,
    unsigned aggregations)
{
	b->count = r->n_values;
	if (aggregations & HISTORY_AVERAGE)
		b->average = average(r);
	if (aggregations & HISTORY_MAX)
		b->max = largest(r);
	if (aggregations & HISTORY_MIN)
		b->min = value_of_rank(r, 0);
	if (aggregations & HISTORY_MEDIAN)
		b->median = median(r);
	if (aggregations & HISTORY_PERCENTILE_50)
		b->percentile_50 = percentile(r, 50);
	if (aggregations & HISTORY_PERCENTILE_95)
		b->percentile_95 = percentile(r, 95);
	if (aggregations & HISTORY_PERCENTILE_99)
		b->percentile_99 = percentile(r, 99);
}

static void
rank(struct ranking *r, const struct history_sample *samples, size_t n)
{
	*r = (struct ranking){ .samples = r->samples, .n = n };
	for (size_t i = 0; i < n; i++) {
		r->samples[i] = samples[i];
		r->n_values += samples[i].count;
		r->is_float |= samples[i].value.is_float;
		r->is_float |= samples[i].max.is_float;
	}
	qsort(r->samples, n, sizeof *r->samples, by_value);
}

static int64_t
bucket_begin(int64_t timestamp_ns, int64_t bucket_ns)
{
	int64_t rest = timestamp_ns % bucket_ns;

	return timestamp_ns - (rest < 0 ? rest + bucket_ns : rest);
}

size_t
history_buckets(const struct history_sample *samples, size_t n,
    int64_t start_ns, int64_t bucket_ns, unsigned aggregations,
    struct history_bucket *out)
{
	struct ranking r = { .samples = xcalloc(n + 1, sizeof *r.samples) };
	size_t n_buckets = 0;

	for (size_t i = 0, end; i < n; i = end) {
		int64_t begin_ns = bucket_ns == 0 ? start_ns :
		    bucket_begin(samples[i].timestamp_ns, bucket_ns);

		for (end = i + 1; end < n && (bucket_ns == 0 ||
		    samples[end].timestamp_ns - begin_ns < bucket_ns); end++)
			;
		rank(&r, samples + i, end - i);
		out[n_buckets] = (struct history_bucket){
			.timestamp_ns = begin_ns };
		fill_bucket(&out[n_buckets++], &r, aggregations);
	}
	free(r.samples);
	return n_buckets;
}
