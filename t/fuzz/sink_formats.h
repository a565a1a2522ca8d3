/* SPDX-License-Identifier: ISC */
/*
 * What the two halves of the fuzz target sink_formats have in common: lines are
 * in sink_formats.c, JSON and protocol buffers in sink_documents.c.
 */
#ifndef T_FUZZ_SINK_FORMATS_H
#define T_FUZZ_SINK_FORMATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/frame.h"

#include "sinks/point_filter.h"

#define ARENA_BYTES (64u << 20)

static inline void
demand(bool holds)
{
	if (!holds)
		abort();
}

/* Whether documents of a frame are what their receivers take. */
void try_documents(const struct frame *f, const struct point_filter *filter);

/* What a server might say. */
void try_answers(const uint8_t *data, size_t size);

#endif
