/* SPDX-License-Identifier: ISC */
/*
 * The sources "kubernetes:" and "kubernetes.summary_api:" as Heapster writes
 * them: KEY:[SERVER][?OPTION=VALUE&...]
 *
 *	kubernetes:''				inside a pod
 *	kubernetes:https://10.0.0.1:6443?inClusterConfig=false&insecure=true
 *
 * Who and where we are is said by the first of these:
 *
 *   - the kubeconfig file named by auth=, unless inClusterConfig=true; as in
 *     Heapster it says everything, and SERVER means nothing;
 *   - the pod's service account, if inClusterConfig=true;
 *   - conf.kubeconfig (--kubeconfig);
 *   - SERVER alone, if inClusterConfig=false;
 *   - the service account, if we are inside a pod;
 *   - conf.kubeconfig_default ($KUBECONFIG, ~/.kube/config).
 *
 * SERVER overrides where they say the kube-apiserver is, and what else conf
 * has (--kube-token-file and the like) what they say of us and of the CA.
 *
 * Options, all of them Heapster's; the first of a name counts.  %XX and + are
 * decoded in their values:
 *
 *   inClusterConfig	see above
 *   auth		a kubeconfig file
 *   insecure		do not verify the kube-apiserver's certificate
 *   useServiceAccount	take the service account's token in place of any
 *			other, if it can be read
 *   kubeletPort	of all kubelets; else what a node says, else 10250
 *   kubeletHttps	false: kubelets speak plain HTTP.  Heapster's default was
 *			false and port 10255; ours is false only for that port
 *   host_id_annotation	of a node: its host_id where externalID is empty
 *   apiVersion		nothing (Heapster's neither)
 *
 * Booleans are Go's.  Pure but for the environment and files.
 */
#ifndef COLLECTOR_KUBE_SOURCE_H
#define COLLECTOR_KUBE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

#include "common/access.h"

/* What is not in the URI.  All may be NULL. */
struct kube_source_conf {
	const char *service_account_dir;
	const char *kubeconfig;
	const char *kubeconfig_default;
	const char *context;		/* of a kubeconfig */
	const char *token_file;
	const char *ca_file;
	const char *cert_file;		/* both or none */
	const char *key_file;
};

struct kube_source {
	struct cluster_access access;
	char *host_id_annotation;	/* or NULL */
	bool is_kubelet_plain;		/* http */
	uint16_t kubelet_port;		/* 0: what the node says */
};

/* text is what stands behind the first colon. */
bool kube_source_parse(struct kube_source *out, struct str text,
    const struct kube_source_conf *conf, struct err *err);
void kube_source_fini(struct kube_source *s);

#endif
