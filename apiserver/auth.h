/* SPDX-License-Identifier: ISC */
/*
 * Whom we believe, kept up to date (auth_rules.h): the ConfigMap is read at
 * the start, again and again until that succeeds once, and from then on once
 * per interval; so are the files that flags name.  What cannot be read or used
 * leaves what was there before.
 */
#ifndef APISERVER_AUTH_H
#define APISERVER_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"

#include "apiserver/auth_rules.h"
#include "apiserver/kube_client.h"

struct x509_store_st;

#define AUTH_INTERVAL_MIN_NS (INT64_C(100) * 1000000)

struct auth_conf {
	const char *client_ca_file, *proxy_ca_file;	/* or NULL */
	struct auth_list lists[AUTH_N_LISTS];	/* empty: the ConfigMap's */
	bool is_lookup_skipped;
	bool is_failure_tolerated;	/* loaded without the ConfigMap, too */
	int64_t interval_ns;
};

struct auth {
	/* What counts now, to be read by others. */
	struct auth_rules now;
	struct x509_store_st *clients, *proxies;	/* NULL: none */
	uint64_t generation;		/* another with each change */
	bool is_loaded;			/* the ConfigMap was read, or need not */

	/* Private. */
	const struct auth_conf *conf;
	struct kube_client *client;
	struct loop_timer timer;
	struct log_condition failing;
	uint64_t seen_hash;
	struct buf configmap;		/* as it was read last */
};

/* client may be NULL if the lookup is skipped.  False: a file of a flag is of
 * no use. */
bool auth_open(struct auth *a, struct loop *loop, struct kube_client *client,
    const struct auth_conf *conf, struct err *err);

/* The client has a credential. */
void auth_start(struct auth *a);

/* After the client was closed. */
void auth_close(struct auth *a);

#endif
