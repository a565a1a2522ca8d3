/* SPDX-License-Identifier: ISC */
/*
 * How fast the lesser bodies of kubelets are read, in MB/s and microseconds:
 * resource_decode() beside a memchr() for line feeds, which is what no decoder
 * can beat, and cadvisor_decode() beside the bare walk json_skip(), in turns.
 *
 * Bodies are of 100 pods with two containers each; a genuine one follows.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/cadvisor.h"
#include "collector/resource.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"

#define ROUNDS 5		/* the best one counts */
#define ROUND_NS (60 * 1000000LL)
#define PODS 100
#define CONTAINERS 2		/* per pod */
#define ARENA_BYTES (256u * 1024 * 1024)
#define NOW_NS INT64_C(1795425900000000000)

static struct arena arena;

static unsigned long long
number(void)
{
	static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % 1000000000;
}

/* A line per pod, or one per container; seconds are plain, bytes are not. */
static void
add_family(struct buf *b, const char *name, unsigned n_containers,
    bool is_seconds)
{
	buf_addf(b, "# HELP %s [STABLE] What it is\n# TYPE %s gauge\n", name,
	    name);
	for (unsigned i = 0; i < PODS * (n_containers + !n_containers); i++) {
		buf_addf(b, "%s{", name);
		if (n_containers > 0)
			buf_addf(b, "container=\"c%u\",", i / PODS);
		buf_addf(b, "namespace=\"team-%u\",pod=\"web-756f798b48-%05u"
		    "\"} ", i % PODS % 5, i % PODS);
		if (is_seconds)
			buf_addf(b, "%llu.%09llu", number() % 100000, number());
		else
			buf_addf(b, "1.%llue+08", number() % 10000000);
		buf_addf(b, " %llu\n", 1795425000000 + number() % 1000000);
	}
}

static void
make_resource(struct buf *b)
{
	add_family(b, "container_cpu_usage_seconds_total", CONTAINERS, true);
	add_family(b, "container_memory_working_set_bytes", CONTAINERS,
	    false);
	add_family(b, "container_start_time_seconds", CONTAINERS, false);
	add_family(b, "pod_cpu_usage_seconds_total", 0, true);
	add_family(b, "pod_memory_working_set_bytes", 0, false);
	buf_addf(b, "node_cpu_usage_seconds_total 1.5\n"
	    "resource_scrape_error 0\n");
}

static void
add_stats(struct buf *b)
{
	buf_addf(b, "\"stats\":[{\"timestamp\":\"2026-11-23T09:24:01.%09lluZ\","
	    "\"cpu\":{\"usage\":{\"total\":%llu,\"per_cpu_usage\":[%llu,%llu,"
	    "%llu,%llu],\"user\":%llu,\"system\":%llu},\"cfs\":{\"periods\":0,"
	    "\"throttled_periods\":0},\"load_average\":0},", number(),
	    number(), number(), number(), number(), number(), number(),
	    number());
	buf_addf(b, "\"diskio\":{\"io_service_bytes\":[{\"device\":"
	    "\"/dev/sda\",\"major\":8,\"minor\":0,\"stats\":{\"Async\":%llu,"
	    "\"Read\":%llu,\"Sync\":0,\"Total\":%llu,\"Write\":%llu}}]},",
	    number(), number(), number(), number());
	buf_addf(b, "\"memory\":{\"usage\":%llu,\"max_usage\":%llu,\"cache\":"
	    "%llu,\"rss\":%llu,\"swap\":0,\"working_set\":%llu,\"failcnt\":0,"
	    "\"container_data\":{\"pgfault\":%llu,\"pgmajfault\":%llu},"
	    "\"hierarchical_data\":{\"pgfault\":%llu,\"pgmajfault\":%llu}},",
	    number(), number(), number(), number(), number(), number(),
	    number(), number(), number());
	buf_addf(b, "\"network\":{\"name\":\"\",\"rx_bytes\":0},"
	    "\"filesystem\":[{\"device\":\"/dev/sda1\",\"type\":\"vfs\","
	    "\"capacity\":%llu,\"usage\":%llu,\"base_usage\":%llu,"
	    "\"available\":%llu,\"has_inodes\":true,\"inodes\":%llu,"
	    "\"inodes_free\":%llu,\"reads_completed\":0}],\"task_stats\":"
	    "{\"nr_sleeping\":0,\"nr_running\":0}}]}", number(), number(),
	    number(), number(), number(), number());
}

