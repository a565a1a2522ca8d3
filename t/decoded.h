/* SPDX-License-Identifier: ISC */
/*
 * A kubelet's body decoded from an allocation of its own, and looking at what
 * was made of it.
 */
#ifndef T_DECODED_H
#define T_DECODED_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "common/json.h"
#include "common/labels.h"
#include "common/mem.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define DECODED_ARENA_BYTES (16u << 20)
#define NOW_NS INT64_C(1795425845000000000)	/* 2026-11-23T09:24:05Z */

typedef bool decode_fn(struct frame *frame, struct arena *arena,
    struct str body, int64_t now_ns, struct err *err);

/* A body in an allocation of its own and what was made of it. */
struct decoded {
	char *body;
	struct arena arena;
	struct frame frame;
	struct err err;
	bool is_decoded;
};

static inline void
decode_with(struct decoded *d, struct str body, decode_fn *decode)
{
	d->body = xcalloc(body.len + JSON_PAD, 1);
	memcpy(d->body, body.p, body.len);
	memset(d->body + body.len, '}', JSON_PAD);
	arena_init(&d->arena, DECODED_ARENA_BYTES);
	d->is_decoded = decode(&d->frame, &d->arena,
	    (struct str){ d->body, body.len }, NOW_NS, &d->err);
}

static inline void
decoded_fini(struct decoded *d)
{
	arena_fini(&d->arena);
	free(d->body);
}

/* Each set behind its parent and with its siblings, in order of types. */
static inline bool
is_hierarchical(const struct frame *f)
{
	size_t pod = 0;

	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *s = &f->sets[i];

		if (s->type == SET_POD)
			pod = i;
		if ((s->type == SET_NODE) != (i == 0) ||
		    (s->type == SET_SYS_CONTAINER && pod != 0) ||
		    s->parent != (s->type == SET_POD_CONTAINER ? pod : 0))
			return false;
	}
	return f->n_sets > 0;
}

static inline size_t
find_set(const struct frame *f, const char *key)
{
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < f->n_sets; i++) {
		buf_reset(&b);
		labels_key(&b, f, i);
		if (str_is(buf_str(&b), key))
			break;
	}
	buf_fini(&b);
	return i;
}

/* The value as text, "-" if it is absent. */
static inline const char *
value_of(const struct frame *f, const char *key, enum metric m)
{
	static char text[32];
	size_t set = find_set(f, key);

	if (set == f->n_sets || !set_has(&f->sets[set], m))
		return "-";
	snprintf(text, sizeof text, "%" PRIu64, f->sets[set].values[m].u);
	return text;
}

static inline const char *
labelled_value_of(const struct frame *f, const char *key, const char *id,
    enum metric m)
{
	static char text[32];
	size_t set = find_set(f, key);
	unsigned i = m - METRIC_PLAIN_COUNT;

	for (uint32_t r = 0; set < f->n_sets && r < f->sets[set].n_resources;
	    r++) {
		const struct resource *item = &f->sets[set].resources[r];

		if ((str_is(item->resource_id, id) ||
		    str_is(item->accelerator_id, id)) &&
		    item->present >> i & 1) {
			if (metrics[m].type == METRIC_FLOAT)
				snprintf(text, sizeof text, "%g",
				    item->values[i].f);
			else
				snprintf(text, sizeof text, "%" PRIu64,
				    item->values[i].u);
			return text;
		}
	}
	return "-";
}

#endif
