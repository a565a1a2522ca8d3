/* SPDX-License-Identifier: ISC */
/*
 * Inside the store: store_open.c finds what there is, store.c takes in and
 * drops, store_query.c answers.  Not for anybody else.
 */
#ifndef APISERVER_STORE_IMPL_H
#define APISERVER_STORE_IMPL_H

#include "apiserver/entities.h"
#include "apiserver/segment.h"
#include "apiserver/store.h"

#define STORE_SEGMENTS_MAX 64
#define STORE_POSITIONS_MAX 64
#define STORE_ENTITIES_MAX (8u << 20)
#define STORE_SEGMENTS_PER_RETENTION 4
#define STORE_SEGMENTS_PER_BYTES 16

struct stored_segment {
	struct segment segment;
	uint32_t serial;
};

struct position {
	uint64_t epoch;
	uint64_t seq;
};

struct store {
	char *directory;	/* NULL: all in memory */
	int lock_fd;
	int64_t retention_ns;
	uint64_t bytes_max;
	struct store_counters *counters;
	struct stored_segment segments[STORE_SEGMENTS_MAX];	/* oldest first */
	size_t n_segments;
	uint32_t next_serial;
	struct entities entities;
	struct position positions[STORE_POSITIONS_MAX];	/* latest last */
	size_t n_positions;
	struct store_status status;
	int64_t newest_ns;	/* window of any frame */
	int64_t resolution_ns;	/* of that frame */
	struct err disk_error;	/* why the head is in memory */
	struct segment_writer writer;
	uint32_t *locals;	/* scratch of store_add() */
	uint32_t *ids;
	size_t cap_locals;
	struct store_point *points;	/* scratch of store_series() */
	size_t n_points, cap_points;
};

void store_note_block(struct store *s, const struct segment *seg,
    const struct segment_block *b);
void store_note_position(struct store *s, uint64_t epoch, uint64_t seq);
void store_update_gauges(struct store *s);

/* Malloced; NULL when all is in memory. */
char *store_segment_path(const struct store *s, uint32_t serial);

/* NULL when the segment is gone. */
const struct stored_segment *store_segment(const struct store *s,
    uint32_t serial);

/* The node or cluster whose blocks hold the entity. */
uint32_t store_owner(const struct segment *s, uint32_t local);

/* The newest block of a node or the cluster; NULL: there is none. */
const struct segment_block *store_newest_block(const struct store *s,
    uint32_t owner, const struct segment **seg);

/* Whether the node or cluster has a block of that window. */
bool store_has_window(const struct store *s, uint32_t owner,
    int64_t window_ns);

/* The names of an entity of a segment. */
void store_key_of(const struct segment *s, uint32_t local,
    struct store_key *out);

#endif
