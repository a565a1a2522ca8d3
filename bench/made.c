/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "bench/made.h"

static const enum metric counters_of_containers[] = {
	METRIC_CPU_USAGE, METRIC_MEMORY_PAGE_FAULTS,
	METRIC_MEMORY_MAJOR_PAGE_FAULTS, METRIC_UPTIME,
};

int64_t made_t0_ns = INT64_C(1790000000) * NS_PER_S;

static uint64_t state = 1;

uint64_t
made_below(uint64_t n)
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
	uint64_t memory = (busy + 3) * 700000 + made_below(4000) * 4096;

	m->start_ns = made_t0_ns - 86400 * NS_PER_S;
	m->scraped_ns = f->window_ns + (int64_t)made_below(5000000) * NS_PER_US;
	for (size_t c = 0; c < 4; c++)
		set_u64(m, counters_of_containers[c], (uint64_t)(i + 1440) *
		    (busy * 1000003 >> c * 8) + made_below(1000));
	set_u64(m, METRIC_MEMORY_USAGE, memory);
	set_u64(m, METRIC_MEMORY_WORKING_SET, memory * 9 / 10);
	set_u64(m, METRIC_MEMORY_RSS, memory * 7 / 10);
	set_u64(m, METRIC_CPU_USAGE_RATE, busy / 10 + made_below(20));
	set_float(m, METRIC_MEMORY_PAGE_FAULTS_RATE,
	    (double)made_below(20000) / 60.017);
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
		    60000000000 - made_below(1 << 20) * 4096);
	} else {
		set_u64(m, METRIC_NETWORK_RX, (uint64_t)i * busy * 100000);
		set_u64(m, METRIC_NETWORK_TX, (uint64_t)i * busy * 90000);
		set_float(m, METRIC_NETWORK_RX_RATE,
		    (double)made_below(1000000) / 60.017);
		set_float(m, METRIC_NETWORK_TX_RATE,
		    (double)made_below(1000000) / 60.017);
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

void
made_frame(struct frame *f, struct arena *a, uint64_t node, int64_t i)
{
	size_t pod, set;

	frame_clear(f);
	f->kind = FRAME_NODE;
	f->node = name(a, "node-%05" PRIu64, node);
	f->window_ns = made_t0_ns + i * MADE_R;
	f->resolution_ns = MADE_R;
	set = frame_add_set(f, a, SET_NODE, 0);
	f->sets[set].name = f->node;
	f->sets[set].labels = name(a, "zone:a%" PRIu64 ",arch:amd64", node);
	fill_set(f, a, set, node, i);
	for (uint64_t p = 0; p < MADE_PODS; p++) {
		uint64_t id = node * MADE_PODS + p;

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
		for (uint64_t c = 0; c < MADE_CONTAINERS; c++) {
			set = frame_add_set(f, a, SET_POD_CONTAINER, pod);
			f->sets[set].name = c == 0 ? STR("main") :
			    STR("sidecar");
			f->sets[set].image = name(a, "registry.example.org/"
			    "service-%" PRIu64 ":v1", p);
			fill_set(f, a, set, id * 2 + c, i);
		}
	}
}

static void
fill_plainly(struct metric_set *s, size_t i)
{
	static const struct { enum metric metric; uint64_t value; } typical[] = {
		{ METRIC_CPU_USAGE, 4093711458213 },
		{ METRIC_MEMORY_USAGE, 318767104 },
		{ METRIC_MEMORY_WORKING_SET, 201326592 },
		{ METRIC_MEMORY_RSS, 1178599424 },
		{ METRIC_MEMORY_CACHE, 104857600 },
		{ METRIC_MEMORY_PAGE_FAULTS, 2817367 },
		{ METRIC_MEMORY_MAJOR_PAGE_FAULTS, 132 },
		{ METRIC_UPTIME, 86400123 },
		{ METRIC_CPU_REQUEST, 100 },
		{ METRIC_CPU_LIMIT, 500 },
		{ METRIC_MEMORY_REQUEST, 134217728 },
		{ METRIC_MEMORY_LIMIT, 536870912 },
		{ METRIC_RESTART_COUNT, 1 },
		{ METRIC_EPHEMERAL_STORAGE_USAGE, 40960 },
		{ METRIC_MEMORY_AVAILABLE, 1973741824 },
	};

	for (size_t k = 0; k < sizeof typical / sizeof typical[0]; k++)
		set_u64(s, typical[k].metric, typical[k].value + i * 1237 % 97 *
		    (typical[k].value / 100));
	s->start_ns = 1795424400000000000 + (int64_t)i * 1000000;
	s->scraped_ns = 1795510385123456000 + (int64_t)i * 7919000;
}

void
made_plain_frame(struct frame *f, struct arena *a)
{
	frame_clear(f);
	f->kind = FRAME_NODE;
	f->window_ns = 1795510380000000000;
	f->resolution_ns = 15000000000;
	f->collector = STR("collector-0");
	f->node = f->hostname = STR("worker-0017.cluster.example.org");
	f->host_id = STR("");
	frame_add_set(f, a, SET_NODE, 0);
	f->sets[0].name = f->node;
	f->sets[0].labels = STR("kubernetes.io/arch:amd64,zone:a");
	fill_plainly(&f->sets[0], 0);
	for (size_t i = 0; i < MADE_PODS; i++) {
		size_t pod = frame_add_set(f, a, SET_POD, 0);
		struct metric_set *s = &f->sets[pod];

		s->namespace_name = name(a, "team-%03zu", i % 5);
		s->name = name(a, "web-frontend-7d4b9c6f5-x%03zu", i);
		s->pod_id =
		    name(a, "0b6fb0e4-7a4c-4f0c-9d55-3b1f6a0d7%03zu", i);
		s->namespace_id =
		    name(a, "9e1c1f7e-1c4e-4b7b-8d61-6b0d1c2f8%03zu", i % 5);
		s->labels = STR("app:web-frontend,pod-template-hash:7d4b9c6f5");
		fill_plainly(s, i);
		for (size_t k = 0; k < MADE_CONTAINERS; k++) {
			size_t c = frame_add_set(f, a, SET_POD_CONTAINER, pod);

			f->sets[c].name = name(a, "container-%03zu", k);
			f->sets[c].image =
			    STR("registry.example.org/team/web:v1.24.3");
			fill_plainly(&f->sets[c], i * MADE_CONTAINERS + k);
		}
	}
}

int64_t
made_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}
