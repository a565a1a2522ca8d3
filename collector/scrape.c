/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "collector/fetch.h"
#include "collector/local.h"
#include "collector/schedule.h"
#include "collector/scrape.h"
#include "collector/summary.h"

#define FRAME_ARENA_BYTES_MAX (256u << 20)

struct target {
	struct scraper *scraper;
	const struct source *source;
	struct local_source *local;	/* SOURCE_LOCAL */
	char *name;			/* of the node, or its address */
	bool is_named;			/* by itself */
	int64_t slot_ns;
	int64_t last_ns;		/* newest window asked for */
	int64_t window_ns;		/* the one being asked for */
	int64_t due_ns;			/* when */
	int64_t asked_ns;		/* the last time */
	struct loop_timer timer;
	struct log_condition failing;
};

struct scraper {
	struct scraper_conf conf;
	struct bus_pub *raw;
	struct fetcher *fetcher;
	struct target *targets;
	size_t n_targets;
	int64_t roster_ns;		/* window of the newest roster */
	struct arena arena;
	struct buf json;
	struct scrape_counters counters;
};

static void
publish(struct scraper *s, struct frame *f)
{
	f->resolution_ns = s->conf.resolution_ns;
	f->collector = str_of(s->conf.name);
	buf_reset(&s->json);
	frame_encode(f, &s->json);
	if (s->json.failed ||
	    !bus_publish(s->raw, frame_kind_name(f->kind), buf_str(&s->json)))
		log_err("frame_too_large kind=%.*s node=%s",
		    STR_ARG(frame_kind_name(f->kind)), log_q(f->node));
}

static void
publish_roster(struct scraper *s, int64_t window_ns)
{
	struct frame f;

	frame_clear(&f);
	f.kind = FRAME_ROSTER;
	f.window_ns = window_ns;
	f.nodes = xcalloc(s->n_targets, sizeof *f.nodes);
	for (size_t i = 0; i < s->n_targets; i++)
		f.nodes[f.n_nodes++] = str_of(s->targets[i].name);
	publish(s, &f);
	free(f.nodes);
	s->roster_ns = window_ns;
}

/* The roster of the window, if it is due and all names are known. */
static void
open_window(struct scraper *s, int64_t window_ns)
{
	if (window_ns <= s->roster_ns)
		return;
	for (size_t i = 0; i < s->n_targets; i++)
		if (!s->targets[i].is_named &&
		    s->targets[i].last_ns < window_ns)
			return;
	publish_roster(s, window_ns);
}

static void
schedule(struct target *t)
{
	int64_t now_ns = clock_wall_ns();

	t->due_ns = schedule_next_ns(t->last_ns, t->asked_ns, now_ns,
	    t->scraper->conf.resolution_ns, t->slot_ns, &t->window_ns);
	loop_timer_set_ns(&t->timer, t->due_ns - now_ns);
}

static void
finish(struct target *t, struct frame *f)
{
	struct scraper *s = t->scraper;

	f->window_ns = t->window_ns;
	t->last_ns = t->window_ns;
	open_window(s, t->window_ns);
	publish(s, f);
	schedule(t);
}

static void
fail(struct target *t, const char *reason, int64_t elapsed_ns)
{
	struct frame f;

	t->scraper->counters.scrapes_failed++;
	if (log_onset(&t->failing, clock_mono_ns()))
		log_warn("scrape_failed node=%s after_ms=%" PRId64 " seen=%"
		    PRIu64 " error=%s", log_qs(t->name),
		    elapsed_ns / NS_PER_MS, t->failing.seen, log_qs(reason));
	frame_clear(&f);
	f.kind = FRAME_FAILED;
	f.node = str_of(t->name);
	f.error = str_of(reason);
	finish(t, &f);
}

static void
succeed(struct target *t, struct frame *f)
{
	t->scraper->counters.scrapes_ok++;
	if (log_clear(&t->failing))
		log_info("scrape_succeeded node=%s", log_qs(t->name));
	finish(t, f);
}

static void
take_name(struct target *t, struct str name)
{
	if (t->is_named && str_is(name, t->name))
		return;
	if (t->is_named)
		log_warn("node_renamed from=%s to=%s", log_qs(t->name),
		    log_q(name));
	free(t->name);
	t->name = str_dup(name);
	t->is_named = true;
}

static void
on_summary(void *arg, const struct fetch_result *result)
{
	struct target *t = arg;
	struct scraper *s = t->scraper;
	struct frame f;
	struct err err;

	s->counters.bytes_scraped += result->body.len;
	s->counters.scrape_ns += (uint64_t)result->elapsed_ns;
	if (result->error != NULL) {
		fail(t, result->error, result->elapsed_ns);
		return;
	}
	arena_reset(&s->arena);
	if (!summary_decode(&f, &s->arena, result->body, clock_wall_ns(),
	    &err)) {
		fail(t, err.msg, result->elapsed_ns);
		return;
	}
	if (f.node.len > 0)
		take_name(t, f.node);
	f.node = str_of(t->name);
	succeed(t, &f);
}

