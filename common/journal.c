/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "common/journal_impl.h"

uint64_t
journal_epoch(const struct journal *j)
{
	return j->epoch;
}

/* How far behind the active segment the oldest lines are; n_segments: there
 * are none but, perhaps, the active one's. */
static unsigned
oldest_segment(const struct journal *j)
{
	unsigned behind = 1;

	while (behind < j->n_segments && journal_segment(j, behind)->n == 0)
		behind++;
	return behind;
}

uint64_t
journal_oldest_seq(const struct journal *j)
{
	return journal_segment(j, oldest_segment(j))->first_seq;
}

int64_t
journal_oldest_ns(const struct journal *j)
{
	return journal_segment(j, oldest_segment(j))->begun_ns;
}

uint64_t
journal_newest_seq(const struct journal *j)
{
	return j->newest;
}

uint64_t
journal_bytes(const struct journal *j)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < j->n_segments; i++)
		bytes += j->segments[i].end;
	return bytes;
}

bool
journal_was_dropped(const struct journal *j)
{
	return j->was_dropped;
}

uint64_t
journal_cut_bytes(const struct journal *j)
{
	return j->cut_bytes;
}

struct str
journal_set_aside(const struct journal *j)
{
	return buf_str(&j->aside);
}

uint64_t
journal_lines_given_up(const struct journal *j)
{
	return j->n_given_up;
}

/* The oldest segment is emptied and becomes the active one. */
static bool
turn_over(struct journal *j)
{
	j->active = (j->active + 1) % j->n_segments;
	return segment_reset(journal_segment(j, 0), j->epoch, j->newest + 1,
	    j->boot, j->now_ns);
}

static bool
append_some(struct journal *j, const char *lines, const uint32_t *line_lens,
    size_t n_lines)
{
	const struct segment *active = journal_segment(j, 0);
	bool is_due = active->end == 0 ||
	    active->end >= j->max_bytes / j->n_segments;

	/* The space of older segments may be enough. */
	for (unsigned i = 0; i < j->n_segments; i++) {
		uint64_t oldest = journal_oldest_seq(j);
		bool is_ready = !is_due || turn_over(j);

		if (i > 0)
			j->n_given_up += journal_oldest_seq(j) - oldest;
		if (is_ready && segment_append(journal_segment(j, 0), lines,
		    line_lens, n_lines)) {
			j->newest += n_lines;
			return true;
		}
		is_due = true;
	}
	return false;
}

static void
keep_nothing(struct journal *j, size_t n_lines)
{
	uint64_t oldest = journal_oldest_seq(j);

	j->newest += n_lines;
	j->n_given_up += j->newest + 1 - oldest;
	/* The newest last: whoever is killed here has a successor that knows. */
	for (unsigned i = 1; i <= j->n_segments; i++)
		segment_clear(journal_segment(j, i), j->newest + 1);
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
			keep_nothing(j, n_lines - done);
			return false;
		}
		for (size_t i = 0; i < n; i++)
			p += line_lens[done + i];
	}
	return true;
}

void
journal_age(struct journal *j, int64_t now_ns)
{
	struct segment *active = journal_segment(j, 0);

	j->now_ns = now_ns;
	if (j->max_age_ns == 0 || active->end == 0)
		return;
	/* Not begun, unknown, or the clock was set back.  Whatever fails here
	 * fails in the next append, which says why. */
	if (active->n == 0 || active->begun_ns == 0 ||
	    active->begun_ns > now_ns) {
		active->begun_ns = now_ns;
		segment_take(active, j->boot);
	}
	if (now_ns - active->begun_ns >= j->max_age_ns / (j->n_segments - 2) &&
	    !turn_over(j))
		return;
	for (unsigned i = 1; i < j->n_segments; i++) {
		struct segment *s = journal_segment(j, i);
		struct segment *next = journal_segment(j, i + 1);

		if (s->n == 0)
			continue;
		if (now_ns - next->begun_ns <= j->max_age_ns ||
		    !segment_reset(s, j->epoch, 1, j->boot, now_ns))
			return;
	}
}

/* Its lines cannot be read; nor are those before it of use then. */
static bool
give_up(struct journal *j, const struct segment *s, struct err *err)
{
	const struct segment *active = journal_segment(j, 0);
	unsigned behind;
	struct err ignored;

	/* The newest number is in a header before any line goes. */
	if ((s == active || active->end == 0) && !turn_over(j)) {
		keep_nothing(j, 0);
	} else {
		behind = ((unsigned)(s - j->segments) + j->n_segments -
		    j->active) % j->n_segments;
		journal_forget(j, behind, true, &ignored);
	}
	return err_set(err, "%s: lines that cannot be read or are damaged are "
	    "given up, and what is older", j->path);
}

bool
journal_read(struct journal *j, uint64_t from, size_t max_bytes,
    struct buf *out, uint64_t *out_next, struct err *err)
{
	size_t had = out->len;
	unsigned behind = j->n_segments;	/* the active one */

	if (from < journal_oldest_seq(j))
		from = journal_oldest_seq(j);
	while (behind > 1 && from < journal_segment(j, behind)->first_seq)
		behind--;
	for (*out_next = from; *out_next <= j->newest; ++*out_next) {
		const struct segment *s = journal_segment(j, behind);

		while (*out_next - s->first_seq >= s->n) {
			assert(behind < j->n_segments);
			s = journal_segment(j, ++behind);
		}
		if (out->len > had && out->len - had +
		    segment_line_bytes(s, *out_next) > max_bytes)
			break;
		if (!segment_read(s, *out_next, out))
			return out->failed ? err_set(err, "out of memory") :
			    give_up(j, s, err);
	}
	return true;
}

uint64_t
journal_seq_within(const struct journal *j, uint64_t max_bytes)
{
	for (unsigned behind = j->n_segments;; behind--) {
		const struct segment *s = journal_segment(j, behind);
		size_t i = s->n;

		while (i > 0 && s->end - s->offsets[i - 1] <= max_bytes)
			i--;
		if (i > 0 || behind == 1)
			return s->first_seq + i > journal_oldest_seq(j) ?
			    s->first_seq + i : journal_oldest_seq(j);
		if (s->n > 0)
			max_bytes -= s->end - s->offsets[0];
	}
}
