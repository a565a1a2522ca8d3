/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "sinks/prometheus_name.h"

#define NAME(name, divisor, is_rate) \
	{ STR_INIT("heapster_" name), divisor, is_rate }

static const struct prometheus_name names[METRIC_COUNT] = {
	[METRIC_UPTIME] = NAME("uptime_seconds", 1e3, false),
	[METRIC_CPU_USAGE] = NAME("cpu_usage_seconds_total", 1e9, false),
	[METRIC_CPU_USAGE_RATE] = NAME("cpu_usage_cores", 1e3, false),
	[METRIC_CPU_FIRST_USAGE] = NAME("cpu_first_usage_cores", 1e9, false),
	[METRIC_CPU_REQUEST] = NAME("cpu_request_cores", 1e3, false),
	[METRIC_CPU_LIMIT] = NAME("cpu_limit_cores", 1e3, false),
	[METRIC_CPU_LOAD] = NAME("cpu_load", 1e3, false),
	[METRIC_CPU_NODE_CAPACITY] = NAME("node_cpu_capacity_cores", 1e3, false),
	[METRIC_CPU_NODE_ALLOCATABLE] = NAME("node_cpu_allocatable_cores", 1e3, false),
	[METRIC_CPU_NODE_UTILIZATION] = NAME("node_cpu_utilization_ratio", 1, false),
	[METRIC_CPU_NODE_RESERVATION] = NAME("node_cpu_reservation_ratio", 1, false),
	[METRIC_MEMORY_USAGE] = NAME("memory_usage_bytes", 1, false),
	[METRIC_MEMORY_WORKING_SET] = NAME("memory_working_set_bytes", 1, false),
	[METRIC_MEMORY_RSS] = NAME("memory_rss_bytes", 1, false),
	[METRIC_MEMORY_CACHE] = NAME("memory_cache_bytes", 1, false),
	[METRIC_MEMORY_AVAILABLE] = NAME("memory_available_bytes", 1, false),
	[METRIC_MEMORY_REQUEST] = NAME("memory_request_bytes", 1, false),
	[METRIC_MEMORY_LIMIT] = NAME("memory_limit_bytes", 1, false),
	[METRIC_MEMORY_PAGE_FAULTS] = NAME("memory_page_faults_total", 1, false),
	[METRIC_MEMORY_MAJOR_PAGE_FAULTS] = NAME("memory_major_page_faults_total", 1, false),
	[METRIC_MEMORY_PAGE_FAULTS_RATE] = NAME("memory_page_faults_per_second", 1, true),
	[METRIC_MEMORY_MAJOR_PAGE_FAULTS_RATE] = NAME("memory_major_page_faults_per_second", 1, true),
	[METRIC_MEMORY_NODE_CAPACITY] = NAME("node_memory_capacity_bytes", 1, false),
	[METRIC_MEMORY_NODE_ALLOCATABLE] = NAME("node_memory_allocatable_bytes", 1, false),
	[METRIC_MEMORY_NODE_UTILIZATION] = NAME("node_memory_utilization_ratio", 1, false),
	[METRIC_MEMORY_NODE_RESERVATION] = NAME("node_memory_reservation_ratio", 1, false),
	[METRIC_RESTART_COUNT] = NAME("restarts_total", 1, false),
	[METRIC_EPHEMERAL_STORAGE_USAGE] = NAME("ephemeral_storage_usage_bytes", 1, false),
	[METRIC_EPHEMERAL_STORAGE_REQUEST] = NAME("ephemeral_storage_request_bytes", 1, false),
	[METRIC_EPHEMERAL_STORAGE_LIMIT] = NAME("ephemeral_storage_limit_bytes", 1, false),
	[METRIC_EPHEMERAL_STORAGE_NODE_CAPACITY] = NAME("node_ephemeral_storage_capacity_bytes", 1, false),
	[METRIC_EPHEMERAL_STORAGE_NODE_ALLOCATABLE] = NAME("node_ephemeral_storage_allocatable_bytes", 1, false),
	[METRIC_EPHEMERAL_STORAGE_NODE_UTILIZATION] = NAME("node_ephemeral_storage_utilization_ratio", 1, false),
	[METRIC_EPHEMERAL_STORAGE_NODE_RESERVATION] = NAME("node_ephemeral_storage_reservation_ratio", 1, false),
	[METRIC_NETWORK_RX] = NAME("network_receive_bytes_total", 1, false),
	[METRIC_NETWORK_RX_ERRORS] = NAME("network_receive_errors_total", 1, false),
	[METRIC_NETWORK_TX] = NAME("network_transmit_bytes_total", 1, false),
	[METRIC_NETWORK_TX_ERRORS] = NAME("network_transmit_errors_total", 1, false),
	[METRIC_NETWORK_RX_RATE] = NAME("network_receive_bytes_per_second", 1, true),
	[METRIC_NETWORK_RX_ERRORS_RATE] = NAME("network_receive_errors_per_second", 1, true),
	[METRIC_NETWORK_TX_RATE] = NAME("network_transmit_bytes_per_second", 1, true),
	[METRIC_NETWORK_TX_ERRORS_RATE] = NAME("network_transmit_errors_per_second", 1, true),
	[METRIC_SWAP_USAGE] = NAME("swap_usage_bytes", 1, false),
	[METRIC_SWAP_AVAILABLE] = NAME("swap_available_bytes", 1, false),
	[METRIC_PROCESS_COUNT] = NAME("processes", 1, false),
	[METRIC_PROCESS_LIMIT] = NAME("node_processes_limit", 1, false),
	[METRIC_CPU_PRESSURE_SOME] = NAME("cpu_pressure_some_seconds_total", 1e9, false),
	[METRIC_CPU_PRESSURE_FULL] = NAME("cpu_pressure_full_seconds_total", 1e9, false),
	[METRIC_MEMORY_PRESSURE_SOME] = NAME("memory_pressure_some_seconds_total", 1e9, false),
	[METRIC_MEMORY_PRESSURE_FULL] = NAME("memory_pressure_full_seconds_total", 1e9, false),
	[METRIC_IO_PRESSURE_SOME] = NAME("io_pressure_some_seconds_total", 1e9, false),
	[METRIC_IO_PRESSURE_FULL] = NAME("io_pressure_full_seconds_total", 1e9, false),
	[METRIC_CPU_PRESSURE_SOME_RATE] = NAME("cpu_pressure_some_ratio", 1, true),
	[METRIC_CPU_PRESSURE_FULL_RATE] = NAME("cpu_pressure_full_ratio", 1, true),
	[METRIC_MEMORY_PRESSURE_SOME_RATE] = NAME("memory_pressure_some_ratio", 1, true),
	[METRIC_MEMORY_PRESSURE_FULL_RATE] = NAME("memory_pressure_full_ratio", 1, true),
	[METRIC_IO_PRESSURE_SOME_RATE] = NAME("io_pressure_some_ratio", 1, true),
	[METRIC_IO_PRESSURE_FULL_RATE] = NAME("io_pressure_full_ratio", 1, true),
	[METRIC_FILESYSTEM_USAGE] = NAME("filesystem_usage_bytes", 1, false),
	[METRIC_FILESYSTEM_LIMIT] = NAME("filesystem_limit_bytes", 1, false),
	[METRIC_FILESYSTEM_AVAILABLE] = NAME("filesystem_available_bytes", 1, false),
	[METRIC_FILESYSTEM_INODES] = NAME("filesystem_inodes", 1, false),
	[METRIC_FILESYSTEM_INODES_FREE] = NAME("filesystem_inodes_free", 1, false),
	[METRIC_DISK_IO_READ_BYTES] = NAME("disk_read_bytes_total", 1, false),
	[METRIC_DISK_IO_WRITE_BYTES] = NAME("disk_written_bytes_total", 1, false),
	[METRIC_DISK_IO_READ_BYTES_RATE] = NAME("disk_read_bytes_per_second", 1, true),
	[METRIC_DISK_IO_WRITE_BYTES_RATE] = NAME("disk_written_bytes_per_second", 1, true),
	[METRIC_ACCELERATOR_MEMORY_TOTAL] = NAME("accelerator_memory_total_bytes", 1, false),
	[METRIC_ACCELERATOR_MEMORY_USED] = NAME("accelerator_memory_used_bytes", 1, false),
	[METRIC_ACCELERATOR_DUTY_CYCLE] = NAME("accelerator_duty_cycle_ratio", 100, false),
	[METRIC_RESOURCE_REQUEST] = NAME("resource_request", 1, false),
	[METRIC_CUSTOM_VALUE] = NAME("custom_value", 1, false),
};

