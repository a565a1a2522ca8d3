/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "common/hash.h"
#include "common/journal_segment.h"
#include "common/mem.h"
#include "common/timestamp.h"

#define MAGIC UINT64_C(0x33304c4a50414843)	/* "CHAPJL03" */
#define RECORD_MAGIC 0x4c4a4543u
#define LINE_BYTES_MAX (65u << 20)	/* 64 Mi, a topic and the numbers */
#define LOCK_TRIES 50
#define LOCK_PAUSE_NS (20 * NS_PER_MS)

/* What a segment file begins with. */
struct segment_header {
	uint64_t magic;
	uint64_t epoch;
	uint64_t first_seq;
	uint64_t boot;
	uint32_t check;		/* of the above */
	uint32_t begun_s;	/* when its first line came, since 1970; 0 */
};

/* What precedes each line.  The check covers seq, length and the line. */
struct record_header {
	uint32_t magic;
	uint32_t check;
	uint64_t seq;
	uint32_t length;
	uint32_t zero;
};

/* Not against malice: what else is at the place of a record is found out, and
 * at several times the speed of a CRC. */
static uint32_t
header_check(const struct segment_header *h)
{
	return (uint32_t)hash_bytes(h, offsetof(struct segment_header, check),
	    MAGIC);
}

static uint32_t
record_check(const struct record_header *h, const char *line)
{
	return (uint32_t)hash_bytes(line, h->length, h->seq ^ MAGIC);
}

/* Another process may be dying right now: it gets a moment. */
static bool
lock(int fd, const char *path, struct err *err)
{
	struct timespec pause = { 0, LOCK_PAUSE_NS };

	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) == -1; i++) {
		if (errno != EWOULDBLOCK)
			return err_set(err, "%s: %s", path, strerror(errno));
		if (i == LOCK_TRIES)
			return err_set(err, "%s: in use by another process",
			    path);
		nanosleep(&pause, NULL);
	}
	return true;
}

static bool
open_file(struct segment *s, const char *name, struct err *err)
{
	struct stat st;

	/* Not to hang on a FIFO. */
	s->fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK, 0600);
	if (s->fd == -1)
		return err_set(err, "%s: %s", name, strerror(errno));
	if (fstat(s->fd, &st) == -1 || !S_ISREG(st.st_mode))
		return err_set(err, "%s: not a regular file", name);
	return lock(s->fd, name, err);
}

bool
segment_open(struct segment *s, const char *path, unsigned number,
    struct err *err)
{
	char *name;
	bool ok;

	*s = (struct segment){ .fd = -1 };
	if (path == NULL) {
		s->fd = memfd_create("journal", MFD_CLOEXEC);
		return s->fd != -1 || err_set(err, "memory for a journal: %s",
		    strerror(errno));
	}
	name = xasprintf("%s.%u", path, number);
	ok = open_file(s, name, err);
	free(name);
	return ok;
}

void
segment_fini(struct segment *s)
{
	if (s->fd != -1)
		close(s->fd);
	free(s->offsets);
	*s = (struct segment){ .fd = -1 };
}

static void
index_add(struct segment *s, uint64_t offset)
{
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 64;
		s->offsets = xrealloc(s->offsets, s->cap, sizeof *s->offsets);
	}
	s->offsets[s->n++] = offset;
}

bool
segment_set_aside(struct segment *s, const char *path, unsigned number,
    const char *why, struct err *err)
{
	char *name = xasprintf("%s.%u", path, number);
	char *aside = xasprintf("%s.%s", name, why);
	bool ok = renameat2(AT_FDCWD, name, AT_FDCWD, aside,
	    s->is_foreign ? RENAME_NOREPLACE : 0) == 0 ||
	    err_set(err, "%s: cannot be set aside: %s", name, strerror(errno));

	if (ok) {
		segment_fini(s);
		ok = open_file(s, name, err);
		if (!ok)
			segment_fini(s);
	}
	free(name);
	free(aside);
	return ok;
}

/* Whether the line at offset at is the one of the header. */
static bool
check_line(const struct segment *s, const struct record_header *h,
    uint64_t at, char *to)
{
	return pread(s->fd, to, h->length, (off_t)at) == (ssize_t)h->length &&
	    record_check(h, to) == h->check;
}

/* Indexes the record at s->end; false behind the last whole one.  A line is
 * looked at if there is a buffer for it. */
static bool
scan_record(struct segment *s, uint64_t file_bytes, struct buf *line)
{
	struct record_header h;
	ssize_t n = pread(s->fd, &h, sizeof h, (off_t)s->end);
	uint64_t at = s->end + sizeof h;

	/* A process that was killed leaves the beginning of a record. */
	if (n >= 0 && (size_t)n < sizeof h)
		return false;
	s->is_damaged = true;
	if (n == -1 || h.magic != RECORD_MAGIC || h.length == 0 ||
	    h.length > LINE_BYTES_MAX || h.seq != s->first_seq + s->n)
		return false;
	if (at + h.length > file_bytes) {
		s->is_damaged = false;
		return false;
	}
	if (line != NULL) {
		char *to;

		buf_reset(line);
		to = buf_reserve(line, h.length);
		if (to == NULL || !check_line(s, &h, at, to))
			return false;
	}
	s->is_damaged = false;
	index_add(s, s->end);
	s->end = at + h.length;
	return true;
}

