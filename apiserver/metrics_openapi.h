/* SPDX-License-Identifier: ISC */
/*
 * The Metrics API as OpenAPI 2 and 3, for kubectl explain and for the
 * kube-apiserver that puts it together with its own.
 */
#ifndef APISERVER_METRICS_OPENAPI_H
#define APISERVER_METRICS_OPENAPI_H

#include "common/buf.h"
#include "common/str.h"

void metrics_openapi_v2(struct buf *out);

/* version is "v1" or "v1beta1". */
void metrics_openapi_v3(struct buf *out, const char *version);

#endif
