/* SPDX-License-Identifier: ISC */
/*
 * cheapster-apiserver: keeps the last minutes of every metric and serves them
 * over HTTP.  The store is in store.h, what is served in api.h.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sysexits.h>

#include "common/bus.h"
#include "common/bus_options.h"
#include "common/clock.h"
#include "common/daemon.h"
#include "common/exporter.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "apiserver/api.h"
#include "apiserver/api_stats.h"
#include "apiserver/history_source.h"
#include "apiserver/http.h"
#include "apiserver/listen.h"
#include "apiserver/secure.h"
#include "apiserver/server_stats.h"
#include "apiserver/store.h"

#define FRAME_ARENA_BYTES_MAX (256u << 20)
#define RETENTION_MIN_NS NS_PER_S
#define HTTP_TIMEOUT_MIN_NS NS_PER_S
#define STORE_BYTES_MIN (16u << 20)

#define APISERVER_COUNTERS(X) \
	X(frames_undecodable, COUNTER, "lines that were no frames")
COUNTERS_STRUCT(apiserver_counters, APISERVER_COUNTERS)

static struct {
	const char *live, *replay, *name, *historical_source;
	const char *label_separator;
	struct http_conf http;
	bool is_model_disabled, is_export_disabled;
	int64_t retention_ns;
	int64_t max_age_ns;
	uint64_t store_bytes;
	uint64_t kubelet_metrics_nodes;
} conf = { .http = {
	.bytes_per_s = HTTP_BYTES_PER_S,
	.sending_bytes_max = HTTP_SENDING_BYTES_MAX,
} };

static const struct opt options[] = {
	OPT_STRING("listen", conf.http.listen, ":8082", "ADDRESS:PORT",
	    "where the API is served; without an address on all of them"),
	OPT_DURATION("http-timeout", conf.http.timeout_ns, "90s",
	    "a connection without a whole request for so long is closed"),
	OPT_STRING("tls-cert", conf.http.tls.cert, NULL, "FILE",
	    "serve HTTPS with this certificate, and those between it and its "
	    "CA, in PEM; read anew when it changes"),
	OPT_STRING("tls-key", conf.http.tls.key, NULL, "FILE",
	    "the key of --tls-cert"),
	OPT_STRING("tls-client-ca", conf.http.tls.client_ca, NULL, "FILE",
	    "serve only clients with a certificate of one of these CAs; "
	    "/healthz is open to all"),
	OPT_STRING("allowed-users", conf.http.allowed_users, NULL,
	    "NAME,...", "of these only clients with one of these common "
	    "names; needs --tls-client-ca"),
	OPT_DURATION("retention", conf.retention_ns, "15m",
	    "how long every metric is kept"),
	OPT_DURATION("max-age", conf.max_age_ns, NULL,
	    "the Metrics API tells the last good value of what was not "
	    "measured since for so long, with its time; default three "
	    "resolutions"),
	OPT_U64("kubelet-metrics-nodes", conf.kubelet_metrics_nodes, "1000",
	    "N", "in /metrics, tell of each kubelet of so many, and of more "
	    "only together"),
	OPT_SIZE("store-bytes", conf.store_bytes, "4Gi",
	    "the store's files never take more than this"),
	OPT_STRING("historical-source", conf.historical_source, NULL,
	    "KIND:URI", "what old values are read from: influxdb:URL or "
	    "sqlite:PATH; without it there is no historical API"),
	OPT_STRING("label-separator", conf.label_separator, ",", "TEXT",
	    "what collectors join labels with: see theirs"),
	OPT_SWITCH("disable-export", conf.is_export_disabled,
	    "answer an empty list where all of the newest values are asked "
	    "for, at /api/v1/metric-export"),
	OPT_STRING("out-bus", conf.live, NULL, "URL",
	    "take frames from here; default ipc:// in the run directory"),
	OPT_STRING("out-replay", conf.replay, NULL, "URL",
	    "ask here for frames that were missed"),
	OPT_STRING("name", conf.name, NULL, "NAME",
	    "names the store, for two API servers with one state directory"),
	OPT_SWITCH("disable-metric-sink", conf.is_model_disabled,
	    "keep only what /healthz has to know, and serve no metrics"),
	OPT_END
};

/* As in Heapster an empty value is none. */
static void
drop_empty(const char **value)
{
	if (*value != NULL && **value == '\0')
		*value = NULL;
}

