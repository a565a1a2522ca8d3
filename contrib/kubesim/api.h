/* SPDX-License-Identifier: ISC */
/*
 * The kube-apiserver of kubesim: list and watch of nodes, pods and namespaces
 * with pages (but not with resourceVersion=0), bookmarks, field and label
 * selectors, and 410; get of one; the proxy to kubelets; discovery, and the API
 * server behind (aggregator.h); TokenReview, SubjectAccessReview and the ConfigMap
 * of whom to believe (reviews.h).
 *
 * A page that is asked for with "continue" shows what is there by then, under
 * the version of the first page: a watch from there tells the rest once more.
 */
#ifndef CONTRIB_KUBESIM_API_H
#define CONTRIB_KUBESIM_API_H

#include "common/loop.h"

#include "contrib/kubesim/events.h"
#include "contrib/kubesim/web.h"

struct api;
struct control;
struct kubelets;

struct api *api_open(struct loop *loop, struct sim *sim, SSL_CTX *tls,
    struct kubelets *kubelets, const struct control *control);
void api_close(struct api *a);		/* NULL is fine */

/* host and port to listen on; port 0 is a free one.  Returns the port, 0:
 * error. */
unsigned api_listen(struct api *a, const char *host, unsigned port);

/* What has happened to an object, before (DELETED) or after it is in the
 * model. */
void api_tell(struct api *a, enum sim_kind kind, enum api_event event,
    size_t at);

/* Cuts all watches in mid-event and all lists where they are; forgets all
 * events. */
void api_cut(struct api *a);
void api_expire(struct api *a);

/* All requests fail with it; 0 or 200: none. */
void api_set_status(struct api *a, unsigned status);
void api_set_watch_status(struct api *a, unsigned status);	/* watches */

/* All that it sends together; 0: as fast as it can.  False: error. */
bool api_set_slow(struct api *a, uint64_t bytes_per_s);

/* Ends all connections and refuses them, and listens again at the same port.
 * False: it cannot. */
bool api_set_down(struct api *a, bool is_down);

struct api_stats {
	uint64_t lists;		/* that were begun */
	uint64_t lists_at_hand;	/* with resourceVersion=0 */
	uint64_t watches;	/* that were asked for */
};
const struct api_stats *api_stats(const struct api *a);
size_t api_n_watches(const struct api *a);

#endif
