/* SPDX-License-Identifier: ISC */
/*
 * The source local: on trees of files that look like /proc and the cgroups.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/timestamp.h"
#include "t/local_fixture.h"
#include "t/tap.h"

#define ARENA_BYTES (8u << 20)

struct want {
	enum metric metric;
	uint64_t value;
};

static void
has_values(const struct metric_set *set, const struct want *want, size_t n)
{
	ok(set->name.p != NULL, "there is the set");
	for (size_t i = 0; i < n; i++) {
		enum metric m = want[i].metric;
		uint64_t got = metrics[m].type == METRIC_INT ?
		    set->values[m].u : (uint64_t)set->values[m].f;

		is_u64(set_has(set, m) ? got : UINT64_MAX, want[i].value,
		    "%.*s has %.*s", STR_ARG(set->name),
		    STR_ARG(metrics[m].name));
	}
}

static void
has_io(const struct metric_set *set, const char *disk, uint64_t read_bytes,
    uint64_t write_bytes)
{
	const struct resource *r = find_resource(set, disk);

	is_u64(resource_value(r, METRIC_DISK_IO_READ_BYTES), read_bytes,
	    "%.*s read from %s", STR_ARG(set->name), disk);
	is_u64(resource_value(r, METRIC_DISK_IO_WRITE_BYTES), write_bytes,
	    "%.*s wrote to %s", STR_ARG(set->name), disk);
}

#define HAS(set, ...) do { \
	static const struct want want_[] = { __VA_ARGS__ }; \
	has_values(set, want_, sizeof want_ / sizeof want_[0]); \
} while (0)

static void
test_node(const struct frame *f, uint64_t cpu_ns)
{
	const struct metric_set *node = &f->sets[0];
	struct statvfs fs;

	ok(f->kind == FRAME_NODE && str_is(f->node, "box") &&
	    str_is(f->hostname, "box") && str_is(f->host_id, "0123abcd"),
	    "the frame names the node, its host and its machine-id");
	ok(node->type == SET_NODE && str_is(node->name, "box"),
	    "the first set is the node");
	is_i64(node->start_ns, 1700000000 * NS_PER_S, "it started at btime");
	is_u64(node->values[METRIC_CPU_USAGE].u, cpu_ns, "its CPU time");
	HAS(node, { METRIC_MEMORY_USAGE, 700 * 1024 },
	    { METRIC_MEMORY_WORKING_SET, 650 * 1024 },
	    { METRIC_MEMORY_AVAILABLE, 350 * 1024 },
	    { METRIC_MEMORY_RSS, 400 * 1024 },
	    { METRIC_MEMORY_CACHE, 100 * 1024 },
	    { METRIC_MEMORY_PAGE_FAULTS, 12345 },
	    { METRIC_MEMORY_MAJOR_PAGE_FAULTS, 67 },
	    { METRIC_SWAP_USAGE, 50 * 1024 },
	    { METRIC_SWAP_AVAILABLE, 150 * 1024 },
	    { METRIC_UPTIME, 1234560 }, { METRIC_CPU_LOAD, 750 },
	    { METRIC_PROCESS_COUNT, 345 }, { METRIC_PROCESS_LIMIT, 30000 },
	    { METRIC_NETWORK_RX, 1100 }, { METRIC_NETWORK_RX_ERRORS, 22 },
	    { METRIC_NETWORK_TX, 3300 }, { METRIC_NETWORK_TX_ERRORS, 44 },
	    { METRIC_CPU_NODE_CAPACITY, 4000 },
	    { METRIC_CPU_NODE_ALLOCATABLE, 4000 },
	    { METRIC_MEMORY_NODE_CAPACITY, 1000 * 1024 },
	    { METRIC_MEMORY_NODE_ALLOCATABLE, 1000 * 1024 },
	    { METRIC_CPU_PRESSURE_SOME, 11000 },
	    { METRIC_CPU_PRESSURE_FULL, 12000 },
	    { METRIC_MEMORY_PRESSURE_SOME, 13000 },
	    { METRIC_MEMORY_PRESSURE_FULL, 14000 },
	    { METRIC_IO_PRESSURE_SOME, 15000 },
	    { METRIC_IO_PRESSURE_FULL, 16000 });
	has_io(node, "vda", 10 * 512, 20 * 512);
	is_u64(node->n_resources, 3, "\"/\", \"/data\" and the disk, not the "
	    "partition, the bind mount, NFS or tmpfs");
	if (statvfs(fixture_path("root"), &fs) == -1)
		bail("statvfs");
	is_u64(resource_value(find_resource(node, "/"),
	    METRIC_FILESYSTEM_LIMIT), fs.f_blocks * fs.f_frsize, "the size of /");
	is_u64(resource_value(find_resource(node, "/data"),
	    METRIC_FILESYSTEM_LIMIT), fs.f_blocks * fs.f_frsize, "the size of /data");
	is_u64((uint64_t)node->values[METRIC_EPHEMERAL_STORAGE_NODE_CAPACITY].f,
	    fs.f_blocks * fs.f_frsize, "the capacity of the local storage");
}

#define KUBE "kubepods.slice/kubepods-burstable.slice/"
#define POD_A KUBE "kubepods-burstable-pod11_22.slice/"
#define POD_B "kubepods.slice/kubepods-pod33_44.slice/"

static void
put_v2_tree(void)
{
	fixture_machine(MOUNTS_V2);
	fixture_put("sys/fs/cgroup/cpu.stat", "usage_usec 171000\n");
	fixture_v2("system.slice", 1000);
	fixture_v2("system.slice/ssh.service", 2000);
	fixture_v2("system.slice/docker-" ID("1") ".scope", 3000);
	fixture_v2("system.slice/data.mount", 1);
	fixture_v2("user.slice/user-1.slice/user@1.service/app.slice/a.service",
	    4000);
	fixture_v2("kubepods.slice", 5000);
	fixture_v2(POD_A "cri-containerd-" ID("2") ".scope", 6000);
	fixture_v2(POD_A "cri-containerd-" ID("3") ".scope", 6100);
	fixture_v2(KUBE "kubepods-burstable-pod11_22.slice", 7000);
	fixture_v2(POD_B "cri-containerd-" ID("4") ".scope", 8000);
	fixture_put("log/pods/default_web_11-22/", "");
	fixture_put("log/containers/web_default_app-" ID("2") ".log", "");
}

static void
test_v2_sets(const struct frame *f)
{
	const struct metric_set *pod = find_set(f, SET_POD, "web");
	const struct metric_set *app = find_set(f, SET_POD_CONTAINER, "app");
	const struct metric_set *ssh = find_set(f, SET_SYS_CONTAINER,
	    "system.slice/ssh.service");

	HAS(ssh, { METRIC_CPU_USAGE, 2000000 }, { METRIC_CPU_LIMIT, 0 },
	    { METRIC_MEMORY_USAGE, 2005 },
	    { METRIC_MEMORY_WORKING_SET, 1995 },
	    { METRIC_MEMORY_AVAILABLE, 1000000 - 1995 },
	    { METRIC_MEMORY_RSS, 2001 }, { METRIC_MEMORY_CACHE, 2002 },
	    { METRIC_MEMORY_PAGE_FAULTS, 2003 },
	    { METRIC_MEMORY_MAJOR_PAGE_FAULTS, 2004 },
	    { METRIC_MEMORY_LIMIT, 1000000 }, { METRIC_SWAP_USAGE, 77 },
	    { METRIC_SWAP_AVAILABLE, 23 }, { METRIC_PROCESS_COUNT, 5 },
	    { METRIC_CPU_PRESSURE_SOME, 20000 },
	    { METRIC_CPU_PRESSURE_FULL, 30000 },
	    { METRIC_MEMORY_PRESSURE_SOME, 21000 },
	    { METRIC_MEMORY_PRESSURE_FULL, 31000 },
	    { METRIC_IO_PRESSURE_SOME, 22000 },
	    { METRIC_IO_PRESSURE_FULL, 32000 });
	has_io(ssh, "vda", 1, 2);
	has_io(ssh, "9:9", 5, 6);
	is_u64(ssh->n_resources, 2, "the disk made of others is left out");
	ok(ssh->start_ns > 0 && ssh->scraped_ns > ssh->start_ns &&
	    ssh->parent == 0, "it has a start, a sample, the node as parent");
	is_u64(ssh->values[METRIC_UPTIME].u,
	    (uint64_t)(ssh->scraped_ns - ssh->start_ns) / 1000000,
	    "its uptime is the time since its start");
	ok(is_there(f, SET_SYS_CONTAINER, "system.slice") &&
	    is_there(f, SET_SYS_CONTAINER, "user.slice") &&
	    is_there(f, SET_SYS_CONTAINER, "kubepods.slice"),
	    "the slices of the first level are there");
	ok(is_there(f, SET_SYS_CONTAINER,
	    "system.slice/docker-" ID("1") ".scope"),
	    "a container that is no pod's is a system container");
	ok(is_there(f, SET_SYS_CONTAINER, "user.slice/user-1.slice/"
	    "user@1.service/app.slice/a.service"), "nested services too");
	ok(str_is(pod->namespace_name, "default") &&
	    str_is(pod->pod_id, "11-22"), "a pod has its namespace and uid");
	HAS(pod, { METRIC_CPU_USAGE, 7000000 }, { METRIC_MEMORY_USAGE, 7005 });
	ok(!set_has(pod, METRIC_MEMORY_LIMIT) &&
	    !set_has(pod, METRIC_CPU_LIMIT),
	    "a pod's limits are the sums of its containers'");
	HAS(app, { METRIC_CPU_USAGE, 6000000 }, { METRIC_MEMORY_USAGE, 6005 },
	    { METRIC_MEMORY_LIMIT, 1000000 });
	ok(&f->sets[app->parent] == pod, "a container's parent is its pod");
	ok(!is_there(f, SET_POD_CONTAINER, "3" "23456789ab"),
	    "the sandbox is left out");
	pod = find_set(f, SET_POD, "33-44");
	ok(str_is(pod->namespace_name, "unknown") &&
	    str_is(pod->pod_id, "33-44"), "a pod without logs is unknown");
	app = find_set(f, SET_POD_CONTAINER, "423456789abc");
	ok(app->name.p != NULL && &f->sets[app->parent] == pod,
	    "its container is named by the start of its id");
	is_u64(f->n_sets, 1 + 7 + 4, "and that is all");
}

static void
test_v2(void)
{
	struct local_source *s;
	struct frame f;
	struct arena a;

	arena_init(&a, ARENA_BYTES);
	put_v2_tree();
	s = fixture_open(0);
	diag("version 2");
	ok(fixture_collect(s, &f, &a), "a frame is made of version 2");
	/* from the root's cpu.stat */
	test_node(&f, 171000000);
	test_v2_sets(&f);
	is_u64(local_counters(s)->local_read_errors, 0, "nothing was amiss");
	is_u64(local_counters(s)->local_parse_errors, 0,
	    "everything was understood");
	local_close(s);
	arena_fini(&a);
}

