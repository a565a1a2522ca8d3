/* SPDX-License-Identifier: ISC */
/* Windows: when they close, and that everything is published just once. */
#include "config.h"

#include "common/frame_json.h"
#include "common/timestamp.h"

#include "aggregator/window.h"

#include "t/tap.h"

#define R (10 * NS_PER_S)
#define W(i) (INT64_C(1790000000) * NS_PER_S + (i) * R)

static struct window_counters counters;
static char published[4096];	/* "node n1 3; rollup 3 answered 1; ..." */

static void
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

static struct windows *
fresh(void)
{
	memset(&counters, 0, sizeof counters);
	published[0] = '\0';
	return windows_new(on_publish, NULL, &counters);
}

static void
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
	if (kind == FRAME_ROSTER) {
		f.collector = str_cut(&rest, ':');
		f.nodes = nodes;
		while (rest.len > 0)
			nodes[f.n_nodes++] = str_cut(&rest, ',');
	} else {
		f.node = str_of(who);
	}
	if (kind == FRAME_NODE) {
		frame_add_set(&f, &a, SET_NODE, 0);
		f.sets[0].name = f.node;
	}
	windows_feed(w, &f, now_ns);
	arena_fini(&a);
}

static void
roster(struct windows *w, const char *who, int64_t i)
{
	feed_at(w, FRAME_ROSTER, who, i, W(i));
}

static void
node(struct windows *w, const char *who, int64_t i)
{
	feed_at(w, FRAME_NODE, who, i, W(i));
}

static void
failed(struct windows *w, const char *who, int64_t i)
{
	feed_at(w, FRAME_FAILED, who, i, W(i));
}

static void
saw(const char *expected, const char *what)
{
	is_str(published, expected, "%s", what);
	published[0] = '\0';
}

static void
test_closing(void)
{
	struct windows *w = fresh();

	roster(w, "c:n1,n2", 1);
	node(w, "n1", 1);
	saw("node n1 1; ", "a node frame is published at once");
	node(w, "n2", 1);
	saw("node n2 1; rollup 1 answered 2 missing 0; ",
	    "the last answer closes the window");
	node(w, "n1", 2);
	roster(w, "c:n1,n2", 2);
	saw("node n1 2; ", "an answer may come before its roster");
	failed(w, "n2", 2);
	saw("failed n2 2; rollup 2 answered 1 missing 1; ",
	    "a failed scrape is an answer");
	roster(w, "c:n1,n2", 3);
	node(w, "n1", 3);
	roster(w, "c:n1,n2", 4);
	node(w, "n1", 4);
	node(w, "n2", 4);
	saw("node n1 3; node n1 4; node n2 4; ", "windows close in order");
	is_i64(windows_tick(w, W(5) - 1, true), W(5),
	    "the deadline is two resolutions after the beginning");
	saw("", "nothing before it");
	windows_tick(w, W(5), false);
	saw("", "nor while a replay is under way");
	windows_tick(w, W(5), true);
	saw("rollup 3 answered 1 missing 1; rollup 4 answered 2 missing 0; ",
	    "then what waited closes");
	is_u64(counters.windows_overdue, 1, "one was overdue");
	node(w, "n2", 3);
	saw("", "a node goes not back in time");
	roster(w, "c:n1,n2,n3", 5);
	node(w, "n1", 5);
	node(w, "n2", 5);
	windows_tick(w, W(7), true);
	published[0] = '\0';
	node(w, "n3", 5);
	saw("node n3 5; ", "a late node is published");
	is_u64(counters.frames_late, 1, "and counted");
	windows_free(w);
}

