/* SPDX-License-Identifier: ISC */
/*
 * Kubeconfig files, read as kubectl reads them: a context names a cluster and
 * a user, and both together say how to reach a kube-apiserver.
 *
 * Several files are one: of clusters, users and contexts of one name, and of
 * what is current-context, that of the first file counts, whole.  Files that
 * do not exist are passed over, unless none exists.
 *
 *  - Paths are relative to the folder of their file, and so is a plugin's
 *    command that has a slash.
 *  - certificate-authority-data, client-certificate-data and client-key-data
 *    win over files; tokenFile wins over token, and a token over exec.
 *  - A context without a user is nobody; unknown keys mean nothing.
 *
 * Refused, because whoever wrote it relies on it: proxy-url, user names and
 * passwords, auth-provider, impersonation ("as"), plugins that want a
 * terminal; certificate-authority together with insecure-skip-tls-verify; half
 * of a certificate and key; names given twice in one file; a user that does
 * not exist; a key or token that is none.
 *
 * Whatever is not of the chosen context is not looked at, and may be wrong.
 */
#ifndef COMMON_KUBECONFIG_H
#define COMMON_KUBECONFIG_H

#include <stdbool.h>

#include "common/err.h"
#include "common/str.h"

#include "common/access.h"

#define KUBECONFIG_BYTES_MAX (1u << 20)		/* of one file */
#define KUBECONFIG_FILES_MAX 32

/*
 * paths is one file, or several with colons between them, as in $KUBECONFIG.
 * context is NULL or "" for current-context.  *out is initialised; when it
 * fails it is empty.  The error is one line: which file, which context, what.
 */
bool kubeconfig_load(struct cluster_access *out, const char *paths,
    const char *context, struct err *err);

/* The same of a text; path says where it is from. */
bool kubeconfig_parse(struct cluster_access *out, struct str text,
    const char *path, const char *context, struct err *err);

#endif
