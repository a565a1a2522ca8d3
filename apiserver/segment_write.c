/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/timestamp.h"
#include "common/varint.h"

#include "apiserver/segment_impl.h"

struct string_key {
	const struct segment_writer *writer;
	struct str text;
};

/* A string of this record is not in the file yet: its offset counts from the
 * beginning of the new ones. */
static bool
string_is(const void *ctx, uint32_t at)
{
	const struct string_key *key = ctx;
	const struct segment_writer *w = key->writer;
	const struct segment_string *t = &w->segment->strings[at];
	const char *base = at < w->n_strings_before ?
	    (const char *)w->segment->file.map : w->strings.p;

	return t->length == key->text.len &&
	    memcmp(base + t->offset, key->text.p, t->length) == 0;
}

static uint32_t
string_number(struct segment_writer *w, struct str text)
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
	at = segment_push_string(s, w->strings.len, text.len);
	buf_add_str(&w->strings, text);
	hash_index_add(&s->string_index, hash, at);
	return at;
}

/* Pairs of key and value, each with its length in front. */
static struct str
stored_labels(struct buf *out, const struct metric_set *m)
{
	if (m->n_stored == 0)
		return (struct str){ NULL, 0 };
	buf_reset(out);
	for (size_t i = 0; i < m->n_stored; i++) {
		varint_add(out, m->stored[i].key.len);
		buf_add_str(out, m->stored[i].key);
		varint_add(out, m->stored[i].value.len);
		buf_add_str(out, m->stored[i].value);
	}
	return buf_str(out);
}

void
segment_texts_of(const struct frame *f, size_t set, struct buf *stored,
    struct str texts[TEXT_COUNT])
{
	const struct metric_set *m = &f->sets[set];
	bool is_node = m->type == SET_NODE;
	const struct str absent = { NULL, 0 };

	texts[TEXT_NAME] = is_node ? f->node : m->name;
	texts[TEXT_NAMESPACE] = m->namespace_name;
	texts[TEXT_NAMESPACE_ID] = m->namespace_id;
	texts[TEXT_POD_ID] = m->pod_id;
	texts[TEXT_IMAGE] = m->image;
	texts[TEXT_LABELS] = m->labels;
	texts[TEXT_STORED] = stored_labels(stored, m);
	texts[TEXT_HOSTNAME] = is_node ? f->hostname : absent;
	texts[TEXT_HOST_ID] = is_node ? f->host_id : absent;
	texts[TEXT_SCHEDULABLE] = is_node ? f->schedulable : absent;
}

/* Its texts count from the beginning of the new ones, like its strings. */
static uint32_t
define_entity(struct segment_writer *w, size_t set, const uint32_t *locals)
{
	const struct metric_set *m = &w->frame->sets[set];
	struct segment_entity e = {
		.type = m->type,
		.parent = set == 0 ? (uint32_t)w->segment->n_entities :
		    locals[m->parent],
		.newest_block = SEGMENT_NONE,
		.global = SEGMENT_NONE,
	};
	struct str texts[TEXT_COUNT];
	uint32_t numbers[TEXT_COUNT];

	segment_texts_of(w->frame, set, &w->stored, texts);
	buf_add_char(&w->entities, (char)e.type);
	varint_add(&w->entities, e.parent);
	e.texts = (uint32_t)w->entities.len;
	for (size_t t = 0; t < TEXT_COUNT; t++) {
		numbers[t] = string_number(w, texts[t]);
		varint_add(&w->entities, (uint32_t)(numbers[t] + 1));
	}
	e.name = numbers[TEXT_NAME];
	e.namespace_name = numbers[TEXT_NAMESPACE];
	return segment_push_entity(w->segment, &e);
}

/* The number of the mask plus 1; 0 and the mask itself when there are too
 * many different ones. */
static unsigned char *
put_mask(struct segment_writer *w, unsigned char *p, uint64_t mask)
{
	size_t i = 0;

	while (i < w->n_masks && w->masks[i] != mask)
		i++;
	if (i == SEGMENT_MASKS_MAX) {
		*p++ = 0;
		memcpy(p, &mask, sizeof mask);
		return p + sizeof mask;
	}
	if (i == w->n_masks)
		w->masks[w->n_masks++] = mask;
	return varint_put(p, i + 1);
}

