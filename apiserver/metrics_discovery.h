/* SPDX-License-Identifier: ISC */
/* What there is in a version of the Metrics API. */
#ifndef APISERVER_METRICS_DISCOVERY_H
#define APISERVER_METRICS_DISCOVERY_H

#include "apiserver/api.h"

/* Of the version that the request's family is. */
void metrics_resources(struct api *api, const struct api_request *rq,
    struct api_response *rs);

/* An answer that stays the same: with an ETag, or 304 if it is known. */
void metrics_constant(const struct api_request *rq, struct api_response *rs);

#endif
