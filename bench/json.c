/* SPDX-License-Identifier: ISC */
/*
 * How fast kubelet bodies are read: summary_decode() and the bare walk
 * json_skip() beside jansson, in MB/s and as a ratio, on the same bytes in
 * turns.
 *
 *	bench/json [FILE ...]
 *
 * A body of 30 pods with two containers each is made up and measured first;
 * without files two genuine ones follow.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/summary.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"

#define ROUNDS 5		/* the best one counts */
#define ROUND_NS (60 * 1000000LL)
#define VOLUMES 4		/* per pod */
#define ARENA_BYTES (256u * 1024 * 1024)
#define NOW_NS INT64_C(1795425900000000000)

static struct arena arena;

static uint64_t
next_random(void)
{
	static uint64_t x = UINT64_C(0x9e3779b97f4a7c15);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* A number of 1 to max_digits digits. */
static unsigned long long
number(unsigned max_digits)
{
	uint64_t limit = 10;

	for (uint64_t n = next_random() % max_digits; n > 0; n--)
		limit *= 10;
	return next_random() % limit;
}

/* A key and its value, n blanks deep, as kubelets write it. */
static void
add_number(struct buf *b, int n, const char *key, unsigned max_digits)
{
	buf_addf(b, ",\n%*s\"%s\": %llu", n, "", key, number(max_digits));
}

static void
add_time(struct buf *b, int n, const char *key)
{
	buf_addf(b, "\n%*s\"%s\": \"2026-11-23T09:%02u:%02uZ\"", n, "", key,
	    (unsigned)(next_random() % 60), (unsigned)(next_random() % 60));
}

static void
add_cpu_and_memory(struct buf *b, int n)
{
	buf_addf(b, ",\n%*s\"cpu\": {", n, "");
	add_time(b, n + 1, "time");
	add_number(b, n + 1, "usageNanoCores", 9);
	add_number(b, n + 1, "usageCoreNanoSeconds", 14);
	buf_addf(b, "\n%*s},\n%*s\"memory\": {", n, "", n, "");
	add_time(b, n + 1, "time");
	add_number(b, n + 1, "availableBytes", 10);
	add_number(b, n + 1, "usageBytes", 9);
	add_number(b, n + 1, "workingSetBytes", 9);
	add_number(b, n + 1, "rssBytes", 9);
	add_number(b, n + 1, "pageFaults", 7);
	add_number(b, n + 1, "majorPageFaults", 3);
	buf_addf(b, "\n%*s}", n, "");
}

static void
add_fs_members(struct buf *b, int n)
{
	add_time(b, n, "time");
	add_number(b, n, "availableBytes", 12);
	add_number(b, n, "capacityBytes", 13);
	add_number(b, n, "usedBytes", 10);
	add_number(b, n, "inodesFree", 9);
	add_number(b, n, "inodes", 9);
	add_number(b, n, "inodesUsed", 4);
}

static void
add_fs(struct buf *b, int n, const char *key)
{
	buf_addf(b, ",\n%*s\"%s\": {", n, "", key);
	add_fs_members(b, n + 1);
	buf_addf(b, "\n%*s}", n, "");
}

static void
add_interface(struct buf *b, int n)
{
	buf_addf(b, "\n%*s\"name\": \"eth0\"", n, "");
	add_number(b, n, "rxBytes", 11);
	add_number(b, n, "rxErrors", 1);
	add_number(b, n, "txBytes", 11);
	add_number(b, n, "txErrors", 1);
}

static void
add_network(struct buf *b, int n)
{
	buf_addf(b, ",\n%*s\"network\": {", n, "");
	add_time(b, n + 1, "time");
	buf_addf(b, ",");
	add_interface(b, n + 1);
	buf_addf(b, ",\n%*s\"interfaces\": [\n%*s{", n + 1, "", n + 2, "");
	add_interface(b, n + 3);
	buf_addf(b, "\n%*s}\n%*s]\n%*s}", n + 2, "", n + 1, "", n, "");
}

static void
add_container(struct buf *b, const char *name)
{
	buf_addf(b, "\n    {\n     \"name\": \"%s\",", name);
	add_time(b, 5, "startTime");
	add_cpu_and_memory(b, 5);
	add_fs(b, 5, "rootfs");
	add_fs(b, 5, "logs");
	buf_addf(b, "\n    }");
}

static void
add_pod(struct buf *b, unsigned i)
{
	buf_addf(b, "\n  {\n   \"podRef\": {\n    \"name\": \"web-%llu-%u\",\n"
	    "    \"namespace\": \"team-%u\",\n"
	    "    \"uid\": \"d40882bd-0fc9-42c2-88f1-%012u\"\n   },",
	    number(9), i, i % 5, i);
	add_time(b, 3, "startTime");
	buf_addf(b, ",\n   \"containers\": [");
	add_container(b, "main");
	buf_addf(b, ",");
	add_container(b, "sidecar");
	buf_addf(b, "\n   ]");
	add_cpu_and_memory(b, 3);
	add_network(b, 3);
	buf_addf(b, ",\n   \"volume\": [");
	for (unsigned v = 0; v < VOLUMES; v++) {
		buf_addf(b, "%s\n    {", v == 0 ? "" : ",");
		add_fs_members(b, 5);
		buf_addf(b, ",\n     \"name\": \"kube-api-access-%05u\"\n    }",
		    i * VOLUMES + v);
	}
	buf_addf(b, "\n   ]");
	add_fs(b, 3, "ephemeral-storage");
	buf_addf(b, ",\n   \"process_stats\": {\n    \"process_count\": %llu\n"
	    "   }\n  }", number(2));
}

static void
make_body(struct buf *b)
{
	buf_addf(b, "{\n \"node\": {\n  \"nodeName\": \"node-1\",");
	add_time(b, 2, "startTime");
	add_cpu_and_memory(b, 2);
	add_network(b, 2);
	add_fs(b, 2, "fs");
	buf_addf(b, "\n },\n \"pods\": [");
	for (unsigned i = 0; i < 30; i++) {
		if (i > 0)
			buf_add_char(b, ',');
		add_pod(b, i);
	}
	buf_addf(b, "\n ]\n}");
}

static void
run_summary(struct str body)
{
	struct frame frame;
	struct err err;

	arena_reset(&arena);
	if (!summary_decode(&frame, &arena, body, NOW_NS, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
}

static void
run_skip(struct str body)
{
	struct json j;
	struct err err;

	json_begin(&j, body, NULL);
	json_skip(&j);
	if (!json_end(&j, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
}

static void
run_jansson(struct str body)
{
	json_error_t error;
	json_t *root = json_loadb(body.p, body.len, 0, &error);

	if (root == NULL) {
		fprintf(stderr, "jansson: %s\n", error.text);
		exit(1);
	}
	json_decref(root);
}

static double
measure_mb_per_s(void (*run)(struct str), struct str body)
{
	int64_t start_ns = clock_mono_ns(), elapsed_ns;
	double bytes = 0;

	do {
		run(body);
		bytes += (double)body.len;
		elapsed_ns = clock_mono_ns() - start_ns;
	} while (elapsed_ns < ROUND_NS);
	return bytes * 1e3 / (double)elapsed_ns;
}

static void
report(const char *name, struct buf *b)
{
	static void (*const runs[])(struct str) =
	    { run_jansson, run_skip, run_summary };
	double best[3] = { 0 };

	buf_pad(b);
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < 3; i++) {
			double v = measure_mb_per_s(runs[i], buf_str(b));

			best[i] = v > best[i] ? v : best[i];
		}
	printf("%-40s %7zu bytes: jansson %.0f, skip %.0f (%.1fx), "
	    "summary %.0f (%.1fx) MB/s\n", name, b->len, best[0], best[1],
	    best[1] / best[0], best[2], best[2] / best[0]);
}

static bool
read_file(struct buf *b, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;
	char *p;

	if (f == NULL)
		return false;
	do {
		b->len += n;
		p = buf_reserve(b, 65536);
		n = p == NULL ? 0 : fread(p, 1, 65536, f);
	} while (n > 0);
	fclose(f);
	return !b->failed;
}

static void
report_file(struct buf *b, const char *path)
{
	buf_reset(b);
	if (!read_file(b, path)) {
		perror(path);
		exit(1);
	}
	report(path, b);
}

int
main(int argc, char **argv)
{
	static const char *const genuine[] =
	    { "summary.body", "summary-cpumem.body" };
	const char *srcdir = getenv("top_srcdir");
	struct buf b = BUF_INIT;
	char path[4096];

	arena_init(&arena, ARENA_BYTES);
	make_body(&b);
	report("30 pods of 2 containers", &b);
	for (int i = 1; i < argc; i++)
		report_file(&b, argv[i]);
	for (size_t i = 0; argc == 1 && i < 2; i++) {
		snprintf(path, sizeof path, "%s/t/data/kubelet-1.26/%s",
		    srcdir == NULL ? "." : srcdir, genuine[i]);
		report_file(&b, path);
	}
	buf_fini(&b);
	arena_fini(&arena);
	return 0;
}
