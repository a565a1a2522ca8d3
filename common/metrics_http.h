/* SPDX-License-Identifier: ISC */
/*
 * What is behind --metrics-listen: GET /metrics (Prometheus text) and GET
 * /healthz ("ok") of the small HTTP server (small_http.h), bound to an address
 * of listen_tcp.h; the port is logged.
 *
 * At most 16 connections at a time, 5 s from accept to the end.  Everything
 * else is 404.
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
