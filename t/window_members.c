/* SPDX-License-Identifier: ISC */
/* Windows of several collectors, which come, go and die. */
#include "config.h"

#include "aggregator/nodes.h"

#include "t/windows.h"

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
	saw("node n1 6; rollup 6 answered 1 missing 1; ",
	    "one that died is waited for no longer");
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

/* n1 is the last that two collectors wait for. */
static void
test_overlap_failed(void)
{
	struct windows *w = fresh();

	roster(w, "a:n1", 1);
	roster(w, "b:n1", 1);
	failed(w, "a:n1", 1);
	saw("failed n1 1; ", "one that cannot reach a node does not say that "
	    "nobody can");
	failed(w, "a:n1", 1);
	saw("", "even if it says so twice");
	node(w, "b:n1", 1);
	saw("node n1 1; rollup 1 answered 1 missing 0; ",
	    "the answer of the other is in the sums");
	roster(w, "a:n1", 2);
	roster(w, "b:n1", 2);
	failed(w, "b:n1", 2);
	published[0] = '\0';
	failed(w, "a:n1", 2);
	saw("rollup 2 answered 0 missing 1; ",
	    "when neither can reach it, it is missing");
	roster(w, "a:n1,n2", 3);
	roster(w, "a:n1,n2", 3);
	node(w, "a:n2", 3);
	published[0] = '\0';
	failed(w, "a:n1", 3);
	roster(w, "b:n3", 3);
	saw("failed n1 3; ", "a roster that comes twice names its nodes once");
	node(w, "b:n3", 3);
	saw("node n3 3; rollup 3 answered 2 missing 1; ",
	    "and one failure is enough for it");
	roster(w, "a:n1", 4);
	roster(w, "b:n1", 4);
	failed(w, "a:n1", 4);
	node(w, "a:n1", 5);
	published[0] = '\0';
	node(w, "b:n1", 4);
	saw("rollup 4 answered 0 missing 1; ",
	    "an answer that comes after the next one is none");
	windows_free(w);
	w = fresh();
	roster(w, "a:n1", 1);
	roster(w, "b:n1", 1);
	roster(w, "a:n1", 1);
	failed(w, "b:n1", 1);
	published[0] = '\0';
	failed(w, "a:n1", 1);
	saw("rollup 1 answered 0 missing 1; ",
	    "a roster that comes twice is one, whoever spoke in between");
	windows_free(w);
}

/* a asks n1 and b asks n2, up to this window. */
static struct windows *
two_collectors(int64_t last)
{
	struct windows *w = fresh();

	for (int64_t i = 1; i <= last; i++) {
		roster(w, "a:n1", i);
		roster(w, "b:n2", i);
		node(w, "a:n1", i);
		node(w, "b:n2", i);
	}
	published[0] = '\0';
	return w;
}

static void
test_farewell(void)
{
	struct windows *w = two_collectors(2);

	roster(w, "b:", 2);
	saw("", "a farewell closes nothing");
	roster(w, "a:n1", 3);
	node(w, "a:n1", 3);
	roster(w, "a:n1", 4);
	node(w, "a:n1", 4);
	saw("node n1 3; node n1 4; ",
	    "one that said farewell is waited for in the next window");
	windows_tick(w, W(5), true);
	saw("rollup 3 answered 1 missing 1; rollup 4 answered 1 missing 0; ",
	    "and in none after that, nor are its nodes missing");
	windows_free(w);
	w = two_collectors(2);
	roster(w, "b:", 2);
	roster(w, "a:n1", 3);
	node(w, "a:n1", 3);
	roster(w, "b:n2", 3);
	roster(w, "b:", 2);
	published[0] = '\0';
	node(w, "b:n2", 3);
	saw("node n2 3; rollup 3 answered 2 missing 0; ",
	    "one that is started again takes part");
	roster(w, "a:n1", 4);
	node(w, "a:n1", 4);
	roster(w, "a:n1", 5);
	node(w, "a:n1", 5);
	saw("node n1 4; node n1 5; ", "for good, if the farewell was before");
	windows_free(w);
	w = two_collectors(2);
	roster(w, "b:", 2);
	roster(w, "b:n2", 2);
	roster(w, "a:n1", 3);
	node(w, "a:n1", 3);
	windows_tick(w, W(5), true);
	roster(w, "a:n1", 4);
	published[0] = '\0';
	node(w, "a:n1", 4);
	saw("node n1 4; ", "in the same window, too");
	windows_free(w);
	w = fresh();
	roster(w, "x:", 1);
	is_u64(counters.windows_open, 0, "a farewell of nobody does nothing");
	windows_free(w);
}

