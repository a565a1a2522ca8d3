/* SPDX-License-Identifier: ISC */
/*
 * cheapster-collector: asks kubelets, or this machine, once per window and
 * publishes raw frames.  Who is asked when is in scrape.h and schedule.h.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/bus.h"
#include "common/bus_options.h"
#include "common/daemon.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timestamp.h"

#include "collector/cluster_options.h"
#include "collector/scrape.h"
#include "collector/source.h"

#define RESOLUTION_MIN_NS (100 * NS_PER_MS)
#define RESOLUTION_MAX_NS (24 * 3600 * NS_PER_S)
#define TIMEOUT_MAX_NS (20 * NS_PER_S)

static struct {
	struct opt_list sources;
	const char *live, *replay, *name, *node_name;
	int64_t resolution_ns, timeout_ns;
	uint64_t body_bytes_max, journal_bytes;
} conf;

static const struct opt options[] = {
	OPT_LIST("source", conf.sources, "KEY:REST",
	    "what to collect: kubernetes: (the default inside a pod), "
	    "kubelet:URL or local: (this machine, the default elsewhere)"),
	OPT_DURATION("metric-resolution", conf.resolution_ns, NULL,
	    "length of a window; default 10s for local:, 60s for kubelets"),
	OPT_DURATION("scrape-timeout", conf.timeout_ns, NULL,
	    "how long a kubelet may take; default 4/5 of a window, at most "
	    "20s"),
	OPT_SIZE("max-body", conf.body_bytes_max, "32Mi",
	    "a larger answer of a kubelet is a failed scrape"),
	OPT_STRING("node-name", conf.node_name, NULL, "NAME",
	    "name of the node of local:; default the hostname"),
	OPT_STRING("name", conf.name, NULL, "NAME",
	    "name of this collector; default the hostname"),
	OPT_STRING("raw-bus", conf.live, NULL, "URL",
	    "publish frames here; default ipc:// in the run directory"),
	OPT_STRING("raw-replay", conf.replay, NULL, "URL",
	    "answer here what the aggregator has missed"),
	OPT_SIZE("journal-bytes", conf.journal_bytes, "64Mi",
	    "how much of what was published is kept for replay"),
	OPT_END
};

static const struct opt *const tables[] = {
	options, cluster_options, bus_options, daemon_options, NULL
};

static struct source sources[OPT_LIST_MAX];
static struct cluster_settings cluster_settings;

/* NULL: no cluster is asked. */
static struct source *
cluster_source(void)
{
	for (size_t i = 0; i < conf.sources.n; i++)
		if (sources[i].kind == SOURCE_KUBERNETES)
			return &sources[i];
	return NULL;
}

static void
check_sources(const struct opt_program *program)
{
	size_t n_of[SOURCE_KIND_COUNT] = { 0 };
	struct err err;

	if (conf.sources.n == 0)
		conf.sources.items[conf.sources.n++] =
		    getenv("KUBERNETES_SERVICE_HOST") != NULL ?
		    "kubernetes:" : "local:";
	for (size_t i = 0; i < conf.sources.n; i++) {
		if (!source_parse(&sources[i], conf.sources.items[i],
		    cluster_options_source(program), &err))
			opt_usage(program, "%s", err.msg);
		n_of[sources[i].kind]++;
	}
	if (n_of[SOURCE_LOCAL] > 1)
		opt_usage(program, "--source=local: is given twice");
	if (n_of[SOURCE_KUBERNETES] > 1)
		opt_usage(program, "--source: one cluster, please");
	cluster_options_kubelet(program, &cluster_settings.kubelet);
	if (n_of[SOURCE_KUBERNETES] > 0)
		cluster_options_check(program, &cluster_source()->kube,
		    &cluster_settings);
}

static void
check_times(const struct opt_program *program)
{
	if (conf.resolution_ns == 0)
		conf.resolution_ns = source_resolution_ns(sources[0].kind);
	if (conf.resolution_ns < RESOLUTION_MIN_NS ||
	    conf.resolution_ns > RESOLUTION_MAX_NS ||
	    conf.resolution_ns % NS_PER_US != 0)
		opt_usage(program, "--metric-resolution: between 100ms and "
		    "24h, please");
	if (conf.timeout_ns == 0)
		conf.timeout_ns = conf.resolution_ns / 5 * 4;
	if (conf.timeout_ns > TIMEOUT_MAX_NS)
		conf.timeout_ns = TIMEOUT_MAX_NS;
}

