/* SPDX-License-Identifier: ISC */
/*
 * The history of one set as bytes: points in time, and for each metric a column
 * with the values of those points that have one.
 *
 * A block has every column packed on its own, so that one of them is read
 * without the others.  Of a column stays, per value, what it takes to tell it
 * from its neighbours: all the same takes nothing; else the values, or their
 * differences, less the smallest, divided by what divides all, in as many bits
 * as the largest needs; or the differences as varints, where one stands out.
 * Values are exact: integers modulo 2^64, doubles by their bits.
 *
 * A row is one point, for adding at little cost: plain varints.
 *
 * Both can be damaged; reading them is bounded and says so.  Pure.
 */
#ifndef COMMON_SERIES_H
#define COMMON_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"
#include "common/str.h"

#define SERIES_POINTS_MAX 16384
#define SERIES_COLUMNS_MAX 4096

/* What a column says of the points that a thinned one stands for. */
enum series_stat {
	SERIES_VALUE,	/* the value; thinned: average, or last if cumulative */
	SERIES_MAX,	/* absent: as the value */
	SERIES_COUNT,	/* absent: as that of metric 0 */
	SERIES_STATS,
};

struct series_key {
	uint32_t metric;	/* a number of the caller's; 0 is no metric */
	bool is_float;
	enum series_stat stat;
	struct str labels;	/* of the resource: series_labels(); "": plain */
};

struct series_column {
	struct series_key key;	/* labels.p belongs to the column */
	size_t n;
	size_t cap;
	uint16_t *points;	/* ascending: which points have a value */
	uint64_t *values;	/* of a double its bits */
};

struct series {
	size_t n_points;
	size_t cap_points;
	int64_t *times_us;
	size_t n_columns;	/* in use */
	size_t n_made;		/* those behind it have memory to use again */
	size_t cap_columns;
	struct series_column *columns;
	size_t hint;		/* where the next column is expected */
	bool is_full;		/* something did not fit and was left out */
};

void series_init(struct series *s);
void series_fini(struct series *s);
void series_reset(struct series *s);	/* keeps the memory */

/* Begins a point; values that follow are of it. */
void series_add_point(struct series *s, int64_t at_us);
void series_add_value(struct series *s, const struct series_key *key,
    uint64_t value);

/* Sorts by time; of two points at one time the one that was added first stays. */
void series_sort(struct series *s);

/* Appends the block of a sorted series. */
void series_encode(const struct series *s, struct buf *out);

/* Whether to read a column; NULL takes all. */
typedef bool series_want(void *arg, const struct series_key *key);

/* Adds what a block has; false: it is damaged, and part of it may be there. */
bool series_decode(struct series *s, const void *block, size_t len,
    series_want *want, void *arg);

/*
 * A row is groups of values: first the plain ones, labels "", then those of each
 * resource.
 */
void series_row_group(struct buf *row, struct str labels);
void series_row_value(struct buf *row, uint32_t metric, bool is_float,
    uint64_t value);
void series_row_end(struct buf *row);	/* of the group */
bool series_decode_row(struct series *s, int64_t at_us, const void *row,
    size_t len, series_want *want, void *arg);

/* Appends labels sorted by key as one string: each key and value is followed
 * by a zero byte. */
void series_labels(struct buf *out, const struct label *labels, size_t n);

const struct series_column *series_find(const struct series *s,
    const struct series_key *key);	/* NULL: there is none */
bool series_key_eq(const struct series_key *a, const struct series_key *b);

#endif
