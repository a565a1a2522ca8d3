/* SPDX-License-Identifier: ISC */
/*
 * The sources "kubernetes:" and "kubernetes.summary_api:" as Heapster writes
 * them: KEY:[SERVER][?OPTION=VALUE&...]
 *
 *	kubernetes:''				inside a pod
 *	kubernetes:https://10.0.0.1:6443?inClusterConfig=false&insecure=true
 *
 * SERVER overrides where the service account says the kube-apiserver is.
 * Options, all of them Heapster's; the first of a name counts:
 *
 *   inClusterConfig	true: the pod's service account (its token, its CA,
 *			and the environment) says who and where we are
 *   insecure		do not verify the kube-apiserver's certificate
 *   useServiceAccount	take the service account's token all the same
 *   kubeletPort	of all kubelets; else what a node says, else 10250
 *   kubeletHttps	false: kubelets speak plain HTTP.  Heapster's default was
 *			false and port 10255; ours is false only for that port
 *   host_id_annotation	of a node: its host_id where externalID is empty
 *   apiVersion		nothing (Heapster's neither)
 *
 * Booleans are Go's.  Pure but for the environment and the files of the
 * service account.
 */
#ifndef COLLECTOR_KUBE_SOURCE_H
#define COLLECTOR_KUBE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/str.h"

#define SERVICE_ACCOUNT_DIR "/var/run/secrets/kubernetes.io/serviceaccount"

/* Strings are on the heap, or NULL. */
struct kube_source {
	char *server;			/* "https://10.0.0.1:6443" */
	char *ca_file;
	char *token_file;
	char *host_id_annotation;
	bool is_insecure;
	bool is_kubelet_plain;		/* http */
	uint16_t kubelet_port;		/* 0: what the node says */
};

/*
 * text is what stands behind the first colon.  service_account_dir is NULL for
 * SERVICE_ACCOUNT_DIR.
 */
bool kube_source_parse(struct kube_source *out, struct str text,
    const char *service_account_dir, struct err *err);
void kube_source_fini(struct kube_source *s);

#endif
