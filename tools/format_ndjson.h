/* SPDX-License-Identifier: ISC */
/*
 * A set as one line of JSON for people, jq and shell loops: what cheapster-tap
 * prints and cheapster-pub reads.  cheapster-tap(1) documents it.
 *
 *	{"time":"2026-11-23T08:53:00Z","type":"pod",...labels...,
 *	 "resolution_us":60000000,"started":"...","scraped":"...",
 *	 "metrics":{"cpu/usage_rate":12},
 *	 "resources":[{"resource_id":"/","metrics":{"filesystem/usage":4096}}]}
 *
 * Composed metrics (metric.h) are in "metrics" of the set, under their names.
 *
 * Labels have Heapster's names, each once.  One that is called like a field
 * of the line's own (ndjson_is_field) is left out.
 *
 * Pure.
 */
#ifndef TOOLS_FORMAT_NDJSON_H
#define TOOLS_FORMAT_NDJSON_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/frame.h"

/* Strings that select; n == 0 selects all. */
struct ndjson_list {
	const char *const *items;
	size_t n;
};

/* A set passes if it passes every list. */
struct ndjson_filter {
	unsigned types;		/* bit per enum set_type; 0: all */
	struct ndjson_list namespaces;
	struct ndjson_list nodes;
	struct ndjson_list pods;	/* pods and their containers */
	struct ndjson_list containers;	/* of pods and of the system */
	struct ndjson_list metrics;	/* prefixes of names, as printed */
};

bool ndjson_passes(const struct ndjson_filter *filter, const struct frame *f,
    size_t set);

/*
 * Appends the line of a set with its newline.  False, and nothing appended: it
 * does not pass, or none of the metrics that are asked for is there.
 */
bool format_ndjson(struct buf *out, const struct frame *f, size_t set,
    const struct ndjson_filter *filter);

/* The members that say when a part of the sample was taken, if not with all. */
extern const char *const ndjson_part_times[SET_PART_COUNT];

/* Whether a member of a line is one of its own rather than a label. */
bool ndjson_is_field(struct str name);

#endif
