/* SPDX-License-Identifier: ISC */
/*
 * What a set costs on the wire: a node of 30 pods with 2 containers, each with
 * some 15 metrics, encoded and decoded by us and, for comparison, by jansson.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/frame_json.h"
#include "common/json.h"

#define N_PODS 30
#define N_CONTAINERS 2
#define ROUNDS 2000
#define JANSSON_ROUNDS 50
#define ARENA_BYTES (16u << 20)

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

/* The same text with jansson: tree to text, text to tree to sets. */

static void
from_jansson(struct frame *f, struct arena *a, const json_t *list,
    enum set_type type, size_t parent, const enum metric *columns)
{
	size_t i, k;
	json_t *item, *value;

	json_array_foreach(list, i, item) {
		size_t set = frame_add_set(f, a, type, parent);
		struct metric_set *s = &f->sets[set];

		s->name = str_of(json_string_value(
		    json_object_get(item, "name")));
		s->namespace_name = str_of(json_string_value(
		    json_object_get(item, "namespace")));
		s->pod_id = str_of(json_string_value(
		    json_object_get(item, "uid")));
		s->start_ns = 1000 * json_integer_value(
		    json_object_get(item, "start_us"));
		s->scraped_ns = 1000 * json_integer_value(
		    json_object_get(item, "scraped_us"));
		json_array_foreach(json_object_get(item, "values"), k, value)
			if (json_is_integer(value))
				set_u64(s, columns[k],
				    (uint64_t)json_integer_value(value));
		from_jansson(f, a, json_object_get(item, "containers"),
		    SET_POD_CONTAINER, set, columns);
	}
}

static void
decode_jansson(struct arena *a, struct str text)
{
	json_t *root = json_loadb(text.p, text.len, 0, NULL);
	json_t *node, *column;
	enum metric columns[METRIC_COUNT];
	struct frame f;
	size_t i;

	frame_clear(&f);
	json_array_foreach(json_object_get(root, "metrics"), i, column)
		columns[i] = metric_find(str_of(json_string_value(column)));
	node = json_pack("[O]", json_object_get(root, "node"));
	from_jansson(&f, a, node, SET_NODE, 0, columns);
	from_jansson(&f, a, json_object_get(json_array_get(node, 0), "pods"),
	    SET_POD, 0, columns);
	json_decref(node);
	json_decref(root);
}

static json_t *
values_to_jansson(const struct metric_set *s, uint64_t columns)
{
	json_t *values = json_array();

	for (; columns != 0; columns &= columns - 1) {
		enum metric m = (enum metric)__builtin_ctzll(columns);

		json_array_append_new(values, set_has(s, m) ?
		    json_integer((json_int_t)s->values[m].u) : json_null());
	}
	return values;
}

static json_t *
set_to_jansson(const struct metric_set *s, uint64_t columns)
{
	json_t *o = json_object();

	if (s->namespace_name.p != NULL)
		json_object_set_new(o, "namespace", json_stringn(
		    s->namespace_name.p, s->namespace_name.len));
	json_object_set_new(o, "name", json_stringn(s->name.p, s->name.len));
	if (s->pod_id.p != NULL)
		json_object_set_new(o, "uid",
		    json_stringn(s->pod_id.p, s->pod_id.len));
	if (s->namespace_id.p != NULL)
		json_object_set_new(o, "namespace_id",
		    json_stringn(s->namespace_id.p, s->namespace_id.len));
	if (s->labels.p != NULL)
		json_object_set_new(o, "labels",
		    json_stringn(s->labels.p, s->labels.len));
	if (s->image.p != NULL)
		json_object_set_new(o, "image",
		    json_stringn(s->image.p, s->image.len));
	json_object_set_new(o, "start_us", json_integer(s->start_ns / 1000));
	json_object_set_new(o, "scraped_us",
	    json_integer(s->scraped_ns / 1000));
	json_object_set_new(o, "values", values_to_jansson(s, columns));
	return o;
}

