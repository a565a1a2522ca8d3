/* SPDX-License-Identifier: ISC */
/*
 * What keys and values of labels may look like, and the words in which
 * Kubernetes says that one does not.  Pure.
 */
#ifndef APISERVER_LABEL_NAME_H
#define APISERVER_LABEL_NAME_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/str.h"

/* False: the reason is appended to error. */
bool label_key_check(struct str key, struct buf *error);
bool label_value_check(struct str value, struct buf *error);

#endif
