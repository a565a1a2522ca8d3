/* SPDX-License-Identifier: ISC */
/* Numbers, times and quantities: what is accepted prints and is read again as
 * the same; doubles are those of libc. */
#include "config.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "common/quantity.h"
#include "common/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_integers(struct str text)
{
	char printed[NUMBER_MAX_BYTES];
	uint64_t u, u_again;
	int64_t i, i_again;

	if (parse_u64(text, &u))
		assert(parse_u64((struct str){ printed,
		    print_u64(printed, u) }, &u_again) && u_again == u);
	if (parse_i64(text, &i))
		assert(parse_i64((struct str){ printed,
		    print_i64(printed, i) }, &i_again) && i_again == i);
}

static void
try_double(struct str text)
{
	char printed[NUMBER_MAX_BYTES], again[NUMBER_MAX_BYTES];
	char *terminated;
	size_t len;
	double v;

	if (!parse_double(text, &v))
		return;
	terminated = strndup(text.p, text.len);
	assert(terminated != NULL && isfinite(v));
	assert(v >= strtod(terminated, NULL) && v <= strtod(terminated, NULL));
	free(terminated);
	len = print_double(printed, v);
	assert(len <= sizeof printed);
	assert(parse_double((struct str){ printed, len }, &v));
	assert(print_double(again, v) == len &&
	    memcmp(again, printed, len) == 0);
}

static void
try_time(struct str text)
{
	char printed[TIMESTAMP_MAX_BYTES];
	int64_t at_ns, again_ns;

	if (!timestamp_parse(text, &at_ns))
		return;
	assert(timestamp_parse((struct str){ printed,
	    timestamp_print(printed, at_ns) }, &again_ns));
	assert(again_ns == at_ns);
}

static void
try_quantity(struct str text)
{
	char printed[QUANTITY_MAX_BYTES];
	uint64_t v, again;

	if (quantity_parse_milli(text, &v))
		assert(quantity_parse_milli((struct str){ printed,
		    quantity_print_milli(printed, v) }, &again) && again == v);
	if (quantity_parse(text, &v))
		assert(quantity_parse((struct str){ printed,
		    quantity_print_bytes(printed, v) }, &again) && again == v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct err err;
	uint64_t bytes;
	int64_t ns;

	try_integers(text);
	try_double(text);
	try_time(text);
	try_quantity(text);
	if (parse_duration_ns(text, &ns, &err))
		assert(ns >= 0);
	parse_size_bytes(text, &bytes, &err);
	return 0;
}
