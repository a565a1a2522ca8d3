/* SPDX-License-Identifier: ISC */
/*
 * The parsers of /proc and of the cgroups' files: whatever the text, they
 * stay inside of it, come to an end and return what they promise.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/cgroup_name.h"
#include "collector/cgroup_stat.h"
#include "collector/procfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct str all, struct str part)
{
	assert(part.len == 0 || (part.p >= all.p &&
	    part.p + part.len <= all.p + all.len));
}

static void
walk(struct str all)
{
	struct procfs_net net;
	struct procfs_disk disk;
	struct procfs_mount mount;
	struct cgroup_io io;
	struct str text, name;
	char point[256];

	for (text = all; procfs_net_next(&text, &net);)
		check_inside(all, net.name);
	for (text = all; procfs_disk_next(&text, &disk);)
		check_inside(all, disk.name);
	for (text = all; procfs_mount_next(&text, &mount);) {
		check_inside(all, mount.super_options);
		procfs_list_has(mount.super_options, "memory");
		if (procfs_unescape(mount.point, point, sizeof point))
			assert(strlen(point) <= mount.point.len);
	}
	for (text = all; cgroup_io_next(&text, &io);)
		continue;
	for (text = all; cgroup_v1_io_next(&text, &io);)
		continue;
	if (procfs_default_route(all, &name))
		check_inside(all, name);
}

static void
numbers(struct str all)
{
	struct procfs_meminfo meminfo;
	struct procfs_pressure pressure;
	struct procfs_loadavg load;
	struct cgroup_memory memory;
	uint64_t v;

	procfs_cpu_ticks(all, &v);
	procfs_btime(all, &v);
	procfs_u64(all, &v);
	procfs_uptime_ms(all, &v);
	if (procfs_cpu_list(all, &v))
		assert(v > 0);
	if (procfs_meminfo(all, &meminfo))
		assert((meminfo.has & MEMINFO_TOTAL) != 0);
	if (procfs_pressure(all, &pressure))
		assert(pressure.has_some || pressure.has_full);
	procfs_loadavg(all, &load);
	cgroup_max(all, &v);
	cgroup_v1_limit(all, &v);
	cgroup_cpu_usage_ns(all, &v);
	cgroup_cpu_max(all, &v);
	cgroup_v1_cpu_max(all, all, &v);
	cgroup_memory(all, false, &memory);
	cgroup_memory(all, true, &memory);
}

static void
names(struct str all)
{
	static const enum cgroup_kind parents[] = {
		CGROUP_INNER, CGROUP_UNIT, CGROUP_PLAIN, CGROUP_PODS,
		CGROUP_POD,
	};
	struct container_log_name container;
	struct pod_log_name pod;

	for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
		struct cgroup_place place = { parents[i], STR("x"), i > 0 };
		struct str id;
		enum cgroup_kind kind = cgroup_classify(&place, all, &id);

		if (kind == CGROUP_POD || kind == CGROUP_POD_CONTAINER)
			assert(id.len > 0);
		check_inside(all, id);
	}
	if (pod_log_name_parse(all, &pod))
		check_inside(all, pod.uid);
	if (container_log_name_parse(all, &container))
		assert(container.id.len >= 12);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of exactly this size, so that reading beyond it is found */
	char *copy = malloc(size > 0 ? size : 1);
	struct str all = { copy, size };

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	walk(all);
	numbers(all);
	names(all);
	free(copy);
	return 0;
}
