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

#include "common/frame_json.h"
#include "common/json.h"

#include "bench/made.h"

#define ROUNDS 2000
#define JANSSON_ROUNDS 50
#define ARENA_BYTES (16u << 20)

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
		start = made_cpu_ns();
		for (int i = 0; i < n_rounds; i++) {
			buf_reset(text);
			frame_encode(f, text);
		}
		keep_best(&t.encode_ns, made_cpu_ns() - start,
		    f->n_sets * (size_t)n_rounds);
		buf_pad(text);
		start = made_cpu_ns();
		for (int i = 0; i < n_rounds; i++) {
			arena_reset(&a);
			if (!frame_decode(&back, &a, buf_str(text), &err)) {
				fprintf(stderr, "%s\n", err.msg);
				exit(70);
			}
		}
		keep_best(&t.decode_ns, made_cpu_ns() - start,
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
		start = made_cpu_ns();
		for (int i = 0; i < n_rounds; i++)
			encode_jansson(f);
		keep_best(&t.encode_ns, made_cpu_ns() - start,
		    f->n_sets * (size_t)n_rounds);
		start = made_cpu_ns();
		for (int i = 0; i < n_rounds; i++) {
			arena_reset(&a);
			decode_jansson(&a, text);
		}
		keep_best(&t.decode_ns, made_cpu_ns() - start,
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
	made_plain_frame(&f, &a);
	t = measure(&f, &text, ROUNDS);
	bytes = (double)text.len / (double)f.n_sets;
	print("frame", t, bytes);
	t = measure_jansson(&f, buf_str(&text), JANSSON_ROUNDS);
	print("jansson", t, bytes);
	buf_fini(&text);
	arena_fini(&a);
	return 0;
}
