/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/local_impl.h"
#include "common/mem.h"

#define RETRY_ROUNDS 16

static const char *const proc_files[PROC_FILE_COUNT] = {
	[PROC_STAT] = "stat",
	[PROC_MEMINFO] = "meminfo",
	[PROC_VMSTAT] = "vmstat",
	[PROC_LOADAVG] = "loadavg",
	[PROC_UPTIME] = "uptime",
	[PROC_DISKSTATS] = "diskstats",
	[PROC_NET_DEV] = "1/net/dev",
	[PROC_NET_DEV_OWN] = "net/dev",
	[PROC_NET_ROUTE] = "1/net/route",
	[PROC_NET_ROUTE_OWN] = "net/route",
	[PROC_PRESSURE_CPU] = "pressure/cpu",
	[PROC_PRESSURE_MEMORY] = "pressure/memory",
	[PROC_PRESSURE_IO] = "pressure/io",
	[PROC_PID_MAX] = "sys/kernel/pid_max",
	[PROC_THREADS_MAX] = "sys/kernel/threads-max",
};

static const struct {
	unsigned role;
	const char *name;
} cgroup_files[CGROUP_FILE_COUNT] = {
	[V2_CPU_STAT] = { ROLE_V2, "cpu.stat" },
	[V2_CPU_MAX] = { ROLE_V2, "cpu.max" },
	[V2_CPU_PRESSURE] = { ROLE_V2, "cpu.pressure" },
	[V2_MEMORY_CURRENT] = { ROLE_V2, "memory.current" },
	[V2_MEMORY_STAT] = { ROLE_V2, "memory.stat" },
	[V2_MEMORY_MAX] = { ROLE_V2, "memory.max" },
	[V2_MEMORY_PRESSURE] = { ROLE_V2, "memory.pressure" },
	[V2_SWAP_CURRENT] = { ROLE_V2, "memory.swap.current" },
	[V2_SWAP_MAX] = { ROLE_V2, "memory.swap.max" },
	[V2_PIDS_CURRENT] = { ROLE_V2, "pids.current" },
	[V2_IO_STAT] = { ROLE_V2, "io.stat" },
	[V2_IO_PRESSURE] = { ROLE_V2, "io.pressure" },
	[V2_PROCS] = { ROLE_V2, "cgroup.procs" },
	[V1_CPUACCT_USAGE] = { ROLE_CPUACCT, "cpuacct.usage" },
	[V1_CPU_QUOTA] = { ROLE_CPU, "cpu.cfs_quota_us" },
	[V1_CPU_PERIOD] = { ROLE_CPU, "cpu.cfs_period_us" },
	[V1_MEMORY_USAGE] = { ROLE_MEMORY, "memory.usage_in_bytes" },
	[V1_MEMORY_STAT] = { ROLE_MEMORY, "memory.stat" },
	[V1_MEMORY_LIMIT] = { ROLE_MEMORY, "memory.limit_in_bytes" },
	[V1_PIDS_CURRENT] = { ROLE_PIDS, "pids.current" },
	[V1_IO_RECURSIVE] = { ROLE_BLKIO,
	    "blkio.throttle.io_service_bytes_recursive" },
	[V1_IO] = { ROLE_BLKIO, "blkio.throttle.io_service_bytes" },
	[V1_PROCS_MEMORY] = { ROLE_MEMORY, "cgroup.procs" },
	[V1_PROCS_CPUACCT] = { ROLE_CPUACCT, "cgroup.procs" },
	[V1_PROCS_PIDS] = { ROLE_PIDS, "cgroup.procs" },
};

void
local_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = FD_CLOSED;
}

bool
local_pread(struct local_source *s, int fd, size_t short_bytes,
    struct str *out)
{
	size_t n = 0;
	ssize_t got;

	do {
		got = pread(fd, s->text + n, sizeof s->text - n, (off_t)n);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return false;
		n += (size_t)got;
		if (n == sizeof s->text) {
			errno = EFBIG;
			return false;
		}
	} while (got == -1 || (size_t)got >= short_bytes);
	*out = (struct str){ s->text, n };
	return true;
}

/* Errors of a thing that is not there, or that the kernel does not offer. */
static bool
is_absence(int error)
{
	return error == ENOENT || error == ENODEV || error == ENOTDIR ||
	    error == EOPNOTSUPP || error == ESRCH;
}

/* Is it time to look again for a file that was not there? */
static bool
is_closed(const struct local_source *s, int fd)
{
	return fd == FD_CLOSED ||
	    (fd == FD_ABSENT && s->round % RETRY_ROUNDS == 0);
}

