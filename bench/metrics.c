/* SPDX-License-Identifier: ISC */
/*
 * The Metrics API without its transport: CPU per answer, and what an answer
 * costs that is the first after all nodes have said something new;
 * "NAME VALUE UNIT" per line.
 *
 *	bench/metrics [NODES]
 *
 * Nodes have 30 pods of 2 containers each, a namespace one pod of each node.  "start"
 * reads what is needed of the windows before, "first" brings the table up to
 * date and makes all items in that form, once per window; the others copy.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apiserver/api.h"
#include "apiserver/compress.h"

#include "bench/made.h"

#define WINDOWS 5
#define SECONDS_NS (NS_PER_S / 2)	/* of each */
#define ROOT "/apis/metrics.k8s.io/v1/"
#define PROTOBUF "application/vnd.kubernetes.protobuf"
#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io"

static struct store *store;
static struct api api;
static struct api_response rs;
static int64_t window;
static uint64_t seq;

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static int64_t
now_ns(void)
{
	return made_t0_ns + window * MADE_R + 10 * NS_PER_S;
}

static void
add_window(uint64_t n_nodes)
{
	struct arena a;
	struct err err;

	arena_init(&a, 64 << 20);
	window++;
	for (uint64_t node = 0; node < n_nodes; node++) {
		struct frame f;

		arena_reset(&a);
		made_frame(&f, &a, node, window);
		if (!store_add(store, &f, 1, ++seq, now_ns(), &err)) {
			fprintf(stderr, "%s\n", err.msg);
			exit(1);
		}
	}
	arena_fini(&a);
}

static void
ask(const char *target, const char *accept)
{
	struct api_request rq = {
		.method = STR("GET"), .accept = str_of(accept),
		.query = str_of(target), .now_ns = now_ns(),
		.is_secure = true,
	};
	struct buf body = rs.body;

	rq.path = str_cut(&rq.query, '?');
	buf_reset(&body);
	rs = (struct api_response){ .body = body };
	api_answer(&api, &rq, &rs);
	if (rs.status != 200) {
		fprintf(stderr, "%s: %d %.*s\n", target, rs.status,
		    (int)body.len, body.p);
		exit(1);
	}
}

static void
say(const char *what, const char *name, int64_t ns, int64_t n)
{
	printf("metrics %s %s %.1f us\n", what, name,
	    (double)ns / (double)n / 1e3);
	fflush(stdout);
}

static void
measure(const char *what, const char *target, const char *accept)
{
	int64_t began_ns, n = 0;

	ask(target, accept);
	began_ns = cpu_ns();
	do {
		ask(target, accept);
		n++;
	} while (cpu_ns() - began_ns < SECONDS_NS);
	say(what, "cpu", cpu_ns() - began_ns, n);
	printf("metrics %s bytes %zu bytes\n", what, rs.body.len);
}

static void
measure_first(const char *what, uint64_t n_nodes, const char *accept)
{
	int64_t began_ns;

	ask(ROOT "pods", accept);
	add_window(n_nodes);
	began_ns = cpu_ns();
	ask(ROOT "pods", accept);
	say(what, "first", cpu_ns() - began_ns, 1);
}

static void
measure_gzip(void)
{
	struct buf out = BUF_INIT;
	int64_t began_ns;

	ask(ROOT "pods", NULL);
	began_ns = cpu_ns();
	compress_to(&out, buf_str(&rs.body), COMPRESSION_GZIP);
	say("all pods json", "gzip", cpu_ns() - began_ns, 1);
	printf("metrics all pods json gzip bytes %zu bytes\n", out.len);
	buf_fini(&out);
}

int
main(int argc, char **argv)
{
	static struct store_counters counters;
	uint64_t n_nodes = argc > 1 ? strtoull(argv[1], NULL, 10) : 500;
	char selected[200], namespace_pods[100];
	int64_t began_ns;
	struct err err;

	store = store_open(NULL, 15 * MADE_R, UINT64_C(4) << 30, &counters,
	    &err);
	if (store == NULL) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	api = (struct api){ .store = store, .label_separator = STR(",") };
	for (int i = 0; i < WINDOWS; i++)
		add_window(n_nodes);
	began_ns = cpu_ns();
	ask(ROOT "pods", NULL);
	say("all pods json", "start", cpu_ns() - began_ns, 1);
	measure_first("all pods json", n_nodes, NULL);
	measure_first("all pods protobuf", n_nodes, PROTOBUF);
	measure("all pods json", ROOT "pods", NULL);
	measure("all pods protobuf", ROOT "pods", PROTOBUF);
	measure("all pods table", ROOT "pods", TABLE);
	measure_gzip();
	measure("nodes json", ROOT "nodes", NULL);
	measure("nodes protobuf", ROOT "nodes", PROTOBUF);
	snprintf(namespace_pods, sizeof namespace_pods,
	    ROOT "namespaces/%s/pods", "team-07");
	measure("one namespace json", namespace_pods, NULL);
	measure("one namespace protobuf", namespace_pods, PROTOBUF);
	snprintf(selected, sizeof selected, "%s?labelSelector=app%%3D"
	    "service-7,pod-template-hash%%20in%%20(5d4b9c1e,x)",
	    namespace_pods);
	measure("one namespace selected", selected, PROTOBUF);
	api_fini(&api);
	buf_fini(&rs.body);
	store_close(store);
	return 0;
}
