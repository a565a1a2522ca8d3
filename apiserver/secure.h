/* SPDX-License-Identifier: ISC */
/*
 * The secure port: HTTPS for kube-apiserver's aggregation layer and for who
 * comes directly, each request with a user and allowed by the kube-apiserver
 * (gate.h).  What is served there is said by families of the API (api.h).
 *
 * It stands apart from the main port, which has TLS and users of its own.
 */
#ifndef APISERVER_SECURE_H
#define APISERVER_SECURE_H

#include <stdbool.h>

#include "common/daemon.h"

#include "apiserver/auth.h"
#include "apiserver/gate.h"
#include "apiserver/http.h"
#include "apiserver/reviews.h"
#include "apiserver/self_signed.h"

extern const struct opt secure_options[];

struct secure {
	struct cluster_access access;
	struct kube_client *client;
	struct reviews *reviews;
	struct auth auth;
	struct gate gate;
	struct self_signed self_signed;
	struct http *http;
	struct reviews_counters counters;
};

/* Whether there is to be such a port at all. */
bool secure_is_wanted(void);

/* Of what the options say; ends the program if that cannot work. */
void secure_check(const struct opt_program *program);

/* plain has the limits that are the same at both ports. */
bool secure_open(struct secure *s, struct daemon *daemon,
    const struct http_conf *plain, struct api *api,
    struct http_counters *counters, struct err *err);
void secure_stop(struct secure *s, int64_t timeout_ns);
void secure_close(struct secure *s);	/* also if it never was open */

#endif
