/* SPDX-License-Identifier: ISC */
/*
 * The store: bytes per value, and the time to take in a set, to look up a
 * series, to list pods and to open what a predecessor left; "NAME VALUE UNIT"
 * per line.
 *
 *	bench/store [NODES [WINDOWS [DIRECTORY]]]
 *
 * Nodes have 30 pods of 2 containers each.  What is stored stays in DIRECTORY,
 * if one is given: bench/restart.py starts an API server on it.
 */
#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/timestamp.h"

#include "apiserver/store.h"

#define PODS 30
#define CONTAINERS 2
#define R (60 * NS_PER_S)
#define LOOKUPS 20000
#define RETENTION(windows) ((windows) * R)

static const enum metric counters_of_containers[] = {
	METRIC_CPU_USAGE, METRIC_MEMORY_PAGE_FAULTS,
	METRIC_MEMORY_MAJOR_PAGE_FAULTS, METRIC_UPTIME,
};

static uint64_t state = 1;
static int64_t t0_ns;	/* the first window */

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static uint64_t
below(uint64_t n)
{
	state = state * 6364136223846793005 + 1442695040888963407;
	return (state >> 33) % n;
}

/* What a container of an average service has. */
static void
fill_set(struct frame *f, struct arena *a, size_t set, uint64_t id, int64_t i)
{
	struct metric_set *m = &f->sets[set];
	uint64_t busy = id * 2654435761 % 997;	/* its own pace, lasting */
	uint64_t memory = (busy + 3) * 700000 + below(4000) * 4096;

	m->start_ns = t0_ns - 86400 * NS_PER_S;
	m->scraped_ns = f->window_ns + (int64_t)below(5000000) * NS_PER_US;
	for (size_t c = 0; c < 4; c++)
		set_u64(m, counters_of_containers[c], (uint64_t)(i + 1440) *
		    (busy * 1000003 >> c * 8) + below(1000));
	set_u64(m, METRIC_MEMORY_USAGE, memory);
	set_u64(m, METRIC_MEMORY_WORKING_SET, memory * 9 / 10);
	set_u64(m, METRIC_MEMORY_RSS, memory * 7 / 10);
	set_u64(m, METRIC_CPU_USAGE_RATE, busy / 10 + below(20));
	set_float(m, METRIC_MEMORY_PAGE_FAULTS_RATE,
	    (double)below(20000) / 60.017);
	set_float(m, METRIC_MEMORY_MAJOR_PAGE_FAULTS_RATE, 0);
	set_u64(m, METRIC_CPU_REQUEST, 100);
	set_u64(m, METRIC_CPU_LIMIT, 500);
	set_u64(m, METRIC_MEMORY_REQUEST, 128 << 20);
	set_u64(m, METRIC_MEMORY_LIMIT, 512 << 20);
	set_u64(m, METRIC_RESTART_COUNT, 0);
	if (m->type == SET_POD_CONTAINER) {
		struct resource *r = frame_add_resource(f, a, set);

		r->resource_id = STR("/");
		resource_u64(r, METRIC_FILESYSTEM_USAGE, busy << 16);
		resource_u64(r, METRIC_FILESYSTEM_LIMIT, 101000000000);
		resource_u64(r, METRIC_FILESYSTEM_AVAILABLE,
		    60000000000 - below(1 << 20) * 4096);
	} else {
		set_u64(m, METRIC_NETWORK_RX, (uint64_t)i * busy * 100000);
		set_u64(m, METRIC_NETWORK_TX, (uint64_t)i * busy * 90000);
		set_float(m, METRIC_NETWORK_RX_RATE,
		    (double)below(1000000) / 60.017);
		set_float(m, METRIC_NETWORK_TX_RATE,
		    (double)below(1000000) / 60.017);
	}
}

__attribute__((format(printf, 2, 3)))
static struct str
name(struct arena *a, const char *format, ...)
{
	char text[64];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	return arena_str(a, (struct str){ text, (size_t)n });
}

static void
make_frame(struct frame *f, struct arena *a, uint64_t node, int64_t i)
{
	size_t pod, set;

	frame_clear(f);
	f->kind = FRAME_NODE;
	f->node = name(a, "node-%05" PRIu64, node);
	f->window_ns = t0_ns + i * R;
	f->resolution_ns = R;
	set = frame_add_set(f, a, SET_NODE, 0);
	f->sets[set].name = f->node;
	f->sets[set].labels = name(a, "zone:a%" PRIu64 ",arch:amd64", node);
	fill_set(f, a, set, node, i);
	for (uint64_t p = 0; p < PODS; p++) {
		uint64_t id = node * PODS + p;

		pod = frame_add_set(f, a, SET_POD, 0);
		f->sets[pod].namespace_name =
		    name(a, "team-%02" PRIu64, id % 30);
		f->sets[pod].name =
		    name(a, "service-%" PRIu64 "-5d4b9c%" PRIx64, p, id);
		f->sets[pod].pod_id = name(a, "3a1b8fd2-%08" PRIx64
		    "-4f64-9b4c-%012" PRIx64, id * 7919, id);
		f->sets[pod].labels = name(a, "app:service-%" PRIu64
		    ",pod-template-hash:5d4b9c%" PRIx64, p, id / 8);
		fill_set(f, a, pod, id, i);
		for (uint64_t c = 0; c < CONTAINERS; c++) {
			set = frame_add_set(f, a, SET_POD_CONTAINER, pod);
			f->sets[set].name = c == 0 ? STR("main") :
			    STR("sidecar");
			f->sets[set].image = name(a, "registry.example.org/"
			    "service-%" PRIu64 ":v1", p);
			fill_set(f, a, set, id * 2 + c, i);
		}
	}
}

