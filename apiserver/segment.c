/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/timestamp.h"

#include "apiserver/segment.h"
#include "apiserver/varint.h"

#define MASKS_MAX 4096

/* While a record is written: what is new in it is undone if it fails. */
struct writer {
	struct segment *segment;
	const struct frame *frame;
	struct buf strings, entities, masks, sets;
	uint64_t *mask_values;
	size_t n_masks;
	size_t n_strings_before, n_entities_before;
	uint32_t *table;	/* pairs: entity, offset */
};

/* Grows items to hold one more. */
static void *
room_for_one(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	*cap = *cap * 2 + 64;
	return xrealloc(items, *cap, size);
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

struct string_key {
	const struct writer *writer;
	struct str text;
};

/* A string of this record is not in the file yet: its offset counts from the
 * end of what is. */
static bool
string_is(const void *ctx, uint32_t at)
{
	const struct string_key *key = ctx;
	const struct writer *w = key->writer;
	const struct segment_string *t = &w->segment->strings[at];
	const char *base = at < w->n_strings_before ?
	    (const char *)w->segment->file.map : w->strings.p;

	return str_eq((struct str){ base + t->offset, t->length }, key->text);
}

static void
push_string(struct segment *s, size_t offset, size_t length)
{
	s->strings = room_for_one(s->strings, s->n_strings, &s->cap_strings,
	    sizeof *s->strings);
	s->strings[s->n_strings++] = (struct segment_string){
		offset, (uint32_t)length,
	};
}

static uint32_t
string_number(struct writer *w, struct str text)
{
	struct segment *s = w->segment;
	struct string_key key = { w, text };
	uint64_t hash;
	uint32_t at;

	if (text.p == NULL)
		return SEGMENT_NONE;
	hash = hash_bytes(text.p, text.len, hash_seed());
	at = hash_index_find(&s->string_index, hash, string_is, &key);
	if (at != HASH_NONE)
		return at;
	varint_add(&w->strings, text.len);
	push_string(s, w->strings.len, text.len);
	buf_add_str(&w->strings, text);
	hash_index_add(&s->string_index, hash, (uint32_t)s->n_strings - 1);
	return (uint32_t)s->n_strings - 1;
}

static void
push_entity(struct segment *s, const struct segment_entity *e)
{
	s->entities = room_for_one(s->entities, s->n_entities,
	    &s->cap_entities, sizeof *s->entities);
	s->entities[s->n_entities++] = *e;
}

/* SEGMENT_NONE becomes 0. */
static void
add_number(struct buf *out, uint32_t number)
{
	varint_add(out, (uint64_t)number + 1 == UINT64_C(1) << 32 ? 0 :
	    (uint64_t)number + 1);
}

static uint32_t
define_entity(struct writer *w, size_t set, const uint32_t *locals)
{
	const struct frame *f = w->frame;
	const struct metric_set *m = &f->sets[set];
	uint32_t number = (uint32_t)w->segment->n_entities;
	bool is_node = m->type == SET_NODE;
	struct segment_entity e = {
		.type = m->type,
		.parent = set == 0 ? number : locals[m->parent],
		.name = string_number(w, m->name.len == 0 && is_node ?
		    f->node : m->name),
		.namespace_name = string_number(w, m->namespace_name),
		.namespace_id = string_number(w, m->namespace_id),
		.pod_id = string_number(w, m->pod_id),
		.image = string_number(w, m->image),
		.labels = string_number(w, m->labels),
		.hostname = is_node ? string_number(w, f->hostname) :
		    SEGMENT_NONE,
		.host_id = is_node ? string_number(w, f->host_id) :
		    SEGMENT_NONE,
		.newest_block = SEGMENT_NONE,
		.global = SEGMENT_NONE,
	};

	buf_add_char(&w->entities, (char)e.type);
	add_number(&w->entities, e.parent);
	add_number(&w->entities, e.name);
	add_number(&w->entities, e.namespace_name);
	add_number(&w->entities, e.namespace_id);
	add_number(&w->entities, e.pod_id);
	add_number(&w->entities, e.image);
	add_number(&w->entities, e.labels);
	add_number(&w->entities, e.hostname);
	add_number(&w->entities, e.host_id);
	push_entity(w->segment, &e);
	return number;
}

static size_t
mask_number(struct writer *w, uint64_t mask)
{
	size_t i = 0;

	while (i < w->n_masks && w->mask_values[i] != mask)
		i++;
	if (i == w->n_masks) {
		w->mask_values[w->n_masks++] = mask;
		buf_add(&w->masks, &mask, sizeof mask);
	}
	return i;
}

static void
add_value(struct buf *out, enum metric m, union metric_value v)
{
	varint_add(out, metrics[m].type == METRIC_FLOAT ?
	    varint_of_double(v.f) : v.u);
}

static void
add_resources(struct writer *w, const struct metric_set *m)
{
	varint_add(&w->sets, m->n_resources);
	for (size_t r = 0; r < m->n_resources; r++) {
		const struct resource *res = &m->resources[r];

		add_number(&w->sets, string_number(w, res->resource_id));
		add_number(&w->sets, string_number(w, res->make));
		add_number(&w->sets, string_number(w, res->model));
		add_number(&w->sets, string_number(w, res->accelerator_id));
		varint_add(&w->sets, res->present);
		for (uint32_t todo = res->present; todo != 0;
		    todo &= todo - 1) {
			unsigned i = (unsigned)__builtin_ctz(todo);

			add_value(&w->sets,
			    (enum metric)(METRIC_PLAIN_COUNT + i),
			    res->values[i]);
		}
	}
}

/* 0 is unset; else the distance to the window, in microseconds, plus 1. */
static void
add_time(struct buf *out, int64_t at_ns, int64_t window_ns)
{
	varint_add(out, at_ns == 0 ? 0 :
	    varint_fold((at_ns - window_ns) / NS_PER_US) + 1);
}

static void
add_set(struct writer *w, const struct metric_set *m)
{
	size_t mask = w->n_masks < MASKS_MAX ? mask_number(w, m->present) : 0;

	varint_add(&w->sets, mask);
	add_time(&w->sets, m->scraped_ns, w->frame->window_ns);
	add_time(&w->sets, m->start_ns, w->frame->window_ns);
	for (uint64_t todo = m->present; todo != 0; todo &= todo - 1) {
		enum metric id = (enum metric)__builtin_ctzll(todo);

		add_value(&w->sets, id, m->values[id]);
	}
	add_resources(w, m);
}

static int
by_entity(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
put_header(struct writer *w, struct buf *out, uint64_t epoch, uint64_t seq,
    uint32_t owner)
{
	const struct segment *s = w->segment;
	const struct frame *f = w->frame;

	varint_add(out, s->n_strings - w->n_strings_before);
	buf_add_str(out, buf_str(&w->strings));
	varint_add(out, s->n_entities - w->n_entities_before);
	buf_add_str(out, buf_str(&w->entities));
	varint_add(out, (uint64_t)(f->window_ns / NS_PER_US));
	varint_add(out, (uint64_t)(f->resolution_ns / NS_PER_US));
	varint_add(out, epoch);
	varint_add(out, seq);
	varint_add(out, f->n_answered);
	varint_add(out, owner);
	varint_add(out, w->n_masks);
	varint_add(out, f->n_sets);
	buf_add_str(out, buf_str(&w->masks));
	buf_add(out, w->table, f->n_sets * 2 * sizeof *w->table);
	buf_add_str(out, buf_str(&w->sets));
}

/* Reads what put_header() wrote; the record begins at offset at. */
static bool
take_record(struct segment *s, size_t at, size_t length)
{
	const unsigned char *base = s->file.map, *p = base + at;
	const unsigned char *end = p + length;
	uint64_t n = varint_read(&p, end);
	struct segment_block b = { .previous = SEGMENT_NONE };

	for (; n > 0 && p < end; n--) {
		uint64_t bytes = varint_read(&p, end);

		if (bytes > (uint64_t)(end - p))
			return false;
		push_string(s, (size_t)(p - base), (size_t)bytes);
		p += bytes;
	}
	for (n = varint_read(&p, end); n > 0 && p < end; n--) {
		struct segment_entity e = {
			.newest_block = SEGMENT_NONE,
			.global = SEGMENT_NONE,
		};

		e.type = (enum set_type)*p++;
		e.parent = (uint32_t)varint_read(&p, end) - 1;
		e.name = (uint32_t)varint_read(&p, end) - 1;
		e.namespace_name = (uint32_t)varint_read(&p, end) - 1;
		e.namespace_id = (uint32_t)varint_read(&p, end) - 1;
		e.pod_id = (uint32_t)varint_read(&p, end) - 1;
		e.image = (uint32_t)varint_read(&p, end) - 1;
		e.labels = (uint32_t)varint_read(&p, end) - 1;
		e.hostname = (uint32_t)varint_read(&p, end) - 1;
		e.host_id = (uint32_t)varint_read(&p, end) - 1;
		if (e.type >= SET_TYPE_COUNT || e.parent > s->n_entities)
			return false;
		push_entity(s, &e);
	}
	b.window_ns = (int64_t)varint_read(&p, end) * NS_PER_US;
	b.resolution_ns = (int64_t)varint_read(&p, end) * NS_PER_US;
	b.epoch = varint_read(&p, end);
	b.seq = varint_read(&p, end);
	b.n_answered = varint_read(&p, end);
	b.owner = (uint32_t)varint_read(&p, end);
	b.n_masks = (uint32_t)varint_read(&p, end);
	b.n_sets = (uint32_t)varint_read(&p, end);
	b.masks = (size_t)(p - base);
	b.table = b.masks + b.n_masks * sizeof(uint64_t);
	b.end = at + length;
	if (b.owner >= s->n_entities || b.n_masks > MASKS_MAX ||
	    b.n_sets > FRAME_SETS_MAX ||
	    b.table + (size_t)b.n_sets * 8 > b.end)
		return false;
	b.previous = s->entities[b.owner].newest_block;
	s->entities[b.owner].newest_block = (uint32_t)s->n_blocks;
	s->blocks = room_for_one(s->blocks, s->n_blocks, &s->cap_blocks,
	    sizeof *s->blocks);
	s->blocks[s->n_blocks++] = b;
	if (s->oldest_ns == 0 || b.window_ns < s->oldest_ns)
		s->oldest_ns = b.window_ns;
	if (b.window_ns > s->newest_ns)
		s->newest_ns = b.window_ns;
	return true;
}

/* What the record added to the tables before it was written is read back from
 * it, with the offsets that it has in the file. */
static void
undo(struct writer *w)
{
	struct segment *s = w->segment;

	for (size_t i = w->n_strings_before; i < s->n_strings; i++) {
		struct str text = { w->strings.p + s->strings[i].offset,
			s->strings[i].length };

		hash_index_remove(&s->string_index,
		    hash_bytes(text.p, text.len, hash_seed()), (uint32_t)i);
	}
	s->n_strings = w->n_strings_before;
	s->n_entities = w->n_entities_before;
}

static void
index_strings(struct segment *s, size_t from)
{
	for (size_t i = from; i < s->n_strings; i++) {
		struct str text = segment_str(s, (uint32_t)i);

		hash_index_add(&s->string_index,
		    hash_bytes(text.p, text.len, hash_seed()), (uint32_t)i);
	}
}

static void
writer_fini(struct writer *w)
{
	buf_fini(&w->strings);
	buf_fini(&w->entities);
	buf_fini(&w->masks);
	buf_fini(&w->sets);
	free(w->mask_values);
	free(w->table);
}

bool
segment_append(struct segment *s, const struct frame *f, uint64_t epoch,
    uint64_t seq, uint32_t *locals, struct err *err)
{
	struct writer w = {
		.segment = s,
		.frame = f,
		.n_strings_before = s->n_strings,
		.n_entities_before = s->n_entities,
		.mask_values = xcalloc(MASKS_MAX, sizeof(uint64_t)),
		.table = xcalloc(f->n_sets + 1, 2 * sizeof(uint32_t)),
	};
	struct buf record = BUF_INIT;
	size_t at = SIZE_MAX;

	for (size_t i = 0; i < f->n_sets; i++) {
		if (locals[i] == SEGMENT_NONE)
			locals[i] = define_entity(&w, i, locals);
		w.table[2 * i] = locals[i];
		w.table[2 * i + 1] = (uint32_t)w.sets.len;
		add_set(&w, &f->sets[i]);
	}
	qsort(w.table, f->n_sets, 2 * sizeof *w.table, by_entity);
	put_header(&w, &record, epoch, seq, locals[0]);
	undo(&w);
	if (record.failed || w.sets.failed || w.strings.failed)
		err_set(err, "out of memory");
	else
		at = segment_file_append(&s->file, buf_str(&record), err);
	if (at != SIZE_MAX) {
		take_record(s, at, record.len);
		index_strings(s, w.n_strings_before);
	}
	buf_fini(&record);
	writer_fini(&w);
	return at != SIZE_MAX;
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
		if (!take_record(s, (size_t)((unsigned char *)record.p -
		    s->file.map), record.len)) {
			err_set(err, "%s: a record makes no sense", path);
			segment_close(s);
			return false;
		}
	}
	index_strings(s, 0);
	return true;
}

static void
free_tables(struct segment *s)
{
	free(s->strings);
	free(s->entities);
	free(s->blocks);
	hash_index_fini(&s->string_index);
}

void
segment_close(struct segment *s)
{
	segment_file_close(&s->file);
	free_tables(s);
	*s = (struct segment){ .file.fd = -1 };
}

void
segment_remove(struct segment *s)
{
	segment_file_remove(&s->file);
	free_tables(s);
	*s = (struct segment){ .file.fd = -1 };
}