/* The same frame whether files are kept open or not. */
static void
test_few_files(void)
{
	struct local_source *s;
	struct frame f;
	struct arena a;

	arena_init(&a, ARENA_BYTES);
	put_v2_tree();
	s = fixture_open(3);
	diag("with three files kept open");
	ok(fixture_collect(s, &f, &a) && fixture_collect(s, &f, &a),
	    "frames are made with few file descriptors");
	test_v2_sets(&f);
	ok(local_counters(s)->local_open_files <= 3, "no more are kept");
	local_close(s);
	arena_fini(&a);
}

static void
test_starts(void)
{
	const char *ssh = "system.slice/ssh.service";
	struct local_source *s;
	struct frame f;
	struct arena a;
	int64_t start_ns;

	arena_init(&a, ARENA_BYTES);
	put_v2_tree();
	s = fixture_open(0);
	if (!fixture_collect(s, &f, &a))
		bail("no frame");
	start_ns = find_set(&f, SET_SYS_CONTAINER, ssh)->start_ns;
	if (fixture_made_at_ns("proc") == 0) {
		skip("the file system keeps no birth times");
		goto out;
	}
	is_i64(start_ns, fixture_made_at_ns(
	    "sys/fs/cgroup/system.slice/ssh.service"),
	    "a group starts when its folder is made");
	fixture_put("sys/fs/cgroup/system.slice/ssh.service/below/", "");
	fixture_v2(ssh, 9000);
	fixture_collect(s, &f, &a);
	is_i64(find_set(&f, SET_SYS_CONTAINER, ssh)->start_ns, start_ns,
	    "its start does not change with what is in it");
	HAS(find_set(&f, SET_SYS_CONTAINER, ssh),
	    { METRIC_CPU_USAGE, 9000000 });

	fixture_put_younger("other/", start_ns);
	rename(fixture_path("sys/fs/cgroup/%s", ssh), fixture_path("old"));
	rename(fixture_path("other"), fixture_path("sys/fs/cgroup/%s", ssh));
	fixture_v2(ssh, 10);
	fixture_collect(s, &f, &a);
	ok(find_set(&f, SET_SYS_CONTAINER, ssh)->start_ns > start_ns,
	    "a folder that was made again is a new start");
	HAS(find_set(&f, SET_SYS_CONTAINER, ssh), { METRIC_CPU_USAGE, 10000 });

	rename(fixture_path("sys/fs/cgroup/%s", ssh), fixture_path("gone"));
	fixture_collect(s, &f, &a);
	ok(!is_there(&f, SET_SYS_CONTAINER, ssh),
	    "a group whose folder is gone is gone");
	is_u64(local_counters(s)->local_read_errors, 0,
	    "that is no error");
out:
	local_close(s);
	arena_fini(&a);
}

