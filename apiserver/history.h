/* SPDX-License-Identifier: ISC */
/*
 * Where old values come from: a database that a sink has filled.
 *
 * A question names the sets it is about and is answered for each of them, in
 * their order; one that the database does not know has no points, no buckets,
 * no names.  The answer comes through the callback, before history_ask()
 * returns or later, exactly once.
 *
 * Points are ascending, with start <= timestamp <= end.  A bucket is named by
 * its beginning, a multiple of its size since 1970; without a size there is
 * one, which begins at the start that was asked for.  Empty buckets are left
 * out.
 *
 * Times are ns since 1970.
 */
#ifndef APISERVER_HISTORY_H
#define APISERVER_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/frame.h"
#include "common/loop.h"
#include "common/str.h"

#include "apiserver/store.h"

#define HISTORY_KEYS_MAX 1000		/* pods of a list */
#define HISTORY_LABELS_MAX 16
#define HISTORY_ANSWER_BYTES_MAX ((size_t)64 << 20)

enum history_what {
	HISTORY_METRICS,	/* names of the metrics of keys[0] */
	HISTORY_NODES,		/* names of nodes */
	HISTORY_NAMESPACES,
	HISTORY_PODS,		/* of the namespace of keys[0] */
	HISTORY_CONTAINERS,	/* of the pod of keys[0] */
	HISTORY_SYS_CONTAINERS,	/* of the node of keys[0] */
	HISTORY_SERIES,		/* points of one metric of each key */
	HISTORY_BUCKETS,	/* aggregations of one metric of each key */
};

/* Bits of history_question.aggregations, in the order of the names. */
enum history_aggregation {
	HISTORY_AVERAGE = 1 << 0,
	HISTORY_MAX = 1 << 1,
	HISTORY_MIN = 1 << 2,
	HISTORY_MEDIAN = 1 << 3,
	HISTORY_COUNT = 1 << 4,
	HISTORY_PERCENTILE_50 = 1 << 5,
	HISTORY_PERCENTILE_95 = 1 << 6,
	HISTORY_PERCENTILE_99 = 1 << 7,
};

/* A set; a pod, and what is in it, may be named by its uid instead. */
struct history_key {
	struct store_key names;
	struct str pod_uid;	/* present: instead of namespace and pod */
};

struct history_label {
	struct str name;	/* "resource_id" */
	struct str value;
};

struct history_question {
	enum history_what what;
	const struct history_key *keys;
	size_t n_keys;
	struct str metric;	/* "cpu/usage_rate" */
	const struct history_label *labels;	/* of a labelled metric: all */
	size_t n_labels;	/* 0: a plain one */
	int64_t start_ns, end_ns;
	int64_t bucket_ns;	/* 0: one bucket */
	unsigned aggregations;
};

/* A value as the database has it. */
struct history_value {
	bool is_float;
	int64_t i;
	double f;
};

struct history_point {
	int64_t timestamp_ns;
	struct history_value value;
};

struct history_bucket {
	int64_t timestamp_ns;
	uint64_t count;
	struct history_value average, max, min, median;
	struct history_value percentile_50, percentile_95, percentile_99;
};

/* What there is of one key; all belongs to who answers. */
struct history_item {
	const struct history_point *points;	/* HISTORY_SERIES */
	size_t n_points;
	const struct history_bucket *buckets;	/* HISTORY_BUCKETS */
	size_t n_buckets;
};

struct history_answer {
	const struct history_item *items;	/* as many as keys */
	size_t n_items;
	const struct str *names;		/* unsorted, each once */
	size_t n_names;
};

/* answer is valid during the call; NULL: err says why there is none. */
typedef void history_done(void *arg, const struct history_answer *answer,
    const struct err *err);

struct history;

/* What a kind of database is. */
struct history_kind {
	const char *name;	/* "sqlite" */
	/* Whether the URI behind the name is one, before anything happens;
	 * NULL: open() says so. */
	bool (*check)(const char *uri, struct err *err);
	/* Connects when it has to. */
	struct history *(*open)(struct loop *loop, const char *uri,
	    struct err *err);
	/* The question and what it points to need not outlive the call. */
	void (*ask)(struct history *h, const struct history_question *question,
	    history_done *done, void *arg);
	/* Nobody waits for the question with this arg any more: no done() comes
	 * for it. */
	void (*cancel)(struct history *h, void *arg);
	/* No done() comes after it. */
	void (*close)(struct history *h);
};

extern const struct history_kind history_influxdb;
extern const struct history_kind history_sqlite;

#endif
