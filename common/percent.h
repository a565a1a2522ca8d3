/* SPDX-License-Identifier: ISC */
/* Percent-encoding, of URLs and forms.  Pure. */
#ifndef COMMON_PERCENT_H
#define COMMON_PERCENT_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

/* Appends s decoded; '+' is a blank in queries.  False: a bad escape. */
bool percent_decode(struct buf *out, struct str s, bool is_query);

/* Appends s so that it is one value, in a path, a query or a form. */
void percent_encode(struct buf *out, struct str s);

#endif
