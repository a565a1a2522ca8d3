/* SPDX-License-Identifier: ISC */
/* Which sets a body gives: Heapster's vectors, names that stand twice, and
 * bounds. */
#include "config.h"

#include "t/summary_decoded.h"
#include "t/tap.h"

/* Heapster's vectors: offsets added to a seed. */

static void
add_cpu_and_memory(struct buf *b, unsigned seed)
{
	buf_addf(b, ",\"cpu\":{\"time\":\"2026-11-23T09:24:05Z\","
	    "\"usageCoreNanoSeconds\":%u},\"memory\":{\"time\":"
	    "\"2026-11-23T09:24:05Z\",\"usageBytes\":%u,"
	    "\"workingSetBytes\":%u,\"rssBytes\":%u,\"pageFaults\":%u,"
	    "\"majorPageFaults\":%u}", seed + 1, seed + 4, seed + 6, seed + 5,
	    seed + 2, seed + 3);
}

static void
add_fs(struct buf *b, const char *key, unsigned seed)
{
	buf_addf(b, ",\"%s\":{\"availableBytes\":%u,\"capacityBytes\":%u,"
	    "\"usedBytes\":%u}", key, seed + 13, seed + 12, seed + 11);
}

static void
add_network(struct buf *b, unsigned seed)
{
	buf_addf(b, ",\"network\":{\"time\":\"2026-11-23T09:24:05Z\","
	    "\"rxBytes\":%u,\"rxErrors\":%u,\"txBytes\":%u,\"txErrors\":%u}",
	    seed + 7, seed + 8, seed + 9, seed + 10);
}

static void
add_container(struct buf *b, const char *name, unsigned seed)
{
	buf_addf(b, "{\"name\":\"%s\",\"startTime\":\"2026-11-23T09:23:05Z\"",
	    name);
	add_cpu_and_memory(b, seed);
	add_fs(b, "rootfs", seed);
	add_fs(b, "logs", seed);
	buf_addf(b, "}");
}

static void
begin_pod(struct buf *b, const char *namespace, const char *name,
    unsigned network_seed)
{
	buf_addf(b, "{\"podRef\":{\"name\":\"%s\",\"namespace\":\"%s\"}",
	    name, namespace);
	if (network_seed > 0) {
		buf_addf(b, ",\"startTime\":\"2026-11-23T09:23:05Z\"");
		add_network(b, network_seed);
	}
	buf_addf(b, ",\"containers\":[");
}

#define OLDER(name, rest) ",{\"name\":\"" name "\"," \
	"\"startTime\":\"2026-11-23T09:22:05Z\"" rest "}"

static void
make_vectors(struct buf *b)
{
	buf_addf(b, "{\"node\":{\"nodeName\":\"test\","
	    "\"startTime\":\"2026-11-23T09:23:05Z\"");
	add_cpu_and_memory(b, 0);
	add_network(b, 0);
	add_fs(b, "fs", 0);
	buf_addf(b, ",\"systemContainers\":[");
	add_container(b, "kubelet", 200);
	buf_addf(b, ",");
	add_container(b, "runtime", 100);
	buf_addf(b, ",");
	add_container(b, "misc", 300);
	buf_addf(b, "]},\"pods\":[");
	begin_pod(b, "test0", "pod0", 1000);
	add_container(b, "c0", 2000);
	buf_addf(b, ",");
	add_container(b, "c1", 2001);
	buf_addf(b, OLDER("c0", ",\"memory\":{\"rssBytes\":0}") "]},");
	begin_pod(b, "test0", "pod1", 3000);
	add_container(b, "c0", 4000);
	buf_addf(b, "],\"volume\":[{\"name\":\"A\",\"availableBytes\":3013,"
	    "\"capacityBytes\":3012,\"usedBytes\":3011},{\"name\":\"B\","
	    "\"availableBytes\":3013,\"capacityBytes\":3012,"
	    "\"usedBytes\":3011}]},");
	begin_pod(b, "test1", "pod0", 5000);
	add_container(b, "c1", 6000);
	buf_addf(b, ",");
	add_container(b, "runtime", 7000);
	buf_addf(b, "]},");
	begin_pod(b, "test0", "pod2", 0);
	add_container(b, "c3", 9000);
	buf_addf(b, "],\"volume\":[{\"name\":\"C\",\"availableBytes\":1130,"
	    "\"usedBytes\":13340,\"capacityBytes\":2153,\"inodesFree\":10440,"
	    "\"inodes\":103620,\"pvcRef\":{\"name\":\"data-0\","
	    "\"namespace\":\"test0\"}}]},");
	begin_pod(b, "test0", "pod4", 10000);
	add_container(b, "c4", 11000);
	buf_addf(b, OLDER("c4", "") OLDER("c4", ",\"cpu\":{},\"memory\":{}")
	    "]},");
	begin_pod(b, "test0", "pod5", 12000);
	buf_addf(b, "{\"name\":\"c5\",\"startTime\":\"2026-11-23T09:23:05Z\","
	    "\"cpu\":{\"usageCoreNanoSeconds\":13001},\"accelerators\":[{"
	    "\"make\":\"nvidia\",\"model\":\"Tesla P100\",\"id\":\"GPU-dead\","
	    "\"memoryTotal\":13014,\"memoryUsed\":13015,"
	    "\"dutyCycle\":13016}]}]}]}");
}

