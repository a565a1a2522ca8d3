/* SPDX-License-Identifier: ISC */
/*
 * The source local: on trees of files that look like /proc and the cgroups.
 */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collector/local.h"
#include "common/timestamp.h"
#include "t/tap.h"

#define ID(c) c "23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"
#define ARENA_BYTES (8u << 20)

static char base[256];

__attribute__((format(printf, 1, 2)))
static const char *
path_of(const char *fmt, ...)
{
	static char path[4][1024];
	static unsigned turn;
	char *p = path[turn++ % 4];
	int n = snprintf(p, sizeof path[0], "%s/", base);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p + n, sizeof path[0] - (size_t)n, fmt, ap);
	va_end(ap);
	return p;
}

static void
make_folders(const char *path)
{
	char copy[1024];

	snprintf(copy, sizeof copy, "%s", path);
	for (char *p = copy + 1; *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(copy, 0755);
			*p = '/';
		}
}

/* A file in the tree, with its folders; a folder if it ends in '/'. */
static void
put(const char *path, const char *text)
{
	FILE *f;

	make_folders(path_of("%s", path));
	if (path[strlen(path) - 1] == '/')
		return;
	f = fopen(path_of("%s", path), "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		bail("%s cannot be written", path);
}

static void
remove_tree(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", path, (char *)NULL);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, NULL, 0) == -1)
		bail("%s cannot be removed", path);
}

static void
put_machine(const char *mounts)
{
	remove_tree(base);
	mkdir(base, 0755);
	put("proc/1/mountinfo", mounts);
	put("proc/stat", "cpu  100 20 30 4000 500 6 7 8 9 0\nbtime 1700000000\n");
	put("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 300 kB\n"
	    "Buffers: 10 kB\nCached: 90 kB\nInactive(file): 50 kB\n"
	    "AnonPages: 400 kB\nSwapTotal: 200 kB\nSwapFree: 150 kB\n");
	put("proc/vmstat", "pgfault 12345\npgmajfault 67\n");
	put("proc/loadavg", "0.75 0.50 0.25 2/345 999\n");
	put("proc/uptime", "1234.56 0.00\n");
	put("proc/diskstats", " 254 0 vda 1 0 10 0 1 0 20 0 0 0 0\n"
	    " 254 1 vda1 1 0 9 0 1 0 9 0 0 0 0\n"
	    " 253 0 dm-0 1 0 5 0 1 0 6 0 0 0 0\n");
	put("proc/1/net/dev", " eth0: 100 1 2 0 0 0 0 0 300 1 4 0 0 0 0 0\n"
	    " eth1: 1000 1 20 0 0 0 0 0 3000 1 40 0 0 0 0 0\n"
	    " veth7: 5 1 6 0 0 0 0 0 7 1 8 0 0 0 0 0\n"
	    " lo: 50000 1 50000 0 0 0 0 0 50000 1 50000 0 0 0 0 0\n");
	put("proc/pressure/cpu", "some avg10=0.00 total=11\n"
	    "full avg10=0.00 total=12\n");
	put("proc/pressure/memory", "some total=13\nfull total=14\n");
	put("proc/pressure/io", "some total=15\nfull total=16\n");
	put("proc/sys/kernel/pid_max", "32768\n");
	put("proc/sys/kernel/threads-max", "30000\n");
	put("proc/sys/kernel/hostname", "box\n");
	put("sys/devices/system/cpu/online", "0-3\n");
	put("sys/class/net/eth0/device/", "");
	put("sys/class/net/eth1/device/", "");
	put("sys/class/net/veth7/", "");
	put("sys/class/net/lo/", "");
	put("sys/block/vda/device/", "");
	put("sys/block/dm-0/", "");
	put("root/etc/machine-id", "0123abcd\n");
	put("root/data/", "");
	put("log/pods/", "");
	put("log/containers/", "");
}

static struct local_source *
open_tree(unsigned fds_max)
{
	struct local_conf conf = {
		.proc_root = path_of("proc"), .sys_root = path_of("sys"),
		.rootfs = path_of("root"), .log_root = path_of("log"),
		.fds_max = fds_max,
	};
	struct err err;
	struct local_source *s = local_open(&conf, &err);

	if (s == NULL)
		bail("%s", err.msg);
	return s;
}

static int64_t
wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec / NS_PER_US * NS_PER_US;
}

