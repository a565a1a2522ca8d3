/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/cluster_options.h"

static struct {
	struct opt_list store_labels, ignore_labels;
	const char *node, *node_selector, *shard, *address_types;
	const char *kubelet_ca_file, *kubelet_cert_file, *kubelet_key_file;
	const char *kube_ca_file, *kube_cert_file, *kube_key_file, *token_file;
	const char *label_separator, *kubelet_via, *kubeconfig, *context;
	bool is_kubelet_insecure, may_send_token_plainly;
	uint64_t kubelet_port;
} conf;

const struct opt cluster_options[] = {
	OPT_STRING("kubeconfig", conf.kubeconfig, NULL, "FILE",
	    "says where the cluster is and who we are; several with colons "
	    "between them; default the service account inside a pod, else "
	    "$KUBECONFIG, else ~/.kube/config"),
	OPT_STRING("kube-context", conf.context, NULL, "NAME",
	    "of the kubeconfig file; default its current-context"),
	OPT_STRING("kube-token-file", conf.token_file, NULL, "FILE",
	    "the token that says who we are; read again when it is another; "
	    "default what the source or the kubeconfig file says"),
	OPT_STRING("kube-certificate-authority", conf.kube_ca_file, NULL,
	    "FILE", "who signed the kube-apiserver's certificate; default the "
	    "same"),
	OPT_STRING("kube-client-certificate", conf.kube_cert_file, NULL,
	    "FILE", "shown to the kube-apiserver, and to kubelets; default "
	    "the same"),
	OPT_STRING("kube-client-key", conf.kube_key_file, NULL, "FILE",
	    "its key"),
	OPT_SWITCH("allow-plain-token", conf.may_send_token_plainly,
	    "send the token also where the URL is http"),
	OPT_STRING("node", conf.node, NULL, "NAME",
	    "of the cluster's nodes ask this one, and watch only its pods"),
	OPT_STRING("node-selector", conf.node_selector, NULL, "EXPR",
	    "of the cluster's nodes ask those with these labels, as kubectl's "
	    "--selector has them"),
	OPT_STRING("shard", conf.shard, NULL, "I/N",
	    "of the cluster's nodes ask those of shard I, from 0, of N "
	    "collectors"),
	OPT_STRING("kubelet-preferred-address-types", conf.address_types,
	    "InternalIP,ExternalIP,InternalDNS,ExternalDNS,Hostname", "LIST",
	    "where a node's kubelet is asked: the first of these that it has"),
	OPT_U64("kubelet-port", conf.kubelet_port, NULL, "PORT",
	    "of all kubelets; default what a node says, else 10250"),
	OPT_STRING("kubelet-via", conf.kubelet_via, "direct", "HOW",
	    "direct; proxy, through the kube-apiserver, which needs get on "
	    "nodes/proxy; or auto, the second where the first cannot connect"),
	OPT_STRING("kubelet-certificate-authority", conf.kubelet_ca_file, NULL,
	    "FILE", "who signed the kubelets' certificates; default the "
	    "cluster's CA"),
	OPT_STRING("kubelet-client-certificate", conf.kubelet_cert_file, NULL,
	    "FILE", "shown to kubelets; default that for the kube-apiserver"),
	OPT_STRING("kubelet-client-key", conf.kubelet_key_file, NULL, "FILE",
	    "its key"),
	OPT_SWITCH("kubelet-insecure-tls", conf.is_kubelet_insecure,
	    "do not verify the kubelets' certificates"),
	OPT_STRING("label-separator", conf.label_separator, ",", "TEXT",
	    "between the labels of an object in the label \"labels\""),
	OPT_LIST("store-label", conf.store_labels, "[NAME=]LABEL",
	    "give sets this label of their pod or node as one of their own"),
	OPT_LIST("ignore-label", conf.ignore_labels, "LABEL",
	    "leave this one out of the label \"labels\""),
	OPT_END
};

/* As kubectl finds it; NULL: there is none. */
static const char *
default_kubeconfig(void)
{
	static char path[PATH_MAX];
	const char *said = getenv("KUBECONFIG"), *home = getenv("HOME");

	if (said != NULL && *said != '\0')
		return said;
	if (home == NULL || (size_t)snprintf(path, sizeof path,
	    "%s/.kube/config", home) >= sizeof path)
		return NULL;
	return access(path, F_OK) == 0 ? path : NULL;
}

