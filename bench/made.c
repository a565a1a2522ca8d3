/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

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
