/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/timestamp.h"

#include "aggregator/answers.h"
#include "aggregator/nodes.h"
#include "aggregator/rate.h"
#include "aggregator/rollup.h"
#include "aggregator/window.h"

#define FUTURE_SLACK_NS (60 * NS_PER_S)
#define NAMES_BYTES_MAX (16u << 20)
#define FRAME_BYTES_MAX (256u << 20)

struct window {
	int64_t window_ns;
	int64_t resolution_ns;
	struct intern *names;	/* of namespaces; the rollup's */
	struct rollup rollup;
	struct answers answers;
	size_t n_rosters;
};

struct windows {
	void (*publish)(void *arg, const struct frame *f);
	void *arg;
	struct window_counters *counters;
	struct nodes nodes;
	struct collectors collectors;
	struct arena arena;			/* for ROLLUP frames */
	struct window open[WINDOWS_OPEN_MAX];	/* oldest first */
	size_t n_open;
	int64_t closed_ns;	/* newest window closed */
	int64_t rolled_up_ns;	/* newest window with a published ROLLUP */
};

struct windows *
windows_new(void (*publish)(void *arg, const struct frame *f), void *arg,
    struct window_counters *counters)
{
	struct windows *w = xcalloc(1, sizeof *w);

	w->publish = publish;
	w->arg = arg;
	w->counters = counters;
	nodes_init(&w->nodes, WINDOWS_NODES_MAX);
	collectors_init(&w->collectors, WINDOWS_COLLECTORS_MAX);
	arena_init(&w->arena, FRAME_BYTES_MAX);
	return w;
}

static void
window_fini(struct window *win)
{
	rollup_fini(&win->rollup);
	intern_fini(win->names);
	free(win->names);
	answers_fini(&win->answers);
}

void
windows_free(struct windows *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n_open; i++)
		window_fini(&w->open[i]);
	nodes_fini(&w->nodes);
	collectors_fini(&w->collectors);
	arena_fini(&w->arena);
	free(w);
}

static void
publish(struct windows *w, const struct frame *f)
{
	w->counters->frames_published++;
	w->publish(w->arg, f);
}

/* Whether it should be in the sums and is not. */
static bool
is_missing(const struct windows *w, const struct window *win, uint32_t id)
{
	static const struct answer none;
	const struct answer *a = id < win->answers.n ? &win->answers.items[id] :
	    &none;

	if (a->is_answered)
		return false;
	return a->n_rosters > 0 || a->n_failed > 0 ||
	    nodes_is_lost(&w->nodes, id, &w->collectors, win->window_ns,
	    win->resolution_ns);
}

/* The names of the nodes that are not in the sums, in the arena. */
static void
list_missing(struct windows *w, const struct window *win, struct frame *f)
{
	size_t n = w->nodes.names.n_items;

	f->nodes = arena_alloc(&w->arena, (n + 1) * sizeof *f->nodes);
	if (f->nodes == NULL)
		return;
	for (uint32_t id = 0; id < n; id++)
		if (is_missing(w, win, id))
			f->nodes[f->n_nodes++] = nodes_name(&w->nodes, id);
}

static void
publish_rollup(struct windows *w, struct window *win)
{
	struct frame f;

	frame_clear(&f);
	f.kind = FRAME_ROLLUP;
	f.window_ns = win->window_ns;
	f.resolution_ns = win->resolution_ns;
	f.n_answered = win->answers.n_answered;
	list_missing(w, win, &f);
	if (rollup_sets(&win->rollup, &f, &w->arena)) {
		w->rolled_up_ns = win->window_ns;
		publish(w, &f);
	} else {
		w->counters->frames_refused++;
	}
	arena_reset(&w->arena);
}

/* Closes the oldest window. */
static void
close_oldest(struct windows *w)
{
	struct window *win = &w->open[0];

	if (win->n_rosters > 0 && win->window_ns > w->rolled_up_ns)
		publish_rollup(w, win);
	w->closed_ns = win->window_ns;
	nodes_forget_before(&w->nodes, win->window_ns, win->resolution_ns);
	collectors_forget_before(&w->collectors, win->window_ns,
	    win->resolution_ns);
	window_fini(win);
	w->n_open--;
	memmove(&w->open[0], &w->open[1], w->n_open * sizeof w->open[0]);
	w->counters->windows_open = w->n_open;
	w->counters->nodes = w->nodes.names.n_known;
	w->counters->collectors = w->collectors.names.n_known;
}

