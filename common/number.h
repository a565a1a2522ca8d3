/* SPDX-License-Identifier: ISC */
/*
 * Exact numbers in and out of text.
 *
 * parse_*: the whole of s must be the number; overflow is an error, never a
 * wrap.  No locale, no leading blanks, no '+'.
 *
 * print_*: writes to p without a NUL and returns how many bytes; the caller
 * has at least NUMBER_MAX_BYTES there.
 *
 * Doubles are written with at most 15 significant digits, the fewest that
 * give the same 15-digit decimal, as JSON numbers (1, 0.25, 1.5e+21; exponent
 * form only below 1e-6 or from 1e21).  A 15-digit decimal survives a round
 * trip through a double, so what is read and written again does not change.
 * Integral values below 2^53 are written exactly, with up to 16 digits.
 * NaN and infinities are not JSON: print_double writes 0 for them.
 */
#ifndef COMMON_NUMBER_H
#define COMMON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

#define NUMBER_MAX_BYTES 32

bool parse_u64(struct str s, uint64_t *out);
bool parse_i64(struct str s, int64_t *out);
bool parse_double(struct str s, double *out);	/* JSON number syntax */

size_t print_u64(char *p, uint64_t v);
size_t print_i64(char *p, int64_t v);
size_t print_double(char *p, double v);

/* Go's duration syntax: 300ms, 1.5s, 1h10m; the unit is mandatory ("0" is
 * accepted).  Units: ns us ms s m h.  No negative durations. */
bool parse_duration_ns(struct str s, int64_t *out_ns, struct err *err);

/* Bytes: digits with an optional k M G T or Ki Mi Gi Ti, as in "64Mi". */
bool parse_size_bytes(struct str s, uint64_t *out_bytes, struct err *err);

/* Go's ParseBool: 1 t T TRUE true True 0 f F FALSE false False. */
bool parse_bool(struct str s, bool *out);

#endif
