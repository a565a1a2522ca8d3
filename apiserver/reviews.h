/* SPDX-License-Identifier: ISC */
/*
 * Who a token is, and what somebody may do: asked of the kube-apiserver, each
 * question once while its verdict is fresh, however many want to know.
 *
 * A question that got no verdict is not remembered: the next one asks again.
 */
#ifndef APISERVER_REVIEWS_H
#define APISERVER_REVIEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/counters.h"

#include "apiserver/kube_client.h"
#include "apiserver/review_cache.h"

#define REVIEWS_COUNTERS(X) \
	X(token_reviews, COUNTER, "TokenReviews asked for") \
	X(access_reviews, COUNTER, "SubjectAccessReviews asked for") \
	X(reviews_cached, COUNTER, "verdicts that were there already") \
	X(reviews_joined, COUNTER, "waits for what another had asked") \
	X(reviews_failed, COUNTER, "reviews that gave no verdict") \
	X(reviews_crowded, COUNTER, "that could not be asked: too many") \
	X(reviews_pending, GAUGE, "reviews under way")
COUNTERS_STRUCT(reviews_counters, REVIEWS_COUNTERS)

#define REVIEWS_TOKENS_MAX 4096
#define REVIEWS_ACCESSES_MAX 16384
#define REVIEWS_PENDING_MAX 256		/* of both kinds together */
/* Of these for whoever shows a token, or nothing: others have the rest. */
#define REVIEWS_STRANGERS_MAX (REVIEWS_PENDING_MAX / 2)

struct reviews_conf {
	int64_t timeout_ns;		/* of a review */
	int64_t token_ttl_ns;		/* how long a verdict is fresh */
	int64_t allowed_ttl_ns, denied_ttl_ns;
};

/* Who waits; done is called once, from the loop, unless it is cancelled.  r
 * stays until done returns. */
struct review_waiter {
	void (*done)(struct review_waiter *w, const struct review *r);
	struct review *review;	/* NULL: it waits for nothing */
	struct review_waiter *next;
};

struct reviews *reviews_open(struct kube_client *client,
    const struct reviews_conf *conf, struct reviews_counters *counters);

/*
 * The verdict if it is there; else NULL, and done will be called.  NULL with
 * w->review NULL: too many questions are open, or none could be sent.
 */
const struct review *reviews_token(struct reviews *rs, struct str token,
    struct review_waiter *w);
const struct review *reviews_access(struct reviews *rs,
    const struct user *user, const struct attributes *a,
    struct review_waiter *w);

void review_cancel(struct review_waiter *w);

/* To be closed after the client; nobody waits by then. */
void reviews_close(struct reviews *rs);		/* NULL is fine */

#endif