/* Ten seconds ahead, so that all of the tree is old. */
static bool
collect(struct local_source *s, struct frame *f, struct arena *a)
{
	struct err err;
	bool is_good;

	arena_reset(a);
	is_good = local_collect(s, f, a, wall_ns() + 10 * NS_PER_S, &err);
	if (!is_good)
		diag("%s", err.msg);
	return is_good;
}

static const struct metric_set *
find(const struct frame *f, enum set_type type, const char *name)
{
	static const struct metric_set none;

	for (size_t i = 0; i < f->n_sets; i++)
		if (f->sets[i].type == type && str_is(f->sets[i].name, name))
			return &f->sets[i];
	return &none;
}

static bool
is_there(const struct frame *f, enum set_type type, const char *name)
{
	return find(f, type, name)->name.p != NULL;
}

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

static const struct resource *
resource(const struct metric_set *set, const char *id)
{
	static const struct resource none;

	for (uint32_t i = 0; i < set->n_resources; i++)
		if (str_is(set->resources[i].resource_id, id))
			return &set->resources[i];
	return &none;
}

static uint64_t
value_of(const struct resource *r, enum metric m)
{
	unsigned i = m - METRIC_PLAIN_COUNT;

	return (r->present >> i & 1) != 0 ? r->values[i].u : UINT64_MAX;
}

static void
has_io(const struct metric_set *set, const char *disk, uint64_t read_bytes,
    uint64_t write_bytes)
{
	const struct resource *r = resource(set, disk);

	is_u64(value_of(r, METRIC_DISK_IO_READ_BYTES), read_bytes,
	    "%.*s read from %s", STR_ARG(set->name), disk);
	is_u64(value_of(r, METRIC_DISK_IO_WRITE_BYTES), write_bytes,
	    "%.*s wrote to %s", STR_ARG(set->name), disk);
}

#define HAS(set, ...) do { \
	static const struct want want_[] = { __VA_ARGS__ }; \
	has_values(set, want_, sizeof want_ / sizeof want_[0]); \
} while (0)

#define MOUNTS_DISK \
	"1 0 254:1 / / rw - ext4 /dev/vda1 rw\n" \
	"2 1 254:1 /sub /bind rw - ext4 /dev/vda1 rw\n" \
	"3 1 8:1 / /data rw - xfs /dev/sda1 rw\n" \
	"4 1 0:50 / /nfs rw - nfs4 server:/x rw\n" \
	"5 1 0:51 / /run rw - tmpfs tmpfs rw\n"
#define MOUNTS_V2 MOUNTS_DISK \
	"6 1 0:52 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
#define MOUNTS_V1 MOUNTS_DISK \
	"7 1 0:53 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup c rw,cpu,cpuacct\n" \
	"8 1 0:54 / /sys/fs/cgroup/memory rw - cgroup c rw,memory\n" \
	"9 1 0:55 / /sys/fs/cgroup/blkio rw - cgroup c rw,blkio\n" \
	"10 1 0:56 / /sys/fs/cgroup/pids rw - cgroup c rw,pids\n" \
	"11 1 0:57 / /sys/fs/cgroup/systemd rw - cgroup c rw,name=systemd\n"
#define MOUNTS_HYBRID MOUNTS_V1 \
	"12 1 0:58 / /sys/fs/cgroup/unified rw - cgroup2 c rw\n"

