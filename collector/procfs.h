/* SPDX-License-Identifier: ISC */
/*
 * The text of the kernel's files in /proc, as numbers.
 *
 * Pure: text in, numbers out.  The numbers are checked as common/number.h
 * does: a field that is no number or does not fit makes the parser return
 * false, it never yields a wrong value.  Fields a kernel does not have are
 * absent: the has_ bits say which were there.
 *
 * The _next functions walk over the lines: each call takes the next line that
 * describes a thing off *text and returns false at the end.  Lines that
 * cannot be understood are skipped.  Strings borrow from the text.
 */
#ifndef COLLECTOR_PROCFS_H
#define COLLECTOR_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/str.h"

/*
 * /proc/stat: time in which the CPUs worked, in ticks of USER_HZ: user, nice,
 * system, irq, softirq, steal.  Guests are in user; idle and iowait are not
 * work.
 */
bool procfs_cpu_ticks(struct str text, uint64_t *out_ticks);
bool procfs_btime(struct str text, uint64_t *out_s);

/* Exact, and as large as it gets: false when the result passes 64 bits. */
bool procfs_ticks_to_ns(uint64_t ticks, uint64_t hz, uint64_t *out_ns);

struct procfs_meminfo {
	uint64_t total_bytes;
	uint64_t free_bytes;
	uint64_t buffers_bytes;
	uint64_t cached_bytes;
	uint64_t inactive_file_bytes;
	uint64_t anon_bytes;
	uint64_t swap_total_bytes;
	uint64_t swap_free_bytes;
	unsigned has;		/* bit i: the i-th of these was there */
};

enum {
	MEMINFO_TOTAL = 1, MEMINFO_FREE = 2, MEMINFO_BUFFERS = 4,
	MEMINFO_CACHED = 8, MEMINFO_INACTIVE_FILE = 16, MEMINFO_ANON = 32,
	MEMINFO_SWAP_TOTAL = 64, MEMINFO_SWAP_FREE = 128,
};

/* False without MemTotal and MemFree. */
bool procfs_meminfo(struct str text, struct procfs_meminfo *out);

/* The value of "key value" on a line of its own: /proc/vmstat, cgroups. */
bool procfs_key_u64(struct str text, const char *key, uint64_t *out);

/* A file that holds one number. */
bool procfs_u64(struct str text, uint64_t *out);

struct procfs_net {
	struct str name;
	uint64_t rx_bytes;
	uint64_t rx_errors;
	uint64_t tx_bytes;
	uint64_t tx_errors;
};

bool procfs_net_next(struct str *text, struct procfs_net *out);

/* /proc/net/route: the interface of the default route of lowest metric. */
bool procfs_default_route(struct str text, struct str *out_name);

struct procfs_disk {
	uint32_t major;
	uint32_t minor;
	struct str name;
	uint64_t read_bytes;	/* sectors are 512 bytes whatever the disk */
	uint64_t write_bytes;
};

bool procfs_disk_next(struct str *text, struct procfs_disk *out);

struct procfs_mount {
	uint32_t major;
	uint32_t minor;
	struct str root;	/* these two as in the file: see unescape */
	struct str point;
	struct str type;
	struct str super_options;
};

/* /proc/self/mountinfo */
bool procfs_mount_next(struct str *text, struct procfs_mount *out);

/* Is word one of the comma-separated items of list? */
bool procfs_list_has(struct str list, const char *word);

/*
 * Undoes mountinfo's octal escapes (\040) into p, NUL-terminated.  False when
 * it does not fit into size bytes or is damaged.
 */
bool procfs_unescape(struct str s, char *p, size_t size);

struct procfs_pressure {
	uint64_t some_ns;
	uint64_t full_ns;
	bool has_some;
	bool has_full;		/* not for the CPU of older kernels */
};

/* /proc/pressure/... and the cgroups' *.pressure */
bool procfs_pressure(struct str text, struct procfs_pressure *out);

struct procfs_loadavg {
	uint64_t load_milli;	/* of the last minute */
	uint64_t n_threads;
};

bool procfs_loadavg(struct str text, struct procfs_loadavg *out);

bool procfs_uptime_ms(struct str text, uint64_t *out_ms);

/* How many CPUs a list such as "0-3,5" names. */
bool procfs_cpu_list(struct str text, uint64_t *out_n);

#endif
