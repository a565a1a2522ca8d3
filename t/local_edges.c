/* SPDX-License-Identifier: ISC */
/*
 * The source local: when things are missing, broken, late or too many.
 */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/timestamp.h"
#include "t/local_fixture.h"
#include "t/tap.h"

#define ARENA_BYTES (16u << 20)
#define POD "kubepods.slice/kubepods-pod1_2.slice/"

static struct local_source *source;
static struct frame frame;
static struct arena arena;

static void
again(void)
{
	if (!fixture_collect(source, &frame, &arena))
		bail("no frame");
}

static void
start(const char *mounts)
{
	local_close(source);
	source = NULL;
	if (mounts != NULL)
		fixture_machine(mounts);
	source = fixture_open(0);
}

static void
set_mtime(const char *path, int64_t at_s)
{
	struct timespec times[2] = { { .tv_sec = at_s }, { .tv_sec = at_s } };

	if (utimensat(AT_FDCWD, fixture_path("%s", path), times, 0) == -1)
		bail("%s: no mtime", path);
}

static void
test_late_names(void)
{
	fixture_machine(MOUNTS_V2);
	fixture_v2(POD "cri-containerd-" ID("a") ".scope", 1);
	set_mtime("log/pods", 1000);
	set_mtime("log/containers", 1000);
	start(NULL);
	again();
	ok(is_there(&frame, SET_POD, "1-2") &&
	    is_there(&frame, SET_POD_CONTAINER, "a23456789abc"),
	    "a pod whose logs are not there yet is unknown");
	fixture_put("log/containers/web_default_app-" ID("a") ".log", "");
	set_mtime("log/containers", 2000);
	again();
	ok(is_there(&frame, SET_POD, "web") &&
	    is_there(&frame, SET_POD_CONTAINER, "app"),
	    "it has its names when they are");
	fixture_remove("log/containers");
	again();
	ok(is_there(&frame, SET_POD, "web"), "names once found stay");

	fixture_put_younger("sys/fs/cgroup/" POD "cri-containerd-" ID("b")
	    ".scope/", find_set(&frame, SET_POD_CONTAINER, "app")->start_ns);
	fixture_v2(POD "cri-containerd-" ID("b") ".scope", 2);
	fixture_put("log/containers/web_default_app-" ID("b") ".log", "");
	again();
	is_u64(frame.n_sets, 1 + 1 + 1 + 1,
	    "of two containers of one name the newest is there");
	is_u64(find_set(&frame, SET_POD_CONTAINER, "app")->values[
	    METRIC_CPU_USAGE].u, 2000, "which is the second");
}

static void
test_missing(void)
{
	static const char *const files[] = {
		"proc/stat", "proc/vmstat", "proc/loadavg", "proc/uptime",
		"proc/diskstats", "proc/1/net/dev", "proc/pressure/cpu",
		"proc/sys/kernel/pid_max", "proc/sys/kernel/hostname",
		"sys/devices/system/cpu/online", "root/etc/machine-id",
		"log/pods", "log/containers",
	};
	struct err err;

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		fixture_machine(MOUNTS_DISK);
		fixture_remove(files[i]);
		start(NULL);
		ok(fixture_collect(source, &frame, &arena) &&
		    set_has(&frame.sets[0], METRIC_MEMORY_USAGE),
		    "the memory is there without %s", files[i]);
	}
	ok(str_is(frame.host_id, "0123abcd") && frame.host_id.p != NULL,
	    "the machine-id is there");
	fixture_remove("root/etc/machine-id");
	start(NULL);
	again();
	ok(frame.host_id.p != NULL && frame.host_id.len == 0,
	    "without a machine-id it is empty, not absent");
	fixture_remove("proc/meminfo");
	start(NULL);
	again();
	ok(set_has(&frame.sets[0], METRIC_CPU_USAGE),
	    "the CPU time is there without meminfo");
	fixture_remove("proc/stat");
	start(NULL);
	arena_reset(&arena);
	ok(!local_collect(source, &frame, &arena, 1, &err),
	    "without both there is no frame");
	ok(local_open(&(struct local_conf){
	    .proc_root = "/dev/null/proc" }, &err) == NULL &&
	    strstr(err.msg, "/dev/null/proc") != NULL,
	    "a folder that is not there is named in the error");
}