bool
local_read_kept(struct local_source *s, int dir_fd, const char *path, int *fd,
    struct str *out)
{
	if (is_closed(s, *fd)) {
		*fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (*fd == -1) {
			*fd = FD_ABSENT;
			if (!is_absence(errno))
				s->counters.local_read_errors++;
		}
	}
	if (*fd < 0)
		return false;
	if (local_pread(s, *fd, READ_SHORT, out))
		return true;
	local_close_fd(fd);
	*fd = FD_ABSENT;
	if (!is_absence(errno))
		s->counters.local_read_errors++;
	return false;
}

bool
local_read_proc(struct local_source *s, enum proc_file file, struct str *out)
{
	return local_read_kept(s, s->proc_fd, proc_files[file],
	    &s->proc_fds[file], out);
}

const char *
local_join(struct local_source *s, const char *a, struct str b, const char *c)
{
	struct str parts[] = { str_of(a), b, str_of(c) };
	size_t n = 0;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (parts[i].len >= sizeof s->path - n)
			return NULL;
		memcpy(s->path + n, parts[i].p, parts[i].len);
		n += parts[i].len;
	}
	s->path[n] = '\0';
	return s->path;
}

void
local_each_mount(struct local_source *s,
    void (*fn)(struct local_source *, const struct procfs_mount *))
{
	off_t at = 0;
	ssize_t got;

	/* in pieces, as it may be longer than any buffer */
	while ((got = pread(s->mountinfo_fd, s->text, sizeof s->text, at)) >
	    0) {
		const char *end = memrchr(s->text, '\n', (size_t)got);
		struct procfs_mount mount;
		struct str text;

		if (end == NULL)
			break;
		text = (struct str){ s->text, (size_t)(end - s->text) };
		at += (off_t)text.len + 1;
		while (procfs_mount_next(&text, &mount))
			fn(s, &mount);
	}
	if (got == -1)
		s->counters.local_read_errors++;
}

char *
local_read_once(struct local_source *s, int dir_fd, const char *path)
{
	struct str text;
	char *copy = NULL;
	int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return NULL;
	if (local_pread(s, fd, READ_TO_END, &text)) {
		while (text.len > 0 && (text.p[text.len - 1] == '\n' ||
		    text.p[text.len - 1] == ' '))
			text.len--;
		copy = str_dup(text);
	}
	close(fd);
	return copy;
}

const char *
local_cgroup_path(struct local_source *s, const struct cgroup *c,
    const char *file)
{
	size_t at = sizeof s->path - 1;
	struct str part = str_of(file == NULL ? "" : file);

	s->path[at] = '\0';
	for (;;) {
		if (part.len >= at)
			return NULL;
		at -= part.len;
		memcpy(s->path + at, part.p, part.len);
		if (c->parent == NULL)
			break;
		if (part.len > 0)
			s->path[--at] = '/';
		part = c->place.name;
		c = c->parent;
	}
	return s->path + at;
}

static int
open_cgroup_file(struct local_source *s, const struct cgroup *c,
    enum cgroup_file file)
{
	const char *path;

	for (size_t h = 0; h < s->n_hierarchies; h++) {
		if ((s->hierarchies[h].roles & cgroup_files[file].role) == 0 ||
		    (c->in >> h & 1) == 0)
			continue;
		path = local_cgroup_path(s, c, cgroup_files[file].name);
		if (path == NULL) {
			errno = ENAMETOOLONG;
			return -1;
		}
		return openat(s->hierarchies[h].root_fd, path,
		    O_RDONLY | O_CLOEXEC | O_NOCTTY);
	}
	errno = ENOENT;
	return -1;
}

bool
local_read_cgroup(struct local_source *s, struct cgroup *c,
    enum cgroup_file file, struct str *out)
{
	int *kept = &c->fds[file];
	bool is_kept = *kept >= 0;
	bool is_read = false;
	int fd = *kept;

	if (!is_kept) {
		if (!is_closed(s, fd))
			return false;
		fd = open_cgroup_file(s, c, file);
	}
	if (fd >= 0)
		is_read = local_pread(s, fd, READ_SHORT, out);
	if (!is_read && !is_absence(errno))
		s->counters.local_read_errors++;
	if (is_read && !is_kept && s->n_open < s->fds_max) {
		s->n_open++;
		*kept = fd;
	} else if (!is_read || !is_kept) {
		*kept = is_read || is_kept ? FD_CLOSED : FD_ABSENT;
		s->n_open -= is_kept;
		if (fd >= 0)
			close(fd);
	}
	return is_read;
}

void
local_close_cgroup_files(struct local_source *s, struct cgroup *c)
{
	for (size_t i = 0; i < CGROUP_FILE_COUNT; i++) {
		s->n_open -= c->fds[i] >= 0;
		local_close_fd(&c->fds[i]);
	}
	for (size_t h = 0; h < HIERARCHIES_MAX; h++) {
		s->n_open -= c->dir_fds[h] >= 0;
		local_close_fd(&c->dir_fds[h]);
	}
}
