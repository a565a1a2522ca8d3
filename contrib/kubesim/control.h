/* SPDX-License-Identifier: ISC */
/*
 * The remote control: /kubesim of the kube-apiserver's port.
 *
 * POST /kubesim?VERB=VALUE, of which several may be joined by '&':
 *
 *	cut=1		all watches end in mid-event
 *	expire=1	all that happened is forgotten: watches and pages that
 *			go on from before get 410
 *	status=N	all requests but these fail with it; 200: none
 *	down=NODE up=NODE	refuses connections; takes them again
 *	hang=NODE	never answers; "up" ends that
 *	token=TOKEN	the only one that is believed from now on
 *	error-rate=N	percent of the scrapes
 *	churn=N restart-rate=N reset-rate=N	per minute
 *
 * GET /kubesim tells what it has cost and done, as one JSON object.
 */
#ifndef CONTRIB_KUBESIM_CONTROL_H
#define CONTRIB_KUBESIM_CONTROL_H

#include "contrib/kubesim/churn.h"
#include "contrib/kubesim/kubelets.h"

struct control {
	struct sim *sim;
	struct api *api;
	struct kubelets *kubelets;
	struct churn *churn;
};

void control_handle(const struct control *c, struct evhttp_request *request,
    const char *query);

/* CPU time of this process so far, and the most memory it has had. */
double control_cpu_seconds(void);
uint64_t control_rss_bytes(void);

#endif
