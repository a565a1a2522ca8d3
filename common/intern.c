/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/intern.h"
#include "common/mem.h"

void
intern_init(struct intern *t, size_t max_bytes)
{
	*t = (struct intern){ .max_bytes = max_bytes };
}

void
intern_fini(struct intern *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		free((void *)(uintptr_t)t->strings[i].p);
	free(t->strings);
	hash_index_fini(&t->index);
	*t = (struct intern){ .max_bytes = t->max_bytes };
}

struct key {
	const struct intern *table;
	struct str s;
};

static bool
is_string(const void *ctx, uint32_t id)
{
	const struct key *key = ctx;

	return str_eq(key->table->strings[id - 1], key->s);
}

uint32_t
intern_find(const struct intern *t, struct str s)
{
	struct key key = { t, s };
	uint32_t id;

	if (s.p == NULL)
		return 0;
	id = hash_index_find(&t->index, hash_bytes(s.p, s.len, hash_seed()),
	    is_string, &key);
	return id == HASH_NONE ? 0 : id;
}

uint32_t
intern_add(struct intern *t, struct str s)
{
	uint32_t id = intern_find(t, s);

	if (id != 0 || s.p == NULL)
		return id;
	if ((t->max_bytes != 0 && s.len > t->max_bytes - t->bytes) ||
	    t->n == HASH_NONE - 1)
		return 0;
	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 16;
		t->strings = xrealloc(t->strings, t->cap, sizeof *t->strings);
	}
	t->strings[t->n] = (struct str){ str_dup(s), s.len };
	t->bytes += s.len;
	id = ++t->n;
	hash_index_add(&t->index, hash_bytes(s.p, s.len, hash_seed()), id);
	return id;
}

struct str
intern_str(const struct intern *t, uint32_t id)
{
	return id == 0 || id > t->n ? (struct str){ NULL, 0 } :
	    t->strings[id - 1];
}
