/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/daemon.h"
#include "common/log.h"
#include "common/number.h"
#include "common/timestamp.h"

#include "contrib/kubesim/control.h"
#include "contrib/kubesim/reviews.h"

static struct {
	struct sim_conf cluster;
	const char *listen, *port_file, *cert_file, *key_file, *token, *truth;
	const char *client_ca_file, *control_port_file, *auth_config;
	struct upstream_conf upstream;
	uint64_t churn, restart_rate, reset_rate, error_rate, missing;
	int64_t latency_ns, sampling_ns;
} conf;

static const struct opt own_options[] = {
	OPT_U64("nodes", conf.cluster.nodes, "50", "N",
	    "kubelets, each at an address of 127/8"),
	OPT_U64("pods", conf.cluster.pods, "30", "N", "pods of each node"),
	OPT_U64("containers", conf.cluster.containers, "2", "N",
	    "containers of each pod"),
	OPT_U64("namespaces", conf.cluster.namespaces, "10", "N",
	    "namespaces that the pods are in"),
	OPT_U64("seed", conf.cluster.seed, "0", "N",
	    "another number, another cluster"),
	OPT_STRING("listen", conf.listen, "127.0.0.1:0", "ADDRESS:PORT",
	    "where the kube-apiserver listens; port 0 is a free one"),
	OPT_STRING("port-file", conf.port_file, NULL, "FILE",
	    "write the port there once all listen"),
	OPT_STRING("control-port-file", conf.control_port_file, NULL, "FILE",
	    "take what is done through /kubesim at a port of its own too, and "
	    "write it there"),
	OPT_STRING("tls-cert", conf.cert_file, NULL, "FILE",
	    "speak HTTPS, with this certificate for all"),
	OPT_STRING("tls-key", conf.key_file, NULL, "FILE", "and its key"),
	OPT_STRING("client-ca", conf.client_ca_file, NULL, "FILE",
	    "refuse who shows no certificate of this CA"),
	OPT_STRING("token", conf.token, NULL, "TOKEN",
	    "refuse who does not show it"),
	OPT_STRING("auth-config", conf.auth_config, NULL, "FILE",
	    "the data of the ConfigMap extension-apiserver-authentication, a "
	    "JSON object; read each time"),
	OPT_STRING("proxy-client-cert-file", conf.upstream.cert_file, NULL,
	    "FILE", "the front proxy's certificate, to hand metrics.k8s.io on "
	    "to whom \"aggregated\" of /kubesim says"),
	OPT_STRING("proxy-client-key-file", conf.upstream.key_file, NULL,
	    "FILE", "and its key"),
	OPT_STRING("aggregated-ca", conf.upstream.ca_file, NULL, "FILE",
	    "who signed the certificate of that API server; not verified "
	    "without"),
	OPT_STRING("truth", conf.truth, NULL, "FILE",
	    "write what happens, one JSON object per line"),
	OPT_U64("churn", conf.churn, "0", "N",
	    "pods per minute that give way to another"),
	OPT_U64("restart-rate", conf.restart_rate, "0", "N",
	    "containers per minute that start anew"),
	OPT_U64("reset-rate", conf.reset_rate, "0", "N",
	    "counters per minute that start at 0"),
	OPT_U64("error-rate", conf.error_rate, "0", "PERCENT",
	    "of the scrapes that fail, in four ways"),
	OPT_U64("missing", conf.missing, "0", "PERCENT",
	    "of the optional sections that are not there"),
	OPT_DURATION("sampling", conf.sampling_ns, "0s",
	    "how old samples may be, each part with a phase of its own"),
	OPT_SWITCH("newer", conf.cluster.is_newer,
	    "say what kubelets since 1.34 say as well: pressure and swap"),
	OPT_DURATION("latency", conf.latency_ns, "0s",
	    "of kubelets' answers, on average"),
	OPT_END
};

static const struct opt *const tables[] = { own_options, daemon_options,
    NULL };

static void
check_conf(const struct opt_program *program)
{
	const struct sim_conf *c = &conf.cluster;

	if (c->nodes == 0 || c->nodes > SIM_NODES_MAX || c->pods == 0 ||
	    c->pods > SIM_PODS_MAX || c->containers == 0 ||
	    c->containers > SIM_CONTAINERS_MAX || c->namespaces == 0)
		opt_usage(program, "1 to %d nodes of 1 to %d pods of 1 to %d "
		    "containers, in at least one namespace", SIM_NODES_MAX,
		    SIM_PODS_MAX, SIM_CONTAINERS_MAX);
	if (conf.error_rate > 100 || conf.missing > 100)
		opt_usage(program, "--error-rate and --missing are percent");
	if (conf.churn > 60000 || conf.restart_rate > 60000 ||
	    conf.reset_rate > 60000)
		opt_usage(program, "at most 60000 per minute");
	if ((conf.upstream.cert_file == NULL) !=
	    (conf.upstream.key_file == NULL) ||
	    (conf.upstream.ca_file != NULL && conf.upstream.key_file == NULL))
		opt_usage(program, "--aggregated-ca needs "
		    "--proxy-client-cert-file and --proxy-client-key-file, "
		    "and these need each other");
	if ((conf.cert_file == NULL) != (conf.key_file == NULL))
		opt_usage(program, "--tls-cert and --tls-key need each other");
}

static const struct opt_program program = {
	.name = "kubesim",
	.synopsis = "",
	.summary = "Play a Kubernetes cluster: one kube-apiserver, many "
	    "kubelets.",
	.tables = tables,
	.is_tool = true,
	.check = check_conf,
};

