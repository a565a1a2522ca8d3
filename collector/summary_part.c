/* SPDX-License-Identifier: ISC */
/*
 * Tables say which member of which part is what.  They are in the order in
 * which kubelets write, so that the parser's prediction holds.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "collector/summary_part.h"
#include "common/timestamp.h"

#define SECOND_BYTES 20		/* "2026-11-23T09:24:00Z" */

/* Less: the index of its value. */
enum member {
	MEMBER_SKIP = JSON_SLOT_SKIP,
	MEMBER_TIME,
	MEMBER_NAME,
	MEMBER_CLAIM,
	MEMBER_CPU_PRESSURE,
	MEMBER_MEMORY_PRESSURE,
	MEMBER_IO_PRESSURE,
};

#define LABELLED(metric) (METRIC_##metric - METRIC_PLAIN_COUNT)

struct part {
	struct json_keys keys;
	unsigned char members[JSON_KEYS_MAX];
};

static_assert(sizeof(union metric_value) == sizeof(uint64_t),
    "values of json_counters() are values of a set");

static const struct part parts[PART_COUNT] = {
	[PART_CPU] = {
		JSON_KEYS("time", "usageNanoCores", "usageCoreNanoSeconds",
		    "psi"),
		{ MEMBER_TIME, METRIC_CPU_FIRST_USAGE, METRIC_CPU_USAGE,
		    MEMBER_CPU_PRESSURE },
	},
	[PART_MEMORY] = {
		JSON_KEYS("time", "availableBytes", "usageBytes",
		    "workingSetBytes", "rssBytes", "pageFaults",
		    "majorPageFaults", "psi"),
		{ MEMBER_TIME, METRIC_MEMORY_AVAILABLE, METRIC_MEMORY_USAGE,
		    METRIC_MEMORY_WORKING_SET, METRIC_MEMORY_RSS,
		    METRIC_MEMORY_PAGE_FAULTS, METRIC_MEMORY_MAJOR_PAGE_FAULTS,
		    MEMBER_MEMORY_PRESSURE },
	},
	[PART_IO] = {
		JSON_KEYS("time", "psi"), { MEMBER_TIME, MEMBER_IO_PRESSURE },
	},
	/* The default interface; "interfaces" has all. */
	[PART_NETWORK] = {
		JSON_KEYS("time", "name", "rxBytes", "rxErrors", "txBytes",
		    "txErrors", "interfaces"),
		{ MEMBER_TIME, MEMBER_SKIP, METRIC_NETWORK_RX,
		    METRIC_NETWORK_RX_ERRORS, METRIC_NETWORK_TX,
		    METRIC_NETWORK_TX_ERRORS, MEMBER_SKIP },
	},
	[PART_SWAP] = {
		JSON_KEYS("time", "swapAvailableBytes", "swapUsageBytes"),
		{ MEMBER_SKIP, METRIC_SWAP_AVAILABLE, METRIC_SWAP_USAGE },
	},
	[PART_RLIMIT] = {
		JSON_KEYS("time", "maxpid", "curproc"),
		{ MEMBER_SKIP, METRIC_PROCESS_LIMIT, METRIC_PROCESS_COUNT },
	},
	[PART_PROCESSES] = {
		JSON_KEYS("process_count"), { METRIC_PROCESS_COUNT },
	},
	/* Volumes have a name at the end, and perhaps a claim. */
	[PART_FS] = {
		JSON_KEYS("time", "availableBytes", "capacityBytes",
		    "usedBytes", "inodesFree", "inodes", "inodesUsed",
		    "name", "pvcRef"),
		{ MEMBER_SKIP, LABELLED(FILESYSTEM_AVAILABLE),
		    LABELLED(FILESYSTEM_LIMIT), LABELLED(FILESYSTEM_USAGE),
		    LABELLED(FILESYSTEM_INODES_FREE),
		    LABELLED(FILESYSTEM_INODES), MEMBER_SKIP, MEMBER_NAME,
		    MEMBER_CLAIM },
	},
};

/* A pressure's two are next to each other: values[0] is some, [1] full. */
static const struct part pressure_part = {
	JSON_KEYS("total", "avg10", "avg60", "avg300"),
	{ 0, MEMBER_SKIP, MEMBER_SKIP, MEMBER_SKIP },
};

