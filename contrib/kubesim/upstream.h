/* SPDX-License-Identifier: ISC */
/*
 * The API server behind the aggregation layer, asked over TLS with the front
 * proxy's certificate.  Each request has a connection of its own.
 */
#ifndef CONTRIB_KUBESIM_UPSTREAM_H
#define CONTRIB_KUBESIM_UPSTREAM_H

#include <event2/http.h>
#include <stdbool.h>

#include "common/err.h"
#include "common/loop.h"

/* What its certificate has to be for: that of the Service. */
#define UPSTREAM_NAME "metrics-server.kube-system.svc"

struct upstream_conf {
	const char *cert_file, *key_file;	/* the front proxy's */
	const char *ca_file;			/* who signed its certificate; NULL:
				 * not verified */
};

struct upstream;

/* NULL: error. */
struct upstream *upstream_open(struct loop *loop,
    const struct upstream_conf *conf, struct err *err);
void upstream_close(struct upstream *u);	/* NULL is fine; nobody is
						 * told of what is under way */

/* "ADDRESS:PORT", or "": there is none.  False: neither. */
bool upstream_set(struct upstream *u, const char *address);
bool upstream_is_set(const struct upstream *u);
const char *upstream_address(const struct upstream *u);

/* Borrows both for the call.  NULL: no answer, and error says why. */
typedef void upstream_done_fn(void *arg, struct evhttp_request *answer,
    const char *error);

struct upstream_question {
	enum evhttp_cmd_type method;
	const char *uri;
	const struct evkeyvalq *headers;	/* copied */
	struct evbuffer *body;			/* emptied; or NULL */
	bool is_probe;		/* says no name, verifies no certificate */
	upstream_done_fn *done;			/* never called from within */
	void *arg;
};
void upstream_ask(struct upstream *u, const struct upstream_question *q);

#endif
