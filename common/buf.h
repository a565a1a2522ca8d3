/* SPDX-License-Identifier: ISC */
/*
 * A growing byte buffer.
 *
 * Invariants: len <= cap; once failed is set (out of memory, or beyond
 * max_bytes) every further call is a no-op, so a writer checks once at the
 * end.  JSON_PAD bytes after len are always allocated, so that buf_pad() can
 * make the contents parseable in place.
 *
 * Ownership: zero-initialise or BUF_INIT; buf_fini() frees the contents and
 * leaves the zero state.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

struct buf {
	char *p;
	size_t len;
	size_t cap;
	size_t max_bytes;	/* 0: only memory bounds it */
	bool failed;
};

#define BUF_INIT ((struct buf){ 0 })

void buf_fini(struct buf *b);
void buf_reset(struct buf *b);		/* keeps the memory, clears failed */

/*
 * Makes room for n bytes after len and returns where they go, or NULL when
 * failed.  The caller writes at most n bytes there and adds to len.
 */
char *buf_reserve(struct buf *b, size_t n);

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_add_str(struct buf *b, struct str s);
void buf_add_char(struct buf *b, char c);
void buf_add_u64(struct buf *b, uint64_t v);
void buf_add_i64(struct buf *b, int64_t v);

__attribute__((format(printf, 2, 3)))
void buf_addf(struct buf *b, const char *fmt, ...);

/* Zeroes the JSON_PAD bytes behind len (see json.h). */
void buf_pad(struct buf *b);

struct str buf_str(const struct buf *b);	/* borrowed */

#endif