struct kubesim {
	struct daemon daemon;
	struct sim sim;
	SSL_CTX *tls;
	struct truth *truth;
	struct kubelets *kubelets;
	struct aggregator *aggregator;
	struct api *api;
	struct churn churn;
	struct control control;
	struct evhttp *control_http;
};

/* A listener and a connection of each node, and some. */
static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* As a whole or not at all: who waits for the file reads it at once. */
static bool
write_port(const char *path, unsigned port, struct err *err)
{
	char new_path[4096];
	FILE *file;
	bool is_written;

	if ((size_t)snprintf(new_path, sizeof new_path, "%s.new", path) >=
	    sizeof new_path)
		return err_set(err, "%s: too long", path);
	file = fopen(new_path, "we");
	is_written = file != NULL && fprintf(file, "%u\n", port) > 0;
	if (file != NULL && fclose(file) != 0)
		is_written = false;
	if (!is_written || rename(new_path, path) == -1)
		return err_set(err, "%s: %s", path, strerror(errno));
	return true;
}

static bool
listen_api(struct kubesim *k, struct err *err)
{
	struct str port_text = str_of(conf.listen);
	struct str host_text = str_cut(&port_text, ':');
	char host[INET_ADDRSTRLEN];
	uint64_t port;
	unsigned bound;

	if (host_text.len >= sizeof host || !parse_u64(port_text, &port) ||
	    port > 65535)
		return err_set(err, "--listen=%s: not ADDRESS:PORT",
		    conf.listen);
	memcpy(host, host_text.p, host_text.len);
	host[host_text.len] = '\0';
	bound = api_listen(k->api, host, (unsigned)port);
	if (bound == 0)
		return err_set(err, "listen at %s: %s", conf.listen,
		    strerror(errno));
	return conf.port_file == NULL || write_port(conf.port_file, bound, err);
}

static bool
listen_control(struct kubesim *k, struct err *err)
{
	unsigned port;

	if (conf.control_port_file == NULL)
		return true;
	k->control_http = control_open(&k->daemon.loop, &k->control, &port);
	return port == 0 ? err_set(err, "listen at 127.0.0.1: %s",
	    strerror(errno)) : write_port(conf.control_port_file, port, err);
}

static bool
open_all(struct kubesim *k, struct err *err)
{
	struct kubelets_conf kubelets = {
		.error_percent = (unsigned)conf.error_rate,
		.missing_percent = (unsigned)conf.missing,
		.latency_ms = (unsigned)(conf.latency_ns / NS_PER_MS),
	};
	struct loop *loop = &k->daemon.loop;

	web_set_token(conf.token);
	reviews_set_config(conf.auth_config);
	if (conf.cert_file != NULL &&
	    (k->tls = web_tls(conf.cert_file, conf.key_file,
	    conf.client_ca_file, err)) == NULL)
		return false;
	if (conf.truth != NULL &&
	    (k->truth = truth_open(conf.truth, err)) == NULL)
		return false;
	conf.cluster.sampling_ms = conf.sampling_ns / NS_PER_MS;
	sim_init(&k->sim, &conf.cluster, clock_wall_ns() / NS_PER_MS);
	for (size_t i = 0; i < sim_n_pods(&k->sim); i++)
		truth_pod(k->truth, "add", &k->sim, i,
		    k->sim.pods[i].created_ms);
	k->kubelets = kubelets_open(loop, &k->sim, k->tls, &kubelets, k->truth,
	    err);
	if (k->kubelets == NULL)
		return false;
	k->aggregator = aggregator_open(loop, conf.upstream.cert_file == NULL ?
	    NULL : &conf.upstream, err);
	if (k->aggregator == NULL)
		return false;
	k->control = (struct control){ &k->sim, NULL, k->kubelets, &k->churn,
	    k->aggregator };
	k->api = api_open(loop, &k->sim, k->tls, k->kubelets, &k->control);
	k->control.api = k->api;
	churn_init(&k->churn, loop, &k->sim, k->api, k->truth);
	churn_set(&k->churn, CHURN_REPLACE, conf.churn);
	churn_set(&k->churn, CHURN_RESTART, conf.restart_rate);
	churn_set(&k->churn, CHURN_RESET, conf.reset_rate);
	return listen_control(k, err) && listen_api(k, err);
}

static void
close_all(struct kubesim *k)
{
	churn_fini(&k->churn);
	if (k->control_http != NULL)
		evhttp_free(k->control_http);
	api_close(k->api);
	aggregator_close(k->aggregator);
	kubelets_close(k->kubelets);
	truth_close(k->truth);
	SSL_CTX_free(k->tls);
	web_set_token(NULL);
	sim_fini(&k->sim);
}

int
main(int argc, char **argv)
{
	static struct kubesim k;
	struct err err;

	daemon_init(&k.daemon, &program, argc, argv);
	if (k.daemon.is_check)
		return 0;
	raise_file_limit();
	if (!open_all(&k, &err))
		log_die(EX_UNAVAILABLE, "start_failed error=%s",
		    log_qs(err.msg));
	daemon_run(&k.daemon);
	log_info("cost cpu_seconds=%.3f rss_bytes=%" PRIu64 " requests=%"
	    PRIu64 " bytes_sent=%" PRIu64 " errors_injected=%" PRIu64,
	    control_cpu_seconds(), control_rss_bytes(), web_stats.requests,
	    web_stats.bytes_sent, web_stats.errors_injected);
	close_all(&k);
	daemon_fini(&k.daemon);
	return 0;
}
