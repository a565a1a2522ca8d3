/* SPDX-License-Identifier: ISC */
/*
 * Label selectors, the whole grammar of Kubernetes, and what they select.
 *
 *	app=web,tier in (front,back),!legacy,release!=canary,generation>3
 *
 * An empty selector selects everything.  What is wrong with a selector is said
 * in the words of Kubernetes: clients show them to their users.
 *
 * The labels of an object are those of a frame: the joined text "k:v,k:v" and
 * the labels that are stored under names of their own.  The separator is the
 * collector's.  A label that the collector ignores can select only where it is
 * stored under its own name.
 *
 * Pure.  A parsed selector borrows from the text and lives in the arena.
 */
#ifndef APISERVER_LABEL_SELECTOR_H
#define APISERVER_LABEL_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/frame.h"
#include "common/str.h"

/* Each is looked for in the labels of each object. */
#define SELECTOR_REQUIREMENTS_MAX 100
#define SELECTOR_VALUES_MAX 1000	/* of all requirements */

enum selector_operator {
	SELECTOR_IN,		/* "in", "=", "==" */
	SELECTOR_NOT_IN,	/* "notin", "!=": also without the label */
	SELECTOR_EXISTS,
	SELECTOR_ABSENT,
	SELECTOR_ABOVE,		/* integers */
	SELECTOR_BELOW,
};

struct label_requirement {
	struct str key;
	enum selector_operator operator;
	struct str *values;	/* of SELECTOR_IN and SELECTOR_NOT_IN */
	size_t n_values, cap_values;
	int64_t bound;		/* of SELECTOR_ABOVE and SELECTOR_BELOW */
};

struct label_selector {
	struct label_requirement *requirements;	/* all have to hold */
	size_t n, cap;
};

struct object_labels {
	struct str joined;	/* absent: none are known */
	struct str separator;
	const struct label *stored;
	size_t n_stored;
};

/* False: what is wrong is appended to error. */
bool label_selector_parse(struct label_selector *out, struct arena *a,
    struct str text, struct buf *error);

bool label_selector_matches(const struct label_selector *s,
    const struct object_labels *labels);

/* The value of a label; absent. */
struct str object_label(const struct object_labels *labels, struct str key);

#endif
