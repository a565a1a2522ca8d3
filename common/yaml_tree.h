/* SPDX-License-Identifier: ISC */
/*
 * The first document of a YAML text as a tree; so JSON as well.
 *
 * Bounded: nesting by YAML_TREE_DEPTH_MAX, everything else by the arena.
 * Refused: aliases (*name), keys that are no scalars, zero bytes in scalars.
 * Tags and anchors mean nothing.  Whether a key is there twice is seen by who
 * asks for it.
 *
 * All is in the arena, which should be wiped if there are secrets in it.
 * Built without libyaml, every text is refused.
 */
#ifndef COMMON_YAML_TREE_H
#define COMMON_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/str.h"

#define YAML_TREE_DEPTH_MAX 32

/* NULL is what is empty, "~" or "null" without quotes. */
enum yaml_tree_kind {
	YAML_TREE_NULL, YAML_TREE_SCALAR, YAML_TREE_LIST, YAML_TREE_MAP
};

struct yaml_tree {
	enum yaml_tree_kind kind;
	size_t line;			/* from 1 */
	struct str key;			/* of a member of a map */
	struct str value;		/* SCALAR; NUL-terminated */
	struct yaml_tree *first;	/* LIST, MAP: in order */
	struct yaml_tree *next;		/* sibling */
};

/* An empty text is YAML_TREE_NULL.  Errors have a line, and no value. */
bool yaml_tree_parse(const struct yaml_tree **out, struct arena *arena,
    struct str text, struct err *err);

/*
 * The member of a map; *out is NULL if it is not there or null.  False: the
 * key is there twice.  A map that is NULL or null has no members; something
 * that is not a map is an error.
 */
bool yaml_tree_get(const struct yaml_tree **out, const struct yaml_tree *map,
    const char *key, struct err *err);

#endif
