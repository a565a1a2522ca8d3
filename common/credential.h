/* SPDX-License-Identifier: ISC */
/*
 * Who we are to a cluster, kept up to date: a token that is written down, one
 * in a file that is replaced now and then (token.h), or what a plugin says
 * (exec_credential.h), which is asked again when that expires.  The plugin is
 * waited for in a thread of its own.
 *
 * What there is stays in use while the file cannot be read or the plugin
 * fails; both are tried again, and are in the log.
 */
#ifndef COMMON_CREDENTIAL_H
#define COMMON_CREDENTIAL_H

#include "common/fetch.h"
#include "common/loop.h"

#include "common/access.h"

#define CREDENTIAL_LOOK_NS (5 * INT64_C(1000000000))

/* A refused credential is asked for anew after this at the soonest. */
#define CREDENTIAL_AGE_MIN_NS (10 * INT64_C(1000000000))

struct credential;

/*
 * access outlives it.  on_change(arg) is called when there is something, even
 * nobody, to begin with, and whenever it is another: then credential_apply()
 * is due.
 */
struct credential *credential_open(struct loop *loop,
    const struct cluster_access *access, void (*on_change)(void *arg),
    void *arg);
void credential_start(struct credential *c);

/* Sets token, certificate and key: borrowed until the next change. */
void credential_apply(const struct credential *c, struct fetch_identity *id);

/* Somebody got a 401. */
void credential_refused(struct credential *c);

/* Kills a plugin that still thinks. */
void credential_close(struct credential *c);	/* NULL is fine */

#endif
