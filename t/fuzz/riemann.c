/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an answer of Riemann: what is taken for an error is a part of
 * them.
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sinks/format_riemann.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);	/* beyond size nothing is read */
	char *text = copy == NULL ? NULL : copy + 1;
	struct str error;
	bool is_ok;

	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	if (riemann_answer((struct str){ text, size }, &is_ok, &error))
		assert(error.p == NULL || (error.p > text &&
		    error.p + error.len <= text + size));
	if (size > 0) {
		size_t len = riemann_record_len((struct str){ text, size });

		assert(len > 0 && len <= size);
	}
	free(copy);
	return 0;
}