static void
test_lost(void)
{
	struct windows *w = two_collectors(2);
	int64_t last = 2 + NODES_LOST_NS / R;
	struct frame f;

	for (int64_t i = 3; i <= last; i++) {
		roster(w, "a:n1", i);
		windows_tick(w, W(i + 2), true);
		if (i < last)
			published[0] = '\0';
	}
	saw("rollup 20 answered 0 missing 2; ",
	    "a node that died with its collector is missing");
	roster(w, "a:n1", last + 1);
	node(w, "a:n1", last + 1);
	saw("node n1 21; rollup 21 answered 1 missing 0; ",
	    "but not for ever");
	roster(w, "b:n2", last + 2);
	roster(w, "a:n1,n3", last + 2);
	node(w, "b:n2", last + 2);
	node(w, "a:n1", last + 2);
	published[0] = '\0';
	node(w, "a:n3", last + 2);
	saw("node n3 22; rollup 22 answered 3 missing 0; ",
	    "nor when it is back");
	roster(w, "a:n1", last + 3);
	roster(w, "b:n2", last + 3);
	node(w, "b:n2", last + 3);
	published[0] = '\0';
	node(w, "a:n1", last + 3);
	saw("node n1 23; rollup 23 answered 2 missing 0; ",
	    "one that its collector asks no more has left");
	windows_free(w);
	w = fresh();
	frame_clear(&f);
	f.kind = FRAME_NODE;
	f.window_ns = W(2);
	f.resolution_ns = R;
	f.node = STR("n2");
	f.collector = STR("b");
	windows_recall(w, &f);
	f.window_ns = W(3);
	windows_recall(w, &f);
	roster(w, "a:n1", 3);
	node(w, "a:n1", 3);
	roster(w, "a:n1", 4);
	node(w, "a:n1", 4);
	saw("node n1 3; node n1 4; ", "after a restart, the collectors of "
	    "before are waited for");
	windows_tick(w, W(6), true);
	saw("rollup 3 answered 1 missing 1; rollup 4 answered 1 missing 1; ",
	    "and their nodes missed");
	windows_free(w);
}

static void
test_many_collectors(void)
{
	struct windows *w = fresh();
	int64_t later = 2 + NAMES_FORGET_NS / R * 2;
	char who[32];

	for (int i = 0; i < WINDOWS_COLLECTORS_MAX; i++) {
		snprintf(who, sizeof who, "c%d:n1", i);
		roster(w, who, 1);
	}
	is_u64(counters.frames_refused, 0, "so many collectors are known");
	roster(w, "one-more:n1", 1);
	is_u64(counters.frames_refused, 1, "and no more");
	node(w, "n1", 1);
	for (int64_t i = later; i <= later + 1; i++) {
		roster(w, "a:n1", i);
		windows_tick(w, W(i + 2), true);
	}
	counters.frames_refused = 0;
	roster(w, "a:n1", later + 2);
	roster(w, "b:n2", later + 2);
	is_u64(counters.frames_refused, 0, "those not heard for long are "
	    "forgotten");
	is_u64(counters.collectors, 1, "all of them");
	node(w, "a:n1", later + 2);
	node(w, "b:n2", later + 2);
	roster(w, "a:n1", later + 3);
	published[0] = '\0';
	node(w, "a:n1", later + 3);
	saw("node n1 725; ", "and a new one is waited for");
	windows_free(w);
}

int
main(void)
{
	test_collectors();
	test_overlap();
	test_overlap_failed();
	test_farewell();
	test_lost();
	test_many_collectors();
	return done_testing();
}
