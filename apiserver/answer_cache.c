/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "apiserver/answer_cache.h"

/* None of them has a line feed in it. */
void
answer_cache_key(struct buf *key, struct str path, struct str query,
    struct str accept, const char *encoding, bool is_person)
{
	const struct str parts[] = { path, query, accept, str_of(encoding) };

	buf_add_char(key, is_person ? 'p' : 'm');
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		buf_add_char(key, parts[i].p == NULL ? '-' : '=');
		buf_add_str(key, parts[i]);
		buf_add_char(key, '\n');
	}
	if (key->failed)
		buf_reset(key);
}

static void
forget_oldest(struct answer_cache *cache)
{
	struct answer *oldest = &cache->items[0];

	cache->n_bytes -= oldest->body->text.len;
	body_unref(oldest->body);
	buf_fini(&oldest->key);
	cache->n--;
	memmove(oldest, oldest + 1, cache->n * sizeof *oldest);
}

void
answer_cache_sweep(struct answer_cache *cache, uint64_t changes,
    int64_t now_mono_ns)
{
	bool is_other = changes != cache->changes;

	cache->changes = changes;
	while (cache->n > 0 && (is_other || now_mono_ns -
	    cache->items[0].made_mono_ns >= ANSWER_AGE_MAX_NS))
		forget_oldest(cache);
}

const struct answer *
answer_cache_find(struct answer_cache *cache, struct str key,
    uint64_t changes, int64_t now_mono_ns)
{
	answer_cache_sweep(cache, changes, now_mono_ns);
	for (size_t i = 0; i < cache->n; i++)
		if (str_eq(buf_str(&cache->items[i].key), key))
			return &cache->items[i];
	return NULL;
}

void
answer_cache_add(struct answer_cache *cache, struct str key,
    const struct http_head *head, struct body *body, uint64_t changes,
    int64_t now_mono_ns)
{
	struct answer *a;
	struct buf own_key = BUF_INIT;

	if (answer_cache_find(cache, key, changes, now_mono_ns) != NULL ||
	    body->text.len > ANSWER_BYTES_MAX)
		return;
	buf_add_str(&own_key, key);
	if (own_key.failed) {
		buf_fini(&own_key);
		return;
	}
	while (cache->n == ANSWERS_MAX ||
	    cache->n_bytes + body->text.len > ANSWER_BYTES_MAX)
		forget_oldest(cache);
	a = &cache->items[cache->n++];
	*a = (struct answer){ own_key, *head, body_ref(body), now_mono_ns };
	cache->n_bytes += body->text.len;
}

void
answer_cache_fini(struct answer_cache *cache)
{
	while (cache->n > 0)
		forget_oldest(cache);
}
