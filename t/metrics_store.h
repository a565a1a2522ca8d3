/* SPDX-License-Identifier: ISC */
/*
 * A store with two samples of each container that metrics-server told of, such
 * that what it told is what they say; and a pod that has no metrics.
 */
#ifndef T_METRICS_STORE_H
#define T_METRICS_STORE_H

#include "apiserver/store.h"

#include "t/captured.h"

void metrics_fill_store(struct store *s, const struct captured *all,
    size_t n);

#endif
