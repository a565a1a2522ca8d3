/* SPDX-License-Identifier: ISC */
/*
 * The text of the files of a cgroup, version 1 and 2, as numbers.  Pure;
 * strict as procfs.h.
 */
#ifndef COLLECTOR_CGROUP_STAT_H
#define COLLECTOR_CGROUP_STAT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/str.h"

/* What both versions write for "no limit" ends up as this. */
#define CGROUP_NO_LIMIT UINT64_MAX

/* v2, *.max: a number or "max" */
bool cgroup_max(struct str text, uint64_t *out);

/* v1, *.limit_in_bytes: no limit is a number of 2^62 or more */
bool cgroup_v1_limit(struct str text, uint64_t *out);

/* v2, cpu.stat */
bool cgroup_cpu_usage_ns(struct str text, uint64_t *out_ns);

/* v2, cpu.max: "QUOTA PERIOD" or "max PERIOD", in thousandths of a core */
bool cgroup_cpu_max(struct str text, uint64_t *out_milli);

/* v1: quota -1 is no limit */
bool cgroup_v1_cpu_max(struct str quota, struct str period,
    uint64_t *out_milli);

enum {
	CGROUP_ANON = 1, CGROUP_FILE = 2, CGROUP_INACTIVE_FILE = 4,
	CGROUP_PGFAULT = 8, CGROUP_PGMAJFAULT = 16, CGROUP_SWAP = 32,
};

struct cgroup_memory {
	uint64_t anon_bytes;
	uint64_t file_bytes;
	uint64_t inactive_file_bytes;
	uint64_t n_pgfault;
	uint64_t n_pgmajfault;
	uint64_t swap_bytes;	/* v1 only */
	unsigned has;		/* of the bits above */
};

/*
 * memory.stat.  In version 1 the total_* lines count, which include the
 * children as all values of version 2 do.
 */
bool cgroup_memory(struct str text, bool is_v1, struct cgroup_memory *out);

struct cgroup_io {
	uint32_t major;
	uint32_t minor;
	uint64_t read_bytes;
	uint64_t write_bytes;
};

/*
 * The next device of io.stat (v2) or of blkio.throttle.io_service_bytes (v1,
 * where its lines follow each other).  Devices without both values and
 * damaged lines are skipped.  False at the end.
 */
bool cgroup_io_next(struct str *text, struct cgroup_io *out);
bool cgroup_v1_io_next(struct str *text, struct cgroup_io *out);

#endif
