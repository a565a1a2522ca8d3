/* SPDX-License-Identifier: ISC */
/*
 * The source local: on the machine it runs on, against the kernel's own
 * readings before and after.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/cgroup_stat.h"
#include "collector/local.h"
#include "collector/procfs.h"
#include "common/clock.h"
#include "t/tap.h"

#define ARENA_BYTES (16u << 20)
#define TRIES 50
#define CHILD_LIFE_S 20
#define GIVE_UP_NS INT64_C(10000000000)
/* six columns of /proc/stat, each cut to whole ticks */
#define CUT_TICKS 6

static char text[65537];

static struct str
slurp(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof text - 1);

	if (fd != -1)
		close(fd);
	return (struct str){ text, n > 0 ? (size_t)n : 0 };
}

static bool
spit(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool is_written = fd != -1 && write(fd, what, strlen(what)) > 0;

	if (fd != -1)
		close(fd);
	return is_written;
}

/* Time that was stolen counts in /proc/stat, in cpu.stat of some kernels. */
static void
cpu_ticks(uint64_t *out_without_stolen, uint64_t *out_with)
{
	unsigned long long v[8];

	text[slurp("/proc/stat").len] = '\0';
	if (sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0],
	    &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) != 8)
		bail("/proc/stat cannot be read");
	*out_without_stolen = v[0] + v[1] + v[2] + v[5] + v[6];
	*out_with = *out_without_stolen + v[7];
}

static uint64_t
memory_usage(void)
{
	struct procfs_meminfo m;

	if (!procfs_meminfo(slurp("/proc/meminfo"), &m))
		bail("/proc/meminfo cannot be read");
	return m.total_bytes - m.free_bytes;
}

static void
collect(struct local_source *s, struct frame *f, struct arena *a)
{
	struct err err;

	arena_reset(a);
	if (!local_collect(s, f, a, clock_wall_ns(), &err))
		bail("%s", err.msg);
}

static void
test_cpu(struct local_source *s, struct frame *f, struct arena *a)
{
	uint64_t tick_ns = UINT64_C(1000000000) /
	    (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t before, after, ns, other;

	cpu_ticks(&before, &other);
	collect(s, f, a);
	cpu_ticks(&other, &after);
	ns = f->sets[0].values[METRIC_CPU_USAGE].u;
	diag("%" PRIu64 " <= %" PRIu64 " <= %" PRIu64, before * tick_ns, ns,
	    (after + CUT_TICKS) * tick_ns);
	ok(set_has(&f->sets[0], METRIC_CPU_USAGE) && ns >= before * tick_ns &&
	    ns <= (after + CUT_TICKS) * tick_ns,
	    "the node's CPU time is between two readings of /proc/stat");
}

/* Memory goes up and down: in some try it stands still or grows. */
static void
test_memory(struct local_source *s, struct frame *f, struct arena *a)
{
	bool is_between = false;

	for (unsigned i = 0; i < TRIES && !is_between; i++) {
		uint64_t before = memory_usage();
		uint64_t after, usage;

		collect(s, f, a);
		after = memory_usage();
		usage = f->sets[0].values[METRIC_MEMORY_USAGE].u;
		is_between = (before <= usage && usage <= after) ||
		    (after <= usage && usage <= before);
	}
	ok(is_between, "the node's memory is between two of /proc/meminfo");
}

static void
test_frame(struct local_source *s, const struct frame *f)
{
	const struct metric_set *node = &f->sets[0];
	bool is_first_pod_seen = false;
	bool is_ordered = true;

	for (size_t i = 1; i < f->n_sets; i++) {
		is_first_pod_seen |= f->sets[i].type != SET_SYS_CONTAINER;
		is_ordered &= !is_first_pod_seen ||
		    f->sets[i].type != SET_SYS_CONTAINER;
		is_ordered &= f->sets[i].parent < i;
	}
	ok(is_ordered, "the sets are in the order of a frame");
	ok(node->start_ns > 0 && node->start_ns < clock_wall_ns(),
	    "the machine was started in the past");
	ok(set_has(node, METRIC_CPU_NODE_CAPACITY) &&
	    node->values[METRIC_CPU_NODE_CAPACITY].f >= 1000,
	    "it has at least one CPU");
	ok(set_has(node, METRIC_UPTIME) && set_has(node, METRIC_CPU_LOAD) &&
	    set_has(node, METRIC_MEMORY_PAGE_FAULTS) &&
	    set_has(node, METRIC_PROCESS_LIMIT),
	    "every kernel reports uptime, load, faults, process ids");
	is_u64(local_counters(s)->local_parse_errors, 0,
	    "all files of this kernel are understood");
}

/* A group of this process in one of the hierarchies; false: none can be. */
static bool
make_group(char *path, size_t size, const char *hierarchy, const char *marker)
{
	snprintf(path, size, "%s/%s", hierarchy, marker);
	if (access(path, R_OK) == -1)
		return false;
	snprintf(path, size, "%s/cheapster-test-%ld", hierarchy,
	    (long)getpid());
	return mkdir(path, 0755) == 0;
}

static bool
read_usage(const char *path, bool is_v2, uint64_t *out_ns)
{
	char file[256];

	snprintf(file, sizeof file, "%s/%s", path, is_v2 ? "cpu.stat" :
	    "cpuacct.usage");
	return is_v2 ? cgroup_cpu_usage_ns(slurp(file), out_ns) :
	    procfs_u64(slurp(file), out_ns);
}

static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A process of the group that uses CPU; -1 if the group takes none. */
static pid_t
burn_in(const char *path)
{
	char file[256], number[32];
	volatile unsigned n = 0;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(CHILD_LIFE_S);
		for (;;)
			n++;
	}
	if (pid == -1)
		bail("no process");
	snprintf(file, sizeof file, "%s/cgroup.procs", path);
	snprintf(number, sizeof number, "%ld", (long)pid);
	if (spit(file, number))
		return pid;
	end(pid);
	return -1;
}

