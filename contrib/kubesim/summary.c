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
	int64_t now_ms;
	int64_t time_ms;		/* what time says */
	char time[40];			/* "2026-...Z", quoted */
	size_t time_len;
};

/* What is sampled: its names, and since when it and its counters are. */
struct object {
	const char *uid;
	const char *name;
	int64_t since_ms;
	int64_t sampled_ms;		/* of CPU at least then */
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
time_of(struct out *o, int64_t at_ms)
{
	if (at_ms != o->time_ms || o->time_len == 0) {
		o->time_ms = at_ms;
		o->time_len = quote_time(o->time, at_ms);
	}
	key(o, "time");
	buf_add(o->b, o->time, o->time_len);
}

static int64_t
sampled_ms(const struct out *o, const struct object *x, const char *part,
    int64_t from_ms)
{
	return o->sim->conf.sampling_ms == 0 ? o->now_ms :
	    sim_sampled_ms(o->sim, sim_fnv_part(x->uid, x->name, part),
	    from_ms, o->now_ms);
}

/* Puts 0 to n - 1 in any order. */
static void
shuffle(struct out *o, unsigned short *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)sim_random(o->sim, i + 1);

		order[i] = order[at];
		order[at] = (unsigned short)i;
	}
}

static bool
is_missing(struct out *o)
{
	return o->missing_percent > 0 &&
	    sim_random(o->sim, 100) < o->missing_percent;
}

static void
waited(struct out *o, const char *who, uint64_t percent, int64_t for_ms)
{
	begin(o, who, '{');
	number(o, "total", percent * 10000 * (uint64_t)for_ms);
	number(o, "avg10", percent);
	number(o, "avg60", percent);
	number(o, "avg300", percent);
	end(o, '}');
}

static void
pressure(struct out *o, const struct object *x, const char *part,
    int64_t at_ms)
{
	uint64_t percent = 1 + sim_fnv_part(x->uid, x->name, part) % 99;

	begin(o, "psi", '{');
	waited(o, "full", (percent + 1) / 2, at_ms - x->since_ms);
	waited(o, "some", percent, at_ms - x->since_ms);
	end(o, '}');
}

static int64_t
cpu_ms(const struct out *o, const struct object *x)
{
	return sampled_ms(o, x, "cpu", x->sampled_ms);
}

/* used_ns is at cpu_ms(). */
static void
cpu(struct out *o, const struct object *x, uint64_t milli, uint64_t used_ns)
{
	int64_t at_ms = cpu_ms(o, x);

	begin(o, "cpu", '{');
	time_of(o, at_ms);
	number(o, "usageNanoCores", milli * 1000000);
	number(o, "usageCoreNanoSeconds", used_ns);
	if (o->sim->conf.is_newer)
		pressure(o, x, "cpu-pressure", at_ms);
	end(o, '}');
}

struct memory {
	uint64_t bytes;
	uint64_t available_bytes;
	uint64_t faults_per_s, major_faults_per_s;
};

static void
memory(struct out *o, const struct object *x, const struct memory *m)
{
	int64_t at_ms = sampled_ms(o, x, "memory", x->since_ms);

	if (is_missing(o))
		return;
	begin(o, "memory", '{');
	time_of(o, at_ms);
	if (m->available_bytes > 0)
		number(o, "availableBytes", m->available_bytes);
	number(o, "usageBytes", m->bytes + m->bytes / 8);
	number(o, "workingSetBytes", m->bytes);
	number(o, "rssBytes", m->bytes / 2);
	number(o, "pageFaults", sim_grown(m->faults_per_s, x->since_ms, at_ms));
	number(o, "majorPageFaults", sim_grown(m->major_faults_per_s,
	    x->since_ms, at_ms));
	if (o->sim->conf.is_newer)
		pressure(o, x, "memory-pressure", at_ms);
	end(o, '}');
}

static void
io(struct out *o, const struct object *x)
{
	int64_t at_ms = sampled_ms(o, x, "io", x->since_ms);

	if (!o->sim->conf.is_newer || is_missing(o))
		return;
	begin(o, "io", '{');
	time_of(o, at_ms);
	pressure(o, x, "io-pressure", at_ms);
	end(o, '}');
}

static void
swap(struct out *o)
{
	if (!o->sim->conf.is_newer || is_missing(o))
		return;
	begin(o, "swap", '{');
	time_of(o, o->now_ms);
	number(o, "swapAvailableBytes", UINT64_C(1) << 30);
	number(o, "swapUsageBytes", 4096);
	end(o, '}');
}

