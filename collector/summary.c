/* SPDX-License-Identifier: ISC */
/*
 * A node, a pod and a container are read by the same loop; tables say which
 * member of each is what.  They are in the order in which kubelets write, so
 * that the parser's prediction holds.
 */
#include "config.h"

#include <string.h>

#include "collector/custom.h"
#include "collector/summary.h"
#include "collector/summary_merge.h"
#include "collector/summary_part.h"
#include "common/json.h"
#include "common/timestamp.h"

#define SET_TEXT_BYTES 1024	/* a set is rarely shorter: to reserve sets */

struct decoder {
	struct json json;
	struct frame *frame;
	struct arena *arena;
	int64_t now_ns;
	struct summary_day sample_day;
	struct summary_day start_day;
	bool has_node;
	bool is_ordered;
};

struct fs {
	struct str name;
	struct str claim;
	uint64_t present;
	union metric_value values[METRIC_LABELLED_COUNT];
};

/* What to do with a member of a set; less: the part that it is. */
enum field {
	FIELD_SKIP = PART_COUNT,
	FIELD_NAME,
	FIELD_START,
	FIELD_ROOT_FS,
	FIELD_LOGS_FS,
	FIELD_EPHEMERAL,
	FIELD_ACCELERATORS,
	FIELD_CUSTOM,
	FIELD_VOLUMES,
	FIELD_POD_REF,
	FIELD_SYS_CONTAINERS,
	FIELD_POD_CONTAINERS,
};

struct layout {
	struct json_keys keys;
	unsigned char fields[JSON_KEYS_MAX];
};

static const struct layout node_layout = {
	JSON_KEYS("nodeName", "systemContainers", "startTime", "cpu", "memory",
	    "io", "network", "fs", "runtime", "rlimit", "swap"),
	{ FIELD_NAME, FIELD_SYS_CONTAINERS, FIELD_START, PART_CPU,
	    PART_MEMORY, PART_IO, PART_NETWORK, FIELD_ROOT_FS, FIELD_SKIP,
	    PART_RLIMIT, PART_SWAP },
};

static const struct layout pod_layout = {
	JSON_KEYS("podRef", "startTime", "containers", "cpu", "memory", "io",
	    "network", "volume", "ephemeral-storage", "process_stats", "swap"),
	{ FIELD_POD_REF, FIELD_START, FIELD_POD_CONTAINERS, PART_CPU,
	    PART_MEMORY, PART_IO, PART_NETWORK, FIELD_VOLUMES,
	    FIELD_EPHEMERAL, PART_PROCESSES, PART_SWAP },
};

static const struct layout container_layout = {
	JSON_KEYS("name", "startTime", "cpu", "memory", "io", "accelerators",
	    "rootfs", "logs", "userDefinedMetrics", "swap"),
	{ FIELD_NAME, FIELD_START, PART_CPU, PART_MEMORY, PART_IO,
	    FIELD_ACCELERATORS, FIELD_ROOT_FS, FIELD_LOGS_FS, FIELD_CUSTOM,
	    PART_SWAP },
};

static void
read_fs(struct decoder *d, struct fs *fs)
{
	struct summary_sample s = { .values = fs->values };

	summary_read_part(&d->json, PART_FS, &d->sample_day, &s);
	fs->present = s.present;
	fs->name = s.name;
	fs->claim = s.claim;
}

static bool
has_room(const struct decoder *d, size_t set)
{
	return d->frame->sets[set].n_resources < FRAME_RESOURCES_MAX;
}

static struct resource *
add_resource(struct decoder *d, size_t set)
{
	struct resource *r = frame_add_resource(d->frame, d->arena, set);

	if (r == NULL)
		json_fail(&d->json, "no memory for a resource");
	return r;
}

static void
add_fs(struct decoder *d, size_t set, const struct fs *fs, struct str id)
{
	struct resource *r;

	if (fs->present == 0)
		return;
	/* A custom metric may have that name. */
	r = set_resource(&d->frame->sets[set], id);
	if (r == NULL && (!has_room(d, set) ||
	    (r = add_resource(d, set)) == NULL))
		return;
	r->resource_id = id;
	r->claim = fs->claim;
	r->present |= (uint32_t)fs->present;
	for (unsigned i = 0; i < METRIC_LABELLED_COUNT; i++)
		if ((fs->present >> i & 1) != 0)
			r->values[i] = fs->values[i];
}

