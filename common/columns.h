/* SPDX-License-Identifier: ISC */
/*
 * The columns of a frame: which metric stands at which place of the arrays
 * "values" (see frame_json.h).  Internal to the decoder.
 *
 * A slot is the index into the values of a set or of a resource.  It is marked
 * unless what stands there is an integer that we know.
 */
#ifndef COMMON_COLUMNS_H
#define COMMON_COLUMNS_H

#include <stdint.h>

#include "common/frame_json.h"
#include "common/json.h"
#include "common/metric.h"

struct columns {
	unsigned n;
	uint8_t slots[FRAME_COLUMNS_MAX];	/* the first n are set */
};

/*
 * Reads the array of names.  Slots count from the metric first on; names that
 * are unknown or not from first to before end are columns to be skipped.
 */
void columns_read(struct columns *c, struct json *j, unsigned first,
    unsigned end);

/* Reads an array "values" and returns which of them are present. */
uint64_t columns_values(const struct columns *c, struct json *j,
    union metric_value *values);

#endif
