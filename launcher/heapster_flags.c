/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdbool.h>

#include "launcher/heapster_flags.h"
#include "common/log.h"

static struct {
	bool api_server, bind_address, secure_port, cert_dir, tls_cert_file;
	bool tls_private_key_file, tls_ca_file, tls_sni_cert_key;
	bool authentication_kubeconfig, authentication_cache_ttl;
	bool authentication_skip_lookup, authorization_kubeconfig;
	bool authorized_ttl, unauthorized_ttl, client_ca_file;
	bool front_proxy_ca, front_proxy_user, front_proxy_group;
	bool front_proxy_extra, front_proxy_names;
	bool profiling, contention_profiling, swagger_ui;
	bool basic_auth_file, token_auth_file, service_cluster_ip_range;

	bool max_procs, sink_timeout, logtostderr, alsologtostderr;
	bool stderrthreshold, log_dir, log_backtrace_at, log_flush_frequency;
	bool vmodule, poll_duration, stats_resolution, model_resolution;
	bool use_model, align_stats, cache_duration, sink_memory_ttl;
} given;

#define NO_SERVER "the metrics.k8s.io server of --api-server is not built yet"
#define NO_LOGIN "nothing is authenticated by it: " NO_SERVER "; for the " \
	"HTTP API there is --tls-client-ca"

const struct opt heapster_server_flags[] = {
	OPT_GROUP("Heapster's second server, which is not built yet"),
	OPT_IGNORED("api-server", given.api_server, NULL,
	    NO_SERVER ": nothing listens on --secure-port, the HTTP API is "
	    "on --heapster-port"),
	OPT_IGNORED("bind-address", given.bind_address, "ADDRESS",
	    NO_SERVER "; for the HTTP API there is --listen-ip"),
	OPT_IGNORED("secure-port", given.secure_port, "PORT",
	    "nothing listens there: " NO_SERVER "; for the HTTP API there is "
	    "--heapster-port"),
	OPT_IGNORED("cert-dir", given.cert_dir, "DIR",
	    NO_SERVER ", and no certificate is made"),
	OPT_IGNORED("tls-cert-file", given.tls_cert_file, "FILE",
	    NO_SERVER "; for the HTTP API there is --tls-cert"),
	OPT_IGNORED("tls-private-key-file", given.tls_private_key_file, "FILE",
	    NO_SERVER "; for the HTTP API there is --tls-key"),
	OPT_IGNORED("tls-ca-file", given.tls_ca_file, "FILE", NO_SERVER),
	OPT_IGNORED("tls-sni-cert-key", given.tls_sni_cert_key, "FILES",
	    NO_SERVER),
	OPT_IGNORED("authentication-kubeconfig",
	    given.authentication_kubeconfig, "FILE", NO_LOGIN),
	OPT_IGNORED("authentication-token-webhook-cache-ttl",
	    given.authentication_cache_ttl, "DURATION", NO_SERVER),
	OPT_IGNORED("authentication-skip-lookup",
	    given.authentication_skip_lookup, NULL, NO_SERVER),
	OPT_IGNORED("authorization-kubeconfig", given.authorization_kubeconfig,
	    "FILE", NO_LOGIN),
	OPT_IGNORED("authorization-webhook-cache-authorized-ttl",
	    given.authorized_ttl, "DURATION", NO_SERVER),
	OPT_IGNORED("authorization-webhook-cache-unauthorized-ttl",
	    given.unauthorized_ttl, "DURATION", NO_SERVER),
	OPT_IGNORED("client-ca-file", given.client_ca_file, "FILE", NO_LOGIN),
	OPT_IGNORED("requestheader-client-ca-file", given.front_proxy_ca,
	    "FILE", NO_LOGIN),
	OPT_IGNORED("requestheader-username-headers", given.front_proxy_user,
	    "LIST", NO_LOGIN),
	OPT_IGNORED("requestheader-group-headers", given.front_proxy_group,
	    "LIST", NO_LOGIN),
	OPT_IGNORED("requestheader-extra-headers-prefix",
	    given.front_proxy_extra, "LIST", NO_LOGIN),
	OPT_IGNORED("requestheader-allowed-names", given.front_proxy_names,
	    "LIST", NO_LOGIN),
	OPT_IGNORED("basic-auth-file", given.basic_auth_file, "FILE",
	    NO_LOGIN),
	OPT_IGNORED("token-auth-file", given.token_auth_file, "FILE",
	    NO_LOGIN),
	OPT_IGNORED("service-cluster-ip-range",
	    given.service_cluster_ip_range, "RANGE", NO_SERVER),
	OPT_IGNORED("profiling", given.profiling, NULL,
	    "there is no profiler to serve; Heapster did not obey it either"),
	OPT_IGNORED("contention-profiling", given.contention_profiling, NULL,
	    "there is no profiler to serve"),
	OPT_IGNORED("enable-swagger-ui", given.swagger_ui, NULL,
	    "there is no such page, nor was there one in Heapster"),
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

static bool
was_given(const struct opt *o)
{
	return o->type == OPT_TYPE_IGNORED && *(const bool *)o->target;
}

void
heapster_flags_log(void)
{
	for (const struct opt *o = heapster_server_flags;
	    o->type != OPT_TYPE_END; o++)
		if (was_given(o))
			log_warn("flag_without_effect flag=--%s reason=%s",
			    o->name, log_qs(o->help));
	for (const struct opt *o = heapster_idle_flags;
	    o->type != OPT_TYPE_END; o++)
		if (was_given(o))
			log_info("flag_without_effect flag=--%s reason=%s",
			    o->name, log_qs(o->help));
}
