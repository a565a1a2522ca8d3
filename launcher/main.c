/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "launcher/plan.h"
#include "launcher/spawn.h"
#include "launcher/supervisor.h"
#include "common/daemon.h"
#include "common/log.h"

static struct {
	struct opt_list sources;
	struct opt_list sinks;
	int64_t resolution_ns;
	int64_t retention_ns;
	uint64_t port;
	const char *listen_ip;
	const char *bin_dir;
	struct opt_list store_labels, ignore_labels;
	const char *label_separator, *kubelet_ca_file, *kubelet_address_types;
	const char *kubelet_cert_file, *kubelet_key_file;
	const char *kubelet_via, *kubeconfig, *kube_context, *kube_token_file;
	const char *kube_ca_file, *kube_cert_file, *kube_key_file;
	const char *node_selector;
	uint64_t kubelet_port;
	bool is_kubelet_insecure, may_send_token_plainly;
} conf;

static const struct opt own_options[] = {
	OPT_LIST("source", conf.sources, "KEY[:REST]",
	    "where the metrics come from: kubernetes: for a cluster (the "
	    "default inside a pod), kubelet:URL for one node, local: for "
	    "this machine"),
	OPT_LIST("sink", conf.sinks, "KEY[:REST]",
	    "where the metrics go: KEY is the name of a cheapster-sink-KEY, "
	    "REST its operand"),
	OPT_DURATION("metric-resolution", conf.resolution_ns, NULL,
	    "how often metrics are collected; default 10s for local:, 60s "
	    "for kubelets"),
	OPT_U64("heapster-port", conf.port, "8082", "PORT",
	    "where the HTTP API is served"),
	OPT_STRING("listen-ip", conf.listen_ip, "", "ADDRESS",
	    "where the HTTP API is served; every address if empty"),
	OPT_DURATION("retention", conf.retention_ns, NULL,
	    "how much history the HTTP API keeps"),
	OPT_STRING("label-separator", conf.label_separator, NULL, "TEXT",
	    "between the labels of an object in the label \"labels\"; default "
	    "a comma"),
	OPT_LIST("store-label", conf.store_labels, "[NAME=]LABEL",
	    "give sets this label of their pod or node as one of their own"),
	OPT_LIST("ignore-label", conf.ignore_labels, "LABEL",
	    "leave this one out of the label \"labels\""),
	OPT_STRING("kubelet-certificate-authority", conf.kubelet_ca_file, NULL,
	    "FILE", "who signed the kubelets' certificates; default the "
	    "cluster's CA"),
	OPT_STRING("kubelet-client-certificate", conf.kubelet_cert_file, NULL,
	    "FILE", "shown to kubelets; default that for the kube-apiserver"),
	OPT_STRING("kubelet-client-key", conf.kubelet_key_file, NULL, "FILE",
	    "its key"),
	OPT_SWITCH("kubelet-insecure-tls", conf.is_kubelet_insecure,
	    "do not verify the kubelets' certificates"),
	OPT_STRING("kubeconfig", conf.kubeconfig, NULL, "FILE",
	    "says where the cluster is and who we are"),
	OPT_STRING("kube-context", conf.kube_context, NULL, "NAME",
	    "of the kubeconfig file; default its current-context"),
	OPT_STRING("node-selector", conf.node_selector, NULL, "EXPR",
	    "ask the kubelets of nodes with these labels alone"),
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
	OPT_U64("kubelet-port", conf.kubelet_port, NULL, "PORT",
	    "of all kubelets; default what a node says, else 10250"),
	OPT_STRING("kubelet-via", conf.kubelet_via, NULL, "HOW",
	    "direct; proxy, through the kube-apiserver; or auto"),
	OPT_STRING("kubelet-preferred-address-types",
	    conf.kubelet_address_types, NULL, "LIST",
	    "where a node's kubelet is asked: the first of these that it has"),
	OPT_STRING("bin-dir", conf.bin_dir, NULL, "DIR",
	    "where the other programs are, instead of beside this one"),
	OPT_END
};

static void
check_options(const struct opt_program *program)
{
	if (conf.sources.n == 0 && getenv("KUBERNETES_SERVICE_HOST") != NULL)
		conf.sources.items[conf.sources.n++] = "kubernetes:";
	if (conf.sources.n == 0)
		opt_usage(program, "no --source; on a machine without a "
		    "cluster --source=local: is the way");
	if (conf.sources.n > 1)
		opt_usage(program, "more than one --source");
	if (*conf.sources.items[0] == '\0' || *conf.sources.items[0] == ':')
		opt_usage(program, "--source: not KEY[:REST]: %s",
		    log_qs(conf.sources.items[0]));
	if (conf.port > UINT16_MAX)
		opt_usage(program, "--heapster-port: not a port");
}

