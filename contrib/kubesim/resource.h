/* SPDX-License-Identifier: ISC */
/*
 * What a kubelet says of its node at /metrics/resource, of the model's moment
 * now_ms.
 */
#ifndef CONTRIB_KUBESIM_RESOURCE_H
#define CONTRIB_KUBESIM_RESOURCE_H

#include "common/buf.h"

#include "contrib/kubesim/model.h"

void resource_print(struct buf *out, const struct sim *s, size_t node,
    int64_t now_ms);

#endif
