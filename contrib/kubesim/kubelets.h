/* SPDX-License-Identifier: ISC */
/*
 * The kubelets of kubesim: each listens at its node's address, all at one
 * port, and answers /stats/summary, /metrics/resource and /healthz.
 *
 * Of those who fail, a quarter each answers 500, breaks off in the middle,
 * answers what is no JSON, and never answers.
 */
#ifndef CONTRIB_KUBESIM_KUBELETS_H
#define CONTRIB_KUBESIM_KUBELETS_H

#include "common/loop.h"

#include "contrib/kubesim/model.h"
#include "contrib/kubesim/truth.h"
#include "contrib/kubesim/web.h"

struct kubelets_conf {
	unsigned error_percent;
	unsigned missing_percent;
	unsigned latency_ms;		/* on average; from 0 to twice that */
};

struct kubelets;

/* NULL: error.  All is borrowed; conf is copied. */
struct kubelets *kubelets_open(struct loop *loop, struct sim *sim,
    SSL_CTX *tls, const struct kubelets_conf *conf, struct truth *truth,
    struct err *err);
void kubelets_close(struct kubelets *k);	/* NULL is fine */
unsigned kubelets_port(const struct kubelets *k);

/* Answers as the kubelet of that node. */
void kubelets_answer(struct kubelets *k, size_t node,
    struct evhttp_request *request, const char *path);

void kubelets_set_error_percent(struct kubelets *k, unsigned percent);

/* Refuses connections, and ends those that there are when they are used.
 * False: it cannot listen again. */
bool kubelets_set_down(struct kubelets *k, size_t node, bool is_down);
void kubelets_set_hanging(struct kubelets *k, size_t node, bool is_hanging);

/* Listens; bound may be NULL.  Returns the port, 0: error. */
unsigned kubelets_bind(struct evhttp *http, const char *host, unsigned port,
    struct evhttp_bound_socket **bound);

#endif
