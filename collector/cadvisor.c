/* SPDX-License-Identifier: ISC */
/*
 * A container is decoded into the next set of the frame; its place is known
 * when all of it is.  The sets are put in order at the end.
 */
#include "config.h"

#include "collector/cadvisor.h"
#include "collector/cadvisor_stats.h"
#include "collector/pod_tree.h"
#include "collector/summary_part.h"
#include "common/json.h"
#include "common/json_out.h"
#include "common/timestamp.h"

#define SET_TEXT_BYTES 2048	/* a set is rarely shorter */
#define PLACE_NONE UINT32_MAX

/* What is known of an item of the tree, under the same index. */
struct place {
	uint32_t set;		/* 0: none, but for the node */
	struct str pod_id;	/* what its containers say */
};

struct decoder {
	struct json json;
	struct frame *frame;
	struct arena *arena;
	struct pod_tree tree;
	struct place *places;
	size_t cap_places;
	int64_t now_ns;
	bool has_node;
};

/* A container but for its measurements. */
struct container {
	struct str name;	/* of the cgroup */
	struct str alias;
	struct str image;
	struct str container_name;	/* labels of Kubernetes */
	struct str pod_name;
	struct str namespace_name;
	struct str pod_id;
	int64_t start_ns;
	unsigned groups;
	struct custom_metrics custom;
	bool has_stats;
};

static void
read_labels(struct json *j, struct container *c)
{
	struct str key;

	if (!json_object_begin(j))
		return;
	while (json_object_next_key(j, &key))
		if (str_eq(key, STR("io.kubernetes.container.name")))
			json_str(j, &c->container_name);
		else if (str_eq(key, STR("io.kubernetes.pod.name")))
			json_str(j, &c->pod_name);
		else if (str_eq(key, STR("io.kubernetes.pod.namespace")))
			json_str(j, &c->namespace_name);
		else if (str_eq(key, STR("io.kubernetes.pod.uid")))
			json_str(j, &c->pod_id);
		else
			json_skip(j);
}

static void
read_group(struct json *j, struct container *c, unsigned group)
{
	bool is_there = false;

	json_bool(j, &is_there);
	c->groups = is_there ? c->groups | group : c->groups & ~group;
}

static void
read_spec(struct json *j, struct arena *a, struct container *c)
{
	static const struct json_keys keys = JSON_KEYS("creation_time",
	    "labels", "has_cpu", "cpu", "has_memory", "memory", "has_network",
	    "has_filesystem", "has_diskio", "has_custom_metrics",
	    "custom_metrics", "image");
	struct summary_day day = { .start_ns = 0 };
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: summary_read_time(j, &day, &c->start_ns); break;
		case 1: read_labels(j, c); break;
		case 2: read_group(j, c, GROUP_CPU); break;
		case 4: read_group(j, c, GROUP_MEMORY); break;
		case 6: read_group(j, c, GROUP_NETWORK); break;
		case 7: read_group(j, c, GROUP_FILESYSTEM); break;
		case 8: read_group(j, c, GROUP_DISKIO); break;
		case 9: read_group(j, c, GROUP_CUSTOM); break;
		case 10: custom_read_specs(j, a, &c->custom); break;
		case 11: json_str(j, &c->image); break;
		default: json_skip(j);
		}
}

/* The first one counts. */
static void
read_aliases(struct json *j, struct container *c)
{
	if (!json_array_begin(j))
		return;
	for (bool is_first = true; json_array_next(j); is_first = false)
		if (is_first)
			json_str(j, &c->alias);
		else
			json_skip(j);
}

/* The object has begun. */
static void
read_container(struct decoder *d, struct container *c, size_t set)
{
	static const struct json_keys keys = JSON_KEYS("id", "name",
	    "aliases", "namespace", "subcontainers", "spec", "stats");
	struct json *j = &d->json;
	unsigned hint = 0;

	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 1: json_str(j, &c->name); break;
		case 2: read_aliases(j, c); break;
		case 5: read_spec(j, d->arena, c); break;
		case 6:
			if (!json_array_begin(j))
				break;
			while (json_array_next(j))
				if (cadvisor_read_stats(j, d->frame, d->arena,
				    set, &c->custom))
					c->has_stats = true;
			break;
		default: json_skip(j);
		}
}

/* "ns/pod" instead of two labels, and "k8s_NAME.hash..." as a name: so did
 * the first versions of Kubernetes. */
