/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "launcher/options.h"
#include "common/log.h"

struct plan_conf launcher_conf = { .spool_age_ns = -1 };

static size_t n_operands;

#define conf launcher_conf

const struct opt launcher_options[] = {
	OPT_GROUP("Sources and sinks"),
	OPT_LIST("source", conf.sources, "KEY[:REST]",
	    "where the metrics come from: kubernetes: for a cluster (the "
	    "default inside a pod), kubelet:URL for one node, local: for "
	    "this machine"),
	OPT_LIST("sink", conf.sinks, "KEY[:REST]",
	    "where the metrics go: KEY is the name of a cheapster-sink-KEY, "
	    "REST its operand; ${NAME} in it is replaced from the "
	    "environment"),
	OPT_STRING("spool", conf.spool, NULL, "DIR",
	    "keep what sinks may still have to ask for here, for hours"),
	OPT_SIZE("spool-bytes", conf.spool_bytes, NULL,
	    "with --spool: how much of it; default 8Gi"),
	OPT_DURATION("spool-age", conf.spool_age_ns, NULL,
	    "with --spool: for how long, if it fits; default 2h; 0: any time"),
	OPT_DURATION("metric-resolution", conf.resolution_ns, NULL,
	    "how often metrics are collected; default 10s for local:, 60s "
	    "for kubelets"),
	OPT_STRING("label-separator", conf.label_separator, NULL, "TEXT",
	    "between the labels of an object in the label \"labels\"; default "
	    "a comma"),
	OPT_ALIAS("label-seperator", "label-separator"),
	OPT_WORDS("store-label", conf.store_labels, "[NAME=]LABEL,...",
	    "give sets these labels of their pod or node as their own"),
	OPT_WORDS("ignore-label", conf.ignore_labels, "LABEL,...",
	    "leave these out of the label \"labels\""),

	OPT_GROUP("HTTP API"),
	OPT_U64("heapster-port", conf.port, "8082", "PORT",
	    "where the HTTP API is served"),
	OPT_ALIAS("port", "heapster-port"),
	OPT_STRING("listen-ip", conf.listen_ip, NULL, "ADDRESS",
	    "where the HTTP API is served; every address if empty, and by "
	    "default, but of metrics-server 127.0.0.1"),
	OPT_STRING("tls-cert", conf.tls_cert, NULL, "FILE",
	    "serve the HTTP API over TLS with this certificate"),
	OPT_STRING("tls-key", conf.tls_key, NULL, "FILE", "its key"),
	OPT_STRING("tls-client-ca", conf.tls_client_ca, NULL, "FILE",
	    "who asks must show a certificate that is signed by this CA"),
	OPT_WORDS("allowed-users", conf.allowed_users, "NAME,...",
	    "and it must be for one of these names; default any"),
	OPT_DURATION("retention", conf.retention_ns, NULL,
	    "how much history the HTTP API keeps by itself"),
	OPT_DURATION("max-age", conf.max_age_ns, NULL,
	    "how long the Metrics API tells the last good value of what was "
	    "not measured since"),
	OPT_STRING("historical-source", conf.historical_source, NULL,
	    "KEY[:REST]", "answer /api/v1/historical from there: the URI of "
	    "an influxdb or a sqlite sink"),
	OPT_SWITCH("disable-export", conf.is_export_disabled,
	    "/api/v1/metric-export answers with nothing"),
	OPT_SWITCH("disable-metric-sink", conf.is_model_disabled,
	    "keep no metrics for the HTTP API: only /healthz and /metrics "
	    "say something"),

	OPT_GROUP("Metrics API"),
	OPT_SWITCH("api-server", conf.want_api_server,
	    "serve metrics.k8s.io over HTTPS; so does --secure-port"),
	OPT_U64("secure-port", conf.secure_port, NULL, "PORT",
	    "where; default 6443, of metrics-server 443"),
	OPT_STRING("bind-address", conf.bind_address, "", "ADDRESS",
	    "where; every address if empty"),
	OPT_STRING("tls-cert-file", conf.tls_cert_file, NULL, "FILE",
	    "the certificate of that port; without it one is made"),
	OPT_STRING("tls-private-key-file", conf.tls_key_file, NULL, "FILE",
	    "its key"),
	OPT_STRING("cert-dir", conf.cert_dir, NULL, "DIR",
	    "where one that is made is kept; default in the state directory"),
	OPT_STRING("tls-min-version", conf.tls_min_version, NULL, "VERSION",
	    "VersionTLS12 or VersionTLS13"),
	OPT_STRING("tls-cipher-suites", conf.tls_ciphers, NULL, "NAME,...",
	    "of TLS 1.2"),
	OPT_STRING("client-ca-file", conf.client_ca_file, NULL, "FILE",
	    "who signs certificates of clients; default what the cluster "
	    "says, and so below"),
	OPT_STRING("requestheader-client-ca-file", conf.proxy_ca_file, NULL,
	    "FILE", "who signs that of the front proxy"),
	OPT_STRING("requestheader-allowed-names", conf.proxy_names, NULL,
	    "NAME,...", "its common names; any if empty"),
	OPT_STRING("requestheader-username-headers", conf.proxy_user_headers,
	    NULL, "NAME,...", "where it says for whom it asks"),
	OPT_STRING("requestheader-group-headers", conf.proxy_group_headers,
	    NULL, "NAME,...", "and of which groups he is"),
	OPT_STRING("requestheader-uid-headers", conf.proxy_uid_headers, NULL,
	    "NAME,...", "his uid"),
	OPT_STRING("requestheader-extra-headers-prefix",
	    conf.proxy_extra_prefixes, NULL, "PREFIX,...",
	    "what else there is of him"),
	OPT_STRING("authentication-kubeconfig",
	    conf.authentication_kubeconfig, NULL, "FILE",
	    "as whom the kube-apiserver is asked about clients; default "
	    "--kubeconfig"),
	OPT_STRING("authorization-kubeconfig", conf.authorization_kubeconfig,
	    NULL, "FILE", "the same; --authentication-kubeconfig wins"),
	OPT_SWITCH("authentication-skip-lookup", conf.is_lookup_skipped,
	    "do not read what the cluster says: flags are all"),
	OPT_SWITCH("authentication-tolerate-lookup-failure",
	    conf.is_lookup_failure_tolerated,
	    "be ready also while it cannot be read"),
	OPT_STRING("authentication-token-webhook-cache-ttl", conf.token_ttl,
	    NULL, "DURATION", "how long it is remembered who a token is; "
	    "default 10s, and so below"),
	OPT_STRING("authorization-webhook-cache-authorized-ttl",
	    conf.allowed_ttl, NULL, "DURATION",
	    "how long that somebody may do something"),
	OPT_STRING("authorization-webhook-cache-unauthorized-ttl",
	    conf.denied_ttl, NULL, "DURATION",
	    "how long that somebody may not"),
	OPT_STRING("authorization-always-allow-paths", conf.always_allowed,
	    NULL, "PATH,...", "paths for everybody; default "
	    "/healthz,/livez,/readyz"),

	OPT_GROUP("Cluster"),
	OPT_STRING("kubeconfig", conf.kubeconfig, NULL, "FILE",
	    "says where the cluster is and who we are"),
	OPT_STRING("kube-context", conf.kube_context, NULL, "NAME",
	    "of the kubeconfig file; default its current-context"),
	OPT_STRING("kube-token-file", conf.kube_token_file, NULL, "FILE",
	    "the token that says who we are"),
	OPT_STRING("kube-certificate-authority", conf.kube_ca_file, NULL,
	    "FILE", "who signed the kube-apiserver's certificate"),
	OPT_STRING("kube-client-certificate", conf.kube_cert_file, NULL,
	    "FILE", "shown to the kube-apiserver, and to kubelets"),
	OPT_STRING("kube-client-key", conf.kube_key_file, NULL, "FILE",
	    "its key"),
	OPT_SWITCH("allow-plain-token", conf.may_send_token_plainly,
	    "send the token also where the URL is http"),
	OPT_STRING("node-selector", conf.node_selector, NULL, "EXPR",
	    "ask the kubelets of nodes with these labels alone"),

	OPT_GROUP("Kubelets"),
	OPT_STRING("kubelet-certificate-authority", conf.kubelet_ca_file, NULL,
	    "FILE", "who signed the kubelets' certificates; default the "
	    "cluster's CA"),
	OPT_STRING("kubelet-client-certificate", conf.kubelet_cert_file, NULL,
	    "FILE", "shown to kubelets; default that for the kube-apiserver"),
	OPT_STRING("kubelet-client-key", conf.kubelet_key_file, NULL, "FILE",
	    "its key"),
	OPT_SWITCH("kubelet-insecure-tls", conf.is_kubelet_insecure,
	    "do not verify the kubelets' certificates"),
	OPT_U64("kubelet-port", conf.kubelet_port, NULL, "PORT",
	    "of all kubelets; default what a node says, else 10250"),
	OPT_STRING("kubelet-via", conf.kubelet_via, NULL, "HOW",
	    "direct; proxy, through the kube-apiserver; or auto"),
	OPT_STRING("kubelet-preferred-address-types",
	    conf.kubelet_address_types, NULL, "LIST",
	    "where a node's kubelet is asked: the first of these that it has"),
	OPT_END
};

