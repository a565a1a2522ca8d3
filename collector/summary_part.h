/* SPDX-License-Identifier: ISC */
/*
 * The parts of which a Summary describes each of its objects: "cpu",
 * "memory", "network" and so on.  Their members are numbers, but for times,
 * and become values of a set or of a file system.
 */
#ifndef COLLECTOR_SUMMARY_PART_H
#define COLLECTOR_SUMMARY_PART_H

#include <stdint.h>

#include "common/json.h"
#include "common/metric.h"
#include "common/str.h"

enum summary_part {
	PART_CPU,
	PART_MEMORY,
	PART_NETWORK,
	PART_IO,
	PART_SWAP,
	PART_RLIMIT,
	PART_PROCESSES,
	PART_FS,
	PART_COUNT,
};

/* "2026-11-23T": the day of the last time of its sort; most are of the same. */
#define SUMMARY_DAY_BYTES 11

struct summary_day {
	char text[SUMMARY_DAY_BYTES];
	int64_t start_ns;
};

/* What a part said.  values belongs to the caller: METRIC_PLAIN_COUNT of them,
 * or METRIC_LABELLED_COUNT for PART_FS, indexed as in the set or resource. */
struct summary_sample {
	uint64_t present;
	union metric_value *values;
	int64_t time_ns;	/* 0: none */
	struct str name;	/* of a volume */
	struct str claim;	/* of which it is, or absent */
};

/* A time as it stands next.  Null and what is not after the epoch give 0. */
void summary_read_time(struct json *j, struct summary_day *day,
    int64_t *out_ns);

/* Adds to the sample. */
void summary_read_part(struct json *j, enum summary_part part,
    struct summary_day *day, struct summary_sample *sample);

#endif