static void
put_v1(const char *controller, const char *path, const char *file,
    const char *text)
{
	char name[512];

	snprintf(name, sizeof name, "sys/fs/cgroup/%s/%s/%s", controller,
	    path, file);
	fixture_put(name, text);
}

static void
put_v1_tree(const char *mounts)
{
	const char *docker = "docker/" ID("1");
	const char *app = "kubepods/burstable/pod11-22/" ID("2");

	fixture_machine(mounts);
	put_v1("cpu,cpuacct", docker, "cpuacct.usage", "123456789\n");
	put_v1("cpu,cpuacct", docker, "cpu.cfs_quota_us", "150000\n");
	put_v1("cpu,cpuacct", docker, "cpu.cfs_period_us", "100000\n");
	put_v1("memory", docker, "memory.usage_in_bytes", "5000\n");
	put_v1("memory", docker, "memory.limit_in_bytes",
	    "9223372036854771712\n");
	put_v1("memory", docker, "memory.stat", "cache 1\nrss 2\n"
	    "total_cache 3000\ntotal_rss 1500\ntotal_swap 9\n"
	    "total_pgfault 7\ntotal_pgmajfault 8\n"
	    "total_inactive_file 6000\n");
	put_v1("pids", docker, "pids.current", "3\n");
	put_v1("blkio", docker, "blkio.throttle.io_service_bytes",
	    "254:0 Read 4096\n254:0 Write 8192\n254:0 Total 12288\n"
	    "Total 12288\n");
	put_v1("cpu,cpuacct", app, "cpuacct.usage", "42\n");
	put_v1("memory", app, "memory.usage_in_bytes", "100\n");
	put_v1("memory", app, "memory.limit_in_bytes", "200\n");
	put_v1("memory", app, "memory.stat", "total_inactive_file 30\n");
	put_v1("memory", "batch/busy", "memory.usage_in_bytes", "1\n");
	put_v1("memory", "batch/busy", "cgroup.procs", "17\n");
	put_v1("memory", "batch/idle", "memory.usage_in_bytes", "1\n");
	put_v1("memory", "batch/idle", "cgroup.procs", "");
	put_v1("systemd", "system.slice/ssh.service", "cgroup.procs", "1\n");
	fixture_put("log/containers/web_default_app-" ID("2") ".log", "");
}

