/* SPDX-License-Identifier: ISC */
/*
 * The labels of an object one by one, as Kubernetes lists them: sorted by key,
 * each once.  Of two with one key the later one counts: it is stored under a
 * name of its own.  Pure; borrowed from the object.
 */
#ifndef APISERVER_LABEL_LIST_H
#define APISERVER_LABEL_LIST_H

#include <stddef.h>

#include "common/frame.h"

#include "apiserver/label_selector.h"

#define LABEL_LIST_MAX 256	/* what is beyond is left out */

struct label_list {
	size_t n;
	struct label items[LABEL_LIST_MAX];
};

void label_list_read(struct label_list *out,
    const struct object_labels *labels);

#endif