static void
read_volumes(struct decoder *d, size_t set)
{
	static const struct str prefix = STR_INIT("Volume:");
	struct json *j = &d->json;

	if (!json_array_begin(j))
		return;
	while (json_array_next(j)) {
		struct fs fs;
		char *id;

		read_fs(d, &fs);
		if (fs.present == 0 || fs.name.p == NULL)
			continue;
		id = arena_alloc(d->arena, prefix.len + fs.name.len);
		if (id == NULL) {
			json_fail(j, "no memory for a volume");
			return;
		}
		memcpy(id, prefix.p, prefix.len);
		memcpy(id + prefix.len, fs.name.p, fs.name.len);
		add_fs(d, set, &fs,
		    (struct str){ id, prefix.len + fs.name.len });
	}
}

static void
read_accelerator(struct decoder *d, size_t set)
{
	static const struct json_keys keys = JSON_KEYS("make", "model", "id",
	    "memoryTotal", "memoryUsed", "dutyCycle");
	static const enum metric values[] = { METRIC_ACCELERATOR_MEMORY_TOTAL,
		METRIC_ACCELERATOR_MEMORY_USED, METRIC_ACCELERATOR_DUTY_CYCLE };
	struct json *j = &d->json;
	struct resource *r = NULL;
	unsigned hint = 0;
	uint64_t value;

	if (!json_object_begin(j) || (has_room(d, set) &&
	    (r = add_resource(d, set)) == NULL))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		if (r == NULL || k == JSON_UNKNOWN)
			json_skip(j);
		else if (k == 0)
			json_str(j, &r->make);
		else if (k == 1)
			json_str(j, &r->model);
		else if (k == 2)
			json_str(j, &r->accelerator_id);
		else if (json_counter(j, &value))
			resource_u64(r, values[k - 3], value);
}

static void
read_pod_ref(struct decoder *d, struct metric_set *s)
{
	static const struct json_keys keys =
	    JSON_KEYS("name", "namespace", "uid");
	struct json *j = &d->json;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0: json_str(j, &s->name); break;
		case 1: json_str(j, &s->namespace_name); break;
		case 2: json_str(j, &s->pod_id); break;
		default: json_skip(j);
		}
}

/* What a set needs until it is complete. */
struct pending {
	size_t set;
	int64_t times_ns[PART_COUNT];
	struct fs root;
	struct fs logs;
	struct fs ephemeral;
};

static void
set_ephemeral_usage(struct metric_set *s, const struct pending *p)
{
	enum { USAGE = METRIC_FILESYSTEM_USAGE - METRIC_PLAIN_COUNT };
	const struct fs *parts[] = { &p->root, &p->logs, &p->ephemeral };
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (parts[i]->present >> USAGE & 1) {
			sum += parts[i]->values[USAGE].u;
			set_u64(s, METRIC_EPHEMERAL_STORAGE_USAGE, sum);
		}
}

/* A set has the time of the first part that has one; the others may have times
 * of their own. */
static void
set_times(struct metric_set *s, const int64_t *times_ns)
{
	const int64_t parts_ns[SET_PART_COUNT] = {
		[SET_MEMORY] = times_ns[PART_MEMORY],
		[SET_NETWORK] = times_ns[PART_NETWORK],
		[SET_IO] = times_ns[PART_IO],
	};

	s->scraped_ns = times_ns[PART_CPU];
	for (int i = 0; i < SET_PART_COUNT; i++) {
		if (s->scraped_ns == 0)
			s->scraped_ns = parts_ns[i];
		if (parts_ns[i] != s->scraped_ns)
			s->parts_ns[i] = parts_ns[i];
	}
}

static void
finish_set(struct decoder *d, const struct pending *p)
{
	struct metric_set *s = &d->frame->sets[p->set];

	set_times(s, p->times_ns);
	if (s->start_ns != 0 && s->start_ns <= d->now_ns)
		set_u64(s, METRIC_UPTIME,
		    (uint64_t)((d->now_ns - s->start_ns) / NS_PER_MS));
	if (s->type != SET_SYS_CONTAINER)
		set_ephemeral_usage(s, p);
	add_fs(d, p->set, &p->root, STR("/"));
	add_fs(d, p->set, &p->logs, STR("logs"));
}

/* SIZE_MAX after an error. */
static size_t
add_set(struct decoder *d, enum set_type type, size_t parent)
{
	size_t set = SIZE_MAX;

	if (d->frame->n_sets == FRAME_SETS_MAX)
		json_fail(&d->json, "too many sets");
	else if ((set = frame_add_set(d->frame, d->arena, type, parent)) ==
	    SIZE_MAX)
		json_fail(&d->json, "no memory for a set");
	return set;
}

static void read_containers(struct decoder *d, enum set_type type,
    size_t parent);