static double
resident_mib(void)
{
	unsigned long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	if (f != NULL)
		fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static struct store *
open_or_die(const char *directory, int64_t windows,
    struct store_counters *counters)
{
	struct err err;
	struct store *s = store_open(directory, RETENTION(windows),
	    UINT64_C(4) << 30, counters, &err);

	if (s == NULL) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	return s;
}

static void
bench_append(struct store *s, uint64_t nodes, int64_t windows,
    const struct store_counters *counters)
{
	uint64_t n_sets = 0, seq = 0;
	int64_t spent_ns = 0;
	struct arena a;
	struct frame f;
	struct err err;

	arena_init(&a, 64 << 20);
	for (int64_t i = 0; i < windows; i++) {
		for (uint64_t node = 0; node < nodes; node++) {
			int64_t before_ns;

			arena_reset(&a);
			make_frame(&f, &a, node, i);
			before_ns = cpu_ns();
			store_add(s, &f, 1, ++seq, f.window_ns, &err);
			spent_ns += cpu_ns() - before_ns;
			n_sets += f.n_sets;
		}
	}
	arena_fini(&a);
	printf("store_append %.0f ns/set\n", (double)spent_ns /
	    (double)n_sets);
	printf("store_values %.1f values/set\n", (double)counters->values /
	    (double)n_sets);
	printf("store_size %.2f bytes/value\n", (double)counters->bytes /
	    (double)counters->values);
	printf("store_files %.1f MB\n", (double)counters->bytes / 1e6);
	printf("store_resident %.1f MiB\n", resident_mib());
}

static void
count_key(void *arg, const struct store_key *key)
{
	size_t *n = arg;

	(void)key;
	++*n;
}

static void
bench_queries(struct store *s, uint64_t nodes)
{
	const struct store_point *p;
	char pod[64], namespace_name[16];
	size_t n_points = 0, n_pods = 0;
	int64_t before_ns = cpu_ns();

	for (size_t k = 0; k < LOOKUPS; k++) {
		uint64_t id = below(nodes * PODS);
		struct store_key key = { .type = SET_POD };

		snprintf(pod, sizeof pod, "service-%" PRIu64 "-5d4b9c%"
		    PRIx64, id % PODS, id);
		snprintf(namespace_name, sizeof namespace_name,
		    "team-%02" PRIu64, id % 30);
		key.pod = str_of(pod);
		key.namespace_name = str_of(namespace_name);
		n_points += store_series(s, store_find(s, &key),
		    METRIC_CPU_USAGE_RATE, NULL, INT64_MIN, INT64_MAX, &p);
	}
	printf("store_series %.2f us\n",
	    (double)(cpu_ns() - before_ns) / 1e3 / LOOKUPS);
	printf("store_series_points %.1f points\n",
	    (double)n_points / LOOKUPS);
	before_ns = cpu_ns();
	for (size_t k = 0; k < 100; k++)
		store_list(s, &(struct store_key){ .type = SET_POD,
		    .namespace_name = STR("team-07") }, count_key, &n_pods);
	printf("store_list_namespace %.1f us\n",
	    (double)(cpu_ns() - before_ns) / 1e5);
	printf("store_list_pods %zu pods\n", n_pods / 100);
}

static void
remove_directory(const char *directory)
{
	DIR *d = opendir(directory);
	struct dirent *e;
	char path[400];

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(directory);
}

int
main(int argc, char **argv)
{
	uint64_t nodes = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
	int64_t windows = argc > 2 ? strtoll(argv[2], NULL, 10) : 15;
	struct store_counters counters = { 0 };
	char scratch[] = "/tmp/chbenchXXXXXX";
	const char *directory = argc > 3 ? argv[3] : scratch;
	struct store *s;
	int64_t before_ns;

	if (nodes == 0 || windows <= 0 ||
	    (argc <= 3 && mkdtemp(scratch) == NULL))
		return 1;
	t0_ns = ((int64_t)time(NULL) * NS_PER_S / R - windows) * R;
	s = open_or_die(directory, windows, &counters);
	bench_append(s, nodes, windows, &counters);
	bench_queries(s, nodes);
	store_close(s);
	before_ns = cpu_ns();
	s = open_or_die(directory, windows, &counters);
	printf("store_open %.1f ms\n", (double)(cpu_ns() - before_ns) /
	    1e6);
	store_close(s);
	if (argc <= 3)
		remove_directory(scratch);
	return 0;
}
