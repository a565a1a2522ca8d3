/* SPDX-License-Identifier: ISC */
/*
 * What the decoder of frames reads in its own way: keys that stand once, the
 * elements of lists, and times.  Internal to frame_decode.c; these functions
 * are in a header because they are called per field.
 */
#ifndef COMMON_FRAME_READ_H
#define COMMON_FRAME_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"
#include "common/json_fast.h"
#include "common/timestamp.h"

/* A key we know stands once in an object. */
static inline int
next_key(struct json *j, const struct json_keys *keys, unsigned *hint,
    unsigned *seen)
{
	int k = json_object_next(j, keys, hint);

	if (k < 0)
		return k;
	if (json_unlikely(*seen >> k & 1)) {
		json_fail(j, "the key stands twice");
		return JSON_END;
	}
	*seen |= 1u << k;
	return k;
}

static inline bool
begin_element(struct json *j)
{
	if (json_object_begin(j))
		return true;
	json_fail(j, "expected an object");
	return false;
}

static inline void
read_time(struct json *j, int64_t *out_ns)
{
	const char *p = j->p;
	int64_t us;
	bool is_there = true;

	/* The present has 16 digits, more than json_i64() is quick with. */
	if (json_likely(json_count_digits(p) == 16 && p[16] == ',' &&
	    *p != '0' && p + 16 < j->end)) {
		us = (int64_t)json_value_of_digits(p, 16);
		j->p = p + 16;
	} else
		is_there = json_i64(j, &us);
	if (is_there &&
	    __builtin_mul_overflow(us, NS_PER_US, out_ns))
		json_fail(j, "time out of range");
}

#endif
