/* SPDX-License-Identifier: ISC */
/*
 * What the launcher starts: one aggregator, one apiserver, one program per
 * sink and one collector, each with its arguments.
 *
 * The programs are looked for in bin_dirs, in that order, and never in PATH.
 *
 * What may have a password in it, the operand of a sink and the source of
 * history, goes by the environment of that one program: the arguments of a
 * process can be read by everybody on the machine.
 */
#ifndef LAUNCHER_PLAN_H
#define LAUNCHER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/opt.h"

#define PLAN_READY_FD 3		/* what a child knows its --ready-fd as */
#define PLAN_BIN_DIRS_MAX 3

/* Where the apiserver finds the source of history; sink.h has a sink's. */
#define PLAN_HISTORY_VARIABLE "CHEAPSTER_HISTORICAL_SOURCE"

/* Where the secure port is unless it is said: Heapster's, metrics-server's. */
#define PLAN_SECURE_PORT 6443
#define PLAN_METRICS_SERVER_PORT 443

/* In the order in which they are stopped: upstream first. */
enum stage { STAGE_COLLECTOR, STAGE_AGGREGATOR, STAGE_READERS, STAGE_COUNT };

struct program {
	char *name;		/* "collector", "sink-log-2" */
	char *path;
	char **argv;		/* NULL-terminated */
	size_t n_args;
	char *variable;		/* "NAME=value" for its environment, or NULL */
	enum stage stage;
	bool is_sink;		/* the others can do without it */
};

struct plan_conf {
	const char *bin_dir;			/* NULL: bin_dirs */
	const char *bin_dirs[PLAN_BIN_DIRS_MAX];	/* NULL: none */
	struct opt_list sources;		/* one */
	struct opt_list sinks;
	struct opt_list store_labels;		/* and what follows, as the */
	struct opt_list ignore_labels;		/* collector has it */
	const char *label_separator;
	const char *kubelet_ca_file, *kubelet_cert_file, *kubelet_key_file;
	const char *kubelet_address_types;
	const char *kubelet_via;
	const char *kubeconfig;
	const char *kube_context;
	const char *node_selector;
	const char *kube_token_file;
	const char *kube_ca_file, *kube_cert_file, *kube_key_file;
	uint64_t kubelet_port;
	bool is_kubelet_insecure;
	bool may_send_token_plainly;
	const char *run_dir;
	const char *state_dir;
	const char *spool;			/* as the aggregator has it */
	uint64_t spool_bytes;			/* 0: not given */
	int64_t spool_age_ns;			/* -1: not given */
	const char *listen_ip;			/* "": every address */
	uint64_t port;
	const char *tls_cert, *tls_key, *tls_client_ca;	/* and what follows, */
	struct opt_list allowed_users;		/* as the apiserver has it */
	const char *historical_source;

	/* The apiserver's secure port, and what it has for it. */
	bool is_metrics_server;			/* called so: there is one */
	bool want_api_server;
	uint64_t secure_port;			/* 0: not given */
	const char *bind_address;		/* "": every address */
	const char *cert_dir, *tls_cert_file, *tls_key_file;
	const char *tls_min_version, *tls_ciphers;
	const char *client_ca_file, *proxy_ca_file, *proxy_names;
	const char *proxy_user_headers, *proxy_group_headers;
	const char *proxy_uid_headers, *proxy_extra_prefixes;
	const char *authentication_kubeconfig, *authorization_kubeconfig;
	bool is_lookup_skipped, is_lookup_failure_tolerated;
	const char *token_ttl, *allowed_ttl, *denied_ttl;
	const char *always_allowed;

	bool is_export_disabled;
	bool is_model_disabled;			/* unless the sink metric is
						 * asked for */
	uint64_t verbose;
	bool want_log_timestamps;
	bool is_check;
	int64_t resolution_ns;
	int64_t retention_ns;			/* 0: the apiserver's own */
	int64_t max_age_ns;			/* the same */
	int64_t shutdown_timeout_ns;
};

struct plan {
	struct program *programs;	/* in the order of their start */
	size_t n_programs;
	bool has_metric_sink;		/* asked for: one sink that cannot fail */
};

/*
 * A sink that has no program is logged and left out; false when sinks were
 * asked for and none is left, or when one of the other programs is missing.
 */
bool plan_init(struct plan *plan, const struct plan_conf *conf,
    struct err *err);
void plan_fini(struct plan *plan);

#endif
