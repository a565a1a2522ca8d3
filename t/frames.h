/* SPDX-License-Identifier: ISC */
/*
 * Frames for tests: random ones, and what makes two frames the same.
 */
#ifndef T_FRAMES_H
#define T_FRAMES_H

#include <stdint.h>

#include "common/arena.h"
#include "common/frame.h"
#include "common/str.h"

/* A frame of any kind that the wire can carry; the same for the same seed. */
void frames_random(struct frame *f, struct arena *a, uint64_t seed);

/* NULL, or what is different: "name of set 3". */
const char *frames_differ(const struct frame *a, const struct frame *b);

/* A copy of exactly so many bytes, so that reading beyond them is found; what
 * is behind the text would complete it, but is not a part of it. */
struct frames_copy {
	char *p;
	struct str text;
};

struct frames_copy frames_copy(struct str s);	/* free(p) */

#endif
