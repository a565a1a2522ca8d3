/* SPDX-License-Identifier: ISC */
/*
 * A file of records: appended to, and read in place by mapping, also by the
 * next process, whatever became of this one.
 *
 * A record is a header (magic, length, checksum) and its bytes.  It is written
 * with one call and read through a mapping that cannot be written: a full disk
 * is an error, never a signal, and costs no memory of ours.  Opening checks
 * every record and cuts the file behind the last whole one.  Without a path
 * the records are in memory only.
 */
#ifndef APISERVER_SEGMENT_FILE_H
#define APISERVER_SEGMENT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

struct segment_file {
	char *path;		/* NULL: in memory */
	int fd;
	unsigned char *map;
	size_t mapped;		/* address space; bytes up to used are there */
	size_t used;		/* behind the last record */
};

/* is_new empties what is there. */
bool segment_file_open(struct segment_file *f, const char *path, bool is_new,
    struct err *err);
void segment_file_close(struct segment_file *f);
void segment_file_remove(struct segment_file *f);	/* and the file too */

/* The offset of the record's bytes; SIZE_MAX and err when there is no room. */
size_t segment_file_append(struct segment_file *f, struct str record,
    struct err *err);

/*
 * The record at *offset (0 at first), and *offset moved behind it.  False at
 * the end.
 */
bool segment_file_next(const struct segment_file *f, size_t *offset,
    struct str *record);

/* Gives the pages that were read back to the system, which has them still. */
void segment_file_trim(const struct segment_file *f);

#endif
