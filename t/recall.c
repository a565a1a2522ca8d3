/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/recall.h"

#include "t/tap.h"

#define N_SETS 1000

static bool
has(const struct recall *r, uint64_t hash, uint32_t id)
{
	const struct recalled_set *set = recall_find(r, hash);

	return set != NULL && set->id == id && set->local == id + 7;
}

/* Hashes that differ in high bits alone want the same place. */
static uint64_t
hash_of(uint32_t i)
{
	return i % 2 == 0 ? i + UINT64_C(1) : (uint64_t)i << 32 | 1;
}

static void
fill(struct recall *r, uint32_t serial, uint32_t first, uint32_t n)
{
	recall_begin(r, serial, n);
	for (uint32_t i = first; i < first + n; i++)
		recall_add(r, (struct recalled_set){ hash_of(i), i, i + 7 });
}

static bool
has_all(const struct recall *r, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++)
		if (!has(r, hash_of(i), i))
			return false;
	return true;
}

int
main(void)
{
	struct recall r = { 0 };

	ok(recall_find(&r, 1) == NULL, "an empty one knows nothing");
	fill(&r, 5, 0, N_SETS);
	ok(has_all(&r, 0, N_SETS), "all that was added is found");
	ok(recall_find(&r, N_SETS + UINT64_C(1)) == NULL,
	    "and nothing else");
	is_u64(r.serial, 5, "it is about one segment");
	fill(&r, 6, N_SETS, 3);
	ok(has_all(&r, N_SETS, 3), "a new frame replaces it");
	ok(recall_find(&r, hash_of(0)) == NULL, "whole");
	recall_begin(&r, 7, 1);
	recall_add(&r, (struct recalled_set){ 9, 1, 8 });
	recall_add(&r, (struct recalled_set){ 9, 2, 9 });
	ok(has(&r, 9, 2), "of two that are the same the later one counts");
	recall_fini(&r);
	ok(recall_find(&r, 9) == NULL, "it can be empty again");
	return done_testing();
}