static void
test_v1(void)
{
	const struct metric_set *docker, *app;
	struct local_source *s;
	struct frame f;
	struct arena a;

	arena_init(&a, ARENA_BYTES);
	put_v1_tree(MOUNTS_V1);
	s = fixture_open(0);
	diag("version 1");
	ok(fixture_collect(s, &f, &a), "a frame is made of version 1");
	/* from /proc/stat in ticks of 10 ms */
	test_node(&f, (100 + 20 + 30 + 6 + 7 + 8) * UINT64_C(1000000000) /
	    (uint64_t)sysconf(_SC_CLK_TCK));
	docker = find_set(&f, SET_SYS_CONTAINER, "docker/" ID("1"));
	HAS(docker, { METRIC_CPU_USAGE, 123456789 },
	    { METRIC_CPU_LIMIT, 1500 }, { METRIC_MEMORY_USAGE, 5000 },
	    { METRIC_MEMORY_WORKING_SET, 0 }, { METRIC_MEMORY_LIMIT, 0 },
	    { METRIC_MEMORY_RSS, 1500 }, { METRIC_MEMORY_CACHE, 3000 },
	    { METRIC_MEMORY_PAGE_FAULTS, 7 },
	    { METRIC_MEMORY_MAJOR_PAGE_FAULTS, 8 }, { METRIC_SWAP_USAGE, 9 },
	    { METRIC_PROCESS_COUNT, 3 });
	ok(!set_has(docker, METRIC_MEMORY_AVAILABLE),
	    "nothing is known to be available without a limit");
	has_io(docker, "vda", 4096, 8192);
	app = find_set(&f, SET_POD_CONTAINER, "app");
	HAS(app, { METRIC_CPU_USAGE, 42 }, { METRIC_MEMORY_USAGE, 100 },
	    { METRIC_MEMORY_WORKING_SET, 70 }, { METRIC_MEMORY_LIMIT, 200 },
	    { METRIC_MEMORY_AVAILABLE, 130 });
	ok(str_is(f.sets[app->parent].name, "web") &&
	    str_is(f.sets[app->parent].namespace_name, "default"),
	    "the log of a container names its pod as well");
	ok(is_there(&f, SET_SYS_CONTAINER, "batch/busy") &&
	    !is_there(&f, SET_SYS_CONTAINER, "batch/idle") &&
	    !is_there(&f, SET_SYS_CONTAINER, "batch"),
	    "of the plain groups, leaves with processes are there");
	is_u64(f.n_sets, 1 + 3 + 2, "and that is all");
	is_u64(local_counters(s)->local_read_errors, 0, "nothing was amiss");
	local_close(s);
	arena_fini(&a);
}

