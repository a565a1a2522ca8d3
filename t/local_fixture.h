/* SPDX-License-Identifier: ISC */
/*
 * Trees of files that look like /proc, /sys and /var/log to the source local:,
 * below fixture_base, and assertions on the frames that are made of them.
 */
#ifndef T_LOCAL_FIXTURE_H
#define T_LOCAL_FIXTURE_H

#include "collector/local.h"

/* 64 hex digits */
#define ID(c) \
	c "23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"

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

extern char fixture_base[256];

/* fixture_base/...; valid for the next three calls */
__attribute__((format(printf, 1, 2)))
const char *fixture_path(const char *fmt, ...);

/* Writes a file and its folders; only these if path ends in '/'. */
void fixture_put(const char *path, const char *text);
void fixture_remove(const char *path);	/* below fixture_base */

/* When it was made; 0: the file system does not keep it. */
int64_t fixture_made_at_ns(const char *path);

/* Makes a folder that is younger than old_ns, waiting for the clock. */
void fixture_put_younger(const char *path, int64_t old_ns);

/* Makes and removes fixture_base, in $TMPDIR. */
void fixture_begin(void);
void fixture_end(void);

/* A new tree without cgroups. */
void fixture_machine(const char *mounts);

/* A group of version 2; all its values derive from n. */
void fixture_v2(const char *path, unsigned n);

/* fds_max as in struct local_conf */
struct local_source *fixture_open(unsigned fds_max);

/* At ten seconds from now, so that all of the tree is old. */
bool fixture_collect(struct local_source *s, struct frame *f, struct arena *a);

/* These return something all absent if there is none of that name. */
const struct metric_set *find_set(const struct frame *f, enum set_type type,
    const char *name);
const struct resource *find_resource(const struct metric_set *set,
    const char *id);

bool is_there(const struct frame *f, enum set_type type, const char *name);

/* UINT64_MAX if it is absent */
uint64_t resource_value(const struct resource *r, enum metric m);

#endif
