/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/arena.h"
#include "t/tap.h"

#define BOUND_BYTES 100000

static void
test_alloc(void)
{
	struct arena a;
	size_t n_unaligned = 0, n_wrong = 0;
	unsigned char *blocks[300];

	arena_init(&a, 1u << 24);
	for (size_t i = 0; i < 300; i++) {
		blocks[i] = arena_alloc(&a, i);
		if (blocks[i] == NULL)
			bail("no room");
		memset(blocks[i], (int)(i % 251), i);
		n_unaligned += (uintptr_t)blocks[i] % 16 != 0;
	}
	for (size_t i = 0; i < 300; i++)
		for (size_t j = 0; j < i; j++)
			n_wrong += blocks[i][j] != i % 251;
	is_u64(n_unaligned, 0, "all blocks are aligned to 16 bytes");
	is_u64(n_wrong, 0, "and none overlaps another");
	ok(a.used_bytes >= 300 * 299 / 2, "what is used is counted");
	arena_reset(&a);
	is_u64(a.used_bytes, 0, "and none of it after a reset");
	ok(a.high_water_bytes >= 300 * 299 / 2, "but the most there was");
	arena_fini(&a);
	ok(a.first == NULL && a.used_bytes == 0, "fini leaves it empty");
	arena_fini(&a);
}

static size_t
count_until_full(struct arena *a, size_t size)
{
	size_t n = 0;

	while (n < 1000000 && arena_alloc(a, size) != NULL)
		n++;
	return n;
}

static void
test_bound(void)
{
	struct arena a;
	size_t n;

	arena_init(&a, BOUND_BYTES);
	n = count_until_full(&a, 16);
	is_u64(n, BOUND_BYTES / 16, "gives as much as its bound");
	ok(arena_alloc(&a, 1) == NULL, "and not a byte more");
	ok(arena_str(&a, STR("x")).p == NULL, "nor a string");
	arena_reset(&a);
	is_u64(count_until_full(&a, 16), n, "and the same after a reset");
	arena_reset(&a);
	ok(arena_alloc(&a, BOUND_BYTES + 1) == NULL, "refuses too large ones");
	ok(arena_alloc(&a, SIZE_MAX) == NULL &&
	    arena_alloc(&a, SIZE_MAX - 15) == NULL, "and those that wrap");
	ok(arena_alloc(&a, BOUND_BYTES) != NULL, "takes one of all");
	arena_fini(&a);
}

/* The same load twice: the second time nothing new is needed. */
static void
test_reuse(void)
{
	struct arena a;
	void *first[50];
	size_t n_moved = 0;

	arena_init(&a, 1u << 24);
	for (size_t i = 0; i < 50; i++)
		first[i] = arena_alloc(&a, 4000);
	arena_reset(&a);
	for (size_t i = 0; i < 50; i++)
		n_moved += arena_alloc(&a, 4000) != first[i];
	is_u64(n_moved, 0, "a steady load gets the same memory");
	arena_reset(&a);
	ok(arena_alloc(&a, 1u << 20) != NULL && arena_alloc(&a, 4000) != NULL,
	    "another load finds its room");
	arena_fini(&a);
}

static void
test_grow(void)
{
	struct arena a;
	void *items = NULL, *before;
	size_t cap = 0;

	arena_init(&a, BOUND_BYTES);
	ok(arena_grow(&a, &items, &cap, 1, 8) && cap >= 1, "grows from none");
	memcpy(items, "12345678", 8);
	before = items;
	ok(arena_grow(&a, &items, &cap, cap, 8) && items == before,
	    "stays where it is if it has room");
	ok(arena_grow(&a, &items, &cap, 100, 8) && cap >= 100,
	    "grows to what is wanted");
	is_mem(items, 8, "12345678", 8, "and keeps what was there");
	before = items;
	ok(!arena_grow(&a, &items, &cap, BOUND_BYTES, 8) && items == before,
	    "without room everything stays");
	ok(!arena_grow(&a, &items, &cap, SIZE_MAX, 8) &&
	    !arena_grow(&a, &items, &cap, SIZE_MAX / 4, 8),
	    "a size that wraps is no room");
	arena_fini(&a);
}

static void
test_str(void)
{
	struct arena a;
	struct str s;

	arena_init(&a, BOUND_BYTES);
	s = arena_str(&a, STR("a\0b"));
	is_mem(s.p, s.len + 1, "a\0b", 4, "a string is copied, with a NUL");
	s = arena_str(&a, (struct str){ NULL, 0 });
	ok(s.p != NULL && s.len == 0, "an absent one becomes empty");
	arena_fini(&a);
}

static void
test_wipe(void)
{
	static const char zero[4000];
	struct arena a;
	char *small, *large;

	arena_init(&a, BOUND_BYTES);
	arena_wipe(&a);
	small = arena_alloc(&a, 100);
	large = arena_alloc(&a, sizeof zero * 10);
	memset(small, 's', 100);
	memset(large, 's', sizeof zero * 10);
	arena_wipe(&a);
	is_mem(small, 100, zero, 100, "what was written is wiped");
	is_mem(large + sizeof zero * 9, sizeof zero, zero, sizeof zero,
	    "in every chunk");
	arena_fini(&a);
}

int
main(void)
{
	test_alloc();
	test_bound();
	test_reuse();
	test_grow();
	test_str();
	test_wipe();
	return done_testing();
}
