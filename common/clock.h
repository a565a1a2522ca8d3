/* SPDX-License-Identifier: ISC */
/*
 * The two clocks.  Pure modules never call them: they take the time as an
 * argument.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ns(void);	/* since the epoch, cut to microseconds */
int64_t clock_mono_ns(void);	/* monotonic, for intervals and deadlines */

#endif
