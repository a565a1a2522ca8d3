/* SPDX-License-Identifier: ISC */
/*
 * The table of metrics.  Everything that needs a metric's name, type, unit or
 * rule of aggregation takes it from here: the wire, the API, the Prometheus
 * names, the man page cheapster-model(7).
 *
 *	X(ID, name, kind, value type, unit, sets, roll-up, help)
 *
 * kind	CUMULATIVE (only grows while the object lives) or GAUGE.
 * type	INT (uint64_t, exact) or FLOAT (double, 15 digits on the wire).
 * sets	which sets carry it: N node, S system container, P pod, C pod container,
 *	M namespace, K cluster, joined by '|' as ON_N | ON_P.
 * roll-up  what containers and pods are summed into: INTO_POD (containers
 *	into their pod, unless the pod has a value of its own), INTO_NODE (pods
 *	into their node), INTO_NS (pods into their namespace, namespaces into
 *	the cluster), NONE.
 *
 * Plain metrics have one value per set.  Labelled metrics have one value per
 * set and resource (a file system, a disk, an accelerator) and are never
 * aggregated, but for composed ones, which the collector sums into pods.
 * Names up to "ephemeral_storage/..." and types are Heapster's and never
 * change; the order of the lines is the order on the wire.
 *
 * Composed metrics are labelled ones that people know as a plain metric for
 * each resource, whose name has the resource_id in it:
 * "nvidia.com/gpu/request", "custom/queue_length".  In this table, in frames
 * and on the wire they are labelled, as names are few there; in the API, in
 * text and in lines for people each has its composed name and no label.
 */
#ifndef COMMON_METRIC_H
#define COMMON_METRIC_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/str.h"

enum metric_kind { METRIC_CUMULATIVE, METRIC_GAUGE };
enum metric_type { METRIC_INT, METRIC_FLOAT };

enum {
	ON_N = 1, ON_S = 2, ON_P = 4, ON_C = 8, ON_M = 16, ON_K = 32,
	ON_ALL = 63,
};

enum { NONE = 0, INTO_POD = 1, INTO_NODE = 2, INTO_NS = 4 };

#define METRICS_PLAIN(X) \
X(CPU_USAGE, "cpu/usage", CUMULATIVE, INT, "ns", ON_N | ON_S | ON_P | ON_C, NONE, \
    "CPU time used since the start") \
X(MEMORY_USAGE, "memory/usage", GAUGE, INT, "bytes", ON_ALL, INTO_POD | INTO_NS, \
    "memory in use, caches included") \
X(MEMORY_WORKING_SET, "memory/working_set", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, INTO_POD, \
    "memory in use without inactive file cache: what the OOM killer looks at") \
X(MEMORY_RSS, "memory/rss", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, INTO_POD, \
    "anonymous memory") \
X(MEMORY_CACHE, "memory/cache", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, INTO_POD, \
    "page cache") \
X(MEMORY_PAGE_FAULTS, "memory/page_faults", CUMULATIVE, INT, "", ON_N | ON_S | ON_P | ON_C, NONE, \
    "page faults since the start") \
X(MEMORY_MAJOR_PAGE_FAULTS, "memory/major_page_faults", CUMULATIVE, INT, "", ON_N | ON_S | ON_P | ON_C, NONE, \
    "page faults since the start that had to read from disk") \
X(UPTIME, "uptime", CUMULATIVE, INT, "ms", ON_N | ON_S | ON_P | ON_C, NONE, \
    "time since the start") \
X(CPU_USAGE_RATE, "cpu/usage_rate", GAUGE, INT, "millicores", ON_ALL, INTO_POD | INTO_NS, \
    "CPU in use, in thousandths of a core") \
X(MEMORY_PAGE_FAULTS_RATE, "memory/page_faults_rate", GAUGE, FLOAT, "per_second", ON_N | ON_S | ON_P | ON_C, INTO_POD, \
    "page faults per second") \
