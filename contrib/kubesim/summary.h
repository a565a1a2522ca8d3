/* SPDX-License-Identifier: ISC */
/*
 * What a kubelet 1.26 says of its node at /stats/summary, in its shape and
 * about as long, of the model's moment now_ms; or one since 1.34, if the model
 * is newer.  Pods and containers come in another order each time.
 */
#ifndef CONTRIB_KUBESIM_SUMMARY_H
#define CONTRIB_KUBESIM_SUMMARY_H

#include "common/buf.h"

#include "contrib/kubesim/model.h"

/* missing_percent of the sections that may be missing are; never CPU. */
void summary_print(struct buf *out, struct sim *s, size_t node,
    int64_t now_ms, unsigned missing_percent);

#endif
