/* SPDX-License-Identifier: ISC */
/*
 * What Heapster or metrics-server answered, from t/data: what was asked, and
 * status, headers and body as they came.  They stay for ever.
 */
#ifndef T_CAPTURED_H
#define T_CAPTURED_H

#include <stddef.h>

#include "common/str.h"

struct captured {
	struct str name, path;
	int status;
	struct str type;	/* Content-Type */
	struct str body;
};

/* All that the list of that name names; ends the test if one is missing. */
size_t captured_read(const char *list, const struct captured **out);

/* Of another directory of t/data. */
size_t captured_read_from(const char *directory, const char *list,
    const struct captured **out);

#endif
