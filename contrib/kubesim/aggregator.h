/* SPDX-License-Identifier: ISC */
/*
 * The aggregation layer of the kube-apiserver: discovery, and metrics.k8s.io
 * handed on to the API server behind as the genuine one does, with the front
 * proxy's certificate, and headers that say for whom.
 *
 * What somebody may do there is left to that API server, which asks reviews.h:
 * the genuine one has asked the same before, and refuses in the same words.
 *
 * Who says nothing of himself is system:anonymous, if anybody may come
 * (web_set_token()); who has that token is kube:admin of system:masters; tokens
 * that begin with "good" are users, as reviews.h says.
 */
#ifndef CONTRIB_KUBESIM_AGGREGATOR_H
#define CONTRIB_KUBESIM_AGGREGATOR_H

#include "contrib/kubesim/upstream.h"

struct aggregator;

/* NULL as conf: there is no API server to hand on to.  NULL: error. */
struct aggregator *aggregator_open(struct loop *loop,
    const struct upstream_conf *conf, struct err *err);
void aggregator_close(struct aggregator *g);	/* NULL is fine */

/* Registers "ADDRESS:PORT", or nobody with "", and asks whether it is there.
 * False: it cannot. */
bool aggregator_register(struct aggregator *g, const char *address);

/* Asks whether it is there, as the genuine one does now and then: five times
 * at once.  Nothing is handed on unless it was. */
void aggregator_probe(struct aggregator *g);
bool aggregator_is_available(const struct aggregator *g);

/* As clusters before 1.27: discovery is one answer per group and version. */
void aggregator_set_legacy(struct aggregator *g, bool is_legacy);

/* False: the path is none of ours.  address is where we are. */
bool aggregator_handle(struct aggregator *g, struct evhttp_request *request,
    const char *path, const char *address);

extern uint64_t aggregator_n_handed_on;

#endif
