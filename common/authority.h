/* SPDX-License-Identifier: ISC */
/*
 * The authority of a URL: "host:port" or "[v6]:port", without a user.
 */
#ifndef COMMON_AUTHORITY_H
#define COMMON_AUTHORITY_H

#include <stdbool.h>

#include "common/err.h"
#include "common/str.h"

/* Without needs_port the port may be missing, but not be empty.  A user, who
 * may have a password, is refused and not told. */
bool authority_check(struct str authority, bool needs_port, struct err *err);

#endif
