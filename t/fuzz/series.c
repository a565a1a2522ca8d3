/* SPDX-License-Identifier: ISC */
/* Blocks and rows: what is accepted is packed and read again as the same. */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/series.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same(const struct series *a, const struct series *b)
{
	assert(a->n_points == b->n_points);
	for (size_t i = 0; i < a->n_points; i++)
		assert(a->times_us[i] == b->times_us[i]);
	for (size_t i = 0; i < a->n_columns; i++) {
		const struct series_column *x = &a->columns[i];
		const struct series_column *y = series_find(b, &x->key);

		if (x->n == 0)
			continue;	/* its points were repeats */
		assert(y != NULL && y->n == x->n);
		assert(memcmp(x->points, y->points, x->n *
		    sizeof *x->points) == 0);
		assert(memcmp(x->values, y->values, x->n *
		    sizeof *x->values) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct series first, again;
	struct buf block = BUF_INIT;
	bool is_row;

	if (size == 0)
		return 0;
	is_row = data[0] & 1;
	series_init(&first);
	series_init(&again);
	if (is_row ? series_decode_row(&first, 1, data + 1, size - 1, NULL,
	    NULL) : series_decode(&first, data + 1, size - 1, NULL, NULL)) {
		series_sort(&first);
		series_encode(&first, &block);
		assert(series_decode(&again, block.p, block.len, NULL, NULL));
		check_same(&first, &again);
	}
	series_fini(&first);
	series_fini(&again);
	buf_fini(&block);
	return 0;
}