static void
complete_labels(struct container *c)
{
	static const struct str prefix = STR_INIT("k8s_");
	struct str name, rest = c->pod_name;

	if (c->namespace_name.len == 0) {
		name = str_cut(&rest, '/');
		if (rest.p != NULL) {
			c->namespace_name = name;
			c->pod_name = rest;
		}
	}
	if (c->container_name.len > 0 || !str_has_prefix(c->name, prefix))
		return;
	rest = (struct str){ c->name.p + prefix.len,
		c->name.len - prefix.len };
	name = str_cut(&rest, '.');
	if (rest.p != NULL)
		c->container_name = name;
}

/* Makes the places as many as the items; new ones are empty. */
static bool
grow_places(struct decoder *d, size_t n_before)
{
	void *places = d->places;

	if (d->tree.n > d->cap_places) {
		if (!arena_grow(d->arena, &places, &d->cap_places,
		    d->tree.cap, sizeof *d->places))
			return false;
		d->places = places;
	}
	for (size_t i = n_before; i < d->tree.n; i++)
		d->places[i] = (struct place){ .set = 0 };
	return true;
}

/*
 * The counters of a pause container are no counters of its pod: its rates
 * are those of the containers.
 */
static void
drop_counters(struct metric_set *s)
{
	s->present &= ~(UINT64_C(1) << METRIC_CPU_USAGE |
	    UINT64_C(1) << METRIC_MEMORY_PAGE_FAULTS |
	    UINT64_C(1) << METRIC_MEMORY_MAJOR_PAGE_FAULTS);
}

/* Finds out what a container is, and names its set.  PLACE_NONE: it has no
 * name. */
static uint32_t
find_place(struct decoder *d, struct container *c, struct metric_set *s)
{
	uint32_t pod;

	if (c->alias.len > 0)
		c->name = c->alias;
	if (str_eq(c->name, STR("/")))
		return 0;
	complete_labels(c);
	if (c->container_name.len == 0 || c->pod_name.len == 0 ||
	    c->namespace_name.len == 0) {
		s->name = c->name;
		if (s->name.len > 0 && *s->name.p == '/') {
			s->name.p++;
			s->name.len--;
		}
		return s->name.len == 0 ? PLACE_NONE :
		    pod_tree_container(&d->tree, 0, s->name);
	}
	pod = pod_tree_pod(&d->tree, c->namespace_name, c->pod_name);
	if (pod == 0)
		return 0;
	if (str_eq(c->container_name, STR("POD"))) {
		s->pod_id = c->pod_id;
		drop_counters(s);
		return pod;
	}
	s->name = c->container_name;
	s->image = c->image;
	return pod_tree_container(&d->tree, pod, s->name);
}

/*
 * The last set of the frame is that of the container.  Keeps it, unless there
 * is one of the same name that started later.
 */
static void
keep_set(struct decoder *d, struct container *c)
{
	struct metric_set *sets = d->frame->sets;
	uint32_t set = (uint32_t)d->frame->n_sets - 1, i;
	size_t n_before = d->tree.n;
	struct place *place;

	i = find_place(d, c, &sets[set]);
	d->frame->n_sets--;
	if (i == PLACE_NONE)
		return;
	if (i == 0 && !str_eq(c->name, STR("/"))) {
		json_fail(&d->json, pod_tree_error(&d->tree));
		return;
	}
	if (!grow_places(d, n_before)) {
		json_fail(&d->json, "no memory for a set");
		return;
	}
	d->has_node |= i == 0;
	place = &d->places[i];
	if (d->tree.items[i].type == SET_POD_CONTAINER)
		d->places[d->tree.items[i].parent].pod_id = c->pod_id;
	if (i != 0 && place->set == 0) {
		place->set = set;
		d->frame->n_sets++;
	} else if (sets[set].start_ns >= sets[place->set].start_ns) {
		sets[place->set] = sets[set];
	}
}

/* The gauges of a pod are its pause container's: adds its containers'. */
static void
add_containers(struct frame *f)
{
	static const enum metric gauges[] = { METRIC_CPU_LOAD,
		METRIC_MEMORY_USAGE, METRIC_MEMORY_CACHE, METRIC_MEMORY_RSS,
		METRIC_MEMORY_WORKING_SET };

	for (size_t i = 0; i < f->n_sets; i++) {
		const struct metric_set *s = &f->sets[i];
		struct metric_set *pod = &f->sets[s->parent];

		if (s->type != SET_POD_CONTAINER)
			continue;
		for (size_t g = 0; g < sizeof gauges / sizeof gauges[0]; g++)
			if (set_has(pod, gauges[g]) && set_has(s, gauges[g]) &&
			    __builtin_add_overflow(pod->values[gauges[g]].u,
			    s->values[gauges[g]].u, &pod->values[gauges[g]].u))
				pod->values[gauges[g]].u = UINT64_MAX;
	}
}

