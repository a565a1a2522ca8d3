/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/timestamp.h"
#include "common/varint.h"

#include "apiserver/segment_impl.h"

const unsigned char *
segment_table(const struct segment *s, const struct segment_block *b)
{
	return s->file.map + b->masks + b->n_masks * sizeof(uint64_t);
}

static const unsigned char *
sets_of(const struct segment *s, const struct segment_block *b)
{
	return segment_table(s, b) + b->n_sets * sizeof(struct segment_row);
}

static struct segment_row
row_at(const struct segment *s, const struct segment_block *b, size_t i)
{
	struct segment_row row;

	memcpy(&row, segment_table(s, b) + i * sizeof row, sizeof row);
	return row;
}

uint32_t
segment_block_entity(const struct segment *s, const struct segment_block *b,
    size_t i)
{
	return row_at(s, b, i).entity;
}

static int64_t
read_time(const unsigned char **p, const unsigned char *end,
    int64_t window_ns)
{
	uint64_t v = varint_read(p, end);
	int64_t at_ns;

	if (v == 0 || __builtin_add_overflow(varint_unfold(v - 1),
	    window_ns / NS_PER_US, &at_ns) ||
	    __builtin_mul_overflow(at_ns, NS_PER_US, &at_ns))
		return 0;
	return at_ns;
}

static uint64_t
read_mask(const struct segment *s, const struct segment_block *b,
    const unsigned char **p, const unsigned char *end)
{
	uint64_t number = varint_read(p, end), mask = 0;

	if (number > 0 && number <= b->n_masks) {
		memcpy(&mask, s->file.map + b->masks + (number - 1) *
		    sizeof mask, sizeof mask);
	} else if (number == 0 && (size_t)(end - *p) >= sizeof mask) {
		memcpy(&mask, *p, sizeof mask);
		*p += sizeof mask;
	}
	return mask & (~UINT64_C(0) >> (64 - METRIC_PLAIN_COUNT));
}

void
segment_read_set(const struct segment *s, const struct segment_block *b,
    uint32_t offset, struct segment_set *out)
{
	const unsigned char *p = sets_of(s, b) + offset;

	out->end = s->file.map + b->end;
	out->present = read_mask(s, b, &p, out->end);
	out->scraped_ns = read_time(&p, out->end, b->window_ns);
	out->start_ns = read_time(&p, out->end, b->window_ns);
	out->values = p;
}

bool
segment_find_set(const struct segment *s, const struct segment_block *b,
    uint32_t entity, struct segment_set *out)
{
	size_t low = 0, high = b->n_sets;
	struct segment_row row;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (row_at(s, b, middle).entity < entity)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == b->n_sets)
		return false;
	row = row_at(s, b, low);
	if (row.entity != entity)
		return false;
	segment_read_set(s, b, row.offset, out);
	return true;
}

union metric_value
segment_to_value(enum metric m, uint64_t v)
{
	union metric_value value;

	if (metrics[m].type == METRIC_FLOAT)
		value.f = varint_to_double(v);
	else
		value.u = v;
	return value;
}

bool
segment_value(const struct segment_set *set, enum metric m,
    union metric_value *out)
{
	const unsigned char *p = set->values;
	uint64_t before = set->present & ((UINT64_C(1) << m) - 1);

	if ((set->present >> m & 1) == 0)
		return false;
	for (; before != 0; before &= before - 1)
		varint_read(&p, set->end);
	*out = segment_to_value(m, varint_read(&p, set->end));
	return true;
}

static bool
is_string(const struct segment *s, uint64_t number, struct str want)
{
	struct str text = segment_str(s, (uint32_t)number - 1);

	return (text.p == NULL) == (want.p == NULL) && str_eq(text, want);
}

/* Reads one resource; true if it is the one, with its value in *out. */
static bool
take_resource(const struct segment *s, const unsigned char **p,
    const unsigned char *end, const struct resource *like, enum metric m,
    bool *has_value, union metric_value *out)
{
	bool matches = is_string(s, varint_read(p, end), like->resource_id);
	uint32_t todo;

	matches &= is_string(s, varint_read(p, end), like->make);
	matches &= is_string(s, varint_read(p, end), like->model);
	matches &= is_string(s, varint_read(p, end), like->accelerator_id);
	varint_read(p, end);	/* the claim is no part of the identity */
	for (todo = (uint32_t)varint_read(p, end); todo != 0;
	    todo &= todo - 1) {
		unsigned i = (unsigned)__builtin_ctz(todo);
		uint64_t v = varint_read(p, end);

		if (matches && METRIC_PLAIN_COUNT + i == m) {
			*out = segment_to_value(m, v);
			*has_value = true;
		}
	}
	return matches;
}

bool
segment_resource_value(const struct segment *s, const struct segment_set *set,
    const struct resource *like, enum metric m, union metric_value *out)
{
	const unsigned char *p = set->values;
	uint64_t n;
	bool has_value = false;

	for (uint64_t todo = set->present; todo != 0; todo &= todo - 1)
		varint_read(&p, set->end);
	for (n = varint_read(&p, set->end); n > 0 && p < set->end; n--)
		if (take_resource(s, &p, set->end, like, m, &has_value, out))
			return has_value;
	return false;
}
