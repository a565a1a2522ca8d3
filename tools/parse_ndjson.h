/* SPDX-License-Identifier: ISC */
/*
 * A line of format_ndjson.h back into a set, with all that its labels say.
 *
 * Members may be in any order.  Needed are time, type, metrics and the labels
 * that name what the set is about.  Members that are neither fields nor
 * labels of Heapster's are stored labels if they are strings, and ignored if
 * they are not.  Composed metrics stand in "metrics"; what a line says of one
 * resource becomes one resource.  A metric of an unknown name is an error, as it would be lost
 * in silence.  Integers that jq wrote as 1e+17 are taken; fractions of
 * integer metrics are rounded.
 *
 * Pure.
 */
#ifndef TOOLS_PARSE_NDJSON_H
#define TOOLS_PARSE_NDJSON_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/frame.h"

/* Absent is what the line does not say.  All is in the arena. */
struct ndjson_set {
	int64_t window_ns;
	int64_t resolution_ns;	/* 0: not said */
	struct str node;
	struct str hostname;
	struct str host_id;
	struct str schedulable;
	struct str pod_name;
	struct str namespace_name;
	struct str namespace_id;
	struct str pod_id;
	struct str container_name;
	struct str image;
	struct str labels;
	struct label *stored;
	uint32_t n_stored;
	enum set_type type;
	struct metric_set set;	/* type, times, values and resources */
};

/* The text is copied into the arena. */
bool ndjson_parse(struct ndjson_set *out, struct arena *a, struct str text,
    struct err *err);

#endif
