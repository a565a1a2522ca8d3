/* SPDX-License-Identifier: ISC */
/*
 * What Elasticsearch is told of our documents before the first one, so that
 * names are not cut into words and values are numbers with a fraction also if
 * the first one has none.
 *
 * Up to version 5 each day's index is made with Heapster's mapping, with its
 * types for events too, as its eventer may write into the same one.  Later
 * versions get a template, which says the same of every index that begins with
 * our name, and filters as aliases in place of the types.
 *
 * Names of indices need no escapes in JSON or in a URL: elastic_index_check()
 * says so.  Pure.
 */
#ifndef SINKS_ELASTIC_MAPPING_H
#define SINKS_ELASTIC_MAPPING_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/err.h"

#include "sinks/elastic_version.h"

#define ELASTIC_TEMPLATE_PRIORITY 150	/* before those that come with it */

/* Appends {"mappings":{...}} for an index of version 2 or 5. */
void elastic_index_body(struct buf *out);

/* Appends the body of a request that gives the index of one day all aliases. */
void elastic_aliases_body(struct buf *out, struct str index, struct str day);

/* Appends a template; is_stream: of a data stream of that name. */
void elastic_template_body(struct buf *out, struct str index,
    enum elastic_version version, bool is_stream);

/* Appends "_template/NAME" or "_index_template/NAME". */
void elastic_template_path(struct buf *out, struct str index,
    enum elastic_version version, bool is_stream);

/* Whether every version takes such a name. */
bool elastic_index_check(struct str index, struct err *err);

#endif
