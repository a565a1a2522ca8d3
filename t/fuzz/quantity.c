/* SPDX-License-Identifier: ISC */
/* What is accepted prints as something that means the same. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "common/quantity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	char printed[QUANTITY_MAX_BYTES];
	uint64_t value, again;

	if (quantity_parse_milli(text, &value)) {
		text = (struct str){ printed,
		    quantity_print_milli(printed, value) };
		assert(quantity_parse_milli(text, &again) && again == value);
	}
	text = (struct str){ (const char *)data, size };
	if (quantity_parse(text, &value)) {
		text = (struct str){ printed,
		    quantity_print_bytes(printed, value) };
		assert(quantity_parse(text, &again) && again == value);
	}
	return 0;
}