static inline unsigned char *
put_value(unsigned char *p, enum metric m, union metric_value v)
{
	return varint_put(p, metrics[m].type == METRIC_FLOAT ?
	    varint_of_double(v.f) : v.u);
}

/* As string_number().  Resources have the same few names again and again. */
static uint32_t
resource_string(struct segment_writer *w, struct str text)
{
	uint64_t hash;
	uint32_t *recent;

	if (text.p == NULL)
		return SEGMENT_NONE;
	hash = hash_bytes(text.p, text.len, hash_seed());
	recent = &w->recent[hash % SEGMENT_RECENT_STRINGS];
	if (*recent == 0 || !string_is(&(struct string_key){ w, text },
	    *recent - 1))
		*recent = string_number(w, text) + 1;
	return *recent - 1;
}

static unsigned char *
put_resource(struct segment_writer *w, unsigned char *p,
    const struct resource *r)
{
	const struct str *const texts[SEGMENT_RESOURCE_TEXTS] = {
		&r->resource_id, &r->make, &r->model, &r->accelerator_id,
		&r->claim,
	};

	for (size_t t = 0; t < SEGMENT_RESOURCE_TEXTS; t++)
		p = varint_put(p,
		    (uint32_t)(resource_string(w, *texts[t]) + 1));
	p = varint_put(p, r->present);
	for (uint32_t todo = r->present; todo != 0; todo &= todo - 1) {
		unsigned i = (unsigned)__builtin_ctz(todo);

		p = put_value(p, (enum metric)(METRIC_PLAIN_COUNT + i),
		    r->values[i]);
	}
	return p;
}

/* 0 is unset; else the distance to the window, in microseconds, plus 1. */
static inline unsigned char *
put_time(unsigned char *p, int64_t at_ns, int64_t window_ns)
{
	return varint_put(p, at_ns == 0 ? 0 :
	    varint_fold(at_ns / NS_PER_US - window_ns / NS_PER_US) + 1);
}

/* The mask, two times and the number of resources beside the values. */
#define SET_BYTES_MAX ((METRIC_PLAIN_COUNT + 4) * VARINT_MAX_BYTES)
#define RESOURCE_BYTES_MAX ((METRIC_LABELLED_COUNT + \
	SEGMENT_RESOURCE_TEXTS + 1) * VARINT_MAX_BYTES)

static void
add_set(struct segment_writer *w, const struct metric_set *m)
{
	unsigned char *p = (unsigned char *)buf_reserve(&w->sets,
	    SET_BYTES_MAX + m->n_resources * RESOURCE_BYTES_MAX);

	if (p == NULL)
		return;
	p = put_mask(w, p, m->present);
	p = put_time(p, m->scraped_ns, w->frame->window_ns);
	p = put_time(p, m->start_ns, w->frame->window_ns);
	for (uint64_t todo = m->present; todo != 0; todo &= todo - 1) {
		enum metric id = (enum metric)__builtin_ctzll(todo);

		p = put_value(p, id, m->values[id]);
	}
	p = varint_put(p, m->n_resources);
	for (size_t r = 0; r < m->n_resources; r++)
		p = put_resource(w, p, &m->resources[r]);
	w->sets.len = (size_t)((char *)p - w->sets.p);
}

static int
by_entity(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sets come in the order of their numbers unless pods have come and gone. */
static void
sort_table(struct segment_writer *w)
{
	size_t n = w->frame->n_sets, i = 1;

	while (i < n && w->table[2 * i] > w->table[2 * (i - 1)])
		i++;
	if (i < n)
		qsort(w->table, n, 2 * sizeof *w->table, by_entity);
}

static void
add_sets(struct segment_writer *w, uint32_t *locals)
{
	const struct frame *f = w->frame;

	if (f->n_sets > w->cap_table) {
		w->cap_table = f->n_sets * 2;
		w->table = xrealloc(w->table, w->cap_table,
		    2 * sizeof *w->table);
	}
	for (size_t i = 0; i < f->n_sets; i++) {
		if (locals[i] == SEGMENT_NONE)
			locals[i] = define_entity(w, i, locals);
		w->table[2 * i] = locals[i];
		w->table[2 * i + 1] = (uint32_t)w->sets.len;
		add_set(w, &f->sets[i]);
	}
	sort_table(w);
}

static uint64_t
count_values(const struct frame *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *m = &f->sets[i];

		n += (uint64_t)__builtin_popcountll(m->present);
		for (size_t r = 0; r < m->n_resources; r++)
			n += (uint64_t)__builtin_popcount(
			    m->resources[r].present);
	}
	return n;
}

