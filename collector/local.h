/* SPDX-License-Identifier: ISC */
/*
 * The source "local:": this machine, read from /proc and the cgroups, as one
 * NODE frame.
 *
 * Where the numbers come from:
 *
 *   cpu/usage	the root cgroup's cpu.stat where version 2 is mounted (it is
 *		exact to the microsecond), else /proc/stat in ticks.  Both are
 *		everything but idle and iowait; time stolen by a hypervisor is
 *		in /proc/stat, but not in the cpu.stat of newer kernels.
 *		Chosen once.
 *   memory	/proc/meminfo: usage is all that is not free, the working set
 *		leaves out Inactive(file), available is the rest of the total
 *   network	the sum of the interfaces that have a device behind them; if
 *		none has (a container), that of the default route; else all but
 *		lo.  As seen by process 1.
 *   filesystem	"/" and every mounted file system of a type that lives on a
 *		local disk, once per device.  No other type is ever touched, so
 *		a dead server cannot block.
 *   disk	the disks with a device behind them, not their partitions
 *   cgroups	version 1, 2 and both together, each value from where it is.
 *		collector/cgroup_name.h says which groups are system containers
 *		(named by their path), pods and containers of pods.
 *   names	of pods and their containers: the names in /var/log/pods and
 *		/var/log/containers.  A pod without is "unknown"/uid, a
 *		container without is the first 12 characters of its id.
 *		Sandboxes are left out.
 *
 * A cgroup starts when its directory was made.  A group whose directory was
 * removed and made again is a new one, with a new start.  Version 1 and 2
 * keep no such time; it is the oldest of the directory's times when it was
 * first seen here, and of those of its children.
 *
 * What disappears while it is read is absent.  A file that cannot be read or
 * understood costs its metric only, and is counted.
 *
 * Cost: files stay open between collections and are read again with pread();
 * a directory is listed again only if it has sub-directories.  The source
 * keeps at most half of the process's file descriptors; beyond that, files are
 * opened each time.  Memory is allocated when a cgroup appears, not per
 * collection.
 */
#ifndef COLLECTOR_LOCAL_H
#define COLLECTOR_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/counters.h"
#include "common/err.h"
#include "common/frame.h"

#define LOCAL_CGROUPS_MAX 4096
#define LOCAL_DEPTH_MAX 32

struct local_conf {
	const char *proc_root;	/* NULL: "/proc"; and so on: */
	const char *sys_root;	/* "/sys" */
	const char *rootfs;	/* "/" */
	const char *log_root;	/* "/var/log" */
	const char *node_name;	/* the hostname */
	unsigned fds_max;	/* kept open; 0: half of RLIMIT_NOFILE */
};

#define LOCAL_COUNTERS(X) \
	X(local_collections, COUNTER, "frames made of this machine") \
	X(local_cgroups, GAUGE, "cgroups known") \
	X(local_cgroups_left_out, GAUGE, \
	    "cgroups beyond the bounds in the last collection") \
	X(local_read_errors, COUNTER, "files that could not be read") \
	X(local_parse_errors, COUNTER, "files that could not be understood") \
	X(local_open_files, GAUGE, "file descriptors kept open")
COUNTERS_STRUCT(local_counters, LOCAL_COUNTERS)

struct local_source;

/* The strings of conf are copied.  NULL with *err: proc_root is no /proc. */
struct local_source *local_open(const struct local_conf *conf,
    struct err *err);

/*
 * Fills f (cleared first) with everything but the window, the resolution and
 * the collector's name.  All strings are in the arena.  now_ns is the wall
 * clock, and the time of all samples.  False: the arena is full, or there
 * is neither memory nor CPU time to report.
 */
bool local_collect(struct local_source *s, struct frame *f, struct arena *a,
    int64_t now_ns, struct err *err);

/* Valid until local_close(). */
struct local_counters *local_counters(struct local_source *s);

void local_close(struct local_source *s);

#endif
