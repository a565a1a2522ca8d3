/* SPDX-License-Identifier: ISC */
/*
 * Field selectors: "metadata.name=web-0,metadata.namespace!=kube-system".
 * Operators are "=", "==" and "!="; in values "\\", "\," and "\=" stand for what
 * is behind the backslash.  Besides the two fields that Kubernetes has for our
 * resources there is spec.nodeName: the node that an object is on, or is.
 *
 * Pure.  A parsed selector lives in the arena.
 */
#ifndef APISERVER_FIELD_SELECTOR_H
#define APISERVER_FIELD_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/str.h"

enum selected_field {
	FIELD_NAME,
	FIELD_NAMESPACE,
	FIELD_NODE,
	FIELD_COUNT,
};

struct field_requirement {
	enum selected_field field;
	bool is_not;
	struct str value;
};

struct field_selector {
	struct field_requirement *requirements;	/* all have to hold */
	size_t n, cap;
};

/* False: what is wrong is appended to error, in the words of Kubernetes. */
bool field_selector_parse(struct field_selector *out, struct arena *a,
    struct str text, struct buf *error);

/* values[f] is that of field f. */
bool field_selector_matches(const struct field_selector *s,
    const struct str values[FIELD_COUNT]);

#endif
