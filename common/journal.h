/* SPDX-License-Identifier: ISC */
/*
 * The journal: the recent lines of one publisher, on disk, so that a
 * subscriber can ask for what it missed and a publisher killed with -9 goes
 * on with the same epoch and the next sequence number.
 *
 * Two segment files, PATH.0 and PATH.1.  Lines are appended to the newer one;
 * when it has max_bytes / 2, the older one is emptied and becomes the newer.
 * So between half and all of max_bytes of lines are kept.  Every record has a
 * header with its sequence number, length and CRC-32; opening scans both
 * segments and cuts what was half written.  Lines are not fsynced: the page
 * cache survives the death of a process.  That it was closed properly is, with
 * the lines, since that is believed after a power failure.
 *
 * A record is one line with its newline.  Records are in order of sequence
 * numbers, without gaps.  One process at a time: the files are locked.
 *
 * No number is ever given out twice in an epoch, or subscribers would take
 * what is new for what they have.  So a new epoch begins, with nothing kept,
 * whenever the newest number is not certain: the newer segment is damaged, or
 * the machine went down (another boot id) without journal_close().  A file
 * that is not a journal is never written to.
 *
 * A spool is a journal for hours: sixteen segments, PATH.0 to PATH.15, so that
 * all but a sixteenth of max_bytes is kept; what is older than max_age_ns goes,
 * a sixteenth of it later at most.  So that it opens quickly, its lines are
 * looked at when they are read.  A file that is not one of ours, or is
 * damaged, is renamed to PATH.N.foreign or PATH.N.damaged.
 *
 * A full disk: append first gives up the oldest segments; if that does not help
 * it fails, and the caller says so once.  Then nothing is kept, but not lost
 * for those who listen: epoch and numbers go on.  Segments without a header
 * tell a successor to begin a new epoch.
 */
#ifndef COMMON_JOURNAL_H
#define COMMON_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

struct journal;

/* path without suffix; NULL keeps the lines in memory instead of files. */
struct journal *journal_open(const char *path, uint64_t max_bytes,
    struct err *err);
/* max_age_ns 0: of any age. */
struct journal *journal_open_spool(const char *path, uint64_t max_bytes,
    int64_t max_age_ns, struct err *err);
void journal_close(struct journal *j);		/* NULL is fine */

uint64_t journal_epoch(const struct journal *j);	/* ns since 1970, about */
uint64_t journal_oldest_seq(const struct journal *j);	/* newest + 1: empty */
uint64_t journal_newest_seq(const struct journal *j);	/* 0: none ever */
uint64_t journal_bytes(const struct journal *j);
/* When the oldest line came, about; 0: nobody knows. */
int64_t journal_oldest_ns(const struct journal *j);
/* The number from which on there are at most max_bytes of lines. */
uint64_t journal_seq_within(const struct journal *j, uint64_t max_bytes);

/* Whether opening it found lines and dropped them: the newest number was not
 * certain.  Worth a warning. */
bool journal_was_dropped(const struct journal *j);

/* What opening cut off behind the last whole line. */
uint64_t journal_cut_bytes(const struct journal *j);

/* Names of files that were set aside, with commas; "" is none. */
struct str journal_set_aside(const struct journal *j);

/* How many lines were given up before their time, for want of space. */
uint64_t journal_lines_given_up(const struct journal *j);

/* To be told the time before an append, and now and then: what is older than
 * max_age_ns goes. */
void journal_age(struct journal *j, int64_t now_ns);

/*
 * Appends n_lines lines (each ending in a newline) that have the sequence
 * numbers newest + 1, ...; one write.  line_lens[] are their lengths within
 * lines.  False: neither they nor those before them are kept (see above), but
 * their numbers are used up.
 */
bool journal_append(struct journal *j, struct str lines,
    const uint32_t *line_lens, size_t n_lines, struct err *err);

/*
 * Appends whole lines from sequence number from on to out, as many as fit
 * into max_bytes but at least one if there is any; *out_next is the number
 * after the last one.  False: what is at from cannot be read or is damaged, and
 * is given up now, with all that is older.
 */
bool journal_read(struct journal *j, uint64_t from, size_t max_bytes,
    struct buf *out, uint64_t *out_next, struct err *err);

#endif