/* What of a file system and a volume is the same. */
static void
disk(struct out *o, uint64_t used_bytes, uint64_t inodes_used)
{
	time_of(o, o->now_ms);
	number(o, "availableBytes", FREE_BYTES);
	number(o, "capacityBytes", DISK_BYTES);
	number(o, "usedBytes", used_bytes);
	number(o, "inodesFree", INODES_FREE);
	number(o, "inodes", INODES);
	number(o, "inodesUsed", inodes_used);
}

static void
file_system(struct out *o, const char *name, uint64_t used_bytes)
{
	if (is_missing(o))
		return;
	begin(o, name, '{');
	disk(o, used_bytes, 13);
	end(o, '}');
}

static void
volumes(struct out *o, const struct sim_pod *p, const char *namespace)
{
	begin(o, "volume", '[');
	begin(o, NULL, '{');
	disk(o, 12288, 11);
	text(o, "name", "kube-api-access");
	end(o, '}');
	if (o->sim->conf.is_newer) {
		begin(o, NULL, '{');
		disk(o, 1 << 20, 12);
		text(o, "name", "data");
		begin(o, "pvcRef", '{');
		text(o, "name", p->name);
		text(o, "namespace", namespace);
		end(o, '}');
		end(o, '}');
	}
	end(o, ']');
}

static void
interface(struct out *o, uint64_t rx_bytes, uint64_t tx_bytes)
{
	text(o, "name", "eth0");
	number(o, "rxBytes", rx_bytes);
	number(o, "rxErrors", tx_bytes);
	number(o, "txBytes", tx_bytes);
	number(o, "txErrors", rx_bytes);
}

static void
network(struct out *o, const struct object *x, uint64_t rx_per_s,
    uint64_t tx_per_s)
{
	int64_t at_ms = sampled_ms(o, x, "network", x->since_ms);
	uint64_t rx_bytes = sim_grown(rx_per_s, x->since_ms, at_ms);
	uint64_t tx_bytes = sim_grown(tx_per_s, x->since_ms, at_ms);

	if (is_missing(o))
		return;
	begin(o, "network", '{');
	time_of(o, at_ms);
	interface(o, rx_bytes, tx_bytes);
	begin(o, "interfaces", '[');
	begin(o, NULL, '{');
	interface(o, rx_bytes, tx_bytes);
	end(o, '}');
	end(o, ']');
	end(o, '}');
}

static void
container(struct out *o, const struct sim_pod *p, size_t i)
{
	const struct sim_container *c = &p->containers[i];
	char name[4] = { 'c', (char)('0' + i) };
	struct object x = { p->uid, name, c->counted_from_ms,
	    c->counted_from_ms };

	begin(o, NULL, '{');
	text(o, "name", name);
	start_time(o, c->started_ms);
	cpu(o, &x, c->rate_milli, sim_container_ns(c, cpu_ms(o, &x)));
	memory(o, &x, &(struct memory){ UINT64_C(65536) * c->rate_milli, 0,
	    c->faults_per_s, c->major_faults_per_s });
	io(o, &x);
	file_system(o, "rootfs", 40960);
	file_system(o, "logs", 28672);
	swap(o);
	end(o, '}');
}

static void
pod(struct out *o, size_t slot)
{
	struct sim *s = o->sim;
	const struct sim_pod *p = &s->pods[slot];
	struct object x = { p->uid, "pod", p->created_ms, p->created_ms };
	unsigned short order[SIM_CONTAINERS_MAX];
	char namespace[24] = "ns-";
	struct memory m = { 0 };
	uint64_t milli = 0;

	namespace[3 + print_u64(namespace + 3, sim_namespace_of(s, slot))] =
	    '\0';
	for (size_t i = 0; i < s->conf.containers; i++) {
		milli += p->containers[i].rate_milli;
		m.faults_per_s += p->containers[i].faults_per_s;
		m.major_faults_per_s += p->containers[i].major_faults_per_s;
	}
	m.bytes = 65536 * milli;
	begin(o, NULL, '{');
	begin(o, "podRef", '{');
	text(o, "name", p->name);
	text(o, "namespace", namespace);
	text(o, "uid", p->uid);
	end(o, '}');
	start_time(o, p->created_ms);
	begin(o, "containers", '[');
	shuffle(o, order, s->conf.containers);
	for (size_t i = 0; i < s->conf.containers; i++)
		container(o, p, order[i]);
	end(o, ']');
	cpu(o, &x, milli, sim_pod_ns(s, p, cpu_ms(o, &x)));
	memory(o, &x, &m);
	io(o, &x);
	network(o, &x, p->rx_bytes_per_s, p->tx_bytes_per_s);
	volumes(o, p, namespace);
	file_system(o, "ephemeral-storage", 21106688);
	begin(o, "process_stats", '{');
	number(o, "process_count", 0);
	end(o, '}');
	swap(o);
	end(o, '}');
}

