/* SPDX-License-Identifier: ISC */
/*
 * How to reach a kube-apiserver, and as whom: what a kubeconfig file says of a
 * context (kubeconfig.h), or what a pod is given (access_in_cluster()).
 *
 * All of it is on the heap and NULL where nothing was said.  Whoever fills it
 * keeps this:
 *
 *  - the CA is in a file or here as PEM, not both, and there is none if
 *    is_insecure; without one the system's CAs are meant;
 *  - a certificate has a key; each is in a file or here as PEM, not both;
 *  - there is at most one of token, token_file and exec: a token of a
 *    configuration wins over a plugin, and a file over both;
 *  - nothing has a control character in it but PEM, and arguments,
 *    environment and hint of a plugin.
 *
 * Tokens, keys and the plugin's environment are secrets: access_fini() wipes
 * them, and no error has them.
 */
#ifndef COMMON_ACCESS_H
#define COMMON_ACCESS_H

#include <stdbool.h>

#include "common/err.h"
#include "common/str.h"

#define ACCESS_SERVICE_ACCOUNT_DIR \
	"/var/run/secrets/kubernetes.io/serviceaccount"

/* A program that says who we are (exec_credential.h). */
struct exec_plugin {
	char **argv;		/* ends with NULL; NULL: no plugin */
	char **env;		/* "NAME=VALUE", ends with NULL; or NULL */
	char *api_version;	/* "client.authentication.k8s.io/v1" */
	char *install_hint;	/* where to get it; or NULL */
	bool want_cluster_info;
};

/* Zero-initialise; access_fini() leaves the zero state. */
struct cluster_access {
	char *server;		/* "https://10.0.0.1:6443", perhaps with a
				 * path, without a slash at its end */
	char *tls_server_name;	/* of the certificate, if not the server's */
	bool is_insecure;	/* its certificate is not verified */
	char *ca_file;
	char *ca_pem;
	char *cert_file;
	char *cert_pem;
	char *key_file;
	char *key_pem;
	char *token;
	char *token_file;	/* is replaced now and then: token.h */
	struct exec_plugin exec;
};

void access_fini(struct cluster_access *a);

/* url is http:// or https:// with a host, perhaps a port and a path; no user
 * (and no @ at all), no query.  False: it is not, and the server stays what it was. */
bool access_set_server(struct cluster_access *a, struct str url,
    struct err *err);

/* In place of the CA, of the certificate and its key, and of a token or plugin
 * that there may be; copied. */
void access_set_ca_file(struct cluster_access *a, const char *path);
void access_set_certificate(struct cluster_access *a, const char *cert_file,
    const char *key_file);
void access_set_token_file(struct cluster_access *a, const char *path);

/* Its certificate is not verified: whatever says that it is to be goes. */
void access_set_insecure(struct cluster_access *a);

/*
 * The service account of the pod that we are in: the files "token" and
 * "ca.crt" of service_account_dir (NULL: ACCESS_SERVICE_ACCOUNT_DIR), and the
 * server from the environment (KUBERNETES_SERVICE_HOST and _PORT) unless there
 * is one already.  False: there is none.
 */
bool access_in_cluster(struct cluster_access *a,
    const char *service_account_dir, struct err *err);

#endif
