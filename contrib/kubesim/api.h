/* SPDX-License-Identifier: ISC */
/*
 * The kube-apiserver of kubesim: list and watch of nodes, pods and namespaces
 * with pages, bookmarks, field selectors and 410; the proxy to kubelets;
 * TokenReview and SubjectAccessReview (tokens "good..." are somebody, whose
 * name is the token; who ends in "-denied" may do nothing).
 *
 * A page that is asked for with "continue" shows what is there by then, under
 * the version of the first page: a watch from there tells the rest once more.
 */
#ifndef CONTRIB_KUBESIM_API_H
#define CONTRIB_KUBESIM_API_H

#include "common/loop.h"

#include "contrib/kubesim/objects.h"
#include "contrib/kubesim/web.h"

struct api;
struct control;
struct kubelets;

enum api_event { API_ADDED, API_MODIFIED, API_DELETED };

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

/* Cuts all watches in mid-event; forgets all events. */
void api_cut(struct api *a);
void api_expire(struct api *a);

/* All requests fail with it; 0 or 200: none. */
void api_set_status(struct api *a, unsigned status);
size_t api_n_watches(const struct api *a);

#endif
