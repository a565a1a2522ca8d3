/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>

#include "launcher/heapster_flags.h"
#include "common/log.h"

static struct {
	bool tls_ca_file, tls_sni_cert_key;
	bool profiling, contention_profiling, swagger_ui;
	bool basic_auth_file, token_auth_file, service_cluster_ip_range;

	bool max_procs, sink_timeout, logtostderr, alsologtostderr;
	bool stderrthreshold, log_dir, log_backtrace_at, log_flush_frequency;
	bool vmodule, poll_duration, stats_resolution, model_resolution;
	bool use_model, align_stats, cache_duration, sink_memory_ttl;

	bool node_status_port, plain_kubelets, kubelet_timeout, http2_off;
	bool http2_streams, address_sharing, port_sharing, curves;
	bool logging_format, feature_gates, hidden_metrics, goaway;
	bool shutdown_delay, audit_log, egress_config, debug_socket;
} given;

#define NO_LOGIN "nobody is known by it: there are tokens of the cluster and " \
	"certificates, --client-ca-file"

const struct opt heapster_server_flags[] = {
	OPT_GROUP("Heapster's of its second server that have no effect"),
	OPT_IGNORED("tls-ca-file", given.tls_ca_file, "FILE",
	    "nobody asks for it: clients find the CA in their APIService"),
	OPT_IGNORED("tls-sni-cert-key", given.tls_sni_cert_key, "FILES",
	    "one certificate is served, with all names: --tls-cert-file"),
	OPT_IGNORED("basic-auth-file", given.basic_auth_file, "FILE",
	    NO_LOGIN),
	OPT_IGNORED("token-auth-file", given.token_auth_file, "FILE",
	    NO_LOGIN),
	OPT_IGNORED("service-cluster-ip-range",
	    given.service_cluster_ip_range, "RANGE",
	    "addresses of services are of no interest here"),
	OPT_IGNORED("profiling", given.profiling, NULL,
	    "there is no profiler to serve; Heapster did not obey it either"),
	OPT_IGNORED("contention-profiling", given.contention_profiling, NULL,
	    "there is no profiler to serve"),
	OPT_IGNORED("enable-swagger-ui", given.swagger_ui, NULL,
	    "there is no such page, nor was there one in Heapster"),
	OPT_IGNORED("deprecated-kubelet-completely-insecure",
	    given.plain_kubelets, NULL, "kubelets are asked over HTTPS: "
	    "--source=kubernetes:?kubeletHttps=false is for others"),
	OPT_END
};

#define STDERR_ALONE "the log goes to stderr, and nowhere else"
#define ONE_LEVEL "there is one level for everything: --verbose"
#define ALWAYS_MODEL "what the HTTP API keeps is said by --retention"

const struct opt heapster_idle_flags[] = {
	OPT_GROUP("Heapster's that have no effect"),
	OPT_IGNORED("max-procs", given.max_procs, "N",
	    "every program has one thread that works"),
	OPT_IGNORED("sink-export-data-timeout", given.sink_timeout, "DURATION",
	    "nobody waits for a slow sink, and it loses nothing: what it has "
	    "not taken is in the journal"),
	OPT_IGNORED("logtostderr", given.logtostderr, NULL, STDERR_ALONE),
	OPT_IGNORED("alsologtostderr", given.alsologtostderr, NULL,
	    STDERR_ALONE),
	OPT_IGNORED("stderrthreshold", given.stderrthreshold, "LEVEL",
	    STDERR_ALONE),
	OPT_IGNORED("log-dir", given.log_dir, "DIR", STDERR_ALONE),
	OPT_IGNORED("log-backtrace-at", given.log_backtrace_at, "PLACE",
	    "there are no backtraces"),
	OPT_IGNORED("log-flush-frequency", given.log_flush_frequency,
	    "DURATION", "every line of the log is written at once"),
	OPT_IGNORED("vmodule", given.vmodule, "LIST", ONE_LEVEL),
	OPT_IGNORED("poll-duration", given.poll_duration, "DURATION",
	    "how often kubelets are asked is said by --metric-resolution"),
	OPT_IGNORED("stats-resolution", given.stats_resolution, "DURATION",
	    "how long a window is is said by --metric-resolution"),
	OPT_IGNORED("model-resolution", given.model_resolution, "DURATION",
	    "how long a window is is said by --metric-resolution"),
	OPT_IGNORED("use-model", given.use_model, NULL,
	    "the model is there without --disable-metric-sink"),
	OPT_IGNORED("align-stats", given.align_stats, NULL,
	    "windows always begin at a multiple of --metric-resolution"),
	OPT_IGNORED("cache-duration", given.cache_duration, "DURATION",
	    ALWAYS_MODEL),
	OPT_IGNORED("sink-memory-ttl", given.sink_memory_ttl, "DURATION",
	    ALWAYS_MODEL),
	OPT_END
};

#define HTTP_1 "HTTP/1.1 is what is spoken"

const struct opt metrics_server_idle_flags[] = {
	OPT_GROUP("metrics-server's that have no effect"),
	OPT_IGNORED("kubelet-use-node-status-port", given.node_status_port,
	    NULL, "the port that a node says is taken without --kubelet-port"),
	OPT_IGNORED("kubelet-request-timeout", given.kubelet_timeout,
	    "DURATION", "a kubelet has until its window is over"),
	OPT_IGNORED("disable-http2-serving", given.http2_off, NULL, HTTP_1),
	OPT_IGNORED("http2-max-streams-per-connection", given.http2_streams,
	    "N", HTTP_1),
	OPT_IGNORED("permit-address-sharing", given.address_sharing, NULL,
	    "an address that was in use a moment ago always can be"),
	OPT_IGNORED("permit-port-sharing", given.port_sharing, NULL,
	    "one process listens at a port"),
	OPT_IGNORED("tls-curve-preferences", given.curves, "LIST",
	    "they are OpenSSL's"),
	OPT_IGNORED("logging-format", given.logging_format, "FORMAT",
	    "the log is logfmt"),
	OPT_IGNORED("feature-gates", given.feature_gates, "LIST",
	    "there are none"),
	OPT_IGNORED("show-hidden-metrics-for-version", given.hidden_metrics,
	    "VERSION", "no metric is hidden"),
	OPT_IGNORED("goaway-chance", given.goaway, "P", HTTP_1),
	OPT_IGNORED("shutdown-delay-duration", given.shutdown_delay,
	    "DURATION", "what was asked is answered: --shutdown-timeout"),
	OPT_IGNORED("audit-log-path", given.audit_log, "FILE",
	    "the kube-apiserver's audit log has the same requests"),
	OPT_IGNORED("egress-selector-config-file", given.egress_config,
	    "FILE", "connections go out as the system has them"),
	OPT_IGNORED("debug-socket-path", given.debug_socket, "FILE",
	    "there is no profiler to serve"),
	OPT_END
};

static bool
was_given(const struct opt *o)
{
	return o->type == OPT_TYPE_IGNORED && *(const bool *)o->target;
}

static void
log_table(const struct opt *table, bool is_warning)
{
	for (const struct opt *o = table; o->type != OPT_TYPE_END; o++) {
		if (!was_given(o))
			continue;
		if (is_warning)
			log_warn("flag_without_effect flag=--%s reason=%s",
			    o->name, log_qs(o->help));
		else
			log_info("flag_without_effect flag=--%s reason=%s",
			    o->name, log_qs(o->help));
	}
}

void
heapster_flags_log(void)
{
	log_table(heapster_server_flags, true);
	log_table(heapster_idle_flags, false);
	log_table(metrics_server_idle_flags, false);
}
