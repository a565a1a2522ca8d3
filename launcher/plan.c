/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/plan.h"
#include "launcher/program.h"
#include "common/buf.h"
#include "common/expand.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/sink.h"
#include "common/str.h"

#define NS_PER_MS INT64_C(1000000)

/* NULL: there is no such program. */
static char *
find_program(const struct plan_conf *conf, const char *name)
{
	const char *dirs[PLAN_BIN_DIRS_MAX] = { conf->bin_dir };

	if (conf->bin_dir == NULL)
		memcpy(dirs, conf->bin_dirs, sizeof dirs);
	for (size_t i = 0; i < PLAN_BIN_DIRS_MAX; i++) {
		char *path;

		if (dirs[i] == NULL)
			continue;
		path = xasprintf("%s/cheapster-%s", dirs[i], name);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static void
add_common_args(struct program *p, const struct plan_conf *conf)
{
	program_add(p, "%s", p->path);
	program_add(p, "--run-dir=%s", conf->run_dir);
	program_add(p, "--state-dir=%s", conf->state_dir);
	/* Its own deadline has to come before our SIGKILL. */
	program_add(p, "--shutdown-timeout=%" PRId64 "ms",
	    conf->shutdown_timeout_ns / NS_PER_MS * 4 / 5);
	if (conf->verbose > 0)
		program_add(p, "--verbose=%" PRIu64, conf->verbose);
	if (conf->want_log_timestamps)
		program_add(p, "--log-timestamps");
	if (conf->is_check)
		program_add(p, "--check");
	else
		program_add(p, "--ready-fd=%d", PLAN_READY_FD);
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
add_aggregator(struct plan *plan, const struct plan_conf *conf,
    struct err *err)
{
	struct program *p = add_required(plan, conf, "aggregator",
	    STAGE_AGGREGATOR, err);

	if (p == NULL)
		return false;
	if (conf->spool != NULL)
		program_add(p, "--spool=%s", conf->spool);
	if (conf->spool_bytes > 0)
		program_add(p, "--spool-bytes=%" PRIu64, conf->spool_bytes);
	if (conf->spool_age_ns >= 0)
		program_add(p, "--spool-age=%" PRId64 "ms",
		    conf->spool_age_ns / NS_PER_MS);
	return true;
}

/* NAME=text, variables expanded. */
static void
set_variable(struct program *p, const char *name, struct str text)
{
	struct buf expanded = BUF_INIT;

	expand_variables(text, getenv, &expanded);
	p->variable = xasprintf("%s=%.*s", name, STR_ARG(buf_str(&expanded)));
	buf_fini(&expanded);
}

static void
add_listen_args(struct program *p, const struct plan_conf *conf)
{
	const struct text_arg files[] = {
		{ "tls-cert", conf->tls_cert },
		{ "tls-key", conf->tls_key },
		{ "tls-client-ca", conf->tls_client_ca },
	};
	struct buf users = BUF_INIT;

	program_add_address(p, "listen", conf->listen_ip, conf->port);
	program_add_texts(p, files, sizeof files / sizeof files[0]);
	for (size_t i = 0; i < conf->allowed_users.n; i++)
		buf_addf(&users, "%s%s", i == 0 ? "" : ",",
		    conf->allowed_users.items[i]);
	if (users.len > 0)
		program_add(p, "--allowed-users=%.*s", STR_ARG(buf_str(&users)));
	buf_fini(&users);
}

/* Manifests have KEY:'' where no shell takes the quotes away. */
static struct str
without_quotes(const char *uri)
{
	struct str text = str_of(uri);

	if (text.len > 3 && (memcmp(text.p + text.len - 3, ":''", 3) == 0 ||
	    memcmp(text.p + text.len - 3, ":\"\"", 3) == 0))
		text.len -= 2;
	return text;
}

static void
add_kube_args(struct program *p, const struct plan_conf *conf,
    const char *kubeconfig)
{
	const struct text_arg files[] = {
		{ "kubeconfig", kubeconfig },
		{ "kube-context", conf->kube_context },
		{ "kube-token-file", conf->kube_token_file },
		{ "kube-certificate-authority", conf->kube_ca_file },
		{ "kube-client-certificate", conf->kube_cert_file },
		{ "kube-client-key", conf->kube_key_file },
	};

	program_add_texts(p, files, sizeof files / sizeof files[0]);
	if (conf->may_send_token_plainly)
		program_add(p, "--allow-plain-token");
}

static bool
wants_secure_port(const struct plan_conf *conf)
{
	return conf->is_metrics_server || conf->want_api_server ||
	    conf->secure_port != 0;
}

/* The kube-apiserver is the one that the source names, if it does. */
static void
add_kube_server(struct program *p, const struct plan_conf *conf)
{
	struct buf source = BUF_INIT;
	struct str server;

	expand_variables(without_quotes(conf->sources.items[0]), getenv,
	    &source);
	server = buf_str(&source);
	if (str_has_prefix(str_cut(&server, ':'), STR("kubernetes"))) {
		server = str_cut(&server, '?');
		if (server.len > 0)
			program_add(p, "--kube-server=%.*s", STR_ARG(server));
	}
	buf_fini(&source);
}

static void
add_secure_args(struct program *p, const struct plan_conf *conf)
{
	const struct text_arg texts[] = {
		{ "cert-dir", conf->cert_dir },
		{ "tls-cert-file", conf->tls_cert_file },
		{ "tls-private-key-file", conf->tls_key_file },
		{ "tls-min-version", conf->tls_min_version },
		{ "tls-cipher-suites", conf->tls_ciphers },
		{ "client-ca-file", conf->client_ca_file },
		{ "requestheader-client-ca-file", conf->proxy_ca_file },
		{ "requestheader-allowed-names", conf->proxy_names },
		{ "requestheader-username-headers", conf->proxy_user_headers },
		{ "requestheader-group-headers", conf->proxy_group_headers },
		{ "requestheader-uid-headers", conf->proxy_uid_headers },
		{ "requestheader-extra-headers-prefix",
		    conf->proxy_extra_prefixes },
		{ "authentication-token-webhook-cache-ttl", conf->token_ttl },
		{ "authorization-webhook-cache-authorized-ttl",
		    conf->allowed_ttl },
		{ "authorization-webhook-cache-unauthorized-ttl",
		    conf->denied_ttl },
		{ "authorization-always-allow-paths", conf->always_allowed },
	};
	const char *kubeconfig = conf->authentication_kubeconfig != NULL ?
	    conf->authentication_kubeconfig :
	    conf->authorization_kubeconfig != NULL ?
	    conf->authorization_kubeconfig : conf->kubeconfig;

	if (!wants_secure_port(conf))
		return;
	program_add_address(p, "secure-listen", conf->bind_address,
	    conf->secure_port != 0 ? conf->secure_port :
	    conf->is_metrics_server ? PLAN_METRICS_SERVER_PORT :
	    PLAN_SECURE_PORT);
	add_kube_server(p, conf);
	add_kube_args(p, conf, kubeconfig);
	program_add_texts(p, texts, sizeof texts / sizeof texts[0]);
	if (conf->is_lookup_skipped)
		program_add(p, "--authentication-skip-lookup");
	if (conf->is_lookup_failure_tolerated)
		program_add(p, "--authentication-tolerate-lookup-failure");
}

static bool
add_apiserver(struct plan *plan, const struct plan_conf *conf, struct err *err)
{
	struct program *p = add_required(plan, conf, "apiserver",
	    STAGE_READERS, err);

	if (p == NULL)
		return false;
	add_listen_args(p, conf);
	add_secure_args(p, conf);
	if (conf->retention_ns > 0)
		program_add(p, "--retention=%" PRId64 "ms",
		    conf->retention_ns / NS_PER_MS);
	if (conf->max_age_ns > 0)
		program_add(p, "--max-age=%" PRId64 "ms",
		    conf->max_age_ns / NS_PER_MS);
	/* Whoever selects by labels has to take them apart again. */
	if (conf->label_separator != NULL)
		program_add(p, "--label-separator=%s", conf->label_separator);
	if (conf->is_export_disabled)
		program_add(p, "--disable-export");
	if (conf->is_model_disabled && !plan->has_metric_sink)
		program_add(p, "--disable-metric-sink");
	if (conf->historical_source != NULL && *conf->historical_source != '\0')
		set_variable(p, PLAN_HISTORY_VARIABLE,
		    str_of(conf->historical_source));
	return true;
}

static void
add_kubelet_args(struct program *p, const struct plan_conf *conf)
{
	const struct text_arg files[] = {
		{ "kubelet-certificate-authority", conf->kubelet_ca_file },
		{ "kubelet-client-certificate", conf->kubelet_cert_file },
		{ "kubelet-client-key", conf->kubelet_key_file },
	};

	program_add_texts(p, files, sizeof files / sizeof files[0]);
	if (conf->is_kubelet_insecure)
		program_add(p, "--kubelet-insecure-tls");
}

/* What is not given is left to the collector. */
static void
add_cluster_args(struct program *p, const struct plan_conf *conf)
{
	if (conf->label_separator != NULL)
		program_add(p, "--label-separator=%s", conf->label_separator);
	for (size_t i = 0; i < conf->store_labels.n; i++)
		program_add(p, "--store-label=%s", conf->store_labels.items[i]);
	for (size_t i = 0; i < conf->ignore_labels.n; i++)
		program_add(p, "--ignore-label=%s", conf->ignore_labels.items[i]);
	if (conf->kubelet_address_types != NULL)
		program_add(p, "--kubelet-preferred-address-types=%s",
		    conf->kubelet_address_types);
	if (conf->kubelet_via != NULL)
		program_add(p, "--kubelet-via=%s", conf->kubelet_via);
	if (conf->node_selector != NULL)
		program_add(p, "--node-selector=%s", conf->node_selector);
	if (conf->kubelet_port != 0)
		program_add(p, "--kubelet-port=%" PRIu64, conf->kubelet_port);
	add_kube_args(p, conf, conf->kubeconfig);
	add_kubelet_args(p, conf);
}

static bool
add_collector(struct plan *plan, const struct plan_conf *conf, struct err *err)
{
	struct program *p = add_required(plan, conf, "collector",
	    STAGE_COLLECTOR, err);
	struct buf source = BUF_INIT;

	if (p == NULL)
		return false;
	expand_variables(without_quotes(conf->sources.items[0]), getenv,
	    &source);
	program_add(p, "--source=%.*s", STR_ARG(buf_str(&source)));
	buf_fini(&source);
	if (conf->resolution_ns > 0)
		program_add(p, "--metric-resolution=%" PRId64 "ms",
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

	p->is_sink = true;
	program_add(p, "--name=%s", instance);
	if (operand.len > 0)
		set_variable(p, SINK_OPERAND_VARIABLE, operand);
	free(name);
	free(instance);
}

static bool
add_sinks(struct plan *plan, const struct plan_conf *conf, struct err *err)
{
	size_t n_made = 0;

	for (size_t i = 0; i < conf->sinks.n; i++) {
		struct str operand = without_quotes(conf->sinks.items[i]);
		struct str key = str_cut(&operand, ':');
		char *path = NULL;

		/* The model of the "metric" sink is the apiserver's. */
		if (str_is(key, "metric"))
			continue;
		if (is_sink_key(key)) {
			char *name = xasprintf("sink-%.*s", STR_ARG(key));

			path = find_program(conf, name);
			free(name);
		}
		if (path == NULL) {
			log_err("sink_unknown sink=%s", log_q(key));
			continue;
		}
		add_sink(plan, conf, key, count_same_key(&conf->sinks, i), path,
		    operand);
		n_made++;
	}
	return n_made > 0 || conf->sinks.n == 0 || plan->has_metric_sink ||
	    err_set(err, "none of the sinks is known");
}

static bool
has_metric_sink(const struct opt_list *sinks)
{
	for (size_t i = 0; i < sinks->n; i++)
		if (str_is(sink_key(sinks->items[i]), "metric"))
			return true;
	return false;
}

/* KEY:PATH without options. */
static struct str
without_options(const char *uri)
{
	struct str rest = str_of(uri);

	return str_cut(&rest, '?');
}

/* A database of a service may be written by others; a file hardly is. */
static void
check_history(const struct plan_conf *conf)
{
	const char *source = conf->historical_source;

	if (source == NULL || !str_is(sink_key(source), "sqlite"))
		return;
	for (size_t i = 0; i < conf->sinks.n; i++)
		if (str_eq(without_options(conf->sinks.items[i]),
		    without_options(source)))
			return;
	log_warn("history_not_written historical_source=sqlite "
	    "error=\"no --sink=sqlite: with that file: nothing of ours "
	    "writes it\"");
}

bool
plan_init(struct plan *plan, const struct plan_conf *conf, struct err *err)
{
	memset(plan, 0, sizeof *plan);
	plan->has_metric_sink = has_metric_sink(&conf->sinks);
	check_history(conf);
	if (add_aggregator(plan, conf, err) &&
	    add_apiserver(plan, conf, err) &&
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
		free(p->variable);
		free(p->path);
		free(p->name);
	}
	free(plan->programs);
	memset(plan, 0, sizeof *plan);
}