static void
read_field(struct decoder *d, unsigned field, struct pending *p)
{
	struct json *j = &d->json;
	struct metric_set *s = &d->frame->sets[p->set];

	switch (field) {
	case FIELD_NAME: json_str(j, &s->name); break;
	case FIELD_START:
		summary_read_time(j, &d->start_day, &s->start_ns);
		break;
	case FIELD_ROOT_FS: read_fs(d, &p->root); break;
	case FIELD_LOGS_FS: read_fs(d, &p->logs); break;
	case FIELD_EPHEMERAL: read_fs(d, &p->ephemeral); break;
	case FIELD_ACCELERATORS:
		if (json_array_begin(j))
			while (json_array_next(j))
				read_accelerator(d, p->set);
		break;
	case FIELD_CUSTOM:
		custom_read_summary(j, d->frame, d->arena, p->set);
		break;
	case FIELD_VOLUMES: read_volumes(d, p->set); break;
	case FIELD_POD_REF: read_pod_ref(d, s); break;
	case FIELD_SYS_CONTAINERS:
		read_containers(d, SET_SYS_CONTAINER, p->set);
		break;
	case FIELD_POD_CONTAINERS:
		read_containers(d, SET_POD_CONTAINER, p->set);
		break;
	default: json_skip(j);
	}
}

/* The set is there; the object has begun. */
static void
read_set(struct decoder *d, const struct layout *layout, size_t set)
{
	struct json *j = &d->json;
	struct pending p;
	unsigned hint = 0;

	p.set = set;
	memset(p.times_ns, 0, sizeof p.times_ns);
	p.root.present = p.logs.present = p.ephemeral.present = 0;
	for (int k; (k = json_object_next(j, &layout->keys, &hint)) !=
	    JSON_END;) {
		unsigned field = k < 0 ? FIELD_SKIP : layout->fields[k];
		struct metric_set *s = &d->frame->sets[set];
		struct summary_sample sample = { .values = s->values };

		if (field >= PART_COUNT) {
			read_field(d, field, &p);
			continue;
		}
		summary_read_part(j, (enum summary_part)field,
		    &d->sample_day, &sample);
		s->present |= sample.present;
		p.times_ns[field] = sample.time_ns;
	}
	finish_set(d, &p);
}

/* Heapster's names of two of them. */
static void
rename_sys_container(struct metric_set *s)
{
	if (str_eq(s->name, STR("runtime")))
		s->name = STR("docker-daemon");
	else if (str_eq(s->name, STR("misc")))
		s->name = STR("system");
}

static void
read_containers(struct decoder *d, enum set_type type, size_t parent)
{
	struct json *j = &d->json;
	size_t set;

	if (!json_array_begin(j))
		return;
	while (json_array_next(j)) {
		if (!json_object_begin(j))
			continue;
		set = add_set(d, type, parent);
		if (set == SIZE_MAX)
			return;
		read_set(d, &container_layout, set);
		if (d->frame->sets[set].name.len == 0)
			d->frame->n_sets = set;
		else if (type == SET_SYS_CONTAINER)
			rename_sys_container(&d->frame->sets[set]);
	}
}

static void
read_pods(struct decoder *d)
{
	struct json *j = &d->json;
	size_t set;

	if (!json_array_begin(j))
		return;
	while (json_array_next(j)) {
		if (!json_object_begin(j))
			continue;
		set = add_set(d, SET_POD, 0);
		if (set == SIZE_MAX)
			return;
		read_set(d, &pod_layout, set);
		if (d->frame->sets[set].name.len == 0)
			d->frame->n_sets = set;
	}
}

static void
read_document(struct decoder *d)
{
	static const struct json_keys keys = JSON_KEYS("node", "pods");
	struct json *j = &d->json;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		if (k == 0) {
			/* Its system containers come before all pods. */
			d->is_ordered = d->frame->n_sets == 1;
			if (json_object_begin(j)) {
				d->has_node = true;
				read_set(d, &node_layout, 0);
			}
		} else if (k == 1) {
			read_pods(d);
		} else {
			json_skip(j);
		}
	}
}

bool
summary_decode(struct frame *frame, struct arena *arena, struct str body,
    int64_t now_ns, struct err *err)
{
	struct decoder d = {
		.frame = frame,
		.arena = arena,
		.now_ns = now_ns,
		.is_ordered = true,
	};

	frame_clear(frame);
	frame->kind = FRAME_NODE;
	/* A guess: that there is no room is no error yet. */
	(void)frame_reserve_sets(frame, arena,
	    body.len / SET_TEXT_BYTES < FRAME_SETS_MAX ?
	    body.len / SET_TEXT_BYTES + 8 : FRAME_SETS_MAX);
	json_begin(&d.json, body, arena);
	if (add_set(&d, SET_NODE, 0) != SIZE_MAX)
		read_document(&d);
	if (!json_end(&d.json, err))
		return false;
	if (!d.has_node)
		return err_set(err, "summary: no \"node\"");
	if (!summary_merge(frame, arena, d.is_ordered))
		return err_set(err, "summary: no memory for its sets");
	frame->node = frame->sets[0].name;
	return true;
}
