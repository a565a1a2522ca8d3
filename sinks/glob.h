/* SPDX-License-Identifier: ISC */
/*
 * Patterns of names: '*' is any bytes, also '/', '?' is one byte, all else is
 * itself.  Pure, and quick whatever the pattern is.
 */
#ifndef SINKS_GLOB_H
#define SINKS_GLOB_H

#include <stdbool.h>

#include "common/str.h"

/* Whether the whole of text matches. */
bool glob_match(struct str pattern, struct str text);

#endif
