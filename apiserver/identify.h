/* SPDX-License-Identifier: ISC */
/*
 * Who asks, by what he shows, in this order:
 *
 *  1. the front proxy's certificate: who its headers say;
 *  2. a certificate of a client: its common name, its organizations as groups;
 *  3. a bearer token: the kube-apiserver has to be asked;
 *  4. nothing at all: system:anonymous.
 *
 * Who shows something that is no good, and nothing better, is refused and not
 * anonymous.  Headers of anybody but the front proxy mean nothing, also beside
 * a good certificate of another kind.  Pure.
 */
#ifndef APISERVER_IDENTIFY_H
#define APISERVER_IDENTIFY_H

#include <stdbool.h>

#include "common/str.h"

#include "apiserver/auth_rules.h"
#include "apiserver/client_cert.h"
#include "apiserver/user.h"

enum identity {
	IDENTITY_KNOWN,		/* user is set */
	IDENTITY_TOKEN,		/* token is */
	IDENTITY_REFUSED,
};

/* headers are lines as they came (http_header_next()).  user is empty; token
 * is a slice of headers. */
enum identity identify(struct user *user, struct str *token,
    const struct client_cert *cert, struct str headers,
    const struct auth_rules *conf);

/* Whether somebody wants to act as another (Impersonate-User and the like).  The
 * front proxy has seen to that and asks as the other; who comes directly must
 * not be answered as himself, who may be allowed more. */
bool identify_is_impersonation(struct str headers);

#endif
