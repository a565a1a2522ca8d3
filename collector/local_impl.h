/* SPDX-License-Identifier: ISC */
/*
 * Inside the source "local:".  local.c opens and drives it, local_file.c reads
 * files, local_node.c and local_device.c report the machine, local_tree.c
 * keeps the cgroups, local_cgroup.c reports them, local_pod.c finds the names
 * of pods.
 */
#ifndef COLLECTOR_LOCAL_IMPL_H
#define COLLECTOR_LOCAL_IMPL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/cgroup_name.h"
#include "collector/local.h"
#include "collector/procfs.h"

#define TEXT_BYTES (256 * 1024)	/* no file that is read here is longer */
#define DENTS_BYTES (32 * 1024)
#define HIERARCHIES_MAX 6
#define NAMES_MAX 256		/* interfaces, disks */
#define MOUNTS_MAX 64

/*
 * A file descriptor that may be kept: FD_CLOSED is opened at the next read,
 * FD_ABSENT is tried again now and then.
 */
enum { FD_CLOSED = -1, FD_ABSENT = -2 };

enum proc_file {
	PROC_STAT, PROC_MEMINFO, PROC_VMSTAT, PROC_LOADAVG, PROC_UPTIME,
	PROC_DISKSTATS, PROC_NET_DEV, PROC_NET_DEV_OWN, PROC_NET_ROUTE,
	PROC_NET_ROUTE_OWN, PROC_PRESSURE_CPU, PROC_PRESSURE_MEMORY,
	PROC_PRESSURE_IO, PROC_PID_MAX, PROC_THREADS_MAX, PROC_FILE_COUNT,
};

/* What a hierarchy of cgroups serves, and so where a file is found. */
enum role {
	ROLE_V2 = 1, ROLE_CPU = 2, ROLE_CPUACCT = 4, ROLE_MEMORY = 8,
	ROLE_BLKIO = 16, ROLE_PIDS = 32,
};

enum cgroup_file {
	V2_CPU_STAT, V2_CPU_MAX, V2_CPU_PRESSURE, V2_MEMORY_CURRENT,
	V2_MEMORY_STAT, V2_MEMORY_MAX, V2_MEMORY_PRESSURE, V2_SWAP_CURRENT,
	V2_SWAP_MAX, V2_PIDS_CURRENT, V2_IO_STAT, V2_IO_PRESSURE, V2_PROCS,
	V1_CPUACCT_USAGE, V1_CPU_QUOTA, V1_CPU_PERIOD, V1_MEMORY_USAGE,
	V1_MEMORY_STAT, V1_MEMORY_LIMIT, V1_PIDS_CURRENT, V1_IO_RECURSIVE,
	V1_IO, V1_PROCS_MEMORY, V1_PROCS_CPUACCT, V1_PROCS_PIDS,
	CGROUP_FILE_COUNT,
};

struct hierarchy {
	int root_fd;
	unsigned roles;
};

/*
 * A cgroup: one node of the union of all hierarchies.  Bit h of a mask
 * stands for hierarchies[h].  Owned by its parent.
 */
struct cgroup {
	struct cgroup *parent;
	struct cgroup *first_child;
	struct cgroup *next;
	char *name;
	struct cgroup_place place;	/* of this cgroup; name borrows */
	struct str id;			/* of pods and their containers */
	unsigned in;			/* hierarchies that have it */
	unsigned seen;			/* in this scan */
	bool is_new;			/* since this scan */
	int64_t start_ns;
	uint64_t inodes[HIERARCHIES_MAX];
	int dir_fds[HIERARCHIES_MAX];
	int fds[CGROUP_FILE_COUNT];
	char *pod_name;			/* pods; NULL: not known yet */
	char *namespace_name;
	char *container_name;		/* containers of pods, or NULL */
};

/* What was found out once about an interface or a disk. */
struct known_name {
	char name[64];
	bool is_physical;
	unsigned seen_at;		/* the collection's number */
};

struct known_names {
	struct known_name items[NAMES_MAX];
	size_t n;
};

struct local_mount {
	uint32_t major;
	uint32_t minor;
	char *point;		/* as mounted: the resource_id */
};

struct local_source {
	char *rootfs;
	char *hostname;
	char *node;
	char *host_id;
	int proc_fd;
	int sys_fd;
	int log_fd;		/* -1: none */

