/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#include "collector/object_cache.h"

#define ALIGNMENT 8
#define METRICS_PATH_ANNOTATION "metrics.k8s.io/resource-metrics-path"

void
object_cache_init(struct object_cache *c, const struct object_cache_conf *conf)
{
	*c = (struct object_cache){ .conf = *conf };
	for (int i = 0; i < OBJECT_KIND_COUNT; i++)
		object_table_init(&c->tables[i]);
	intern_init(&c->names, OBJECT_NAMES_BYTES_MAX);
}

void
object_cache_fini(struct object_cache *c)
{
	for (int i = 0; i < OBJECT_KIND_COUNT; i++)
		object_table_fini(&c->tables[i]);
	intern_fini(&c->names);
	buf_fini(&c->block);
}

/* Room for n bytes at the end of the block, zeroed and aligned. */
static struct cached_text
reserve(struct buf *block, size_t n)
{
	static const char zeros[ALIGNMENT];
	struct cached_text text;
	char *p;

	buf_add(block, zeros, -block->len % ALIGNMENT);
	text = (struct cached_text){ (uint32_t)block->len, (uint32_t)n };
	p = buf_reserve(block, n);
	if (p == NULL || block->len + n > UINT32_MAX)
		abort();	/* of an object of at most 8 MiB */
	memset(p, 0, n);
	block->len += n;
	return text;
}

static struct cached_text
keep(struct buf *block, struct str s)
{
	struct cached_text text = { (uint32_t)block->len, (uint32_t)s.len };

	buf_add_str(block, s);
	return text;
}

static struct cached_text
keep_pairs(struct buf *block, const struct label *labels, size_t n)
{
	struct cached_text array =
	    reserve(block, n * sizeof(struct cached_label));

	for (size_t i = 0; i < n; i++) {
		struct cached_label pair;

		pair.key = keep(block, labels[i].key);
		pair.value = keep(block, labels[i].value);
		memcpy(block->p + array.at + i * sizeof pair, &pair,
		    sizeof pair);
	}
	return array;
}

/* Begins a block of size bytes; what all objects have is behind those. */
static struct cached_object
begin(struct object_cache *c, const struct kube_meta *m, size_t size,
    bool has_labels)
{
	struct label stored[FRAME_STORED_MAX];
	struct cached_object o = { .bytes = 0 };
	struct buf *block = &c->block;
	size_t n;

	buf_reset(block);
	reserve(block, size);
	o.name = keep(block, m->name);
	o.namespace_name = keep(block, m->namespace_name);
	o.uid = keep(block, m->uid);
	if (!has_labels)
		return o;
	o.labels.at = (uint32_t)block->len;
	label_rules_join(&c->conf.labels, m->labels, m->n_labels, block);
	o.labels.len = (uint32_t)block->len - o.labels.at;
	n = label_rules_stored(&c->conf.labels, m->labels, m->n_labels,
	    stored);
	if (n > 0)
		o.stored = keep_pairs(block, stored, n);
	return o;
}

static void
count(struct object_cache *c)
{
	uint64_t bytes = c->names.bytes;

	for (int i = 0; i < OBJECT_KIND_COUNT; i++)
		bytes += c->tables[i].bytes;
	c->counters.objects_bytes = bytes;
	c->counters.nodes_known = c->tables[OBJECT_NODE].n;
	c->counters.pods_known = c->tables[OBJECT_POD].n;
	c->counters.namespaces_known = c->tables[OBJECT_NAMESPACE].n;
}

/* head, of size bytes, is the beginning of the block. */
static void
put(struct object_cache *c, enum object_kind kind, struct cached_object *head,
    size_t size)
{
	struct cached_object *o = xcalloc(1, c->block.len);

	head->bytes = (uint32_t)c->block.len;
	memcpy(o, c->block.p, c->block.len);
	memcpy(o, head, size);
	object_table_put(&c->tables[kind], o);
	count(c);
}

static uint32_t
add_name(struct object_cache *c, struct str name)
{
	uint32_t id = intern_add(&c->names, name);

	if (id == 0 && name.len > 0)
		c->counters.names_refused++;
	return id;
}

