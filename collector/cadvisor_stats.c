/* SPDX-License-Identifier: ISC */
/*
 * Tables say which member of which part is what.  They are in the order in
 * which cAdvisor writes, so that the parser's prediction holds.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "collector/cadvisor_stats.h"
#include "collector/summary_part.h"
#include "common/number.h"

#define LABELLED(metric) (METRIC_##metric - METRIC_PLAIN_COUNT)
#define BIT(metric) (UINT64_C(1) << METRIC_##metric)
#define LABELLED_BIT(metric) (UINT32_C(1) << LABELLED(metric))

#define DEVICE_BYTES (2 * NUMBER_MAX_BYTES + 1)

static_assert(sizeof(union metric_value) == sizeof(uint64_t),
    "values of json_counters() are values of a set");

/* Less: the index of its value. */
enum member {
	MEMBER_SKIP = JSON_SLOT_SKIP,
	MEMBER_NESTED,		/* the part that belongs to this one */
	MEMBER_NAME,
	MEMBER_MAKE,
	MEMBER_MODEL,
	MEMBER_ID,
	MEMBER_HAS_INODES,
};

struct part {
	struct json_keys keys;
	unsigned char members[JSON_KEYS_MAX];
	const struct part *nested;
};

static const struct part cpu_usage_part = {
	JSON_KEYS("total", "per_cpu_usage", "user", "system"),
	{ METRIC_CPU_USAGE, MEMBER_SKIP, MEMBER_SKIP, MEMBER_SKIP },
	NULL,
};

static const struct part cpu_part = {
	JSON_KEYS("usage", "cfs", "load_average"),
	{ MEMBER_NESTED, MEMBER_SKIP, METRIC_CPU_LOAD },
	&cpu_usage_part,
};

static const struct part faults_part = {
	JSON_KEYS("pgfault", "pgmajfault"),
	{ METRIC_MEMORY_PAGE_FAULTS, METRIC_MEMORY_MAJOR_PAGE_FAULTS },
	NULL,
};

static const struct part memory_part = {
	JSON_KEYS("usage", "max_usage", "cache", "rss", "swap", "mapped_file",
	    "working_set", "failcnt", "container_data", "hierarchical_data"),
	{ METRIC_MEMORY_USAGE, MEMBER_SKIP, METRIC_MEMORY_CACHE,
	    METRIC_MEMORY_RSS, MEMBER_SKIP, MEMBER_SKIP,
	    METRIC_MEMORY_WORKING_SET, MEMBER_SKIP, MEMBER_NESTED,
	    MEMBER_SKIP },
	&faults_part,
};

static const struct part interface_part = {
	JSON_KEYS("name", "rx_bytes", "rx_packets", "rx_errors", "rx_dropped",
	    "tx_bytes", "tx_packets", "tx_errors", "tx_dropped"),
	{ MEMBER_SKIP, METRIC_NETWORK_RX, MEMBER_SKIP,
	    METRIC_NETWORK_RX_ERRORS, MEMBER_SKIP, METRIC_NETWORK_TX,
	    MEMBER_SKIP, METRIC_NETWORK_TX_ERRORS, MEMBER_SKIP },
	NULL,
};

static const struct part fs_part = {
	JSON_KEYS("device", "type", "capacity", "usage", "base_usage",
	    "available", "has_inodes", "inodes", "inodes_free"),
	{ MEMBER_NAME, MEMBER_SKIP, LABELLED(FILESYSTEM_LIMIT),
	    LABELLED(FILESYSTEM_USAGE), MEMBER_SKIP,
	    LABELLED(FILESYSTEM_AVAILABLE), MEMBER_HAS_INODES,
	    LABELLED(FILESYSTEM_INODES), LABELLED(FILESYSTEM_INODES_FREE) },
	NULL,
};

static const struct part accelerator_part = {
	JSON_KEYS("make", "model", "id", "memory_total", "memory_used",
	    "duty_cycle"),
	{ MEMBER_MAKE, MEMBER_MODEL, MEMBER_ID,
	    LABELLED(ACCELERATOR_MEMORY_TOTAL),
	    LABELLED(ACCELERATOR_MEMORY_USED),
	    LABELLED(ACCELERATOR_DUTY_CYCLE) },
	NULL,
};

/* Device numbers, which are no metrics. */
enum { MAJOR, MINOR };

static const struct part directions_part = {
	JSON_KEYS("Async", "Discard", "Read", "Sync", "Total", "Write"),
	{ MEMBER_SKIP, MEMBER_SKIP, LABELLED(DISK_IO_READ_BYTES), MEMBER_SKIP,
	    MEMBER_SKIP, LABELLED(DISK_IO_WRITE_BYTES) },
	NULL,
};

static const struct json_keys disk_keys =
    JSON_KEYS("device", "major", "minor", "stats");
static const unsigned char disk_members[JSON_KEYS_MAX] =
    { MEMBER_NAME, MAJOR, MINOR, MEMBER_NESTED };

