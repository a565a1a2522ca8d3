/* SPDX-License-Identifier: ISC */
/*
 * Genuine bodies: what they say is what t/data/kubelet-1.26/golden.jq says of
 * them, also with their members in any order.
 */
#include "config.h"

#include <jansson.h>

#include "t/golden.h"
#include "t/summary_decoded.h"

static uint32_t random_state = 1;

static uint32_t
next_random(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 16) % n;
}

/* Writes v with the members of all objects in random order. */
static void
shuffle(struct buf *out, json_t *v, const char *gap)
{
	const char *keys[64], *key;
	json_t *member;
	size_t n = 0, i;

	if (json_is_array(v)) {
		buf_addf(out, "[");
		json_array_foreach(v, i, member) {
			buf_addf(out, "%s%s", i == 0 ? "" : ",", gap);
			shuffle(out, member, gap);
		}
		buf_addf(out, "%s]", gap);
	} else if (json_is_object(v)) {
		json_object_foreach(v, key, member)
			keys[n++] = key;
		buf_addf(out, "{%s", gap);
		for (; n > 0; n--) {
			i = next_random((uint32_t)n);
			buf_addf(out, "\"%s\":%s", keys[i], gap);
			shuffle(out, json_object_get(v, keys[i]), gap);
			buf_addf(out, "%s%s", n == 1 ? "" : ",", gap);
			keys[i] = keys[n - 1];
		}
		buf_addf(out, "}");
	} else {
		char *text = json_dumps(v, JSON_ENCODE_ANY);

		buf_addf(out, "%s", text);
		free(text);
	}
}

static void
test_genuine(const char *name, const char *golden_name)
{
	static const char *const gaps[] = { "", " ", "\n  ", "\r\n\t" };
	struct buf body = BUF_INIT, shuffled = BUF_INIT;
	json_t *root;

	read_file(&body, name);
	is_golden(summary_decode, buf_str(&body), golden_name, name);

	root = json_loadb(body.p, body.len, 0, NULL);
	for (size_t i = 0; i < COUNT(gaps); i++) {
		buf_reset(&shuffled);
		shuffle(&shuffled, root, gaps[i]);
		is_golden(summary_decode, buf_str(&shuffled), golden_name,
		    "the same shuffled");
	}
	json_decref(root);
	buf_fini(&body);
	buf_fini(&shuffled);
}

static void
test_truncation(void)
{
	struct buf body = BUF_INIT;
	struct decoded d;
	size_t n_accepted = 0;

	read_file(&body, "summary-cpumem.body");
	for (size_t len = 0; len < body.len; len++) {
		decode(&d, (struct str){ body.p, len });
		n_accepted += d.is_decoded;
		decoded_fini(&d);
	}
	is_u64(n_accepted, 0, "no beginning of a body is decoded");
	buf_fini(&body);
}

int
main(void)
{
	test_genuine("summary.body", "summary.golden");
	test_genuine("summary-cpumem.body", "summary-cpumem.golden");
	test_truncation();
	return done_testing();
}
