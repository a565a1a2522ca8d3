/* SPDX-License-Identifier: ISC */
/*
 * Tables say which key of which object is what; two loops read objects by
 * them: read_part() those whose members are numbers, read_set() those that
 * describe a node, pod or container.  The tables are in the order in which
 * kubelets write, so that the parser's prediction holds.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "collector/summary.h"
#include "collector/summary_merge.h"
#include "common/json.h"
#include "common/json_fast.h"
#include "common/timestamp.h"

#define SET_TEXT_BYTES 1024	/* a set is rarely shorter: to reserve sets */

#define DAY_BYTES 11		/* "2026-11-23T" */
#define SECOND_BYTES 20		/* "2026-11-23T09:24:00Z" */

/* The day of the last time of its sort: most are of the same. */
struct day {
	char text[DAY_BYTES];
	int64_t start_ns;	/* 0: none yet */
};

struct decoder {
	struct json json;
	struct frame *frame;
	struct arena *arena;
	int64_t now_ns;
	struct day sample_day;
	struct day start_day;
	size_t n_pods;
	bool has_node;
	bool is_ordered;
};

/* Values as they are read: some of those that have an index in values. */
struct sample {
	uint64_t present;
	union metric_value *values;
	int64_t time_ns;
	struct str name;
};

struct fs {
	struct str id;
	uint64_t present;
	union metric_value values[METRIC_LABELLED_COUNT];
};

/* What to do with a member of a part; less: the index of its value. */
enum {
	PART_SKIP = JSON_SLOT_SKIP,
	PART_TIME,
	PART_NAME,
	PART_CPU_PRESSURE,
	PART_MEMORY_PRESSURE,
	PART_IO_PRESSURE,
};

#define LABELLED(metric) (METRIC_##metric - METRIC_PLAIN_COUNT)

static_assert(sizeof(union metric_value) == sizeof(uint64_t),
    "a value of a union metric_value is one of json_counters()");

struct part {
	struct json_keys keys;
	unsigned char members[JSON_KEYS_MAX];
};

static const struct part cpu_part = {
	JSON_KEYS("time", "usageNanoCores", "usageCoreNanoSeconds", "psi"),
	{ PART_TIME, PART_SKIP, METRIC_CPU_USAGE, PART_CPU_PRESSURE },
};

static const struct part memory_part = {
	JSON_KEYS("time", "availableBytes", "usageBytes", "workingSetBytes",
	    "rssBytes", "pageFaults", "majorPageFaults", "psi"),
	{ PART_TIME, METRIC_MEMORY_AVAILABLE, METRIC_MEMORY_USAGE,
	    METRIC_MEMORY_WORKING_SET, METRIC_MEMORY_RSS,
	    METRIC_MEMORY_PAGE_FAULTS, METRIC_MEMORY_MAJOR_PAGE_FAULTS,
	    PART_MEMORY_PRESSURE },
};

static const struct part io_part = {
	JSON_KEYS("time", "psi"), { PART_SKIP, PART_IO_PRESSURE },
};

/* What stands here itself is the default interface. */
static const struct part network_part = {
	JSON_KEYS("time", "name", "rxBytes", "rxErrors", "txBytes",
	    "txErrors", "interfaces"),
	{ PART_TIME, PART_SKIP, METRIC_NETWORK_RX, METRIC_NETWORK_RX_ERRORS,
	    METRIC_NETWORK_TX, METRIC_NETWORK_TX_ERRORS, PART_SKIP },
};

static const struct part swap_part = {
	JSON_KEYS("time", "swapAvailableBytes", "swapUsageBytes"),
	{ PART_SKIP, METRIC_SWAP_AVAILABLE, METRIC_SWAP_USAGE },
};

static const struct part rlimit_part = {
	JSON_KEYS("time", "maxpid", "curproc"),
	{ PART_SKIP, METRIC_PROCESS_LIMIT, METRIC_PROCESS_COUNT },
};

static const struct part process_part = {
	JSON_KEYS("process_count"), { METRIC_PROCESS_COUNT },
};

/* A pressure's two are next to each other: values[0] is some, [1] full. */
static const struct part pressure_total_part = {
	JSON_KEYS("total", "avg10", "avg60", "avg300"),
	{ 0, PART_SKIP, PART_SKIP, PART_SKIP },
};

static_assert(METRIC_CPU_PRESSURE_FULL == METRIC_CPU_PRESSURE_SOME + 1 &&
    METRIC_MEMORY_PRESSURE_FULL == METRIC_MEMORY_PRESSURE_SOME + 1 &&
    METRIC_IO_PRESSURE_FULL == METRIC_IO_PRESSURE_SOME + 1,
    "full follows some");

