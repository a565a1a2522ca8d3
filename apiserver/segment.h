/* SPDX-License-Identifier: ISC */
/*
 * A segment of the store: the frames of some windows, with all that is needed
 * to read them.  One record per frame:
 *
 *	strings that are new in this segment
 *	entities (sets) that are new: type, parent, names and labels as strings
 *	the block: window, sender's position, and per entity its values
 *
 * Strings and entities are numbered from 0 in each segment.  An entity whose
 * labels changed, or that moved to another node, gets a new number.
 *
 * A block holds masks of present metrics (few different ones), a table
 * (entity number, offset) sorted by number, and the sets: mask, sample and
 * start time relative to the window, values as varints, resources.  The blocks
 * of one node are chained from the newest back.
 *
 * Pure but for the mapped file.
 */
#ifndef APISERVER_SEGMENT_H
#define APISERVER_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/frame.h"
#include "common/hash.h"

#include "apiserver/segment_file.h"

#define SEGMENT_NONE UINT32_MAX

/* A string of the segment: where it is in the file. */
struct segment_string {
	size_t offset;
	uint32_t length;
};

struct segment_entity {
	enum set_type type;
	uint32_t parent;		/* entity; its own number on top */
	uint32_t name, namespace_name, namespace_id, pod_id, image, labels;
	uint32_t hostname, host_id;	/* strings; SEGMENT_NONE: absent */
	uint32_t newest_block;		/* of a node or the cluster */
	uint32_t global;		/* for the store: its number there */
};

struct segment_block {
	int64_t window_ns;
	int64_t resolution_ns;
	uint64_t epoch;
	uint64_t seq;
	uint64_t n_answered;
	uint32_t owner;			/* entity: node or cluster */
	uint32_t previous;		/* block of the same owner */
	uint32_t n_masks;
	uint32_t n_sets;
	size_t masks;			/* offsets in the file */
	size_t table;
	size_t end;
};

struct segment {
	struct segment_file file;
	struct segment_string *strings;
	size_t n_strings, cap_strings;
	struct segment_entity *entities;
	size_t n_entities, cap_entities;
	struct segment_block *blocks;
	size_t n_blocks, cap_blocks;
	struct hash_index string_index;
	int64_t oldest_ns;		/* windows; 0: no block */
	int64_t newest_ns;
};

/* What one set of a block says. */
struct segment_set {
	uint64_t present;
	int64_t scraped_ns;
	int64_t start_ns;
	const unsigned char *values;	/* varints, in order of the mask */
	const unsigned char *end;	/* of the block */
};

bool segment_open(struct segment *s, const char *path, bool is_new,
    struct err *err);
void segment_close(struct segment *s);
void segment_remove(struct segment *s);

/*
 * Appends a NODE or ROLLUP frame.  locals[i] is the entity of set i, or
 * SEGMENT_NONE for one that is new here; those are filled in.  False: no room
 * in the file.
 */
bool segment_append(struct segment *s, const struct frame *f, uint64_t epoch,
    uint64_t seq, uint32_t *locals, struct err *err);

/* False: the block does not have the entity. */
bool segment_find_set(const struct segment *s,
    const struct segment_block *block, uint32_t entity,
    struct segment_set *out);

/* The entity numbers of a block, i < n_sets. */
uint32_t segment_block_entity(const struct segment *s,
    const struct segment_block *block, size_t i);

/* False: absent. */
bool segment_value(const struct segment_set *set, enum metric m,
    union metric_value *out);

/* The value of a labelled metric of the resource that matches all of like's
 * present names and no others.  False: absent. */
bool segment_resource_value(const struct segment *s,
    const struct segment_set *set, const struct resource *like,
    enum metric m, union metric_value *out);

struct str segment_str(const struct segment *s, uint32_t string);

#endif
