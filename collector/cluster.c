/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

#include "collector/cluster.h"
#include "common/credential.h"
#include "collector/list_watch.h"

#define ANSWER_BYTES_MAX (1u << 20)	/* nothing is kept but errors */

struct cluster {
	struct cluster_conf conf;
	struct fetcher *fetcher;
	struct fetch_identity api;
	struct fetch_identity kubelet;
	struct credential *credential;
	bool is_watching;
	struct object_cache cache;
	struct list_watch *watches[OBJECT_KIND_COUNT];
	char *selectors[OBJECT_KIND_COUNT];
	struct list_watch_counters counters;
};

static void
on_credential(void *arg)
{
	struct cluster *c = arg;

	credential_apply(c->credential, &c->api);
	credential_apply(c->credential, &c->kubelet);
	if (c->conf.kubelet->cert_file != NULL) {
		c->kubelet.cert_file = c->conf.kubelet->cert_file;
		c->kubelet.key_file = c->conf.kubelet->key_file;
		c->kubelet.cert_pem = c->kubelet.key_pem = NULL;
	}
	for (int i = 0; i < OBJECT_KIND_COUNT; i++)
		if (c->is_watching)
			list_watch_hurry(c->watches[i]);
		else
			list_watch_start(c->watches[i]);
	c->is_watching = true;
}

static void
on_refused(void *arg)
{
	cluster_refused(arg);
}

static void
set_identities(struct cluster *c)
{
	const struct cluster_access *a = &c->conf.source->access;
	bool has_own_ca = c->conf.kubelet->ca_file != NULL;

	c->api = (struct fetch_identity){
		.ca_file = a->ca_file,
		.ca_pem = a->ca_pem,
		.server_name = a->tls_server_name,
		.is_insecure = a->is_insecure,
		.may_send_token_plainly = c->conf.may_send_token_plainly,
	};
	c->kubelet = (struct fetch_identity){
		.ca_file = has_own_ca ? c->conf.kubelet->ca_file : a->ca_file,
		.ca_pem = has_own_ca ? NULL : a->ca_pem,
		.is_insecure = c->conf.kubelet->is_insecure ||
		    (a->is_insecure && !has_own_ca),
		.may_send_token_plainly = c->conf.may_send_token_plainly,
		.is_direct = true,
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
			.server = c->conf.source->access.server,
			.kind = (enum object_kind)i,
			.field_selector = c->selectors[i],
			.label_selector = i == OBJECT_NODE ?
			    c->conf.node_selector : NULL,
			.identity = &c->api,
			.on_refused = on_refused,
			.arg = c,
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
		.shard = conf->shard,
	};
	struct cluster *c = xcalloc(1, sizeof *c);

	c->conf = *conf;
	object_cache_init(&c->cache, &cache);
	c->credential = credential_open(loop, &conf->source->access,
	    on_credential, c);
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
	credential_start(c->credential);
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
	object_cache_fini(&c->cache);
	credential_close(c->credential);
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
	return c->conf.source->access.server;
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

void
cluster_refused(struct cluster *c)
{
	credential_refused(c->credential);
}