const struct opt launcher_common_heading[] = {
	OPT_GROUP("Processes"),
	OPT_STRING("bin-dir", conf.bin_dir, NULL, "DIR",
	    "where the other programs are, instead of beside this one"),
	OPT_END
};

/* "cheapster metrics-server FLAG...", and any path to one. */
void
launcher_take_operand(const char *operand)
{
	const char *slash = strrchr(operand, '/');

	if (n_operands == 0 && !conf.is_metrics_server && strcmp(
	    slash == NULL ? operand : slash + 1, "metrics-server") == 0)
		conf.is_metrics_server = true;
	else
		n_operands++;
}

/* Not what they are: one may be a URI with a password, cut off its flag. */
void
launcher_log_operands(void)
{
	if (n_operands > 0)
		log_warn("operands_ignored n=%zu", n_operands);
}

static void
check_sources(const struct opt_program *program)
{
	if (conf.sources.n == 0 && (conf.is_metrics_server ||
	    getenv("KUBERNETES_SERVICE_HOST") != NULL))
		conf.sources.items[conf.sources.n++] = "kubernetes:";
	if (conf.sources.n == 0)
		opt_usage(program, "no --source; on a machine without a "
		    "cluster --source=local: is the way");
	if (conf.sources.n > 1)
		opt_usage(program, "more than one --source");
	if (*conf.sources.items[0] == '\0' || *conf.sources.items[0] == ':')
		opt_usage(program, "--source: not KEY[:REST]");
}

