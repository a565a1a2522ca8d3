/* SPDX-License-Identifier: ISC */
/*
 * Series of the model API: one metric of one set, or of each pod of a list.
 *
 * A value has two forms.  "value" is what clients written for Heapster read:
 * whole, not negative, never wrapped.  "floatValue" is beside it where the
 * metric may have a fraction or a sign, and is right.
 */
#ifndef APISERVER_MODEL_SERIES_H
#define APISERVER_MODEL_SERIES_H

#include "apiserver/api.h"

/* The last capture is the metric. */
void model_series(struct api *api, const struct api_request *rq,
    const struct store_key *key, struct api_response *rs);

/* Captures: namespace, pods, metric.  One item per pod, in their order. */
void model_pod_list(struct api *api, const struct api_request *rq,
    struct api_response *rs);

#endif
