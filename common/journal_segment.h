/* SPDX-License-Identifier: ISC */
/*
 * One file of a journal (journal.h): a header and records, and where each
 * record begins.  Nobody else needs this.
 */
#ifndef COMMON_JOURNAL_SEGMENT_H
#define COMMON_JOURNAL_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

#define SEGMENT_APPEND_LINES_MAX 512

struct segment {
	int fd;			/* -1: not open */
	uint64_t epoch;
	uint64_t first_seq;	/* of the first line, or of the next one */
	uint64_t end;		/* offset behind the last record; 0: empty file */
	uint64_t *offsets;	/* of the records, by seq - first_seq */
	size_t n;
	size_t cap;
	uint64_t boot;		/* as the header says: in use since that boot of
				 * the machine; 0: closed */
	bool is_damaged;	/* the header (then epoch is 0), or what follows
				 * the last record is no torn one */
};

/* PATH.NUMBER, locked, or memory if path is NULL.  Not scanned yet. */
bool segment_open(struct segment *s, const char *path, unsigned number,
    struct err *err);
void segment_fini(struct segment *s);

/* Indexes what the file holds.  False: it is not one of ours, or unreadable. */
bool segment_scan(struct segment *s, struct err *err);

/* Empties it; its next line will be number first_seq.  False: errno. */
bool segment_reset(struct segment *s, uint64_t epoch, uint64_t first_seq,
    uint64_t boot);
/* Cuts what follows the last record, and says who uses it.  False: errno. */
bool segment_take(struct segment *s, uint64_t boot);
/* Empties the file, header included. */
void segment_clear(struct segment *s, uint64_t next_seq);

/* All of at most SEGMENT_APPEND_LINES_MAX lines, or none.  False: errno. */
bool segment_append(struct segment *s, const char *lines,
    const uint32_t *line_lens, size_t n_lines);

uint64_t segment_line_bytes(const struct segment *s, uint64_t seq);
bool segment_read(const struct segment *s, uint64_t seq, struct buf *out);

#endif
