/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/timestamp.h"
#include "t/local_fixture.h"
#include "t/tap.h"

char fixture_base[256];

__attribute__((format(printf, 1, 2)))
const char *
fixture_path(const char *fmt, ...)
{
	static char path[4][1024];
	static unsigned turn;
	char *p = path[turn++ % 4];
	int n = snprintf(p, sizeof path[0], "%s/", fixture_base);
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

void
fixture_put(const char *path, const char *text)
{
	FILE *f;

	make_folders(fixture_path("%s", path));
	if (path[strlen(path) - 1] == '/')
		return;
	f = fopen(fixture_path("%s", path), "w");
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

void
fixture_remove(const char *path)
{
	remove_tree(fixture_path("%s", path));
}

int64_t
fixture_made_at_ns(const char *path)
{
	struct statx st;

	if (statx(AT_FDCWD, fixture_path("%s", path), 0, STATX_BTIME, &st) ==
	    -1 || (st.stx_mask & STATX_BTIME) == 0)
		return 0;
	return st.stx_btime.tv_sec * NS_PER_S +
	    st.stx_btime.tv_nsec / NS_PER_US * NS_PER_US;
}

void
fixture_put_younger(const char *path, int64_t old_ns)
{
	do {
		fixture_remove(path);
		fixture_put(path, "");
	} while (fixture_made_at_ns(path) == old_ns);
}

void
fixture_end(void)
{
	remove_tree(fixture_base);
}

void
fixture_begin(void)
{
	const char *folder = getenv("TMPDIR");

	snprintf(fixture_base, sizeof fixture_base, "%s/cheapster-XXXXXX",
	    folder == NULL ? "/tmp" : folder);
	if (mkdtemp(fixture_base) == NULL)
		bail("%s cannot be made", fixture_base);
}

void
fixture_machine(const char *mounts)
{
	remove_tree(fixture_base);
	mkdir(fixture_base, 0755);
	fixture_put("proc/1/mountinfo", mounts);
	fixture_put("proc/stat",
	    "cpu  100 20 30 4000 500 6 7 8 9 0\nbtime 1700000000\n");
	fixture_put("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 300 kB\n"
	    "Buffers: 10 kB\nCached: 90 kB\nInactive(file): 50 kB\n"
	    "AnonPages: 400 kB\nSwapTotal: 200 kB\nSwapFree: 150 kB\n");
	fixture_put("proc/vmstat", "pgfault 12345\npgmajfault 67\n");
	fixture_put("proc/loadavg", "0.75 0.50 0.25 2/345 999\n");
	fixture_put("proc/uptime", "1234.56 0.00\n");
	fixture_put("proc/diskstats", " 254 0 vda 1 0 10 0 1 0 20 0 0 0 0\n"
	    " 254 1 vda1 1 0 9 0 1 0 9 0 0 0 0\n"
	    " 253 0 dm-0 1 0 5 0 1 0 6 0 0 0 0\n");
	fixture_put("proc/1/net/dev",
	    " eth0: 100 1 2 0 0 0 0 0 300 1 4 0 0 0 0 0\n"
	    " eth1: 1000 1 20 0 0 0 0 0 3000 1 40 0 0 0 0 0\n"
	    " veth7: 5 1 6 0 0 0 0 0 7 1 8 0 0 0 0 0\n"
	    " lo: 50000 1 50000 0 0 0 0 0 50000 1 50000 0 0 0 0 0\n");
	fixture_put("proc/pressure/cpu", "some avg10=0.00 total=11\n"
	    "full avg10=0.00 total=12\n");
	fixture_put("proc/pressure/memory", "some total=13\nfull total=14\n");
	fixture_put("proc/pressure/io", "some total=15\nfull total=16\n");
	fixture_put("proc/sys/kernel/pid_max", "32768\n");
	fixture_put("proc/sys/kernel/threads-max", "30000\n");
	fixture_put("proc/sys/kernel/hostname", "box\n");
	fixture_put("sys/devices/system/cpu/online", "0-3\n");
	fixture_put("sys/class/net/eth0/device/", "");
	fixture_put("sys/class/net/eth1/device/", "");
	fixture_put("sys/class/net/veth7/", "");
	fixture_put("sys/class/net/lo/", "");
	fixture_put("sys/block/vda/device/", "");
	fixture_put("sys/block/dm-0/", "");
	fixture_put("root/etc/machine-id", "0123abcd\n");
	fixture_put("root/data/", "");
	fixture_put("root/bind/", "");
	fixture_put("log/pods/", "");
	fixture_put("log/containers/", "");
}

struct local_source *
fixture_open(unsigned fds_max)
{
	struct local_conf conf = {
		.proc_root = fixture_path("proc"),
		.sys_root = fixture_path("sys"),
		.rootfs = fixture_path("root"),
		.log_root = fixture_path("log"),
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

bool
fixture_collect(struct local_source *s, struct frame *f, struct arena *a)
{
	struct err err;
	bool is_good;

	arena_reset(a);
	is_good = local_collect(s, f, a, wall_ns() + 10 * NS_PER_S, &err);
	if (!is_good)
		diag("%s", err.msg);
	return is_good;
}

const struct metric_set *
find_set(const struct frame *f, enum set_type type, const char *name)
{
	static const struct metric_set none;

	for (size_t i = 0; i < f->n_sets; i++)
		if (f->sets[i].type == type && str_is(f->sets[i].name, name))
			return &f->sets[i];
	return &none;
}

bool
is_there(const struct frame *f, enum set_type type, const char *name)
{
	return find_set(f, type, name)->name.p != NULL;
}

const struct resource *
find_resource(const struct metric_set *set, const char *id)
{
	static const struct resource none;

	for (uint32_t i = 0; i < set->n_resources; i++)
		if (str_is(set->resources[i].resource_id, id))
			return &set->resources[i];
	return &none;
}

uint64_t
resource_value(const struct resource *r, enum metric m)
{
	unsigned i = m - METRIC_PLAIN_COUNT;

	return (r->present >> i & 1) != 0 ? r->values[i].u : UINT64_MAX;
}

void
fixture_v2(const char *path, unsigned n)
{
	static const char *const pressures[] = { "cpu", "memory", "io" };
	char file[512], text[256];

	snprintf(text, sizeof text, "usage_usec %u\nuser_usec 1\n", n);
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/cpu.stat", path);
	fixture_put(file, text);
	snprintf(text, sizeof text, "anon %u\nfile %u\ninactive_file %u\n"
	    "pgfault %u\npgmajfault %u\n", n + 1, n + 2, 10, n + 3, n + 4);
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.stat", path);
	fixture_put(file, text);
	snprintf(text, sizeof text, "%u\n", n + 5);
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.current", path);
	fixture_put(file, text);
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.max", path);
	fixture_put(file, "1000000\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.swap.current",
	    path);
	fixture_put(file, "77\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/memory.swap.max", path);
	fixture_put(file, "100\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/pids.current", path);
	fixture_put(file, "5\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/cpu.max", path);
	fixture_put(file, "max 100000\n");
	snprintf(file, sizeof file, "sys/fs/cgroup/%s/io.stat", path);
	fixture_put(file, "254:0 rbytes=1 wbytes=2\n253:0 rbytes=3 wbytes=4\n"
	    "9:9 rbytes=5 wbytes=6\n");
	for (unsigned i = 0; i < 3; i++) {
		snprintf(file, sizeof file, "sys/fs/cgroup/%s/%s.pressure",
		    path, pressures[i]);
		snprintf(text, sizeof text, "some total=%u\nfull total=%u\n",
		    20 + i, 30 + i);
		fixture_put(file, text);
	}
}
