/* SPDX-License-Identifier: ISC */
/*
 * What Heapster answered, from t/data/heapster-1.5.4: what was asked, and
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

#endif