/* What a part said; values are the caller's. */
struct sample {
	uint64_t present;
	union metric_value *values;
	struct resource *names;		/* or NULL: none are expected */
	bool has_inodes;
};

static void read_part(struct json *j, const struct part *part,
    struct sample *s);

static void
read_member(struct json *j, const struct part *part, unsigned member,
    struct sample *s)
{
	switch (member) {
	case MEMBER_NESTED:
		assert(part->nested != NULL);
		read_part(j, part->nested, s);
		break;
	case MEMBER_NAME: json_str(j, &s->names->resource_id); break;
	case MEMBER_MAKE: json_str(j, &s->names->make); break;
	case MEMBER_MODEL: json_str(j, &s->names->model); break;
	case MEMBER_ID: json_str(j, &s->names->accelerator_id); break;
	case MEMBER_HAS_INODES: json_bool(j, &s->has_inodes); break;
	default: json_skip(j);
	}
}

/* Adds to the sample. */
static void
read_part(struct json *j, const struct part *part, struct sample *s)
{
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_counters(j, &part->keys, &hint, part->members,
	    &s->values->u, &s->present)) != JSON_END;)
		read_member(j, part, k < 0 ? MEMBER_SKIP : part->members[k],
		    s);
}

struct reader {
	struct json *j;
	struct frame *frame;
	struct arena *arena;
	size_t set;
};

/* A plain part of the set. */
static void
read_plain(struct reader *r, const struct part *part)
{
	struct metric_set *s = &r->frame->sets[r->set];
	struct sample sample = { .present = s->present, .values = s->values };

	read_part(r->j, part, &sample);
	s->present = sample.present;
}

static_assert(METRIC_NETWORK_TX_ERRORS == METRIC_NETWORK_RX + 3,
    "the four are next to each other");

static void
add_interface(struct reader *r)
{
	struct metric_set *s = &r->frame->sets[r->set];
	union metric_value values[METRIC_PLAIN_COUNT];
	struct sample one = { .values = values };

	read_part(r->j, &interface_part, &one);
	for (unsigned m = METRIC_NETWORK_RX; m <= METRIC_NETWORK_TX_ERRORS;
	    m++) {
		if ((one.present >> m & 1) == 0)
			continue;
		if (set_has(s, (enum metric)m))
			values[m].u += s->values[m].u;
		set_u64(s, (enum metric)m, values[m].u);
	}
}

/* {"name":"eth0",...,"interfaces":[...]}: the former is one of the latter. */
static void
read_network(struct reader *r)
{
	static const struct json_keys keys = JSON_KEYS("name", "rx_bytes",
	    "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets",
	    "tx_errors", "tx_dropped", "interfaces");
	enum { INTERFACES = 9 };
	unsigned hint = 0;

	if (!json_object_begin(r->j))
		return;
	for (int k; (k = json_object_next(r->j, &keys, &hint)) != JSON_END;)
		if (k != INTERFACES)
			json_skip(r->j);
		else if (json_array_begin(r->j))
			while (json_array_next(r->j))
				add_interface(r);
}

/* Adds what is new to the resource of that name, or a resource.  Beyond what
 * a frame holds, nothing. */
static void
merge_resource(struct reader *r, const struct resource *from)
{
	struct metric_set *s = &r->frame->sets[r->set];
	struct resource *to = NULL;

	if (from->present == 0)
		return;
	for (uint32_t i = 0; i < s->n_resources && to == NULL; i++)
		if (str_eq(s->resources[i].resource_id, from->resource_id) &&
		    str_eq(s->resources[i].accelerator_id,
		    from->accelerator_id))
			to = &s->resources[i];
	if (to == NULL) {
		if (s->n_resources == FRAME_RESOURCES_MAX)
			return;
		to = frame_add_resource(r->frame, r->arena, r->set);
		if (to == NULL) {
			json_fail(r->j, "no memory for a resource");
			return;
		}
		*to = *from;
		return;
	}
	for (unsigned i = 0; i < METRIC_LABELLED_COUNT; i++)
		if (from->present >> i & 1)
			to->values[i] = from->values[i];
	to->present |= from->present;
}

static void
read_resources(struct reader *r, const struct part *part)
{
	const uint64_t inodes = LABELLED_BIT(FILESYSTEM_INODES) |
	    LABELLED_BIT(FILESYSTEM_INODES_FREE);

	if (!json_array_begin(r->j))
		return;
	while (json_array_next(r->j)) {
		struct resource item = { .present = 0 };
		struct sample s = { .values = item.values, .names = &item };

		read_part(r->j, part, &s);
		item.present = (uint32_t)(s.has_inodes ? s.present :
		    s.present & ~inodes);
		if (item.resource_id.len > 0 || part == &accelerator_part)
			merge_resource(r, &item);
	}
}