static_assert(METRIC_CPU_PRESSURE_FULL == METRIC_CPU_PRESSURE_SOME + 1 &&
    METRIC_MEMORY_PRESSURE_FULL == METRIC_MEMORY_PRESSURE_SOME + 1 &&
    METRIC_IO_PRESSURE_FULL == METRIC_IO_PRESSURE_SOME + 1,
    "full follows some");

/* "09:24:00" as seconds; false if it is not plainly that. */
static inline bool
parse_clock(const char *p, int64_t *out_s)
{
	static const char zeros[8] = "00:00:00", nines[8] = "23:59:59";
	unsigned is_bad = 0;
	int d[8];

	for (int i = 0; i < 8; i++) {
		d[i] = p[i] - zeros[i];
		is_bad |= (unsigned)(p[i] < zeros[i]) |
		    (unsigned)(p[i] > (i == 1 ? '9' : nines[i]));
	}
	*out_s = (d[0] * 10 + d[1]) * 3600 + (d[3] * 10 + d[4]) * 60 +
	    d[6] * 10 + d[7];
	return !is_bad && *out_s < 86400;
}

void
summary_read_time(struct json *j, struct summary_day *day, int64_t *out_ns)
{
	struct str s;
	int64_t at_ns, clock_s;
	bool is_plain;

	*out_ns = 0;
	if (!json_str(j, &s))
		return;
	is_plain = s.len == SECOND_BYTES && s.p[SECOND_BYTES - 1] == 'Z' &&
	    parse_clock(s.p + SUMMARY_DAY_BYTES, &clock_s);
	if (is_plain && memcmp(s.p, day->text, SUMMARY_DAY_BYTES) == 0) {
		*out_ns = day->start_ns + clock_s * NS_PER_S;
		return;
	}
	if (!timestamp_parse(s, &at_ns)) {
		json_fail(j, "expected a time before here");
		return;
	}
	if (at_ns <= 0)
		return;
	*out_ns = at_ns - at_ns % NS_PER_US;
	if (is_plain) {
		memcpy(day->text, s.p, SUMMARY_DAY_BYTES);
		day->start_ns = at_ns - clock_s * NS_PER_S;
	}
}

/* Its namespace is that of the pod. */
static void
read_claim(struct json *j, struct str *name)
{
	static const struct json_keys keys = JSON_KEYS("name");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;)
		if (k == 0)
			json_str(j, name);
		else
			json_skip(j);
}

static void read_pressure(struct json *j, struct summary_sample *s,
    enum metric some);

static void
read_member(struct json *j, unsigned member, struct summary_day *day,
    struct summary_sample *s)
{
	switch (member) {
	case MEMBER_TIME:
		summary_read_time(j, day, &s->time_ns);
		break;
	case MEMBER_NAME:
		json_str(j, &s->name);
		break;
	case MEMBER_CLAIM:
		read_claim(j, &s->claim);
		break;
	case MEMBER_CPU_PRESSURE:
		read_pressure(j, s, METRIC_CPU_PRESSURE_SOME);
		break;
	case MEMBER_MEMORY_PRESSURE:
		read_pressure(j, s, METRIC_MEMORY_PRESSURE_SOME);
		break;
	case MEMBER_IO_PRESSURE:
		read_pressure(j, s, METRIC_IO_PRESSURE_SOME);
		break;
	default:
		json_skip(j);
	}
}

static void
read_part(struct json *j, const struct part *part, struct summary_day *day,
    struct summary_sample *s)
{
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_counters(j, &part->keys, &hint, part->members,
	    &s->values->u, &s->present)) != JSON_END;)
		read_member(j, k < 0 ? MEMBER_SKIP : part->members[k], day, s);
}

/* {"full":{"total":1,...},"some":{...}} */
static void
read_pressure(struct json *j, struct summary_sample *s, enum metric some)
{
	static const struct json_keys keys = JSON_KEYS("full", "some");
	unsigned hint = 0;

	if (!json_object_begin(j))
		return;
	for (int k; (k = json_object_next(j, &keys, &hint)) != JSON_END;) {
		unsigned at = some + (k == 0);
		struct summary_sample total = { .values = &s->values[at] };

		if (k == JSON_UNKNOWN) {
			json_skip(j);
			continue;
		}
		read_part(j, &pressure_part, NULL, &total);
		s->present |= total.present << at;
	}
}

void
summary_read_part(struct json *j, enum summary_part part,
    struct summary_day *day, struct summary_sample *sample)
{
	read_part(j, &parts[part], day, sample);
}
