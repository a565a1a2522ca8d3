/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/bus_peers.h"
#include "common/mem.h"

#define FORGET_NS (3600 * INT64_C(1000000000))

void
bus_peers_init(struct bus_peers *p, size_t max)
{
	*p = (struct bus_peers){ .max = max };
}

void
bus_peers_fini(struct bus_peers *p)
{
	free(p->items);
	hash_index_fini(&p->index);
	*p = (struct bus_peers){ 0 };
}

struct epoch_key {
	const struct bus_peers *peers;
	uint64_t epoch;
};

static bool
has_epoch(const void *ctx, uint32_t at)
{
	const struct epoch_key *key = ctx;

	return key->peers->items[at].epoch == key->epoch;
}

static uint64_t
epoch_hash(uint64_t epoch)
{
	return hash_bytes(&epoch, sizeof epoch, hash_seed());
}

struct bus_peer *
bus_peers_find(const struct bus_peers *p, uint64_t epoch)
{
	struct epoch_key key = { p, epoch };
	uint32_t at = hash_index_find(&p->index, epoch_hash(epoch), has_epoch,
	    &key);

	return at == HASH_NONE ? NULL : &p->items[at];
}

/* The last one moves into the place of the one removed. */
static void
remove_at(struct bus_peers *p, size_t at)
{
	struct bus_peer *last = &p->items[p->n - 1];

	bus_peer_set_behind(p, &p->items[at], false);
	p->n_heard -= p->items[at].is_heard;
	hash_index_remove(&p->index, epoch_hash(p->items[at].epoch),
	    (uint32_t)at);
	if (at != p->n - 1) {
		hash_index_remove(&p->index, epoch_hash(last->epoch),
		    (uint32_t)(p->n - 1));
		p->items[at] = *last;
		hash_index_add(&p->index, epoch_hash(last->epoch),
		    (uint32_t)at);
	}
	p->n--;
}

static void
make_room(struct bus_peers *p, int64_t now_mono_ns)
{
	size_t silent = 0;

	for (size_t i = p->n; i-- > 0;)
		if (now_mono_ns - p->items[i].heard_mono_ns > FORGET_NS)
			remove_at(p, i);
	if (p->n < p->max)
		return;
	for (size_t i = 1; i < p->n; i++)
		if (p->items[i].heard_mono_ns < p->items[silent].heard_mono_ns)
			silent = i;
	remove_at(p, silent);
}

static struct bus_peer *
add(struct bus_peers *p, uint64_t epoch, int64_t now_mono_ns)
{
	if (p->n == p->max)
		make_room(p, now_mono_ns);
	if (p->n == p->cap) {
		p->cap = p->cap * 2 + 8;
		p->items = xrealloc(p->items, p->cap, sizeof *p->items);
	}
	p->items[p->n] = (struct bus_peer){
		.epoch = epoch,
		.next = 1,
		.heard_mono_ns = now_mono_ns,
	};
	hash_index_add(&p->index, epoch_hash(epoch), (uint32_t)p->n);
	return &p->items[p->n++];
}

struct bus_peer *
bus_peers_add(struct bus_peers *p, uint64_t epoch)
{
	struct bus_peer *peer = bus_peers_find(p, epoch);

	return peer == NULL ? add(p, epoch, 0) : peer;
}

struct bus_peer *
bus_peers_hear(struct bus_peers *p, uint64_t epoch, int64_t now_mono_ns)
{
	struct bus_peer *peer = bus_peers_find(p, epoch);

	if (peer == NULL)
		peer = add(p, epoch, now_mono_ns);
	peer->heard_mono_ns = now_mono_ns;
	p->n_heard += !peer->is_heard;
	peer->is_heard = true;
	return peer;
}

void
bus_peer_set_behind(struct bus_peers *p, struct bus_peer *peer,
    bool is_behind)
{
	if (peer->is_behind == is_behind)
		return;
	peer->is_behind = is_behind;
	if (is_behind)
		p->n_behind++;
	else
		p->n_behind--;
}

struct bus_peer *
bus_peers_next_behind(struct bus_peers *p)
{
	if (p->n_behind == 0)
		return NULL;
	for (size_t i = 0; i < p->n; i++) {
		p->turn = (p->turn + 1) % p->n;
		if (p->items[p->turn].is_behind)
			return &p->items[p->turn];
	}
	return NULL;
}
