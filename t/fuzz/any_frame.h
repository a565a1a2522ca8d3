/* SPDX-License-Identifier: ISC */
/*
 * A frame of what a fuzzer gives: decoded, or else one at random, which has all
 * that a frame may have.
 */
#ifndef T_FUZZ_ANY_FRAME_H
#define T_FUZZ_ANY_FRAME_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame_json.h"
#include "common/json.h"

#include "sinks/point_filter.h"

#include "t/frames.h"

#define ARENA_BYTES (64u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* Calls try with it, and with a filter that lets everything through. */
static inline void
with_any_frame(const uint8_t *data, size_t size,
    void (*try)(const struct frame *f, const struct point_filter *filter))
{
	struct frames_copy copy =
	    frames_copy((struct str){ (const char *)data, size });
	struct point_filter filter;
	struct sink_uri uri;
	struct frame f;
	struct arena a;
	struct err err;
	uint64_t seed = 0;

	demand(sink_uri_parse(&uri, STR(""), &err) &&
	    point_filter_init(&filter, &uri, &err));
	sink_uri_fini(&uri);
	arena_init(&a, ARENA_BYTES);
	if (!frame_decode(&f, &a, copy.text, &err)) {
		memcpy(&seed, data, size < sizeof seed ? size : sizeof seed);
		frames_random(&f, &a, seed);
	}
	try(&f, &filter);
	free(copy.p);
	arena_fini(&a);
}

#endif
