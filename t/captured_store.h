/* SPDX-License-Identifier: ISC */
/*
 * A store with what Heapster said of its cluster: all that it exported, and
 * the rates that its resource API told.
 */
#ifndef T_CAPTURED_STORE_H
#define T_CAPTURED_STORE_H

#include "apiserver/store.h"

#include "t/captured.h"

void captured_fill_store(struct store *s, const struct captured *all,
    size_t n);

/* One window later, and nothing but a pod that does not run. */
void captured_add_crashing(struct store *s);

#endif
