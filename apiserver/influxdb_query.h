/* SPDX-License-Identifier: ISC */
/*
 * Questions about the past in InfluxQL, over points as Heapster's sink wrote
 * them (influxdb_uri.h: withfields).
 *
 * Lists are one statement.  Series and buckets are one statement per key, in
 * their order, separated by "; ".  Names and values of whoever asks are
 * quoted, whatever is in them.
 *
 * The columns of a series are time and value; those of buckets time, count and
 * then each aggregation that was asked for, in the order of its bit; those of
 * a list are described at influxdb_answer.h.  Pure.
 */
#ifndef APISERVER_INFLUXDB_QUERY_H
#define APISERVER_INFLUXDB_QUERY_H

#include <stdbool.h>

#include "common/buf.h"

#include "apiserver/history.h"

struct influxdb_layout {
	bool has_fields;
	struct str cluster_name;	/* absent: of any */
};

void influxdb_query_write(struct buf *out, const struct history_question *q,
    const struct influxdb_layout *layout);

#endif