static bool
is_complete(const struct windows *w, const struct window *win)
{
	return win->n_rosters > 0 && win->answers.n_waiting == 0 &&
	    collectors_have_all(&w->collectors, win->window_ns,
	    win->resolution_ns);
}

static void
close_complete(struct windows *w)
{
	while (w->n_open > 0 && is_complete(w, &w->open[0])) {
		w->counters->windows_closed++;
		close_oldest(w);
	}
}

/* NULL: it is not open. */
static struct window *
find_open(struct windows *w, int64_t window_ns)
{
	for (size_t i = 0; i < w->n_open; i++)
		if (w->open[i].window_ns == window_ns)
			return &w->open[i];
	return NULL;
}

/* The open window of a frame, opened if need be; NULL when it has closed. */
static struct window *
window_of(struct windows *w, const struct frame *f)
{
	struct window *win = find_open(w, f->window_ns);
	size_t at = w->n_open;

	if (win != NULL || f->window_ns <= w->closed_ns)
		return win;
	while (at > 0 && w->open[at - 1].window_ns >= f->window_ns)
		at--;
	if (w->n_open == WINDOWS_OPEN_MAX) {
		if (at == 0)
			return NULL;
		w->counters->windows_overdue++;
		close_oldest(w);
		at--;
	}
	memmove(&w->open[at + 1], &w->open[at],
	    (w->n_open - at) * sizeof w->open[0]);
	w->n_open++;
	w->counters->windows_open = w->n_open;
	win = &w->open[at];
	*win = (struct window){
		.window_ns = f->window_ns,
		.resolution_ns = f->resolution_ns,
		.names = xcalloc(1, sizeof *win->names),
	};
	intern_init(win->names, NAMES_BYTES_MAX);
	rollup_init(&win->rollup, win->names);
	return win;
}

static void
feed_roster(struct windows *w, struct frame *f)
{
	bool is_repeated = false;
	struct window *win;
	uint32_t collector;

	w->counters->rosters++;
	if (f->n_nodes == 0) {
		collectors_left(&w->collectors, f->collector, f->window_ns);
		return;
	}
	win = window_of(w, f);
	collector = collectors_heard(&w->collectors, f->collector,
	    f->window_ns);
	w->counters->frames_refused += collector == NAME_NONE;
	if (win != NULL) {
		win->n_rosters++;
		is_repeated = collector != NAME_NONE &&
		    answers_hear(&win->answers, collector);
	}
	for (size_t i = 0; i < f->n_nodes; i++) {
		uint32_t id = nodes_get(&w->nodes, f->nodes[i]);

		if (id == NAME_NONE) {
			w->counters->frames_refused++;
			continue;
		}
		nodes_seen(&w->nodes, id, f->window_ns);
		node_named(&w->nodes.items[id], collector, f->window_ns);
		if (win != NULL)
			answers_name(&win->answers, id, is_repeated);
	}
}

/* Whether it is the first of its window that says so much; NODE says more than
 * FAILED. */
static bool
is_news(const struct frame *f, int64_t *answered_ns, int64_t *failed_ns)
{
	bool is_node = f->kind == FRAME_NODE;

	if (f->window_ns <= (is_node ? *answered_ns : *failed_ns))
		return false;
	if (is_node)
		*answered_ns = f->window_ns;
	if (f->window_ns > *failed_ns)
		*failed_ns = f->window_ns;
	return true;
}

/* Rates, sums and shares. */
static void
complete(struct windows *w, struct node *node, struct frame *f)
{
	w->counters->node_frames++;
	if (f->window_ns - node->history.window_ns <=
	    WINDOWS_HISTORY_MAX * f->resolution_ns)
		rate_apply(&node->history, f);
	rate_remember(&node->history, f);
	rollup_pods(f);
	rollup_node(f);
	rollup_shares(f);
}

