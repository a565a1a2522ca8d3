/* SPDX-License-Identifier: ISC */
/*
 * Inside a journal: journal_open.c finds what a predecessor has left,
 * journal.c writes and reads.
 *
 * The segments are a ring: the one behind the active one is the oldest, and
 * the next to be emptied.  Their lines follow each other without gaps; some
 * may be empty.
 */
#ifndef COMMON_JOURNAL_IMPL_H
#define COMMON_JOURNAL_IMPL_H

#include "common/buf.h"
#include "common/journal.h"
#include "common/journal_segment.h"

#define JOURNAL_SEGMENTS 2
#define SPOOL_SEGMENTS 16

struct journal {
	char *path;
	uint64_t max_bytes;
	int64_t max_age_ns;	/* 0: any age */
	int64_t now_ns;		/* as we were told last */
	uint64_t epoch;
	uint64_t newest;
	uint64_t boot;
	struct segment segments[SPOOL_SEGMENTS];
	unsigned n_segments;
	unsigned active;
	bool is_spool;
	bool was_dropped;
	uint64_t cut_bytes;
	uint64_t n_given_up;	/* lines, for want of space */
	struct buf aside;	/* names of files, with commas */
};

/* The segment so many places behind the active one; 1 is the oldest. */
static inline struct segment *
journal_segment(const struct journal *j, unsigned behind)
{
	return (struct segment *)(uintptr_t)
	    &j->segments[(j->active + behind) % j->n_segments];
}

/* Empties a segment and what is older.  A damaged one of a spool is kept
 * aside.  False: errno, or err. */
bool journal_forget(struct journal *j, unsigned behind, bool is_damaged,
    struct err *err);

#endif
