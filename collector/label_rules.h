/* SPDX-License-Identifier: ISC */
/*
 * What becomes of the labels of pods and nodes: Heapster's label copier.
 *
 * Every label but the ignored ones goes into one text, "k:v" sorted bytewise
 * and joined by the separator.  A stored label is copied to a metric label of
 * its own: "target=source", or "source" for both.  The two are independent: a
 * label may be stored and ignored.
 *
 * Pure.
 */
#ifndef COLLECTOR_LABEL_RULES_H
#define COLLECTOR_LABEL_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/frame.h"
#include "common/str.h"

#define LABEL_RULES_MAX 64

struct label_rules {
	struct str separator;
	struct label stored[LABEL_RULES_MAX];	/* key: source, value: target */
	size_t n_stored;
	struct str ignored[LABEL_RULES_MAX];
	size_t n_ignored;
};

/*
 * The text of --store-label, which must outlive the rules: one rule or
 * several, separated by commas.  False: empty names, or too many.
 */
bool label_rules_store(struct label_rules *r, struct str text,
    struct err *err);
/* That of --ignore-label. */
bool label_rules_ignore(struct label_rules *r, struct str text,
    struct err *err);

/* Appends the joined text. */
void label_rules_join(const struct label_rules *r, const struct label *labels,
    size_t n, struct buf *out);

/*
 * What is stored of these labels, in the order of the rules, at most
 * FRAME_STORED_MAX;
 * returns how many.  Key is the target.  Borrowed.
 */
size_t label_rules_stored(const struct label_rules *r,
    const struct label *labels, size_t n, struct label *out);

#endif