/* Volumes have a name at the end; "pvcRef" is skipped as unknown. */
static const struct part fs_part = {
	JSON_KEYS("time", "availableBytes", "capacityBytes", "usedBytes",
	    "inodesFree", "inodes", "inodesUsed", "name"),
	{ PART_SKIP, LABELLED(FILESYSTEM_AVAILABLE),
	    LABELLED(FILESYSTEM_LIMIT), LABELLED(FILESYSTEM_USAGE),
	    LABELLED(FILESYSTEM_INODES_FREE), LABELLED(FILESYSTEM_INODES),
	    PART_SKIP, PART_NAME },
};

/* What to do with a member of a set; first those that are parts. */
enum field {
	FIELD_CPU,
	FIELD_MEMORY,
	FIELD_NETWORK,
	FIELD_IO,
	FIELD_SWAP,
	FIELD_RLIMIT,
	FIELD_PROCESSES,
	FIELD_PART_COUNT,
	FIELD_SKIP = FIELD_PART_COUNT,
	FIELD_NAME,
	FIELD_START,
	FIELD_ROOT_FS,
	FIELD_LOGS_FS,
	FIELD_EPHEMERAL,
	FIELD_ACCELERATORS,
	FIELD_VOLUMES,
	FIELD_POD_REF,
	FIELD_SYS_CONTAINERS,
	FIELD_POD_CONTAINERS,
};

static const struct part *const field_parts[FIELD_PART_COUNT] = {
	[FIELD_CPU] = &cpu_part,
	[FIELD_MEMORY] = &memory_part,
	[FIELD_NETWORK] = &network_part,
	[FIELD_IO] = &io_part,
	[FIELD_SWAP] = &swap_part,
	[FIELD_RLIMIT] = &rlimit_part,
	[FIELD_PROCESSES] = &process_part,
};

struct layout {
	struct json_keys keys;
	unsigned char fields[JSON_KEYS_MAX];
};

static const struct layout node_layout = {
	JSON_KEYS("nodeName", "systemContainers", "startTime", "cpu", "memory",
	    "io", "network", "fs", "runtime", "rlimit", "swap"),
	{ FIELD_NAME, FIELD_SYS_CONTAINERS, FIELD_START, FIELD_CPU,
	    FIELD_MEMORY, FIELD_IO, FIELD_NETWORK, FIELD_ROOT_FS, FIELD_SKIP,
	    FIELD_RLIMIT, FIELD_SWAP },
};

static const struct layout pod_layout = {
	JSON_KEYS("podRef", "startTime", "containers", "cpu", "memory", "io",
	    "network", "volume", "ephemeral-storage", "process_stats", "swap"),
	{ FIELD_POD_REF, FIELD_START, FIELD_POD_CONTAINERS, FIELD_CPU,
	    FIELD_MEMORY, FIELD_IO, FIELD_NETWORK, FIELD_VOLUMES,
	    FIELD_EPHEMERAL, FIELD_PROCESSES, FIELD_SWAP },
};

static const struct layout container_layout = {
	JSON_KEYS("name", "startTime", "cpu", "memory", "io", "accelerators",
	    "rootfs", "logs", "userDefinedMetrics", "swap"),
	{ FIELD_NAME, FIELD_START, FIELD_CPU, FIELD_MEMORY, FIELD_IO,
	    FIELD_ACCELERATORS, FIELD_ROOT_FS, FIELD_LOGS_FS, FIELD_SKIP,
	    FIELD_SWAP },
};

/* "09:24:00" as seconds; false if it is not plainly that. */
static inline bool
parse_clock(const char *p, int64_t *out_s)
{
	static const char zeros[8] = "00:00:00", nines[8] = "23:59:59";
	unsigned is_bad = 0;
	int d[8];

	for (int i = 0; i < 8; i++) {
		d[i] = p[i] - zeros[i];
		is_bad |= (unsigned)(p[i] < zeros[i]) |
		    (unsigned)(p[i] > (i == 1 ? '9' : nines[i]));
	}
	*out_s = (d[0] * 10 + d[1]) * 3600 + (d[3] * 10 + d[4]) * 60 +
	    d[6] * 10 + d[7];
	return !is_bad && *out_s < 86400;
}

/* Null and what is not after the epoch give 0. */
static void
read_time(struct decoder *d, struct day *day, int64_t *out_ns)
{
	struct str s;
	int64_t at_ns, clock_s;
	bool is_plain;

	*out_ns = 0;
	if (!json_str(&d->json, &s))
		return;
	is_plain = s.len == SECOND_BYTES && s.p[SECOND_BYTES - 1] == 'Z' &&
	    parse_clock(s.p + DAY_BYTES, &clock_s);
	if (is_plain && memcmp(s.p, day->text, DAY_BYTES) == 0) {
		*out_ns = day->start_ns + clock_s * NS_PER_S;
		return;
	}
	if (!timestamp_parse(s, &at_ns)) {
		json_fail(&d->json, "expected a time before here");
		return;
	}
	if (at_ns <= 0)
		return;
	*out_ns = at_ns - at_ns % NS_PER_US;
	if (is_plain) {
		memcpy(day->text, s.p, DAY_BYTES);
		day->start_ns = at_ns - clock_s * NS_PER_S;
	}
}

