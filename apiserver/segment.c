/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/timestamp.h"
#include "common/varint.h"

#include "apiserver/segment_impl.h"

#define TIME_MAX_US ((uint64_t)(INT64_MAX / NS_PER_US))

/* Grows items to hold one more. */
static void *
room_for_one(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	*cap = *cap + *cap / 2 + 64;
	return xrealloc(items, *cap, size);
}

uint32_t
segment_push_string(struct segment *s, size_t offset, size_t length)
{
	s->strings = room_for_one(s->strings, s->n_strings, &s->cap_strings,
	    sizeof *s->strings);
	s->strings[s->n_strings] = (struct segment_string){
		(uint32_t)offset, (uint32_t)length,
	};
	return (uint32_t)s->n_strings++;
}

uint32_t
segment_push_entity(struct segment *s, const struct segment_entity *e)
{
	s->entities = room_for_one(s->entities, s->n_entities,
	    &s->cap_entities, sizeof *s->entities);
	s->entities[s->n_entities] = *e;
	return (uint32_t)s->n_entities++;
}

struct str
segment_str(const struct segment *s, uint32_t string)
{
	const struct segment_string *t;

	if (string >= s->n_strings)
		return (struct str){ NULL, 0 };
	t = &s->strings[string];
	return (struct str){ (char *)s->file.map + t->offset, t->length };
}

/* The next number of a string, or its absence. */
static struct str
next_text(const struct segment *s, const unsigned char **p)
{
	return segment_str(s, (uint32_t)varint_read(p,
	    s->file.map + s->file.used) - 1);
}

struct str
segment_text(const struct segment *s, uint32_t entity, enum segment_text text)
{
	const struct segment_entity *e = &s->entities[entity];
	const unsigned char *p = s->file.map + e->texts;

	if (text == TEXT_NAME)
		return segment_str(s, e->name);
	if (text == TEXT_NAMESPACE)
		return segment_str(s, e->namespace_name);
	for (size_t t = 0; t < text; t++)
		varint_read(&p, s->file.map + s->file.used);
	return next_text(s, &p);
}

void
segment_texts(const struct segment *s, uint32_t entity,
    struct str texts[TEXT_COUNT])
{
	const unsigned char *p = s->file.map + s->entities[entity].texts;

	for (size_t t = 0; t < TEXT_COUNT; t++)
		texts[t] = next_text(s, &p);
}

/* Cuts the strings off the front of a record that is at file offset at. */
static bool
take_strings(struct segment *s, const unsigned char **p,
    const unsigned char *end, size_t at)
{
	const unsigned char *begin = *p;
	uint64_t n = varint_read(p, end);

	if (n > (uint64_t)(end - *p))
		return false;
	for (; n > 0; n--) {
		uint64_t length = varint_read(p, end);

		if (length > (uint64_t)(end - *p))
			return false;
		segment_push_string(s, at + (size_t)(*p - begin),
		    (size_t)length);
		*p += length;
	}
	return true;
}

static bool
take_entities(struct segment *s, const unsigned char **p,
    const unsigned char *end)
{
	uint64_t n = varint_read(p, end);

	if (n > (uint64_t)(end - *p))
		return false;
	for (; n > 0 && *p < end; n--) {
		struct segment_entity e = {
			.newest_block = SEGMENT_NONE,
			.global = SEGMENT_NONE,
			.type = (enum set_type)*(*p)++,
		};

		e.parent = (uint32_t)varint_read(p, end);
		e.texts = (uint32_t)(*p - s->file.map);
		e.name = (uint32_t)varint_read(p, end) - 1;
		e.namespace_name = (uint32_t)varint_read(p, end) - 1;
		for (size_t t = TEXT_NAMESPACE + 1; t < TEXT_COUNT; t++)
			varint_read(p, end);
		if (e.type >= SET_TYPE_COUNT || e.parent > s->n_entities)
			return false;
		segment_push_entity(s, &e);
	}
	return n == 0;
}

/* Whether all rows are in range and in order. */
static bool
is_table_sane(const struct segment *s, const struct segment_block *b,
    const unsigned char *table, size_t sets_length)
{
	struct segment_row row, previous = { 0, 0 };

	for (size_t i = 0; i < b->n_sets; i++, previous = row) {
		memcpy(&row, table + i * sizeof row, sizeof row);
		if (row.entity >= s->n_entities || row.offset >= sets_length ||
		    (i > 0 && row.entity < previous.entity))
			return false;
	}
	return true;
}

