/* SPDX-License-Identifier: ISC */
/*
 * What is accepted as a line of cheapster-tap is printed as one that means
 * the same.
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "tools/format_ndjson.h"
#include "tools/group.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The line of the set that the group is about; false: no frame. */
static bool
reprint(struct group *g, struct str line, struct buf *out)
{
	static const struct ndjson_filter all;
	struct err err;
	struct frame f;

	group_reset(g);
	buf_reset(out);
	if (group_add(g, line, &err) != GROUP_ADDED)
		return false;
	assert(group_frame(g, &f, 1000, &err));
	assert(format_ndjson(out, &f, f.n_sets - 1, &all));
	out->len--;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct group g;

	group_init(&g);
	if (reprint(&g, (struct str){ (const char *)data, size }, &once)) {
		bool again = reprint(&g, buf_str(&once), &twice);

		assert(again && str_eq(buf_str(&once), buf_str(&twice)));
	}
	group_fini(&g);
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