static void
check_readable(const struct opt_program *program, const char *flag,
    const char *path)
{
	if (path != NULL && access(path, R_OK) == -1)
		opt_usage(program, "--%s=%s: %s", flag, path, strerror(errno));
}

static void
check_identity(const struct opt_program *program)
{
	if ((conf.kube_cert_file == NULL) != (conf.kube_key_file == NULL))
		opt_usage(program, "--kube-client-certificate and "
		    "--kube-client-key need each other");
	check_readable(program, "kube-token-file", conf.token_file);
	check_readable(program, "kube-certificate-authority",
	    conf.kube_ca_file);
	check_readable(program, "kube-client-certificate",
	    conf.kube_cert_file);
	check_readable(program, "kube-client-key", conf.kube_key_file);
}

const struct kube_source_conf *
cluster_options_source(const struct opt_program *program)
{
	static struct kube_source_conf out;

	check_identity(program);
	out = (struct kube_source_conf){
		.kubeconfig = conf.kubeconfig,
		.kubeconfig_default = default_kubeconfig(),
		.context = conf.context,
		.token_file = conf.token_file,
		.ca_file = conf.kube_ca_file,
		.cert_file = conf.kube_cert_file,
		.key_file = conf.kube_key_file,
	};
	return &out;
}

static void
check_labels(const struct opt_program *program, struct label_rules *rules)
{
	struct err err;

	rules->separator = str_of(conf.label_separator);
	for (size_t i = 0; i < conf.store_labels.n; i++)
		if (!label_rules_store(rules,
		    str_of(conf.store_labels.items[i]), &err))
			opt_usage(program, "--store-label=%s: %s",
			    conf.store_labels.items[i], err.msg);
	for (size_t i = 0; i < conf.ignore_labels.n; i++)
		if (!label_rules_ignore(rules,
		    str_of(conf.ignore_labels.items[i]), &err))
			opt_usage(program, "--ignore-label=%s: %s",
			    conf.ignore_labels.items[i], err.msg);
}

static void
check_addresses(const struct opt_program *program,
    const struct kube_source *source, struct node_address_conf *out)
{
	struct err err;

	if (!node_address_types(out, str_of(conf.address_types), &err))
		opt_usage(program, "--kubelet-preferred-address-types=%s: %s",
		    conf.address_types, err.msg);
	if (conf.kubelet_port > UINT16_MAX)
		opt_usage(program, "--kubelet-port: up to 65535, please");
	out->port = conf.kubelet_port != 0 ? (uint16_t)conf.kubelet_port :
	    source->kubelet_port;
	out->is_plain = source->is_kubelet_plain;
}

void
cluster_options_kubelet(const struct opt_program *program,
    struct fetch_identity *out)
{
	if ((conf.kubelet_cert_file == NULL) != (conf.kubelet_key_file == NULL))
		opt_usage(program, "--kubelet-client-certificate and "
		    "--kubelet-client-key need each other");
	*out = (struct fetch_identity){
		.ca_file = conf.kubelet_ca_file,
		.cert_file = conf.kubelet_cert_file,
		.key_file = conf.kubelet_key_file,
		.is_insecure = conf.is_kubelet_insecure,
	};
}

void
cluster_options_check(const struct opt_program *program,
    const struct kube_source *source, struct cluster_settings *out)
{
	struct err err;

	if (conf.node != NULL && conf.shard != NULL)
		opt_usage(program, "--node and --shard are one or the other");
	if (conf.node != NULL && !node_name_is_valid(str_of(conf.node)))
		opt_usage(program, "--node=%s: not the name of a node",
		    conf.node);
	if (conf.shard != NULL &&
	    !shard_parse(&out->shard, str_of(conf.shard), &err))
		opt_usage(program, "--shard: %s", err.msg);
	if (!kubelet_via_parse(str_of(conf.kubelet_via), &out->kubelet_via))
		opt_usage(program, "--kubelet-via=%s: direct, proxy or auto, "
		    "please", conf.kubelet_via);
	check_labels(program, &out->labels);
	check_addresses(program, source, &out->address);
	out->cluster = (struct cluster_conf){
		.source = source,
		.labels = &out->labels,
		.node = conf.node,
		.shard = out->shard,
		.node_selector = conf.node_selector == NULL ||
		    *conf.node_selector == '\0' ? NULL : conf.node_selector,
		.kubelet = &out->kubelet,
		.may_send_token_plainly = conf.may_send_token_plainly,
	};
}