const struct prometheus_name *
prometheus_name(enum metric m)
{
	return &names[m];
}

static const struct {
	struct str key;
	struct str name;
} labels[] = {
	{ STR_INIT("hostname"), STR_INIT("host") },
	{ STR_INIT("host_id"), STR_INIT("host_id") },
	{ STR_INIT("pod_id"), STR_INIT("uid") },
	{ STR_INIT("namespace_id"), STR_INIT("namespace_uid") },
	{ STR_INIT("container_base_image"), STR_INIT("image") },
	{ STR_INIT("schedulable"), STR_INIT("schedulable") },
	{ STR_INIT("labels"), STR_INIT("labels") },
	/* Those before are enum prometheus_label; these are always there. */
	{ STR_INIT("type"), STR_INIT("type") },
	{ STR_INIT("nodename"), STR_INIT("node") },
	{ STR_INIT("namespace_name"), STR_INIT("namespace") },
	{ STR_INIT("pod_name"), STR_INIT("pod") },
	{ STR_INIT("container_name"), STR_INIT("container") },
	{ STR_INIT("resource_id"), STR_INIT("resource_id") },
	{ STR_INIT("persistentvolumeclaim"), STR_INIT("persistentvolumeclaim") },
	{ STR_INIT("make"), STR_INIT("make") },
	{ STR_INIT("model"), STR_INIT("model") },
	{ STR_INIT("accelerator_id"), STR_INIT("accelerator_id") },
};

bool
prometheus_label_find(struct str name, enum prometheus_label *out)
{
	for (unsigned i = 0; i < PROMETHEUS_LABEL_COUNT; i++)
		if (str_eq(labels[i].name, name)) {
			*out = (enum prometheus_label)i;
			return true;
		}
	return false;
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

bool
prometheus_label(struct buf *out, struct str key,
    const bool is_wanted[PROMETHEUS_LABEL_COUNT])
{
	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		if (labels[i].key.len != key.len ||
		    !str_eq(labels[i].key, key))
			continue;
		if (i < PROMETHEUS_LABEL_COUNT && !is_wanted[i])
			return false;
		buf_add_str(out, labels[i].name);
		return true;
	}
	buf_add_str(out, STR("label_"));
	for (size_t i = 0; i < key.len; i++)
		buf_add_char(out, is_name_byte(key.p[i]) ? key.p[i] : '_');
	return true;
}
