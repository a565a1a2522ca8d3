/* SPDX-License-Identifier: ISC */
/*
 * Who may ask: everybody, or with a CA of clients those whose certificate it
 * has signed, or of these only the ones with a name on the list.  /healthz is
 * open to all, since a kubelet that probes has no certificate.
 *
 * Pure.
 */
#ifndef APISERVER_HTTP_ACCESS_H
#define APISERVER_HTTP_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/str.h"

#include "apiserver/tls.h"

struct http_access {
	bool wants_certificate;
	struct str allowed_users;	/* "a,b"; empty: all with one */
};

/* 0, or the status of a refusal: 401 or 403. */
int http_access_check(const struct http_access *access, struct str path,
    const struct tls_peer *peer, int64_t now_ns);

#endif
