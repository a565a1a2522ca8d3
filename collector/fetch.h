/* SPDX-License-Identifier: ISC */
/*
 * HTTP GET, many at a time, in the event loop: libcurl's multi interface on
 * libevent.  Connections are kept.  A body is bounded while it arrives, and
 * its buffer belongs to the request in flight, not to the target.
 */
#ifndef COLLECTOR_FETCH_H
#define COLLECTOR_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/loop.h"

struct fetcher;

struct fetch_result {
	const char *error;	/* NULL: a 200 with its body */
	struct str body;	/* followed by JSON_PAD readable bytes */
	int64_t elapsed_ns;
};

/* Borrows the result for the call.  May start the next fetch. */
typedef void fetch_done_fn(void *arg, const struct fetch_result *result);

struct fetcher *fetcher_open(struct loop *loop, uint64_t body_bytes_max,
    struct err *err);

/* What is in flight is dropped without a call. */
void fetcher_close(struct fetcher *f);	/* NULL is fine */

/* False: it could not even be started; done is not called. */
bool fetch_start(struct fetcher *f, const char *url, int64_t timeout_ns,
    fetch_done_fn *done, void *arg, struct err *err);

#endif