/* The chain of a node goes from the newest window to the oldest, whatever the
 * order in which they came. */
static void
chain(struct segment *s, struct segment_block *b)
{
	uint32_t *link = &s->entities[b->owner].newest_block;

	while (*link != SEGMENT_NONE &&
	    s->blocks[*link].window_ns > b->window_ns)
		link = &s->blocks[*link].previous;
	b->previous = *link;
	*link = (uint32_t)s->n_blocks;
	s->blocks[s->n_blocks++] = *b;
	if (s->oldest_ns == 0 || b->window_ns < s->oldest_ns)
		s->oldest_ns = b->window_ns;
	if (b->window_ns > s->newest_ns)
		s->newest_ns = b->window_ns;
	s->n_values += b->n_values;
}

bool
segment_take_block(struct segment *s, const unsigned char *p, size_t length,
    size_t at)
{
	const unsigned char *begin = p, *end = p + length;
	uint64_t window_us = varint_read(&p, end);
	uint64_t resolution_us = varint_read(&p, end);
	struct segment_block b = {
		.window_ns = (int64_t)(window_us % TIME_MAX_US) * NS_PER_US,
		.resolution_ns = (int64_t)(resolution_us % TIME_MAX_US) *
		    NS_PER_US,
	};
	size_t tables;

	b.epoch = varint_read(&p, end);
	b.seq = varint_read(&p, end);
	b.n_answered = varint_read(&p, end);
	b.owner = (uint32_t)varint_read(&p, end);
	b.n_values = (uint32_t)varint_read(&p, end);
	b.n_masks = (uint32_t)varint_read(&p, end);
	b.n_sets = (uint32_t)varint_read(&p, end);
	b.masks = (uint32_t)(at + (size_t)(p - begin));
	b.end = (uint32_t)(at + length);
	tables = b.n_masks * sizeof(uint64_t) +
	    b.n_sets * sizeof(struct segment_row);
	if (at + length > UINT32_MAX || b.owner >= s->n_entities ||
	    b.window_ns == 0 || b.n_masks > SEGMENT_MASKS_MAX ||
	    b.n_sets > FRAME_SETS_MAX || tables > (size_t)(end - p) ||
	    !is_table_sane(s, &b, p + b.n_masks * sizeof(uint64_t),
	    (size_t)(end - p) - tables))
		return false;
	s->blocks = room_for_one(s->blocks, s->n_blocks, &s->cap_blocks,
	    sizeof *s->blocks);
	chain(s, &b);
	return true;
}

static bool
take_record(struct segment *s, struct str record)
{
	const unsigned char *p = (const unsigned char *)record.p;
	const unsigned char *end = p + record.len;
	size_t at = (size_t)(p - s->file.map);

	if (!take_strings(s, &p, end, at) || !take_entities(s, &p, end))
		return false;
	return segment_take_block(s, p, (size_t)(end - p),
	    (size_t)(p - s->file.map));
}

void
segment_index(struct segment *s)
{
	if (s->is_indexed)
		return;
	for (size_t i = 0; i < s->n_strings; i++) {
		struct str text = segment_str(s, (uint32_t)i);

		hash_index_add(&s->string_index,
		    hash_bytes(text.p, text.len, hash_seed()), (uint32_t)i);
	}
	s->is_indexed = true;
}

bool
segment_open(struct segment *s, const char *path, bool is_new,
    struct err *err)
{
	size_t offset = 0;
	struct str record;

	*s = (struct segment){ 0 };
	if (!segment_file_open(&s->file, path, is_new, err))
		return false;
	while (segment_file_next(&s->file, &offset, &record)) {
		if (!take_record(s, record)) {
			segment_close(s);
			return err_set(err, "%s: a record makes no sense",
			    path);
		}
	}
	return true;
}

void
segment_rest(struct segment *s)
{
	segment_file_trim(&s->file);
	hash_index_fini(&s->string_index);
	s->is_indexed = false;
}

static void
free_tables(struct segment *s)
{
	free(s->strings);
	free(s->entities);
	free(s->blocks);
	hash_index_fini(&s->string_index);
	*s = (struct segment){ .file.fd = -1 };
}

void
segment_close(struct segment *s)
{
	segment_file_close(&s->file);
	free_tables(s);
}

void
segment_remove(struct segment *s)
{
	segment_file_remove(&s->file);
	free_tables(s);
}