X(MEMORY_MAJOR_PAGE_FAULTS_RATE, "memory/major_page_faults_rate", GAUGE, FLOAT, "per_second", ON_N | ON_S | ON_P | ON_C, INTO_POD, \
    "page faults per second that had to read from disk") \
X(CPU_REQUEST, "cpu/request", GAUGE, INT, "millicores", ON_N | ON_P | ON_C | ON_M | ON_K, INTO_POD | INTO_NODE | INTO_NS, \
    "CPU requested") \
X(CPU_LIMIT, "cpu/limit", GAUGE, INT, "millicores", ON_N | ON_S | ON_P | ON_C | ON_M | ON_K, INTO_POD | INTO_NODE | INTO_NS, \
    "CPU limit, 0 if none") \
X(MEMORY_REQUEST, "memory/request", GAUGE, INT, "bytes", ON_N | ON_P | ON_C | ON_M | ON_K, INTO_POD | INTO_NODE | INTO_NS, \
    "memory requested") \
X(MEMORY_LIMIT, "memory/limit", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C | ON_M | ON_K, INTO_POD | INTO_NODE | INTO_NS, \
    "memory limit, 0 if none") \
X(RESTART_COUNT, "restart_count", GAUGE, INT, "", ON_P | ON_C, INTO_POD, \
    "how often the container was restarted") \
X(EPHEMERAL_STORAGE_USAGE, "ephemeral_storage/usage", GAUGE, INT, "bytes", ON_N | ON_P | ON_C, INTO_POD, \
    "local storage in use: writable layer and logs") \
X(EPHEMERAL_STORAGE_REQUEST, "ephemeral_storage/request", GAUGE, INT, "bytes", ON_N | ON_P | ON_C, INTO_POD | INTO_NODE, \
    "local storage requested") \
X(EPHEMERAL_STORAGE_LIMIT, "ephemeral_storage/limit", GAUGE, INT, "bytes", ON_N | ON_P | ON_C, INTO_POD | INTO_NODE, \
    "local storage limit, 0 if none") \
X(NETWORK_RX, "network/rx", CUMULATIVE, INT, "bytes", ON_N | ON_P, NONE, \
    "bytes received") \
X(NETWORK_RX_ERRORS, "network/rx_errors", CUMULATIVE, INT, "", ON_N | ON_P, NONE, \
    "errors while receiving") \
X(NETWORK_TX, "network/tx", CUMULATIVE, INT, "bytes", ON_N | ON_P, NONE, \
    "bytes sent") \
X(NETWORK_TX_ERRORS, "network/tx_errors", CUMULATIVE, INT, "", ON_N | ON_P, NONE, \
    "errors while sending") \
X(NETWORK_RX_RATE, "network/rx_rate", GAUGE, FLOAT, "bytes_per_second", ON_N | ON_P, INTO_POD, \
    "bytes received per second") \
X(NETWORK_RX_ERRORS_RATE, "network/rx_errors_rate", GAUGE, FLOAT, "per_second", ON_N | ON_P, INTO_POD, \
    "errors while receiving per second") \
X(NETWORK_TX_RATE, "network/tx_rate", GAUGE, FLOAT, "bytes_per_second", ON_N | ON_P, INTO_POD, \
    "bytes sent per second") \
X(NETWORK_TX_ERRORS_RATE, "network/tx_errors_rate", GAUGE, FLOAT, "per_second", ON_N | ON_P, INTO_POD, \
    "errors while sending per second") \
X(CPU_LOAD, "cpu/load", GAUGE, INT, "", ON_N | ON_S | ON_P | ON_C, INTO_POD, \
    "runnable threads, in thousandths") \
X(CPU_NODE_CAPACITY, "cpu/node_capacity", GAUGE, FLOAT, "millicores", ON_N, NONE, \
    "CPU the node has") \
X(CPU_NODE_ALLOCATABLE, "cpu/node_allocatable", GAUGE, FLOAT, "millicores", ON_N, NONE, \
    "CPU the node offers to pods") \
X(CPU_NODE_UTILIZATION, "cpu/node_utilization", GAUGE, FLOAT, "ratio", ON_N, NONE, \
    "cpu/usage_rate as a share of allocatable") \