static void
check_options(const struct opt_program *program)
{
	struct err err;

	if (conf.retention_ns < RETENTION_MIN_NS)
		opt_usage(program, "--retention: at least 1s, please");
	if (conf.http.timeout_ns < HTTP_TIMEOUT_MIN_NS)
		opt_usage(program, "--http-timeout: at least 1s, please");
	if (conf.store_bytes < STORE_BYTES_MIN)
		opt_usage(program, "--store-bytes: at least 16Mi, please");
	if (conf.name != NULL && !daemon_is_name(conf.name))
		opt_usage(program, "--name=%s: not a file name", conf.name);
	if (!listen_check(conf.http.listen, &err))
		opt_usage(program, "--listen=%s", err.msg);
	drop_empty(&conf.http.tls.cert);
	drop_empty(&conf.http.tls.key);
	drop_empty(&conf.http.tls.client_ca);
	drop_empty(&conf.http.allowed_users);
	if (!http_check(&conf.http, &err))
		opt_usage(program, "%s", err.msg);
	if (conf.historical_source != NULL &&
	    !history_source_check(conf.historical_source, &err))
		opt_usage(program, "--historical-source: %s", err.msg);
	secure_check(program);
	bus_check(program, conf.live, conf.replay, bus_security);
}

static const struct opt bus_heading[] = {
	OPT_GROUP("The bus and the process"),
	OPT_END
};

static const struct opt *const tables[] = {
	options, secure_options, bus_heading, bus_options, daemon_options, NULL
};

static const struct opt_program program = {
	.name = "cheapster-apiserver",
	.synopsis = "",
	.summary = "keeps the last minutes of every metric and serves them",
	.tables = tables,
	.check = check_options,
};

struct apiserver {
	struct daemon daemon;
	struct store *store;
	struct api api;
	struct historical historical;
	struct api_stats *stats;
	struct server_stats *server_stats;	/* NULL: no secure port */
	struct exporter exporter;
	struct http *http;
	struct secure secure;
	struct bus_sub *out;
	struct arena arena;	/* of the frame in hand */
	struct log_condition undecodable;
	struct log_condition disk_full;
	struct apiserver_counters counters;
	struct store_counters store_counters;
	struct http_counters http_counters;
	struct bus_sub_counters sub_counters;
};

static void
take_frame(struct apiserver *a, const struct frame *f,
    const struct frame_line *line)
{
	int64_t began_ns = clock_mono_ns();
	struct err err;

	/* Roll-ups say all that health is about. */
	if (conf.is_model_disabled && f->kind != FRAME_ROLLUP)
		return;
	if (store_add(a->store, f, line->epoch, line->seq, clock_wall_ns(),
	    &err)) {
		if (log_clear(&a->disk_full))
			log_info("store_writable");
	} else if (log_onset(&a->disk_full, clock_mono_ns())) {
		log_err("store_not_written seen=%" PRIu64 " error=%s "
		    "kept_in=memory", a->disk_full.seen, log_qs(err.msg));
	}
	exporter_note(&a->exporter, f->kind, clock_mono_ns() - began_ns,
	    clock_wall_ns());
	if (a->server_stats != NULL)
		server_stats_take(a->server_stats, f,
		    clock_mono_ns() - began_ns);
	if (f->kind == FRAME_ROLLUP)
		api_rest(&a->api, clock_wall_ns());
}

static void
on_line(void *arg, const struct frame_line *line)
{
	struct apiserver *a = arg;
	struct frame f;
	struct err err;

	arena_reset(&a->arena);
	if (frame_decode(&f, &a->arena, line->json, &err)) {
		take_frame(a, &f, line);
		if (log_clear(&a->undecodable))
			log_info("frames_decodable");
		return;
	}
	a->counters.frames_undecodable++;
	if (log_onset(&a->undecodable, clock_mono_ns()))
		log_warn("frame_undecodable epoch=%" PRIu64 " seq=%" PRIu64
		    " seen=%" PRIu64 " error=%s", line->epoch, line->seq,
		    a->undecodable.seen, log_qs(err.msg));
}

static bool
open_store(struct apiserver *a, struct err *err)
{
	char *directory = xasprintf("%s/store%s%s", a->daemon.state_dir,
	    conf.name == NULL ? "" : "-", conf.name == NULL ? "" : conf.name);

	a->store = store_open(directory, conf.retention_ns, conf.store_bytes,
	    &a->store_counters, err);
	free(directory);
	if (a->store == NULL)
		return false;
	if (a->store_counters.segments_damaged > 0)
		log_warn("store_damaged files_moved_aside=%" PRIu64
		    " error=%s", a->store_counters.segments_damaged,
		    log_qs(err->msg));
	log_info("store_opened bytes=%" PRIu64 " entities=%" PRIu64
	    " values=%" PRIu64, a->store_counters.bytes,
	    a->store_counters.entities, a->store_counters.values);
	return true;
}

