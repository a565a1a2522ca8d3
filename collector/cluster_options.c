/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "collector/cluster_options.h"

static struct {
	struct opt_list store_labels, ignore_labels;
	const char *node, *shard, *address_types, *kubelet_ca_file;
	const char *label_separator, *kubelet_via;
	bool is_kubelet_insecure;
	uint64_t kubelet_port;
} conf;

const struct opt cluster_options[] = {
	OPT_STRING("node", conf.node, NULL, "NAME",
	    "of the cluster's nodes ask this one, and watch only its pods"),
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

/* It goes into a URL: lower case letters, digits, dots and dashes. */
static bool
is_node_name(const char *name)
{
	return *name != '\0' && name[strspn(name,
	    "abcdefghijklmnopqrstuvwxyz0123456789.-")] == '\0';
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
cluster_options_check(const struct opt_program *program,
    const struct kube_source *source, struct cluster_settings *out)
{
	struct err err;

	if (conf.node != NULL && conf.shard != NULL)
		opt_usage(program, "--node and --shard are one or the other");
	if (conf.node != NULL && !is_node_name(conf.node))
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
		.kubelet_ca_file = conf.kubelet_ca_file,
		.is_kubelet_insecure = conf.is_kubelet_insecure,
	};
}
