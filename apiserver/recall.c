/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "apiserver/recall.h"

void
recall_fini(struct recall *r)
{
	free(r->places);
	*r = (struct recall){ 0 };
}

/* The place of the hash, or the free one where it would be. */
static struct recalled_set *
place_of(const struct recall *r, uint64_t hash)
{
	size_t at = hash & (r->n_places - 1);

	while (r->places[at].hash != 0 && r->places[at].hash != hash)
		at = (at + 1) & (r->n_places - 1);
	return &r->places[at];
}

const struct recalled_set *
recall_find(const struct recall *r, uint64_t hash)
{
	const struct recalled_set *set;

	if (r->n_places == 0)
		return NULL;
	set = place_of(r, hash);
	return set->hash == 0 ? NULL : set;
}

void
recall_begin(struct recall *r, uint32_t serial, size_t n)
{
	uint32_t n_places = 16;

	while (n_places / 2 < n)
		n_places *= 2;
	if (n_places != r->n_places) {
		r->places = xrealloc(r->places, n_places, sizeof *r->places);
		r->n_places = n_places;
	}
	memset(r->places, 0, n_places * sizeof *r->places);
	r->serial = serial;
}

void
recall_add(struct recall *r, struct recalled_set set)
{
	*place_of(r, set.hash) = set;
}
