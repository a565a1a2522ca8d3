/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

#include "collector/cluster.h"
#include "collector/list_watch.h"
#include "collector/token.h"

#define ANSWER_BYTES_MAX (1u << 20)	/* nothing is kept but errors */
#define TOKEN_LOOK_NS (5 * INT64_C(1000000000))

struct cluster {
	struct cluster_conf conf;
	struct fetcher *fetcher;
	struct fetch_identity api;
	struct fetch_identity kubelet;
	struct token token;
	struct loop_timer token_timer;
	struct log_condition token_failing;
	struct object_cache cache;
	struct list_watch *watches[OBJECT_KIND_COUNT];
	char *selectors[OBJECT_KIND_COUNT];
	struct list_watch_counters counters;
};

static void
refresh_token(struct cluster *c)
{
	struct err err;

	if (c->token.path == NULL)
		return;
	if (!token_refresh(&c->token, clock_mono_ns(), &err)) {
		if (log_onset(&c->token_failing, clock_mono_ns()))
			log_warn("token_unreadable seen=%" PRIu64
			    " error=%s", c->token_failing.seen,
			    log_qs(err.msg));
	} else if (log_clear(&c->token_failing)) {
		log_info("token_readable");
	}
	c->api.token = c->kubelet.token = c->token.text;
}

static void
on_token_timer(void *arg)
{
	struct cluster *c = arg;

	refresh_token(c);
	loop_timer_set_ns(&c->token_timer, TOKEN_LOOK_NS);
}

static void
set_identities(struct cluster *c)
{
	const struct kube_source *s = c->conf.source;

	c->token.path = s->token_file;
	c->api = (struct fetch_identity){
		.ca_file = s->ca_file,
		.is_insecure = s->is_insecure,
	};
	c->kubelet = (struct fetch_identity){
		.ca_file = c->conf.kubelet_ca_file != NULL ?
		    c->conf.kubelet_ca_file : s->ca_file,
		.is_insecure = s->is_insecure || c->conf.is_kubelet_insecure,
	};
}

static void
open_watches(struct cluster *c, struct loop *loop)
{
	if (c->conf.node != NULL) {
		c->selectors[OBJECT_NODE] = xasprintf("metadata.name%%3D%s",
		    c->conf.node);
		c->selectors[OBJECT_POD] = xasprintf("spec.nodeName%%3D%s",
		    c->conf.node);
	}
	for (int i = 0; i < OBJECT_KIND_COUNT; i++) {
		struct list_watch_conf conf = {
			.server = c->conf.source->server,
			.kind = (enum object_kind)i,
			.field_selector = c->selectors[i],
			.identity = &c->api,
		};

		c->watches[i] = list_watch_open(loop, c->fetcher, &conf,
		    &c->cache, &c->counters);
	}
}

struct cluster *
cluster_open(struct loop *loop, const struct cluster_conf *conf,
    struct counters *counters, struct err *err)
{
	struct object_cache_conf cache = {
		.labels = *conf->labels,
		.host_id_annotation = conf->source->host_id_annotation,
	};
	struct cluster *c = xcalloc(1, sizeof *c);

	c->conf = *conf;
	object_cache_init(&c->cache, &cache);
	loop_timer_init(&c->token_timer, loop, on_token_timer, c);
	c->fetcher = fetcher_open(loop, ANSWER_BYTES_MAX, err);
	if (c->fetcher == NULL) {
		cluster_close(c);
		return NULL;
	}
	set_identities(c);
	open_watches(c, loop);
	counters_add(counters, &c->counters, list_watch_counters);
	counters_add(counters, &c->cache.counters, object_cache_counters);
	return c;
}

void
cluster_start(struct cluster *c)
{
	on_token_timer(c);
	for (int i = 0; i < OBJECT_KIND_COUNT; i++)
		list_watch_start(c->watches[i]);
}

void
cluster_close(struct cluster *c)
{
	if (c == NULL)
		return;
	fetcher_close(c->fetcher);
	for (int i = 0; i < OBJECT_KIND_COUNT; i++) {
		list_watch_close(c->watches[i]);
		free(c->selectors[i]);
	}
	loop_timer_fini(&c->token_timer);
	object_cache_fini(&c->cache);
	token_fini(&c->token);
	free(c);
}

const struct object_cache *
cluster_cache(const struct cluster *c)
{
	return &c->cache;
}

const char *
cluster_server(const struct cluster *c)
{
	return c->conf.source->server;
}

const struct fetch_identity *
cluster_api_identity(struct cluster *c)
{
	return &c->api;
}

const struct fetch_identity *
cluster_kubelet_identity(struct cluster *c)
{
	return &c->kubelet;
}
