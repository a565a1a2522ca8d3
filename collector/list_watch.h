/* SPDX-License-Identifier: ISC */
/*
 * Keeps the objects of one kind in the cache as they are in the cluster: one
 * list, then watches for as long as the process lives.
 *
 *   - The first list is of whatever the kube-apiserver has at hand
 *     (resourceVersion=0).
 *   - A watch goes on from where the one before it ended.  Bookmarks move
 *     that place while nothing happens.
 *   - A place that the kube-apiserver has forgotten (410, in HTTP or as an
 *     event) means to list again.  When else, and when again, is decided by
 *     watch_plan.h.
 *   - An object that cannot be decoded costs only itself.
 *   - A list may take an hour, as long as it moves.
 *
 * Objects stay as they were until something better is known.
 */
#ifndef COLLECTOR_LIST_WATCH_H
#define COLLECTOR_LIST_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/fetch.h"
#include "common/loop.h"

#include "collector/object_cache.h"

#define LIST_WATCH_COUNTERS(X) \
	X(lists, COUNTER, "lists of objects that were read") \
	X(list_items, COUNTER, "objects in those") \
	X(watches, COUNTER, "watches that were begun") \
	X(watch_events, COUNTER, "events in those, without bookmarks") \
	X(watches_expired, COUNTER, "watches that had to list again") \
	X(kube_requests_failed, COUNTER, "lists and watches that failed") \
	X(objects_undecodable, COUNTER, "objects that could not be understood")
COUNTERS_STRUCT(list_watch_counters, LIST_WATCH_COUNTERS)

struct list_watch_conf {
	const char *server;		/* "https://HOST:PORT", no slash */
	enum object_kind kind;
	const char *field_selector;	/* url-encoded; NULL: all */
	const char *label_selector;	/* as it is said; NULL: all */
	const struct fetch_identity *identity;
	void (*on_refused)(void *arg);	/* got a 401 */
	void *arg;
};

struct list_watch;

/* All of conf, the cache and the counters outlive it. */
struct list_watch *list_watch_open(struct loop *loop, struct fetcher *fetcher,
    const struct list_watch_conf *conf, struct object_cache *cache,
    struct list_watch_counters *counters);

/* After its fetcher, which may have a request of it in flight. */
void list_watch_close(struct list_watch *w);	/* NULL is fine */

void list_watch_start(struct list_watch *w);

/* There are other credentials: who was refused need not wait any longer. */
void list_watch_hurry(struct list_watch *w);

#endif