	int proc_fds[PROC_FILE_COUNT];
	int online_fd;
	int mountinfo_fd;
	int root_cpu_fd;	/* cpu.stat of the v2 root; -1: /proc/stat */
	uint64_t hz;
	int64_t start_ns;	/* boot; 0: unknown */
	struct known_names interfaces;
	struct known_names disks;
	struct local_mount mounts[MOUNTS_MAX];
	size_t n_mounts;

	struct hierarchy hierarchies[HIERARCHIES_MAX];
	size_t n_hierarchies;
	struct cgroup root;
	size_t n_cgroups;

	int pods_dir_fd;	/* in log_root; FD_CLOSED until they exist */
	int containers_dir_fd;
	int64_t pods_changed_ns;	/* mtime at the last listing */
	int64_t containers_changed_ns;
	bool has_new_pods;

	unsigned n_open;	/* file descriptors of cgroups kept open */
	unsigned fds_max;
	unsigned round;		/* number of the collection */
	struct local_counters counters;
	struct frame *frame;	/* of the collection that runs */
	struct arena *arena;
	int64_t now_ns;
	bool is_full;		/* the arena is */
	bool are_mounts_known;
	struct str diskstats;	/* text of this collection, in the arena */
	char path[PATH_MAX];
	char text[TEXT_BYTES];
	char dents[DENTS_BYTES] __attribute__((aligned(8)));
};

/* local_file.c */

/* a, b and c in a row, in s->path; NULL: too long. */
const char *local_join(struct local_source *s, const char *a, struct str b,
    const char *c);

/* Calls fn for every mount of mountinfo. */
void local_each_mount(struct local_source *s,
    void (*fn)(struct local_source *, const struct procfs_mount *));

/*
 * All of an open file from its start, into s->text.  A read of less than
 * short_bytes is taken for the last one, which saves a call: READ_SHORT for
 * files with short lines, READ_TO_END otherwise.  False: errno.
 */
enum { READ_TO_END = 1, READ_SHORT = 2048 };
bool local_pread(struct local_source *s, int fd, size_t short_bytes,
    struct str *out);

/* The same of a file of /proc or /sys kept in *fd; errors are counted. */
bool local_read_kept(struct local_source *s, int dir_fd, const char *path,
    int *fd, struct str *out);
bool local_read_proc(struct local_source *s, enum proc_file file,
    struct str *out);

/* Reads a file once, trimmed of blanks at its end; NULL: not there. */
char *local_read_once(struct local_source *s, int dir_fd, const char *path);

/* The same of a cgroup, by any hierarchy that has it. */
bool local_read_cgroup(struct local_source *s, struct cgroup *c,
    enum cgroup_file file, struct str *out);

void local_close_cgroup_files(struct local_source *s, struct cgroup *c);
void local_close_fd(int *fd);

/*
 * The path of c below the root of its hierarchy, with "/file" behind it if
 * file is not NULL, in s->path; NULL: too long.
 */
const char *local_cgroup_path(struct local_source *s, const struct cgroup *c,
    const char *file);

/* local_node.c */
bool local_report_node(struct local_source *s, struct err *err);

/* Adds to the frame; a metric that the set's type does not carry is dropped. */
void local_put(struct local_source *s, size_t set, enum metric m, uint64_t v);
void local_put_disk(struct local_source *s, size_t set, struct str name,
    uint64_t read_bytes, uint64_t write_bytes);
void local_put_pressure(struct local_source *s, size_t set, enum metric some,
    enum metric full, struct str text);
size_t local_add_set(struct local_source *s, enum set_type type,
    size_t parent, struct str name, int64_t start_ns);

/* local_device.c */
void local_report_network(struct local_source *s);
void local_report_disks(struct local_source *s);
void local_report_filesystems(struct local_source *s);
bool local_disk_name(struct local_source *s, uint32_t major, uint32_t minor,
    struct str *out);

/* local_tree.c */
void local_find_hierarchies(struct local_source *s);
void local_scan(struct local_source *s);
void local_tree_fini(struct local_source *s);

/* The next cgroup in depth-first order, root excluded; NULL at the end. */
struct cgroup *local_next_cgroup(struct local_source *s, struct cgroup *c);

/* The next entry of an open directory; *at and *n start as 0.  NULL: end. */
struct dirent64 *local_next_entry(struct local_source *s, int fd, size_t *at,
    size_t *n);

/* local_cgroup.c */
void local_report_cgroups(struct local_source *s);

/* local_pod.c */
void local_name_pods(struct local_source *s);

#endif
