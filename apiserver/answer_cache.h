/* SPDX-License-Identifier: ISC */
/*
 * Large answers as they were sent, compressed or not, for whoever asks the
 * same while the store is the same: autoscalers and dashboards ask in bursts,
 * and compressing a list takes much longer than making it.
 *
 * An answer is known by all of the request that it depends on, and by the
 * store's count of changes: any frame ends all that was made before it.  None
 * lives longer than ANSWER_AGE_MAX_NS, since a few know what time it is.
 *
 * Pure.
 */
#ifndef APISERVER_ANSWER_CACHE_H
#define APISERVER_ANSWER_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "common/str.h"
#include "common/timestamp.h"

#include "apiserver/body.h"
#include "apiserver/http_head.h"

#define ANSWERS_MAX 64
#define ANSWER_BYTES_MAX ((size_t)32 << 20)	/* of all */
#define ANSWER_AGE_MAX_NS (10 * NS_PER_S)

struct answer {
	struct buf key;
	struct http_head head;
	struct body *body;	/* one reference */
	int64_t made_mono_ns;
};

struct answer_cache {
	struct answer items[ANSWERS_MAX];
	size_t n;
	size_t n_bytes;
	uint64_t changes;
};

/* All of a request that an answer depends on. */
void answer_cache_key(struct buf *key, struct str path, struct str query,
    struct str accept, const char *encoding, bool is_person);

/* NULL: it has to be made.  Valid until the next call of any. */
const struct answer *answer_cache_find(struct answer_cache *cache,
    struct str key, uint64_t changes, int64_t now_mono_ns);

/* Takes a reference of its own; makes room by forgetting the oldest. */
void answer_cache_add(struct answer_cache *cache, struct str key,
    const struct http_head *head, struct body *body, uint64_t changes,
    int64_t now_mono_ns);

/* Forgets what would not be found any more. */
void answer_cache_sweep(struct answer_cache *cache, uint64_t changes,
    int64_t now_mono_ns);

void answer_cache_fini(struct answer_cache *cache);

#endif
