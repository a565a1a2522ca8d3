/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdint.h>

#include "sinks/otlp_name.h"

#define NPC (ON_N | ON_P | ON_C)
#define NSPC (ON_N | ON_S | ON_P | ON_C)

#define M(suffix, unit, kind, divisor, on) \
	{ STR_INIT(suffix), STR_INIT(unit), OTLP_##kind, divisor, on, \
	    STR_INIT(""), STR_INIT(""), false, false }
#define SPEC(suffix, unit, divisor, on) \
	{ STR_INIT(suffix), STR_INIT(unit), OTLP_AMOUNT, divisor, on, \
	    STR_INIT(""), STR_INIT(""), false, true }
#define WITH(suffix, unit, kind, divisor, on, key, value) \
	{ STR_INIT(suffix), STR_INIT(unit), OTLP_##kind, divisor, on, \
	    STR_INIT(key), STR_INIT(value), false, false }
#define WHOLE(name, unit, kind, divisor) \
	{ STR_INIT(name), STR_INIT(unit), OTLP_##kind, divisor, ON_ALL, \
	    STR_INIT(""), STR_INIT(""), true, false }

#define FAULT "system.paging.fault.type"
#define DIRECTION "network.io.direction"
#define DISK "disk.io.direction"
#define PRESSURE "heapster.pressure.type"