static void
test_collectors(void)
{
	struct windows *w = fresh();

	roster(w, "a:n1", 1);
	roster(w, "b:n2", 1);
	node(w, "n1", 1);
	node(w, "n2", 1);
	published[0] = '\0';
	roster(w, "a:n1", 2);
	node(w, "n1", 2);
	saw("node n1 2; ", "a window waits for all collectors known");
	roster(w, "b:n2", 2);
	node(w, "n2", 2);
	saw("node n2 2; rollup 2 answered 2 missing 0; ", "and closes then");
	for (int64_t i = 3; i <= 5; i++) {
		roster(w, "a:n1", i);
		node(w, "n1", i);
		windows_tick(w, W(i + 2), true);
	}
	published[0] = '\0';
	roster(w, "a:n1", 6);
	node(w, "n1", 6);
	saw("node n1 6; rollup 6 answered 1 missing 0; ",
	    "one that left is waited for no longer");
	node(w, "n1", 6);
	saw("", "the same node and window again is dropped");
	is_u64(counters.frames_repeated, 1, "and counted");
	windows_free(w);
}

/* Two collectors ask n1; n2 and n3 are asked by one of them. */
static void
test_overlap(void)
{
	struct windows *w = fresh();
	struct frame f;

	roster(w, "a:n1,n2", 1);
	node(w, "n1", 1);
	node(w, "n2", 1);
	published[0] = '\0';
	roster(w, "a:n1,n2", 2);
	roster(w, "b:n1,n3", 2);
	failed(w, "n1", 2);
	node(w, "n1", 2);
	saw("failed n1 2; node n1 2; ", "an answer after a failure is taken");
	failed(w, "n1", 2);
	node(w, "n1", 2);
	saw("", "and neither a failure nor an answer after it");
	node(w, "n2", 2);
	node(w, "n3", 2);
	saw("node n2 2; node n3 2; rollup 2 answered 3 missing 0; ",
	    "a node of two collectors is counted once");
	windows_free(w);
	w = fresh();
	frame_clear(&f);
	f.kind = FRAME_FAILED;
	f.window_ns = W(2);
	f.node = STR("n1");
	windows_recall(w, &f);
	roster(w, "a:n1", 2);
	roster(w, "b:n1", 2);
	node(w, "n1", 2);
	saw("node n1 2; rollup 2 answered 1 missing 0; ",
	    "so it is after a restart in between");
	windows_free(w);
}

static void
test_recall(void)
{
	struct windows *w = fresh();
	struct frame f;

	frame_clear(&f);
	f.kind = FRAME_NODE;
	f.window_ns = W(2);
	f.node = STR("n1");
	windows_recall(w, &f);
	f.kind = FRAME_ROLLUP;
	f.window_ns = W(1);
	windows_recall(w, &f);
	for (int64_t i = 1; i <= 3; i++) {
		roster(w, "c:n1", i);
		node(w, "n1", i);
	}
	saw("rollup 2 answered 1 missing 0; node n1 3; rollup 3 answered 1 "
	    "missing 0; ", "after a restart only what was not published is");
	windows_free(w);
	w = fresh();
	node(w, "n1", 1);
	roster(w, "c:n1", 2);
	node(w, "n1", 2);
	saw("node n1 1; node n1 2; ", "a window without a roster waits");
	windows_tick(w, W(3), true);
	saw("rollup 2 answered 1 missing 0; ", "and gets no roll-up");
	windows_free(w);
}

static void
test_bounds(void)
{
	struct windows *w = fresh();

	feed_at(w, FRAME_NODE, "n1", 100, W(1));
	saw("", "a window far in the future is dropped");
	is_u64(counters.frames_future, 1, "and counted");
	node(w, "n1", 1);
	saw("node n1 1; ", "and does no harm");
	for (int64_t i = 2; i < 40; i++)
		roster(w, "c:n1,n2", i);
	ok(counters.windows_open <= WINDOWS_OPEN_MAX,
	    "so many windows stay open, no more");
	windows_free(w);
}

int
main(void)
{
	test_closing();
	test_collectors();
	test_overlap();
	test_recall();
	test_bounds();
	return done_testing();
}