bool
segment_scan(struct segment *s, bool is_quick, struct err *err)
{
	static const uint64_t magic = MAGIC;
	struct segment_header h = { 0 };
	struct buf line = BUF_INIT;
	ssize_t n = pread(s->fd, &h, sizeof h, 0);
	struct stat st;

	if (n == -1 || fstat(s->fd, &st) == -1)
		return err_set(err, "%s", strerror(errno));
	s->is_foreign = memcmp(&h, &magic, (size_t)n < sizeof magic ?
	    (size_t)n : sizeof magic) != 0;
	if (s->is_foreign)
		return err_set(err, "not a journal; remove it or use another "
		    "directory");
	if ((size_t)n < sizeof h)
		return true;
	s->end = sizeof h;
	s->is_damaged = h.check != header_check(&h);
	if (s->is_damaged)
		return true;
	s->epoch = h.epoch;
	s->first_seq = h.first_seq;
	s->boot = h.boot;
	s->begun_ns = h.begun_s * NS_PER_S;
	while (scan_record(s, (uint64_t)st.st_size, is_quick ? NULL : &line))
		continue;
	s->tail_bytes = (uint64_t)st.st_size - s->end;
	buf_fini(&line);
	return true;
}

static bool
write_header(struct segment *s)
{
	struct segment_header h = {
		.magic = MAGIC,
		.epoch = s->epoch,
		.first_seq = s->first_seq,
		.boot = s->boot,
		.begun_s = (uint32_t)(s->begun_ns / NS_PER_S),
	};
	ssize_t n;

	h.check = header_check(&h);
	n = pwrite(s->fd, &h, sizeof h, 0);
	if (n >= 0 && (size_t)n < sizeof h)
		errno = ENOSPC;
	return n == (ssize_t)sizeof h;
}

bool
segment_reset(struct segment *s, uint64_t epoch, uint64_t first_seq,
    uint64_t boot, int64_t now_ns)
{
	s->begun_ns = now_ns;
	s->tail_bytes = 0;
	s->epoch = epoch;
	s->first_seq = first_seq;
	s->boot = boot;
	s->n = 0;
	s->end = sizeof(struct segment_header);
	s->is_damaged = false;
	if (ftruncate(s->fd, 0) == 0 && write_header(s))
		return true;
	s->end = 0;
	return false;
}

bool
segment_take(struct segment *s, uint64_t boot)
{
	bool was_closed = s->boot == 0;

	if (ftruncate(s->fd, (off_t)s->end) == -1)
		return false;
	/* "Closed" is believed after a power failure: the lines are on disk
	 * before it is, and it is gone from there before there are more. */
	if (boot == 0 && fdatasync(s->fd) == -1)
		return false;
	s->boot = boot;
	return write_header(s) &&
	    (!was_closed || boot == 0 || fdatasync(s->fd) == 0);
}

void
segment_clear(struct segment *s, uint64_t next_seq)
{
	s->n = 0;
	s->end = 0;
	s->first_seq = next_seq;
	if (ftruncate(s->fd, 0) == -1)
		errno = 0;	/* there is nothing else that could be done */
}

static bool
write_records(struct segment *s, struct iovec *pieces, size_t n_pieces,
    size_t bytes)
{
	ssize_t n = pwritev(s->fd, pieces, (int)n_pieces, (off_t)s->end);
	int saved_errno = n >= 0 ? ENOSPC : errno;

	if (n >= 0 && (size_t)n == bytes)
		return true;
	if (ftruncate(s->fd, (off_t)s->end) == 0)
		errno = saved_errno;
	return false;
}

bool
segment_append(struct segment *s, const char *lines,
    const uint32_t *line_lens, size_t n_lines)
{
	struct record_header headers[SEGMENT_APPEND_LINES_MAX];
	struct iovec pieces[2 * SEGMENT_APPEND_LINES_MAX];
	uint64_t at = s->end;
	size_t first = s->n;

	for (size_t i = 0; i < n_lines; i++) {
		struct record_header *h = &headers[i];

		*h = (struct record_header){
			.magic = RECORD_MAGIC,
			.seq = s->first_seq + s->n,
			.length = line_lens[i],
		};
		h->check = record_check(h, lines);
		pieces[2 * i] = (struct iovec){ h, sizeof *h };
		pieces[2 * i + 1] = (struct iovec){ (void *)(uintptr_t)lines,
			line_lens[i] };
		index_add(s, at);
		at += sizeof *h + line_lens[i];
		lines += line_lens[i];
	}
	if (!write_records(s, pieces, 2 * n_lines, at - s->end)) {
		s->n = first;
		return false;
	}
	s->end = at;
	return true;
}

uint64_t
segment_line_bytes(const struct segment *s, uint64_t seq)
{
	size_t i = (size_t)(seq - s->first_seq);
	uint64_t next = i + 1 < s->n ? s->offsets[i + 1] : s->end;

	return next - s->offsets[i] - sizeof(struct record_header);
}

bool
segment_read(const struct segment *s, uint64_t seq, struct buf *out)
{
	struct record_header h;
	uint64_t length = segment_line_bytes(s, seq);
	uint64_t at = s->offsets[seq - s->first_seq];
	char *to = buf_reserve(out, length);

	if (to == NULL ||
	    pread(s->fd, &h, sizeof h, (off_t)at) != (ssize_t)sizeof h ||
	    h.seq != seq || h.length != length ||
	    !check_line(s, &h, at + sizeof h, to))
		return false;
	out->len += length;
	return true;
}
