/* SPDX-License-Identifier: ISC */
/* Windows: when they close, and that everything is published just once. */
#include "config.h"

#include "t/windows.h"

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

/* A node with pods in so many namespaces of so long names. */
static void
feed_namespaces(struct windows *w, int64_t i, char first, int n, size_t len)
{
	struct frame f;
	struct arena a;

	arena_init(&a, 64 << 20);
	frame_clear(&f);
	f.kind = FRAME_NODE;
	f.window_ns = W(i);
	f.resolution_ns = R;
	f.node = STR("n1");
	frame_add_set(&f, &a, SET_NODE, 0);
	f.sets[0].name = f.node;
	for (int pod = 0; pod < n; pod++) {
		size_t at = frame_add_set(&f, &a, SET_POD, 0);
		char *name = arena_alloc(&a, len);

		memset(name, first + pod, len);
		f.sets[at].name = STR("p");
		f.sets[at].namespace_name = (struct str){ name, len };
	}
	windows_feed(w, &f, W(i));
	arena_fini(&a);
}

static void
test_many_namespaces(void)
{
	struct windows *w = fresh();

	roster(w, "a:n1", 1);
	feed_namespaces(w, 1, 'a', 20, 1 << 20);
	is_u64(counters.pods_refused, 4, "pods of too many namespaces are "
	    "counted");
	roster(w, "a:n1", 2);
	feed_namespaces(w, 2, 'A', 16, 1 << 20);
	is_u64(counters.pods_refused, 4, "those of other windows do not matter");
	windows_free(w);
}

int
main(void)
{
	test_closing();
	test_recall();
	test_bounds();
	test_many_namespaces();
	return done_testing();
}
