/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/hash.h"
#include "common/number.h"

#include "collector/shard.h"

bool
shard_parse(struct shard *out, struct str text, struct err *err)
{
	struct str n_text = text, index_text = str_cut(&n_text, '/');
	uint64_t index, n;

	if (n_text.p == NULL || !parse_u64(index_text, &index) ||
	    !parse_u64(n_text, &n) || n == 0 || n > SHARDS_MAX || index >= n)
		return err_set(err, "expected I/N with I from 0 to N-1 and N "
		    "up to %d: \"%.*s\"", SHARDS_MAX, STR_ARG(text));
	*out = (struct shard){ (uint32_t)index, (uint32_t)n };
	return true;
}

bool
shard_owns(const struct shard *s, struct str node)
{
	uint64_t name = hash_stable(node), best = 0;
	uint32_t owner = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		uint64_t weight = hash_bytes(&name, sizeof name, i + 1);

		if (weight > best) {
			best = weight;
			owner = i;
		}
	}
	return owner == s->index;
}
