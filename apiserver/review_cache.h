/* SPDX-License-Identifier: ISC */
/*
 * What was asked about clients lately, and what is being asked now.  Whoever
 * wants the same again waits for the same answer, or has it already.
 *
 * A key is a hash of the question: no token is kept.  At most n_max are here;
 * the oldest verdict makes room for a new question, but a question that has no
 * answer yet never does.  Pure: the time is an argument.
 */
#ifndef APISERVER_REVIEW_CACHE_H
#define APISERVER_REVIEW_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"
#include "common/str.h"

#include "apiserver/review.h"

#define REVIEW_KEY_BYTES 32

struct reviews;
struct review_waiter;

struct review {
	unsigned char key[REVIEW_KEY_BYTES];
	bool is_pending;
	bool is_failed;			/* no verdict: why is in error */
	int64_t expires_mono_ns;
	struct user user;		/* of a token; empty: nobody's */
	struct verdict verdict;		/* of an access */
	struct err error;
	struct review_waiter *waiters;
	struct reviews *reviews;
	struct review *newer, *older;
	uint32_t slot;
	bool is_token;
};

/* Begins as { .n_max = N }; review_cache_fini() releases the rest. */
struct review_cache {
	size_t n_max;
	size_t n, n_pending;
	struct review **slots;
	struct hash_index index;
	struct review *newest, *oldest;
};

void review_key(unsigned char key[REVIEW_KEY_BYTES], struct str question);

/* NULL: not here, or too old. */
struct review *review_cache_find(struct review_cache *c,
    const unsigned char key[REVIEW_KEY_BYTES], int64_t now_mono_ns);

/* A question that is not here yet; NULL: n_max of them have no answer. */
struct review *review_cache_add(struct review_cache *c,
    const unsigned char key[REVIEW_KEY_BYTES]);

/* There is an answer; it is kept until then. */
void review_cache_settle(struct review_cache *c, struct review *r,
    int64_t expires_mono_ns);

void review_cache_drop(struct review_cache *c, struct review *r);
void review_cache_fini(struct review_cache *c);

#endif