static void
keep_containers(struct object_cache *c, struct cached_pod *out,
    const struct kube_pod *p)
{
	struct buf *block = &c->block;

	out->containers = reserve(block,
	    p->n_containers * sizeof(struct cached_container));
	for (size_t i = 0; i < p->n_containers; i++) {
		const struct kube_container *from = &p->containers[i];
		struct cached_container to = {
			.name = add_name(c, from->name),
			.image = add_name(c, from->image),
			.restart_count = from->restart_count,
			.n_others = (uint16_t)from->n_others,
			.has_status = from->has_status,
			.is_init = from->is_init,
		};

		memcpy(to.requests, from->requests.values, sizeof to.requests);
		memcpy(to.limits, from->limits.values, sizeof to.limits);
		memcpy(block->p + out->containers.at + i * sizeof to, &to,
		    sizeof to);
	}
}

/* Puts them at *at, and that behind them. */
static void
put_others(struct object_cache *c, size_t *at, const struct kube_request *from,
    uint16_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct cached_request to = {
			add_name(c, from[i].resource), from[i].value,
		};

		memcpy(c->block.p + *at, &to, sizeof to);
		*at += sizeof to;
	}
}

static void
keep_others(struct object_cache *c, struct cached_pod *out,
    const struct kube_pod *p)
{
	size_t n = (size_t)(uint16_t)p->n_other_requests +
	    (uint16_t)p->n_other_overhead, at;

	for (size_t i = 0; i < p->n_containers; i++)
		n += (uint16_t)p->containers[i].n_others;
	if (n == 0)
		return;
	out->others = reserve(&c->block, n * sizeof(struct cached_request));
	at = out->others.at;
	for (size_t i = 0; i < p->n_containers; i++)
		put_others(c, &at, p->containers[i].others,
		    (uint16_t)p->containers[i].n_others);
	put_others(c, &at, p->other_requests, (uint16_t)p->n_other_requests);
	put_others(c, &at, p->other_overhead, (uint16_t)p->n_other_overhead);
}

/* Of a pod that a frame of ours may have. */
static bool
is_wanted(const struct object_cache *c, const struct kube_pod *p)
{
	return c->conf.shard.n <= 1 ||
	    (p->node.len > 0 && shard_owns(&c->conf.shard, p->node));
}

void
object_cache_put_pod(struct object_cache *c, const struct kube_pod *p)
{
	struct cached_pod pod = { .start_ns = p->start_ns };
	struct cached_pod_amounts amounts = { p->overhead, p->requests,
	    p->limits, (uint16_t)p->n_other_requests,
	    (uint16_t)p->n_other_overhead };

	if (!is_wanted(c, p)) {
		/* Its predecessor of that name may have been. */
		object_table_remove(&c->tables[OBJECT_POD],
		    p->meta.namespace_name, p->meta.name,
		    (struct str){ NULL, 0 });
		count(c);
		return;
	}
	pod.object = begin(c, &p->meta, sizeof pod, true);
	pod.kubelet_uid = str_eq(p->kubelet_uid, p->meta.uid) ?
	    pod.object.uid : keep(&c->block, p->kubelet_uid);
	pod.node = keep(&c->block, p->node);
	if ((p->overhead.present | p->requests.present | p->limits.present) !=
	    0 || p->n_other_requests + p->n_other_overhead > 0) {
		pod.amounts = reserve(&c->block, sizeof amounts);
		memcpy(c->block.p + pod.amounts.at, &amounts, sizeof amounts);
	}
	keep_containers(c, &pod, p);
	keep_others(c, &pod, p);
	put(c, OBJECT_POD, &pod.object, sizeof pod);
}

/* The last address of type Hostname, if it is another than the name. */
static struct str
hostname_of(const struct kube_node *n)
{
	struct str hostname = { NULL, 0 };

	for (size_t i = 0; i < n->n_addresses; i++)
		if (str_is(n->addresses[i].type, "Hostname") &&
		    n->addresses[i].address.len > 0)
			hostname = n->addresses[i].address;
	return str_eq(hostname, n->meta.name) ? (struct str){ NULL, 0 } :
	    hostname;
}

