/* SPDX-License-Identifier: ISC */
/*
 * The objects of one kind, by namespace and name.  Each is one block of the
 * heap that begins with struct cached_object; its strings are behind it in
 * the same block, so that an object costs one allocation and is freed at once.
 *
 * A list replaces everything: object_table_begin_list(), a put for each
 * object, object_table_end_list(), which drops what was not in the list.
 * Until then the old objects are still there.
 */
#ifndef COLLECTOR_OBJECT_TABLE_H
#define COLLECTOR_OBJECT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/frame.h"
#include "common/hash.h"
#include "common/str.h"

/* A string of the same block. */
struct cached_text {
	uint32_t at;		/* bytes from the beginning of the block */
	uint32_t len;
};

struct cached_object {
	uint32_t bytes;		/* of the block */
	uint32_t round;		/* of the list that had it last */
	struct cached_text name;
	struct cached_text namespace_name;
	struct cached_text uid;
	struct cached_text labels;	/* joined */
	struct cached_text stored;	/* an array of struct cached_label */
	uint32_t slot;			/* in the table */
};

struct cached_label {
	struct cached_text key;
	struct cached_text value;
};

struct object_table {
	struct hash_index index;
	struct cached_object **slots;	/* NULL: free */
	uint32_t n_slots;
	uint32_t cap_slots;
	uint32_t *free_slots;
	uint32_t n_free;
	uint32_t round;
	uint64_t seed;
	uint64_t n;
	uint64_t bytes;			/* of all blocks */
	uint64_t changes;		/* so far: puts and removals */
};

static inline struct str
cached_str(const struct cached_object *o, struct cached_text t)
{
	return (struct str){ (const char *)o + t.at, t.len };
}

void object_table_init(struct object_table *t);
void object_table_fini(struct object_table *t);

/* Takes over the block, in place of the one of the same names. */
void object_table_put(struct object_table *t, struct cached_object *o);

/* NULL: unknown. */
struct cached_object *object_table_find(const struct object_table *t,
    struct str namespace_name, struct str name);

/* uid "" removes whatever has these names. */
bool object_table_remove(struct object_table *t, struct str namespace_name,
    struct str name, struct str uid);

void object_table_begin_list(struct object_table *t);
void object_table_end_list(struct object_table *t);

#endif
