/* SPDX-License-Identifier: ISC */
/*
 * Any body as an answer of InfluxDB: the first byte says what was asked.  What
 * is taken has points and buckets in their order, and names each once.
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

#include "apiserver/influxdb_answer.h"

#define ARENA_BYTES_MAX (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_item(const struct history_item *item)
{
	for (size_t i = 0; i < item->n_points; i++) {
		const struct history_point *p = &item->points[i];

		assert(i == 0 || p[-1].timestamp_ns < p->timestamp_ns);
		assert(p->value.is_float == item->points[0].value.is_float);
	}
	for (size_t i = 0; i < item->n_buckets; i++) {
		const struct history_bucket *b = &item->buckets[i];

		assert(i == 0 || b[-1].timestamp_ns < b->timestamp_ns);
		assert(b->count > 0);
		assert(b->average.is_float);
		assert(b->max.is_float == item->buckets[0].max.is_float);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned how = size > 0 ? data[0] : 0;
	struct influxdb_asked asked = {
		.what = (enum history_what)(how & 7),
		.has_fields = (how & 8) != 0,
		.is_one_bucket = (how & 16) != 0,
		.n_keys = (how & 32) != 0 ? 2 : 1,
		.aggregations = 0xff,
	};
	size_t n = size > 0 ? size - 1 : 0;
	struct history_answer answer;
	struct arena arena;
	struct err err;
	char *text = malloc(n + JSON_PAD);

	if (text == NULL)
		return 0;
	if (n > 0)
		memcpy(text, data + 1, n);
	memset(text + n, ' ', JSON_PAD);
	arena_init(&arena, ARENA_BYTES_MAX);
	if (influxdb_answer_parse(&answer, &arena, (struct str){ text, n },
	    &asked, &err)) {
		assert(answer.n_items == asked.n_keys);
		for (size_t i = 0; i < answer.n_items; i++)
			check_item(&answer.items[i]);
		for (size_t i = 1; i < answer.n_names; i++)
			assert(str_cmp(answer.names[i - 1],
			    answer.names[i]) < 0);
	}
	influxdb_error_parse(&arena, (struct str){ text, n });
	arena_fini(&arena);
	free(text);
	return 0;
}
