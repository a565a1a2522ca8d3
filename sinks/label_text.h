/* SPDX-License-Identifier: ISC */
/*
 * The labels of points as text, for formats in which they stand one after the
 * other, sorted, each name once.  Most of what a line has is labels, and most
 * points have the same ones as the point before: those of a set are written
 * once, those of its resources are put in between.
 *
 *	label_text_begin(&text);			for each frame
 *	while (points_next(&it, &point))
 *		label_text(&text, &how, &it, &point);	this point's
 *
 * Pure.
 */
#ifndef SINKS_LABEL_TEXT_H
#define SINKS_LABEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/labels.h"

#include "sinks/points.h"

#define LABEL_TEXT_KEY_BYTES 32	/* what take() may add to a name */

/* How a format writes labels; arg is its own. */
struct label_text_how {
	/* Gives the label the name that the format has for it, a constant or
	 * what it appends to names: key.len + LABEL_TEXT_KEY_BYTES at most.
	 * False: the format leaves it out. */
	bool (*take)(const void *arg, struct label *label, struct buf *names);
	void (*write)(const void *arg, struct buf *out,
	    const struct label *label);
	const void *arg;
	struct label extra;	/* of all points, wins; an empty value: none */
	bool is_last_kept;	/* of labels that become one; else the first */
};

struct label_text {
	size_t set;			/* whose labels are here */
	const struct resource *resource;	/* the same; NULL: of none */
	struct label_list list;		/* as the format calls them */
	struct buf names;
	uint32_t ends[LABELS_MAX];	/* of each one's text, in */
	struct buf of_set;
	struct buf of_resource;		/* together with the set's */
};

/* Zero-initialise before the first use. */
void label_text_begin(struct label_text *text);
void label_text_fini(struct label_text *text);

/* The text of the point's labels, valid until those of another are asked for.
 * Composed metrics have those of their set. */
struct str label_text(struct label_text *text, const struct label_text_how *how,
    const struct points *it, const struct point *point);

/* Sorted by key; of equal keys the one that is there stays, or is replaced. */
void label_list_put(struct label_list *list, struct label label,
    bool is_replaced);

#endif
