/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/intern.h"
#include "t/tap.h"

#define N_NAMES 3000

static void
test_names(void)
{
	struct intern t;
	char name[32] = "default";
	uint32_t id;

	intern_init(&t, 0);
	is_u64(intern_find(&t, STR("default")), 0, "knows nothing at first");
	id = intern_add(&t, str_of(name));
	is_u64(id, 1, "the first name is 1");
	memset(name, 'x', sizeof name);
	is_str(intern_str(&t, id).p, "default", "a name is copied, with NUL");
	is_u64(intern_add(&t, STR("default")), id, "the same name again is 1");
	is_u64(intern_find(&t, STR("default")), id, "and is found as that");
	is_u64(intern_find(&t, STR("defaul")), 0, "its beginning is unknown");
	is_u64(intern_add(&t, (struct str){ NULL, 0 }), 0, "absent is 0");
	is_u64(intern_find(&t, (struct str){ NULL, 0 }), 0, "found or added");
	is_u64(intern_add(&t, STR("")), 2, "the empty name is one");
	ok(intern_str(&t, 2).p != NULL && intern_str(&t, 2).len == 0,
	    "and is present");
	ok(intern_str(&t, 0).p == NULL, "0 stands for absent");
	ok(intern_str(&t, 3).p == NULL, "as does what nobody has got");
	is_u64(t.bytes, 7, "bytes are counted once");
	intern_fini(&t);
	is_u64(intern_find(&t, STR("default")), 0, "fini forgets");
	intern_fini(&t);
}

static void
test_many(void)
{
	struct intern t;
	size_t n_wrong = 0;

	intern_init(&t, 0);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < N_NAMES; i++) {
			char name[32];

			snprintf(name, sizeof name, "pod-%u", i);
			n_wrong += intern_add(&t, str_of(name)) != i + 1;
			n_wrong += !str_is(intern_str(&t, i + 1), name);
		}
	}
	is_u64(n_wrong, 0, "%d names have their numbers, twice", N_NAMES);
	is_u64(t.n, N_NAMES, "and are stored once");
	intern_fini(&t);
}

static void
test_bound(void)
{
	struct intern t;

	intern_init(&t, 10);
	is_u64(intern_add(&t, STR("0123456")), 1, "takes what fits");
	is_u64(intern_add(&t, STR("abcd")), 0, "refuses what does not");
	is_u64(intern_add(&t, STR("abc")), 2, "takes what fills it");
	is_u64(intern_add(&t, STR("x")), 0, "and then nothing new");
	is_u64(intern_add(&t, STR("abc")), 2, "but knows what it has");
	intern_fini(&t);
}

int
main(void)
{
	test_names();
	test_many();
	test_bound();
	return done_testing();
}
