/* SPDX-License-Identifier: ISC */
/*
 * Interned strings: every distinct string is stored once and named by a small
 * number, so that stores hold 4 bytes per name and compare names as integers.
 * Ids start at 1; 0 is "absent".  Strings live as long as the table: it is
 * for names that repeat for ever (namespaces, labels, images), and bounded.
 */
#ifndef COMMON_INTERN_H
#define COMMON_INTERN_H

#include <stdint.h>

#include "common/hash.h"
#include "common/str.h"

struct intern {
	struct hash_index index;
	struct str *strings;	/* strings[id - 1], each NUL-terminated */
	uint32_t n;
	uint32_t cap;
	size_t bytes;		/* of all strings */
	size_t max_bytes;	/* 0: unbounded */
};

void intern_init(struct intern *t, size_t max_bytes);
void intern_fini(struct intern *t);

/* The id of s, added if new; 0 when s is absent or the bound is reached. */
uint32_t intern_add(struct intern *t, struct str s);
uint32_t intern_find(const struct intern *t, struct str s);	/* 0: unknown */
struct str intern_str(const struct intern *t, uint32_t id);	/* borrowed */

#endif