static size_t
encode_jansson(const struct frame *f)
{
	uint64_t columns = f->sets[0].present;
	json_t *node = set_to_jansson(&f->sets[0], columns);
	json_t *pods = json_array();
	json_t *containers = NULL;
	json_t *names = json_array();
	json_t *root;
	char *text;
	size_t len;

	for (uint64_t c = columns; c != 0; c &= c - 1)
		json_array_append_new(names,
		    json_string(metrics[__builtin_ctzll(c)].name.p));
	for (size_t i = 1; i < f->n_sets; i++) {
		json_t *set = set_to_jansson(&f->sets[i], columns);

		if (f->sets[i].type == SET_POD) {
			containers = json_array();
			json_object_set_new(set, "containers", containers);
			json_array_append_new(pods, set);
		} else
			json_array_append_new(containers, set);
	}
	json_object_set_new(node, "pods", pods);
	root = json_pack("{s:i,s:s,s:I,s:o,s:o}", "v", 1, "kind", "node",
	    "window_us", (json_int_t)(f->window_ns / 1000), "metrics", names,
	    "node", node);
	text = json_dumps(root, JSON_COMPACT);
	len = strlen(text);
	free(text);
	json_decref(root);
	return len;
}

struct times {
	double encode_ns;	/* per set, best of several runs */
	double decode_ns;
};

static void
keep_best(double *best, int64_t ns, size_t n)
{
	double per_set = (double)ns / (double)n;

	if (per_set < *best)
		*best = per_set;
}

static void
print(const char *who, struct times t, double bytes)
{
	printf("%-10s encode %8.1f ns/set  decode %8.1f ns/set  "
	    "both %8.1f ns/set  %.0f bytes/set\n", who, t.encode_ns,
	    t.decode_ns, t.encode_ns + t.decode_ns, bytes);
}

static struct times
measure(const struct frame *f, struct buf *text, int n_rounds)
{
	struct times t = { 1e9, 1e9 };
	struct arena a;
	struct frame back;
	struct err err;
	int64_t start;

	arena_init(&a, ARENA_BYTES);
	for (int run = 0; run < 7; run++) {
		start = now_ns();
		for (int i = 0; i < n_rounds; i++) {
			buf_reset(text);
			frame_encode(f, text);
		}
		keep_best(&t.encode_ns, now_ns() - start,
		    f->n_sets * (size_t)n_rounds);
		buf_pad(text);
		start = now_ns();
		for (int i = 0; i < n_rounds; i++) {
			arena_reset(&a);
			if (!frame_decode(&back, &a, buf_str(text), &err)) {
				fprintf(stderr, "%s\n", err.msg);
				exit(70);
			}
		}
		keep_best(&t.decode_ns, now_ns() - start,
		    f->n_sets * (size_t)n_rounds);
	}
	arena_fini(&a);
	return t;
}

static struct times
measure_jansson(const struct frame *f, struct str text, int n_rounds)
{
	struct times t = { 1e9, 1e9 };
	struct arena a;
	int64_t start;

	arena_init(&a, ARENA_BYTES);
	for (int run = 0; run < 3; run++) {
		start = now_ns();
		for (int i = 0; i < n_rounds; i++)
			encode_jansson(f);
		keep_best(&t.encode_ns, now_ns() - start,
		    f->n_sets * (size_t)n_rounds);
		start = now_ns();
		for (int i = 0; i < n_rounds; i++) {
			arena_reset(&a);
			decode_jansson(&a, text);
		}
		keep_best(&t.decode_ns, now_ns() - start,
		    f->n_sets * (size_t)n_rounds);
	}
	arena_fini(&a);
	return t;
}

int
main(void)
{
	struct arena a;
	struct frame f;
	struct buf text = BUF_INIT;
	struct times t;
	double bytes;

	arena_init(&a, ARENA_BYTES);
	build(&f, &a);
	t = measure(&f, &text, ROUNDS);
	bytes = (double)text.len / (double)f.n_sets;
	print("frame", t, bytes);
	t = measure_jansson(&f, buf_str(&text), JANSSON_ROUNDS);
	print("jansson", t, bytes);
	buf_fini(&text);
	arena_fini(&a);
	return 0;
}
