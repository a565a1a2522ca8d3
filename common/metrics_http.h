/* SPDX-License-Identifier: ISC */
/*
 * The small HTTP server behind --metrics-listen: GET /metrics (Prometheus
 * text) and GET /healthz ("ok").  Bound to HOST:PORT, [V6]:PORT, :PORT
 * (loopback only), *:PORT (every address, IPv6 and IPv4) or PORT 0 for any
 * free one; the port is logged.
 *
 * One request per connection, at most 16 connections at a time (the rest wait
 * in the kernel), 8 KiB of request, 5 s from accept to the end.  Everything
 * else is 404; any method but GET and HEAD is 405.
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