static void
test_hybrid(void)
{
	struct local_source *s;
	struct frame f;
	struct arena a;

	arena_init(&a, ARENA_BYTES);
	put_v1_tree(MOUNTS_HYBRID);
	fixture_v2("unified/docker/" ID("1"), 999);
	fixture_put("sys/fs/cgroup/unified/system.slice/ssh.service/cpu.stat",
	    "usage_usec 5\n");
	fixture_put("sys/fs/cgroup/unified/cgroup.events", "populated 1\n");
	fixture_put("sys/fs/cgroup/unified/cpu.stat", "usage_usec 1\n");
	s = fixture_open(0);
	diag("version 1 and 2");
	ok(fixture_collect(s, &f, &a), "a frame is made of both versions");
	is_u64(f.sets[0].values[METRIC_CPU_USAGE].u,
	    (100 + 20 + 30 + 6 + 7 + 8) * UINT64_C(1000000000) /
	    (uint64_t)sysconf(_SC_CLK_TCK),
	    "a v2 root with cgroup.events is not that of the machine");
	HAS(find_set(&f, SET_SYS_CONTAINER, "docker/" ID("1")),
	    { METRIC_CPU_USAGE, 123456789 },
	    { METRIC_CPU_PRESSURE_SOME, 20000 });
	HAS(find_set(&f, SET_SYS_CONTAINER, "system.slice/ssh.service"),
	    { METRIC_CPU_USAGE, 5000 });
	local_close(s);
	arena_fini(&a);
}

int
main(void)
{
	fixture_begin();
	test_v2();
	test_few_files();
	test_starts();
	test_v1();
	test_hybrid();
	fixture_end();
	return done_testing();
}