static void
test_broken(void)
{
	const struct metric_set *a;

	fixture_machine(MOUNTS_V2);
	fixture_v2("system.slice/a.service", 1000);
	fixture_put("sys/fs/cgroup/system.slice/a.service/memory.current",
	    "many\n");
	fixture_put("sys/fs/cgroup/system.slice/a.service/io.stat",
	    "garbage\n");
	fixture_put("proc/loadavg", "nothing\n");
	start(NULL);
	again();
	a = find_set(&frame, SET_SYS_CONTAINER, "system.slice/a.service");
	ok(!set_has(a, METRIC_MEMORY_USAGE) &&
	    !set_has(a, METRIC_MEMORY_WORKING_SET),
	    "a broken file costs what is made of it");
	ok(set_has(a, METRIC_CPU_USAGE) && set_has(a, METRIC_MEMORY_RSS),
	    "and nothing else");
	is_u64(a->n_resources, 0, "broken lines of io.stat are no disks");
	is_u64(local_counters(source)->local_parse_errors, 2,
	    "files that make no sense are counted");

	fixture_remove("proc/vmstat");
	fixture_put("proc/vmstat/", "");
	start(NULL);
	again();
	ok(local_counters(source)->local_read_errors > 0 &&
	    !set_has(&frame.sets[0], METRIC_MEMORY_PAGE_FAULTS),
	    "a file that cannot be read is counted");
}

static void
test_networks(void)
{
	fixture_machine(MOUNTS_DISK);
	fixture_remove("sys/class/net");
	start(NULL);
	again();
	is_u64(frame.sets[0].values[METRIC_NETWORK_RX].u, 100 + 1000 + 5,
	    "without devices all interfaces but lo count");
	fixture_put("proc/1/net/route",
	    "Iface Destination Gateway Flags RefCnt Use Metric Mask\n"
	    "eth1 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n");
	start(NULL);
	again();
	is_u64(frame.sets[0].values[METRIC_NETWORK_RX].u, 1000,
	    "without devices that of the default route does");
	fixture_put("proc/1/net/dev", " lo: 1 1 1 0 0 0 0 0 1 1 1 0 0 0 0\n");
	start(NULL);
	again();
	ok(!set_has(&frame.sets[0], METRIC_NETWORK_RX),
	    "with nothing but lo there is no network");
}

static void
test_bounds(void)
{
	char path[256];
	struct arena small;
	struct err err;

	fixture_machine(MOUNTS_V2);
	for (unsigned i = 0; i < LOCAL_CGROUPS_MAX + 3; i++) {
		snprintf(path, sizeof path, "sys/fs/cgroup/s.slice/%u.service/",
		    i);
		fixture_put(path, "");
	}
	start(NULL);
	again();
	again();
	is_u64(local_counters(source)->local_cgroups, LOCAL_CGROUPS_MAX,
	    "no more cgroups are kept than may be");
	is_u64(local_counters(source)->local_cgroups_left_out, 4,
	    "what is left out is counted, in each collection anew");
	is_u64(frame.n_sets, 1 + LOCAL_CGROUPS_MAX, "the others are there");

	arena_init(&small, 64 * 1024);
	ok(!local_collect(source, &frame, &small, 1, &err),
	    "a frame that does not fit is an error");
	arena_fini(&small);
	again();
	is_u64(frame.n_sets, 1 + LOCAL_CGROUPS_MAX,
	    "and the next one is whole again");

	fixture_machine(MOUNTS_V2);
	snprintf(path, sizeof path, "sys/fs/cgroup/");
	for (unsigned i = 0; i < LOCAL_DEPTH_MAX + 1; i++)
		snprintf(path + strlen(path), sizeof path - strlen(path),
		    "a/");
	fixture_put(path, "");
	start(NULL);
	again();
	is_u64(local_counters(source)->local_cgroups, LOCAL_DEPTH_MAX,
	    "no deeper cgroups are kept than may be");
	is_u64(local_counters(source)->local_cgroups_left_out, 1,
	    "the deeper one is counted");
}

int
main(void)
{
	fixture_begin();
	arena_init(&arena, ARENA_BYTES);
	test_late_names();
	test_missing();
	test_broken();
	test_networks();
	test_bounds();
	local_close(source);
	arena_fini(&arena);
	fixture_end();
	return done_testing();
}
