/* SPDX-License-Identifier: ISC */
/*
 * Asks a program who we are: the exec plugins of kubeconfig files (aws, gke-...,
 * kubelogin), in the versions v1 and v1beta1 of their protocol.
 *
 * The command is run directly, never through a shell, with our environment,
 * that of the plugin and KUBERNETES_EXEC_INFO, which says who asks, that
 * nobody is at a terminal and, if it wants to know, which cluster it is for
 * (without extensions).  stdin is empty, stderr is ours, and stdout is the
 * answer: JSON with a token or a certificate, or both.
 *
 * exec_credential_get() waits for that answer; who has other things to do
 * calls it in a thread (credential.h).
 */
#ifndef COMMON_EXEC_CREDENTIAL_H
#define COMMON_EXEC_CREDENTIAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

#include "common/access.h"

#define EXEC_CREDENTIAL_V1 "client.authentication.k8s.io/v1"
#define EXEC_CREDENTIAL_V1BETA1 "client.authentication.k8s.io/v1beta1"

#define EXEC_CREDENTIAL_BYTES_MAX (1u << 20)	/* of an answer */
#define EXEC_CREDENTIAL_TIMEOUT_NS (60 * INT64_C(1000000000))
#define EXEC_CREDENTIAL_EARLY_NS (10 * INT64_C(1000000000))

/* There is a token, or a certificate with its key, or both.  Zero-initialise;
 * secrets, wiped by exec_credential_fini(). */
struct exec_credential {
	char *token;
	char *cert_pem;
	char *key_pem;
	int64_t expires_at_ns;		/* 0: not said */
};

bool exec_credential_is_version(const char *api_version);

/*
 * Runs access->exec, which is there.  False: it cannot be run, ends badly,
 * answers too late, too much or something else; *out is empty.  What it
 * answered is in no error.  A plugin that is late is killed, and what it has
 * started with it; so is one that is given up (exec_plugin.h).
 */
bool exec_credential_get(struct exec_credential *out,
    const struct cluster_access *access, int64_t timeout_ns,
    const atomic_bool *is_given_up, struct err *err);
void exec_credential_fini(struct exec_credential *c);

/* It expires within EXEC_CREDENTIAL_EARLY_NS, or has. */
bool exec_credential_is_due(const struct exec_credential *c,
    int64_t now_wall_ns);

/* The parts of exec_credential_get().  False: the CA's file cannot be read. */
bool exec_credential_print_info(struct buf *out,
    const struct cluster_access *access, struct err *err);
bool exec_credential_parse(struct exec_credential *out, struct str text,
    const char *api_version, struct err *err);

#endif