static void
check_vector(const struct frame *f, const char *key, unsigned seed)
{
	static const struct { enum metric metric; unsigned offset; } plain[] = {
		{ METRIC_CPU_USAGE, 1 }, { METRIC_MEMORY_PAGE_FAULTS, 2 },
		{ METRIC_MEMORY_MAJOR_PAGE_FAULTS, 3 },
		{ METRIC_MEMORY_USAGE, 4 }, { METRIC_MEMORY_RSS, 5 },
		{ METRIC_MEMORY_WORKING_SET, 6 },
	};
	size_t n_wrong = 0;
	char want[16];

	for (size_t i = 0; i < COUNT(plain); i++) {
		snprintf(want, sizeof want, "%u", seed + plain[i].offset);
		n_wrong += strcmp(value_of(f, key, plain[i].metric), want) != 0;
	}
	snprintf(want, sizeof want, "%u", seed + 11);
	n_wrong += strcmp(labelled_value_of(f, key, "/",
	    METRIC_FILESYSTEM_USAGE), want) != 0;
	n_wrong += strcmp(value_of(f, key, METRIC_UPTIME), "60000") != 0;
	is_u64(n_wrong, 0, "%s has the values of %u", key, seed);
}

static void
test_vectors(void)
{
	static const struct { const char *key; unsigned seed; } cases[] = {
		{ "node:test", 0 }, { "node:test/container:kubelet", 200 },
		{ "node:test/container:docker-daemon", 100 },
		{ "node:test/container:system", 300 },
		{ "namespace:test0/pod:pod0/container:c0", 2000 },
		{ "namespace:test0/pod:pod0/container:c1", 2001 },
		{ "namespace:test0/pod:pod1/container:c0", 4000 },
		{ "namespace:test1/pod:pod0/container:c1", 6000 },
		{ "namespace:test1/pod:pod0/container:runtime", 7000 },
		{ "namespace:test0/pod:pod2/container:c3", 9000 },
		{ "namespace:test0/pod:pod4/container:c4", 11000 },
	};
	struct buf b = BUF_INIT;
	struct decoded d;
	const struct frame *f = &d.frame;
	size_t set;

	make_vectors(&b);
	decode(&d, buf_str(&b));
	if (!ok(d.is_decoded, "the vectors are decoded"))
		diag("%s", d.err.msg);
	is_u64(f->n_sets, 18, "they are 18 sets");
	ok(is_hierarchical(f), "in a hierarchy");
	for (size_t i = 0; i < COUNT(cases); i++)
		check_vector(f, cases[i].key, cases[i].seed);
	is_str(value_of(f, "namespace:test1/pod:pod0", METRIC_NETWORK_RX),
	    "5007", "a pod has received bytes");
	is_str(value_of(f, "namespace:test0/pod:pod0",
	    METRIC_NETWORK_TX_ERRORS), "1010", "and errors");
	is_str(labelled_value_of(f, "namespace:test0/pod:pod1", "Volume:B",
	    METRIC_FILESYSTEM_AVAILABLE), "3013", "and volumes");
	is_str(labelled_value_of(f, "namespace:test0/pod:pod2", "Volume:C",
	    METRIC_FILESYSTEM_INODES_FREE), "10440", "with inodes");
	is_str(labelled_value_of(f, "namespace:test0/pod:pod5/container:c5",
	    "GPU-dead", METRIC_ACCELERATOR_MEMORY_USED), "13015",
	    "a container has an accelerator");
	set = find_set(f, "namespace:test0/pod:pod1");
	ok(f->sets[set].resources[0].claim.p == NULL, "a volume of no claim");
	set = find_set(f, "namespace:test0/pod:pod2");
	ok(str_is(f->sets[set].resources[0].claim, "data-0"),
	    "and one of a claim");
	ok(set < f->n_sets && f->sets[set].scraped_ns == 0 &&
	    f->sets[set].start_ns == 0, "a pod may have no times");
	ok(str_is(f->node, "test") && f->kind == FRAME_NODE,
	    "the node's name is the kubelet's");
	decoded_fini(&d);
	buf_fini(&b);
}

