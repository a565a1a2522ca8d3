/* SPDX-License-Identifier: ISC */
/*
 * The cursor of a consumer: up to which line of each publisher its work is
 * done.  A text file, one "<epoch>.<seq>\n" per publisher, newest last,
 * replaced by rename so that it is always whole.  Stored at most once per
 * interval and on close: a crash repeats lines, it never skips any.
 */
#ifndef COMMON_CURSOR_H
#define COMMON_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define CURSOR_EPOCHS_MAX 64	/* the oldest is forgotten beyond that */

struct cursor {
	char *path;
	size_t n;
	struct cursor_entry {
		uint64_t epoch;
		uint64_t seq;
	} entries[CURSOR_EPOCHS_MAX];
	bool is_dirty;
};

/* A missing file is an empty cursor; a damaged one is an error. */
bool cursor_load(struct cursor *c, const char *path, struct err *err);
void cursor_fini(struct cursor *c);
void cursor_set(struct cursor *c, uint64_t epoch, uint64_t seq);
bool cursor_store(struct cursor *c, struct err *err);	/* if dirty */

#endif
