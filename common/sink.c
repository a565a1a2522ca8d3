/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/notify.h"
#include "common/timestamp.h"

#include "common/sink_impl.h"

#define CURSOR_INTERVAL_NS NS_PER_S
#define FRAME_ARENA_BYTES_MAX (256u << 20)
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 30000

bool
sink_is_stopping(void)
{
	static int64_t told_mono_ns;

	if (notify_watchdog_interval_ns() > 0 &&
	    clock_mono_ns() - told_mono_ns > NS_PER_S) {
		told_mono_ns = clock_mono_ns();
		notify_watchdog();
	}
	return loop_signal_pending() != 0;
}

static int64_t retry_after_ns;

void
sink_retry_after_ns(int64_t wait_ns)
{
	retry_after_ns = wait_ns;
}

static void
note_lag(struct sink *s)
{
	int64_t behind_ns = clock_wall_ns() - s->window_ns;

	s->counters.lag_windows = s->resolution_ns <= 0 || behind_ns < 0 ? 0 :
	    (uint64_t)(behind_ns / s->resolution_ns);
}

static void
store_cursor(struct sink *s)
{
	struct err err;

	if (cursor_store(&s->cursor, &err)) {
		if (log_clear(&s->cursor_failing))
			log_info("cursor_stored path=%s", s->cursor.path);
		return;
	}
	s->counters.cursor_errors++;
	if (log_onset(&s->cursor_failing, clock_mono_ns()))
		log_err("cursor_not_stored seen=%" PRIu64 " error=%s",
		    s->cursor_failing.seen, log_qs(err.msg));
}

static void
on_store(void *arg)
{
	store_cursor(arg);
}

static void
move_cursor(struct cursor *to, const struct cursor *from)
{
	for (size_t i = 0; i < from->n; i++)
		cursor_set(to, from->entries[i].epoch, from->entries[i].seq);
}

/* Every so many windows, what was done by the time before. */
static void
move_behind(struct sink *s)
{
	struct cursor_lag *lag = &s->lag;

	move_cursor(&lag->done, &s->ahead);
	if (s->window_ns - lag->window_ns < s->resolution_ns *
	    s->ops->windows_again)
		return;
	move_cursor(&s->cursor, &lag->before);
	move_cursor(&lag->before, &lag->done);
	lag->window_ns = s->window_ns;
}

/* All frames in hand are done with. */
static void
settle(struct sink *s)
{
	s->attempts = 0;
	s->is_flush_due = false;
	backoff_reset(&s->backoff);
	if (s->ops->windows_again > 0)
		move_behind(s);
	else
		move_cursor(&s->cursor, &s->ahead);
	s->ahead.n = 0;
	s->counters.frames_held = 0;
	s->is_rollup_held = false;
	loop_timer_cancel(&s->hold);
	if (s->ops->discard != NULL)
		s->ops->discard(s->self);
	if (!loop_timer_is_set(&s->store))
		loop_timer_set_ns(&s->store, CURSOR_INTERVAL_NS);
}

static void
taken(struct sink *s)
{
	if (log_clear(&s->failing))
		log_info("write_succeeded attempts=%" PRIu64, s->attempts + 1);
	log_clear(&s->dropping);
	s->counters.frames_written += s->counters.frames_held;
	settle(s);
}

/* line is the one in hand, or NULL for all that are held. */
static void
drop(struct sink *s, const struct frame_line *line, const struct err *err)
{
	uint64_t n = line == NULL ? s->counters.frames_held : 1;

	s->counters.frames_dropped += n;
	if (log_onset(&s->dropping, clock_mono_ns())) {
		if (line == NULL)
			log_warn("frames_dropped frames=%" PRIu64 " seen=%"
			    PRIu64 " error=%s", n, s->dropping.seen,
			    log_qs(err->msg));
		else
			log_warn("frame_dropped epoch=%" PRIu64 " seq=%" PRIu64
			    " seen=%" PRIu64 " error=%s", line->epoch,
			    line->seq, s->dropping.seen, log_qs(err->msg));
	}
	if (line != NULL)
		cursor_set(&s->ahead, line->epoch, line->seq);
	if (line == NULL || s->counters.frames_held == 0)
		settle(s);
}

/* Takes a copy of the line, and no others until it is done with. */
static void
park(struct sink *s, const struct frame_line *line)
{
	struct parked *p = &s->parked;

	if (p->is_there)
		return;
	buf_reset(&p->text);
	buf_add_str(&p->text, line->json);
	buf_pad(&p->text);
	p->line = (struct frame_line){
		.topic = STR("node"),
		.epoch = line->epoch,
		.seq = line->seq,
		.json = buf_str(&p->text),
	};
	p->is_there = !p->text.failed;
	bus_sub_pause(s->out, p->is_there);
}

