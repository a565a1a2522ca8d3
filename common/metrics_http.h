/* SPDX-License-Identifier: ISC */
/*
 * The small HTTP server behind --metrics-listen: GET /metrics (Prometheus
 * text) and GET /healthz ("ok").  Bound to HOST:PORT, [V6]:PORT, :PORT
 * (loopback only) or PORT 0 for any free one; the port is logged.  At most 16
 * connections, small limits, everything else is 404.
 */
#ifndef COMMON_METRICS_HTTP_H
#define COMMON_METRICS_HTTP_H

#include <stdbool.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/loop.h"

struct metrics_http;

struct metrics_http *metrics_http_open(struct loop *loop, const char *listen,
    const struct counters *counters, struct err *err);
void metrics_http_close(struct metrics_http *m);	/* NULL is fine */

#endif
