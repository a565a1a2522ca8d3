/* SPDX-License-Identifier: ISC */
/*
 * What the store costs: bytes per value kept, time per set taken in and per
 * series read.  100 nodes of 30 pods with 2 containers for 15 windows of 60 s,
 * with values as kubelets give them: counters that grow unevenly, memory that
 * wavers, limits that stay.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/timestamp.h"

#include "apiserver/store.h"

#define N_NODES 100
#define N_PODS 30
#define N_CONTAINERS 2
#define N_WINDOWS 15
#define R (60 * NS_PER_S)
#define T0 (INT64_C(1790000000) / 60 * 60 * NS_PER_S)
#define ROUNDS 20000

static uint32_t noise_state = 1;

static uint32_t
noise(uint32_t below)
{
	noise_state = noise_state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(noise_state >> 8) * below >> 24);
}

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void
fill(struct metric_set *s, uint64_t window, uint64_t who)
{
	uint64_t pages = 20000 + who * 37 % 50000 + noise(200);

	s->scraped_ns = T0 + (int64_t)window * R + noise(15) * NS_PER_S;
	s->start_ns = T0 - 86400 * NS_PER_S - (int64_t)who * NS_PER_S;
	set_u64(s, METRIC_CPU_USAGE, (100 + who % 400) * 86400000000000 / 1000 +
	    window * (6000000000 + noise(2000000000)));
	set_u64(s, METRIC_MEMORY_USAGE, pages * 4096);
	set_u64(s, METRIC_MEMORY_WORKING_SET, (pages - 900) * 4096);
	set_u64(s, METRIC_MEMORY_RSS, (pages - 2000) * 4096);
	set_u64(s, METRIC_MEMORY_PAGE_FAULTS, 100000 + window * noise(5000));
	set_u64(s, METRIC_MEMORY_MAJOR_PAGE_FAULTS, who % 7);
	set_u64(s, METRIC_UPTIME, 86400000 + window * 60000);
	set_u64(s, METRIC_CPU_USAGE_RATE, 100 + noise(40));
	set_float(s, METRIC_MEMORY_PAGE_FAULTS_RATE, noise(5000) / 61.0);
	set_float(s, METRIC_MEMORY_MAJOR_PAGE_FAULTS_RATE, 0);
	set_u64(s, METRIC_CPU_REQUEST, 100);
	set_u64(s, METRIC_CPU_LIMIT, 500);
	set_u64(s, METRIC_MEMORY_REQUEST, 64 << 20);
	set_u64(s, METRIC_MEMORY_LIMIT, 128 << 20);
	set_u64(s, METRIC_RESTART_COUNT, 0);
}

__attribute__((format(printf, 2, 3)))
static struct str
name(struct arena *a, const char *fmt, ...)
{
	char text[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return arena_str(a, str_of(text));
}

static void
make_frame(struct frame *f, struct arena *a, unsigned node, unsigned window)
{
	frame_clear(f);
	f->kind = FRAME_NODE;
	f->node = name(a, "node-%03u-%u.example.org", node, 7);
	f->window_ns = T0 + (int64_t)window * R;
	f->resolution_ns = R;
	frame_add_set(f, a, SET_NODE, 0);
	f->sets[0].name = f->node;
	fill(&f->sets[0], window, node);
	for (unsigned j = 0; j < N_PODS; j++) {
		size_t pod = frame_add_set(f, a, SET_POD, 0);

		f->sets[pod].namespace_name = name(a, "team-%u-%u", j % 9, 1);
		f->sets[pod].name = name(a, "web-7d4b9c-%04u-%02u", node, j);
		f->sets[pod].pod_id = name(a, "0f5bd0dc-1f1e-4a1a-%04u-%012u",
		    node, j);
		f->sets[pod].labels = name(a, "app:web-%u,tier:front-%u",
		    j % 9, j % 3);
		fill(&f->sets[pod], window, node * 100 + j);
		for (unsigned k = 0; k < N_CONTAINERS; k++) {
			size_t c = frame_add_set(f, a, SET_POD_CONTAINER, pod);

			f->sets[c].name = name(a, "app-%u%u", k, 0);
			f->sets[c].image = name(a,
			    "registry.example.org/team/web-%u:1.%u", j % 9, k);
			fill(&f->sets[c], window, node * 1000 + j * 10 + k);
		}
	}
}

static void
report(struct store *s, const struct store_counters *c, int64_t add_ns,
    uint64_t n_sets)
{
	const struct store_point *points;
	uint64_t n_points = 0;
	int64_t begin_ns = now_ns();

	for (unsigned i = 0; i < ROUNDS; i++) {
		char ns[32], pod[64];
		unsigned j = i % N_PODS;
		struct store_key key = { .type = SET_POD_CONTAINER,
			.container = STR("app-10") };

		snprintf(ns, sizeof ns, "team-%u-1", j % 9);
		snprintf(pod, sizeof pod, "web-7d4b9c-%04u-%02u", i % N_NODES,
		    j);
		key.namespace_name = str_of(ns);
		key.pod = str_of(pod);
		n_points += store_series(s, store_find(s, &key),
		    METRIC_CPU_USAGE_RATE, NULL, INT64_MIN, INT64_MAX,
		    &points);
	}
	printf("store      %.2f bytes/value with all names, %.0f bytes per set "
	    "and window\n", (double)c->bytes / (double)c->values,
	    (double)c->bytes / (double)n_sets);
	printf("store      add %.0f ns/set  series of %.1f points %.2f us\n",
	    (double)add_ns / (double)n_sets, (double)n_points / ROUNDS,
	    (double)(now_ns() - begin_ns) / ROUNDS / 1000);
}

int
main(void)
{
	struct store_counters counters = { 0 };
	struct err err = { "" };
	struct store *s = store_open(NULL, N_WINDOWS * R, UINT64_C(4) << 30,
	    &counters, &err);
	uint64_t n_sets = 0, seq = 0;
	int64_t add_ns = 0;
	struct arena a;

	arena_init(&a, 64u << 20);
	for (unsigned w = 0; s != NULL && w < N_WINDOWS; w++) {
		for (unsigned n = 0; n < N_NODES; n++) {
			struct frame f;
			int64_t begin_ns;

			arena_reset(&a);
			make_frame(&f, &a, n, w);
			begin_ns = now_ns();
			if (!store_add(s, &f, 1, ++seq, f.window_ns, &err))
				return 1;
			add_ns += now_ns() - begin_ns;
			n_sets += f.n_sets;
		}
	}
	if (s == NULL)
		return 1;
	report(s, &counters, add_ns, n_sets);
	store_close(s);
	arena_fini(&a);
	return 0;
}
