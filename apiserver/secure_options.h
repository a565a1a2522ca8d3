/* SPDX-License-Identifier: ISC */
/* Private to secure: what its options say. */
#ifndef APISERVER_SECURE_OPTIONS_H
#define APISERVER_SECURE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/access.h"
#include "common/opt.h"

#include "apiserver/auth.h"
#include "apiserver/reviews.h"

struct secure_conf {
	const char *listen;		/* NULL: no such port */
	const char *cert_file, *key_file, *cert_dir;
	const char *tls_min_version;
	struct opt_list tls_ciphers;
	const char *kubeconfig, *kube_context, *kube_server;
	const char *kube_token_file, *kube_ca_file;
	const char *kube_cert_file, *kube_key_file;
	bool may_send_token_plainly;
	const char *client_ca_file, *proxy_ca_file;
	struct opt_list lists[AUTH_N_LISTS];
	bool is_lookup_skipped, is_lookup_failure_tolerated;
	struct opt_list always_allowed;
	int64_t lookup_interval_ns;
	struct reviews_conf reviews;

	/* Made of these by secure_check(). */
	int min_version;		/* OpenSSL's */
	char *ciphers;			/* the same, or NULL */
	struct auth_conf auth;
};

extern struct secure_conf secure_conf;

/* Where the kube-apiserver is and who we are.  False: nothing says it. */
bool secure_find_cluster(struct cluster_access *out, struct err *err);

#endif
