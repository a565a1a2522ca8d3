/* SPDX-License-Identifier: ISC */
/*
 * The API as an OpenAPI 3.0 document, made from the tables of routes: a route
 * that is there is in it, and the other way round.
 *
 * What a route takes and gives is told by its pattern: one that ends with
 * "{*}" gives a series, of a list of pods a list of them; other routes of a
 * model give names.
 */
#ifndef APISERVER_OPENAPI_H
#define APISERVER_OPENAPI_H

#include "common/buf.h"

#include "apiserver/api.h"

/* Appends "/api/v1/model/nodes/{node}/metrics/{metric}". */
void openapi_path(struct buf *out, const struct api_family *family,
    const struct api_route *route);

void openapi_write(struct buf *out, const struct api *api);

#endif
