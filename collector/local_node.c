/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <unistd.h>

#include "collector/cgroup_stat.h"
#include "collector/local_impl.h"
#include "collector/procfs.h"
#include "common/timestamp.h"

static uint64_t
minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void
local_put(struct local_source *s, size_t set, enum metric m, uint64_t v)
{
	struct metric_set *to = &s->frame->sets[set];

	if ((metrics[m].sets >> to->type & 1) == 0)
		return;
	if (metrics[m].type == METRIC_FLOAT)
		set_float(to, m, (double)v);
	else
		set_u64(to, m, v);
}

void
local_put_disk(struct local_source *s, size_t set, struct str name,
    uint64_t read_bytes, uint64_t write_bytes)
{
	struct resource *r = frame_add_resource(s->frame, s->arena, set);

	if (r == NULL) {
		s->is_full = true;
		return;
	}
	r->resource_id = arena_str(s->arena, name);
	if (r->resource_id.p == NULL)
		s->is_full = true;
	resource_u64(r, METRIC_DISK_IO_READ_BYTES, read_bytes);
	resource_u64(r, METRIC_DISK_IO_WRITE_BYTES, write_bytes);
}

void
local_put_pressure(struct local_source *s, size_t set, enum metric some,
    enum metric full, struct str text)
{
	struct procfs_pressure p;

	if (!procfs_pressure(text, &p)) {
		s->counters.local_parse_errors++;
		return;
	}
	if (p.has_some)
		local_put(s, set, some, p.some_ns);
	if (p.has_full)
		local_put(s, set, full, p.full_ns);
}

size_t
local_add_set(struct local_source *s, enum set_type type, size_t parent,
    struct str name, int64_t start_ns)
{
	size_t at = frame_add_set(s->frame, s->arena, type, parent);
	struct metric_set *set;

	if (at == SIZE_MAX) {
		s->is_full = true;
		return SIZE_MAX;
	}
	set = &s->frame->sets[at];
	set->name = arena_str(s->arena, name);
	if (set->name.p == NULL)
		s->is_full = true;
	set->start_ns = start_ns;
	set->scraped_ns = s->now_ns;
	if (type != SET_NODE && start_ns > 0 && start_ns <= s->now_ns)
		local_put(s, at, METRIC_UPTIME,
		    (uint64_t)((s->now_ns - start_ns) / NS_PER_MS));
	return at;
}

static bool
read_or_count(struct local_source *s, bool is_understood)
{
	if (!is_understood)
		s->counters.local_parse_errors++;
	return is_understood;
}

static bool
report_cpu(struct local_source *s)
{
	struct str text;
	uint64_t ticks, ns;

	if (s->root_cpu_fd >= 0) {
		if (!local_pread(s, s->root_cpu_fd, READ_SHORT, &text)) {
			s->counters.local_read_errors++;
			return false;
		}
		if (!read_or_count(s, cgroup_cpu_usage_ns(text, &ns)))
			return false;
	} else if (!local_read_proc(s, PROC_STAT, &text) ||
	    !read_or_count(s, procfs_cpu_ticks(text, &ticks) &&
	    procfs_ticks_to_ns(ticks, s->hz, &ns)))
		return false;
	local_put(s, 0, METRIC_CPU_USAGE, ns);
	return true;
}

static void
report_cpu_capacity(struct local_source *s)
{
	struct str text;
	uint64_t n;

	if (!local_read_kept(s, s->sys_fd, "devices/system/cpu/online",
	    &s->online_fd, &text) ||
	    !read_or_count(s, procfs_cpu_list(text, &n)))
		return;
	local_put(s, 0, METRIC_CPU_NODE_CAPACITY, n * 1000);
	local_put(s, 0, METRIC_CPU_NODE_ALLOCATABLE, n * 1000);
}

