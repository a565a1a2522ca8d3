/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "contrib/kubesim/model.h"

#define AGE_MS (36 * 3600 * INT64_C(1000))	/* of what is there at first */

/* xorshift64* */
uint64_t
sim_random(struct sim *s, uint64_t bound)
{
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return (s->random * UINT64_C(0x2545f4914f6cdd1d) >> 16) % bound;
}

static uint32_t
fnv(uint32_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

uint32_t
sim_fnv(const char *uid, const char *name)
{
	return fnv(fnv(fnv(2166136261u, uid), "/"), name);
}

uint32_t
sim_fnv_part(const char *uid, const char *name, const char *part)
{
	return fnv(fnv(sim_fnv(uid, name), "/"), part);
}

size_t
sim_n_pods(const struct sim *s)
{
	return s->conf.nodes * s->conf.pods;
}

size_t
sim_node_of(const struct sim *s, size_t slot)
{
	return slot / s->conf.pods;
}

size_t
sim_namespace_of(const struct sim *s, size_t slot)
{
	return slot % s->conf.namespaces;
}

static void
bear(struct sim *s, size_t slot, const char *name, int64_t now_ms)
{
	struct sim_pod *p = &s->pods[slot];

	*p = (struct sim_pod){ .created_ms = now_ms };
	s->n_born++;
	snprintf(p->uid, sizeof p->uid, "%08" PRIx32 "-%04x-4000-8000-%012"
	    PRIx64, (uint32_t)sim_random(s, UINT32_MAX),
	    (unsigned)(s->conf.seed & 0xffff), s->n_born);
	if (name != NULL)
		memcpy(p->name, name, sizeof p->name);
	else
		snprintf(p->name, sizeof p->name, "app-%zu-%" PRIx64, slot,
		    s->n_born);
	p->rx_bytes_per_s = 1000 * (1 + sim_fnv(p->uid, "rx") % 1000);
	p->tx_bytes_per_s = 1000 * (1 + sim_fnv(p->uid, "tx") % 1000);
	for (size_t i = 0; i < s->conf.containers; i++) {
		char container[4] = { 'c', (char)('0' + i) };

		p->containers[i] = (struct sim_container){
			.rate_milli = 1 + sim_fnv(p->uid, container) % 1999,
			.faults_per_s = 1000 * (1 +
			    sim_fnv_part(p->uid, container, "faults") % 50),
			.major_faults_per_s = 1000 * (1 +
			    sim_fnv_part(p->uid, container, "major") % 5),
			.started_ms = now_ms,
			.counted_from_ms = now_ms,
		};
	}
}

void
sim_init(struct sim *s, const struct sim_conf *conf, int64_t now_ms)
{
	*s = (struct sim){ .conf = *conf };
	s->random = (conf->seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	s->nodes = xcalloc(conf->nodes, sizeof *s->nodes);
	s->pods = xcalloc(sim_n_pods(s), sizeof *s->pods);
	for (size_t i = 0; i < conf->nodes; i++) {
		struct sim_node *n = &s->nodes[i];

		snprintf(n->name, sizeof n->name, "node-%zu", i);
		snprintf(n->address, sizeof n->address, "127.%zu.%zu.%zu",
		    1 + i / 62500, i / 250 % 250, 1 + i % 250);
		n->started_ms = now_ms - 2 * AGE_MS;
		n->is_ready = true;
	}
	for (size_t i = 0; i < sim_n_pods(s); i++)
		bear(s, i, NULL, now_ms - AGE_MS -
		    (int64_t)sim_random(s, AGE_MS / 2));
}

void
sim_fini(struct sim *s)
{
	free(s->nodes);
	free(s->pods);
}

uint64_t
sim_grown(uint64_t per_s, int64_t since_ms, int64_t now_ms)
{
	return now_ms <= since_ms ? 0 :
	    per_s * (uint64_t)(now_ms - since_ms) / 1000;
}

int64_t
sim_sampled_ms(const struct sim *s, uint32_t phase, int64_t from_ms,
    int64_t now_ms)
{
	int64_t at_ms = now_ms;

	if (s->conf.sampling_ms > 0)
		at_ms -= (now_ms + phase) % s->conf.sampling_ms;
	if (at_ms < from_ms)
		at_ms = from_ms;
	return at_ms < now_ms ? at_ms : now_ms;
}

uint64_t
sim_container_ns(const struct sim_container *c, int64_t now_ms)
{
	return now_ms <= c->counted_from_ms ? 0 :
	    UINT64_C(1000) * c->rate_milli *
	    (uint64_t)(now_ms - c->counted_from_ms);
}

uint64_t
sim_pod_ns(const struct sim *s, const struct sim_pod *p, int64_t now_ms)
{
	uint64_t sum_milli = 0;

	for (size_t i = 0; i < s->conf.containers; i++)
		sum_milli += p->containers[i].rate_milli;
	return sim_grown(sum_milli * 1000000, p->created_ms, now_ms);
}

uint64_t
sim_node_ns(const struct sim *s, size_t node, int64_t now_ms)
{
	const struct sim_node *n = &s->nodes[node];
	uint64_t sum_ns = n->ended_ns + sim_grown((SIM_KUBELET_MILLI +
	    SIM_RUNTIME_MILLI) * UINT64_C(1000000), n->started_ms, now_ms);

	for (size_t i = 0; i < s->conf.pods; i++)
		sum_ns += sim_pod_ns(s, &s->pods[node * s->conf.pods + i],
		    now_ms);
	return sum_ns;
}

void
sim_replace(struct sim *s, size_t slot, bool has_same_name, int64_t now_ms)
{
	struct sim_pod old = s->pods[slot];
	struct sim_node *n = &s->nodes[sim_node_of(s, slot)];

	n->ended_ns += sim_pod_ns(s, &old, now_ms);
	n->changed_ms = now_ms;
	bear(s, slot, has_same_name ? old.name : NULL, now_ms);
}

void
sim_restart(struct sim *s, size_t slot, size_t container, int64_t now_ms)
{
	struct sim_container *c = &s->pods[slot].containers[container];

	sim_reset(s, slot, container, now_ms);
	c->started_ms = now_ms;
	c->restarts++;
}

void
sim_reset(struct sim *s, size_t slot, size_t container, int64_t now_ms)
{
	s->pods[slot].containers[container].counted_from_ms = now_ms;
}
