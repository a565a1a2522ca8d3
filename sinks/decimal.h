/* SPDX-License-Identifier: ISC */
/*
 * Doubles as Go writes them, with the fewest digits that mean the same
 * (number.h).  Pure.
 */
#ifndef SINKS_DECIMAL_H
#define SINKS_DECIMAL_H

#include <stddef.h>

#define DECIMAL_MAX_BYTES 352

/* These write no NUL and return the length. */

/* Without an exponent, as strconv.FormatFloat(v, 'f', -1, 64). */
size_t print_decimal(char *p, double v);

/* As fmt's %v: "1e+06" from a million on and "1e-05" below a 10,000th. */
size_t print_go_value(char *p, double v);

/* With six decimals, as printf's "%f": exactly, half to even. */
size_t print_millionths(char *p, double v);

#endif