static void
make_cadvisor(struct buf *b)
{
	static const char *const names[] = { "POD", "main", "sidecar" };

	buf_addf(b, "{\"/\":{\"name\":\"/\",\"spec\":{\"has_cpu\":true},");
	add_stats(b);
	for (unsigned i = 0; i < PODS * (1 + CONTAINERS); i++) {
		buf_addf(b, ",\"/kubepods/burstable/pod%u/%064u\":{\"name\":"
		    "\"/kubepods/burstable/pod%u/%064u\",\"namespace\":"
		    "\"docker\",\"spec\":{\"creation_time\":"
		    "\"2026-11-23T09:00:00.123456789Z\",\"labels\":{"
		    "\"io.kubernetes.container.name\":\"%s\","
		    "\"io.kubernetes.pod.name\":\"web-756f798b48-%05u\","
		    "\"io.kubernetes.pod.namespace\":\"team-%u\"},"
		    "\"has_cpu\":true,\"has_memory\":true,\"has_network\":"
		    "false,\"has_filesystem\":true,\"has_diskio\":true,"
		    "\"image\":\"web:1\"},", i / 3, i, i / 3, i, names[i % 3],
		    i / 3, i % 5);
		add_stats(b);
	}
	buf_addf(b, "}");
}

static void
check(bool is_fine, const struct err *err)
{
	if (is_fine)
		return;
	fprintf(stderr, "%s\n", err->msg);
	exit(1);
}

static void
run_resource(struct str body)
{
	struct frame frame;
	struct err err;

	arena_reset(&arena);
	check(resource_decode(&frame, &arena, body, NOW_NS, &err), &err);
}

static void
run_cadvisor(struct str body)
{
	struct frame frame;
	struct err err;

	arena_reset(&arena);
	check(cadvisor_decode(&frame, &arena, body, NOW_NS, &err), &err);
}

static void
run_skip(struct str body)
{
	struct json j;
	struct err err;

	json_begin(&j, body, NULL);
	json_skip(&j);
	check(json_end(&j, &err), &err);
}

static void
run_lines(struct str body)
{
	const char *p = body.p, *end = body.p + body.len;
	static volatile size_t n_lines;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		n_lines = n_lines + 1;
		p++;
	}
}

static double
measure_ns(void (*run)(struct str), struct str body)
{
	int64_t start_ns = clock_mono_ns(), elapsed_ns;
	double n = 0;

	do {
		run(body);
		n++;
		elapsed_ns = clock_mono_ns() - start_ns;
	} while (elapsed_ns < ROUND_NS);
	return (double)elapsed_ns / n;
}

/* The first is what the second is compared with. */
static void
report(const char *name, struct buf *b, const char *const names[2],
    void (*const runs[2])(struct str))
{
	double best_ns[2] = { 1e18, 1e18 }, size = (double)b->len;

	buf_pad(b);
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < 2; i++) {
			double ns = measure_ns(runs[i], buf_str(b));

			best_ns[i] = ns < best_ns[i] ? ns : best_ns[i];
		}
	printf("%-40s %7zu bytes: %s %.0f, %s %.0f MB/s, %.1f us\n", name,
	    b->len, names[0], size * 1e3 / best_ns[0], names[1],
	    size * 1e3 / best_ns[1], best_ns[1] / 1e3);
}

static void
read_genuine(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "r");
	int c;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	buf_reset(b);
	while ((c = getc(f)) != EOF)
		buf_add_char(b, (char)c);
	fclose(f);
}

int
main(void)
{
	static const char *const text_names[] = { "lines", "resource" };
	static const char *const json_names[] = { "skip", "cadvisor" };
	static void (*const text_runs[])(struct str) =
	    { run_lines, run_resource };
	static void (*const json_runs[])(struct str) =
	    { run_skip, run_cadvisor };
	const char *srcdir = getenv("top_srcdir");
	struct buf b = BUF_INIT;
	char path[4096];

	arena_init(&arena, ARENA_BYTES);
	make_resource(&b);
	report("resource, 100 pods of 2 containers", &b, text_names,
	    text_runs);
	snprintf(path, sizeof path, "%s/t/data/kubelet-1.26/resource.body",
	    srcdir == NULL ? "." : srcdir);
	read_genuine(&b, path);
	report("resource, genuine", &b, text_names, text_runs);
	buf_reset(&b);
	make_cadvisor(&b);
	report("cadvisor, 100 pods of 2 containers", &b, json_names,
	    json_runs);
	buf_fini(&b);
	arena_fini(&arena);
	return 0;
}
