/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/mem.h"

#include "apiserver/review_cache.h"

struct wanted {
	const struct review_cache *cache;
	const unsigned char *key;
};

void
review_key(unsigned char key[REVIEW_KEY_BYTES], struct str question)
{
	if (EVP_Digest(question.p, question.len, key, NULL, EVP_sha256(),
	    NULL) != 1)
		abort();
}

static bool
is_equal(const void *ctx, uint32_t value)
{
	const struct wanted *w = ctx;

	return memcmp(w->cache->slots[value]->key, w->key,
	    REVIEW_KEY_BYTES) == 0;
}

static uint64_t
hash_of(const unsigned char key[REVIEW_KEY_BYTES])
{
	return hash_bytes(key, REVIEW_KEY_BYTES, hash_seed());
}

static void
unlink_review(struct review_cache *c, struct review *r)
{
	if (r->newer != NULL)
		r->newer->older = r->older;
	else
		c->newest = r->older;
	if (r->older != NULL)
		r->older->newer = r->newer;
	else
		c->oldest = r->newer;
}

static void
link_newest(struct review_cache *c, struct review *r)
{
	r->newer = NULL;
	r->older = c->newest;
	if (c->newest != NULL)
		c->newest->newer = r;
	else
		c->oldest = r;
	c->newest = r;
}

void
review_cache_drop(struct review_cache *c, struct review *r)
{
	struct review *last = c->slots[c->n - 1];

	hash_index_remove(&c->index, hash_of(r->key), r->slot);
	if (last != r) {
		hash_index_remove(&c->index, hash_of(last->key), last->slot);
		last->slot = r->slot;
		c->slots[r->slot] = last;
		hash_index_add(&c->index, hash_of(last->key), last->slot);
	}
	c->n--;
	c->n_pending -= r->is_pending;
	if (!r->is_pending)
		unlink_review(c, r);
	user_fini(&r->user);
	free(r);
}

struct review *
review_cache_find(struct review_cache *c,
    const unsigned char key[REVIEW_KEY_BYTES], int64_t now_mono_ns)
{
	struct wanted wanted = { c, key };
	uint32_t at = hash_index_find(&c->index, hash_of(key), is_equal,
	    &wanted);
	struct review *r;

	if (at == HASH_NONE)
		return NULL;
	r = c->slots[at];
	if (r->is_pending || r->expires_mono_ns > now_mono_ns)
		return r;
	review_cache_drop(c, r);
	return NULL;
}

struct review *
review_cache_add(struct review_cache *c,
    const unsigned char key[REVIEW_KEY_BYTES])
{
	struct review *r;

	if (c->n == c->n_max) {
		if (c->oldest == NULL)
			return NULL;
		review_cache_drop(c, c->oldest);
	}
	if (c->slots == NULL)
		c->slots = xcalloc(c->n_max, sizeof(struct review *));
	r = xcalloc(1, sizeof *r);
	memcpy(r->key, key, REVIEW_KEY_BYTES);
	r->is_pending = true;
	r->slot = (uint32_t)c->n;
	c->slots[c->n++] = r;
	c->n_pending++;
	hash_index_add(&c->index, hash_of(key), r->slot);
	return r;
}

void
review_cache_settle(struct review_cache *c, struct review *r,
    int64_t expires_mono_ns)
{
	r->is_pending = false;
	r->expires_mono_ns = expires_mono_ns;
	c->n_pending--;
	link_newest(c, r);
}

void
review_cache_fini(struct review_cache *c)
{
	while (c->n > 0)
		review_cache_drop(c, c->slots[c->n - 1]);
	free(c->slots);
	hash_index_fini(&c->index);
	*c = (struct review_cache){ .n_max = c->n_max };
}
