/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/number.h"
#include "common/timestamp.h"

#include "contrib/kubesim/summary.h"

#define MS_NS 1000000
#define DISK_BYTES UINT64_C(270553174016)
#define FREE_BYTES UINT64_C(73625366528)
#define INODES 16777216
#define INODES_FREE 16245939

/* JSON as Go indents it, one blank per level. */
struct out {
	struct buf *b;
	unsigned depth;
	bool has_item;
	struct sim *sim;
	unsigned missing_percent;
	char now[40];			/* "2026-...Z", quoted */
	size_t now_len;
};

static void
put(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

static void
item(struct out *o)
{
	static const char blanks[] = ",\n          ";

	buf_add(o->b, blanks + !o->has_item, 1 + o->has_item + o->depth);
	o->has_item = true;
}

static void
key(struct out *o, const char *name)
{
	item(o);
	buf_add_char(o->b, '"');
	put(o->b, name);
	buf_add(o->b, "\": ", 3);
}

static void
begin(struct out *o, const char *name, char bracket)
{
	if (name != NULL)
		key(o, name);
	else if (o->depth > 0)
		item(o);
	buf_add_char(o->b, bracket);
	o->depth++;
	o->has_item = false;
}

static void
end(struct out *o, char bracket)
{
	o->depth--;
	o->has_item = false;
	item(o);
	buf_add_char(o->b, bracket);
}

static void
number(struct out *o, const char *name, uint64_t value)
{
	key(o, name);
	buf_add_u64(o->b, value);
}

static void
text(struct out *o, const char *name, const char *value)
{
	key(o, name);
	buf_add_char(o->b, '"');
	put(o->b, value);
	buf_add_char(o->b, '"');
}

static size_t
quote_time(char *out, int64_t at_ms)
{
	size_t n;

	out[0] = '"';
	n = timestamp_print(out + 1, at_ms * MS_NS);
	out[n + 1] = '"';
	return n + 2;
}

static void
start_time(struct out *o, int64_t at_ms)
{
	char quoted[40];

	key(o, "startTime");
	buf_add(o->b, quoted, quote_time(quoted, at_ms));
}

static void
now(struct out *o)
{
	key(o, "time");
	buf_add(o->b, o->now, o->now_len);
}

static bool
is_missing(struct out *o)
{
	return o->missing_percent > 0 &&
	    sim_random(o->sim, 100) < o->missing_percent;
}

static void
cpu(struct out *o, uint64_t milli, uint64_t used_ns)
{
	begin(o, "cpu", '{');
	now(o);
	number(o, "usageNanoCores", milli * 1000000);
	number(o, "usageCoreNanoSeconds", used_ns);
	end(o, '}');
}

static void
memory(struct out *o, uint64_t bytes, uint64_t available_bytes)
{
	if (is_missing(o))
		return;
	begin(o, "memory", '{');
	now(o);
	if (available_bytes > 0)
		number(o, "availableBytes", available_bytes);
	number(o, "usageBytes", bytes + bytes / 8);
	number(o, "workingSetBytes", bytes);
	number(o, "rssBytes", bytes / 2);
	number(o, "pageFaults", bytes / 4096);
	number(o, "majorPageFaults", 3);
	end(o, '}');
}

static void
file_system(struct out *o, const char *name, const char *volume,
    uint64_t used_bytes)
{
	if (is_missing(o))
		return;
	begin(o, name, '{');
	now(o);
	number(o, "availableBytes", FREE_BYTES);
	number(o, "capacityBytes", DISK_BYTES);
	number(o, "usedBytes", used_bytes);
	number(o, "inodesFree", INODES_FREE);
	number(o, "inodes", INODES);
	number(o, "inodesUsed", 13);
	if (volume != NULL)
		text(o, "name", volume);
	end(o, '}');
}

static void
interface(struct out *o, uint64_t rx_bytes, uint64_t tx_bytes)
{
	text(o, "name", "eth0");
	number(o, "rxBytes", rx_bytes);
	number(o, "rxErrors", 0);
	number(o, "txBytes", tx_bytes);
	number(o, "txErrors", 0);
}

static void
network(struct out *o, uint64_t rx_bytes, uint64_t tx_bytes)
{
	if (is_missing(o))
		return;
	begin(o, "network", '{');
	now(o);
	interface(o, rx_bytes, tx_bytes);
	begin(o, "interfaces", '[');
	begin(o, NULL, '{');
	interface(o, rx_bytes, tx_bytes);
	end(o, '}');
	end(o, ']');
	end(o, '}');
}

static void
container(struct out *o, const struct sim_pod *p, size_t i, int64_t now_ms)
{
	const struct sim_container *c = &p->containers[i];
	char name[4] = { 'c', (char)('0' + i) };

	begin(o, NULL, '{');
	text(o, "name", name);
	start_time(o, c->started_ms);
	cpu(o, c->rate_milli, sim_container_ns(c, now_ms));
	memory(o, UINT64_C(65536) * c->rate_milli, 0);
	file_system(o, "rootfs", NULL, 40960);
	file_system(o, "logs", NULL, 28672);
	end(o, '}');
}

static void
pod(struct out *o, struct sim *s, size_t slot, int64_t now_ms)
{
	const struct sim_pod *p = &s->pods[slot];
	char namespace[24] = "ns-";
	uint64_t milli = 0;

	namespace[3 + print_u64(namespace + 3, sim_namespace_of(s, slot))] =
	    '\0';
	for (size_t i = 0; i < s->conf.containers; i++)
		milli += p->containers[i].rate_milli;
	begin(o, NULL, '{');
	begin(o, "podRef", '{');
	text(o, "name", p->name);
	text(o, "namespace", namespace);
	text(o, "uid", p->uid);
	end(o, '}');
	start_time(o, p->created_ms);
	begin(o, "containers", '[');
	for (size_t i = 0; i < s->conf.containers; i++)
		container(o, p, i, now_ms);
	end(o, ']');
	cpu(o, milli, sim_pod_ns(s, p, now_ms));
	memory(o, 65536 * milli, 0);
	network(o, sim_grown(p->rx_bytes_per_s, p->created_ms, now_ms),
	    sim_grown(p->tx_bytes_per_s, p->created_ms, now_ms));
	begin(o, "volume", '[');
	begin(o, NULL, '{');
	now(o);
	number(o, "availableBytes", FREE_BYTES);
	number(o, "capacityBytes", DISK_BYTES);
	number(o, "usedBytes", 12288);
	number(o, "inodesFree", INODES_FREE);
	number(o, "inodes", INODES);
	number(o, "inodesUsed", 11);
	text(o, "name", "kube-api-access");
	end(o, '}');
	end(o, ']');
	file_system(o, "ephemeral-storage", NULL, 21106688);
	begin(o, "process_stats", '{');
	number(o, "process_count", 0);
	end(o, '}');
	end(o, '}');
}

static void
system_container(struct out *o, const char *name, uint64_t milli,
    uint64_t used_ns, int64_t started_ms)
{
	begin(o, NULL, '{');
	text(o, "name", name);
	start_time(o, started_ms);
	cpu(o, milli, used_ns);
	memory(o, UINT64_C(64) << 20, 0);
	end(o, '}');
}

static void
node_part(struct out *o, struct sim *s, size_t i, int64_t now_ms)
{
	const struct sim_node *n = &s->nodes[i];
	uint64_t all_ns = sim_node_ns(s, i, now_ms);
	uint64_t kubelet_ns = sim_grown(SIM_KUBELET_MILLI * UINT64_C(1000000),
	    n->started_ms, now_ms);
	uint64_t runtime_ns = sim_grown(SIM_RUNTIME_MILLI * UINT64_C(1000000),
	    n->started_ms, now_ms);

	begin(o, "node", '{');
	text(o, "nodeName", n->name);
	begin(o, "systemContainers", '[');
	system_container(o, "kubelet", SIM_KUBELET_MILLI, kubelet_ns,
	    n->started_ms);
	system_container(o, "runtime", SIM_RUNTIME_MILLI, runtime_ns,
	    n->started_ms);
	system_container(o, "pods", 1000, all_ns - kubelet_ns - runtime_ns,
	    n->started_ms);
	end(o, ']');
	start_time(o, n->started_ms);
	cpu(o, 1000, all_ns);
	memory(o, UINT64_C(5) << 30, UINT64_C(19) << 30);
	network(o, sim_grown(1000000, n->started_ms, now_ms),
	    sim_grown(1000000, n->started_ms, now_ms));
	file_system(o, "fs", NULL, UINT64_C(29119913984));
	begin(o, "runtime", '{');
	file_system(o, "imageFs", NULL, 4358144);
	end(o, '}');
	begin(o, "rlimit", '{');
	now(o);
	number(o, "maxpid", 32768);
	number(o, "curproc", 397);
	end(o, '}');
	end(o, '}');
}

void
summary_print(struct buf *out, struct sim *s, size_t node, int64_t now_ms,
    unsigned missing_percent)
{
	struct out o = { .b = out, .sim = s,
	    .missing_percent = missing_percent };

	o.now_len = quote_time(o.now, now_ms);
	begin(&o, NULL, '{');
	node_part(&o, s, node, now_ms);
	begin(&o, "pods", '[');
	for (size_t i = 0; i < s->conf.pods; i++)
		pod(&o, s, node * s->conf.pods + i, now_ms);
	end(&o, ']');
	end(&o, '}');
}

/* A counter in seconds, exactly. */
static void
seconds(struct buf *b, uint64_t used_ns)
{
	buf_addf(b, "%llu.%09llu", (unsigned long long)(used_ns / 1000000000),
	    (unsigned long long)(used_ns % 1000000000));
}

static void
sample(struct buf *b, const char *name, const struct sim *s, size_t slot,
    size_t container)
{
	put(b, name);
	if (container < s->conf.containers)
		buf_addf(b, "container=\"c%zu\",", container);
	buf_addf(b, "namespace=\"ns-%zu\",pod=\"%s\"} ",
	    sim_namespace_of(s, slot), s->pods[slot].name);
}

void
resource_print(struct buf *b, const struct sim *s, size_t node,
    int64_t now_ms)
{
	put(b, "# TYPE container_cpu_usage_seconds_total counter\n");
	for (size_t i = 0; i < s->conf.pods * s->conf.containers; i++) {
		size_t slot = node * s->conf.pods + i / s->conf.containers;
		size_t k = i % s->conf.containers;
		const struct sim_container *c = &s->pods[slot].containers[k];

		sample(b, "container_cpu_usage_seconds_total{", s, slot, k);
		seconds(b, sim_container_ns(c, now_ms));
		buf_addf(b, " %lld\n", (long long)now_ms);
		sample(b, "container_memory_working_set_bytes{", s, slot, k);
		buf_addf(b, "%llu %lld\n", 65536ull * c->rate_milli,
		    (long long)now_ms);
		sample(b, "container_start_time_seconds{", s, slot, k);
		buf_addf(b, "%lld.%03lld\n", (long long)(c->started_ms / 1000),
		    (long long)(c->started_ms % 1000));
	}
	for (size_t i = 0; i < s->conf.pods; i++) {
		size_t slot = node * s->conf.pods + i;

		sample(b, "pod_cpu_usage_seconds_total{", s, slot,
		    SIM_CONTAINERS_MAX);
		seconds(b, sim_pod_ns(s, &s->pods[slot], now_ms));
		buf_addf(b, " %lld\n", (long long)now_ms);
	}
	put(b, "node_cpu_usage_seconds_total ");
	seconds(b, sim_node_ns(s, node, now_ms));
	buf_addf(b, " %lld\nnode_memory_working_set_bytes 5368709120 %lld\n"
	    "scrape_error 0\n", (long long)now_ms, (long long)now_ms);
}