/* The name of a disk that has none; absent after an error. */
static struct str
number_disk(struct reader *r, uint64_t major, uint64_t minor)
{
	char text[DEVICE_BYTES];
	size_t n = print_u64(text, major);
	struct str name;

	text[n++] = ':';
	n += print_u64(text + n, minor);
	name = arena_str(r->arena, (struct str){ text, n });
	if (name.p == NULL)
		json_fail(r->j, "no memory for a device");
	return name;
}

static void
read_disk(struct reader *r)
{
	struct resource item = { .present = 0 };
	struct sample s = { .values = item.values };
	uint64_t numbers[2] = { 0, 0 }, present = 0;
	unsigned hint = 0;

	if (!json_object_begin(r->j))
		return;
	for (int k; (k = json_counters(r->j, &disk_keys, &hint, disk_members,
	    numbers, &present)) != JSON_END;)
		if (k < 0)
			json_skip(r->j);
		else if (disk_members[k] == MEMBER_NAME)
			json_str(r->j, &item.resource_id);
		else
			read_part(r->j, &directions_part, &s);
	if (item.resource_id.len == 0)
		item.resource_id = number_disk(r, numbers[MAJOR],
		    numbers[MINOR]);
	/* Of a direction in which nothing went, cgroups say nothing. */
	item.present = LABELLED_BIT(DISK_IO_READ_BYTES) |
	    LABELLED_BIT(DISK_IO_WRITE_BYTES);
	merge_resource(r, &item);
}

static void
read_disks(struct reader *r)
{
	static const struct json_keys keys = JSON_KEYS("io_service_bytes");
	unsigned hint = 0;

	if (!json_object_begin(r->j))
		return;
	for (int k; (k = json_object_next(r->j, &keys, &hint)) != JSON_END;)
		if (k < 0)
			json_skip(r->j);
		else if (json_array_begin(r->j))
			while (json_array_next(r->j))
				read_disk(r);
}

bool
cadvisor_read_stats(struct json *j, struct frame *frame, struct arena *arena,
    size_t set, struct custom_metrics *custom)
{
	static const struct json_keys keys = JSON_KEYS("timestamp", "cpu",
	    "diskio", "memory", "network", "filesystem", "task_stats",
	    "accelerators", "custom_metrics");
	struct reader r = { j, frame, arena, set };
	struct summary_day day = { .start_ns = 0 };
	unsigned hint = 0;

	if (!json_object_begin(j))
		return false;
	frame->sets[set].present = 0;
	frame->sets[set].n_resources = 0;
	frame->sets[set].scraped_ns = 0;
	custom->n_samples = 0;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		switch (k) {
		case 0:
			summary_read_time(j, &day,
			    &frame->sets[set].scraped_ns);
			break;
		case 1: read_plain(&r, &cpu_part); break;
		case 2: read_disks(&r); break;
		case 3: read_plain(&r, &memory_part); break;
		case 4: read_network(&r); break;
		case 5: read_resources(&r, &fs_part); break;
		case 7: read_resources(&r, &accelerator_part); break;
		case 8: custom_read_samples(j, arena, custom); break;
		default: json_skip(j);
		}
	return true;
}

void
cadvisor_keep_groups(struct metric_set *s, unsigned groups)
{
	static const uint64_t plain[] = {
		BIT(CPU_USAGE) | BIT(CPU_LOAD),
		BIT(MEMORY_USAGE) | BIT(MEMORY_CACHE) | BIT(MEMORY_RSS) |
		    BIT(MEMORY_WORKING_SET) | BIT(MEMORY_PAGE_FAULTS) |
		    BIT(MEMORY_MAJOR_PAGE_FAULTS),
		BIT(NETWORK_RX) | BIT(NETWORK_RX_ERRORS) | BIT(NETWORK_TX) |
		    BIT(NETWORK_TX_ERRORS),
	};
	const uint32_t disk = LABELLED_BIT(DISK_IO_READ_BYTES) |
	    LABELLED_BIT(DISK_IO_WRITE_BYTES);
	const uint32_t fs = LABELLED_BIT(FILESYSTEM_USAGE) |
	    LABELLED_BIT(FILESYSTEM_LIMIT) |
	    LABELLED_BIT(FILESYSTEM_AVAILABLE) |
	    LABELLED_BIT(FILESYSTEM_INODES) |
	    LABELLED_BIT(FILESYSTEM_INODES_FREE);
	uint32_t gone = (groups & GROUP_FILESYSTEM ? 0 : fs) |
	    (groups & GROUP_DISKIO ? 0 : disk);
	uint32_t n = 0;

	for (unsigned i = 0; i < 3; i++)
		if ((groups >> i & 1) == 0)
			s->present &= ~plain[i];
	for (uint32_t i = 0; gone != 0 && i < s->n_resources; i++) {
		s->resources[i].present &= ~gone;
		if (s->resources[i].present != 0)
			s->resources[n++] = s->resources[i];
	}
	if (gone != 0)
		s->n_resources = n;
}