static void
collect_local(struct target *t)
{
	struct scraper *s = t->scraper;
	struct frame f;
	struct err err;

	arena_reset(&s->arena);
	if (!local_collect(t->local, &f, &s->arena, clock_wall_ns(), &err)) {
		fail(t, err.msg, 0);
		return;
	}
	take_name(t, f.node);
	succeed(t, &f);
}

static void
on_due(void *arg)
{
	struct target *t = arg;
	struct scraper *s = t->scraper;
	int64_t now_ns = clock_wall_ns();
	struct err err;

	/* Timers of milliseconds may be early, and a clock may step back; a
	 * sample belongs into its window. */
	if (now_ns < t->due_ns && t->due_ns - now_ns < s->conf.resolution_ns) {
		loop_timer_set_ns(&t->timer, t->due_ns - now_ns);
		return;
	}
	t->asked_ns = now_ns;
	open_window(s, t->window_ns);
	if (t->source->kind == SOURCE_LOCAL)
		collect_local(t);
	else if (!fetch_start(s->fetcher, &(struct fetch_request){
	    .url = t->source->url,
	    .timeout_ns = s->conf.timeout_ns,
	    .done = on_summary,
	    .arg = t,
	}, &err))
		fail(t, err.msg, 0);
}

static bool
open_target(struct scraper *s, size_t i, struct loop *loop,
    struct counters *counters, struct err *err)
{
	struct target *t = &s->targets[i];
	struct local_conf local = { .node_name = s->conf.node_name };

	t->scraper = s;
	t->source = &s->conf.sources[i];
	t->slot_ns = schedule_slot_ns(i, s->n_targets, s->conf.resolution_ns);
	loop_timer_init(&t->timer, loop, on_due, t);
	if (t->source->kind == SOURCE_KUBELET) {
		t->name = xstrdup(t->source->address);
		return true;
	}
	t->name = xstrdup("");
	t->local = local_open(&local, err);
	if (t->local == NULL)
		return false;
	counters_add(counters, local_counters(t->local), local_counters);
	return true;
}

struct scraper *
scraper_open(struct loop *loop, const struct scraper_conf *conf,
    struct bus_pub *raw, struct counters *counters, struct err *err)
{
	struct scraper *s = xcalloc(1, sizeof *s);

	s->conf = *conf;
	s->raw = raw;
	s->n_targets = conf->n_sources;
	s->targets = xcalloc(s->n_targets, sizeof *s->targets);
	s->counters.targets = s->n_targets;
	counters_add(counters, &s->counters, scrape_counters);
	arena_init(&s->arena, FRAME_ARENA_BYTES_MAX);
	s->fetcher = fetcher_open(loop, conf->body_bytes_max, err);
	for (size_t i = 0; s->fetcher != NULL && i < s->n_targets; i++) {
		if (!open_target(s, i, loop, counters, err)) {
			scraper_close(s);
			return NULL;
		}
	}
	if (s->fetcher == NULL) {
		scraper_close(s);
		return NULL;
	}
	return s;
}

void
scraper_close(struct scraper *s)
{
	if (s == NULL)
		return;
	fetcher_close(s->fetcher);
	for (size_t i = 0; i < s->n_targets; i++) {
		loop_timer_fini(&s->targets[i].timer);
		local_close(s->targets[i].local);
		free(s->targets[i].name);
	}
	free(s->targets);
	arena_fini(&s->arena);
	buf_fini(&s->json);
	free(s);
}

/* Rosters name the targets in the order of the sources. */
static void
recall_roster(struct scraper *s, const struct frame *f)
{
	s->roster_ns = f->window_ns;
	if (f->n_nodes != s->n_targets)
		return;
	for (size_t i = 0; i < s->n_targets; i++) {
		struct target *t = &s->targets[i];

		if (t->source->kind == SOURCE_KUBELET &&
		    str_is(f->nodes[i], t->source->address))
			continue;
		free(t->name);
		t->name = str_dup(f->nodes[i]);
		t->is_named = true;
	}
}

void
scraper_recall(struct scraper *s, const struct frame_line *line)
{
	struct frame f;
	struct err err;

	arena_reset(&s->arena);
	if (!frame_decode(&f, &s->arena, line->json, &err) ||
	    !str_is(f.collector, s->conf.name))
		return;
	if (f.kind == FRAME_ROSTER) {
		recall_roster(s, &f);
		return;
	}
	for (size_t i = 0; i < s->n_targets; i++)
		if (str_eq(f.node, str_of(s->targets[i].name)) &&
		    s->targets[i].last_ns < f.window_ns)
			s->targets[i].last_ns = f.window_ns;
}

void
scraper_start(struct scraper *s)
{
	for (size_t i = 0; i < s->n_targets; i++)
		schedule(&s->targets[i]);
}
