/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "contrib/kubesim/resource.h"

/* A counter in seconds, exactly, and the time of its sample. */
static void
seconds(struct buf *b, uint64_t used_ns, int64_t at_ms)
{
	buf_addf(b, "%llu.%09llu %lld\n",
	    (unsigned long long)(used_ns / 1000000000),
	    (unsigned long long)(used_ns % 1000000000), (long long)at_ms);
}

static void
sample(struct buf *b, const char *name, const struct sim *s, size_t slot,
    size_t container)
{
	buf_addf(b, "%s", name);
	if (container < s->conf.containers)
		buf_addf(b, "container=\"c%zu\",", container);
	buf_addf(b, "namespace=\"ns-%zu\",pod=\"%s\"} ",
	    sim_namespace_of(s, slot), s->pods[slot].name);
}

static void
container(struct buf *b, const struct sim *s, size_t slot, size_t i,
    int64_t now_ms)
{
	const struct sim_pod *p = &s->pods[slot];
	const struct sim_container *c = &p->containers[i];
	char name[] = { 'c', (char)('0' + i), '\0' };
	int64_t cpu_ms = sim_sampled_ms(s, sim_fnv_part(p->uid, name, "cpu"),
	    c->counted_from_ms, now_ms);
	int64_t memory_ms = sim_sampled_ms(s,
	    sim_fnv_part(p->uid, name, "memory"), c->counted_from_ms, now_ms);

	sample(b, "container_cpu_usage_seconds_total{", s, slot, i);
	seconds(b, sim_container_ns(c, cpu_ms), cpu_ms);
	sample(b, "container_memory_working_set_bytes{", s, slot, i);
	buf_addf(b, "%llu %lld\n", 65536ull * c->rate_milli,
	    (long long)memory_ms);
	sample(b, "container_start_time_seconds{", s, slot, i);
	buf_addf(b, "%lld.%03lld\n", (long long)(c->started_ms / 1000),
	    (long long)(c->started_ms % 1000));
}

void
resource_print(struct buf *b, const struct sim *s, size_t node,
    int64_t now_ms)
{
	const struct sim_node *n = &s->nodes[node];
	size_t first = node * s->conf.pods;
	int64_t at_ms;

	buf_addf(b, "# TYPE container_cpu_usage_seconds_total counter\n");
	for (size_t slot = first; slot < first + s->conf.pods; slot++)
		for (size_t i = 0; i < s->conf.containers; i++)
			container(b, s, slot, i, now_ms);
	for (size_t slot = first; slot < first + s->conf.pods; slot++) {
		const struct sim_pod *p = &s->pods[slot];

		at_ms = sim_sampled_ms(s, sim_fnv_part(p->uid, "pod", "cpu"),
		    p->created_ms, now_ms);
		sample(b, "pod_cpu_usage_seconds_total{", s, slot,
		    SIM_CONTAINERS_MAX);
		seconds(b, sim_pod_ns(s, p, at_ms), at_ms);
	}
	at_ms = sim_sampled_ms(s, sim_fnv_part(n->name, "node", "cpu"),
	    n->changed_ms, now_ms);
	buf_addf(b, "node_cpu_usage_seconds_total ");
	seconds(b, sim_node_ns(s, node, at_ms), at_ms);
	buf_addf(b, "node_memory_working_set_bytes 5368709120 %lld\n"
	    "scrape_error 0\n", (long long)sim_sampled_ms(s,
	    sim_fnv_part(n->name, "node", "memory"), 0, now_ms));
}
