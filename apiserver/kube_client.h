/* SPDX-License-Identifier: ISC */
/*
 * Asks a kube-apiserver as whom we are: requests wait for the credential if
 * there is none yet (credential.h), answers are bounded.
 */
#ifndef APISERVER_KUBE_CLIENT_H
#define APISERVER_KUBE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/access.h"
#include "common/err.h"
#include "common/fetch.h"
#include "common/loop.h"

#define KUBE_CLIENT_BYTES_MAX (1u << 20)	/* of an answer */

struct kube_client;

/* access outlives it.  on_ready(arg) is called when there is a credential for
 * the first time. */
struct kube_client *kube_client_open(struct loop *loop,
    const struct cluster_access *access, bool may_send_token_plainly,
    void (*on_ready)(void *arg), void *arg, struct err *err);
void kube_client_start(struct kube_client *c);

/* post_json absent: a GET.  False: it could not even be started; done is not
 * called. */
bool kube_client_ask(struct kube_client *c, const char *path,
    struct str post_json, int64_t timeout_ns, fetch_done_fn *done, void *arg,
    struct err *err);

/* What is in flight is dropped without a call. */
void kube_client_close(struct kube_client *c);	/* NULL is fine */

#endif
