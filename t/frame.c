/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "t/tap.h"

#define ARENA_BYTES (1u << 20)

static void
test_sets(void)
{
	struct arena a;
	struct frame f;
	size_t n_wrong = 0;
	size_t i;

	memset(&f, 0xff, sizeof f);
	frame_clear(&f);
	ok(f.n_sets == 0 && f.sets == NULL && f.node.p == NULL &&
	    f.window_ns == 0, "a cleared frame has nothing");

	arena_init(&a, ARENA_BYTES);
	memset(arena_alloc(&a, 4096), 0xff, 4096);
	arena_reset(&a);
	i = frame_add_set(&f, &a, SET_NODE, 0);
	ok(i == 0 && f.n_sets == 1 && f.sets[0].type == SET_NODE,
	    "the first set has the index 0");
	ok(f.sets[0].present == 0 && f.sets[0].name.p == NULL &&
	    f.sets[0].n_resources == 0 && f.sets[0].scraped_ns == 0,
	    "a new set is all absent, also in used memory");

	for (i = 1; i < 100; i++) {
		frame_add_set(&f, &a, SET_POD_CONTAINER, i - 1);
		set_u64(&f.sets[i], METRIC_UPTIME, i);
	}
	for (i = 1; i < 100; i++)
		n_wrong += f.sets[i].parent != i - 1 ||
		    !set_has(&f.sets[i], METRIC_UPTIME) ||
		    f.sets[i].values[METRIC_UPTIME].u != i;
	ok(n_wrong == 0, "sets keep their contents when the frame grows");

	while (frame_add_set(&f, &a, SET_POD, 0) != SIZE_MAX)
		;
	i = f.n_sets;
	ok(frame_add_set(&f, &a, SET_POD, 0) == SIZE_MAX && f.n_sets == i,
	    "a full arena adds no set");
	ok(f.sets[99].values[METRIC_UPTIME].u == 99,
	    "and leaves those that are there");
	arena_fini(&a);
}

static void
test_reserve(void)
{
	struct arena a;
	struct frame f;
	struct metric_set *before;

	frame_clear(&f);
	arena_init(&a, ARENA_BYTES);
	ok(frame_reserve_sets(&f, &a, 50) && f.cap_sets >= 50 &&
	    f.n_sets == 0, "room for sets can be reserved");
	before = f.sets;
	for (int i = 0; i < 50; i++)
		frame_add_set(&f, &a, SET_POD, 0);
	ok(f.sets == before, "and then adding them moves nothing");
	ok(!frame_reserve_sets(&f, &a, 1000000) && f.n_sets == 50 &&
	    f.sets == before, "what does not fit is not reserved");
	arena_fini(&a);
}

static void
test_resources(void)
{
	struct arena a;
	struct frame f;
	struct resource *r;
	size_t n_wrong = 0;

	frame_clear(&f);
	arena_init(&a, ARENA_BYTES);
	frame_add_set(&f, &a, SET_NODE, 0);
	frame_add_set(&f, &a, SET_POD, 0);
	for (uint64_t i = 0; i < 40; i++) {
		r = frame_add_resource(&f, &a, 1);
		n_wrong += r->present != 0 || r->resource_id.p != NULL;
		resource_u64(r, METRIC_FILESYSTEM_USAGE, i);
		resource_float(r, METRIC_DISK_IO_READ_BYTES_RATE, 0.5);
	}
	ok(n_wrong == 0, "a new resource is all absent");
	for (uint64_t i = 0; i < 40; i++) {
		r = &f.sets[1].resources[i];
		n_wrong += r->present != (1u |
		    1u << (METRIC_DISK_IO_READ_BYTES_RATE -
		    METRIC_PLAIN_COUNT)) || r->values[0].u != i;
	}
	ok(f.sets[1].n_resources == 40 && n_wrong == 0,
	    "resources keep their contents when more are added");
	ok(f.sets[0].n_resources == 0, "other sets get none");
	while (frame_add_resource(&f, &a, 1) != NULL)
		;
	ok(f.sets[1].resources[39].values[0].u == 39,
	    "a full arena adds no resource and leaves the others");
	arena_fini(&a);
}

static void
test_names(void)
{
	static const struct { enum set_type type; const char *name; } types[] = {
		{ SET_NODE, "node" }, { SET_SYS_CONTAINER, "sys_container" },
		{ SET_POD, "pod" }, { SET_POD_CONTAINER, "pod_container" },
		{ SET_NAMESPACE, "ns" }, { SET_CLUSTER, "cluster" },
	};
	static const struct { enum frame_kind kind; const char *name; } kinds[] = {
		{ FRAME_ROSTER, "roster" }, { FRAME_NODE, "node" },
		{ FRAME_FAILED, "failed" }, { FRAME_ROLLUP, "rollup" },
	};
	enum frame_kind kind;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		ok(str_is(set_type_name(types[i].type), types[i].name),
		    "the set type %s has its name", types[i].name);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		ok(str_is(frame_kind_name(kinds[i].kind), kinds[i].name) &&
		    frame_kind_find(str_of(kinds[i].name), &kind) &&
		    kind == kinds[i].kind, "the kind %s is found by its name",
		    kinds[i].name);
	ok(!frame_kind_find(STR("nodes"), &kind) &&
	    !frame_kind_find(STR(""), &kind), "other kinds are not found");
}

int
main(void)
{
	test_sets();
	test_reserve();
	test_resources();
	test_names();
	return done_testing();
}
