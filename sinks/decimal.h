/* SPDX-License-Identifier: ISC */
/*
 * Doubles as decimals without an exponent, with the fewest digits that mean
 * the same (number.h), as Go's strconv.FormatFloat(v, 'f', -1, 64).  Pure.
 */
#ifndef SINKS_DECIMAL_H
#define SINKS_DECIMAL_H

#include <stddef.h>

#define DECIMAL_MAX_BYTES 352

/* No NUL.  Returns the length. */
size_t print_decimal(char *p, double v);

#endif