/* A group of version 2; all its values derive from n. */
static void
put_v2(const char *path, unsigned n)
{
	static const char *const pressures[] = { "cpu", "memory", "io" };
	char file[512], text[256];

	snprintf(text, sizeof text, "usage_usec %u\nuser_usec 1\n", n);
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/cpu.stat", path);
	put(file, text);
	snprintf(text, sizeof text, "anon %u\nfile %u\ninactive_file %u\n"
	    "pgfault %u\npgmajfault %u\n", n + 1, n + 2, 10, n + 3, n + 4);
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.stat", path);
	put(file, text);
	snprintf(text, sizeof text, "%u\n", n + 5);
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.current", path);
	put(file, text);
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.max", path);
	put(file, "1000000\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.swap.current",
	    path);
	put(file, "77\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.swap.max", path);
	put(file, "100\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/pids.current", path);
	put(file, "5\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/cpu.max", path);
	put(file, "max 100000\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/io.stat", path);
	put(file, "254:0 rbytes=1 wbytes=2\n253:0 rbytes=3 wbytes=4\n"
	    "9:9 rbytes=5 wbytes=6\n");
	for (unsigned i = 0; i < 3; i++) {
		snprintf(file, sizeof file, "sys/fs/cgroup/%s/%s.pressure",
		    path, pressures[i]);
		snprintf(text, sizeof text, "some total=%u\nfull total=%u\n",
		    20 + i, 30 + i);
		put(file, text);
	}
}

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
	if (statvfs(path_of("root"), &fs) == -1)
		bail("statvfs");
	is_u64(value_of(resource(node, "/"), METRIC_FILESYSTEM_LIMIT),
	    fs.f_blocks * fs.f_frsize, "the size of /");
	is_u64(value_of(resource(node, "/data"), METRIC_FILESYSTEM_LIMIT),
	    fs.f_blocks * fs.f_frsize, "the size of /data");
	is_u64((uint64_t)node->values[METRIC_EPHEMERAL_STORAGE_NODE_CAPACITY].f,
	    fs.f_blocks * fs.f_frsize, "the capacity of the local storage");
}

#define KUBE "kubepods.slice/kubepods-burstable.slice/"
#define POD_A KUBE "kubepods-burstable-pod11_22.slice/"
#define POD_B "kubepods.slice/kubepods-pod33_44.slice/"

static void
put_v2_tree(void)
{
	put_machine(MOUNTS_V2);
	put("sys/fs/cgroup/cpu.stat", "usage_usec 171000\n");
	put_v2("system.slice", 1000);
	put_v2("system.slice/ssh.service", 2000);
	put_v2("system.slice/docker-" ID("1") ".scope", 3000);
	put_v2("system.slice/data.mount", 1);
	put_v2("user.slice/user-1.slice/user@1.service/app.slice/a.service",
	    4000);
	put_v2("kubepods.slice", 5000);
	put_v2(POD_A "cri-containerd-" ID("2") ".scope", 6000);
	put_v2(POD_A "cri-containerd-" ID("3") ".scope", 6100);
	put_v2(KUBE "kubepods-burstable-pod11_22.slice", 7000);
	put_v2(POD_B "cri-containerd-" ID("4") ".scope", 8000);
	put("log/pods/default_web_11-22/", "");
	put("log/containers/web_default_app-" ID("2") ".log", "");
}

static void
test_v2_sets(const struct frame *f)
{
	const struct metric_set *pod = find(f, SET_POD, "web");
	const struct metric_set *app = find(f, SET_POD_CONTAINER, "app");
	const struct metric_set *ssh = find(f, SET_SYS_CONTAINER,
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
	pod = find(f, SET_POD, "33-44");
	ok(str_is(pod->namespace_name, "unknown") &&
	    str_is(pod->pod_id, "33-44"), "a pod without logs is unknown");
	app = find(f, SET_POD_CONTAINER, "423456789abc");
	ok(app->name.p != NULL && &f->sets[app->parent] == pod,
	    "its container is named by the start of its id");
	is_u64(f->n_sets, 1 + 7 + 4, "and that is all");
}