static bool
report_memory(struct local_source *s)
{
	struct procfs_meminfo m;
	struct str text;
	uint64_t usage, working_set;

	if (!local_read_proc(s, PROC_MEMINFO, &text) ||
	    !read_or_count(s, procfs_meminfo(text, &m)))
		return false;
	usage = minus(m.total_bytes, m.free_bytes);
	local_put(s, 0, METRIC_MEMORY_USAGE, usage);
	if ((m.has & MEMINFO_INACTIVE_FILE) != 0) {
		working_set = minus(usage, m.inactive_file_bytes);
		local_put(s, 0, METRIC_MEMORY_WORKING_SET, working_set);
		local_put(s, 0, METRIC_MEMORY_AVAILABLE,
		    minus(m.total_bytes, working_set));
	}
	if ((m.has & MEMINFO_ANON) != 0)
		local_put(s, 0, METRIC_MEMORY_RSS, m.anon_bytes);
	if ((m.has & MEMINFO_CACHED) != 0)
		local_put(s, 0, METRIC_MEMORY_CACHE, m.cached_bytes +
		    m.buffers_bytes);
	if ((m.has & MEMINFO_SWAP_TOTAL) != 0 &&
	    (m.has & MEMINFO_SWAP_FREE) != 0) {
		local_put(s, 0, METRIC_SWAP_USAGE,
		    minus(m.swap_total_bytes, m.swap_free_bytes));
		local_put(s, 0, METRIC_SWAP_AVAILABLE, m.swap_free_bytes);
	}
	local_put(s, 0, METRIC_MEMORY_NODE_CAPACITY, m.total_bytes);
	local_put(s, 0, METRIC_MEMORY_NODE_ALLOCATABLE, m.total_bytes);
	return true;
}

static void
report_page_faults(struct local_source *s)
{
	struct str text;
	uint64_t n;

	if (!local_read_proc(s, PROC_VMSTAT, &text))
		return;
	if (read_or_count(s, procfs_key_u64(text, "pgfault", &n)))
		local_put(s, 0, METRIC_MEMORY_PAGE_FAULTS, n);
	if (read_or_count(s, procfs_key_u64(text, "pgmajfault", &n)))
		local_put(s, 0, METRIC_MEMORY_MAJOR_PAGE_FAULTS, n);
}

static void
report_load(struct local_source *s)
{
	struct procfs_loadavg load;
	struct str text;
	uint64_t pid_max, threads_max, uptime_ms;

	if (local_read_proc(s, PROC_LOADAVG, &text) &&
	    read_or_count(s, procfs_loadavg(text, &load))) {
		local_put(s, 0, METRIC_CPU_LOAD, load.load_milli);
		local_put(s, 0, METRIC_PROCESS_COUNT, load.n_threads);
	}
	if (local_read_proc(s, PROC_PID_MAX, &text) &&
	    read_or_count(s, procfs_u64(text, &pid_max))) {
		if (local_read_proc(s, PROC_THREADS_MAX, &text) &&
		    read_or_count(s, procfs_u64(text, &threads_max)) &&
		    threads_max < pid_max)
			pid_max = threads_max;
		local_put(s, 0, METRIC_PROCESS_LIMIT, pid_max);
	}
	if (local_read_proc(s, PROC_UPTIME, &text) &&
	    read_or_count(s, procfs_uptime_ms(text, &uptime_ms)))
		local_put(s, 0, METRIC_UPTIME, uptime_ms);
}

static void
report_pressure(struct local_source *s)
{
	static const struct {
		enum proc_file file;
		enum metric some;
		enum metric full;
	} all[] = {
		{ PROC_PRESSURE_CPU, METRIC_CPU_PRESSURE_SOME,
		    METRIC_CPU_PRESSURE_FULL },
		{ PROC_PRESSURE_MEMORY, METRIC_MEMORY_PRESSURE_SOME,
		    METRIC_MEMORY_PRESSURE_FULL },
		{ PROC_PRESSURE_IO, METRIC_IO_PRESSURE_SOME,
		    METRIC_IO_PRESSURE_FULL },
	};
	struct str text;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (local_read_proc(s, all[i].file, &text))
			local_put_pressure(s, 0, all[i].some, all[i].full,
			    text);
}

bool
local_report_node(struct local_source *s, struct err *err)
{
	bool has_cpu, has_memory;

	if (local_add_set(s, SET_NODE, 0, str_of(s->node), s->start_ns) ==
	    SIZE_MAX)
		return err_set(err, "no room for the node's set");
	has_cpu = report_cpu(s);
	has_memory = report_memory(s);
	if (!has_cpu && !has_memory)
		return err_set(err, "neither CPU time nor memory can be read");
	report_cpu_capacity(s);
	report_page_faults(s);
	report_load(s);
	report_pressure(s);
	local_report_network(s);
	local_report_filesystems(s);
	local_report_disks(s);
	return true;
}