X(CPU_NODE_RESERVATION, "cpu/node_reservation", GAUGE, FLOAT, "ratio", ON_N, NONE, \
    "cpu/request as a share of allocatable") \
X(MEMORY_NODE_CAPACITY, "memory/node_capacity", GAUGE, FLOAT, "bytes", ON_N, NONE, \
    "memory the node has") \
X(MEMORY_NODE_ALLOCATABLE, "memory/node_allocatable", GAUGE, FLOAT, "bytes", ON_N, NONE, \
    "memory the node offers to pods") \
X(MEMORY_NODE_UTILIZATION, "memory/node_utilization", GAUGE, FLOAT, "ratio", ON_N, NONE, \
    "memory/usage as a share of allocatable") \
X(MEMORY_NODE_RESERVATION, "memory/node_reservation", GAUGE, FLOAT, "ratio", ON_N, NONE, \
    "memory/request as a share of allocatable") \
X(EPHEMERAL_STORAGE_NODE_CAPACITY, "ephemeral_storage/node_capacity", GAUGE, FLOAT, "bytes", ON_N, NONE, \
    "local storage the node has") \
X(EPHEMERAL_STORAGE_NODE_ALLOCATABLE, "ephemeral_storage/node_allocatable", GAUGE, FLOAT, "bytes", ON_N, NONE, \
    "local storage the node offers to pods") \
X(EPHEMERAL_STORAGE_NODE_UTILIZATION, "ephemeral_storage/node_utilization", GAUGE, FLOAT, "ratio", ON_N, NONE, \
    "ephemeral_storage/usage as a share of allocatable") \
X(EPHEMERAL_STORAGE_NODE_RESERVATION, "ephemeral_storage/node_reservation", GAUGE, FLOAT, "ratio", ON_N, NONE, \
    "ephemeral_storage/request as a share of allocatable") \
X(MEMORY_AVAILABLE, "memory/available", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "limit or capacity minus working set") \
X(SWAP_USAGE, "swap/usage", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "swap in use") \
X(SWAP_AVAILABLE, "swap/available", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "swap that may still be used") \
X(PROCESS_COUNT, "process/count", GAUGE, INT, "", ON_N | ON_S | ON_P | ON_C, NONE, \
    "processes, or threads where the kernel counts those") \
X(PROCESS_LIMIT, "process/limit", GAUGE, INT, "", ON_N, NONE, \
    "process ids the node has") \
X(CPU_PRESSURE_SOME, "cpu/pressure_some", CUMULATIVE, INT, "ns", ON_N | ON_S | ON_P | ON_C, NONE, \
    "time in which some task waited for CPU") \
X(CPU_PRESSURE_FULL, "cpu/pressure_full", CUMULATIVE, INT, "ns", ON_N | ON_S | ON_P | ON_C, NONE, \
    "time in which all tasks waited for CPU") \
X(MEMORY_PRESSURE_SOME, "memory/pressure_some", CUMULATIVE, INT, "ns", ON_N | ON_S | ON_P | ON_C, NONE, \
    "time in which some task waited for memory") \
X(MEMORY_PRESSURE_FULL, "memory/pressure_full", CUMULATIVE, INT, "ns", ON_N | ON_S | ON_P | ON_C, NONE, \
    "time in which all tasks waited for memory") \
X(IO_PRESSURE_SOME, "io/pressure_some", CUMULATIVE, INT, "ns", ON_N | ON_S | ON_P | ON_C, NONE, \
    "time in which some task waited for IO") \
X(IO_PRESSURE_FULL, "io/pressure_full", CUMULATIVE, INT, "ns", ON_N | ON_S | ON_P | ON_C, NONE, \
    "time in which all tasks waited for IO") \
X(CPU_PRESSURE_SOME_RATE, "cpu/pressure_some_rate", GAUGE, FLOAT, "ratio", ON_N | ON_S | ON_P | ON_C, NONE, \
    "share of time in which some task waited for CPU") \
