/* SPDX-License-Identifier: ISC */
/*
 * What a point costs in each sink's format, and in compression: a node of 30
 * pods with 2 containers, each with some 15 metrics.  "NAME VALUE UNIT" per
 * line, the best of some rounds.
 */
#include "config.h"

#include <stdio.h>

#include "bench/made.h"

#include "sinks/exposition.h"
#include "sinks/format_elasticsearch.h"
#include "sinks/format_graphite.h"
#include "sinks/format_influxdb.h"
#include "sinks/format_kafka.h"
#include "sinks/format_opentsdb.h"
#include "sinks/format_otlp.h"
#include "sinks/format_remote_write.h"
#include "sinks/format_riemann.h"
#include "sinks/format_statsd.h"
#include "sinks/gzip.h"
#include "sinks/otlp_join.h"
#include "sinks/snappy.h"

#define ROUNDS 200
#define ARENA_BYTES (16u << 20)

static struct influx_format influxdb;
static struct graphite_format graphite;
static struct kafka_format kafka;
static struct opentsdb_format opentsdb;
static struct elastic_format elasticsearch;
static struct riemann_format riemann;
static struct statsd_format statsd;
static struct remote_write_format remote_write;
static struct otlp_format otlp;
static struct otlp_join otlp_request;
static struct exposer exposer;

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

static uint64_t
run_elasticsearch(struct buf *out, const struct frame *f)
{
	return format_elasticsearch(out, &elasticsearch, f);
}

static uint64_t
run_riemann(struct buf *out, const struct frame *f)
{
	return format_riemann(out, &riemann, f);
}

/* As records, and a request of them. */
static uint64_t
run_otlp(struct buf *out, const struct frame *f)
{
	static struct buf records;
	uint64_t n;

	buf_reset(&records);
	n = format_otlp(&records, &otlp, f);
	otlp_join(out, &otlp_request, buf_str(&records));
	return n;
}

/* Taken, and shown once. */
static uint64_t
run_exposition(struct buf *out, const struct frame *f)
{
	struct exposed_list list = { .bytes_max = SIZE_MAX };
	struct exposition e;
	uint64_t n;

	exposed_list_put(&list, &exposer, f, f->window_ns);
	if (exposition_open(&e, &list, EXPOSITION_TEXT, true))
		exposition_next(&e, out, SIZE_MAX / 2);
	n = e.n_points;
	exposition_close(&e);
	exposed_list_fini(&list);
	return n;
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
	{ "elasticsearch", run_elasticsearch },
	{ "riemann", run_riemann },
	{ "otlp", run_otlp },
	{ "exposition", run_exposition },
};

static int64_t
least(int64_t best_ns, int64_t begin_ns)
{
	int64_t took_ns = made_cpu_ns() - begin_ns;

	return took_ns < best_ns ? took_ns : best_ns;
}

static void
bench_packing(const char *name, struct str text, uint64_t n_points)
{
	int64_t gzip_ns = INT64_MAX, snappy_ns = INT64_MAX;
	struct buf gzip = BUF_INIT, snappy = BUF_INIT;

	for (int i = 0; i < ROUNDS / 10; i++) {
		int64_t begin_ns = made_cpu_ns();

		gzip_pack(&gzip, text);
		gzip_ns = least(gzip_ns, begin_ns);
		buf_reset(&snappy);
		begin_ns = made_cpu_ns();
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
		int64_t begin_ns = made_cpu_ns();

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
	    remote_write.filter = elasticsearch.filter =
	    riemann.filter = kafka.filter = otlp.filter =
	    exposer.filter = filter;
	influxdb.cluster_name = opentsdb.cluster = STR("default");
	elasticsearch.cluster_name = STR("default");
	elasticsearch.index = STR("heapster");
	elasticsearch.version = ELASTIC_8;
	graphite.prefix = STR("kubernetes");
	arena_init(&a, ARENA_BYTES);
	made_plain_frame(&f, &a);
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		bench_format(i, &f);
	influx_format_fini(&influxdb);
	graphite_format_fini(&graphite);
	kafka_format_fini(&kafka);
	opentsdb_format_fini(&opentsdb);
	elastic_format_fini(&elasticsearch);
	riemann_format_fini(&riemann);
	statsd_format_fini(&statsd);
	remote_write_format_fini(&remote_write);
	otlp_format_fini(&otlp);
	otlp_join_fini(&otlp_request);
	exposer_fini(&exposer);
	arena_fini(&a);
	sink_uri_fini(&uri);
	return 0;
}
