/* SPDX-License-Identifier: ISC */
/* Objects come, change, go, and are listed again. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "collector/object_cache.h"
#include "t/tap.h"

#define MANY 3000

static struct kube_meta
meta_of(const char *namespace_name, const char *name, const char *uid)
{
	return (struct kube_meta){
		.namespace_name = str_of(namespace_name),
		.name = str_of(name),
		.uid = str_of(uid),
	};
}

static struct kube_pod
pod_of(const char *namespace_name, const char *name, const char *uid)
{
	struct kube_pod p = { .meta = meta_of(namespace_name, name, uid) };

	p.kubelet_uid = p.meta.uid;
	return p;
}

static bool
has_pod(const struct object_cache *c, const char *namespace_name,
    const char *name, const char *uid)
{
	const struct cached_pod *p = object_cache_pod(c,
	    str_of(namespace_name), str_of(name));

	return p == NULL ? uid == NULL :
	    uid != NULL && str_is(cached_str(&p->object, p->object.uid), uid);
}

static void
test_life(struct object_cache *c)
{
	struct kube_pod p = pod_of("n", "p", "u1");
	struct kube_meta m;

	object_cache_put_pod(c, &p);
	ok(has_pod(c, "n", "p", "u1"), "a pod is found");
	ok(has_pod(c, "", "p", NULL) && has_pod(c, "np", "", NULL) &&
	    has_pod(c, "n", "q", NULL), "by both names only");
	p = pod_of("n", "p", "u2");
	object_cache_put_pod(c, &p);
	ok(has_pod(c, "n", "p", "u2"), "its successor takes its place");
	is_u64(c->counters.pods_known, 1, "and is one");
	m = meta_of("n", "p", "u1");
	object_cache_remove(c, OBJECT_POD, &m);
	ok(has_pod(c, "n", "p", "u2"), "the late end of the first is not its");
	m.uid = STR("u2");
	object_cache_remove(c, OBJECT_POD, &m);
	object_cache_remove(c, OBJECT_POD, &m);
	ok(has_pod(c, "n", "p", NULL), "its own end is");
	is_u64(c->counters.objects_bytes, c->names.bytes,
	    "nothing is left of it");
}

static void
test_lists(struct object_cache *c)
{
	struct kube_pod p = pod_of("n", "kept", "u");

	object_cache_begin_list(c, OBJECT_POD);
	object_cache_put_pod(c, &p);
	p = pod_of("n", "gone", "u");
	object_cache_put_pod(c, &p);
	ok(!c->is_listed[OBJECT_POD], "not listed until its end");
	object_cache_end_list(c, OBJECT_POD);
	ok(c->is_listed[OBJECT_POD], "listed");
	object_cache_begin_list(c, OBJECT_POD);
	p = pod_of("n", "kept", "u");
	object_cache_put_pod(c, &p);
	ok(has_pod(c, "n", "gone", "u"), "during the next list all are there");
	object_cache_end_list(c, OBJECT_POD);
	ok(has_pod(c, "n", "gone", NULL) && has_pod(c, "n", "kept", "u"),
	    "after it those that it had");
	object_cache_begin_list(c, OBJECT_POD);
	p = pod_of("n", "half", "u");
	object_cache_put_pod(c, &p);
	object_cache_begin_list(c, OBJECT_POD);
	p = pod_of("n", "kept", "u");
	object_cache_put_pod(c, &p);
	object_cache_end_list(c, OBJECT_POD);
	ok(has_pod(c, "n", "half", NULL) && has_pod(c, "n", "kept", "u"),
	    "a list that was broken off does not count");
}

static void
test_parts(struct object_cache *c)
{
	struct kube_request gpus[] = { { STR("gpu"), 1 }, { STR("fpga"), 2 } };
	struct kube_container containers[] = {
		{ .name = STR("a"), .image = STR("i"), .others = gpus,
		    .n_others = 2, .restart_count = 3, .has_status = true },
		{ .name = STR("b"), .is_init = true, .limits = {
		    .values = { 7 }, .present = 1 } },
	};
	struct label labels[] = { { STR("x"), STR("1") },
		{ STR("app"), STR("web") } };
	struct kube_pod p = pod_of("n", "parts", "u");
	const struct cached_pod *got;
	const struct cached_container *k;
	const struct cached_request *others;
	const struct cached_label *stored;
	size_t n;

	p.containers = containers;
	p.n_containers = 2;
	p.meta.labels = labels;
	p.meta.n_labels = 2;
	p.kubelet_uid = STR("hash");
	p.overhead = (struct kube_amounts){ .values = { 5 }, .present = 1 };
	object_cache_put_pod(c, &p);
	got = object_cache_pod(c, STR("n"), STR("parts"));
	ok(str_is(cached_str(&got->object, got->object.labels), "app:web,x:1"),
	    "labels are joined");
	stored = cached_labels(&got->object, got->object.stored, &n);
	ok(n == 1 && str_is(cached_str(&got->object, stored->key), "a") &&
	    str_is(cached_str(&got->object, stored->value), "web"),
	    "one is stored");
	ok(str_is(cached_str(&got->object, got->kubelet_uid), "hash"),
	    "its kubelet knows it by another uid");
	is_u64(cached_pod_amounts(got)->overhead.values[KUBE_CPU], 5,
	    "overhead");
	k = cached_pod_containers(got, &n);
	ok(n == 2 && str_is(intern_str(&c->names, k[0].name), "a") &&
	    str_is(intern_str(&c->names, k[0].image), "i") &&
	    k[0].restart_count == 3 && k[0].n_others == 2 &&
	    k[1].is_init && k[1].limits[KUBE_CPU] == 7, "containers");
	others = cached_pod_others(got, &n);
	ok(n == 2 && others[1].value == 2 &&
	    str_is(intern_str(&c->names, others[1].resource), "fpga"),
	    "other resources");
}

static void
test_node(struct object_cache *c)
{
	struct label annotations[] = { { STR("id"), STR("h1") },
		{ STR("metrics.k8s.io/resource-metrics-path"), STR("/m") } };
	struct kube_address addresses[] = {
		{ STR("Hostname"), STR("k") },
		{ STR("InternalIP"), STR("10.0.0.1") } };
	struct kube_node n = { .meta = meta_of(NULL, "k", "u"),
		.kubelet_port = 10250, .ready = KUBE_NOT_READY };
	const struct cached_node *got;
	const struct cached_label *pairs;
	size_t n_pairs;

	n.addresses = addresses;
	n.n_addresses = 2;
	n.meta.annotations = annotations;
	n.meta.n_annotations = 2;
	object_cache_put_node(c, &n);
	got = object_cache_node(c, STR("k"));
	ok(str_is(cached_str(&got->object, got->host_id), "h1") &&
	    str_is(cached_str(&got->object, got->metrics_path), "/m"),
	    "annotations of a node");
	is_u64(got->hostname.len, 0, "a hostname equal to the name is none");
	pairs = cached_labels(&got->object, got->addresses, &n_pairs);
	ok(n_pairs == 2 && str_is(cached_str(&got->object, pairs[1].value),
	    "10.0.0.1"), "addresses");
	ok(got->kubelet_port == 10250 && got->ready == KUBE_NOT_READY,
	    "port and readiness");
	n.kubelet_port = 99999;
	object_cache_put_node(c, &n);
	is_u64(object_cache_node(c, STR("k"))->kubelet_port, 0,
	    "a port that is none");
}

/* One of two collectors. */
static void
test_shard(void)
{
	struct object_cache_conf conf = { .shard = { 0, 2 } };
	struct object_cache c;
	struct kube_pod p = pod_of("n", "p", "u");
	const char *mine = NULL, *foreign = NULL;
	char names[16][8];

	for (int i = 0; i < 16; i++) {
		snprintf(names[i], sizeof names[i], "k%d", i);
		if (shard_owns(&conf.shard, str_of(names[i])))
			mine = names[i];
		else
			foreign = names[i];
	}
	if (mine == NULL || foreign == NULL)
		bail("a shard has all of 16 nodes");
	object_cache_init(&c, &conf);
	p.node = str_of(foreign);
	object_cache_put_pod(&c, &p);
	ok(has_pod(&c, "n", "p", NULL), "a pod of another's node is not kept");
	p.node = (struct str){ NULL, 0 };
	object_cache_put_pod(&c, &p);
	ok(has_pod(&c, "n", "p", NULL), "nor one that has no node yet");
	is_u64(c.counters.objects_bytes, c.names.bytes, "they cost nothing");
	p.node = str_of(mine);
	object_cache_put_pod(&c, &p);
	ok(has_pod(&c, "n", "p", "u"), "one of our own is kept");
	p = pod_of("n", "p", "u2");
	p.node = str_of(foreign);
	object_cache_put_pod(&c, &p);
	ok(has_pod(&c, "n", "p", NULL),
	    "until another of that name is elsewhere");
	is_u64(c.counters.pods_known, 0, "and no longer counted");
	object_cache_fini(&c);
}

