/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"

#define FIRST_CHUNK_BYTES 16384
#define ALIGNMENT 16

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	size_t used;
	alignas(ALIGNMENT) char bytes[];
};

void
arena_init(struct arena *a, size_t max_bytes)
{
	*a = (struct arena){ .max_bytes = max_bytes };
}

void
arena_fini(struct arena *a)
{
	struct arena_chunk *c, *next;

	for (c = a->first; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct arena){ .max_bytes = a->max_bytes };
}

void
arena_reset(struct arena *a)
{
	for (struct arena_chunk *c = a->first; c != NULL; c = c->next)
		c->used = 0;
	a->current = a->first;
	a->used_bytes = 0;
}

void
arena_wipe(struct arena *a)
{
	for (struct arena_chunk *c = a->first; c != NULL; c = c->next)
		explicit_bzero(c->bytes, c->size);
}

/* A chunk with room for size, after the current one. */
static struct arena_chunk *
next_chunk(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->current == NULL ? NULL : a->current->next;
	size_t chunk = a->current == NULL ? FIRST_CHUNK_BYTES :
	    a->current->size * 2;

	while (c != NULL && c->size < size) {
		a->current->next = c->next;
		free(c);
		c = a->current->next;
	}
	if (c != NULL)
		return c;
	if (chunk < size)
		chunk = size;
	if (chunk > a->max_bytes)
		chunk = size > a->max_bytes ? size : a->max_bytes;
	c = malloc(sizeof *c + chunk);
	if (c == NULL)
		return NULL;
	*c = (struct arena_chunk){ .size = chunk };
	if (a->current == NULL)
		a->first = c;
	else
		a->current->next = c;
	return c;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->current;
	size_t need = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	void *p;

	if (need < size || need > a->max_bytes - a->used_bytes)
		return NULL;
	if (c == NULL || need > c->size - c->used) {
		c = next_chunk(a, need);
		if (c == NULL)
			return NULL;
		a->current = c;
	}
	p = c->bytes + c->used;
	c->used += need;
	a->used_bytes += need;
	if (a->used_bytes > a->high_water_bytes)
		a->high_water_bytes = a->used_bytes;
	return p;
}

bool
arena_grow(struct arena *a, void **items, size_t *cap, size_t want,
    size_t item_size)
{
	size_t n = *cap == 0 ? 4 : *cap, bytes;
	void *p;

	if (want <= *cap)
		return true;
	while (n < want)
		if (__builtin_mul_overflow(n, 2, &n))
			return false;
	if (__builtin_mul_overflow(n, item_size, &bytes))
		return false;
	p = arena_alloc(a, bytes);
	if (p == NULL)
		return false;
	if (*cap > 0)
		memcpy(p, *items, *cap * item_size);
	*items = p;
	*cap = n;
	return true;
}

struct str
arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.len + 1);

	if (p == NULL)
		return (struct str){ NULL, 0 };
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	return (struct str){ p, s.len };
}
