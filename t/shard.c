/* SPDX-License-Identifier: ISC */
/* Every node has one owner, and few change theirs. */
#include "config.h"

#include <stdio.h>

#include "collector/shard.h"
#include "t/tap.h"

#define NODES 5000

static unsigned
owner_of(unsigned n, unsigned node)
{
	unsigned owner = UINT32_MAX, n_owners = 0;
	char name[16];

	snprintf(name, sizeof name, "node-%u", node);
	for (unsigned i = 0; i < n; i++) {
		struct shard s = { i, n };

		if (shard_owns(&s, str_of(name))) {
			owner = i;
			n_owners++;
		}
	}
	return n_owners == 1 ? owner : UINT32_MAX;
}

static void
test_owners(void)
{
	unsigned counts[4] = { 0 }, n_moved = 0, n_strange = 0;
	bool is_even = true;

	for (unsigned i = 0; i < NODES; i++) {
		unsigned of_three = owner_of(3, i), of_four = owner_of(4, i);

		if (of_three > 2 || of_four > 3)
			n_strange++;
		else
			counts[of_four]++;
		n_moved += of_three != of_four;
		n_strange += of_three != of_four && of_four != 3;
	}
	is_u64(n_strange, 0, "one owner each; who moves, moves to the new one");
	for (int i = 0; i < 4; i++)
		is_even &= counts[i] > NODES / 5 && counts[i] < NODES / 3;
	ok(is_even, "about as many each: %u %u %u %u", counts[0], counts[1],
	    counts[2], counts[3]);
	ok(n_moved < NODES / 3, "a fourth collector takes %u of %u", n_moved,
	    NODES);
}

int
main(void)
{
	static const char *const bad[] = { "", "1", "1/1", "0/0", "-1/2",
	    "0/1025", "a/b", "0/2/3", "/2", "0/" };
	struct shard s = { 0, 0 };
	struct err err;

	test_owners();
	ok(shard_owns(&s, STR("any")), "without shards all nodes are ours");
	/* Collectors of two versions must agree. */
	is_u64(owner_of(7, 1), 2, "a known node has a known owner");
	ok(shard_parse(&s, STR("2/3"), &err) && s.index == 2 && s.n == 3,
	    "2/3");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!shard_parse(&s, str_of(bad[i]), &err), "\"%s\": %s",
		    bad[i], err.msg);
	return done_testing();
}
