/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "common/clock.h"
#include "common/journal.h"
#include "common/mem.h"
#include "common/timestamp.h"

#define MAGIC UINT64_C(0x31304c4a50414843)	/* "CHAPJL01" */
#define RECORD_MAGIC 0x4c4a4543u
#define N_SEGMENTS 2
#define LINE_BYTES_MAX (64u << 20)
#define EPOCH_RANDOM_BITS 20
#define LOCK_TRIES 50
#define LOCK_PAUSE_NS (20 * NS_PER_MS)
#define APPEND_LINES_MAX 512	/* per writev(): two pieces each */

/* What a segment file begins with. */
struct segment_header {
	uint64_t magic;
	uint64_t epoch;
	uint64_t first_seq;
};

/* What precedes each line.  The CRC covers seq, length and the line. */
struct record_header {
	uint32_t magic;
	uint32_t crc;
	uint64_t seq;
	uint32_t length;
	uint32_t zero;
};

struct segment {
	int fd;
	uint64_t first_seq;	/* of the first line, or of the next one */
	uint64_t end;		/* file offset behind the last record */
	uint64_t *offsets;	/* of the records, by seq - first_seq */
	size_t n;
	size_t cap;
};

struct journal {
	char *path;
	uint64_t max_bytes;
	uint64_t epoch;
	uint64_t newest;
	struct segment segments[N_SEGMENTS];
	unsigned active;
};

static uint32_t
record_crc(const struct record_header *h, const char *line)
{
	uint32_t crc = (uint32_t)crc32(0, (const Bytef *)&h->seq,
	    sizeof h->seq + sizeof h->length);

	return (uint32_t)crc32(crc, (const Bytef *)line, h->length);
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

static int
open_file(const char *path, unsigned number, struct err *err)
{
	char *name;
	struct stat st;
	int fd;

	if (path == NULL) {
		fd = memfd_create("journal", MFD_CLOEXEC);
		if (fd == -1)
			err_set(err, "memory for a journal: %s",
			    strerror(errno));
		return fd;
	}
	name = xasprintf("%s.%u", path, number);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		err_set(err, "%s: %s", name, strerror(errno));
	} else if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		err_set(err, "%s: not a regular file", name);
		close(fd);
		fd = -1;
	} else if (!lock(fd, name, err)) {
		close(fd);
		fd = -1;
	}
	free(name);
	return fd;
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

/* Reads one record at s->end into line; false at the first that is not whole. */
static bool
scan_record(struct segment *s, struct buf *line)
{
	struct record_header h;
	char *to;

	if (pread(s->fd, &h, sizeof h, (off_t)s->end) != (ssize_t)sizeof h ||
	    h.magic != RECORD_MAGIC || h.length == 0 ||
	    h.length > LINE_BYTES_MAX || h.seq != s->first_seq + s->n)
		return false;
	buf_reset(line);
	to = buf_reserve(line, h.length);
	if (to == NULL || pread(s->fd, to, h.length,
	    (off_t)(s->end + sizeof h)) != (ssize_t)h.length ||
	    record_crc(&h, to) != h.crc)
		return false;
	index_add(s, s->end);
	s->end += sizeof h + h.length;
	return true;
}

/* Indexes the records of the file; false if it is none of ours. */
static bool
scan(struct segment *s, uint64_t *epoch)
{
	struct segment_header h;
	struct buf line = BUF_INIT;

	if (pread(s->fd, &h, sizeof h, 0) != (ssize_t)sizeof h ||
	    h.magic != MAGIC || h.epoch == 0 || h.first_seq == 0)
		return false;
	*epoch = h.epoch;
	s->first_seq = h.first_seq;
	s->end = sizeof h;
	while (scan_record(s, &line))
		continue;
	buf_fini(&line);
	return true;
}

/* Empties the segment; its next line will be number first_seq. */
static bool
segment_reset(struct journal *j, struct segment *s, uint64_t first_seq)
{
	struct segment_header h = { MAGIC, j->epoch, first_seq };

	s->n = 0;
	s->first_seq = first_seq;
	s->end = sizeof h;
	return ftruncate(s->fd, 0) == 0 &&
	    pwrite(s->fd, &h, sizeof h, 0) == (ssize_t)sizeof h;
}

static uint64_t
new_epoch(void)
{
	uint64_t noise = 0;

	if (getrandom(&noise, sizeof noise, GRND_NONBLOCK) < 0)
		noise = (uint64_t)getpid();
	return ((uint64_t)clock_wall_ns() >> EPOCH_RANDOM_BITS
	    << EPOCH_RANDOM_BITS) | (noise & ((1u << EPOCH_RANDOM_BITS) - 1));
}

/*
 * Finds out what the two files hold.  They go together when they have the
 * same epoch and the newer one begins where the older one ends; else only the
 * newer one is kept.
 */
static bool
recover(struct journal *j)
{
	uint64_t epochs[N_SEGMENTS] = { 0 };
	struct segment *a = &j->segments[0], *b = &j->segments[1], *old;
	bool has_a = scan(a, &epochs[0]), has_b = scan(b, &epochs[1]);

	if (!has_a && !has_b) {
		j->epoch = new_epoch();
		return segment_reset(j, a, 1) && segment_reset(j, b, 1);
	}
	if (has_a && has_b)
		j->active = epochs[0] == epochs[1] ?
		    b->first_seq + b->n > a->first_seq + a->n :
		    epochs[1] > epochs[0];
	else
		j->active = has_b;
	j->epoch = epochs[j->active];
	j->newest = j->segments[j->active].first_seq +
	    j->segments[j->active].n - 1;
	if (ftruncate(j->segments[j->active].fd,
	    (off_t)j->segments[j->active].end) == -1)
		return false;
	old = &j->segments[!j->active];
	if (epochs[0] != epochs[1] ||
	    old->first_seq + old->n != j->segments[j->active].first_seq)
		return segment_reset(j, old, j->segments[j->active].first_seq);
	return true;
}

