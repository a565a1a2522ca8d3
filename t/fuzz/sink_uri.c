/* SPDX-License-Identifier: ISC */
/* Any operand of a sink, and any filter in it. */
#include "config.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "sinks/glob.h"
#include "sinks/point_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct point_filter filter;
	struct buf unknown = BUF_INIT;
	struct sink_uri u;
	struct err err;
	uint64_t number;
	bool is_on;

	if (!sink_uri_parse(&u, text, &err))
		return 0;
	assert(u.path != NULL && (*u.path == '\0' || *u.path == '/'));
	assert(u.host == NULL || *u.host != '\0');
	for (size_t i = 0; i < u.n_options; i++) {
		const char *name = u.options[i].name;

		sink_uri_bool(&u, name, &is_on, &err);
		sink_uri_u64(&u, name, &number, &err);
		assert(sink_uri_has(&u, name) && u.options[i].is_taken);
	}
	point_filter_init(&filter, &u, &err);
	sink_uri_unknown(&u, &unknown);
	assert(unknown.len == 0);
	glob_match(str_of(u.path), text);
	sink_uri_fini(&u);
	buf_fini(&unknown);
	return 0;
}