X(CPU_PRESSURE_FULL_RATE, "cpu/pressure_full_rate", GAUGE, FLOAT, "ratio", ON_N | ON_S | ON_P | ON_C, NONE, \
    "share of time in which all tasks waited for CPU") \
X(MEMORY_PRESSURE_SOME_RATE, "memory/pressure_some_rate", GAUGE, FLOAT, "ratio", ON_N | ON_S | ON_P | ON_C, NONE, \
    "share of time in which some task waited for memory") \
X(MEMORY_PRESSURE_FULL_RATE, "memory/pressure_full_rate", GAUGE, FLOAT, "ratio", ON_N | ON_S | ON_P | ON_C, NONE, \
    "share of time in which all tasks waited for memory") \
X(IO_PRESSURE_SOME_RATE, "io/pressure_some_rate", GAUGE, FLOAT, "ratio", ON_N | ON_S | ON_P | ON_C, NONE, \
    "share of time in which some task waited for IO") \
X(IO_PRESSURE_FULL_RATE, "io/pressure_full_rate", GAUGE, FLOAT, "ratio", ON_N | ON_S | ON_P | ON_C, NONE, \
    "share of time in which all tasks waited for IO") \
X(CPU_FIRST_USAGE, "cpu/first_usage", GAUGE, INT, "nanocores", ON_N | ON_C, NONE, \
    "CPU in use as the kubelet has it, while there are no two samples for a rate")

#define METRICS_LABELLED(X) \
X(FILESYSTEM_USAGE, "filesystem/usage", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "bytes in use") \
X(FILESYSTEM_LIMIT, "filesystem/limit", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "size of the file system") \
X(FILESYSTEM_AVAILABLE, "filesystem/available", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "bytes available to users") \
X(FILESYSTEM_INODES, "filesystem/inodes", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "inodes of the file system") \
X(FILESYSTEM_INODES_FREE, "filesystem/inodes_free", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "free inodes") \
X(DISK_IO_READ_BYTES, "disk/io_read_bytes", CUMULATIVE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "bytes read from the device") \
X(DISK_IO_WRITE_BYTES, "disk/io_write_bytes", CUMULATIVE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "bytes written to the device") \
X(DISK_IO_READ_BYTES_RATE, "disk/io_read_bytes_rate", GAUGE, FLOAT, "bytes_per_second", ON_N | ON_S | ON_P | ON_C, NONE, \
    "bytes read from the device per second") \
X(DISK_IO_WRITE_BYTES_RATE, "disk/io_write_bytes_rate", GAUGE, FLOAT, "bytes_per_second", ON_N | ON_S | ON_P | ON_C, NONE, \
    "bytes written to the device per second") \
X(ACCELERATOR_MEMORY_TOTAL, "accelerator/memory_total", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "memory of the accelerator") \
X(ACCELERATOR_MEMORY_USED, "accelerator/memory_used", GAUGE, INT, "bytes", ON_N | ON_S | ON_P | ON_C, NONE, \
    "memory of the accelerator in use") \
X(ACCELERATOR_DUTY_CYCLE, "accelerator/duty_cycle", GAUGE, INT, "percent", ON_N | ON_S | ON_P | ON_C, NONE, \
    "share of time in which the accelerator worked") \
X(RESOURCE_REQUEST, "resource/request", GAUGE, INT, "", ON_P | ON_C, INTO_POD, \
    "amount requested of the resource of that name") \
X(CUSTOM_VALUE, "custom/value", GAUGE, FLOAT, "", ON_N | ON_S | ON_P | ON_C, INTO_POD, \
    "what an application says of itself under that name")

/* The composed metrics: their names are prefix, resource_id, suffix. */
#define METRICS_COMPOSED(X) \
X(CUSTOM_VALUE, "custom/", "") \
X(RESOURCE_REQUEST, "", "/request")

/*
 * Which counter gives which rate, and the factor: a rate is factor times the
 * difference of the counter over the difference of the sample times in ns.
 * cpu/usage_rate is an integer, cut; the others are floats.
 */
