/* SPDX-License-Identifier: ISC */
/*
 * JSON to frame.  The key tables are in the order in which the encoder writes,
 * so that the parser's prediction holds; errors are sticky in struct json.
 */
#include "config.h"

#include <string.h>

#include "common/columns.h"
#include "common/frame_json.h"
#include "common/frame_read.h"

#define SET_TEXT_BYTES 160	/* a set is rarely shorter: to reserve sets */

struct names {
	struct str *items;
	size_t n;
	size_t cap;
};

struct decoder {
	struct json json;
	struct frame *frame;
	struct arena *arena;
	struct columns plain;
	struct columns labelled;
	struct names nodes;
	struct names missing;
	bool has_version;
	bool has_kind;
};

static void
read_resource(struct decoder *d, size_t set)
{
	static const struct json_keys keys = JSON_KEYS("resource_id", "make",
	    "model", "accelerator_id", "values", "claim");
	struct json *j = &d->json;
	struct resource *r;
	unsigned hint = 0, seen = 0;

	if (!begin_element(j))
		return;
	if (d->frame->sets[set].n_resources == FRAME_RESOURCES_MAX) {
		json_fail(j, "too many resources");
		return;
	}
	r = frame_add_resource(d->frame, d->arena, set);
	if (r == NULL) {
		json_fail(j, "the frame is too large");
		return;
	}
	for (int k; (k = next_key(j, &keys, &hint, &seen)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &r->resource_id); break;
		case 1: json_str(j, &r->make); break;
		case 2: json_str(j, &r->model); break;
		case 3: json_str(j, &r->accelerator_id); break;
		case 4:
			r->present = (uint32_t)columns_values(&d->labelled, j,
			    r->values);
			break;
		case 5: json_str(j, &r->claim); break;
		default: json_skip(j);
		}
}

static void
read_stored(struct decoder *d, struct metric_set *s)
{
	struct json *j = &d->json;
	struct label items[FRAME_STORED_MAX], label;
	uint32_t n = 0;

	if (!json_object_begin(j))
		return;
	while (json_object_next_key(j, &label.key)) {
		if (!json_str(j, &label.value))
			continue;
		if (n == FRAME_STORED_MAX) {
			json_fail(j, "too many stored labels");
			return;
		}
		items[n++] = label;
	}
	if (n == 0)
		return;
	s->stored = arena_alloc(d->arena, n * sizeof items[0]);
	if (s->stored == NULL) {
		json_fail(j, "the frame is too large");
		return;
	}
	memcpy(s->stored, items, n * sizeof items[0]);
	s->n_stored = n;
}

/*
 * The keys of a sample stand in this order in the table of each type.  Those
 * of its parts, which few sets have, stand at the end: so nothing else waits
 * for them in vain.
 */
#define SAMPLE_KEYS "start_us", "scraped_us", "values", "resources"
#define SAMPLE_KEY_COUNT 4
#define PART_KEYS "memory_us", "network_us", "io_us"

/* field counts from the first of SAMPLE_KEYS; others are skipped. */
static void
read_sample(struct decoder *d, size_t set, int field)
{
	struct json *j = &d->json;
	struct metric_set *s = &d->frame->sets[set];

	switch (field) {
	case 0: read_time(j, &s->start_ns); break;
	case 1: read_time(j, &s->scraped_ns); break;
	case 2:
		s->present = columns_values(&d->plain, j, s->values);
		break;
	case 3:
		if (json_array_begin(j))
			while (json_array_next(j))
				read_resource(d, set);
		break;
	default: json_skip(j);
	}
}

/* part counts from the first of PART_KEYS. */
static void
read_part(struct decoder *d, size_t set, int part)
{
	read_time(&d->json, &d->frame->sets[set].parts_ns[part]);
}