static void
finish_set(struct decoder *d, size_t set, const struct container *c)
{
	struct metric_set *s = &d->frame->sets[set];

	cadvisor_keep_groups(s, c->groups);
	if ((c->groups & GROUP_CUSTOM) != 0 &&
	    !custom_add(&c->custom, d->frame, d->arena, set))
		json_fail(&d->json, "no memory for a custom metric");
	s->start_ns = c->start_ns;
	if (s->start_ns != 0 && s->start_ns <= d->now_ns)
		set_u64(s, METRIC_UPTIME,
		    (uint64_t)((d->now_ns - s->start_ns) / NS_PER_MS));
}

static void
read_containers(struct decoder *d)
{
	struct json *j = &d->json;
	struct str key;		/* stands in the container as well */

	if (!json_object_begin(j))
		return;
	while (json_object_next_key(j, &key)) {
		struct container c = { .groups = 0 };
		size_t set;

		if (!json_object_begin(j))
			continue;
		set = frame_add_set(d->frame, d->arena, SET_SYS_CONTAINER, 0);
		if (set == SIZE_MAX) {
			json_fail(j, "no memory for a set");
			return;
		}
		read_container(d, &c, set);
		if (j->error != NULL)
			return;
		if (c.has_stats) {
			finish_set(d, set, &c);
			keep_set(d, &c);
			continue;
		}
		d->frame->n_sets--;
		d->has_node |= str_eq(c.name, STR("/"));
	}
}

/* Brings the sets in order; false: the arena is full. */
static bool
order_sets(struct decoder *d)
{
	struct frame *f = d->frame;
	struct metric_set *from = f->sets;
	size_t pod = 0;
	uint32_t i = 0;

	f->sets = NULL;
	f->n_sets = f->cap_sets = 0;
	if (!frame_reserve_sets(f, d->arena, d->tree.n))
		return false;
	do {
		const struct pod_item *item = &d->tree.items[i];
		const struct place *place = &d->places[i];
		size_t set = frame_add_set(f, d->arena, item->type, 0);
		struct metric_set *s = &f->sets[set];

		if (i == 0 || place->set != 0)
			*s = from[place->set];
		s->type = item->type;
		s->parent = 0;
		if (item->type == SET_POD) {
			pod = set;
			s->name = item->name;
			s->namespace_name = item->namespace_name;
			if (place->set == 0)
				s->pod_id = place->pod_id;
		} else if (item->type == SET_POD_CONTAINER) {
			s->parent = (uint32_t)pod;
		}
	} while ((i = pod_tree_next(&d->tree, i)) != 0);
	return true;
}

bool
cadvisor_decode(struct frame *frame, struct arena *arena, struct str body,
    int64_t now_ns, struct err *err)
{
	struct decoder d = {
		.frame = frame,
		.arena = arena,
		.now_ns = now_ns,
	};
	size_t guess = body.len / SET_TEXT_BYTES + 8;

	frame_clear(frame);
	frame->kind = FRAME_NODE;
	if (guess > FRAME_SETS_MAX)
		guess = FRAME_SETS_MAX;
	/* That there is no room for a guess is no error yet. */
	(void)frame_reserve_sets(frame, arena, guess);
	if (!pod_tree_init(&d.tree, arena, guess) || !grow_places(&d, 0) ||
	    frame_add_set(frame, arena, SET_NODE, 0) == SIZE_MAX)
		return err_set(err, "cadvisor: no memory for a set");
	json_begin(&d.json, body, arena);
	read_containers(&d);
	if (!json_end(&d.json, err))
		return false;
	if (!d.has_node)
		return err_set(err, "cadvisor: no container \"/\"");
	if (!order_sets(&d))
		return err_set(err, "cadvisor: no memory for its sets");
	add_containers(frame);
	return true;
}

void
cadvisor_request(struct buf *out, int64_t start_ns, int64_t end_ns)
{
	struct json_out o;

	json_out_begin(&o, out, JSON_COMPACT);
	json_out_object(&o);
	json_out_key(&o, "containerName");
	json_out_strz(&o, "/");
	json_out_key(&o, "num_stats");
	json_out_u64(&o, 1);
	json_out_key(&o, "start");
	json_out_time(&o, start_ns);
	json_out_key(&o, "end");
	json_out_time(&o, end_ns);
	json_out_key(&o, "subcontainers");
	json_out_bool(&o, true);
	json_out_object_end(&o);
}