/* Slots are used again, and the index stays right. */
static void
test_many(struct object_cache *c)
{
	char name[16];
	bool are_right = true;
	uint32_t slots;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MANY; i++) {
			struct kube_meta m;

			snprintf(name, sizeof name, "ns%d", i);
			m = meta_of(NULL, name, "u");
			if (i % 3 == round)
				object_cache_remove(c, OBJECT_NAMESPACE, &m);
			else
				object_cache_put_namespace(c, &m);
		}
		slots = c->tables[OBJECT_NAMESPACE].n_slots;
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "ns%d", i);
		are_right &= (object_cache_namespace(c, str_of(name)) !=
		    NULL) == (i % 3 != 2);
	}
	ok(are_right, "of many, those are there that should be");
	is_u64(c->counters.namespaces_known, MANY / 3 * 2, "and no others");
	ok(slots <= MANY, "in as many slots as there were at most");
}

/* Heads, containers, names and uids, as they are in a cluster. */
static void
test_size(struct object_cache *c)
{
	struct kube_container containers[] = { { .name = STR("main") },
		{ .name = STR("sidecar") } };
	struct kube_pod p = pod_of("production",
	    "frontend-7d9f64c7bd-x2x4k",
	    "7d3682e6-4886-447a-8630-8c2391e363ea");
	uint64_t before = c->tables[OBJECT_POD].bytes;

	p.containers = containers;
	p.n_containers = 2;
	p.node = STR("ip-10-0-113-27.eu-central-1.compute.internal");
	object_cache_put_pod(c, &p);
	ok(c->tables[OBJECT_POD].bytes - before <= 400,
	    "a pod of two containers has %u bytes, of 400",
	    (unsigned)(c->tables[OBJECT_POD].bytes - before));
}