static struct cached_text
keep_addresses(struct buf *block, const struct kube_node *n)
{
	struct label *pairs = xcalloc(n->n_addresses + 1, sizeof *pairs);
	struct cached_text array;

	for (size_t i = 0; i < n->n_addresses; i++)
		pairs[i] = (struct label){ n->addresses[i].type,
		    n->addresses[i].address };
	array = keep_pairs(block, pairs, n->n_addresses);
	free(pairs);
	return array;
}

void
object_cache_put_node(struct object_cache *c, const struct kube_node *n)
{
	struct str host_id = n->external_id;
	struct cached_node node = {
		.capacity = n->capacity,
		.allocatable = n->allocatable,
		.kubelet_port = n->kubelet_port > UINT16_MAX ? 0 :
		    (uint16_t)n->kubelet_port,
		.ready = n->ready,
		.is_unschedulable = n->is_unschedulable,
	};

	if (host_id.len == 0 && c->conf.host_id_annotation != NULL)
		host_id = kube_annotation(&n->meta,
		    c->conf.host_id_annotation);
	node.object = begin(c, &n->meta, sizeof node, true);
	node.hostname = keep(&c->block, hostname_of(n));
	node.host_id = keep(&c->block, host_id);
	node.metrics_path = keep(&c->block,
	    kube_annotation(&n->meta, METRICS_PATH_ANNOTATION));
	node.addresses = keep_addresses(&c->block, n);
	put(c, OBJECT_NODE, &node.object, sizeof node);
}

void
object_cache_put_namespace(struct object_cache *c, const struct kube_meta *m)
{
	struct cached_object o = begin(c, m, sizeof o, false);

	put(c, OBJECT_NAMESPACE, &o, sizeof o);
}

void
object_cache_remove(struct object_cache *c, enum object_kind kind,
    const struct kube_meta *m)
{
	object_table_remove(&c->tables[kind], m->namespace_name, m->name,
	    m->uid);
	count(c);
}

void
object_cache_begin_list(struct object_cache *c, enum object_kind kind)
{
	object_table_begin_list(&c->tables[kind]);
}

void
object_cache_end_list(struct object_cache *c, enum object_kind kind)
{
	object_table_end_list(&c->tables[kind]);
	c->is_listed[kind] = true;
	count(c);
}

static const struct cached_object *
find(const struct object_cache *c, enum object_kind kind,
    struct str namespace_name, struct str name)
{
	return object_table_find(&c->tables[kind], namespace_name, name);
}

const struct cached_node *
object_cache_node(const struct object_cache *c, struct str name)
{
	return (const struct cached_node *)find(c, OBJECT_NODE, STR(""), name);
}

const struct cached_pod *
object_cache_pod(const struct object_cache *c, struct str namespace_name,
    struct str name)
{
	return (const struct cached_pod *)find(c, OBJECT_POD, namespace_name,
	    name);
}

const struct cached_object *
object_cache_namespace(const struct object_cache *c, struct str name)
{
	return find(c, OBJECT_NAMESPACE, STR(""), name);
}

/* The array at text, of items of that size; NULL if it is empty. */
static const void *
array_of(const struct cached_object *o, struct cached_text text, size_t size,
    size_t *n)
{
	*n = text.len / size;
	return *n == 0 ? NULL : (const char *)o + text.at;
}

const struct cached_container *
cached_pod_containers(const struct cached_pod *p, size_t *n)
{
	return array_of(&p->object, p->containers,
	    sizeof(struct cached_container), n);
}

const struct cached_request *
cached_pod_others(const struct cached_pod *p, size_t *n)
{
	return array_of(&p->object, p->others, sizeof(struct cached_request),
	    n);
}

const struct cached_pod_amounts *
cached_pod_amounts(const struct cached_pod *p)
{
	size_t n;

	return array_of(&p->object, p->amounts,
	    sizeof(struct cached_pod_amounts), &n);
}

const struct cached_label *
cached_labels(const struct cached_object *o, struct cached_text array,
    size_t *n)
{
	return array_of(o, array, sizeof(struct cached_label), n);
}
