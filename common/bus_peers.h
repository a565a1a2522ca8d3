/* SPDX-License-Identifier: ISC */
/*
 * What a subscriber knows of each publisher: its epoch, the next line it
 * expects from it, the newest it has heard of.  Publishers that were not heard
 * for an hour are forgotten when room is needed, and beyond the bound the one
 * that was silent longest.  Pure; pointers are valid until the next add.
 */
#ifndef COMMON_BUS_PEERS_H
#define COMMON_BUS_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash.h"

struct bus_peer {
	uint64_t epoch;
	uint64_t next;		/* the line expected next */
	uint64_t newest;	/* the highest number heard of */
	bool has_position;	/* next is what we have, not just the start */
	bool is_behind;		/* there is something to ask for */
	bool is_heard;		/* in this life, not only seeded */
	int64_t heard_mono_ns;
	int64_t retry_mono_ns;	/* not to be asked before */
};

struct bus_peers {
	struct bus_peer *items;
	size_t n;
	size_t cap;
	size_t max;
	size_t n_behind;
	size_t n_heard;
	size_t turn;		/* round robin of bus_peers_next_behind() */
	struct hash_index index;
};

void bus_peers_init(struct bus_peers *p, size_t max);
void bus_peers_fini(struct bus_peers *p);

struct bus_peer *bus_peers_find(const struct bus_peers *p, uint64_t epoch);
struct bus_peer *bus_peers_add(struct bus_peers *p, uint64_t epoch);

/* Finds or adds, and notes that it is alive.  A new one starts at line 1. */
struct bus_peer *bus_peers_hear(struct bus_peers *p, uint64_t epoch,
    int64_t now_mono_ns);

void bus_peer_set_behind(struct bus_peers *p, struct bus_peer *peer,
    bool is_behind);
struct bus_peer *bus_peers_next_behind(struct bus_peers *p);	/* or NULL */

#endif
