/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/hash.h"
#include "t/tap.h"

#define N_VALUES 20000
#define SEED UINT64_C(0x0123456789abcdef)

static void
test_lengths(void)
{
	char text[200];
	uint64_t hashes[sizeof text];
	size_t n_equal = 0, n_moved = 0;

	memset(text, 'a', sizeof text);
	for (size_t n = 0; n < sizeof text; n++) {
		char *copy = malloc(n == 0 ? 1 : n);

		if (copy == NULL)
			bail("no memory");
		memcpy(copy, text, n);
		hashes[n] = hash_bytes(copy, n, SEED);
		n_moved += hashes[n] != hash_bytes(text, n, SEED);
		for (size_t i = 0; i < n; i++)
			n_equal += hashes[i] == hashes[n];
		free(copy);
	}
	is_u64(n_equal, 0, "the length counts");
	is_u64(n_moved, 0, "the address does not");
	ok(hash_bytes(NULL, 0, SEED) == hash_bytes("", 0, SEED),
	    "nothing has a hash");
}

/* One bit of input or seed changes about half of all bits. */
static void
test_bits(void)
{
	unsigned char text[48];
	unsigned least = 64, flipped;
	uint64_t n_flipped = 0, n = 0;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (unsigned char)(i * 37);
	for (size_t len = 1; len <= sizeof text; len++) {
		uint64_t hash = hash_bytes(text, len, SEED);

		for (size_t bit = 0; bit < len * 8; bit++, n++) {
			text[bit / 8] ^= (unsigned char)(1u << bit % 8);
			flipped = (unsigned)__builtin_popcountll(hash ^
			    hash_bytes(text, len, SEED));
			text[bit / 8] ^= (unsigned char)(1u << bit % 8);
			least = flipped < least ? flipped : least;
			n_flipped += flipped;
		}
	}
	ok(least >= 8, "each bit of the input changes %u or more", least);
	ok(n_flipped > n * 31 && n_flipped < n * 33, "and 32 on average");
	least = 64;
	for (unsigned bit = 0; bit < 64; bit++) {
		flipped = (unsigned)__builtin_popcountll(
		    hash_bytes("node-1", 6, SEED) ^
		    hash_bytes("node-1", 6, SEED ^ UINT64_C(1) << bit));
		least = flipped < least ? flipped : least;
	}
	ok(least >= 8, "and so does each bit of the seed");
}

/* Words that cancel the constants of the function, if they are in the clear:
 * whatever stands beside them must still count. */
static void
test_chosen_words(void)
{
	static const uint64_t words[] = { 0, UINT64_MAX, SEED,
		UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd6e8feb86659fd93),
		UINT64_C(0xa0761d6478bd642f), UINT64_C(0xe7037ed1a0b428db),
		UINT64_C(0x8ebc6af09c88c6e3), UINT64_C(0x589965cc75374cc3) };
	size_t n_equal = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		for (size_t at = 0; at < 32; at += 8) {
			char a[32], b[32];

			memset(a, 'a', sizeof a);
			memset(b, 'b', sizeof b);
			memcpy(a + at, &words[i], 8);
			memcpy(b + at, &words[i], 8);
			for (size_t n = at + 8; n <= sizeof a; n++)
				n_equal += n > 8 && hash_bytes(a, n, SEED) ==
				    hash_bytes(b, n, SEED);
		}
	}
	is_u64(n_equal, 0, "no word makes the others not count");
}

static void
test_seeds(void)
{
	ok(hash_seed() != 0 && hash_seed() == hash_seed(),
	    "a process has one seed");
	ok(hash_bytes("a", 1, 1) != hash_bytes("a", 1, 2),
	    "seeds make a difference");
	is_u64(hash_stable(STR("node-1")), hash_stable(STR("node-1")),
	    "the stable hash is stable");
	ok(hash_stable(STR("node-1")) != hash_stable(STR("node-2")),
	    "and tells names apart");
}

/* The stable hash is the same in every process and version. */
static void
test_stable(void)
{
	static const struct { const char *text; uint64_t hash; } cases[] = {
		{ "", UINT64_C(0x8352c896cb3ba1a9) },
		{ "a", UINT64_C(0x8827b3731b42f6dc) },
		{ "node-1", UINT64_C(0x7ce92acd305aac08) },
		{ "ip-10-0-0-1", UINT64_C(0x50b4e6927d47c0e6) },
		{ "default/web-5d9c", UINT64_C(0x629ff8e0ee1eae8a) },
		{ "node-1.example.org-0123456789",
		    UINT64_C(0x7c209c0e8d37f1b9) },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_u64(hash_stable(str_of(cases[i].text)), cases[i].hash,
		    "the stable hash of \"%s\" is what it was",
		    cases[i].text);
}

static bool
is_value(const void *ctx, uint32_t value)
{
	return *(const uint32_t *)ctx == value;
}

static uint32_t
find(const struct hash_index *h, uint64_t hash, uint32_t value)
{
	return hash_index_find(h, hash, is_value, &value);
}

/* Few hashes for many values: chains of equal ones. */
static uint64_t
hash_of(uint32_t value)
{
	return value % 7 == 0 ? value / 70 : (uint64_t)value << 32 | value;
}

static void
test_index(void)
{
	struct hash_index h = { 0 };
	size_t n_lost = 0, n_ghosts = 0;

	is_u64(find(&h, 1, 1), HASH_NONE, "an empty index has nothing");
	hash_index_remove(&h, 1, 1);
	hash_index_clear(&h);
	for (uint32_t v = 0; v < N_VALUES; v++)
		hash_index_add(&h, hash_of(v), v);
	for (uint32_t v = 0; v < N_VALUES; v++)
		n_lost += find(&h, hash_of(v), v) != v;
	is_u64(n_lost, 0, "all that was added is found");
	is_u64(find(&h, hash_of(1), 2), HASH_NONE,
	    "the caller's comparison decides");
	for (uint32_t v = 0; v < N_VALUES; v += 2)
		hash_index_remove(&h, hash_of(v), v);
	for (uint32_t v = 0; v < N_VALUES; v++) {
		bool is_there = find(&h, hash_of(v), v) == v;

		n_ghosts += v % 2 == 0 && is_there;
		n_lost += v % 2 == 1 && !is_there;
	}
	is_u64(n_ghosts, 0, "what was removed is not found");
	is_u64(n_lost, 0, "and all else still is");
	is_u64(h.n_live, N_VALUES / 2, "and is counted");
	hash_index_remove(&h, hash_of(2), 2);
	is_u64(h.n_live, N_VALUES / 2, "removing what is gone does nothing");
	hash_index_clear(&h);
	is_u64(find(&h, hash_of(1), 1), HASH_NONE, "cleared, it has nothing");
	hash_index_fini(&h);
	hash_index_fini(&h);
}

/* Names that come and go must not make the table grow for ever. */
static void
test_churn(void)
{
	struct hash_index h = { 0 };

	for (uint32_t v = 0; v < 100000; v++) {
		hash_index_add(&h, v * UINT64_C(0x9e3779b97f4a7c15), v);
		if (v >= 10)
			hash_index_remove(&h, (v - 10) *
			    UINT64_C(0x9e3779b97f4a7c15), v - 10);
	}
	is_u64(h.n_live, 10, "ten are left of many");
	ok(h.n_slots <= 128, "in a table of %zu slots", h.n_slots);
	hash_index_fini(&h);
}

int
main(void)
{
	test_lengths();
	test_bits();
	test_chosen_words();
	test_seeds();
	test_stable();
	test_index();
	test_churn();
	return done_testing();
}
