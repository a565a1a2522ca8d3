/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/quantity.h"
#include "common/timestamp.h"

#include "t/metrics_store.h"

#define R (15 * NS_PER_S)
#define BEFORE_NS (10 * 60 * NS_PER_S)	/* CPU used before the window */

static struct store *store;
static const struct captured *rows;
static size_t n_rows;

__attribute__((noreturn))
static void
give_up(const char *what)
{
	printf("Bail out!  metrics_store: %s\n", what);
	exit(1);
}

static const struct captured *
row(const char *name)
{
	for (size_t i = 0; i < n_rows; i++)
		if (str_is(rows[i].name, name))
			return &rows[i];
	give_up(name);
}

static const char *
text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Units of 10^-9 of something like "1419474591n" or "10.085s". */
static int64_t
nano(const char *text)
{
	double v = strtod(text, NULL);

	return strchr(text, 'n') != NULL ? (int64_t)v :
	    (int64_t)(v * 1000 + 0.5) * NS_PER_MS;
}

/* A sample such that the rate since the one before is what was told. */
static void
fill(struct metric_set *set, const json_t *object, const json_t *usage,
    bool is_last)
{
	int64_t window_ns = nano(text_at(object, "window"));
	int64_t cpu = nano(text_at(usage, "cpu"));
	uint64_t memory;
	__extension__ __int128 used = (__int128)cpu * window_ns;

	timestamp_parse(str_of(text_at(object, "timestamp")),
	    &set->scraped_ns);
	if (!is_last)
		set->scraped_ns -= window_ns;
	used = is_last ? (used + NS_PER_S - 1) / NS_PER_S : 0;
	set_u64(set, METRIC_CPU_USAGE, (uint64_t)(BEFORE_NS + (int64_t)used));
	quantity_parse(str_of(text_at(usage, "memory")), &memory);
	set_u64(set, METRIC_MEMORY_WORKING_SET, memory);
}

/* Joined in the opposite order: that of the answers is sorted. */
static struct str
labels_of(struct arena *a, const json_t *object)
{
	json_t *labels = json_object_get(json_object_get(object, "metadata"),
	    "labels"), *value;
	const char *key;
	char text[500] = "", before[500];

	json_object_foreach(labels, key, value) {
		memcpy(before, text, sizeof before);
		snprintf(text, sizeof text, "%s:%s%s%.200s", key,
		    json_string_value(value), *before == '\0' ? "" : ",",
		    before);
	}
	return arena_str(a, str_of(text));
}

static void
add_pod(struct frame *f, struct arena *a, const json_t *pod, bool is_last)
{
	size_t set = frame_add_set(f, a, SET_POD, 0), i;
	json_t *containers = json_object_get(pod, "containers"), *c;
	const json_t *metadata = json_object_get(pod, "metadata");

	f->sets[set].name = str_of(text_at(metadata, "name"));
	f->sets[set].namespace_name = str_of(text_at(metadata, "namespace"));
	f->sets[set].labels = labels_of(a, pod);
	json_array_foreach(containers, i, c) {
		size_t at = frame_add_set(f, a, SET_POD_CONTAINER, set);

		f->sets[at].name = str_of(text_at(c, "name"));
		set_u64(&f->sets[at], METRIC_CPU_REQUEST, 0);
		fill(&f->sets[at], pod, json_object_get(c, "usage"),
		    is_last);
	}
}

/* It is known, and has no metrics. */
static void
add_crashing(struct frame *f, struct arena *a)
{
	size_t pod = frame_add_set(f, a, SET_POD, 0);
	size_t container = frame_add_set(f, a, SET_POD_CONTAINER, pod);

	f->sets[pod].name = STR("crash");
	f->sets[pod].namespace_name = STR("gamma");
	f->sets[pod].labels = STR("app:crash");
	f->sets[container].name = STR("main");
	set_u64(&f->sets[container], METRIC_CPU_REQUEST, 0);
}

static void
add_frame(const json_t *node, const json_t *pods, int64_t window_ns,
    bool is_last)
{
	struct arena a;
	struct frame f;
	struct err err;
	json_t *pod;
	size_t i;

	arena_init(&a, 1 << 20);
	frame_clear(&f);
	f.kind = FRAME_NODE;
	f.window_ns = window_ns;
	f.resolution_ns = R;
	f.node = STR("rig-node");
	frame_add_set(&f, &a, SET_NODE, 0);
	f.sets[0].name = f.node;
	f.sets[0].labels = labels_of(&a, node);
	fill(&f.sets[0], node, json_object_get(node, "usage"), is_last);
	json_array_foreach(json_object_get(pods, "items"), i, pod)
		add_pod(&f, &a, pod, is_last);
	add_crashing(&f, &a);
	if (!store_add(store, &f, 1, is_last ? 2 : 1, window_ns, &err))
		give_up(err.msg);
	arena_fini(&a);
}

static json_t *
load(const char *name)
{
	const struct captured *c = row(name);
	json_t *json = json_loadb(c->body.p, c->body.len, 0, NULL);

	if (json == NULL)
		give_up(name);
	return json;
}

void
metrics_fill_store(struct store *s, const struct captured *all, size_t n)
{
	json_t *node, *pods;
	int64_t window_ns;

	rows = all;
	n_rows = n;
	store = s;
	node = load("node");
	pods = load("pods");
	timestamp_parse(STR("2026-11-23T09:17:00Z"), &window_ns);
	add_frame(node, pods, window_ns - R, false);
	add_frame(node, pods, window_ns, true);
	json_decref(node);
	json_decref(pods);
}