static void
add_to_sums(struct windows *w, struct window *win, const struct frame *f)
{
	rollup_add(&win->rollup, f);
	if (win->names->bytes < NAMES_BYTES_MAX / 2)
		return;
	for (size_t i = 0; i < f->n_sets; i++)
		w->counters->pods_refused += f->sets[i].type == SET_POD &&
		    f->sets[i].namespace_name.p != NULL &&
		    intern_find(win->names, f->sets[i].namespace_name) == 0;
}

/* Of several collectors that ask a node, this one will say no more. */
static void
feed_repeated(struct windows *w, const struct frame *f, uint32_t id)
{
	struct window *win = find_open(w, f->window_ns);

	w->counters->frames_repeated++;
	if (win != NULL)
		answers_fail(&win->answers, id,
		    collectors_find(&w->collectors, f->collector));
}

static void
feed_answer(struct windows *w, struct frame *f)
{
	uint32_t id = nodes_get(&w->nodes, f->node);
	struct node *node;
	struct window *win;

	if (id == NAME_NONE) {
		w->counters->frames_refused++;
		return;
	}
	node = &w->nodes.items[id];
	if (f->kind == FRAME_NODE)
		node_answered(node, f->window_ns, f->resolution_ns);
	if (!is_news(f, &node->answered_ns, &node->failed_ns)) {
		feed_repeated(w, f, id);
		return;
	}
	nodes_seen(&w->nodes, id, f->window_ns);
	if (f->kind == FRAME_NODE)
		complete(w, node, f);
	else
		w->counters->failed_frames++;
	if (is_news(f, &node->published_ns, &node->failed_published_ns))
		publish(w, f);
	win = window_of(w, f);
	if (win == NULL) {
		w->counters->frames_late++;
	} else if (f->kind == FRAME_FAILED) {
		answers_fail(&win->answers, id,
		    collectors_find(&w->collectors, f->collector));
	} else {
		answers_take(&win->answers, id);
		add_to_sums(w, win, f);
	}
}

/* Its collector had sent the roster; ours have to see it again. */
static void
recall_answer(struct windows *w, const struct frame *f)
{
	uint32_t id = nodes_get(&w->nodes, f->node);
	struct node *node;

	if (id == NAME_NONE)
		return;
	node = &w->nodes.items[id];
	if (f->kind == FRAME_NODE)
		node_answered(node, f->window_ns, f->resolution_ns);
	if (is_news(f, &node->published_ns, &node->failed_published_ns))
		nodes_seen(&w->nodes, id, f->window_ns);
	if (f->collector.len > 0)
		node_named(node, collectors_heard(&w->collectors,
		    f->collector, f->window_ns - f->resolution_ns),
		    f->window_ns);
}

void
windows_recall(struct windows *w, const struct frame *f)
{
	switch (f->kind) {
	case FRAME_NODE:
	case FRAME_FAILED:
		recall_answer(w, f);
		break;
	case FRAME_ROLLUP:
		if (w->rolled_up_ns < f->window_ns)
			w->rolled_up_ns = f->window_ns;
		break;
	case FRAME_ROSTER:
		break;
	}
}

void
windows_feed(struct windows *w, struct frame *f, int64_t now_ns)
{
	int64_t slack_ns = 2 * f->resolution_ns > FUTURE_SLACK_NS ?
	    2 * f->resolution_ns : FUTURE_SLACK_NS;

	if (f->window_ns > now_ns + slack_ns) {
		w->counters->frames_future++;
		return;
	}
	switch (f->kind) {
	case FRAME_ROSTER:
		feed_roster(w, f);
		break;
	case FRAME_NODE:
	case FRAME_FAILED:
		feed_answer(w, f);
		break;
	case FRAME_ROLLUP:
		w->counters->frames_refused++;
		return;
	}
	close_complete(w);
}

int64_t
windows_tick(struct windows *w, int64_t now_ns, bool is_level)
{
	while (is_level && w->n_open > 0 && w->open[0].window_ns +
	    2 * w->open[0].resolution_ns <= now_ns) {
		if (is_complete(w, &w->open[0]))
			w->counters->windows_closed++;
		else
			w->counters->windows_overdue++;
		close_oldest(w);
	}
	close_complete(w);
	return w->n_open == 0 ? 0 :
	    w->open[0].window_ns + 2 * w->open[0].resolution_ns;
}