static const struct metric_set *
find_group(const struct frame *f, const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 1; i < f->n_sets; i++)
		if (f->sets[i].type == SET_SYS_CONTAINER &&
		    str_is(f->sets[i].name, name))
			return &f->sets[i];
	return NULL;
}

static void
compare_group(struct local_source *s, struct frame *f, struct arena *a,
    const char *path, bool is_v2)
{
	int64_t give_up_ns = clock_mono_ns() + GIVE_UP_NS;
	uint64_t first = 0, before = 0, after = 0, ns;
	const struct metric_set *group;

	do {
		read_usage(path, is_v2, &before);
		if (first == 0)
			first = before;
	} while (before < first + 30000000 && clock_mono_ns() < give_up_ns);
	collect(s, f, a);
	if (!read_usage(path, is_v2, &after))
		bail("%s has no usage", path);
	group = find_group(f, path);
	if (!ok(group != NULL, "a group with a process is in the frame"))
		return;
	ns = group->values[METRIC_CPU_USAGE].u;
	diag("%" PRIu64 " <= %" PRIu64 " <= %" PRIu64, before, ns, after);
	ok(set_has(group, METRIC_CPU_USAGE) && before <= ns && ns <= after &&
	    before > 0, "its CPU time is between two readings of the kernel");
	ok(group->start_ns > 0 && group->start_ns <= clock_wall_ns() &&
	    clock_wall_ns() - group->start_ns < INT64_C(60000000000),
	    "it was started within the last minute");
}

/* A process that has just ended may keep it for a moment. */
static void
remove_group(const char *path)
{
	int64_t give_up_ns = clock_mono_ns() + GIVE_UP_NS;

	while (rmdir(path) == -1 && errno == EBUSY &&
	    clock_mono_ns() < give_up_ns)
		continue;
}

static void
test_group(struct local_source *s, struct frame *f, struct arena *a)
{
	static const struct {
		const char *hierarchy;
		const char *marker;
		bool is_v2;
	} all[] = {
		{ "/sys/fs/cgroup/cpuacct", "cpuacct.usage", false },
		{ "/sys/fs/cgroup/cpu,cpuacct", "cpuacct.usage", false },
		{ "/sys/fs/cgroup", "cpu.stat", true },
		{ "/sys/fs/cgroup/unified", "cpu.stat", true },
	};
	unsigned n_tested = 0;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		char path[200];
		pid_t pid;

		if (!make_group(path, sizeof path, all[i].hierarchy,
		    all[i].marker))
			continue;
		n_tested++;
		diag("%s", path);
		pid = burn_in(path);
		if (pid == -1) {
			skip("%s takes no process", path);
			rmdir(path);
			continue;
		}
		compare_group(s, f, a, path, all[i].is_v2);
		end(pid);
		remove_group(path);
		collect(s, f, a);
		ok(find_group(f, path) == NULL, "when it is gone it is gone");
	}
	if (n_tested == 0)
		skip("no cgroup can be made here");
}

int
main(void)
{
	struct local_conf conf = { 0 };
	struct frame f;
	struct arena a;
	struct err err;
	struct local_source *s = local_open(&conf, &err);

	if (s == NULL)
		bail("%s", err.msg);
	arena_init(&a, ARENA_BYTES);
	test_cpu(s, &f, &a);
	test_memory(s, &f, &a);
	test_frame(s, &f);
	test_group(s, &f, &a);
	local_close(s);
	arena_fini(&a);
	return done_testing();
}
