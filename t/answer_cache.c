/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "apiserver/answer_cache.h"
#include "t/tap.h"

static struct answer_cache cache;
static const struct http_head head = { .status = 200 };

static struct body *
body_of(size_t bytes)
{
	struct buf text = BUF_INIT;

	if (buf_reserve(&text, bytes) != NULL)
		text.len = bytes;
	return body_new(&text);
}

/* Leaves the cache the only one that has a reference. */
static void
add(const char *key, size_t bytes, uint64_t changes, int64_t now_s)
{
	struct body *body = body_of(bytes);

	answer_cache_add(&cache, str_of(key), &head, body, changes,
	    now_s * NS_PER_S);
	body_unref(body);
}

static size_t
found(const char *key, uint64_t changes, int64_t now_s)
{
	const struct answer *a = answer_cache_find(&cache, str_of(key),
	    changes, now_s * NS_PER_S);

	return a == NULL ? 0 : a->body->text.len;
}

static void
test_age(void)
{
	add("a", 100, 1, 0);
	is_u64(found("a", 1, 9), 100, "what was answered is found");
	is_u64(found("b", 1, 9), 0, "and nothing else");
	is_u64(found("a", 1, 10), 0, "but not for ever");
	add("a", 200, 1, 10);
	is_u64(found("a", 2, 10), 0, "nor after a frame");
	is_u64(found("a", 1, 10), 0, "and it does not come back");
	add("a", 1, 2, 20);
	add("a", 2, 2, 20);
	is_u64(found("a", 2, 20), 1, "twice is once");
	answer_cache_sweep(&cache, 3, 20 * NS_PER_S);
	is_u64(cache.n, 0, "a sweep forgets what is of no use");
	is_u64(cache.n_bytes, 0, "and its bytes");
}

static void
test_bounds(void)
{
	char key[16];

	for (int i = 0; i <= ANSWERS_MAX; i++) {
		snprintf(key, sizeof key, "%d", i);
		add(key, 1, 5, 0);
	}
	is_u64(found("0", 5, 0), 0, "the oldest makes room");
	is_u64(found("1", 5, 0), 1, "and only that");
	add("large", ANSWER_BYTES_MAX - 5, 5, 0);
	is_u64(cache.n_bytes, ANSWER_BYTES_MAX, "bytes are bounded, too");
	is_u64(cache.n, 6, "with as many as fit");
	add("larger", ANSWER_BYTES_MAX + 1, 5, 0);
	is_u64(found("larger", 5, 0), 0, "what is too large is not kept");
	is_u64(found("large", 5, 0), ANSWER_BYTES_MAX - 5,
	    "and nothing is forgotten for it");
}

static void
test_shared(void)
{
	struct body *body = body_of(10);

	answer_cache_add(&cache, STR("shared"), &head, body, 6, 0);
	is_u64(body->n_references, 2, "who sends an answer shares it");
	answer_cache_fini(&cache);
	is_u64(body->n_references, 1, "and keeps it when it is forgotten");
	body_unref(body);
}

static void
test_key(void)
{
	static const struct {
		const char *path, *query, *accept, *encoding;
		bool is_person;
	} cases[] = {
		{ "/a", NULL, NULL, NULL }, { "/a", "", NULL, NULL },
		{ "/a", NULL, NULL, NULL, true },
		{ "/a", NULL, "", NULL }, { "/a", NULL, NULL, "gzip" },
		{ "/a", NULL, NULL, "deflate" }, { "/a", "gzip", NULL, NULL },
		{ "/a", NULL, "gzip", NULL }, { "/b", NULL, NULL, NULL },
		{ "/a=", NULL, NULL, NULL }, { "/", "a", NULL, NULL },
	};
	struct buf keys[sizeof cases / sizeof cases[0]] = { 0 };
	size_t n = sizeof cases / sizeof cases[0], n_same = 0;

	for (size_t i = 0; i < n; i++)
		answer_cache_key(&keys[i], str_of(cases[i].path),
		    str_of(cases[i].query), str_of(cases[i].accept),
		    cases[i].encoding, cases[i].is_person);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			n_same += str_eq(buf_str(&keys[i]), buf_str(&keys[j]));
	is_u64(n_same, 0, "no two different requests have one key");
	for (size_t i = 0; i < n; i++)
		buf_fini(&keys[i]);
}

int
main(void)
{
	test_key();
	test_age();
	test_bounds();
	test_shared();
	return done_testing();
}
