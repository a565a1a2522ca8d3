/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector/cgroup_stat.h"
#include "collector/local_impl.h"
#include "common/mem.h"
#include "common/timestamp.h"

#define FDS_MAX_MAX 65536

static const char *
or(const char *value, const char *otherwise)
{
	return value == NULL ? otherwise : value;
}

static unsigned
default_fds_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 0;
	return limit.rlim_cur / 2 > FDS_MAX_MAX ? FDS_MAX_MAX :
	    (unsigned)(limit.rlim_cur / 2);
}

static int
open_folder(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
open_mountinfo(struct local_source *s)
{
	/* of process 1 if the machine's root is not ours */
	if (s->rootfs[0] != '\0')
		s->mountinfo_fd = openat(s->proc_fd, "1/mountinfo",
		    O_RDONLY | O_CLOEXEC);
	if (s->mountinfo_fd == -1)
		s->mountinfo_fd = openat(s->proc_fd, "self/mountinfo",
		    O_RDONLY | O_CLOEXEC);
}

/*
 * The root of all cgroups has no cgroup.events.  Below it (in a container
 * with a namespace of its own) cpu.stat is not that of the machine.
 */
static void
open_root_cpu(struct local_source *s)
{
	struct str text;
	uint64_t ns;

	for (size_t h = 0; h < s->n_hierarchies; h++) {
		int dir_fd = s->hierarchies[h].root_fd;

		if ((s->hierarchies[h].roles & ROLE_V2) == 0 ||
		    faccessat(dir_fd, "cgroup.events", F_OK, 0) == 0)
			continue;
		s->root_cpu_fd = openat(dir_fd, "cpu.stat",
		    O_RDONLY | O_CLOEXEC);
		if (s->root_cpu_fd == -1)
			continue;
		if (!local_pread(s, s->root_cpu_fd, READ_SHORT, &text) ||
		    !cgroup_cpu_usage_ns(text, &ns))
			local_close_fd(&s->root_cpu_fd);
	}
}

/* The kernel shifts btime when the clock is set; here it stays. */
static void
read_boot_time(struct local_source *s)
{
	struct str text;
	uint64_t boot_s;

	s->hz = (uint64_t)sysconf(_SC_CLK_TCK);
	if (local_read_proc(s, PROC_STAT, &text) &&
	    procfs_btime(text, &boot_s) && boot_s < INT64_MAX / NS_PER_S)
		s->start_ns = (int64_t)boot_s * NS_PER_S;
}

static void
read_names(struct local_source *s, const struct local_conf *conf)
{
	const char *path = local_join(s, s->rootfs, STR("/etc/machine-id"),
	    "");

	if (path != NULL)
		s->host_id = local_read_once(s, AT_FDCWD, path);
	s->hostname = local_read_once(s, s->proc_fd, "sys/kernel/hostname");
	if (s->hostname == NULL)
		s->hostname = xstrdup("localhost");
	s->node = xstrdup(or(conf->node_name, s->hostname));
}

static char *
without_end_slash(const char *path)
{
	struct str s = str_of(path);

	while (s.len > 0 && s.p[s.len - 1] == '/')
		s.len--;
	return str_dup(s);
}

struct local_source *
local_open(const struct local_conf *conf, struct err *err)
{
	const char *proc_root = or(conf->proc_root, "/proc");
	struct local_source *s = xcalloc(1, sizeof *s);

	s->sys_fd = s->log_fd = s->mountinfo_fd = s->online_fd = -1;
	s->root_cpu_fd = s->pods_dir_fd = s->containers_dir_fd = -1;
	for (size_t i = 0; i < PROC_FILE_COUNT; i++)
		s->proc_fds[i] = FD_CLOSED;
	for (size_t i = 0; i < CGROUP_FILE_COUNT; i++)
		s->root.fds[i] = FD_CLOSED;
	for (size_t h = 0; h < HIERARCHIES_MAX; h++)
		s->root.dir_fds[h] = FD_CLOSED;
	s->fds_max = conf->fds_max > 0 ? conf->fds_max : default_fds_max();
	s->rootfs = without_end_slash(or(conf->rootfs, "/"));
	s->proc_fd = open_folder(proc_root);
	if (s->proc_fd == -1) {
		err_set(err, "%s: %s", proc_root, strerror(errno));
		local_close(s);
		return NULL;
	}
	s->sys_fd = open_folder(or(conf->sys_root, "/sys"));
	s->log_fd = open_folder(or(conf->log_root, "/var/log"));
	open_mountinfo(s);
	read_names(s, conf);
	read_boot_time(s);
	local_find_hierarchies(s);
	open_root_cpu(s);
	return s;
}

bool
local_collect(struct local_source *s, struct frame *f, struct arena *a,
    int64_t now_ns, struct err *err)
{
	frame_clear(f);
	f->kind = FRAME_NODE;
	f->node = arena_str(a, str_of(s->node));
	f->hostname = arena_str(a, str_of(s->hostname));
	f->host_id = arena_str(a, str_of(or(s->host_id, "")));
	s->frame = f;
	s->arena = a;
	s->now_ns = now_ns;
	s->is_full = f->host_id.p == NULL;
	s->round++;
	if (!local_report_node(s, err))
		return false;
	local_scan(s);
	local_name_pods(s);
	local_report_cgroups(s);
	s->frame = NULL;
	s->arena = NULL;
	s->diskstats = (struct str){ NULL, 0 };
	if (s->is_full)
		return err_set(err, "the frame does not fit into %zu bytes",
		    a->max_bytes);
	s->counters.local_collections++;
	return true;
}

struct local_counters *
local_counters(struct local_source *s)
{
	return &s->counters;
}

void
local_close(struct local_source *s)
{
	if (s == NULL)
		return;
	local_tree_fini(s);
	while (s->n_mounts > 0)
		free(s->mounts[--s->n_mounts].point);
	for (size_t i = 0; i < PROC_FILE_COUNT; i++)
		local_close_fd(&s->proc_fds[i]);
	local_close_fd(&s->proc_fd);
	local_close_fd(&s->sys_fd);
	local_close_fd(&s->log_fd);
	local_close_fd(&s->online_fd);
	local_close_fd(&s->mountinfo_fd);
	local_close_fd(&s->root_cpu_fd);
	local_close_fd(&s->pods_dir_fd);
	local_close_fd(&s->containers_dir_fd);
	free(s->rootfs);
	free(s->hostname);
	free(s->node);
	free(s->host_id);
	free(s);
}
