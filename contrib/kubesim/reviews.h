/* SPDX-License-Identifier: ISC */
/*
 * TokenReview, SubjectAccessReview, and the ConfigMap
 * kube-system/extension-apiserver-authentication.
 *
 * A token is somebody if it begins with "good": that is his name; his uid is
 * "uid-" and his name, and he is of the groups "testers" and
 * system:authenticated.
 *
 *	...-denied, bob		may do nothing
 *	...-alpha		may do what is in the namespace alpha, and discover
 *	...-reader		may get, list and watch
 *	system:anonymous	may get /healthz, /livez, /readyz, /version
 *	anybody else		may do everything
 *
 * The ConfigMap's data is a file with a JSON object, read each time.
 */
#ifndef CONTRIB_KUBESIM_REVIEWS_H
#define CONTRIB_KUBESIM_REVIEWS_H

#include "contrib/kubesim/web.h"

/* Of the ConfigMap; NULL: there is none. */
void reviews_set_config(const char *path);

struct reviews_stats {
	uint64_t tokens, accesses, configs;	/* that were asked for */
};
extern struct reviews_stats reviews_stats;

/* Who asks, by his token; NULL: nobody of these.  Lives as long as the
 * request. */
const char *reviews_user(struct evhttp_request *request);

/* False: the path is of none of them. */
bool reviews_handle(struct evhttp_request *request, const char *path);

#endif