/* Returns SIZE_MAX after an error. */
static size_t
add_set(struct decoder *d, enum set_type type, size_t parent)
{
	struct frame *f = d->frame;
	size_t set;

	if (f->n_sets == 0) {
		size_t n = (size_t)(d->json.end - d->json.start) /
		    SET_TEXT_BYTES + 1;

		/* A guess: that it fails is no error yet. */
		(void)frame_reserve_sets(f, d->arena,
		    n < FRAME_SETS_MAX ? n : FRAME_SETS_MAX);
	}
	if (f->n_sets == FRAME_SETS_MAX) {
		json_fail(&d->json, "too many sets");
		return SIZE_MAX;
	}
	set = frame_add_set(f, d->arena, type, parent);
	if (set == SIZE_MAX)
		json_fail(&d->json, "the frame is too large");
	return set;
}

/* A container of either kind or a namespace. */
static void
read_leaf(struct decoder *d, enum set_type type, size_t parent)
{
	static const struct json_keys keys =
	    JSON_KEYS("name", "image", SAMPLE_KEYS, "uid", PART_KEYS);
	enum { UID = 2 + SAMPLE_KEY_COUNT };
	struct json *j = &d->json;
	struct metric_set *s;
	unsigned hint = 0, seen = 0;
	size_t set;

	if (!begin_element(j) ||
	    (set = add_set(d, type, parent)) == SIZE_MAX)
		return;
	s = &d->frame->sets[set];
	for (int k; (k = next_key(j, &keys, &hint, &seen)) != JSON_END;)
		if (k == 0)
			json_str(j, &s->name);
		else if (k == 1 && type == SET_POD_CONTAINER)
			json_str(j, &s->image);
		else if (k == UID && type == SET_NAMESPACE)
			json_str(j, &s->namespace_id);
		else if (k > UID)
			read_part(d, set, k - UID - 1);
		else
			read_sample(d, set, k - 2);
	if (s->name.p == NULL)
		json_fail(j, type == SET_NAMESPACE ?
		    "namespace without a name" : "container without a name");
}

static void
read_leaves(struct decoder *d, enum set_type type, size_t parent)
{
	if (json_array_begin(&d->json))
		while (json_array_next(&d->json))
			read_leaf(d, type, parent);
}

static void
read_pod(struct decoder *d)
{
	static const struct json_keys keys = JSON_KEYS("namespace", "name",
	    "uid", "namespace_id", "labels", "stored", SAMPLE_KEYS,
	    "containers", PART_KEYS);
	enum { CONTAINERS = 6 + SAMPLE_KEY_COUNT };
	struct json *j = &d->json;
	struct metric_set *s;
	unsigned hint = 0, seen = 0;
	size_t set;

	if (!begin_element(j) || (set = add_set(d, SET_POD, 0)) == SIZE_MAX)
		return;
	for (int k; (k = next_key(j, &keys, &hint, &seen)) != JSON_END;) {
		/* Containers move the sets. */
		s = &d->frame->sets[set];
		switch (k) {
		case 0: json_str(j, &s->namespace_name); break;
		case 1: json_str(j, &s->name); break;
		case 2: json_str(j, &s->pod_id); break;
		case 3: json_str(j, &s->namespace_id); break;
		case 4: json_str(j, &s->labels); break;
		case 5: read_stored(d, s); break;
		case CONTAINERS:
			read_leaves(d, SET_POD_CONTAINER, set);
			break;
		default:
			if (k > CONTAINERS)
				read_part(d, set, k - CONTAINERS - 1);
			else
				read_sample(d, set, k - 6);
		}
	}
	s = &d->frame->sets[set];
	if (s->namespace_name.p == NULL || s->name.p == NULL)
		json_fail(j, "pod without namespace or name");
}

/* System containers come first in sets[], also when the text has them behind
 * the pods: from set first on. */