/* line is the one in hand, or NULL for all that are held. */
static void
retry(struct sink *s, const struct frame_line *line, const struct err *err)
{
	int64_t wait_ms;

	note_lag(s);
	s->attempts++;
	if (!sink_is_stopping() && s->retry_max > 0 &&
	    s->attempts >= s->retry_max) {
		drop(s, line, err);
		return;
	}
	if (line != NULL)
		park(s, line);
	else
		bus_sub_pause(s->out, true);
	s->is_flush_due = line == NULL;
	if (sink_is_stopping())		/* it comes again at the next start */
		return;
	s->counters.frames_retried += line != NULL ? 1 :
	    s->counters.frames_held;
	wait_ms = backoff_step_ms(&s->backoff, (uint32_t)random());
	if (wait_ms < retry_after_ns / NS_PER_MS)
		wait_ms = retry_after_ns / NS_PER_MS;
	if (log_onset(&s->failing, clock_mono_ns()))
		log_warn("write_failed attempts=%" PRIu64 " retry_in_ms=%"
		    PRId64 " error=%s", s->attempts, wait_ms,
		    log_qs(err->msg));
	loop_timer_set_ns(&s->retry, wait_ms * NS_PER_MS);
}

/* What a window has taken counts when its roll-up is done. */
static void
note_time(struct sink *s, enum frame_kind kind, int64_t began_ns)
{
	exporter_note(&s->exporter, kind, clock_mono_ns() - began_ns,
	    clock_wall_ns());
}

static void
flush(struct sink *s)
{
	int64_t began_ns = clock_mono_ns();
	struct err err = { "" };

	loop_timer_cancel(&s->hold);
	retry_after_ns = 0;
	switch (s->ops->flush(s->self, &err)) {
	case SINK_OK:
		note_time(s, s->is_rollup_held ? FRAME_ROLLUP : FRAME_NODE,
		    began_ns);
		taken(s);
		break;
	case SINK_DROP:
		drop(s, NULL, &err);
		break;
	case SINK_RETRY:
	case SINK_HELD:
	case SINK_FULL:
		retry(s, NULL, &err);
		break;
	}
}

static void
on_hold(void *arg)
{
	struct sink *s = arg;

	if (s->counters.frames_held > 0 && !s->is_flush_due)
		flush(s);
}

static void
hold(struct sink *s, const struct frame_line *line)
{
	cursor_set(&s->ahead, line->epoch, line->seq);
	s->counters.frames_held++;
	note_lag(s);
}

static void
write_line(struct sink *s, const struct frame_line *line)
{
	struct frame f;
	struct sink_frame frame = { &f, line->topic, line->json };
	struct err err = { "" };
	int64_t began_ns;

	arena_reset(&s->arena);
	if (!frame_decode(&f, &s->arena, line->json, &err)) {
		s->counters.frames_undecodable++;
		drop(s, line, &err);
		return;
	}
	frame.topic = frame_kind_name(f.kind);
	s->window_ns = f.window_ns;
	s->resolution_ns = f.resolution_ns;
	retry_after_ns = 0;
	began_ns = clock_mono_ns();
	switch (s->ops->write(s->self, &frame, &err)) {
	case SINK_OK:
		note_time(s, f.kind, began_ns);
		hold(s, line);
		taken(s);
		break;
	case SINK_HELD:
		note_time(s, FRAME_NODE, began_ns);
		s->is_rollup_held |= f.kind == FRAME_ROLLUP;
		hold(s, line);
		if (!loop_timer_is_set(&s->hold))
			loop_timer_set_ns(&s->hold, *s->ops->hold_ns);
		break;
	case SINK_FULL:
		note_time(s, FRAME_NODE, began_ns);
		s->is_rollup_held |= f.kind == FRAME_ROLLUP;
		hold(s, line);
		flush(s);
		break;
	case SINK_RETRY:
		retry(s, line, &err);
		break;
	case SINK_DROP:
		drop(s, line, &err);
		break;
	}
}

void
sink_on_line(void *arg, const struct frame_line *line)
{
	write_line(arg, line);
}

static void
on_retry(void *arg)
{
	struct sink *s = arg;
	uint64_t attempts = s->attempts;

	if (s->is_flush_due)
		flush(s);
	else if (s->parked.is_there)
		write_line(s, &s->parked.line);
	if (s->attempts > attempts)
		return;			/* and again */
	s->parked.is_there = false;
	bus_sub_resume(s->out);
}

void
sink_delivery_init(struct sink *s)
{
	arena_init(&s->arena, FRAME_ARENA_BYTES_MAX);
	backoff_init(&s->backoff, RETRY_MIN_MS, RETRY_MAX_MS);
	loop_timer_init(&s->retry, &s->daemon.loop, on_retry, s);
	loop_timer_init(&s->store, &s->daemon.loop, on_store, s);
	loop_timer_init(&s->hold, &s->daemon.loop, on_hold, s);
	exporter_init(&s->exporter, s->ops->name);
}

/* The far side may be there, but what failed just now fails again. */
void
sink_delivery_end(struct sink *s)
{
	if (s->counters.frames_held > 0 && !s->is_flush_due)
		flush(s);
	store_cursor(s);
}

void
sink_delivery_fini(struct sink *s)
{
	cursor_fini(&s->cursor);
	cursor_fini(&s->ahead);
	cursor_fini(&s->lag.done);
	cursor_fini(&s->lag.before);
	loop_timer_fini(&s->retry);
	loop_timer_fini(&s->store);
	loop_timer_fini(&s->hold);
	buf_fini(&s->parked.text);
	arena_fini(&s->arena);
}
