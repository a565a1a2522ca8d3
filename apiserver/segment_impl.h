/* SPDX-License-Identifier: ISC */
/*
 * Inside segments: segment.c has the tables and reads records, segment_write.c
 * makes them.  Not for anybody else.
 */
#ifndef APISERVER_SEGMENT_IMPL_H
#define APISERVER_SEGMENT_IMPL_H

#include "apiserver/segment.h"

struct segment_row {
	uint32_t entity;
	uint32_t offset;	/* from the end of the table */
};

uint32_t segment_push_string(struct segment *s, size_t offset, size_t length);
uint32_t segment_push_entity(struct segment *s,
    const struct segment_entity *e);

/*
 * Takes a block whose header begins at p; the file has it at offset at.
 * False: it makes no sense.
 */
bool segment_take_block(struct segment *s, const unsigned char *p,
    size_t length, size_t at);

void segment_index(struct segment *s);

const unsigned char *segment_table(const struct segment *s,
    const struct segment_block *b);

/* The set at the offset of a row. */
void segment_read_set(const struct segment *s, const struct segment_block *b,
    uint32_t offset, struct segment_set *out);

/* From the number of a varint. */
union metric_value segment_to_value(enum metric m, uint64_t v);

#endif
