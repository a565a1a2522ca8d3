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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/timestamp.h"

#include "apiserver/store.h"

#include "bench/made.h"

#define LOOKUPS 20000
#define RETENTION(windows) ((windows) * MADE_R)

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
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
			made_frame(&f, &a, node, i);
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
		uint64_t id = made_below(nodes * MADE_PODS);
		struct store_key key = { .type = SET_POD };

		snprintf(pod, sizeof pod, "service-%" PRIu64 "-5d4b9c%"
		    PRIx64, id % MADE_PODS, id);
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
	made_t0_ns = ((int64_t)time(NULL) * NS_PER_S / MADE_R - windows) * MADE_R;
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
