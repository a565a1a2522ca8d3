/* SPDX-License-Identifier: ISC */
/*
 * A JSON document in an allocation of its own, so that reading beyond the
 * padding is seen.  What the padding holds must not matter: it is filled with
 * fill.
 */
#ifndef T_JSON_DOCUMENT_H
#define T_JSON_DOCUMENT_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/mem.h"

#define DOCUMENT_ARENA_BYTES (1u << 20)

struct document {
	char *memory;
	struct arena arena;
	struct json json;
};

static inline void
open_filled(struct document *d, struct str text, char fill)
{
	d->memory = xcalloc(text.len + JSON_PAD, 1);
	if (text.len > 0)
		memcpy(d->memory, text.p, text.len);
	memset(d->memory + text.len, fill, JSON_PAD);
	arena_init(&d->arena, DOCUMENT_ARENA_BYTES);
	json_begin(&d->json, (struct str){ d->memory, text.len }, &d->arena);
}

static inline struct json *
open_document(struct document *d, const char *text)
{
	open_filled(d, str_of(text), '\0');
	return &d->json;
}

static inline void
close_document(struct document *d)
{
	arena_fini(&d->arena);
	free(d->memory);
}

static inline bool
is_fine(struct document *d)
{
	struct err err;

	return json_end(&d->json, &err);
}

#endif