/* Names stay; beyond their bound objects are kept without. */
static void
test_names(struct object_cache *c)
{
	static char image[4u << 20];
	struct kube_request other = { STR("known"), 1 };
	struct kube_container container = { .name = STR("known") };
	struct kube_pod p = pod_of("n", "names", "u");
	const struct cached_container *got;
	uint64_t n_put = 0;
	size_t n;

	memset(image, 'i', sizeof image);
	container.image = (struct str){ image, sizeof image };
	container.others = &other;
	container.n_others = 1;
	p.containers = &container;
	p.n_containers = 1;
	is_u64(c->counters.names_refused, 0, "there was room for all names");
	while (c->counters.names_refused == 0 && n_put < 1000) {
		snprintf(image, 16, "%" PRIu64, n_put++);
		object_cache_put_pod(c, &p);
	}
	is_u64(n_put, OBJECT_NAMES_BYTES_MAX / sizeof image,
	    "and for as many as the bound says");
	is_u64(c->counters.names_refused, 1, "one more is counted");
	got = cached_pod_containers(object_cache_pod(c, STR("n"),
	    STR("names")), &n);
	ok(n == 1 && got->image == 0 && got->name != 0,
	    "and is the only one that is missing");
}

int
main(void)
{
	struct object_cache_conf conf = {
		.labels = { .separator = STR_INIT(",") },
		.host_id_annotation = "id",
	};
	struct object_cache c;
	struct err err;

	if (!label_rules_store(&conf.labels, STR("a=app"), &err))
		bail("%s", err.msg);
	object_cache_init(&c, &conf);
	test_life(&c);
	test_lists(&c);
	test_parts(&c);
	test_node(&c);
	test_shard();
	test_many(&c);
	test_size(&c);
	test_names(&c);
	object_cache_fini(&c);
	return done_testing();
}
