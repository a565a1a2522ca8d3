/* SPDX-License-Identifier: ISC */
/*
 * What of a server's version matters to us.
 *
 *	2	documents have a type, text is a "string"; no pipelines
 *	5	the same, with pipelines
 *	6	one type per index, templates of the old kind
 *	7	no types
 *	8	the same, templates of the new kind: 8, 9 and OpenSearch
 *
 * Up to 5 documents and indices are Heapster's; it could not write to later
 * ones.  Pure.
 */
#ifndef SINKS_ELASTIC_VERSION_H
#define SINKS_ELASTIC_VERSION_H

#include <stdbool.h>

#include "common/str.h"

enum elastic_version {
	ELASTIC_UNKNOWN,	/* it has to be asked */
	ELASTIC_2 = 2,
	ELASTIC_5 = 5,
	ELASTIC_6,
	ELASTIC_7,
	ELASTIC_8,
};

/* "auto", "2", "5" to "9", "opensearch".  False: none of them. */
bool elastic_version_find(struct str word, enum elastic_version *version);

/* Of a number like "7.17.3" and a distribution, which may be absent. */
bool elastic_version_of(struct str number, struct str distribution,
    enum elastic_version *version);

#endif