static bool
open_all(struct apiserver *a, const struct bus_address *address,
    struct err *err)
{
	struct bus_sub_conf sub = {
		.address = *address,
		.on_line = on_line,
		.arg = a,
	};

	if (!open_store(a, err))
		return false;
	a->api = (struct api){
		.store = a->store,
		.counters = &a->daemon.counters,
		.is_model_disabled = conf.is_model_disabled,
		.label_separator = str_of(conf.label_separator),
		.is_export_disabled = conf.is_export_disabled,
		.stats = a->stats,
		.server_stats = a->server_stats,
		.max_age_ns = conf.max_age_ns,
	};
	if (conf.historical_source != NULL) {
		if (!history_source_open(&a->historical, &a->daemon.loop,
		    conf.historical_source, err))
			return false;
		a->api.historical = &a->historical;
	}
	conf.http.n_servers = secure_is_wanted() ? 2 : 1;
	a->http = http_open(&a->daemon.loop, &conf.http, &a->api,
	    &a->http_counters, err);
	if (a->http == NULL)
		return false;
	if (!secure_open(&a->secure, &a->daemon, &conf.http, &a->api,
	    &a->http_counters, err))
		return false;
	a->out = bus_sub_open(&a->daemon.loop, &sub, &a->sub_counters, err);
	if (a->out == NULL)
		return false;
	for (size_t i = 0; i < store_n_positions(a->store); i++) {
		uint64_t epoch, seq;

		store_position(a->store, i, &epoch, &seq);
		bus_sub_seed(a->out, epoch, seq);
	}
	return true;
}

static void
count_secure(struct apiserver *a)
{
	counters_add(&a->daemon.counters, &a->secure.counters,
	    reviews_counters);
	a->server_stats = server_stats_new(conf.kubelet_metrics_nodes);
	counters_add_printer(&a->daemon.counters, server_stats_print,
	    a->server_stats);
}

/* One after the other, in the time that there is for both. */
static void
stop_serving(struct apiserver *a)
{
	int64_t until_ns = clock_mono_ns() + a->daemon.shutdown_timeout_ns;
	int64_t left_ns;

	http_stop(a->http, a->daemon.shutdown_timeout_ns);
	left_ns = until_ns - clock_mono_ns();
	secure_stop(&a->secure, left_ns > 0 ? left_ns : 0);
}

int
main(int argc, char **argv)
{
	static struct apiserver a;
	struct bus_address address;
	struct err err = { "" };

	daemon_init(&a.daemon, &program, argc, argv);
	if (!bus_addresses(&address, a.daemon.run_dir, "out", conf.live,
	    conf.replay, bus_security, &err))
		opt_usage(&program, "%s", err.msg);
	if (a.daemon.is_check)
		return 0;
	counters_add(&a.daemon.counters, &a.counters, apiserver_counters);
	counters_add(&a.daemon.counters, &a.store_counters, store_counters);
	counters_add(&a.daemon.counters, &a.http_counters, http_counters);
	counters_add(&a.daemon.counters, &a.sub_counters, bus_sub_counters);
	if (secure_is_wanted())
		count_secure(&a);
	a.stats = api_stats_new();
	exporter_init(&a.exporter, "metric");
	counters_add_printer(&a.daemon.counters, api_stats_print, a.stats);
	counters_add_printer(&a.daemon.counters, exporter_print, &a.exporter);
	if (conf.historical_source != NULL)
		counters_add(&a.daemon.counters, &a.historical.counters,
		    historical_counters);
	arena_init(&a.arena, FRAME_ARENA_BYTES_MAX);
	if (!open_all(&a, &address, &err))
		log_die(EX_UNAVAILABLE, "start_failed error=%s",
		    log_qs(err.msg));
	daemon_run(&a.daemon);
	stop_serving(&a);
	bus_sub_close(a.out);
	http_close(a.http);
	secure_close(&a.secure);
	historical_close(&a.historical);
	store_close(a.store);
	api_fini(&a.api);
	arena_fini(&a.arena);
	daemon_fini(&a.daemon);
	api_stats_free(a.stats);
	server_stats_free(a.server_stats);
	return 0;
}
