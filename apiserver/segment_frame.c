/* SPDX-License-Identifier: ISC */
/* A block read back as the frame that it was. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/varint.h"

#include "apiserver/segment_impl.h"

static int
by_offset(const void *a, const void *b)
{
	const struct segment_row *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The rows in the order that the sets had in the frame. */
static struct segment_row *
rows_as_sent(const struct segment *s, const struct segment_block *b,
    struct arena *a)
{
	struct segment_row *rows = arena_alloc(a, b->n_sets * sizeof *rows);
	size_t i = 1;

	if (rows == NULL)
		return NULL;
	memcpy(rows, segment_table(s, b), b->n_sets * sizeof *rows);
	while (i < b->n_sets && rows[i].offset > rows[i - 1].offset)
		i++;
	if (i < b->n_sets)
		qsort(rows, b->n_sets, sizeof *rows, by_offset);
	return rows;
}

static struct str
read_str(const unsigned char **p, const unsigned char *end)
{
	uint64_t length = varint_read(p, end);
	struct str text = { (const char *)*p, 0 };

	if (length > (uint64_t)(end - *p))
		length = (uint64_t)(end - *p);
	text.len = (size_t)length;
	*p += length;
	return text;
}

static bool
read_stored(struct metric_set *m, struct arena *a, struct str text)
{
	const unsigned char *p = (const unsigned char *)text.p, *end;

	if (text.len == 0)
		return true;
	end = p + text.len;
	m->stored = arena_alloc(a, FRAME_STORED_MAX * sizeof *m->stored);
	if (m->stored == NULL)
		return false;
	while (p < end && m->n_stored < FRAME_STORED_MAX) {
		struct label *label = &m->stored[m->n_stored++];

		label->key = read_str(&p, end);
		label->value = read_str(&p, end);
	}
	return true;
}

static bool
describe(const struct segment *s, uint32_t entity, struct metric_set *m,
    struct arena *a)
{
	struct str texts[TEXT_COUNT];

	segment_texts(s, entity, texts);
	m->name = texts[TEXT_NAME];
	m->namespace_name = texts[TEXT_NAMESPACE];
	m->namespace_id = texts[TEXT_NAMESPACE_ID];
	m->pod_id = texts[TEXT_POD_ID];
	m->image = texts[TEXT_IMAGE];
	m->labels = texts[TEXT_LABELS];
	return read_stored(m, a, texts[TEXT_STORED]);
}

static bool
read_resource(const struct segment *s, const unsigned char **p,
    const unsigned char *end, struct resource *r)
{
	if (r == NULL)
		return false;
	r->resource_id = segment_str(s, (uint32_t)varint_read(p, end) - 1);
	r->make = segment_str(s, (uint32_t)varint_read(p, end) - 1);
	r->model = segment_str(s, (uint32_t)varint_read(p, end) - 1);
	r->accelerator_id = segment_str(s, (uint32_t)varint_read(p, end) - 1);
	r->claim = segment_str(s, (uint32_t)varint_read(p, end) - 1);
	r->present = (uint32_t)varint_read(p, end) &
	    (~UINT32_C(0) >> (32 - METRIC_LABELLED_COUNT));
	for (uint32_t todo = r->present; todo != 0; todo &= todo - 1) {
		unsigned i = (unsigned)__builtin_ctz(todo);

		r->values[i] = segment_to_value((enum metric)(METRIC_PLAIN_COUNT + i),
		    varint_read(p, end));
	}
	return true;
}

static bool
read_values(const struct segment *s, const struct segment_set *set,
    struct frame *f, size_t at, struct arena *a)
{
	struct metric_set *m = &f->sets[at];
	const unsigned char *p = set->values;
	uint64_t n;

	m->scraped_ns = set->scraped_ns;
	m->start_ns = set->start_ns;
	m->present = set->present;
	for (uint64_t todo = set->present; todo != 0; todo &= todo - 1) {
		enum metric id = (enum metric)__builtin_ctzll(todo);

		m->values[id] = segment_to_value(id, varint_read(&p, set->end));
	}
	n = varint_read(&p, set->end);
	for (; n > 0 && m->n_resources < FRAME_RESOURCES_MAX; n--)
		if (!read_resource(s, &p, set->end,
		    frame_add_resource(f, a, at)))
			return false;
	return true;
}

/* A pod stands before its containers, so that its set is the last pod's. */
static size_t
parent_of(const struct frame *f, enum set_type type)
{
	size_t at = f->n_sets;

	if (type == SET_POD_CONTAINER)
		while (at > 1 && f->sets[at - 1].type != SET_POD)
			at--;
	return type == SET_POD_CONTAINER && at > 0 ? at - 1 : 0;
}

static void
begin_frame(const struct segment *s, const struct segment_block *b,
    struct frame *out)
{
	frame_clear(out);
	out->kind = s->entities[b->owner].type == SET_NODE ? FRAME_NODE :
	    FRAME_ROLLUP;
	out->window_ns = b->window_ns;
	out->resolution_ns = b->resolution_ns;
	out->n_answered = b->n_answered;
	if (out->kind != FRAME_NODE)
		return;
	out->node = segment_text(s, b->owner, TEXT_NAME);
	out->hostname = segment_text(s, b->owner, TEXT_HOSTNAME);
	out->host_id = segment_text(s, b->owner, TEXT_HOST_ID);
	out->schedulable = segment_text(s, b->owner, TEXT_SCHEDULABLE);
}

bool
segment_frame(const struct segment *s, const struct segment_block *b,
    struct arena *a, struct frame *out)
{
	struct segment_row *rows = rows_as_sent(s, b, a);

	begin_frame(s, b, out);
	if (rows == NULL || !frame_reserve_sets(out, a, b->n_sets))
		return false;
	for (size_t i = 0; i < b->n_sets; i++) {
		enum set_type type = s->entities[rows[i].entity].type;
		size_t at = frame_add_set(out, a, type, parent_of(out, type));
		struct segment_set set;

		segment_read_set(s, b, rows[i].offset, &set);
		if (at == SIZE_MAX ||
		    !describe(s, rows[i].entity, &out->sets[at], a) ||
		    !read_values(s, &set, out, at, a))
			return false;
	}
	return true;
}