static const struct otlp_metric otlp_metrics[METRIC_COUNT] = {
	[METRIC_UPTIME] = M("uptime", "s", GAUGE, 1e3, NPC),
	[METRIC_RESTART_COUNT] = SPEC("restart.count", "{restart}", 1, ON_C),
	[METRIC_CPU_USAGE] = M("cpu.time", "s", COUNTER, 1e9, NSPC),
	[METRIC_CPU_USAGE_RATE] = M("cpu.usage", "{cpu}", GAUGE, 1e3, NSPC),
	[METRIC_CPU_FIRST_USAGE] = M("cpu.first_usage", "{cpu}", GAUGE, 1e9, 0),
	[METRIC_CPU_REQUEST] = SPEC("cpu.request.desired", "{cpu}", 1e3, ON_C),
	[METRIC_CPU_LIMIT] = SPEC("cpu.limit.desired", "{cpu}", 1e3, ON_C),
	[METRIC_CPU_LOAD] = M("cpu.load", "{thread}", GAUGE, 1e3, 0),
	[METRIC_CPU_NODE_CAPACITY] = M("cpu.capacity", "{cpu}", AMOUNT, 1e3, 0),
	[METRIC_CPU_NODE_ALLOCATABLE] = M("cpu.allocatable", "{cpu}", AMOUNT, 1e3, ON_N),
	[METRIC_CPU_NODE_UTILIZATION] = M("cpu.utilization", "1", GAUGE, 1, 0),
	[METRIC_CPU_NODE_RESERVATION] = M("cpu.reservation", "1", GAUGE, 1, 0),
	[METRIC_MEMORY_USAGE] = M("memory.usage", "By", AMOUNT, 1, NSPC),
	[METRIC_MEMORY_WORKING_SET] = M("memory.working_set", "By", AMOUNT, 1, NSPC),
	[METRIC_MEMORY_RSS] = M("memory.rss", "By", AMOUNT, 1, NPC),
	[METRIC_MEMORY_CACHE] = M("memory.cache", "By", AMOUNT, 1, 0),
	[METRIC_MEMORY_AVAILABLE] = M("memory.available", "By", AMOUNT, 1, NPC),
	[METRIC_MEMORY_REQUEST] = SPEC("memory.request.desired", "By", 1, ON_C),
	[METRIC_MEMORY_LIMIT] = SPEC("memory.limit.desired", "By", 1, ON_C),
	[METRIC_MEMORY_PAGE_FAULTS] = WITH("paging.faults", "{fault}", COUNTER, 1, NPC, FAULT, "minor"),
	[METRIC_MEMORY_MAJOR_PAGE_FAULTS] = WITH("paging.faults", "{fault}", COUNTER, 1, NPC, FAULT, "major"),
	[METRIC_MEMORY_PAGE_FAULTS_RATE] = M("paging.faults.rate", "{fault}/s", GAUGE, 1, 0),
	[METRIC_MEMORY_MAJOR_PAGE_FAULTS_RATE] = M("paging.major_faults.rate", "{fault}/s", GAUGE, 1, 0),
	[METRIC_MEMORY_NODE_CAPACITY] = M("memory.capacity", "By", AMOUNT, 1, 0),
	[METRIC_MEMORY_NODE_ALLOCATABLE] = M("memory.allocatable", "By", AMOUNT, 1, ON_N),
	[METRIC_MEMORY_NODE_UTILIZATION] = M("memory.utilization", "1", GAUGE, 1, 0),
	[METRIC_MEMORY_NODE_RESERVATION] = M("memory.reservation", "1", GAUGE, 1, 0),
	[METRIC_EPHEMERAL_STORAGE_USAGE] = SPEC("ephemeral_storage.usage", "By", 1, ON_C),
	[METRIC_EPHEMERAL_STORAGE_REQUEST] = SPEC("ephemeral_storage.request", "By", 1, ON_C),
	[METRIC_EPHEMERAL_STORAGE_LIMIT] = SPEC("ephemeral_storage.limit", "By", 1, ON_C),
	[METRIC_EPHEMERAL_STORAGE_NODE_CAPACITY] = M("ephemeral_storage.capacity", "By", AMOUNT, 1, 0),
	[METRIC_EPHEMERAL_STORAGE_NODE_ALLOCATABLE] = M("ephemeral_storage.allocatable", "By", AMOUNT, 1, ON_N),
	[METRIC_EPHEMERAL_STORAGE_NODE_UTILIZATION] = M("ephemeral_storage.utilization", "1", GAUGE, 1, 0),
	[METRIC_EPHEMERAL_STORAGE_NODE_RESERVATION] = M("ephemeral_storage.reservation", "1", GAUGE, 1, 0),
	[METRIC_NETWORK_RX] = WITH("network.io", "By", COUNTER, 1, ON_N | ON_P, DIRECTION, "receive"),
	[METRIC_NETWORK_TX] = WITH("network.io", "By", COUNTER, 1, ON_N | ON_P, DIRECTION, "transmit"),
	[METRIC_NETWORK_RX_ERRORS] = WITH("network.errors", "{error}", COUNTER, 1, ON_N | ON_P, DIRECTION, "receive"),
	[METRIC_NETWORK_TX_ERRORS] = WITH("network.errors", "{error}", COUNTER, 1, ON_N | ON_P, DIRECTION, "transmit"),
	[METRIC_NETWORK_RX_RATE] = WITH("network.io.rate", "By/s", GAUGE, 1, 0, DIRECTION, "receive"),
	[METRIC_NETWORK_TX_RATE] = WITH("network.io.rate", "By/s", GAUGE, 1, 0, DIRECTION, "transmit"),
	[METRIC_NETWORK_RX_ERRORS_RATE] = WITH("network.errors.rate", "{error}/s", GAUGE, 1, 0, DIRECTION, "receive"),
	[METRIC_NETWORK_TX_ERRORS_RATE] = WITH("network.errors.rate", "{error}/s", GAUGE, 1, 0, DIRECTION, "transmit"),
	[METRIC_SWAP_USAGE] = M("swap.usage", "By", AMOUNT, 1, 0),
	[METRIC_SWAP_AVAILABLE] = M("swap.available", "By", AMOUNT, 1, 0),
	[METRIC_PROCESS_COUNT] = M("process.count", "{process}", AMOUNT, 1, 0),
	[METRIC_PROCESS_LIMIT] = M("process.limit", "{process}", AMOUNT, 1, 0),
	[METRIC_CPU_PRESSURE_SOME] = WITH("cpu.pressure.time", "s", COUNTER, 1e9, 0, PRESSURE, "some"),
	[METRIC_CPU_PRESSURE_FULL] = WITH("cpu.pressure.time", "s", COUNTER, 1e9, 0, PRESSURE, "full"),
	[METRIC_MEMORY_PRESSURE_SOME] = WITH("memory.pressure.time", "s", COUNTER, 1e9, 0, PRESSURE, "some"),
	[METRIC_MEMORY_PRESSURE_FULL] = WITH("memory.pressure.time", "s", COUNTER, 1e9, 0, PRESSURE, "full"),
	[METRIC_IO_PRESSURE_SOME] = WITH("io.pressure.time", "s", COUNTER, 1e9, 0, PRESSURE, "some"),
	[METRIC_IO_PRESSURE_FULL] = WITH("io.pressure.time", "s", COUNTER, 1e9, 0, PRESSURE, "full"),
	[METRIC_CPU_PRESSURE_SOME_RATE] = WITH("cpu.pressure.utilization", "1", GAUGE, 1, 0, PRESSURE, "some"),
	[METRIC_CPU_PRESSURE_FULL_RATE] = WITH("cpu.pressure.utilization", "1", GAUGE, 1, 0, PRESSURE, "full"),
	[METRIC_MEMORY_PRESSURE_SOME_RATE] = WITH("memory.pressure.utilization", "1", GAUGE, 1, 0, PRESSURE, "some"),
	[METRIC_MEMORY_PRESSURE_FULL_RATE] = WITH("memory.pressure.utilization", "1", GAUGE, 1, 0, PRESSURE, "full"),
	[METRIC_IO_PRESSURE_SOME_RATE] = WITH("io.pressure.utilization", "1", GAUGE, 1, 0, PRESSURE, "some"),
	[METRIC_IO_PRESSURE_FULL_RATE] = WITH("io.pressure.utilization", "1", GAUGE, 1, 0, PRESSURE, "full"),
	[METRIC_FILESYSTEM_USAGE] = M("filesystem.usage", "By", AMOUNT, 1, NPC),
	[METRIC_FILESYSTEM_LIMIT] = M("filesystem.capacity", "By", AMOUNT, 1, NPC),
	[METRIC_FILESYSTEM_AVAILABLE] = M("filesystem.available", "By", AMOUNT, 1, NPC),
	[METRIC_FILESYSTEM_INODES] = M("filesystem.inode.count", "{inode}", AMOUNT, 1, ON_N),
	[METRIC_FILESYSTEM_INODES_FREE] = M("filesystem.inode.free", "{inode}", AMOUNT, 1, ON_N),
	[METRIC_DISK_IO_READ_BYTES] = WITH("disk.io", "By", COUNTER, 1, ON_C, DISK, "read"),
	[METRIC_DISK_IO_WRITE_BYTES] = WITH("disk.io", "By", COUNTER, 1, ON_C, DISK, "write"),
	[METRIC_DISK_IO_READ_BYTES_RATE] = WITH("disk.io.rate", "By/s", GAUGE, 1, 0, DISK, "read"),
	[METRIC_DISK_IO_WRITE_BYTES_RATE] = WITH("disk.io.rate", "By/s", GAUGE, 1, 0, DISK, "write"),
	[METRIC_ACCELERATOR_MEMORY_TOTAL] = WHOLE("hw.gpu.memory.limit", "By", AMOUNT, 1),
	[METRIC_ACCELERATOR_MEMORY_USED] = WHOLE("hw.gpu.memory.usage", "By", AMOUNT, 1),
	[METRIC_ACCELERATOR_DUTY_CYCLE] = WHOLE("hw.gpu.utilization", "1", GAUGE, 100),
	[METRIC_RESOURCE_REQUEST] = M("resource.request", "{resource}", AMOUNT, 1, 0),
	[METRIC_CUSTOM_VALUE] = M("custom.value", "1", GAUGE, 1, 0),
};

