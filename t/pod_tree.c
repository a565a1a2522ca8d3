/* SPDX-License-Identifier: ISC */
/* Sets are found again, walked in the order of a frame, and bounded. */
#include "config.h"

#include "collector/pod_tree.h"
#include "t/tap.h"

#define MANY 5000

/* A number as a name, in the arena. */
static struct str
number(struct arena *a, unsigned i)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%u", i);

	return arena_str(a, (struct str){ text, (size_t)n });
}

static void
test_order(void)
{
	static const char *const want[] =
	    { "", "kubelet", "runtime", "p", "c", "d", "q", "q", "c" };
	struct arena arena;
	struct pod_tree t;
	uint32_t p, q, r, i = 0;
	size_t n = 0;

	arena_init(&arena, 1 << 20);
	ok(pod_tree_init(&t, &arena, 0), "a tree is made");
	is_u64(pod_tree_next(&t, 0), 0, "it has only the node");
	p = pod_tree_pod(&t, STR("ns"), STR("p"));
	q = pod_tree_pod(&t, STR("ns"), STR("q"));
	pod_tree_container(&t, 0, STR("kubelet"));
	pod_tree_container(&t, p, STR("c"));
	r = pod_tree_pod(&t, STR("other"), STR("q"));
	pod_tree_container(&t, r, STR("c"));
	pod_tree_container(&t, p, STR("d"));
	pod_tree_container(&t, 0, STR("runtime"));
	ok(q != r, "the same name in two namespaces is two pods");
	is_u64(pod_tree_pod(&t, STR("ns"), STR("q")), q, "a pod is found");
	is_u64(t.n, 9, "nothing is there twice");
	do {
		ok(n < 9 && str_is(t.items[i].name, want[n]),
		    "item %zu is \"%s\"", n, n < 9 ? want[n] : "?");
		n++;
	} while ((i = pod_tree_next(&t, i)) != 0);
	is_u64(n, 9, "all are walked");
	arena_fini(&arena);
}

static void
test_many(void)
{
	struct arena arena;
	struct pod_tree t;
	unsigned n_wrong = 0;

	arena_init(&arena, 64 << 20);
	pod_tree_init(&t, &arena, 10);
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < MANY; i++) {
			uint32_t pod = pod_tree_pod(&t, STR("ns"),
			    number(&arena, i));

			n_wrong += pod != 1 + 2 * i;
			n_wrong += pod_tree_container(&t, pod, STR("c")) !=
			    2 + 2 * i;
		}
	is_u64(n_wrong, 0, "%d pods have their places", MANY);
	is_u64(t.n, 1 + 2 * MANY, "and they are no more");
	arena_fini(&arena);
}

static void
test_bounds(void)
{
	struct arena arena;
	struct pod_tree t;
	char text[1000];
	unsigned n = 0;

	arena_init(&arena, 64 << 20);
	pod_tree_init(&t, &arena, SIZE_MAX / 2);
	while (pod_tree_container(&t, 0, number(&arena, n)) != 0)
		n++;
	is_u64(n, FRAME_SETS_MAX - 1, "as many as a frame holds");
	is_str(pod_tree_error(&t), "too many sets", "and it says so");
	is_u64(pod_tree_container(&t, 0, STR("7")), 8, "old ones are found");
	arena_fini(&arena);

	arena_init(&arena, 0);
	ok(!pod_tree_init(&t, &arena, 0), "needs memory");
	arena_fini(&arena);
	arena_init(&arena, 4096);
	ok(pod_tree_init(&t, &arena, 0), "needs little");
	memset(text, 'x', sizeof text);
	for (n = 1; n < sizeof text; n++)
		if (pod_tree_container(&t, 0, (struct str){ text, n }) == 0)
			break;
	ok(n < sizeof text, "fails when there is no more");
	is_str(pod_tree_error(&t), "no memory for a set", "and it says so");
	arena_fini(&arena);
}

int
main(void)
{
	test_order();
	test_many();
	test_bounds();
	return done_testing();
}