static void
check_sinks(const struct opt_program *program)
{
	for (size_t i = 0; i < conf.sinks.n; i++)
		if (*conf.sinks.items[i] == '\0' ||
		    *conf.sinks.items[i] == ':')
			opt_usage(program, "--sink: not KEY[:REST]");
	if (conf.historical_source != NULL && *conf.historical_source == ':')
		opt_usage(program, "--historical-source: not KEY[:REST]");
}

static bool
is_given(const char *value)
{
	return value != NULL && *value != '\0';
}

/* In Heapster's words; an empty value is none, as there. */
static void
check_tls(const struct opt_program *program)
{
	if (is_given(conf.tls_cert) != is_given(conf.tls_key))
		opt_usage(program, "both TLS certificate & key are required "
		    "to enable TLS serving: --tls-cert and --tls-key");
	if (is_given(conf.tls_client_ca) && !is_given(conf.tls_cert))
		opt_usage(program, "client cert authentication requires TLS "
		    "certificate & key: --tls-cert and --tls-key");
	if (is_given(conf.tls_cert_file) != is_given(conf.tls_key_file))
		opt_usage(program, "--tls-cert-file and "
		    "--tls-private-key-file need each other");
	if (conf.allowed_users.n > 0 && !is_given(conf.tls_client_ca))
		opt_usage(program, "--allowed-users protects nothing without "
		    "--tls-client-ca");
}

void
launcher_check_options(const struct opt_program *program)
{
	check_sources(program);
	check_sinks(program);
	check_tls(program);
	if (conf.listen_ip == NULL)
		conf.listen_ip = conf.is_metrics_server ? "127.0.0.1" : "";
	if (conf.port > UINT16_MAX)
		opt_usage(program, "--heapster-port: not a port");
	if (conf.secure_port > UINT16_MAX)
		opt_usage(program, "--secure-port: not a port");
}
