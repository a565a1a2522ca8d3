/* SPDX-License-Identifier: ISC */
/*
 * What a format makes of each byte of a name: the byte itself, or what stands
 * for those that it does not take.  Pure.
 */
#ifndef SINKS_BYTE_MAP_H
#define SINKS_BYTE_MAP_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

struct byte_map {
	unsigned char to[256];
	bool is_made;
};

/* Control characters and those of special are substitute, others stay.  Does
 * nothing the second time. */
void byte_map_make(struct byte_map *map, const char *special, char substitute);

/* Appends s as the map has it. */
void byte_map_add(struct buf *out, const struct byte_map *map, struct str s);

#endif
