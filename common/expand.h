/* SPDX-License-Identifier: ISC */
/*
 * Variables in text, as Heapster expands them in the URIs of its flags:
 * $NAME and ${NAME}; what is not set is empty.  A '$' that no name follows
 * stays.  There is no quoting.
 */
#ifndef COMMON_EXPAND_H
#define COMMON_EXPAND_H

#include "common/buf.h"
#include "common/str.h"

/* lookup gives NULL for a variable that is not set: getenv fits.  The result
 * is added to out, without a NUL. */
void expand_variables(struct str text, char *(*lookup)(const char *name),
    struct buf *out);

#endif
