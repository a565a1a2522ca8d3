/* SPDX-License-Identifier: ISC */
/*
 * What InfluxDB answers to the statements of influxdb_query.h, with times in
 * ns.  An error in it is the error of all; so is a part that is cut short.
 *
 * Of a list, the name is the last column: that is so for "key, value", and
 * for the one column of old versions.  Metrics with fields are the columns
 * "last_FIELD" of each series that have a value.
 *
 * Numbers are integers if all of their column are: InfluxDB does not say what
 * a field is.  An average is none ever.  What is no number is left out, and so
 * is a point whose time does not come after the one before.
 *
 * Pure; everything is in the arena or in the text.
 */
#ifndef APISERVER_INFLUXDB_ANSWER_H
#define APISERVER_INFLUXDB_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/str.h"

#include "apiserver/history.h"

/* What was asked. */
struct influxdb_asked {
	enum history_what what;
	size_t n_keys;
	bool has_fields;
	unsigned aggregations;
	bool is_one_bucket;
	int64_t start_ns;	/* of that one */
};

/* json is followed by JSON_PAD readable bytes. */
bool influxdb_answer_parse(struct history_answer *out, struct arena *a,
    struct str json, const struct influxdb_asked *asked, struct err *err);

/* {"error": "..."}, the body of an answer that is none; absent if it is not
 * that. */
struct str influxdb_error_parse(struct arena *a, struct str json);

#endif
