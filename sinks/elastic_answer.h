/* SPDX-License-Identifier: ISC */
/*
 * What an Elasticsearch answers, taken apart.  Bodies are followed by JSON_PAD
 * readable bytes.  Pure.
 */
#ifndef SINKS_ELASTIC_ANSWER_H
#define SINKS_ELASTIC_ANSWER_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/str.h"

#include "sinks/elastic_version.h"
#include "sinks/http_verdict.h"

/* What is asked of an answer to _bulk, as a query: nothing of documents that
 * were taken but that they were.  Encoded, as signatures are made of it. */
#define ELASTIC_BULK_FILTER \
	"filter_path=errors%2Citems.%2A.status%2Citems.%2A.error"

/*
 * The answer to _bulk.  A document
 *
 *	with 2xx or 409		is there (409: since the last time)
 *	with 404		has no index yet: again
 *	else			as http_verdict.h has it
 *	that is not mentioned	comes again
 *
 * False: it is no answer to _bulk.
 */
bool elastic_bulk_answer(struct str body, struct arena *a,
    struct http_fate *fate);

/* The answer to "GET /". */
bool elastic_version_answer(struct str body, struct arena *a,
    enum elastic_version *version, struct err *err);

/* The answer to "GET /_nodes/http": calls fn with "HOST:PORT" of each node.
 * False: it is none. */
bool elastic_nodes_answer(struct str body, struct arena *a,
    void (*fn)(void *arg, struct str address), void *arg);

#endif