/* These are ours alone; two processes cannot share the address. */
static void
environment_clean(void)
{
	static const char *const names[] = {
		"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
		"CHEAPSTER_CHECK", "CHEAPSTER_LISTEN",
		"CHEAPSTER_METRICS_LISTEN", "CHEAPSTER_NAME",
		"CHEAPSTER_READY_FD",
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
}

/* NULL when it cannot be told. */
static const char *
own_dir(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	return path;
}

static void
plan_make(struct plan *plan, const struct daemon *d)
{
	char path[PATH_MAX];
	struct plan_conf c = {
		.bin_dirs = { conf.bin_dir },
		.sources = &conf.sources, .sinks = &conf.sinks,
		.store_labels = &conf.store_labels,
		.ignore_labels = &conf.ignore_labels,
		.label_separator = conf.label_separator,
		.kubelet_ca_file = conf.kubelet_ca_file,
		.kubelet_cert_file = conf.kubelet_cert_file,
		.kubelet_key_file = conf.kubelet_key_file,
		.kubelet_address_types = conf.kubelet_address_types,
		.kubelet_port = conf.kubelet_port,
		.kubelet_via = conf.kubelet_via,
		.kubeconfig = conf.kubeconfig,
		.kube_context = conf.kube_context,
		.node_selector = conf.node_selector,
		.kube_token_file = conf.kube_token_file,
		.kube_ca_file = conf.kube_ca_file,
		.kube_cert_file = conf.kube_cert_file,
		.kube_key_file = conf.kube_key_file,
		.may_send_token_plainly = conf.may_send_token_plainly,
		.is_kubelet_insecure = conf.is_kubelet_insecure,
		.run_dir = d->run_dir, .state_dir = d->state_dir,
		.listen_ip = conf.listen_ip, .port = conf.port,
		.verbose = d->verbose,
		.want_log_timestamps = d->want_log_timestamps,
		.is_check = d->is_check,
		.resolution_ns = conf.resolution_ns,
		.retention_ns = conf.retention_ns,
		.shutdown_timeout_ns = d->shutdown_timeout_ns,
	};
	struct err err;

	if (conf.bin_dir == NULL) {
		c.bin_dirs[0] = own_dir(path);
		c.bin_dirs[1] = BINDIR;
	}
	if (!plan_init(plan, &c, &err))
		log_die(EX_CONFIG, "start_failed error=%s", log_qs(err.msg));
}

static void
on_hangup(void *arg)
{
	supervisor_signal(arg, SIGHUP);
}

struct launcher {
	struct daemon daemon;
	struct plan plan;
	struct supervisor supervisor;
};

static void
on_usr1(void *arg)
{
	struct launcher *l = arg;

	daemon_log_counters(&l->daemon, "counters");
	supervisor_signal(&l->supervisor, SIGUSR1);
}

static void
on_all_ready(void *arg)
{
	daemon_ready(arg);
}

static void
launcher_open(struct launcher *l)
{
	struct err err;

	plan_make(&l->plan, &l->daemon);
	if (!supervisor_init(&l->supervisor, &l->daemon.loop, &l->plan, &err))
		log_die(EX_OSERR, "start_failed error=%s", log_qs(err.msg));
	l->supervisor.is_check = l->daemon.is_check;
	l->supervisor.on_ready = on_all_ready;
	l->supervisor.on_ready_arg = &l->daemon;
	l->daemon.counters.program = "launcher";
	counters_add(&l->daemon.counters, &l->supervisor.counters,
	    supervisor_counters);
	l->daemon.loop.on_hangup = on_hangup;
	l->daemon.loop.hook_arg = &l->supervisor;
	l->daemon.loop.on_usr1 = on_usr1;
	l->daemon.loop.usr1_arg = l;
}

int
main(int argc, char **argv)
{
	static const struct opt *const tables[] = {
		own_options, daemon_options, NULL,
	};
	static const struct opt_program program = {
		.name = "cheapster", .synopsis = "",
		.summary = "collects, rolls up, serves and exports resource "
		    "metrics",
		.tables = tables, .check = check_options,
	};
	struct launcher l = { 0 };

	spawn_second_step(argc, argv);
	daemon_init(&l.daemon, &program, argc, argv);
	environment_clean();
	launcher_open(&l);

	supervisor_start(&l.supervisor);
	if (l.daemon.is_check)
		loop_run(&l.daemon.loop);
	else
		daemon_loop(&l.daemon);
	supervisor_stop(&l.supervisor, l.daemon.shutdown_timeout_ns);

	supervisor_fini(&l.supervisor);
	plan_fini(&l.plan);
	daemon_fini(&l.daemon);
	return l.supervisor.exit_code;
}
