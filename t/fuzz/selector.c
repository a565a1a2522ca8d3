/* SPDX-License-Identifier: ISC */
/* Any selector: it is refused with a reason, or selects without one. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "apiserver/label_selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct object_labels labels = {
		.joined = text, .separator = STR(","),
	};
	struct label_selector s;
	struct buf error = BUF_INIT;
	struct arena a;
	bool is_good;

	arena_init(&a, 1 << 20);
	is_good = label_selector_parse(&s, &a, text, &error);
	assert(is_good == (error.len == 0));
	if (is_good)
		label_selector_matches(&s, &labels);
	buf_fini(&error);
	arena_fini(&a);
	return 0;
}