static void
move_system_first(struct decoder *d, size_t first)
{
	struct frame *f = d->frame;
	size_t n_system = f->n_sets - first;
	size_t n_pods = first - 1;
	struct metric_set *moved;

	moved = arena_alloc(d->arena, n_system * sizeof *moved);
	if (moved == NULL) {
		json_fail(&d->json, "the frame is too large");
		return;
	}
	memcpy(moved, &f->sets[first], n_system * sizeof *moved);
	memmove(&f->sets[1 + n_system], &f->sets[1], n_pods * sizeof *moved);
	memcpy(&f->sets[1], moved, n_system * sizeof *moved);
	for (size_t i = 1 + n_system; i < f->n_sets; i++)
		if (f->sets[i].type == SET_POD_CONTAINER)
			f->sets[i].parent += (uint32_t)n_system;
}

static void
read_system(struct decoder *d)
{
	size_t first = d->frame->n_sets;

	read_leaves(d, SET_SYS_CONTAINER, 0);
	if (first > 1 && d->frame->n_sets > first)
		move_system_first(d, first);
}

static void
read_node(struct decoder *d)
{
	static const struct json_keys keys = JSON_KEYS("name", "hostname",
	    "host_id", "schedulable", "labels", "stored", SAMPLE_KEYS,
	    "system", "pods", PART_KEYS);
	enum { PODS = 7 + SAMPLE_KEY_COUNT };
	struct json *j = &d->json;
	struct frame *f = d->frame;
	unsigned hint = 0, seen = 0;

	if (!begin_element(j))
		return;
	if (f->n_sets != 0) {
		json_fail(j, "a node and a cluster in one frame");
		return;
	}
	if (add_set(d, SET_NODE, 0) == SIZE_MAX)
		return;
	for (int k; (k = next_key(j, &keys, &hint, &seen)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &f->node); break;
		case 1: json_str(j, &f->hostname); break;
		case 2: json_str(j, &f->host_id); break;
		case 3: json_str(j, &f->schedulable); break;
		case 4: json_str(j, &f->sets[0].labels); break;
		case 5: read_stored(d, &f->sets[0]); break;
		case PODS - 1: read_system(d); break;
		case PODS:
			if (json_array_begin(j))
				while (json_array_next(j))
					read_pod(d);
			break;
		default:
			if (k > PODS)
				read_part(d, 0, k - PODS - 1);
			else
				read_sample(d, 0, k - 6);
		}
	f->sets[0].name = f->node;
	if (f->node.p == NULL)
		json_fail(j, "node without a name");
}

static bool
have_cluster(struct decoder *d)
{
	struct frame *f = d->frame;

	if (f->n_sets == 0)
		return add_set(d, SET_CLUSTER, 0) != SIZE_MAX;
	if (f->sets[0].type == SET_CLUSTER)
		return true;
	json_fail(&d->json, "a node and a cluster in one frame");
	return false;
}

static void
read_cluster(struct decoder *d)
{
	static const struct json_keys keys = JSON_KEYS(SAMPLE_KEYS);
	struct json *j = &d->json;
	unsigned hint = 0, seen = 0;

	if (!begin_element(j) || !have_cluster(d))
		return;
	for (int k; (k = next_key(j, &keys, &hint, &seen)) != JSON_END;)
		read_sample(d, 0, k);
}

static void
read_names(struct decoder *d, struct names *names)
{
	struct json *j = &d->json;
	void *items;

	if (!json_array_begin(j))
		return;
	while (json_array_next(j)) {
		items = names->items;
		if (names->n == FRAME_NODES_MAX) {
			json_fail(j, "too many nodes");
			return;
		}
		if (names->n == names->cap && !arena_grow(d->arena, &items,
		    &names->cap, names->n + 1, sizeof *names->items)) {
			json_fail(j, "the frame is too large");
			return;
		}
		names->items = items;
		if (!json_str(j, &names->items[names->n++]))
			json_fail(j, "node without a name");
	}
}

static void
read_version(struct decoder *d)
{
	uint64_t version;

	d->has_version = json_u64(&d->json, &version);
	if (d->has_version && version != FRAME_JSON_VERSION)
		json_fail(&d->json, "unknown version of frame");
}

