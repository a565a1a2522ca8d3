/* SPDX-License-Identifier: ISC */
/*
 * What a point costs in each sink's format, and in compression: a node of 30
 * pods with 2 containers, each with some 15 metrics.  "NAME VALUE UNIT" per
 * line, the best of some rounds.
 */
#include "config.h"

#include <stdio.h>
#include <time.h>

#include "sinks/format_graphite.h"
#include "sinks/format_influxdb.h"
#include "sinks/format_kafka.h"
#include "sinks/format_opentsdb.h"
#include "sinks/format_remote_write.h"
#include "sinks/format_statsd.h"
#include "sinks/gzip.h"
#include "sinks/snappy.h"

#define N_PODS 30
#define N_CONTAINERS 2
#define ROUNDS 200
#define ARENA_BYTES (16u << 20)

static struct influx_format influxdb;
static struct graphite_format graphite;
static struct kafka_format kafka;
static struct opentsdb_format opentsdb;
static struct statsd_format statsd;
static struct remote_write_format remote_write;

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static struct str
name(struct arena *a, const char *prefix, size_t i)
{
	char text[128];

	snprintf(text, sizeof text, "%s%03zu", prefix, i);
	return arena_str(a, str_of(text));
}

static void
fill(struct metric_set *s, size_t i)
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

static void
build(struct frame *f, struct arena *a)
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
	fill(&f->sets[0], 0);
	for (size_t i = 0; i < N_PODS; i++) {
		size_t pod = frame_add_set(f, a, SET_POD, 0);
		struct metric_set *s = &f->sets[pod];

		s->namespace_name = name(a, "team-", i % 5);
		s->name = name(a, "web-frontend-7d4b9c6f5-x", i);
		s->pod_id =
		    name(a, "0b6fb0e4-7a4c-4f0c-9d55-3b1f6a0d7", i);
		s->namespace_id =
		    name(a, "9e1c1f7e-1c4e-4b7b-8d61-6b0d1c2f8", i % 5);
		s->labels = STR("app:web-frontend,pod-template-hash:7d4b9c6f5");
		fill(s, i);
		for (size_t k = 0; k < N_CONTAINERS; k++) {
			size_t c = frame_add_set(f, a, SET_POD_CONTAINER, pod);

			f->sets[c].name = name(a, "container-", k);
			f->sets[c].image =
			    STR("registry.example.org/team/web:v1.24.3");
			fill(&f->sets[c], i * N_CONTAINERS + k);
		}
	}
}

static uint64_t
run_influxdb(struct buf *out, const struct frame *f)
{
	return format_influxdb(out, &influxdb, f);
}

static uint64_t
run_graphite(struct buf *out, const struct frame *f)
{
	return format_graphite(out, &graphite, f);
}

/* The list of messages keeps its memory, as it does in the sink. */
static uint64_t
run_kafka(struct buf *out, const struct frame *f)
{
	static struct kafka_messages messages;
	uint64_t n;

	kafka_messages_clear(&messages);
	messages.text = *out;
	format_kafka(&messages, &kafka, f);
	n = messages.n;
	*out = messages.text;
	messages.text = BUF_INIT;
	return n;
}

static uint64_t
run_opentsdb(struct buf *out, const struct frame *f)
{
	return format_opentsdb(out, &opentsdb, f);
}

static uint64_t
run_statsd(struct buf *out, const struct frame *f)
{
	return format_statsd(out, &statsd, f);
}

static uint64_t
run_remote_write(struct buf *out, const struct frame *f)
{
	return format_remote_write(out, &remote_write, f);
}

static const struct {
	const char *name;
	uint64_t (*run)(struct buf *out, const struct frame *f);
} formats[] = {
	{ "influxdb", run_influxdb },
	{ "graphite", run_graphite },
	{ "kafka", run_kafka },
	{ "opentsdb", run_opentsdb },
	{ "statsd", run_statsd },
	{ "remote_write", run_remote_write },
};

static int64_t
least(int64_t best_ns, int64_t begin_ns)
{
	int64_t took_ns = now_ns() - begin_ns;

	return took_ns < best_ns ? took_ns : best_ns;
}

static void
bench_packing(const char *name, struct str text, uint64_t n_points)
{
	int64_t gzip_ns = INT64_MAX, snappy_ns = INT64_MAX;
	struct buf gzip = BUF_INIT, snappy = BUF_INIT;

	for (int i = 0; i < ROUNDS / 10; i++) {
		int64_t begin_ns = now_ns();

		gzip_pack(&gzip, text);
		gzip_ns = least(gzip_ns, begin_ns);
		buf_reset(&snappy);
		begin_ns = now_ns();
		snappy_pack(&snappy, text);
		snappy_ns = least(snappy_ns, begin_ns);
	}
	printf("%s_gzip %.0f ns/point\n%s_gzip_size %.1f %%\n", name,
	    (double)gzip_ns / (double)n_points, name,
	    100.0 * (double)gzip.len / (double)text.len);
	printf("%s_snappy %.0f ns/point\n%s_snappy_size %.1f %%\n", name,
	    (double)snappy_ns / (double)n_points, name,
	    100.0 * (double)snappy.len / (double)text.len);
	buf_fini(&gzip);
	buf_fini(&snappy);
}

static void
bench_format(size_t i, const struct frame *f)
{
	int64_t best_ns = INT64_MAX;
	struct buf out = BUF_INIT;
	uint64_t n = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t begin_ns = now_ns();

		buf_reset(&out);
		n = formats[i].run(&out, f);
		best_ns = least(best_ns, begin_ns);
	}
	printf("%s %.0f ns/point\n%s_size %.0f bytes/point\n",
	    formats[i].name, (double)best_ns / (double)n, formats[i].name,
	    (double)out.len / (double)n);
	if (formats[i].run == run_influxdb ||
	    formats[i].run == run_remote_write)
		bench_packing(formats[i].name, buf_str(&out), n);
	buf_fini(&out);
}

int
main(void)
{
	struct point_filter filter;
	struct sink_uri uri;
	struct arena a;
	struct frame f;
	struct err err;

	if (!sink_uri_parse(&uri, STR(""), &err) ||
	    !point_filter_init(&filter, &uri, &err))
		return 1;
	influxdb.filter = graphite.filter = opentsdb.filter = statsd.filter =
	    remote_write.filter = kafka.filter = filter;
	influxdb.cluster_name = opentsdb.cluster = STR("default");
	graphite.prefix = STR("kubernetes");
	arena_init(&a, ARENA_BYTES);
	build(&f, &a);
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		bench_format(i, &f);
	influx_format_fini(&influxdb);
	graphite_format_fini(&graphite);
	kafka_format_fini(&kafka);
	opentsdb_format_fini(&opentsdb);
	statsd_format_fini(&statsd);
	remote_write_format_fini(&remote_write);
	arena_fini(&a);
	return 0;
}
