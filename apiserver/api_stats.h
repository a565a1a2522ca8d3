/* SPDX-License-Identifier: ISC */
/*
 * How often what was asked, and how long and large answers were, under the
 * names that Heapster had for them:
 *
 *	http_requests_total{handler,method,code}
 *	http_request_duration_microseconds{handler}	until the answer is made
 *	http_request_size_bytes{handler}		without headers
 *	http_response_size_bytes{handler}		before it is compressed
 *
 * A handler is a route.  Routes that Heapster had not are named after what
 * they are; what no route is for is "other".
 */
#ifndef APISERVER_API_STATS_H
#define APISERVER_API_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

struct api_stats;

struct api_stats *api_stats_new(void);
void api_stats_free(struct api_stats *s);	/* NULL is fine */

struct api_exchange {
	const char *root, *pattern;	/* of the route; NULL: there is none */
	struct str method;
	int status;
	int64_t duration_ns;
	size_t request_bytes, response_bytes;
};

void api_stats_note(struct api_stats *s, const struct api_exchange *e);

/* A counters_printer. */
void api_stats_print(const void *stats, struct buf *out);

#endif
