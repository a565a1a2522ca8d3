/* SPDX-License-Identifier: ISC */
/*
 * A path as it should have been said: without empty segments, "." and "..".
 * Heapster's server sends who says it otherwise there, with 301.  Pure.
 */
#ifndef APISERVER_CLEAN_PATH_H
#define APISERVER_CLEAN_PATH_H

#include <stdbool.h>

#include "common/buf.h"

/* Appends the clean path, ready for a Location; false: it is the same. */
bool clean_path(struct buf *out, struct str path);

/* The page that a browser shows of such an answer. */
void clean_path_page(struct buf *out, struct str location);

#endif
