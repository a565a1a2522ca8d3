/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "collector/first_usage.h"
#include "collector/pod_sum.h"
#include "collector/schedule.h"
#include "collector/scrape_impl.h"

#define FRAME_ARENA_BYTES_MAX (256u << 20)
#define SYNC_SOON_NS (50 * NS_PER_MS)	/* until there are nodes */
#define SYNC_NS NS_PER_S

static void
publish(struct scraper *s, struct frame *f)
{
	f->resolution_ns = s->conf.resolution_ns;
	f->collector = str_of(s->conf.name);
	bus_publish_frame(s->raw, f);
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
		f.nodes[f.n_nodes++] = str_of(s->targets[i]->name);
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
		if (!s->targets[i]->is_named &&
		    s->targets[i]->last_ns < window_ns)
			return;
	publish_roster(s, window_ns);
}

void
target_schedule(struct target *t)
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
	if (t->question.began_mono_ns != 0) {
		f->asked_ns = t->asked_ns;
		f->took_ns = clock_mono_ns() - t->question.began_mono_ns;
	}
	open_window(s, t->window_ns);
	publish(s, f);
	target_schedule(t);
}

static void
fail(struct target *t, const char *reason)
{
	struct frame f;

	t->scraper->counters.scrapes_failed++;
	frame_clear(&f);
	f.kind = FRAME_FAILED;
	f.node = str_of(t->name);
	f.error = str_of(reason);
	finish(t, &f);
}

void
target_fail(struct target *t, const char *reason, int64_t elapsed_ns)
{
	target_set_refusal(t, REFUSAL_NONE, false);
	if (log_onset(&t->failing, clock_mono_ns()))
		log_warn("scrape_failed node=%s after_ms=%" PRId64 " seen=%"
		    PRIu64 " error=%s", log_qs(t->name),
		    elapsed_ns / NS_PER_MS, t->failing.seen, log_qs(reason));
	fail(t, reason);
}

void
target_set_refusal(struct target *t, enum kubelet_refusal refusal,
    bool is_further)
{
	struct scraper *s = t->scraper;
	enum kubelet_refusal before = t->refusal;

	if (refusal == before)
		return;
	t->refusal = refusal;
	s->refusals[refusal].n_targets++;
	if (--s->refusals[before].n_targets == 0 &&
	    log_clear(&s->refusals[before].condition) && is_further)
		log_info("scrape_allowed lacked=%s",
		    kubelet_refusal_name(before));
}

void
target_refuse(struct target *t, enum kubelet_refusal refusal,
    const char *reason)
{
	struct log_condition *c = &t->scraper->refusals[refusal].condition;

	target_set_refusal(t, refusal, true);
	if (log_onset(c, clock_mono_ns()))
		log_warn("scrape_refused lacks=%s nodes=%zu node=%s seen=%"
		    PRIu64 " error=%s", kubelet_refusal_name(refusal),
		    t->scraper->refusals[refusal].n_targets, log_qs(t->name),
		    c->seen, log_qs(reason));
	fail(t, reason);
}

void
target_leave(struct target *t)
{
	struct scraper *s = t->scraper;
	struct frame f;

	if (t->last_ns < s->roster_ns) {
		frame_clear(&f);
		f.kind = FRAME_FAILED;
		f.node = str_of(t->name);
		f.error = STR("it is not a node of the cluster any more");
		f.window_ns = s->roster_ns;
		publish(s, &f);
	}
	target_free(t);
}

void
target_succeed(struct target *t, struct frame *f)
{
	t->scraper->counters.scrapes_ok++;
	if (log_clear(&t->failing))
		log_info("scrape_succeeded node=%s", log_qs(t->name));
	t->succeeded_ns = t->window_ns;
	target_set_refusal(t, REFUSAL_NONE, true);
	finish(t, f);
}

/* name may be the name. */
static void
replace_name(struct target *t, struct str name)
{
	char *copy = str_dup(name);

	free(t->name);
	t->name = copy;
	t->is_named = true;
}

static void
take_name(struct target *t, struct str name)
{
	if (t->is_named && str_is(name, t->name))
		return;
	if (t->is_named)
		log_warn("node_renamed from=%s to=%s", log_qs(t->name),
		    log_q(name));
	replace_name(t, name);
}

bool
target_complete(struct target *t, struct frame *f, struct err *err)
{
	struct scraper *s = t->scraper;

	/* Resources do not say whose they are: the address is. */
	if (t->kind == TARGET_KUBELET)
		take_name(t, f->node.len > 0 ? f->node : str_of(t->name));
	f->node = str_of(t->name);
	first_usage_keep(f, t->window_ns - t->succeeded_ns >
	    FIRST_USAGE_PAUSE_WINDOWS * s->conf.resolution_ns,
	    s->conf.resolution_ns);
	if (t->kind == TARGET_NODE) {
		f->sets[0].name = f->node;
		if (!enrich_frame(f, &s->arena, cluster_cache(s->conf.cluster),
		    &s->enrich_counters))
			return err_set(err, "the node has too many pods");
	}
	return pod_sum(f, &s->arena) ||
	    err_set(err, "the node has too many resources");
}

