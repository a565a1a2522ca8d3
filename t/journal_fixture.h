/* SPDX-License-Identifier: ISC */
/*
 * Lines of 100 bytes that say which they are, and what may happen to the files
 * of a journal.  Dies when it cannot be done.
 */
#ifndef T_JOURNAL_FIXTURE_H
#define T_JOURNAL_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/journal.h"

#define FIXTURE_BIG (1u << 20)
#define FIXTURE_HEADER_BYTES 40		/* of a segment */
#define FIXTURE_RECORD_BYTES 24		/* in front of a line */

/* The next n lines, at once. */
bool fixture_append(struct journal *j, size_t n, struct err *err);

/* Whether what is read are the lines from first to last, whole. */
bool fixture_has_lines(struct journal *j, uint64_t from, uint64_t first,
    uint64_t last);

void fixture_flip(const char *file, off_t at);	/* one bit */
void fixture_put_file(const char *file, const char *text);

/* A limit on the size of files stands for a full disk. */
void fixture_limit_files(rlim_t bytes);

#endif
