/* SPDX-License-Identifier: ISC */
/*
 * Who may pass at the secure port: each request is given a user (identify.h)
 * and then asked about, unless it is of those whom nobody has to ask:
 *
 *  - paths that are always allowed, health as a rule, for whoever comes: not
 *    even his token is looked at, so they answer while nobody can be asked;
 *  - members of system:masters.
 *
 * What is not known to be allowed is refused: 401 who nobody knows, or who
 * could not be asked about; 403 who may not, or wants to act as another; 500 if what he may do could not
 * be asked; 429 if too many wait.  The bodies are those of a kube-apiserver.
 */
#ifndef APISERVER_GATE_H
#define APISERVER_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/opt.h"

#include "apiserver/api.h"
#include "apiserver/auth.h"
#include "apiserver/connection.h"
#include "apiserver/reviews.h"

#define GATE_WAITING_MAX 1024
/* With as many, only those wait of whom it is known who they are. */
#define GATE_STRANGERS_MAX (GATE_WAITING_MAX / 2)

struct gate {
	struct reviews *reviews;
	const struct auth *auth;
	const struct opt_list *always_allowed;	/* "/healthz" */

	/* The server's.  on_pass only for what had to wait. */
	void (*on_pass)(void *arg, struct connection *c,
	    const struct http_request *rq);
	void (*on_refuse)(void *arg, struct connection *c,
	    struct api_response *rs);
	void *arg;

	/* Private. */
	size_t n_waiting;
};

/* True: it may pass, now.  False: it will, or was refused. */
bool gate_admits(struct gate *g, struct connection *c,
    const struct http_request *rq);

/* The connection waits no more; at its end nothing is left of it. */
void gate_forget(struct gate *g, struct connection *c);
void gate_end(struct gate *g, struct connection *c);

/* "/a" is "/a"; "/a/" and a star is all that begins with "/a/". */
bool gate_is_always_allowed(const struct opt_list *list, struct str path);

#endif