const struct otlp_metric *
otlp_metric(enum metric m)
{
	return &otlp_metrics[m];
}

enum metric
otlp_first(enum metric m)
{
	static uint8_t first[METRIC_COUNT];	/* and one more; 0: not known */
	unsigned i = 0;

	if (first[m] == 0) {
		while (!str_eq(otlp_metrics[i].suffix, otlp_metrics[m].suffix))
			i++;
		first[m] = (uint8_t)(i + 1);
	}
	return (enum metric)(first[m] - 1);
}

static bool
is_conventional(enum metric m, enum set_type type)
{
	return (otlp_metrics[m].conventional >> type & 1) != 0;
}

enum otlp_resource
otlp_resource(enum metric m, const struct resource *r, enum set_type type)
{
	if (r == NULL)
		return metric_is_composed(m) ? OTLP_OTHER : OTLP_PLAIN;
	switch (m) {
	case METRIC_FILESYSTEM_USAGE:
	case METRIC_FILESYSTEM_LIMIT:
	case METRIC_FILESYSTEM_AVAILABLE:
	case METRIC_FILESYSTEM_INODES:
	case METRIC_FILESYSTEM_INODES_FREE:
		if (type == SET_POD &&
		    str_has_prefix(r->resource_id, STR("Volume:")))
			return OTLP_VOLUME;
		return str_is(r->resource_id, "/") && is_conventional(m, type) ?
		    OTLP_ROOT : OTLP_OTHER;
	case METRIC_ACCELERATOR_MEMORY_TOTAL:
	case METRIC_ACCELERATOR_MEMORY_USED:
	case METRIC_ACCELERATOR_DUTY_CYCLE:
		return OTLP_GPU;
	default:
		return OTLP_DEVICE;
	}
}

void
otlp_name(struct buf *out, enum metric m, enum set_type type,
    enum otlp_resource resource)
{
	static const struct str conventional[SET_TYPE_COUNT] = {
		[SET_NODE] = STR_INIT("k8s.node."),
		[SET_SYS_CONTAINER] = STR_INIT("k8s.node.system_container."),
		[SET_POD] = STR_INIT("k8s.pod."),
		[SET_POD_CONTAINER] = STR_INIT("container."),
		[SET_NAMESPACE] = STR_INIT("k8s.namespace."),
		[SET_CLUSTER] = STR_INIT("k8s.cluster."),
	};
	static const struct str own[SET_TYPE_COUNT] = {
		[SET_NODE] = STR_INIT("heapster.node."),
		[SET_SYS_CONTAINER] = STR_INIT("heapster.system_container."),
		[SET_POD] = STR_INIT("heapster.pod."),
		[SET_POD_CONTAINER] = STR_INIT("heapster.container."),
		[SET_NAMESPACE] = STR_INIT("heapster.namespace."),
		[SET_CLUSTER] = STR_INIT("heapster.cluster."),
	};
	const struct otlp_metric *o = &otlp_metrics[m];
	struct str suffix = o->suffix;

	if (o->is_whole) {
		/* no prefix */
	} else if (resource == OTLP_VOLUME) {
		buf_add_str(out, STR("k8s.pod.volume."));
		str_cut(&suffix, '.');		/* "filesystem" */
	} else if (!is_conventional(m, type) || resource == OTLP_OTHER) {
		buf_add_str(out, own[type]);
	} else if (o->is_of_spec && type == SET_POD_CONTAINER) {
		buf_add_str(out, STR("k8s.container."));
	} else {
		buf_add_str(out, conventional[type]);
	}
	buf_add_str(out, suffix);
}