#define METRIC_RATES(X) \
X(CPU_USAGE, CPU_USAGE_RATE, 1000) \
X(MEMORY_PAGE_FAULTS, MEMORY_PAGE_FAULTS_RATE, 1000000000) \
X(MEMORY_MAJOR_PAGE_FAULTS, MEMORY_MAJOR_PAGE_FAULTS_RATE, 1000000000) \
X(NETWORK_RX, NETWORK_RX_RATE, 1000000000) \
X(NETWORK_RX_ERRORS, NETWORK_RX_ERRORS_RATE, 1000000000) \
X(NETWORK_TX, NETWORK_TX_RATE, 1000000000) \
X(NETWORK_TX_ERRORS, NETWORK_TX_ERRORS_RATE, 1000000000) \
X(CPU_PRESSURE_SOME, CPU_PRESSURE_SOME_RATE, 1) \
X(CPU_PRESSURE_FULL, CPU_PRESSURE_FULL_RATE, 1) \
X(MEMORY_PRESSURE_SOME, MEMORY_PRESSURE_SOME_RATE, 1) \
X(MEMORY_PRESSURE_FULL, MEMORY_PRESSURE_FULL_RATE, 1) \
X(IO_PRESSURE_SOME, IO_PRESSURE_SOME_RATE, 1) \
X(IO_PRESSURE_FULL, IO_PRESSURE_FULL_RATE, 1)

#define METRIC_LABELLED_RATES(X) \
X(DISK_IO_READ_BYTES, DISK_IO_READ_BYTES_RATE, 1000000000) \
X(DISK_IO_WRITE_BYTES, DISK_IO_WRITE_BYTES_RATE, 1000000000)

/* Plain metrics come first, so METRIC_x < METRIC_PLAIN_COUNT says which. */
enum metric {
#define X(id, name, kind, type, unit, sets, rollup, help) METRIC_##id,
	METRICS_PLAIN(X)
	METRIC_PLAIN_COUNT,
	METRIC_PLAIN_LAST = METRIC_PLAIN_COUNT - 1,
	METRICS_LABELLED(X)
#undef X
	METRIC_COUNT,
	METRIC_LABELLED_COUNT = METRIC_COUNT - METRIC_PLAIN_COUNT,
};

static_assert(METRIC_PLAIN_COUNT <= 64, "presence is one 64-bit word");
static_assert(METRIC_LABELLED_COUNT <= 32, "presence is one 32-bit word");

struct metric_desc {
	struct str name;
	enum metric_kind kind;
	enum metric_type type;
	const char *unit;
	unsigned sets;
	unsigned rollup;
	const char *help;
};

extern const struct metric_desc metrics[METRIC_COUNT];

/* Bit i: metric PLAIN_COUNT + i is composed. */
#define X(id, prefix, suffix) | UINT32_C(1) << (METRIC_##id - METRIC_PLAIN_COUNT)
static const uint32_t metrics_composed = 0 METRICS_COMPOSED(X);
#undef X

enum {
	METRIC_COMPOSED_COUNT =
#define X(id, prefix, suffix) + 1
	METRICS_COMPOSED(X)
#undef X
};

static inline bool
metric_is_composed(enum metric m)
{
	return m >= METRIC_PLAIN_COUNT &&
	    (metrics_composed >> (m - METRIC_PLAIN_COUNT) & 1) != 0;
}

/* METRIC_COUNT when there is none of that name. */
enum metric metric_find(struct str name);

/*
 * The same, beginning behind the metric found last: names that come in the
 * order of the table, as on the wire, cost one comparison each.
 */
enum metric metric_find_after(struct str name, enum metric previous);

/* Appends the name that people know: of a composed metric, that of the
 * resource's. */
void metric_compose(struct buf *out, enum metric m, struct str resource_id);

/*
 * The metric that people know by that name.  *resource_id is absent unless it
 * is a composed one.  METRIC_COUNT when there is none.
 */
enum metric metric_parse(struct str name, struct str *resource_id);

/* An INT metric uses u, a FLOAT metric f. */
union metric_value {
	uint64_t u;
	double f;
};

#endif
