/* SPDX-License-Identifier: ISC */
/*
 * A segment of the store: the frames of some windows, with all that is needed
 * to read them.  One record per frame:
 *
 *	strings that are new in this segment
 *	entities (sets) that are new: type, parent, and their strings
 *	the block: window, sender's position, and per entity its values
 *
 * Strings and entities are numbered from 0 in each segment.  An entity whose
 * description changed, or whose node or pod got a new number, gets a new one.
 *
 * A block holds masks of present metrics (few different ones), a table
 * (entity number, offset) sorted by number, and the sets in the order of the
 * frame: mask, sample and start time relative to the window, values as
 * varints, resources.  The blocks of a node are chained from the newest
 * window back.
 *
 * Pure but for the file.  What is read from a file is checked when it is
 * opened: afterwards numbers and offsets are in range.
 */
#ifndef APISERVER_SEGMENT_H
#define APISERVER_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/frame.h"
#include "common/hash.h"

#include "apiserver/segment_file.h"

#define SEGMENT_NONE UINT32_MAX
#define SEGMENT_BYTES_MAX (UINT32_C(1) << 30)
#define SEGMENT_MASKS_MAX 64	/* sets with other masks carry them */
#define SEGMENT_RESOURCE_TEXTS 5	/* resource_id, make, ... of each */
#define SEGMENT_RECENT_STRINGS 64

/* A string of the segment: where it is in the file. */
struct segment_string {
	uint32_t offset;
	uint32_t length;
};

/* What is known of an entity.  TEXT_STORED is pairs, each with its length. */
enum segment_text {
	TEXT_NAME,
	TEXT_NAMESPACE,
	TEXT_NAMESPACE_ID,
	TEXT_POD_ID,
	TEXT_IMAGE,
	TEXT_LABELS,
	TEXT_STORED,
	TEXT_HOSTNAME,
	TEXT_HOST_ID,
	TEXT_SCHEDULABLE,
	TEXT_COUNT,
};

struct segment_entity {
	enum set_type type;
	uint32_t parent;		/* entity; its own number on top */
	uint32_t name, namespace_name;	/* strings; SEGMENT_NONE: absent */
	uint32_t texts;			/* where the numbers of all are in the
					 * file: few are asked for often */
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
	uint32_t n_values;
	uint32_t masks;			/* offset in the file; the table and */
	uint32_t end;			/* the sets follow it */
};

struct segment {
	struct segment_file file;
	struct segment_string *strings;
	size_t n_strings, cap_strings;
	struct segment_entity *entities;
	size_t n_entities, cap_entities;
	struct segment_block *blocks;
	size_t n_blocks, cap_blocks;
	struct hash_index string_index;	/* while it is written to */
	bool is_indexed;
	int64_t oldest_ns;		/* windows; 0: no block */
	int64_t newest_ns;
	uint64_t n_values;
};

bool segment_open(struct segment *s, const char *path, bool is_new,
    struct err *err);
void segment_close(struct segment *s);
void segment_remove(struct segment *s);

/* Nothing will be written for now: frees what only that needs. */
void segment_rest(struct segment *s);

/* What writing needs, kept from frame to frame.  All zero is ready. */
struct segment_writer {
	struct segment *segment;
	const struct frame *frame;
	struct buf strings, entities, sets, record, stored;
	uint64_t masks[SEGMENT_MASKS_MAX];
	size_t n_masks;
	size_t n_strings_before, n_entities_before;
	uint32_t recent[SEGMENT_RECENT_STRINGS];	/* numbers plus 1 */
	uint32_t *table;		/* pairs: entity, offset */
	size_t cap_table;
};

void segment_writer_fini(struct segment_writer *w);

/* What is to be known of a set; stored is for those texts that are made. */
void segment_texts_of(const struct frame *f, size_t set, struct buf *stored,
    struct str texts[TEXT_COUNT]);

/*
 * Appends a NODE or ROLLUP frame, whose window is after 1970.  locals[i] is the entity of set i, or
 * SEGMENT_NONE for one that is new here; those are filled in.  False: no room
 * in the file.
 */
bool segment_append(struct segment *s, struct segment_writer *w,
    const struct frame *f, uint64_t epoch, uint64_t seq, uint32_t *locals,
    struct err *err);

/* What one set of a block says. */
struct segment_set {
	uint64_t present;
	int64_t scraped_ns;
	int64_t start_ns;
	const unsigned char *values;	/* varints, in order of the mask */
	const unsigned char *end;	/* of the block */
};

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

struct str segment_text(const struct segment *s, uint32_t entity,
    enum segment_text text);
void segment_texts(const struct segment *s, uint32_t entity,
    struct str texts[TEXT_COUNT]);
struct str segment_str(const struct segment *s, uint32_t string);

/*
 * The frame that a block was made from, but for the collector and the names
 * of a roll-up's missing nodes.  False: the arena is full.
 */
bool segment_frame(const struct segment *s, const struct segment_block *block,
    struct arena *a, struct frame *out);

#endif
