/* SPDX-License-Identifier: ISC */
/*
 * The few statements of InfluxQL that make a database and its retention
 * policy, and what the server answers to them.  Pure.
 *
 * A retention is "7d", "1h30m", "INF"; "0" is INF.
 */
#ifndef SINKS_INFLUXQL_H
#define SINKS_INFLUXQL_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

#define INFLUX_POLICY "default"	/* the name of the retention policy */

/* Whether it is one; *out is how InfluxQL wants it. */
bool influxql_retention(struct str text, struct str *out);

/* These append one statement. */
void influxql_create_database(struct buf *out, struct str database,
    struct str retention);
void influxql_create_policy(struct buf *out, struct str database,
    struct str retention);
void influxql_alter_policy(struct buf *out, struct str database,
    struct str retention);

/*
 * The first error in the answer to a statement, which may have status 200;
 * absent: it was done.  Borrowed, with JSON's escapes.
 */
struct str influxql_error(struct str body);

#endif
