/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/frame.h"

#include "t/store_fixture.h"

char directory[64];
struct store_counters counters;
const char *node_labels;
static uint64_t next_seq = 1;

const struct store_key node_key = { .type = SET_NODE,
	.node = STR_INIT("n1") };
const struct store_key pod_key = { .type = SET_POD,
	.namespace_name = STR_INIT("default"), .pod = STR_INIT("web") };
const struct store_key container_key = { .type = SET_POD_CONTAINER,
	.namespace_name = STR_INIT("default"), .pod = STR_INIT("web"),
	.container = STR_INIT("c") };
const struct store_key sys_key = { .type = SET_SYS_CONTAINER,
	.node = STR_INIT("n1"),
	.container = STR_INIT("system.slice/ssh.service") };
const struct store_key cluster_key = { .type = SET_CLUSTER };
const struct store_key namespace_key = { .type = SET_NAMESPACE,
	.namespace_name = STR_INIT("default") };

struct store *
open_bounded(uint64_t bytes_max)
{
	struct err err;
	struct store *s;

	if (directory[0] == '\0')
		snprintf(directory, sizeof directory, "/tmp/chstore%d",
		    (int)getpid());
	memset(&counters, 0, sizeof counters);
	s = store_open(directory, RETENTION, bytes_max, &counters, &err);
	if (s == NULL) {
		printf("Bail out!  store_open: %s\n", err.msg);
		exit(1);
	}
	return s;
}

struct store *
open_store(void)
{
	return open_bounded(UINT64_C(1) << 30);
}

/* A pod and its container have the same. */
static void
add_composed(struct frame *f, struct arena *a, size_t set, int64_t i)
{
	struct resource *r = frame_add_resource(f, a, set);

	r->resource_id = STR("nvidia.com/gpu");
	resource_u64(r, METRIC_RESOURCE_REQUEST, 2);
	r = frame_add_resource(f, a, set);
	r->resource_id = STR("queue");
	resource_float(r, METRIC_CUSTOM_VALUE, (double)i / 2);
}

static void
make_node(struct frame *f, struct arena *a, const char *node, int64_t i)
{
	size_t set;

	f->kind = FRAME_NODE;
	f->node = str_of(node);
	f->hostname = STR("host");
	set = frame_add_set(f, a, SET_NODE, 0);
	f->sets[set].name = f->node;
	f->sets[set].labels = str_of(node_labels);
	f->sets[set].scraped_ns = f->window_ns + 5 * NS_PER_US;
	set_u64(&f->sets[set], METRIC_CPU_USAGE, 1000 * (uint64_t)i);
	set_float(&f->sets[set], METRIC_CPU_NODE_UTILIZATION, (double)i / 8);
	set = frame_add_set(f, a, SET_SYS_CONTAINER, 0);
	f->sets[set].name = STR("system.slice/ssh.service");
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, UINT64_MAX);
	set = frame_add_set(f, a, SET_POD, 0);
	f->sets[set].namespace_name = STR("default");
	f->sets[set].name = STR("web");
	f->sets[set].pod_id = STR("uid");
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, 77);
	add_composed(f, a, set, i);
	set = frame_add_set(f, a, SET_POD_CONTAINER, set);
	f->sets[set].name = STR("c");
	set_u64(&f->sets[set], METRIC_CPU_USAGE_RATE, 5);
	frame_add_resource(f, a, set)->resource_id = STR("/");
	resource_u64(&f->sets[set].resources[0], METRIC_FILESYSTEM_USAGE,
	    (uint64_t)i);
	add_composed(f, a, set, i);
}

static void
make_rollup(struct frame *f, struct arena *a, int64_t i)
{
	size_t set;

	f->kind = FRAME_ROLLUP;
	f->n_answered = 1;
	set = frame_add_set(f, a, SET_CLUSTER, 0);
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, 70 + (uint64_t)i);
	set = frame_add_set(f, a, SET_NAMESPACE, 0);
	f->sets[set].name = STR("default");
	set_u64(&f->sets[set], METRIC_MEMORY_USAGE, 7);
}

bool
add_at(struct store *s, const char *node, int64_t i, int64_t now_ns)
{
	struct arena a;
	struct frame f;
	struct err err;
	bool ok;

	arena_init(&a, 1 << 20);
	frame_clear(&f);
	f.window_ns = T0 + i * R;
	f.resolution_ns = R;
	if (node == NULL)
		make_rollup(&f, &a, i);
	else
		make_node(&f, &a, node, i);
	ok = store_add(s, &f, EPOCH, next_seq++, now_ns, &err);
	arena_fini(&a);
	return ok;
}

bool
add(struct store *s, const char *node, int64_t i)
{
	return add_at(s, node, i, T0 + (i + 1) * R);
}

void
fill(struct store *s, int64_t from, int64_t to)
{
	for (int64_t i = from; i <= to; i++) {
		add(s, "n1", i);
		add(s, NULL, i);
	}
}

size_t
series(struct store *s, const struct store_key *key, enum metric m,
    const struct store_point **points)
{
	return store_series(s, store_find(s, key), m, NULL, INT64_MIN,
	    INT64_MAX, points);
}

static void
count_key(void *arg, const struct store_key *key)
{
	size_t *n = arg;

	(void)key;
	++*n;
}

size_t
list(struct store *s, enum set_type type)
{
	size_t n = 0;

	store_list(s, &(struct store_key){ .type = type }, count_key, &n);
	return n;
}

void
remove_all(void)
{
	DIR *d = opendir(directory);
	struct dirent *e;
	char path[400];

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(directory);
	next_seq = 1;
}