struct journal *
journal_open(const char *path, uint64_t max_bytes, struct err *err)
{
	struct journal *j = xcalloc(1, sizeof *j);

	j->path = xstrdup(path == NULL ? "memory" : path);
	j->max_bytes = max_bytes;
	j->segments[0].fd = j->segments[1].fd = -1;
	for (unsigned i = 0; i < N_SEGMENTS; i++) {
		j->segments[i].fd = open_file(path, i, err);
		if (j->segments[i].fd == -1) {
			journal_close(j);
			return NULL;
		}
	}
	if (!recover(j)) {
		err_set(err, "%s: %s", j->path, strerror(errno));
		journal_close(j);
		return NULL;
	}
	return j;
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	for (unsigned i = 0; i < N_SEGMENTS; i++) {
		if (j->segments[i].fd != -1)
			close(j->segments[i].fd);
		free(j->segments[i].offsets);
	}
	free(j->path);
	free(j);
}

uint64_t
journal_epoch(const struct journal *j)
{
	return j->epoch;
}

uint64_t
journal_oldest_seq(const struct journal *j)
{
	const struct segment *old = &j->segments[!j->active];

	return old->n > 0 ? old->first_seq :
	    j->segments[j->active].first_seq;
}

uint64_t
journal_newest_seq(const struct journal *j)
{
	return j->newest;
}

uint64_t
journal_bytes(const struct journal *j)
{
	return j->segments[0].end + j->segments[1].end;
}

static bool
write_records(struct segment *s, struct iovec *pieces, size_t n_pieces,
    size_t bytes)
{
	ssize_t n = pwritev(s->fd, pieces, (int)n_pieces, (off_t)s->end);

	if (n >= 0 && (size_t)n < bytes)
		errno = ENOSPC;
	return n >= 0 && (size_t)n == bytes;
}

/* Appends up to APPEND_LINES_MAX lines to the active segment. */
static bool
append_some(struct journal *j, const char *lines, const uint32_t *line_lens,
    size_t n_lines)
{
	struct segment *s = &j->segments[j->active];
	struct record_header headers[APPEND_LINES_MAX];
	struct iovec pieces[2 * APPEND_LINES_MAX];
	uint64_t at = s->end;
	size_t first = s->n;

	for (size_t i = 0; i < n_lines; i++) {
		struct record_header *h = &headers[i];

		*h = (struct record_header){
			.magic = RECORD_MAGIC,
			.seq = j->newest + 1 + i,
			.length = line_lens[i],
		};
		h->crc = record_crc(h, lines);
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
	j->newest += n_lines;
	return true;
}

static bool
turn_over(struct journal *j)
{
	j->active = !j->active;
	return segment_reset(j, &j->segments[j->active], j->newest + 1);
}

/*
 * After a failure nothing is kept, and a new epoch begins: a number that some
 * subscriber has heard must never be given out again by a successor.
 */
static void
start_over(struct journal *j)
{
	uint64_t epoch = new_epoch();

	j->epoch = epoch > j->epoch ? epoch : j->epoch + 1;
	j->newest = 0;
	for (unsigned i = 0; i < N_SEGMENTS; i++)
		if (!segment_reset(j, &j->segments[i], 1))
			continue;	/* the next append fails and says so */
}

bool
journal_append(struct journal *j, struct str lines, const uint32_t *line_lens,
    size_t n_lines, struct err *err)
{
	const char *p = lines.p;

	for (size_t done = 0, n; done < n_lines; done += n) {
		n = n_lines - done < APPEND_LINES_MAX ? n_lines - done :
		    APPEND_LINES_MAX;
		if ((j->segments[j->active].end >= j->max_bytes / 2 &&
		    !turn_over(j)) ||
		    !append_some(j, p, line_lens + done, n)) {
			err_set(err, "%s: %s", j->path, strerror(errno));
			start_over(j);
			return false;
		}
		for (size_t i = 0; i < n; i++)
			p += line_lens[done + i];
	}
	return true;
}

static bool
read_record(const struct journal *j, uint64_t seq, size_t had,
    size_t max_bytes, struct buf *out, bool *is_full, struct err *err)
{
	const struct segment *s = &j->segments[j->active];
	uint64_t at, length, next;
	size_t i;
	char *to;

	if (seq < s->first_seq)
		s = &j->segments[!j->active];
	i = (size_t)(seq - s->first_seq);
	at = s->offsets[i] + sizeof(struct record_header);
	next = i + 1 < s->n ? s->offsets[i + 1] : s->end;
	length = next - at;
	*is_full = out->len > had && out->len - had + length > max_bytes;
	if (*is_full)
		return true;
	to = buf_reserve(out, length);
	if (to == NULL)
		return err_set(err, "%s: out of memory", j->path);
	if (pread(s->fd, to, length, (off_t)at) != (ssize_t)length)
		return err_set(err, "%s: cannot read", j->path);
	out->len += length;
	return true;
}

bool
journal_read(const struct journal *j, uint64_t from, size_t max_bytes,
    struct buf *out, uint64_t *out_next, struct err *err)
{
	size_t had = out->len;
	bool is_full = false;

	if (from < journal_oldest_seq(j))
		from = journal_oldest_seq(j);
	*out_next = from;
	while (*out_next <= j->newest) {
		if (!read_record(j, *out_next, had, max_bytes, out, &is_full,
		    err))
			return false;
		if (is_full)
			break;
		++*out_next;
	}
	return true;
}
