/* SPDX-License-Identifier: ISC */
/*
 * For any body and a decoder of kubelets' bodies: decoded or refused; what is
 * decoded is a hierarchy of sets of different names, and is decoded again to
 * the same, whatever stands behind the body.
 */
#ifndef T_FUZZ_DECODED_H
#define T_FUZZ_DECODED_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/frame.h"
#include "common/json.h"

#define ARENA_BYTES (64u << 20)
#define NOW_NS INT64_C(1795425845000000000)

#define CHECK(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
check_resource(const struct resource *r)
{
	CHECK(r->present >> METRIC_LABELLED_COUNT == 0);
	CHECK(r->resource_id.len == 0 || r->resource_id.p != NULL);
}

/* What a set says of one resource is one. */
static inline void
check_resources(const struct metric_set *s)
{
	CHECK(s->n_resources <= FRAME_RESOURCES_MAX);
	for (uint32_t r = 0; r < s->n_resources; r++) {
		const struct resource *one = &s->resources[r];

		check_resource(one);
		for (uint32_t k = 0; k < r; k++)
			CHECK(one->accelerator_id.p != NULL ||
			    one->make.p != NULL || one->model.p != NULL ||
			    s->resources[k].accelerator_id.p != NULL ||
			    s->resources[k].make.p != NULL ||
			    s->resources[k].model.p != NULL ||
			    !str_eq(one->resource_id,
			    s->resources[k].resource_id));
	}
}

static inline void
check_frame(const struct frame *f)
{
	size_t pod = 0;

	CHECK(f->n_sets > 0 && f->n_sets <= FRAME_SETS_MAX);
	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *s = &f->sets[i];

		if (s->type == SET_POD)
			pod = i;
		CHECK((s->type == SET_NODE) == (i == 0));
		CHECK(s->type != SET_SYS_CONTAINER || pod == 0);
		CHECK(s->parent ==
		    (s->type == SET_POD_CONTAINER ? pod : 0));
		CHECK(i == 0 || s->name.len > 0);
		CHECK(s->present >> METRIC_PLAIN_COUNT == 0);
		CHECK(s->start_ns >= 0 && s->scraped_ns >= 0);
		check_resources(s);
		for (size_t k = i; k-- > 1 && f->n_sets < 200;)
			CHECK(f->sets[k].type != s->type ||
			    f->sets[k].parent != s->parent ||
			    !str_eq(f->sets[k].name, s->name) ||
			    !str_eq(f->sets[k].namespace_name,
			    s->namespace_name));
	}
}

static inline void
check_same(const struct frame *a, const struct frame *b)
{
	CHECK(a->n_sets == b->n_sets);
	for (size_t i = 0; i < a->n_sets; i++) {
		const struct metric_set *x = &a->sets[i], *y = &b->sets[i];

		CHECK(x->present == y->present && str_eq(x->name, y->name));
		CHECK(x->n_resources == y->n_resources);
		for (unsigned m = 0; m < METRIC_PLAIN_COUNT; m++)
			CHECK(!set_has(x, m) ||
			    x->values[m].u == y->values[m].u);
	}
}

static inline void
check_decoder(bool (*decode)(struct frame *, struct arena *, struct str,
    int64_t, struct err *), const uint8_t *data, size_t size)
{
	char *text = malloc(size + JSON_PAD);
	static const char pads[3] = { '\0', '}', '7' };
	struct arena arenas[3];
	struct frame frames[3];
	bool is_decoded[3];
	struct err err;

	CHECK(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	for (int i = 0; i < 3; i++) {
		memset(text + size, pads[i], JSON_PAD);
		arena_init(&arenas[i], ARENA_BYTES);
		is_decoded[i] = decode(&frames[i], &arenas[i],
		    (struct str){ text, size }, NOW_NS, &err);
	}
	for (int i = 1; i < 3; i++) {
		CHECK(is_decoded[0] == is_decoded[i]);
		if (is_decoded[0])
			check_same(&frames[0], &frames[i]);
	}
	if (is_decoded[0])
		check_frame(&frames[0]);
	for (int i = 0; i < 3; i++)
		arena_fini(&arenas[i]);
	free(text);
}

#endif