#define ENTRY(name, containers) "{\"podRef\":{\"name\":\"" name "\"," \
	"\"namespace\":\"ns\"},\"containers\":[" containers "]}"
#define BARE(name, minute, rss) "{\"name\":\"" name "\",\"startTime\":" \
	"\"2026-11-23T09:" minute ":00Z\",\"memory\":{\"rssBytes\":" rss "}}"

static void
test_duplicates(void)
{
	static const struct { const char *pods, *rss; size_t n_sets; } cases[] = {
		{ ENTRY("p", BARE("c", "10", "1") "," BARE("c", "11", "2")),
		    "2", 3 },
		{ ENTRY("p", BARE("c", "11", "1") "," BARE("c", "10", "2")),
		    "1", 3 },
		{ ENTRY("p", BARE("c", "10", "1") "," BARE("c", "10", "2")),
		    "2", 3 },
		{ ENTRY("p", BARE("c", "10", "1") ",{\"name\":\"c\"}"),
		    "1", 3 },
		{ ENTRY("p", BARE("c", "10", "1")) ","
		    ENTRY("q", BARE("c", "11", "9")) ","
		    ENTRY("p", BARE("c", "11", "2") "," BARE("d", "11", "3")),
		    "2", 6 },
		{ ENTRY("p", BARE("c", "11", "1")) ","
		    ENTRY("q", BARE("c", "12", "9")) ","
		    ENTRY("p", BARE("c", "10", "2")), "1", 5 },
	};
	static const char system[] =
	    "{\"pods\":[" ENTRY("p", BARE("c", "10", "1")) "],"
	    "\"node\":{\"systemContainers\":[" BARE("runtime", "10", "1") ","
	    BARE("runtime", "09", "2") "," BARE("pods", "10", "3") "],"
	    "\"nodeName\":\"n\"}}";
	struct buf b = BUF_INIT;
	struct decoded d;

	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&b);
		buf_addf(&b, "{\"node\":{},\"pods\":[%s]}", cases[i].pods);
		decode(&d, buf_str(&b));
		ok(d.is_decoded && is_hierarchical(&d.frame),
		    "duplicates: %s", cases[i].pods);
		is_u64(d.frame.n_sets, cases[i].n_sets, "each name once");
		is_str(value_of(&d.frame, CONTAINER_KEY, METRIC_MEMORY_RSS),
		    cases[i].rss, "the latest start counts");
		decoded_fini(&d);
	}
	decode(&d, str_of(system));
	ok(d.is_decoded && is_hierarchical(&d.frame),
	    "a node may come behind its pods");
	is_u64(d.frame.n_sets, 5, "its system containers are there once each");
	is_str(value_of(&d.frame, "node:n/container:docker-daemon",
	    METRIC_MEMORY_RSS), "1", "the latest start counts for them too");
	decoded_fini(&d);
	buf_fini(&b);
}

static void
test_bounds(void)
{
	struct buf b = BUF_INIT;
	struct decoded d;
	struct frame frame;
	struct arena small;
	struct err err;

	buf_addf(&b, "{\"node\":{\"systemContainers\":[{\"name\":\"0\"}");
	for (unsigned i = 1; i < FRAME_SETS_MAX; i++)
		buf_addf(&b, ",{\"name\":\"%u\"}", i);
	buf_addf(&b, "]}}");
	arena_init(&small, (size_t)FRAME_SETS_MAX * 4096);
	buf_pad(&b);
	ok(!summary_decode(&frame, &small, buf_str(&b), NOW_NS, &err),
	    "more sets than a frame holds are an error");
	ok(strstr(err.msg, "too many sets") != NULL, "and it says so");
	arena_fini(&small);

	buf_reset(&b);
	buf_addf(&b, POD(",\"volume\":["));
	b.len -= 3;
	for (unsigned i = 0; i < FRAME_RESOURCES_MAX + 3; i++)
		buf_addf(&b, "%s{\"name\":\"%u\",\"usedBytes\":1}",
		    i == 0 ? "" : ",", i);
	buf_addf(&b, "]}]}");
	decode(&d, buf_str(&b));
	ok(d.is_decoded, "a pod with many volumes is decoded");
	is_u64(d.frame.sets[1].n_resources, FRAME_RESOURCES_MAX,
	    "with as many as a frame holds");
	decoded_fini(&d);

	buf_reset(&b);
	make_vectors(&b);
	buf_pad(&b);
	for (size_t bytes = 0; bytes <= 8192; bytes += 1024) {
		arena_init(&small, bytes);
		ok(!summary_decode(&frame, &small, buf_str(&b), NOW_NS, &err),
		    "fails in an arena of %zu bytes", bytes);
		arena_fini(&small);
	}
	buf_fini(&b);
}

int
main(void)
{
	test_vectors();
	test_duplicates();
	test_bounds();
	return done_testing();
}
