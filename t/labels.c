/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/labels.h"
#include "t/tap.h"

#define ARENA_BYTES (1u << 20)

enum { NODE, SYSTEM, POD, CONTAINER, GHOST, GHOST_CONTAINER };

/* A node with a system container, a pod that is fully known, and a pod of
 * which the cluster knows nothing. */
static void
fill(struct frame *f, struct arena *a)
{
	frame_clear(f);
	f->kind = FRAME_NODE;
	f->node = STR("n1");
	frame_add_set(f, a, SET_NODE, 0);
	f->sets[NODE].name = f->node;
	frame_add_set(f, a, SET_SYS_CONTAINER, 0);
	f->sets[SYSTEM].name = STR("kubelet");
	frame_add_set(f, a, SET_POD, 0);
	f->sets[POD].namespace_name = STR("default");
	f->sets[POD].name = STR("web");
	f->sets[POD].pod_id = STR("u1");
	f->sets[POD].namespace_id = STR("u2");
	f->sets[POD].labels = STR("app:web");
	frame_add_set(f, a, SET_POD_CONTAINER, POD);
	f->sets[CONTAINER].name = STR("c");
	f->sets[CONTAINER].image = STR("img:1");
	frame_add_set(f, a, SET_POD, 0);
	f->sets[GHOST].namespace_name = STR("gone");
	f->sets[GHOST].name = STR("ghost");
	frame_add_set(f, a, SET_POD_CONTAINER, GHOST);
	f->sets[GHOST_CONTAINER].name = STR("c");
}

static void
add_all(struct buf *b, const struct label_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (i > 0)
			buf_add_char(b, ' ');
		buf_add_str(b, l->items[i].key);
		buf_add_char(b, '=');
		buf_add_str(b, l->items[i].value);
	}
}

static void
is_labelled(const struct frame *f, size_t set, const char *expected,
    const char *what)
{
	struct label_list l;
	struct buf b = BUF_INIT;

	labels_of_set(&l, f, set);
	add_all(&b, &l);
	ok(str_is(buf_str(&b), expected), "labels of %s", what);
	if (!str_is(buf_str(&b), expected))
		printf("# got      %.*s\n# expected %s\n",
		    STR_ARG(buf_str(&b)), expected);
	buf_fini(&b);
}

static void
test_sets(void)
{
	struct arena a;
	struct frame f;

	arena_init(&a, ARENA_BYTES);
	fill(&f, &a);
	is_labelled(&f, NODE, "host_id= hostname=n1 nodename=n1 type=node",
	    "a node; the host name is the node's unless it has one");
	f.hostname = STR("h1");
	f.host_id = STR("i-1");
	f.schedulable = STR("true");
	f.sets[NODE].labels = STR("");
	is_labelled(&f, NODE, "host_id=i-1 hostname=h1 labels= nodename=n1 "
	    "schedulable=true type=node", "a node that is known");
	is_labelled(&f, SYSTEM, "container_name=kubelet host_id=i-1 "
	    "hostname=h1 nodename=n1 type=sys_container",
	    "a system container; not those of the node's object");
	is_labelled(&f, POD, "host_id=i-1 hostname=h1 labels=app:web "
	    "namespace_id=u2 namespace_name=default nodename=n1 pod_id=u1 "
	    "pod_name=web type=pod", "a pod");
	is_labelled(&f, CONTAINER, "container_base_image=img:1 "
	    "container_name=c host_id=i-1 hostname=h1 labels=app:web "
	    "namespace_id=u2 namespace_name=default nodename=n1 pod_id=u1 "
	    "pod_name=web type=pod_container",
	    "a container, which has those of its pod");
	is_labelled(&f, GHOST, "host_id=i-1 hostname=h1 namespace_name=gone "
	    "nodename=n1 pod_name=ghost type=pod", "an unknown pod");
	is_labelled(&f, GHOST_CONTAINER, "container_name=c host_id=i-1 "
	    "hostname=h1 namespace_name=gone nodename=n1 pod_name=ghost "
	    "type=pod_container", "a container of an unknown pod");
	arena_fini(&a);
}

static void
test_rollup(void)
{
	struct arena a;
	struct frame f;

	arena_init(&a, ARENA_BYTES);
	frame_clear(&f);
	f.kind = FRAME_ROLLUP;
	frame_add_set(&f, &a, SET_CLUSTER, 0);
	frame_add_set(&f, &a, SET_NAMESPACE, 0);
	f.sets[1].name = STR("default");
	is_labelled(&f, 0, "type=cluster", "the cluster");
	is_labelled(&f, 1, "namespace_id= namespace_name=default type=ns",
	    "a namespace whose id is not known");
	f.sets[1].namespace_id = STR("u2");
	is_labelled(&f, 1, "namespace_id=u2 namespace_name=default type=ns",
	    "a namespace");
	arena_fini(&a);
}

