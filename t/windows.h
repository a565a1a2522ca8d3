/* SPDX-License-Identifier: ISC */
/* Windows that are fed by a line of text, and say what they publish in one. */
#ifndef T_WINDOWS_H
#define T_WINDOWS_H

#include "common/frame_json.h"
#include "common/timestamp.h"

#include "aggregator/window.h"

#include "t/tap.h"

#define R (10 * NS_PER_S)
#define W(i) (INT64_C(1790000000) * NS_PER_S + (i) * R)

static struct window_counters counters;
static char published[4096];	/* "node n1 3; rollup 3 answered 1; ..." */

static inline void
on_publish(void *arg, const struct frame *f)
{
	size_t len = strlen(published);
	int64_t window = (f->window_ns - W(0)) / R;

	(void)arg;
	if (f->kind == FRAME_ROLLUP)
		len += (size_t)snprintf(published + len,
		    sizeof published - len, "rollup %" PRId64 " answered %"
		    PRIu64 " missing %zu; ", window, f->n_answered,
		    f->n_nodes);
	else
		snprintf(published + len, sizeof published - len,
		    "%.*s %.*s %" PRId64 "; ",
		    STR_ARG(frame_kind_name(f->kind)), STR_ARG(f->node),
		    window);
}

static inline struct windows *
fresh(void)
{
	memset(&counters, 0, sizeof counters);
	published[0] = '\0';
	return windows_new(on_publish, NULL, &counters);
}

/* who: "COLLECTOR:NODE,NODE" of a roster; else NODE or "COLLECTOR:NODE". */
static inline void
feed_at(struct windows *w, enum frame_kind kind, const char *who, int64_t i,
    int64_t now_ns)
{
	struct str nodes[8], rest = str_of(who);
	struct frame f;
	struct arena a;

	arena_init(&a, 1 << 20);
	frame_clear(&f);
	f.kind = kind;
	f.window_ns = W(i);
	f.resolution_ns = R;
	if (strchr(who, ':') != NULL)
		f.collector = str_cut(&rest, ':');
	if (kind == FRAME_ROSTER) {
		f.nodes = nodes;
		while (rest.len > 0)
			nodes[f.n_nodes++] = str_cut(&rest, ',');
	} else {
		f.node = rest;
	}
	if (kind == FRAME_NODE) {
		frame_add_set(&f, &a, SET_NODE, 0);
		f.sets[0].name = f.node;
	}
	windows_feed(w, &f, now_ns);
	arena_fini(&a);
}

static inline void
roster(struct windows *w, const char *who, int64_t i)
{
	feed_at(w, FRAME_ROSTER, who, i, W(i));
}

static inline void
node(struct windows *w, const char *who, int64_t i)
{
	feed_at(w, FRAME_NODE, who, i, W(i));
}

static inline void
failed(struct windows *w, const char *who, int64_t i)
{
	feed_at(w, FRAME_FAILED, who, i, W(i));
}

static inline void
saw(const char *expected, const char *what)
{
	is_str(published, expected, "%s", what);
	published[0] = '\0';
}

#endif
