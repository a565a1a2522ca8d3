/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/socket.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/plan.h"
#include "common/buf.h"
#include "common/expand.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/str.h"

#define NS_PER_MS INT64_C(1000000)

__attribute__((format(printf, 2, 3)))
static void
add_arg(struct program *p, const char *fmt, ...)
{
	va_list ap;
	char *arg;

	va_start(ap, fmt);
	if (vasprintf(&arg, fmt, ap) == -1)
		abort();
	va_end(ap);
	p->argv = xrealloc(p->argv, p->n_args + 2, sizeof *p->argv);
	p->argv[p->n_args++] = arg;
	p->argv[p->n_args] = NULL;
}

/* NULL: there is no such program. */
static char *
find_program(const struct plan_conf *conf, const char *name)
{
	for (size_t i = 0; i < PLAN_BIN_DIRS_MAX; i++) {
		char *path;

		if (conf->bin_dirs[i] == NULL)
			continue;
		path = xasprintf("%s/cheapster-%s", conf->bin_dirs[i], name);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static void
add_common_args(struct program *p, const struct plan_conf *conf)
{
	add_arg(p, "%s", p->path);
	add_arg(p, "--run-dir=%s", conf->run_dir);
	add_arg(p, "--state-dir=%s", conf->state_dir);
	/* Its own deadline has to come before our SIGKILL. */
	add_arg(p, "--shutdown-timeout=%" PRId64 "ms",
	    conf->shutdown_timeout_ns / NS_PER_MS * 4 / 5);
	if (conf->verbose > 0)
		add_arg(p, "--verbose=%" PRIu64, conf->verbose);
	if (conf->want_log_timestamps)
		add_arg(p, "--log-timestamps");
	if (conf->is_check)
		add_arg(p, "--check");
	else
		add_arg(p, "--ready-fd=%d", PLAN_READY_FD);
}

/* Takes path.  The result is valid until the next one is added. */
static struct program *
add_program(struct plan *plan, const struct plan_conf *conf, const char *name,
    char *path, enum stage stage)
{
	struct program *p;

	plan->programs = xrealloc(plan->programs, plan->n_programs + 1,
	    sizeof *plan->programs);
	p = &plan->programs[plan->n_programs++];
	memset(p, 0, sizeof *p);
	p->name = xstrdup(name);
	p->path = path;
	p->stage = stage;
	add_common_args(p, conf);
	return p;
}

static struct program *
add_required(struct plan *plan, const struct plan_conf *conf, const char *name,
    enum stage stage, struct err *err)
{
	char *path = find_program(conf, name);

	if (path == NULL) {
		err_set(err, "cheapster-%s: not found beside this program",
		    name);
		return NULL;
	}
	return add_program(plan, conf, name, path, stage);
}

static bool
has_ipv6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

static bool
add_apiserver(struct plan *plan, const struct plan_conf *conf, struct err *err)
{
	struct program *p = add_required(plan, conf, "apiserver",
	    STAGE_READERS, err);
	const char *ip = conf->listen_ip;

	if (p == NULL)
		return false;
	if (*ip == '\0')
		ip = has_ipv6() ? "::" : "0.0.0.0";
	add_arg(p, strchr(ip, ':') != NULL ? "--listen=[%s]:%" PRIu64 :
	    "--listen=%s:%" PRIu64, ip, conf->port);
	if (conf->retention_ns > 0)
		add_arg(p, "--retention=%" PRId64 "ms",
		    conf->retention_ns / NS_PER_MS);
	if (conf->label_separator != NULL)
		add_arg(p, "--label-separator=%s", conf->label_separator);
	return true;
}

static void
add_identity_args(struct program *p, const struct plan_conf *conf)
{
	const struct { const char *flag, *value; } files[] = {
		{ "kubeconfig", conf->kubeconfig },
		{ "kube-context", conf->kube_context },
		{ "kube-token-file", conf->kube_token_file },
		{ "kube-certificate-authority", conf->kube_ca_file },
		{ "kube-client-certificate", conf->kube_cert_file },
		{ "kube-client-key", conf->kube_key_file },
		{ "kubelet-certificate-authority", conf->kubelet_ca_file },
		{ "kubelet-client-certificate", conf->kubelet_cert_file },
		{ "kubelet-client-key", conf->kubelet_key_file },
	};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (files[i].value != NULL)
			add_arg(p, "--%s=%s", files[i].flag, files[i].value);
	if (conf->may_send_token_plainly)
		add_arg(p, "--allow-plain-token");
	if (conf->is_kubelet_insecure)
		add_arg(p, "--kubelet-insecure-tls");
}

/* What is not given is left to the collector. */
static void
add_cluster_args(struct program *p, const struct plan_conf *conf)
{
	if (conf->label_separator != NULL)
		add_arg(p, "--label-separator=%s", conf->label_separator);
	for (size_t i = 0; i < conf->store_labels->n; i++)
		add_arg(p, "--store-label=%s", conf->store_labels->items[i]);
	for (size_t i = 0; i < conf->ignore_labels->n; i++)
		add_arg(p, "--ignore-label=%s", conf->ignore_labels->items[i]);
	if (conf->kubelet_address_types != NULL)
		add_arg(p, "--kubelet-preferred-address-types=%s",
		    conf->kubelet_address_types);
	if (conf->kubelet_via != NULL)
		add_arg(p, "--kubelet-via=%s", conf->kubelet_via);
	if (conf->node_selector != NULL)
		add_arg(p, "--node-selector=%s", conf->node_selector);
	if (conf->kubelet_port != 0)
		add_arg(p, "--kubelet-port=%" PRIu64, conf->kubelet_port);
	add_identity_args(p, conf);
}

static bool
add_collector(struct plan *plan, const struct plan_conf *conf, struct err *err)
{
	struct program *p = add_required(plan, conf, "collector",
	    STAGE_COLLECTOR, err);
	struct buf source = BUF_INIT;

	if (p == NULL)
		return false;
	expand_variables(str_of(conf->sources->items[0]), getenv, &source);
	add_arg(p, "--source=%.*s", STR_ARG(buf_str(&source)));
	buf_fini(&source);
	if (conf->resolution_ns > 0)
		add_arg(p, "--metric-resolution=%" PRId64 "ms",
		    conf->resolution_ns / NS_PER_MS);
	add_cluster_args(p, conf);
	return true;
}

/* A key becomes a part of a path. */
static bool
is_sink_key(struct str key)
{
	if (key.len == 0)
		return false;
	for (size_t i = 0; i < key.len; i++)
		if ((key.p[i] < 'a' || key.p[i] > 'z') &&
		    (key.p[i] < '0' || key.p[i] > '9') &&
		    (key.p[i] != '-' || i == 0))
			return false;
	return true;
}

static struct str
sink_key(const char *uri)
{
	struct str rest = str_of(uri);

	return str_cut(&rest, ':');
}

/* How many of the sinks before the i-th have the same key. */
static size_t
count_same_key(const struct opt_list *sinks, size_t i)
{
	size_t n = 0;

	for (size_t j = 0; j < i; j++)
		if (str_eq(sink_key(sinks->items[j]),
		    sink_key(sinks->items[i])))
			n++;
	return n;
}

static void
add_sink(struct plan *plan, const struct plan_conf *conf, struct str key,
    size_t n_before, char *path, struct str operand)
{
	char *instance = n_before == 0 ? str_dup(key) :
	    xasprintf("%.*s-%zu", STR_ARG(key), n_before + 1);
	char *name = xasprintf("sink-%s", instance);
	struct program *p = add_program(plan, conf, name, path, STAGE_READERS);
	struct buf expanded = BUF_INIT;

	add_arg(p, "--name=%s", instance);
	if (operand.len > 0) {
		expand_variables(operand, getenv, &expanded);
		add_arg(p, "--");
		add_arg(p, "%.*s", STR_ARG(buf_str(&expanded)));
	}
	buf_fini(&expanded);
	free(name);
	free(instance);
}

static bool
add_sinks(struct plan *plan, const struct plan_conf *conf, struct err *err)
{
	size_t n_made = 0;

	for (size_t i = 0; i < conf->sinks->n; i++) {
		struct str operand = str_of(conf->sinks->items[i]);
		struct str key = str_cut(&operand, ':');
		char *path = NULL;

		/* The model of the "metric" sink is the apiserver's. */
		if (str_is(key, "metric")) {
			n_made++;
			continue;
		}
		if (is_sink_key(key)) {
			char *name = xasprintf("sink-%.*s", STR_ARG(key));

			path = find_program(conf, name);
			free(name);
		}
		if (path == NULL) {
			log_err("sink_unknown sink=%s", log_q(key));
			continue;
		}
		add_sink(plan, conf, key, count_same_key(conf->sinks, i), path,
		    operand);
		n_made++;
	}
	return n_made > 0 || conf->sinks->n == 0 ||
	    err_set(err, "none of the sinks is known");
}

bool
plan_init(struct plan *plan, const struct plan_conf *conf, struct err *err)
{
	memset(plan, 0, sizeof *plan);
	if (add_required(plan, conf, "aggregator", STAGE_AGGREGATOR, err) !=
	    NULL && add_apiserver(plan, conf, err) &&
	    add_sinks(plan, conf, err) && add_collector(plan, conf, err))
		return true;
	plan_fini(plan);
	return false;
}

void
plan_fini(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_programs; i++) {
		struct program *p = &plan->programs[i];

		for (size_t j = 0; j < p->n_args; j++)
			free(p->argv[j]);
		free(p->argv);
		free(p->path);
		free(p->name);
	}
	free(plan->programs);
	memset(plan, 0, sizeof *plan);
}