static void
collect_local(struct target *t)
{
	struct scraper *s = t->scraper;
	struct frame f;
	struct err err;

	arena_reset(&s->arena);
	if (!local_collect(t->local, &f, &s->arena, clock_wall_ns(), &err)) {
		target_fail(t, err.msg, 0);
		return;
	}
	take_name(t, f.node);
	target_succeed(t, &f);
}

void
target_on_due(void *arg)
{
	struct target *t = arg;
	struct scraper *s = t->scraper;
	int64_t now_ns = clock_wall_ns();

	/* Timers of milliseconds may be early, and a clock may step back; a
	 * sample belongs into its window. */
	if (now_ns < t->due_ns && t->due_ns - now_ns < s->conf.resolution_ns) {
		loop_timer_set_ns(&t->timer, t->due_ns - now_ns);
		return;
	}
	t->asked_ns = now_ns;
	open_window(s, t->window_ns);
	if (t->kind == TARGET_LOCAL)
		collect_local(t);
	else
		target_ask(t);
}

/* For as long as the process lives, so once is enough. */
static void
tell_of_names(struct scraper *s)
{
	const struct object_cache *cache = cluster_cache(s->conf.cluster);

	if (s->has_told_of_names || cache->counters.names_refused == 0)
		return;
	s->has_told_of_names = true;
	log_warn("names_full max_bytes=%u error=\"new containers and images "
	    "have no names until this process is restarted\"",
	    OBJECT_NAMES_BYTES_MAX);
}

static void
on_sync(void *arg)
{
	struct scraper *s = arg;

	target_sync(s);
	tell_of_names(s);
	loop_timer_set_ns(&s->sync_timer, s->n_targets == 0 ? SYNC_SOON_NS :
	    SYNC_NS);
}

struct scraper *
scraper_open(struct loop *loop, const struct scraper_conf *conf,
    struct bus_pub *raw, struct counters *counters, struct err *err)
{
	struct scraper *s = xcalloc(1, sizeof *s);

	s->conf = *conf;
	s->loop = loop;
	s->raw = raw;
	s->synced_changes = UINT64_MAX;
	counters_add(counters, &s->counters, scrape_counters);
	if (conf->cluster != NULL)
		counters_add(counters, &s->enrich_counters, enrich_counters);
	counters_add_printer(counters, scraper_print, s);
	arena_init(&s->arena, FRAME_ARENA_BYTES_MAX);
	loop_timer_init(&s->sync_timer, loop, on_sync, s);
	for (size_t i = 0; i < conf->n_sources; i++) {
		if (!target_add_source(s, i, counters, err)) {
			scraper_close(s);
			return NULL;
		}
	}
	return s;
}

void
scraper_close(struct scraper *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < FETCHERS_MAX; i++)
		fetcher_close(s->fetchers[i]);
	loop_timer_fini(&s->sync_timer);
	target_free_all(s);
	arena_fini(&s->arena);
	free(s);
}

void
scraper_farewell(struct scraper *s)
{
	struct frame f;

	if (s->roster_ns == 0)
		return;
	frame_clear(&f);
	f.kind = FRAME_ROSTER;
	f.window_ns = s->roster_ns;
	publish(s, &f);
}

/*
 * Rosters name the targets of sources first, in their order.  Nodes that the
 * cluster has are known before it says so again.
 */
static void
recall_roster(struct scraper *s, const struct frame *f)
{
	size_t i = 0;

	s->roster_ns = f->window_ns;
	for (; i < s->n_targets && i < f->n_nodes &&
	    s->targets[i]->kind != TARGET_NODE; i++) {
		struct target *t = s->targets[i];

		if (t->kind == TARGET_KUBELET && str_is(f->nodes[i], t->name))
			continue;
		replace_name(t, f->nodes[i]);
	}
	for (; s->conf.cluster != NULL && i < f->n_nodes; i++)
		if (target_find_node(s, f->nodes[i]) == NULL)
			target_add_node(s, f->nodes[i]);
}

static void
recall_node(struct target *t, const struct frame *f)
{
	if (t->last_ns < f->window_ns)
		t->last_ns = f->window_ns;
	if (f->kind == FRAME_NODE && t->succeeded_ns < f->window_ns)
		t->succeeded_ns = f->window_ns;
}

void
scraper_recall(struct scraper *s, const struct frame_line *line)
{
	struct target *node;
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
	node = target_find_node(s, f.node);
	if (node != NULL)
		recall_node(node, &f);
	for (size_t i = 0; i < s->conf.n_sources && i < s->n_targets; i++)
		if (str_eq(f.node, str_of(s->targets[i]->name)))
			recall_node(s->targets[i], &f);
}

void
scraper_start(struct scraper *s)
{
	if (s->conf.cluster != NULL)
		on_sync(s);
	for (size_t i = 0; i < s->n_targets; i++)
		if (s->targets[i]->kind != TARGET_NODE)
			target_schedule(s->targets[i]);
}
