/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/review_cache.h"
#include "t/tap.h"

#define N_MAX 3

static struct review *
find(struct review_cache *c, const char *question, int64_t now)
{
	unsigned char key[REVIEW_KEY_BYTES];

	review_key(key, str_of(question));
	return review_cache_find(c, key, now);
}

static struct review *
add(struct review_cache *c, const char *question)
{
	unsigned char key[REVIEW_KEY_BYTES];

	review_key(key, str_of(question));
	return review_cache_add(c, key);
}

static void
test_life(void)
{
	struct review_cache c = { .n_max = N_MAX };
	struct review *a;

	ok(find(&c, "a", 0) == NULL, "nothing is known at first");
	a = add(&c, "a");
	ok(a != NULL && find(&c, "a", INT64_MAX) == a && a->is_pending,
	    "what is being asked is there, however long it takes");
	review_cache_settle(&c, a, 10);
	ok(find(&c, "a", 9) == a && !a->is_pending,
	    "and its answer is, until it is too old");
	ok(find(&c, "a", 10) == NULL && c.n == 0, "then it is gone");
	review_cache_drop(&c, add(&c, "b"));
	ok(find(&c, "b", 0) == NULL, "what got no answer is gone at once");
	review_cache_fini(&c);
}

static void
test_bound(void)
{
	struct review_cache c = { .n_max = N_MAX };
	struct review *a = add(&c, "a"), *b, *d;

	b = add(&c, "b");
	review_cache_settle(&c, b, 100);
	review_cache_settle(&c, a, 100);
	add(&c, "c");
	d = add(&c, "d");
	ok(d != NULL && find(&c, "b", 0) == NULL && find(&c, "a", 0) == a,
	    "the oldest answer makes room");
	ok(add(&c, "e") != NULL && find(&c, "a", 0) == NULL,
	    "then the next one");
	ok(add(&c, "f") == NULL && find(&c, "d", 0) == d,
	    "but not what has no answer yet");
	is_u64(c.n, N_MAX, "there never are more");
	review_cache_fini(&c);
}

static void
test_many(void)
{
	struct review_cache c = { .n_max = 100 };
	char name[16];
	unsigned n = 0;

	for (unsigned i = 0; i < 1000; i++) {
		struct review *r;

		snprintf(name, sizeof name, "%u", i);
		r = add(&c, name);
		review_cache_settle(&c, r, 1000 + i);
	}
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "%u", i);
		n += find(&c, name, 1949) != NULL;
	}
	is_u64(n, 50, "of a thousand the newest are there that are fresh");
	is_u64(c.n, 50, "and no others");
	review_cache_fini(&c);
}

int
main(void)
{
	test_life();
	test_bound();
	test_many();
	return done_testing();
}
