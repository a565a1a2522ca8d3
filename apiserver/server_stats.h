/* SPDX-License-Identifier: ISC */
/*
 * What metrics-server tells of itself, under its names, for the dashboards and
 * alerts that know these:
 *
 *	metrics_server_api_metric_freshness_seconds	of every item told
 *	metrics_server_kubelet_last_request_time_seconds{node}
 *	metrics_server_kubelet_request_duration_seconds{node}
 *	metrics_server_kubelet_request_total{success}
 *	metrics_server_manager_tick_duration_seconds
 *	metrics_server_storage_points{type}
 *
 * Who asks kubelets is another process: its frames say when it did and how
 * long that took.  metrics-server asks all at once, so that a tick of it lasts
 * as long as the slowest kubelet; ours is that, and what it took to store a
 * window.  Points are samples of nodes and containers with CPU and memory.
 *
 * Of more than nodes_max nodes there is one sum, whose node is "": a histogram
 * for each would be 14 lines times the nodes.  Pure.
 */
#ifndef APISERVER_SERVER_STATS_H
#define APISERVER_SERVER_STATS_H

#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#define SERVER_NODES_MAX 1000
#define SERVER_FORGET_WINDOWS 3		/* a node that nothing comes from */

struct server_stats;

struct server_stats *server_stats_new(size_t nodes_max);
void server_stats_free(struct server_stats *s);	/* NULL is fine */

/* A frame that came, and was stored in so much time. */
void server_stats_take(struct server_stats *s, const struct frame *f,
    int64_t stored_in_ns);

/* The Metrics API has told of something as old as that. */
void server_stats_told(struct server_stats *s, int64_t age_ns);

/* A counters_printer. */
void server_stats_print(const void *stats, struct buf *out);

#endif