static void
check_options(const struct opt_program *program)
{
	check_sources(program);
	check_times(program);
	bus_check(program, conf.live, conf.replay, bus_security);
}

static const struct opt_program program = {
	.name = "cheapster-collector",
	.synopsis = "",
	.summary = "collects resource metrics from a cluster, kubelets or "
	    "this machine",
	.tables = tables,
	.check = check_options,
};

struct collector {
	struct daemon daemon;
	struct bus_pub *raw;
	struct cluster *cluster;	/* NULL: none is asked */
	struct scraper *scraper;
	struct bus_pub_counters pub_counters;
	char hostname[256];
};

static void
on_recalled(void *arg, const struct frame_line *line)
{
	struct collector *c = arg;

	scraper_recall(c->scraper, line);
}

static bool
open_all(struct collector *c, const struct bus_address *address,
    struct err *err)
{
	char *journal = xasprintf("%s/raw.journal", c->daemon.state_dir);
	struct bus_pub_conf pub = {
		.address = *address,
		.journal_path = journal,
		.journal_bytes = conf.journal_bytes,
	};
	struct scraper_conf scraper = {
		.sources = sources,
		.n_sources = conf.sources.n,
		.name = conf.name,
		.node_name = conf.node_name,
		.resolution_ns = conf.resolution_ns,
		.timeout_ns = conf.timeout_ns,
		.body_bytes_max = conf.body_bytes_max,
		.node_address = &cluster_settings.address,
		.shard = cluster_settings.shard,
		.kubelet = &cluster_settings.kubelet,
	};

	c->raw = bus_pub_open(&c->daemon.loop, &pub, &c->pub_counters, err);
	free(journal);
	if (c->raw == NULL)
		return false;
	if (cluster_source() != NULL) {
		c->cluster = cluster_open(&c->daemon.loop,
		    &cluster_settings.cluster, &c->daemon.counters, err);
		if (c->cluster == NULL)
			return false;
		scraper.kubelet_via = cluster_settings.kubelet_via;
		scraper.is_for_one_node = cluster_settings.cluster.node != NULL;
		scraper.kubelet_api = cluster_source()->api;
	}
	scraper.cluster = c->cluster;
	c->scraper = scraper_open(&c->daemon.loop, &scraper, c->raw,
	    &c->daemon.counters, err);
	return c->scraper != NULL &&
	    bus_pub_recall(c->raw, on_recalled, c, err);
}

int
main(int argc, char **argv)
{
	static struct collector c;
	struct bus_address address;
	struct err err;

	daemon_init(&c.daemon, &program, argc, argv);
	if (gethostname(c.hostname, sizeof c.hostname - 1) == -1)
		strcpy(c.hostname, "localhost");
	if (conf.name == NULL)
		conf.name = c.hostname;
	if (!bus_addresses(&address, c.daemon.run_dir, "raw", conf.live,
	    conf.replay, bus_security, &err))
		opt_usage(&program, "%s", err.msg);
	if (c.daemon.is_check)
		return 0;
	counters_add(&c.daemon.counters, &c.pub_counters, bus_pub_counters);
	if (!open_all(&c, &address, &err))
		log_die(EX_UNAVAILABLE, "start_failed error=%s",
		    log_qs(err.msg));
	if (c.cluster != NULL)
		cluster_start(c.cluster);
	scraper_start(c.scraper);
	daemon_run(&c.daemon);
	bus_pub_flush(c.raw);
	daemon_stopped(&c.daemon);
	scraper_farewell(c.scraper);	/* bus_pub_close() sends it */
	scraper_close(c.scraper);
	cluster_close(c.cluster);
	bus_pub_close(c.raw);
	for (size_t i = 0; i < conf.sources.n; i++)
		source_fini(&sources[i]);
	daemon_fini(&c.daemon);
	return 0;
}