/* Where in the record the new strings begin, the new entities, the block. */
struct layout {
	size_t strings;
	size_t entities;
	size_t block;
};

static struct layout
put_record(struct segment_writer *w, uint64_t epoch, uint64_t seq,
    uint32_t owner)
{
	const struct frame *f = w->frame;
	struct buf *out = &w->record;
	struct layout at;

	varint_add(out, w->segment->n_strings - w->n_strings_before);
	at.strings = out->len;
	buf_add_str(out, buf_str(&w->strings));
	varint_add(out, w->segment->n_entities - w->n_entities_before);
	at.entities = out->len;
	buf_add_str(out, buf_str(&w->entities));
	at.block = out->len;
	varint_add(out, (uint64_t)(f->window_ns / NS_PER_US));
	varint_add(out, (uint64_t)(f->resolution_ns / NS_PER_US));
	varint_add(out, epoch);
	varint_add(out, seq);
	varint_add(out, f->n_answered);
	varint_add(out, owner);
	varint_add(out, count_values(f));
	varint_add(out, w->n_masks);
	varint_add(out, f->n_sets);
	buf_add(out, w->masks, w->n_masks * sizeof w->masks[0]);
	buf_add(out, w->table, f->n_sets * 2 * sizeof *w->table);
	buf_add_str(out, buf_str(&w->sets));
	return at;
}

/* Forgets the strings and entities of a record that was not written. */
static void
undo(struct segment_writer *w)
{
	struct segment *s = w->segment;

	for (size_t i = w->n_strings_before; i < s->n_strings; i++)
		hash_index_remove(&s->string_index,
		    hash_bytes(w->strings.p + s->strings[i].offset,
		    s->strings[i].length, hash_seed()), (uint32_t)i);
	s->n_strings = w->n_strings_before;
	s->n_entities = w->n_entities_before;
}

static void
begin(struct segment_writer *w, struct segment *s, const struct frame *f)
{
	segment_index(s);
	w->segment = s;
	w->frame = f;
	w->n_strings_before = s->n_strings;
	w->n_entities_before = s->n_entities;
	w->n_masks = 0;
	memset(w->recent, 0, sizeof w->recent);
	buf_reset(&w->strings);
	buf_reset(&w->entities);
	buf_reset(&w->sets);
	buf_reset(&w->record);
}

bool
segment_append(struct segment *s, struct segment_writer *w,
    const struct frame *f, uint64_t epoch, uint64_t seq, uint32_t *locals,
    struct err *err)
{
	struct layout layout;
	size_t at = SIZE_MAX;
	bool is_whole;

	begin(w, s, f);
	add_sets(w, locals);
	layout = put_record(w, epoch, seq, locals[0]);
	if (w->record.failed || w->sets.failed || w->strings.failed ||
	    w->entities.failed || w->stored.failed)
		err_set(err, "out of memory");
	else if (s->file.used + w->record.len > UINT32_MAX / 2)
		err_set(err, "segment too large");
	else
		at = segment_file_append(&s->file, buf_str(&w->record), err);
	if (at == SIZE_MAX) {
		undo(w);
		return false;
	}
	for (size_t i = w->n_strings_before; i < s->n_strings; i++)
		s->strings[i].offset += (uint32_t)(at + layout.strings);
	for (size_t i = w->n_entities_before; i < s->n_entities; i++)
		s->entities[i].texts += (uint32_t)(at + layout.entities);
	is_whole = segment_take_block(s, (unsigned char *)w->record.p +
	    layout.block, w->record.len - layout.block, at + layout.block);
	assert(is_whole);
	return is_whole;
}

void
segment_writer_fini(struct segment_writer *w)
{
	buf_fini(&w->strings);
	buf_fini(&w->entities);
	buf_fini(&w->sets);
	buf_fini(&w->record);
	buf_fini(&w->stored);
	free(w->table);
	*w = (struct segment_writer){ 0 };
}
