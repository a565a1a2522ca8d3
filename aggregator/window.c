/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/timestamp.h"

#include "aggregator/nodes.h"
#include "aggregator/rate.h"
#include "aggregator/rollup.h"
#include "aggregator/window.h"

#define FUTURE_SLACK_NS (60 * NS_PER_S)
#define NAMES_BYTES_MAX (16u << 20)
#define FRAME_BYTES_MAX (256u << 20)

/* What is known of a node in a window. */
enum { EXPECTED = 1, ANSWERED = 2, FAILED = 4 };

struct window {
	int64_t window_ns;
	int64_t resolution_ns;
	struct rollup rollup;
	unsigned char *state;	/* by node id */
	size_t n_state;
	size_t n_waiting;	/* expected and neither answered nor failed */
	uint64_t n_answered;
	size_t n_rosters;
};

struct windows {
	void (*publish)(void *arg, const struct frame *f);
	void *arg;
	struct window_counters *counters;
	struct nodes nodes;
	struct collectors collectors;
	struct intern namespaces;
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
	intern_init(&w->namespaces, NAMES_BYTES_MAX);
	arena_init(&w->arena, FRAME_BYTES_MAX);
	return w;
}

static void
window_fini(struct window *win)
{
	rollup_fini(&win->rollup);
	free(win->state);
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
	intern_fini(&w->namespaces);
	arena_fini(&w->arena);
	free(w);
}

static void
publish(struct windows *w, const struct frame *f)
{
	w->counters->frames_published++;
	w->publish(w->arg, f);
}

/* The names of the nodes that are not in the sums, in the arena. */
static void
list_missing(struct windows *w, const struct window *win, struct frame *f)
{
	size_t n = 0;

	for (size_t id = 0; id < win->n_state; id++)
		n += win->state[id] != 0 && (win->state[id] & ANSWERED) == 0;
	f->nodes = arena_alloc(&w->arena, (n + 1) * sizeof *f->nodes);
	if (f->nodes == NULL)
		return;
	for (size_t id = 0; id < win->n_state; id++)
		if (win->state[id] != 0 && (win->state[id] & ANSWERED) == 0)
			f->nodes[f->n_nodes++] =
			    str_of(w->nodes.items[id].name);
}

static void
publish_rollup(struct windows *w, struct window *win)
{
	struct frame f;

	frame_clear(&f);
	f.kind = FRAME_ROLLUP;
	f.window_ns = win->window_ns;
	f.resolution_ns = win->resolution_ns;
	f.n_answered = win->n_answered;
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
	nodes_forget_before(&w->nodes, win->window_ns);
	window_fini(win);
	w->n_open--;
	memmove(&w->open[0], &w->open[1], w->n_open * sizeof w->open[0]);
	w->counters->windows_open = w->n_open;
	w->counters->nodes = w->nodes.n_known;
}

static bool
is_complete(const struct windows *w, const struct window *win)
{
	return win->n_rosters > 0 && win->n_waiting == 0 &&
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

/* The open window of a frame, opened if need be; NULL when it has closed. */
static struct window *
window_of(struct windows *w, const struct frame *f)
{
	size_t at = w->n_open;

	if (f->window_ns <= w->closed_ns)
		return NULL;
	while (at > 0 && w->open[at - 1].window_ns >= f->window_ns)
		at--;
	if (at < w->n_open && w->open[at].window_ns == f->window_ns)
		return &w->open[at];
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
	w->open[at] = (struct window){
		.window_ns = f->window_ns,
		.resolution_ns = f->resolution_ns,
	};
	rollup_init(&w->open[at].rollup, &w->namespaces);
	return &w->open[at];
}

static unsigned char *
node_state(struct window *win, uint32_t id)
{
	if (id >= win->n_state) {
		size_t n = (size_t)id + id / 2 + 16;

		win->state = xrealloc(win->state, n, 1);
		memset(win->state + win->n_state, 0, n - win->n_state);
		win->n_state = n;
	}
	return &win->state[id];
}

static void
mark_answer(struct window *win, uint32_t id, unsigned char answer)
{
	unsigned char *state = node_state(win, id);

	if (*state == EXPECTED)	/* and no answer of either kind before */
		win->n_waiting--;
	*state |= answer;
	win->n_answered += answer == ANSWERED;
}

static void
feed_roster(struct windows *w, struct frame *f)
{
	struct window *win = window_of(w, f);

	w->counters->rosters++;
	if (!collectors_heard(&w->collectors, f->collector, f->window_ns))
		w->counters->frames_refused++;
	if (win == NULL)
		return;
	win->n_rosters++;
	for (size_t i = 0; i < f->n_nodes; i++) {
		uint32_t id = nodes_get(&w->nodes, f->nodes[i]);
		unsigned char *state;

		if (id == NODE_NONE) {
			w->counters->frames_refused++;
			continue;
		}
		state = node_state(win, id);
		win->n_waiting += *state == 0;
		*state |= EXPECTED;
		w->nodes.items[id].seen_ns = f->window_ns;
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

static void
feed_answer(struct windows *w, struct frame *f)
{
	uint32_t id = nodes_get(&w->nodes, f->node);
	struct node *node;
	struct window *win;

	if (id == NODE_NONE) {
		w->counters->frames_refused++;
		return;
	}
	node = &w->nodes.items[id];
	if (!is_news(f, &node->answered_ns, &node->failed_ns)) {
		w->counters->frames_repeated++;
		return;
	}
	node->seen_ns = f->window_ns;
	if (f->kind == FRAME_NODE) {
		w->counters->node_frames++;
		if (f->window_ns - node->history.window_ns <=
		    WINDOWS_HISTORY_MAX * f->resolution_ns)
			rate_apply(&node->history, f);
		rate_remember(&node->history, f);
		rollup_pods(f);
		rollup_node(f);
		rollup_shares(f);
	} else {
		w->counters->failed_frames++;
	}
	if (is_news(f, &node->published_ns, &node->failed_published_ns))
		publish(w, f);
	win = window_of(w, f);
	if (win == NULL) {
		w->counters->frames_late++;
		return;
	}
	mark_answer(win, id, f->kind == FRAME_NODE ? ANSWERED : FAILED);
	if (f->kind == FRAME_NODE)
		rollup_add(&win->rollup, f);
}

void
windows_recall(struct windows *w, const struct frame *f)
{
	struct node *node;
	uint32_t id;

	switch (f->kind) {
	case FRAME_NODE:
	case FRAME_FAILED:
		id = nodes_get(&w->nodes, f->node);
		if (id == NODE_NONE)
			break;
		node = &w->nodes.items[id];
		if (is_news(f, &node->published_ns, &node->failed_published_ns))
			node->seen_ns = f->window_ns;
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
