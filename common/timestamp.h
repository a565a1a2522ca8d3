/* SPDX-License-Identifier: ISC */
/*
 * Points in time are int64_t nanoseconds since the Unix epoch (names end in
 * _ns, with _at or a noun that says it is a point); 0 means "unset".  Times on
 * the wire are microseconds, so every time that enters the pipeline is cut to
 * whole microseconds at its source and no arithmetic loses anything later.
 */
#ifndef COMMON_TIMESTAMP_H
#define COMMON_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

#define TIMESTAMP_MAX_BYTES 48

/* RFC 3339 with any fraction and offset ("Z", "+02:00"); lower case t and z
 * are accepted.  The year 1 ("0001-01-01T00:00:00Z", Go's zero time) gives 0,
 * as does the epoch itself.  False: not a time, or outside 1678..2262. */
bool timestamp_parse(struct str s, int64_t *out_ns);

/* "2026-11-23T08:53:05Z", with the fraction only if there is one and without
 * its trailing zeros.  0 prints Go's zero time 0001-01-01T00:00:00Z.  Returns
 * the length; no NUL.  p has TIMESTAMP_MAX_BYTES. */
size_t timestamp_print(char *p, int64_t at_ns);

/* Go's default format "2026-11-23 08:53:15 +0000 UTC" (fraction as above). */
size_t timestamp_print_go(char *p, int64_t at_ns);

#endif
