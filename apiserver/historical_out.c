/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "common/json_out.h"

#include "apiserver/historical_out.h"

static int
by_bytes(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp(*x, *y);
}

static void
begin(struct json_out *json, struct buf *out, bool is_list)
{
	json_out_begin(json, out, is_list ? JSON_COMPACT :
	    JSON_PRETTY_HEAPSTER);
	json->html_safe = true;
	if (is_list) {
		json_out_object(json);
		json_out_key(json, "items");
		json_out_array(json);
	}
}

static void
end(struct json_out *json, struct buf *out, bool is_list)
{
	if (is_list) {
		json_out_array_end(json);
		json_out_object_end(json);
		buf_add_char(out, '\n');
	}
}

void
historical_names_write(struct buf *out, struct str *names, size_t n)
{
	struct json_out json;

	if (n > 1)
		qsort(names, n, sizeof *names, by_bytes);
	begin(&json, out, false);
	json_out_array(&json);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !str_eq(names[i], names[i - 1]))
			json_out_str(&json, names[i]);
	json_out_array_end(&json);
}

/* Towards zero; what no uint64_t has is 0. */
static uint64_t
whole_part(double v)
{
	return v >= 0 && v < 18446744073709551616.0 ? (uint64_t)v : 0;
}

static void
write_point(struct json_out *json, const struct history_point *p)
{
	struct history_value v = p->value;

	json_out_object(json);
	json_out_key(json, "timestamp");
	json_out_time(json, p->timestamp_ns);
	json_out_key(json, "value");
	json_out_u64(json, v.is_float ? whole_part(v.f) :
	    v.i < 0 ? 0 : (uint64_t)v.i);
	if (v.is_float || v.i < 0) {
		json_out_key(json, "floatValue");
		json_out_double(json, v.is_float ? v.f : (double)v.i);
	}
	json_out_object_end(json);
}

static void
write_series(struct json_out *json, const struct history_item *item)
{
	json_out_object(json);
	json_out_key(json, "metrics");
	json_out_array(json);
	for (size_t i = 0; i < item->n_points; i++)
		write_point(json, &item->points[i]);
	json_out_array_end(json);
	json_out_key(json, "latestTimestamp");
	json_out_time(json, item->n_points == 0 ? 0 :
	    item->points[item->n_points - 1].timestamp_ns);
	json_out_object_end(json);
}

void
historical_series_write(struct buf *out, const struct history_item *items,
    size_t n, bool is_list)
{
	struct json_out json;

	begin(&json, out, is_list);
	for (size_t i = 0; i < n; i++)
		write_series(&json, &items[i]);
	end(&json, out, is_list);
}

static void
write_value(struct json_out *json, const char *key, struct history_value v)
{
	json_out_key(json, key);
	json_out_object(json);
	json_out_key(json, v.is_float ? "floatValue" : "intValue");
	if (v.is_float)
		json_out_double(json, v.f);
	else
		json_out_i64(json, v.i);
	json_out_object_end(json);
}

static void
write_percentiles(struct json_out *json, const struct history_bucket *b,
    unsigned aggregations)
{
	json_out_key(json, "percentiles");
	json_out_object(json);
	if ((aggregations & HISTORY_PERCENTILE_50) != 0)
		write_value(json, "50", b->percentile_50);
	if ((aggregations & HISTORY_PERCENTILE_95) != 0)
		write_value(json, "95", b->percentile_95);
	if ((aggregations & HISTORY_PERCENTILE_99) != 0)
		write_value(json, "99", b->percentile_99);
	json_out_object_end(json);
}

static void
write_bucket(struct json_out *json, const struct history_bucket *b,
    unsigned aggregations)
{
	json_out_object(json);
	json_out_key(json, "timestamp");
	if (b->timestamp_ns == 0)	/* no time, in json_out.h */
		json_out_strz(json, "1970-01-01T00:00:00Z");
	else
		json_out_time(json, b->timestamp_ns);
	if ((aggregations & HISTORY_COUNT) != 0) {
		json_out_key(json, "count");
		json_out_u64(json, b->count);
	}
	if ((aggregations & HISTORY_AVERAGE) != 0)
		write_value(json, "average", b->average);
	if ((aggregations & HISTORY_MAX) != 0)
		write_value(json, "maximum", b->max);
	if ((aggregations & HISTORY_MIN) != 0)
		write_value(json, "minimum", b->min);
	if ((aggregations & HISTORY_MEDIAN) != 0)
		write_value(json, "median", b->median);
	if ((aggregations & (HISTORY_PERCENTILE_50 | HISTORY_PERCENTILE_95 |
	    HISTORY_PERCENTILE_99)) != 0)
		write_percentiles(json, b, aggregations);
	json_out_object_end(json);
}

void
historical_buckets_write(struct buf *out, const struct history_item *items,
    size_t n, bool is_list, unsigned aggregations, int64_t bucket_ns)
{
	struct json_out json;

	begin(&json, out, is_list);
	for (size_t i = 0; i < n; i++) {
		json_out_object(&json);
		json_out_key(&json, "buckets");
		json_out_array(&json);
		for (size_t k = 0; k < items[i].n_buckets; k++)
			write_bucket(&json, &items[i].buckets[k],
			    aggregations);
		json_out_array_end(&json);
		json_out_key(&json, "bucketSize");
		json_out_i64(&json, items[i].n_buckets == 0 ? 0 : bucket_ns);
		json_out_object_end(&json);
	}
	end(&json, out, is_list);
}