static void
system_container(struct out *o, size_t node, unsigned which)
{
	static const struct { const char *name; uint64_t milli; } all[] = {
		{ "kubelet", SIM_KUBELET_MILLI },
		{ "runtime", SIM_RUNTIME_MILLI }, { "pods", 0 },
	};
	const struct sim_node *n = &o->sim->nodes[node];
	struct object x = { n->name, all[which].name, n->started_ms,
	    n->started_ms };
	uint64_t milli = all[which].milli, used_ns;

	if (milli == 0) {
		x.sampled_ms = n->changed_ms;
		used_ns = sim_node_ns(o->sim, node, cpu_ms(o, &x)) -
		    sim_grown((SIM_KUBELET_MILLI + SIM_RUNTIME_MILLI) *
		    UINT64_C(1000000), n->started_ms, cpu_ms(o, &x));
	} else {
		used_ns = sim_grown(milli * 1000000, n->started_ms,
		    cpu_ms(o, &x));
	}
	begin(o, NULL, '{');
	text(o, "name", x.name);
	start_time(o, n->started_ms);
	cpu(o, &x, milli, used_ns);
	memory(o, &x, &(struct memory){ UINT64_C(64) << 20, 0,
	    SIM_NODE_FAULTS_PER_S, SIM_NODE_MAJOR_FAULTS_PER_S });
	io(o, &x);
	swap(o);
	end(o, '}');
}

static void
node_cpu(struct out *o, const struct object *x, size_t node)
{
	int64_t at_ms = cpu_ms(o, x);
	uint64_t now_ns = sim_node_ns(o->sim, node, at_ms);
	uint64_t before_ns = sim_node_ns(o->sim, node, at_ms - 1000);

	cpu(o, x, (now_ns - before_ns) / 1000000, now_ns);
}

static void
node_part(struct out *o, size_t node)
{
	const struct sim_node *n = &o->sim->nodes[node];
	struct object x = { n->name, "node", n->started_ms, n->changed_ms };
	unsigned short order[3];

	begin(o, "node", '{');
	text(o, "nodeName", n->name);
	begin(o, "systemContainers", '[');
	shuffle(o, order, 3);
	for (unsigned i = 0; i < 3; i++)
		system_container(o, node, order[i]);
	end(o, ']');
	start_time(o, n->started_ms);
	node_cpu(o, &x, node);
	memory(o, &x, &(struct memory){ UINT64_C(5) << 30, UINT64_C(19) << 30,
	    SIM_NODE_FAULTS_PER_S, SIM_NODE_MAJOR_FAULTS_PER_S });
	io(o, &x);
	network(o, &x, SIM_NODE_BYTES_PER_S, SIM_NODE_BYTES_PER_S);
	file_system(o, "fs", UINT64_C(29119913984));
	begin(o, "runtime", '{');
	file_system(o, "imageFs", 4358144);
	if (o->sim->conf.is_newer)
		file_system(o, "containerFs", 1048576);
	end(o, '}');
	begin(o, "rlimit", '{');
	time_of(o, o->now_ms);
	number(o, "maxpid", 32768);
	number(o, "curproc", n->n_answers);
	end(o, '}');
	swap(o);
	end(o, '}');
}

void
summary_print(struct buf *out, struct sim *s, size_t node, int64_t now_ms,
    unsigned missing_percent)
{
	struct out o = { .b = out, .sim = s, .now_ms = now_ms,
	    .missing_percent = missing_percent };
	unsigned short order[SIM_PODS_MAX];

	s->nodes[node].n_answers++;
	begin(&o, NULL, '{');
	node_part(&o, node);
	begin(&o, "pods", '[');
	shuffle(&o, order, s->conf.pods);
	for (size_t i = 0; i < s->conf.pods; i++)
		pod(&o, node * s->conf.pods + order[i]);
	end(&o, ']');
	end(&o, '}');
}
