/* SPDX-License-Identifier: ISC */
/* TokenReview and SubjectAccessReview; api.h says who is who. */
#ifndef CONTRIB_KUBESIM_REVIEWS_H
#define CONTRIB_KUBESIM_REVIEWS_H

#include "contrib/kubesim/web.h"

/* False: the path is of neither. */
bool reviews_handle(struct evhttp_request *request, const char *path);

#endif