static void read_pressure(struct decoder *d, struct sample *s,
    enum metric some);

static void
read_member(struct decoder *d, unsigned char member, struct sample *s)
{
	switch (member) {
	case PART_TIME:
		read_time(d, &d->sample_day, &s->time_ns);
		break;
	case PART_NAME:
		json_str(&d->json, &s->name);
		break;
	case PART_CPU_PRESSURE:
		read_pressure(d, s, METRIC_CPU_PRESSURE_SOME);
		break;
	case PART_MEMORY_PRESSURE:
		read_pressure(d, s, METRIC_MEMORY_PRESSURE_SOME);
		break;
	case PART_IO_PRESSURE:
		read_pressure(d, s, METRIC_IO_PRESSURE_SOME);
		break;
	default:
		json_skip(&d->json);
	}
}

static void
read_part(struct decoder *d, const struct part *part, struct sample *s)
{
	struct json *j = &d->json;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_counters(j, &part->keys, &hint, part->members,
	    &s->values->u, &s->present)) != JSON_END;)
		read_member(d, k < 0 ? PART_SKIP : part->members[k], s);
}

/* {"full":{"total":1,...},"some":{...}} */
static void
read_pressure(struct decoder *d, struct sample *s, enum metric some)
{
	static const struct json_keys keys = JSON_KEYS("full", "some");
	struct json *j = &d->json;
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		unsigned at = some + (k == 0);
		struct sample total = { .values = &s->values[at] };

		if (k == JSON_UNKNOWN) {
			json_skip(j);
			continue;
		}
		read_part(d, &pressure_total_part, &total);
		s->present |= total.present << at;
	}
}

static void
read_fs(struct decoder *d, struct fs *fs)
{
	struct sample s = { .values = fs->values };

	read_part(d, &fs_part, &s);
	fs->present = s.present;
	fs->id = s.name;
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

	if (fs->present == 0 || !has_room(d, set))
		return;
	r = add_resource(d, set);
	if (r == NULL)
		return;
	r->resource_id = id;
	r->present = (uint32_t)fs->present;
	memcpy(r->values, fs->values, sizeof r->values);
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
		if (fs.present == 0 || fs.id.p == NULL)
			continue;
		id = arena_alloc(d->arena, prefix.len + fs.id.len);
		if (id == NULL) {
			json_fail(j, "no memory for a volume");
			return;
		}
		memcpy(id, prefix.p, prefix.len);
		memcpy(id + prefix.len, fs.id.p, fs.id.len);
		add_fs(d, set, &fs,
		    (struct str){ id, prefix.len + fs.id.len });
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
	int64_t times_ns[FIELD_PART_COUNT];
	struct fs root;
	struct fs logs;
	struct fs ephemeral;
};

static void
set_ephemeral_usage(struct metric_set *s, const struct pending *p)
{
	static const uint64_t bit = UINT64_C(1) << LABELLED(FILESYSTEM_USAGE);
	const struct fs *parts[] = { &p->root, &p->logs, &p->ephemeral };
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (parts[i]->present & bit) {
			sum += parts[i]->values[LABELLED(FILESYSTEM_USAGE)].u;
			set_u64(s, METRIC_EPHEMERAL_STORAGE_USAGE, sum);
		}
}

static void
finish_set(struct decoder *d, const struct pending *p)
{
	struct metric_set *s = &d->frame->sets[p->set];

	s->scraped_ns = p->times_ns[FIELD_CPU];
	if (s->scraped_ns == 0)
		s->scraped_ns = p->times_ns[FIELD_MEMORY];
	if (s->scraped_ns == 0)
		s->scraped_ns = p->times_ns[FIELD_NETWORK];
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
read_field(struct decoder *d, enum field field, struct pending *p)
{
	struct json *j = &d->json;
	struct metric_set *s = &d->frame->sets[p->set];

	switch (field) {
	case FIELD_NAME: json_str(j, &s->name); break;
	case FIELD_START: read_time(d, &d->start_day, &s->start_ns); break;
	case FIELD_ROOT_FS: read_fs(d, &p->root); break;
	case FIELD_LOGS_FS: read_fs(d, &p->logs); break;
	case FIELD_EPHEMERAL: read_fs(d, &p->ephemeral); break;
	case FIELD_ACCELERATORS:
		if (json_array_begin(j))
			while (json_array_next(j))
				read_accelerator(d, p->set);
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
	for (int k; (k = json_fast_object_next(j, &layout->keys, &hint)) !=
	    JSON_END;) {
		enum field field = k < 0 ? FIELD_SKIP : layout->fields[k];
		struct metric_set *s = &d->frame->sets[set];
		struct sample sample = { .values = s->values };

		if (field >= FIELD_PART_COUNT) {
			read_field(d, field, &p);
			continue;
		}
		read_part(d, field_parts[field], &sample);
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
