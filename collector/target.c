/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/timestamp.h"

#include "collector/schedule.h"
#include "collector/scrape_impl.h"
#include "collector/shard.h"

static struct target *
add(struct scraper *s, enum target_kind kind)
{
	struct target *t = xcalloc(1, sizeof *t);

	if (s->n_targets == s->cap_targets) {
		s->cap_targets = s->cap_targets == 0 ? 16 :
		    s->cap_targets * 2;
		s->targets = xrealloc(s->targets, s->cap_targets,
		    sizeof(void *));
	}
	t->scraper = s;
	t->kind = kind;
	t->index = (uint32_t)s->n_targets;
	s->refusals[REFUSAL_NONE].n_targets++;
	while (t->fetcher + 1 < FETCHERS_MAX &&
	    s->fetcher_targets[t->fetcher] >= FETCHER_TARGETS_MAX)
		t->fetcher++;
	s->fetcher_targets[t->fetcher]++;
	s->targets[s->n_targets++] = t;
	s->counters.targets = s->n_targets;
	loop_timer_init(&t->timer, s->loop, target_on_due, t);
	return t;
}

bool
target_add_source(struct scraper *s, size_t i, struct counters *counters,
    struct err *err)
{
	const struct source *source = &s->conf.sources[i];
	struct local_conf local = { .node_name = s->conf.node_name };
	struct target *t;

	if (source->kind == SOURCE_KUBERNETES)
		return true;
	t = add(s, source->kind == SOURCE_LOCAL ? TARGET_LOCAL :
	    TARGET_KUBELET);
	t->is_ready = true;
	t->slot_ns = schedule_slot_ns(i, s->conf.n_sources,
	    s->conf.resolution_ns);
	if (t->kind == TARGET_KUBELET) {
		t->name = xstrdup(source->address);
		t->url = xstrdup(source->url);
		t->api = source->api;
		return true;
	}
	t->name = xstrdup("");
	t->local = local_open(&local, err);
	if (t->local == NULL)
		return false;
	counters_add(counters, local_counters(t->local), local_counters);
	return true;
}

struct named {
	const struct scraper *scraper;
	struct str name;
};

static bool
has_name(const void *ctx, uint32_t index)
{
	const struct named *n = ctx;

	return str_is(n->name, n->scraper->targets[index]->name);
}

struct target *
target_find_node(struct scraper *s, struct str name)
{
	struct named n = { s, name };
	uint32_t i = hash_index_find(&s->names, hash_stable(name), has_name,
	    &n);

	return i == HASH_NONE ? NULL : s->targets[i];
}

struct target *
target_add_node(struct scraper *s, struct str name)
{
	struct target *t = add(s, TARGET_NODE);

	t->name = str_dup(name);
	t->is_named = true;
	hash_index_add(&s->names, hash_stable(name), t->index);
	return t;
}

static void
take_out(struct target *t)
{
	struct scraper *s = t->scraper;
	struct target *last = s->targets[s->n_targets - 1];

	if (t->kind == TARGET_NODE)
		hash_index_remove(&s->names, hash_stable(str_of(t->name)),
		    t->index);
	if (last != t) {
		uint64_t hash = hash_stable(str_of(last->name));

		if (last->kind == TARGET_NODE) {
			hash_index_remove(&s->names, hash, last->index);
			hash_index_add(&s->names, hash, t->index);
		}
		last->index = t->index;
		s->targets[t->index] = last;
	}
	target_set_refusal(t, REFUSAL_NONE, false);
	s->refusals[REFUSAL_NONE].n_targets--;
	s->n_targets--;
	s->fetcher_targets[t->fetcher]--;
	s->counters.targets = s->n_targets;
}

static void
release(struct target *t)
{
	loop_timer_fini(&t->timer);
	local_close(t->local);
	free(t->url);
	free(t->connect_to);
	free(t->metrics_path);
	free(t->name);
	free(t);
}

void
target_free(struct target *t)
{
	if (!t->is_gone)
		take_out(t);
	if (!t->is_in_flight) {
		release(t);
		return;
	}
	t->is_gone = true;
	loop_timer_cancel(&t->timer);
}

/* The fetchers are closed: nothing is in flight. */
void
target_free_all(struct scraper *s)
{
	for (size_t i = 0; i < s->n_targets; i++)
		release(s->targets[i]);
	free(s->targets);
	hash_index_fini(&s->names);
}

static void
replace(char **text, const struct buf *with)
{
	free(*text);
	*text = with->len == 0 ? NULL : str_dup(buf_str(with));
}

/* Those of one tick are asked together. */
static int64_t
slot_ns(const struct scraper *s, struct str name, size_t n_nodes)
{
	int64_t resolution_ns = s->conf.resolution_ns;
	uint64_t hash = hash_stable(name);

	if (s->conf.is_for_one_node)
		return schedule_alone_ns(hash, resolution_ns);
	return schedule_tick_ns(schedule_place_ns(hash, n_nodes,
	    resolution_ns), n_nodes, resolution_ns);
}

/* What follows the host of a URL, from an annotation: whoever may change a
 * node could have written anything there. */
static void
take_metrics_path(struct target *t, struct str path)
{
	free(t->metrics_path);
	t->metrics_path = NULL;
	t->api = t->scraper->conf.kubelet_api;
	if (!kubelet_path_is_safe(path))
		return;
	t->metrics_path = str_dup(path);
	t->api = KUBELET_RESOURCE;
}

static void
update(struct target *t, const struct cached_node *node, size_t n_nodes)
{
	struct scraper *s = t->scraper;
	struct buf url = BUF_INIT, connect_to = BUF_INIT;

	if (node_address(s->conf.node_address, node, &url, &connect_to)) {
		url.len--;
		connect_to.len -= connect_to.len > 0;
	} else {
		buf_reset(&url);
	}
	replace(&t->url, &url);
	replace(&t->connect_to, &connect_to);
	buf_fini(&url);
	buf_fini(&connect_to);
	take_metrics_path(t, cached_str(&node->object, node->metrics_path));
	t->is_ready = node->ready != KUBE_NOT_READY;
	t->slot_ns = slot_ns(s, str_of(t->name), n_nodes);
	t->round = s->sync_round;
	if (!t->is_started) {
		t->is_started = true;
		target_schedule(t);
	}
}

void
target_sync(struct scraper *s)
{
	const struct object_cache *cache = cluster_cache(s->conf.cluster);
	const struct object_table *nodes = &cache->tables[OBJECT_NODE];

	if (!cache->is_listed[OBJECT_NODE] ||
	    nodes->changes == s->synced_changes)
		return;
	s->synced_changes = nodes->changes;
	s->sync_round++;
	for (uint32_t i = 0; i < nodes->n_slots; i++) {
		const struct cached_object *o = nodes->slots[i];
		struct str name;
		struct target *t;

		if (o == NULL)
			continue;
		name = cached_str(o, o->name);
		if (!shard_owns(&s->conf.shard, name))
			continue;
		t = target_find_node(s, name);
		if (t == NULL) {
			/* It is not in the roster that was sent. */
			t = target_add_node(s, name);
			t->last_ns = s->roster_ns;
		}
		update(t, (const struct cached_node *)o, nodes->n);
	}
	for (size_t i = s->n_targets; i-- > 0;)
		if (s->targets[i]->kind == TARGET_NODE &&
		    s->targets[i]->round != s->sync_round)
			target_leave(s->targets[i]);
}
