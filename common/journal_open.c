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
#include "common/journal_impl.h"
#include "common/mem.h"

#define EPOCH_RANDOM_BITS 20

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
reset(struct journal *j, struct segment *s, uint64_t first_seq)
{
	return segment_reset(s, j->epoch, first_seq, j->boot, j->now_ns);
}

static bool
set_aside(struct journal *j, struct segment *s, const char *why,
    struct err *err)
{
	unsigned number = (unsigned)(s - j->segments);

	if (!segment_set_aside(s, j->path, number, why, err))
		return false;
	buf_addf(&j->aside, "%s%s.%u.%s", j->aside.len > 0 ? "," : "",
	    j->path, number, why);
	return true;
}

/* Of what goes now, the damaged ones are worth a look; but rather they go than
 * stay.  What is not ours stays. */
static bool
drop(struct journal *j, struct segment *s, struct err *err)
{
	if (j->is_spool && s->is_foreign &&
	    !set_aside(j, s, "foreign", err))
		return false;
	if (j->is_spool && s->is_damaged &&
	    !set_aside(j, s, "damaged", err) && s->fd == -1)
		return false;
	return reset(j, s, 1) ||
	    err_set(err, "%s: %s", j->path, strerror(errno));
}

bool
journal_forget(struct journal *j, unsigned behind, bool is_damaged,
    struct err *err)
{
	bool ok = true;

	journal_segment(j, behind)->is_damaged |= is_damaged;
	for (unsigned i = behind; i > 0; i--)
		ok &= drop(j, journal_segment(j, i), err);
	return ok;
}

static bool
begin_epoch(struct journal *j, struct err *err)
{
	j->epoch = new_epoch();
	/* It is the highest, whatever the clock says: see is_newer(). */
	for (unsigned i = 0; i < j->n_segments; i++)
		if (j->segments[i].epoch >= j->epoch)
			j->epoch = j->segments[i].epoch + 1;
	j->newest = 0;
	j->active = 0;
	/* It is on disk before what may have had the newest number goes. */
	for (int is_bad = 0; is_bad < 2; is_bad++)
		for (unsigned i = 0; i < j->n_segments; i++) {
			struct segment *s = &j->segments[i];

			if ((s->is_damaged || s->is_foreign) == is_bad &&
			    !drop(j, s, err))
				return false;
		}
	return true;
}

/* Whether b was written to later than a. */
static bool
is_newer(const struct segment *a, const struct segment *b)
{
	if (a->end == 0 || b->end == 0)
		return a->end == 0 && b->end != 0;
	if (a->epoch != b->epoch)
		return b->epoch > a->epoch;
	if (a->first_seq != b->first_seq)
		return b->first_seq > a->first_seq;
	return b->n > a->n;
}

/* Whether there may be newer lines than those of the active segment. */
static bool
is_uncertain(const struct journal *j)
{
	const struct segment *active = journal_segment(j, 0);

	if (active->is_damaged ||
	    (active->boot != 0 && active->boot != j->boot))
		return true;
	/* A full disk may have left some without a header between them. */
	for (unsigned i = 1; i < j->n_segments; i++) {
		const struct segment *next = journal_segment(j, i);

		if (next->is_foreign || (next->end > 0 && next->epoch == 0))
			return true;
		if (next->end > 0)
			break;
	}
	return false;
}

/* Older segments are kept as far as they have the same epoch and each begins
 * where the one before it ends; those that a full disk left empty are passed
 * over. */
static bool
keep_chain(struct journal *j, struct err *err)
{
	uint64_t first_seq = journal_segment(j, 0)->first_seq;
	unsigned behind = j->n_segments - 1;

	for (; behind > 0; behind--) {
		struct segment *s = journal_segment(j, behind);

		if (s->end == 0 && !s->is_foreign) {
			s->first_seq = first_seq;
			s->begun_ns = journal_segment(j, behind + 1)->begun_ns;
			continue;
		}
		if (s->end == 0 || s->epoch != j->epoch ||
		    s->first_seq + s->n != first_seq)
			break;
		first_seq = s->first_seq;
	}
	return journal_forget(j, behind, false, err);
}

static bool
recover(struct journal *j, struct err *err)
{
	struct segment *active;

	for (unsigned i = 1; i < j->n_segments; i++)
		if (is_newer(&j->segments[j->active], &j->segments[i]))
			j->active = i;
	active = journal_segment(j, 0);
	if (active->end == 0 || is_uncertain(j)) {
		j->was_dropped = active->end != 0;
		return begin_epoch(j, err);
	}
	j->epoch = active->epoch;
	j->newest = active->first_seq + active->n - 1;
	j->cut_bytes = active->tail_bytes;
	return (segment_take(active, j->boot) ||
	    err_set(err, "%s: %s", j->path, strerror(errno))) &&
	    keep_chain(j, err);
}

/* Leaves the files as they are. */
static void
journal_free(struct journal *j)
{
	for (unsigned i = 0; i < j->n_segments; i++)
		segment_fini(&j->segments[i]);
	buf_fini(&j->aside);
	free(j->path);
	free(j);
}

static bool
scan(struct journal *j, struct segment *s, struct err *err)
{
	if (segment_scan(s, j->is_spool, err))
		return true;
	if (!j->is_spool || !s->is_foreign)
		return err_wrap(err, "%s.%u", j->path,
		    (unsigned)(s - j->segments));
	return true;	/* drop() sets it aside */
}

static bool
open_files(struct journal *j, const char *path, struct err *err)
{
	for (unsigned i = 0; i < j->n_segments; i++)
		if (!segment_open(&j->segments[i], path, i, err))
			return false;
	for (unsigned i = 0; i < j->n_segments; i++)
		if (!scan(j, &j->segments[i], err))
			return false;
	return recover(j, err);
}

static struct journal *
open_journal(struct journal *j, const char *path, struct err *err)
{
	j->path = xstrdup(path == NULL ? "memory" : path);
	j->boot = boot_number();
	j->now_ns = clock_wall_ns();
	for (unsigned i = 0; i < j->n_segments; i++)
		j->segments[i].fd = -1;
	if (!open_files(j, path, err)) {
		journal_free(j);
		return NULL;
	}
	return j;
}

struct journal *
journal_open(const char *path, uint64_t max_bytes, struct err *err)
{
	struct journal *j = xcalloc(1, sizeof *j);

	j->max_bytes = max_bytes;
	j->n_segments = JOURNAL_SEGMENTS;
	return open_journal(j, path, err);
}

struct journal *
journal_open_spool(const char *path, uint64_t max_bytes, int64_t max_age_ns,
    struct err *err)
{
	struct journal *j = xcalloc(1, sizeof *j);

	j->max_bytes = max_bytes;
	j->max_age_ns = max_age_ns;
	j->n_segments = SPOOL_SEGMENTS;
	j->is_spool = true;
	return open_journal(j, path, err);
}

void
journal_close(struct journal *j)
{
	struct segment *active;

	if (j == NULL)
		return;
	active = journal_segment(j, 0);
	/* If that fails, a successor on another boot begins a new epoch. */
	if (active->end > 0 && !segment_take(active, 0))
		errno = 0;
	journal_free(j);
}
