/* SPDX-License-Identifier: ISC */
/*
 * Asks every target once per window and publishes what it says: a NODE frame,
 * or a FAILED frame with the reason.  Before the first answer of a window goes
 * the roster: who is going to be asked.
 *
 * A kubelet's node has no name until the kubelet has said it; until then it
 * goes by its address, and the roster of that first window waits for the
 * answer.  After a restart names and newest windows are known from what the
 * predecessor published (scraper_recall).
 *
 * With a cluster its nodes are targets too, as they come and go: their names
 * are the cluster's, and their frames are enriched.  Nodes that are not ready
 * are asked with little patience.
 *
 * A target that fails or is slow costs only itself: its frame.
 */
#ifndef COLLECTOR_SCRAPE_H
#define COLLECTOR_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bus.h"
#include "common/counters.h"
#include "common/err.h"
#include "common/frame_json.h"
#include "common/loop.h"

#include "collector/cluster.h"
#include "collector/kubelet_api.h"
#include "collector/node_address.h"
#include "collector/shard.h"
#include "collector/source.h"

#define SCRAPE_COUNTERS(X) \
	X(scrapes_ok, COUNTER, "scrapes that gave a frame") \
	X(scrapes_failed, COUNTER, "scrapes that gave none") \
	X(summaries_refused, COUNTER, "kubelets that refused the Summary") \
	X(scrapes_repeated, COUNTER, "frames not published: window known") \
	X(bytes_scraped, COUNTER, "bytes of bodies") \
	X(scrape_ns, COUNTER, "time spent waiting for answers") \
	X(targets, GAUGE, "nodes that are asked")
COUNTERS_STRUCT(scrape_counters, SCRAPE_COUNTERS)

struct scraper_conf {
	const struct source *sources;
	size_t n_sources;
	const char *name;		/* of this collector */
	const char *node_name;		/* of local:; NULL: the hostname */
	int64_t resolution_ns;
	int64_t timeout_ns;
	uint64_t body_bytes_max;
	struct cluster *cluster;	/* NULL: none */
	const struct fetch_identity *kubelet;	/* asks kubelet: sources */
	const struct node_address_conf *node_address;
	enum kubelet_via kubelet_via;
	enum kubelet_api kubelet_api;	/* of the cluster's nodes */
	struct shard shard;
	bool is_for_one_node;		/* of which other collectors ask
					 * the others */
};

struct scraper;

struct scraper *scraper_open(struct loop *loop, const struct scraper_conf *conf,
    struct bus_pub *raw, struct counters *counters, struct err *err);
void scraper_close(struct scraper *s);	/* NULL is fine */

/* A line that the predecessor published, oldest first, before the start. */
void scraper_recall(struct scraper *s, const struct frame_line *line);
void scraper_start(struct scraper *s);

/* A roster without nodes: who waits for the next window's waits no longer than
 * for that one. */
void scraper_farewell(struct scraper *s);

#endif
