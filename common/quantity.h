/* SPDX-License-Identifier: ISC */
/*
 * Kubernetes quantities ("100m", "64Mi", "1.5e3").
 *
 * Grammar: [+-]digits[.digits] then one of n u m (nothing) k M G T P E, Ki Mi
 * Gi Ti Pi Ei, or e/E and a decimal exponent.  Rounding is up: "0.1m" of a
 * core is 1 milli.  Exact in 128-bit integers; a value
 * beyond 64 bits is an error.  Negative quantities are an error (no resource
 * is negative).
 */
#ifndef COMMON_QUANTITY_H
#define COMMON_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

#define QUANTITY_MAX_BYTES 32

bool quantity_parse(struct str s, uint64_t *out_value);		/* ceil(v) */
bool quantity_parse_milli(struct str s, uint64_t *out_milli);	/* ceil(1000 v) */

/* Both return the length; no NUL; p has QUANTITY_MAX_BYTES. */
size_t quantity_print_milli(char *p, uint64_t milli);	/* 99m, 2, 2k */
size_t quantity_print_bytes(char *p, uint64_t bytes);	/* 1Gi, 70000002, 1k */

#endif
