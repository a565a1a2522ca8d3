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
	int64_t begun_ns;	/* its first line came then; 0: nobody knows */
	uint64_t tail_bytes;	/* when scanned: behind the last record */
	bool is_damaged;	/* the header (then epoch is 0), or what follows
				 * the last record is no torn one */
	bool is_foreign;	/* it is not one of ours */
};

/* PATH.NUMBER, locked, or memory if path is NULL.  Not scanned yet. */
bool segment_open(struct segment *s, const char *path, unsigned number,
    struct err *err);
void segment_fini(struct segment *s);

/*
 * Indexes what the file holds.  False: it is not one of ours, or unreadable.
 * A quick scan goes from record to record and does not look at the lines,
 * which are looked at when they are read.
 */
bool segment_scan(struct segment *s, bool is_quick, struct err *err);

/* Renames PATH.NUMBER to PATH.NUMBER.WHY and makes it anew, empty.  One that
 * was there before is replaced, unless it is foreign. */
bool segment_set_aside(struct segment *s, const char *path, unsigned number,
    const char *why, struct err *err);

/* Empties it; its next line will be number first_seq.  False: errno. */
bool segment_reset(struct segment *s, uint64_t epoch, uint64_t first_seq,
    uint64_t boot, int64_t now_ns);
/* Cuts what follows the last record, and says who uses it.  False: errno. */
bool segment_take(struct segment *s, uint64_t boot);
/* Empties the file, header included. */
void segment_clear(struct segment *s, uint64_t next_seq);

/* All of at most SEGMENT_APPEND_LINES_MAX lines, or none.  False: errno. */
bool segment_append(struct segment *s, const char *lines,
    const uint32_t *line_lens, size_t n_lines);

uint64_t segment_line_bytes(const struct segment *s, uint64_t seq);
/* False: it cannot be read, or is no longer what it was. */
bool segment_read(const struct segment *s, uint64_t seq, struct buf *out);

#endif
