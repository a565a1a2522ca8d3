/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <zlib.h>

#include "common/clock.h"
#include "common/journal.h"
#include "common/journal_segment.h"
#include "common/mem.h"

#define N_SEGMENTS 2
#define EPOCH_RANDOM_BITS 20

struct journal {
	char *path;
	uint64_t max_bytes;
	uint64_t epoch;
	uint64_t newest;
	uint64_t boot;
	struct segment segments[N_SEGMENTS];
	unsigned active;
};

/* Differs after a restart of the machine; never 0. */
static uint64_t
boot_number(void)
{
	char id[40] = "";
	uint64_t number = 0;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		if (read(fd, id, sizeof id - 1) > 0)
			number = crc32(0, (const Bytef *)id, sizeof id);
		close(fd);
	}
	return number << 1 | 1;
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

static bool
begin_epoch(struct journal *j)
{
	j->epoch = new_epoch();
	j->newest = 0;
	j->active = 0;
	for (unsigned i = 0; i < N_SEGMENTS; i++)
		if (!segment_reset(&j->segments[i], j->epoch, 1, j->boot))
			return false;
	return true;
}

/* Which of the two was written to last. */
static unsigned
newer_segment(const struct segment *a, const struct segment *b)
{
	if (a->end == 0 || b->end == 0)
		return b->end != 0;
	if (a->epoch != b->epoch)
		return b->epoch > a->epoch;
	if (a->first_seq != b->first_seq)
		return b->first_seq > a->first_seq;
	return b->n > a->n;
}

/*
 * The two files go together when they have the same epoch and the newer one
 * begins where the older one ends; else only the newer one is kept.
 */
static bool
recover(struct journal *j)
{
	struct segment *active, *old;

	j->active = newer_segment(&j->segments[0], &j->segments[1]);
	active = &j->segments[j->active];
	old = &j->segments[!j->active];
	if (active->end == 0 || active->is_damaged ||
	    (old->end > 0 && old->epoch == 0) ||
	    (active->boot != 0 && active->boot != j->boot))
		return begin_epoch(j);
	j->epoch = active->epoch;
	j->newest = active->first_seq + active->n - 1;
	if (!segment_take(active, j->boot))
		return false;
	return (old->end > 0 && old->epoch == j->epoch &&
	    old->first_seq + old->n == active->first_seq) ||
	    segment_reset(old, j->epoch, active->first_seq, j->boot);
}

/* Leaves the files as they are. */
static void
journal_free(struct journal *j)
{
	for (unsigned i = 0; i < N_SEGMENTS; i++)
		segment_fini(&j->segments[i]);
	free(j->path);
	free(j);
}

static bool
open_files(struct journal *j, const char *path, struct err *err)
{
	for (unsigned i = 0; i < N_SEGMENTS; i++) {
		struct segment *s = &j->segments[i];

		if (!segment_open(s, path, i, err))
			return false;
		if (!segment_scan(s, err))
			return err_wrap(err, "%s.%u", j->path, i);
	}
	return recover(j) ||
	    err_set(err, "%s: %s", j->path, strerror(errno));
}

struct journal *
journal_open(const char *path, uint64_t max_bytes, struct err *err)
{
	struct journal *j = xcalloc(1, sizeof *j);

	j->path = xstrdup(path == NULL ? "memory" : path);
	j->max_bytes = max_bytes;
	j->boot = boot_number();
	j->segments[0].fd = j->segments[1].fd = -1;
	if (!open_files(j, path, err)) {
		journal_free(j);
		return NULL;
	}
	return j;
}

void
journal_close(struct journal *j)
{
	struct segment *active;

	if (j == NULL)
		return;
	active = &j->segments[j->active];
	/* If that fails, a successor on another boot begins a new epoch. */
	if (active->end > 0 && !segment_take(active, 0))
		errno = 0;
	journal_free(j);
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

/* The older segment is emptied and becomes the newer one. */
static bool
turn_over(struct journal *j)
{
	j->active = !j->active;
	return segment_reset(&j->segments[j->active], j->epoch, j->newest + 1,
	    j->boot);
}

static bool
append_some(struct journal *j, const char *lines, const uint32_t *line_lens,
    size_t n_lines)
{
	struct segment *active = &j->segments[j->active];

	if (active->end == 0 || active->end >= j->max_bytes / 2) {
		if (!turn_over(j))
			return false;
		active = &j->segments[j->active];
	}
	if (!segment_append(active, lines, line_lens, n_lines)) {
		/* The space of the older segment may be enough. */
		if (!turn_over(j) || !segment_append(
		    &j->segments[j->active], lines, line_lens, n_lines))
			return false;
	}
	j->newest += n_lines;
	return true;
}

bool
journal_append(struct journal *j, struct str lines, const uint32_t *line_lens,
    size_t n_lines, struct err *err)
{
	const char *p = lines.p;

	for (size_t done = 0, n; done < n_lines; done += n) {
		n = n_lines - done < SEGMENT_APPEND_LINES_MAX ?
		    n_lines - done : SEGMENT_APPEND_LINES_MAX;
		if (!append_some(j, p, line_lens + done, n)) {
			err_set(err, "%s: %s", j->path, strerror(errno));
			j->newest += n_lines - done;
			for (unsigned i = 0; i < N_SEGMENTS; i++)
				segment_clear(&j->segments[i], j->newest + 1);
			return false;
		}
		for (size_t i = 0; i < n; i++)
			p += line_lens[done + i];
	}
	return true;
}

bool
journal_read(const struct journal *j, uint64_t from, size_t max_bytes,
    struct buf *out, uint64_t *out_next, struct err *err)
{
	size_t had = out->len;

	if (from < journal_oldest_seq(j))
		from = journal_oldest_seq(j);
	for (*out_next = from; *out_next <= j->newest; ++*out_next) {
		const struct segment *s = &j->segments[j->active];

		if (*out_next < s->first_seq)
			s = &j->segments[!j->active];
		if (out->len > had && out->len - had +
		    segment_line_bytes(s, *out_next) > max_bytes)
			break;
		if (!segment_read(s, *out_next, out))
			return err_set(err, "%s: cannot read", j->path);
	}
	return true;
}