static void
test_stored(void)
{
	static struct label few[] = {
		{ STR_INIT("zone"), STR_INIT("z") },
		{ STR_INIT("app"), STR_INIT("first") },
		{ STR_INIT("type"), STR_INIT("mine") },
		{ STR_INIT("app"), STR_INIT("last") },
		{ STR_INIT("hostname2"), STR_INIT("x") },
	};
	static char keys[FRAME_STORED_MAX][8];
	static struct label many[FRAME_STORED_MAX];
	struct label_list l;
	struct arena a;
	struct frame f;
	size_t n_wrong = 0;

	arena_init(&a, ARENA_BYTES);
	fill(&f, &a);
	f.sets[GHOST].stored = few;
	f.sets[GHOST].n_stored = sizeof few / sizeof few[0];
	is_labelled(&f, GHOST_CONTAINER, "app=last container_name=c host_id= "
	    "hostname=n1 hostname2=x namespace_name=gone nodename=n1 "
	    "pod_name=ghost type=mine zone=z",
	    "a container with stored ones, which replace others");

	for (size_t i = 0; i < FRAME_STORED_MAX; i++) {
		snprintf(keys[i], sizeof keys[i], "k%zu", i * 29 % 97);
		many[i] = (struct label){ str_of(keys[i]), STR("v") };
	}
	f.sets[POD].stored = many;
	f.sets[POD].n_stored = FRAME_STORED_MAX;
	labels_of_set(&l, &f, CONTAINER);
	ok(l.n == FRAME_STORED_MAX + 11,
	    "as many stored labels as a frame may have fit in");
	for (size_t i = 1; i < l.n; i++)
		n_wrong += str_cmp(l.items[i - 1].key, l.items[i].key) >= 0;
	ok(n_wrong == 0, "and are sorted, each key once");
	arena_fini(&a);
}

static void
test_resources(void)
{
	struct resource disk = { .resource_id = STR("/") };
	struct resource volume = { .resource_id = STR("Volume:v"),
	    .claim = STR("c") };
	struct resource gpu = { .make = STR("m"), .model = STR(""),
	    .accelerator_id = STR("i") };
	struct label_list l;
	struct buf b = BUF_INIT;

	labels_of_resource(&l, &disk);
	add_all(&b, &l);
	ok(str_is(buf_str(&b), "resource_id=/"), "labels of a file system");
	buf_reset(&b);
	labels_of_resource(&l, &volume);
	add_all(&b, &l);
	ok(str_is(buf_str(&b), "persistentvolumeclaim=c resource_id=Volume:v"),
	    "labels of a volume of a claim");
	buf_reset(&b);
	labels_of_resource(&l, &gpu);
	add_all(&b, &l);
	ok(str_is(buf_str(&b), "accelerator_id=i make=m model="),
	    "labels of an accelerator");
	buf_fini(&b);
}

static void
test_keys(void)
{
	static const char *const expected[] = {
		[NODE] = "node:n1",
		[SYSTEM] = "node:n1/container:kubelet",
		[POD] = "namespace:default/pod:web",
		[CONTAINER] = "namespace:default/pod:web/container:c",
		[GHOST] = "namespace:gone/pod:ghost",
		[GHOST_CONTAINER] = "namespace:gone/pod:ghost/container:c",
	};
	struct buf b = BUF_INIT;
	struct arena a;
	struct frame f;

	arena_init(&a, ARENA_BYTES);
	fill(&f, &a);
	for (size_t i = 0; i < f.n_sets; i++) {
		buf_reset(&b);
		labels_key(&b, &f, i);
		ok(str_is(buf_str(&b), expected[i]), "key: %s", expected[i]);
	}
	frame_clear(&f);
	frame_add_set(&f, &a, SET_CLUSTER, 0);
	frame_add_set(&f, &a, SET_NAMESPACE, 0);
	f.sets[1].name = STR("default");
	buf_reset(&b);
	labels_key(&b, &f, 0);
	buf_add_char(&b, ' ');
	labels_key(&b, &f, 1);
	ok(str_is(buf_str(&b), "cluster namespace:default"),
	    "keys of the cluster and of a namespace");
	buf_fini(&b);
	arena_fini(&a);
}

int
main(void)
{
	test_sets();
	test_rollup();
	test_stored();
	test_resources();
	test_keys();
	return done_testing();
}
