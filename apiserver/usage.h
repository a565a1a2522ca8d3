/* SPDX-License-Identifier: ISC */
/*
 * What one container or node uses now, from one sample after the other.
 *
 * A value is the CPU between two samples of the same start, cut to whole
 * nanocores, with what else the later one said; its time is that of the later
 * one, its window what is between them.  A container that is younger than the
 * resolution, but not newborn, has one from its only sample: it began with 0.
 * Else the kubelet may have told its own with a first sample (cpu/first_usage);
 * between when it does not say: USAGE_TOLD_WINDOW_NS is the most that it waits,
 * so that no autoscaler takes it for one of after a pod became ready.
 *
 * A value stays until there is a better one: a restart, a counter that fell, a
 * sample that says nothing, is older or far ahead of the last one only make
 * that one the first of two.  How long a value may stay is its reader's affair:
 * it counts from the last frame that said it, which for USAGE_REPEAT_MAX_NS may
 * be the same sample again.
 *
 * Pure.
 */
#ifndef APISERVER_USAGE_H
#define APISERVER_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/frame.h"

#define USAGE_NEWBORN_NS (10 * INT64_C(1000000000))
#define USAGE_TOLD_WINDOW_NS (15 * INT64_C(1000000000))
#define USAGE_NODE_START_SLACK_NS (10 * INT64_C(1000000000))
#define USAGE_RESOLUTION_MIN_NS INT64_C(1000000)
#define USAGE_RESOLUTION_MAX_NS (86400 * INT64_C(1000000000))
#define USAGE_REPEAT_MAX_NS (60 * INT64_C(1000000000))
#define USAGE_WINDOW_MIN_NS (60 * INT64_C(1000000000))

/* In the order of their names. */
enum usage_resource {
	USAGE_CPU,		/* nanocores */
	USAGE_EPHEMERAL_STORAGE, /* bytes, as the others */
	USAGE_MEMORY,
	USAGE_SWAP,
	USAGE_RESOURCE_COUNT,
};

struct usage_value {
	int64_t at_ns;		/* 0: there is none */
	int64_t window_ns;
	int64_t first_ns;	/* the windows of the frames that said it first */
	int64_t frame_ns;	/* and last */
	uint32_t present;	/* bit r: amounts[r] is known */
	uint64_t amounts[USAGE_RESOURCE_COUNT];
};

struct usage {
	int64_t last_ns;	/* of the last sample; 0: none */
	int64_t start_ns;
	uint64_t cpu_ns;
	struct usage_value value;
};

/* That of a frame, whatever it says. */
static inline int64_t
usage_resolution(int64_t resolution_ns)
{
	return resolution_ns < USAGE_RESOLUTION_MIN_NS ?
	    USAGE_RESOLUTION_MIN_NS :
	    resolution_ns > USAGE_RESOLUTION_MAX_NS ?
	    USAGE_RESOLUTION_MAX_NS : resolution_ns;
}

/* What a set of a frame of that window says. */
void usage_advance(struct usage *u, const struct metric_set *set,
    int64_t frame_ns, int64_t resolution_ns);

/* "cpu", "memory", "swap", "ephemeral-storage" */
struct str usage_resource_name(enum usage_resource r);

#define USAGE_AMOUNT_MAX_BYTES 32
#define USAGE_DURATION_MAX_BYTES 48

/* As Kubernetes writes them: "1419474591n", "1243444Ki"; the length. */
size_t usage_amount_print(char *p, enum usage_resource r, uint64_t amount);

/* As Go writes them: "10.085s", "1m0s". */
size_t usage_duration_print(char *p, int64_t ns);

#endif