static void
read_kind(struct decoder *d)
{
	struct str kind;

	d->has_kind = json_str(&d->json, &kind);
	if (d->has_kind && !frame_kind_find(kind, &d->frame->kind))
		json_fail(&d->json, "unknown kind of frame");
}

static void
read_frame(struct decoder *d)
{
	static const struct json_keys keys = JSON_KEYS("v", "kind",
	    "window_us", "resolution_us", "collector", "metrics", "labelled",
	    "node", "error", "nodes", "answered", "missing", "cluster",
	    "namespaces", "partial", "asked_us", "took_us");
	struct json *j = &d->json;
	struct frame *f = d->frame;
	unsigned hint = 0, seen = 0;

	if (!begin_element(j))
		return;
	for (int k; (k = next_key(j, &keys, &hint, &seen)) != JSON_END;)
		switch (k) {
		case 0: read_version(d); break;
		case 1: read_kind(d); break;
		case 2: read_time(j, &f->window_ns); break;
		case 3: read_time(j, &f->resolution_ns); break;
		case 4: json_str(j, &f->collector); break;
		case 5:
			columns_read(&d->plain, j, 0, METRIC_PLAIN_COUNT);
			break;
		case 6:
			columns_read(&d->labelled, j, METRIC_PLAIN_COUNT,
			    METRIC_COUNT);
			break;
		case 7: read_node(d); break;
		case 8: json_str(j, &f->error); break;
		case 9: read_names(d, &d->nodes); break;
		case 10: json_u64(j, &f->n_answered); break;
		case 11: read_names(d, &d->missing); break;
		case 12: read_cluster(d); break;
		case 13:
			if (have_cluster(d))
				read_leaves(d, SET_NAMESPACE, 0);
			break;
		case 14: json_bool(j, &f->is_partial); break;
		case 15: read_time(j, &f->asked_ns); break;
		case 16: read_time(j, &f->took_ns); break;
		default: json_skip(j);
		}
}

/* Leaves what belongs to the kind, and checks that it is there. */
static bool
finish(struct decoder *d, struct err *err)
{
	struct frame *f = d->frame;
	bool is_of_node = f->kind == FRAME_NODE || f->kind == FRAME_FAILED;
	const struct names *names =
	    f->kind == FRAME_ROLLUP ? &d->missing : &d->nodes;

	if (!d->has_version || !d->has_kind)
		return err_set(err, "frame: no version or kind");
	if (is_of_node && f->node.p == NULL)
		return err_set(err, "frame: no node");
	if (f->kind == FRAME_ROLLUP &&
	    (f->n_sets == 0 || f->sets[0].type != SET_CLUSTER))
		return err_set(err, "frame: no cluster");
	if (!is_of_node)
		f->node = f->hostname = f->host_id = f->schedulable =
		    (struct str){ 0 };
	if (f->kind == FRAME_ROSTER || f->kind == FRAME_FAILED)
		f->n_sets = 0;
	if (!is_of_node || f->asked_ns == 0)
		f->asked_ns = f->took_ns = 0;
	if (f->kind != FRAME_NODE)
		f->is_partial = false;
	if (f->kind != FRAME_FAILED)
		f->error = (struct str){ 0 };
	if (f->kind != FRAME_ROLLUP)
		f->n_answered = 0;
	if (!is_of_node) {
		f->nodes = names->items;
		f->n_nodes = names->n;
	}
	return true;
}

bool
frame_decode(struct frame *f, struct arena *a, struct str json,
    struct err *err)
{
	struct decoder d;

	/* Not all of it is cleared: the columns are large. */
	d.frame = f;
	d.arena = a;
	d.plain.n = d.labelled.n = 0;
	d.nodes = d.missing = (struct names){ 0 };
	d.has_version = d.has_kind = false;
	frame_clear(f);
	json_begin(&d.json, json, a);
	read_frame(&d);
	if (!json_end(&d.json, err))
		return err_wrap(err, "frame");
	return finish(&d, err);
}
