/* SPDX-License-Identifier: ISC */
/*
 * The remote control: /kubesim of the kube-apiserver's port, and of one of its
 * own, which is there when that is not.
 *
 * POST /kubesim?VERB=VALUE, of which several may be joined by '&':
 *
 *	cut=1		all watches end in mid-event, and lists under way
 *	expire=1	all that happened is forgotten: watches and pages that
 *			go on from before get 410
 *	status=N	all requests but these fail with it; 200: none
 *	watch-status=N	watches fail with it
 *	slow=N		bytes per second that the kube-apiserver sends in all;
 *			0: as it can
 *	api=down api=up	it ends all connections and refuses new ones; listens
 *			again at the same port.  With expire=1: restarted
 *	down=NODE up=NODE	refuses connections; takes them again
 *	hang=NODE	never answers; "up" ends that
 *	aggregated=ADDRESS:PORT	metrics.k8s.io is there; "": nowhere
 *	probe=1		asks whether it is
 *	discovery=legacy discovery=aggregated	as before 1.27, or since
 *	token=TOKEN	the only one that is believed from now on
 *	error-rate=N	percent of the scrapes
 *	churn=N restart-rate=N reset-rate=N	per minute
 *
 * GET /kubesim tells what it has cost and done, as one JSON object.
 */
#ifndef CONTRIB_KUBESIM_CONTROL_H
#define CONTRIB_KUBESIM_CONTROL_H

#include "contrib/kubesim/aggregator.h"
#include "contrib/kubesim/churn.h"
#include "contrib/kubesim/kubelets.h"

struct control {
	struct sim *sim;
	struct api *api;
	struct kubelets *kubelets;
	struct churn *churn;
	struct aggregator *aggregator;
};

/* On 127.0.0.1; port 0: error.  evhttp_free() ends it. */
struct evhttp *control_open(struct loop *loop, struct control *control,
    unsigned *port);

void control_handle(const struct control *c, struct evhttp_request *request,
    const char *query);

/* CPU time of this process so far, and the most memory it has had. */
double control_cpu_seconds(void);
uint64_t control_rss_bytes(void);

#endif
