/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "common/quantity.h"
#include "common/timestamp.h"

#include "apiserver/usage.h"

#define WINDOWS_MAX 4	/* between two samples */

/* Whether the set is a sample at all: what has ended or not begun has no
 * memory, and what was not asked has no time. */
static bool
is_sample(const struct metric_set *set)
{
	return set->scraped_ns > 0 && set_has(set, METRIC_CPU_USAGE) &&
	    set_has(set, METRIC_MEMORY_WORKING_SET) &&
	    set->values[METRIC_MEMORY_WORKING_SET].u > 0;
}

static void
take_amount(struct usage_value *v, enum usage_resource r,
    const struct metric_set *set, enum metric m)
{
	if (!set_has(set, m))
		return;
	v->present |= 1u << r;
	v->amounts[r] = set->values[m].u;
}

static void
take_nano(struct usage *u, const struct metric_set *set, uint64_t nano,
    int64_t elapsed_ns, int64_t frame_ns)
{
	struct usage_value *v = &u->value;

	*v = (struct usage_value){
		.at_ns = set->scraped_ns,
		.window_ns = elapsed_ns,
		.first_ns = frame_ns,
		.frame_ns = frame_ns,
		.present = 1u << USAGE_CPU,
	};
	v->amounts[USAGE_CPU] = nano;
	take_amount(v, USAGE_MEMORY, set, METRIC_MEMORY_WORKING_SET);
	take_amount(v, USAGE_SWAP, set, METRIC_SWAP_USAGE);
	take_amount(v, USAGE_EPHEMERAL_STORAGE, set,
	    METRIC_EPHEMERAL_STORAGE_USAGE);
}

/* cpu_ns within elapsed_ns. */
static void
take_value(struct usage *u, const struct metric_set *set, uint64_t cpu_ns,
    int64_t elapsed_ns, int64_t frame_ns)
{
	__extension__ unsigned __int128 nano = cpu_ns;

	nano = nano * (uint64_t)NS_PER_S / (uint64_t)elapsed_ns;
	take_nano(u, set, nano > INT64_MAX ? INT64_MAX : (uint64_t)nano,
	    elapsed_ns, frame_ns);
}

/* Kubelets compute the start of a node from its uptime: it wobbles. */
static bool
is_same_start(const struct usage *u, const struct metric_set *set)
{
	if (set->type == SET_NODE)
		return u->start_ns <= 0 || set->start_ns <= 0 ||
		    llabs(set->start_ns - u->start_ns) <=
		    USAGE_NODE_START_SLACK_NS;
	return u->start_ns == set->start_ns;
}

static int64_t
pause_max(int64_t resolution_ns)
{
	int64_t most_ns = WINDOWS_MAX * resolution_ns;

	return most_ns < USAGE_WINDOW_MIN_NS ? USAGE_WINDOW_MIN_NS : most_ns;
}

static void
try_pair(struct usage *u, const struct metric_set *set, int64_t frame_ns,
    int64_t resolution_ns)
{
	int64_t elapsed_ns = set->scraped_ns - u->last_ns;
	uint64_t cpu_ns = set->values[METRIC_CPU_USAGE].u;

	if (elapsed_ns > 0 && elapsed_ns <= pause_max(resolution_ns) &&
	    cpu_ns >= u->cpu_ns)
		take_value(u, set, cpu_ns - u->cpu_ns, elapsed_ns, frame_ns);
}

/* Its own rate since it began; false: it is not of that age. */
static bool
try_young(struct usage *u, const struct metric_set *set, int64_t frame_ns,
    int64_t resolution_ns)
{
	int64_t age_ns = set->start_ns <= 0 ? 0 :
	    set->scraped_ns - set->start_ns;

	if (set->type != SET_POD_CONTAINER || age_ns < USAGE_NEWBORN_NS ||
	    age_ns >= resolution_ns)
		return false;
	take_value(u, set, set->values[METRIC_CPU_USAGE].u, age_ns, frame_ns);
	return true;
}

/* What the kubelet has computed; not of a clock that is not ours, nor what one
 * second of would be more than there was. */
static void
try_told(struct usage *u, const struct metric_set *set, int64_t frame_ns,
    int64_t resolution_ns)
{
	uint64_t nano = set->values[METRIC_CPU_FIRST_USAGE].u;
	int64_t window_ns = USAGE_TOLD_WINDOW_NS;
	int64_t age_ns = set->start_ns <= 0 ? window_ns :
	    set->scraped_ns - set->start_ns;

	if (!set_has(set, METRIC_CPU_FIRST_USAGE) || nano == 0 ||
	    nano > set->values[METRIC_CPU_USAGE].u || nano > INT64_MAX ||
	    llabs(set->scraped_ns - frame_ns) > pause_max(resolution_ns))
		return;
	if (age_ns < window_ns)
		window_ns = age_ns;
	if (age_ns >= USAGE_NEWBORN_NS)
		take_nano(u, set, nano, window_ns, frame_ns);
}

/* The same sample again: the kubelet is lazy, and in the end it is stuck. */
static void
repeat(struct usage *u, int64_t frame_ns)
{
	if (u->value.at_ns == u->last_ns &&
	    frame_ns - u->value.first_ns <= USAGE_REPEAT_MAX_NS)
		u->value.frame_ns = frame_ns;
}

void
usage_advance(struct usage *u, const struct metric_set *set, int64_t frame_ns,
    int64_t resolution_ns)
{
	bool is_first = u->last_ns == 0 || !is_same_start(u, set);

	if (!is_sample(set))
		return;
	if (!is_first && set->scraped_ns == u->last_ns) {
		repeat(u, frame_ns);
		return;
	}
	if (!is_first)
		try_pair(u, set, frame_ns, resolution_ns);
	else if (try_young(u, set, frame_ns, resolution_ns))
		is_first = false;
	if (is_first || frame_ns - u->value.frame_ns > pause_max(resolution_ns))
		try_told(u, set, frame_ns, resolution_ns);
	u->last_ns = set->scraped_ns;
	u->start_ns = set->start_ns;
	u->cpu_ns = set->values[METRIC_CPU_USAGE].u;
}

struct str
usage_resource_name(enum usage_resource r)
{
	static const struct str names[USAGE_RESOURCE_COUNT] = {
		[USAGE_CPU] = STR_INIT("cpu"),
		[USAGE_EPHEMERAL_STORAGE] = STR_INIT("ephemeral-storage"),
		[USAGE_MEMORY] = STR_INIT("memory"),
		[USAGE_SWAP] = STR_INIT("swap"),
	};

	return names[r];
}

/* Factors of 1000 are taken out, as far as there are any. */
static size_t
print_nano(char *p, uint64_t nano)
{
	static const char suffixes[] = "num\0kMGTPE";
	size_t n, at = 0;

	if (nano == 0)
		return print_u64(p, 0);
	for (; nano % 1000 == 0; at++)
		nano /= 1000;
	n = print_u64(p, nano);
	if (suffixes[at] != '\0')
		p[n++] = suffixes[at];
	return n;
}

size_t
usage_amount_print(char *p, enum usage_resource r, uint64_t amount)
{
	return r == USAGE_CPU ? print_nano(p, amount) :
	    quantity_print_bytes(p, amount);
}

/* value / unit with the digits behind the point that are needed. */
static size_t
print_fraction(char *p, uint64_t value, uint64_t unit, const char *name)
{
	size_t n = print_u64(p, value / unit);

	value %= unit;
	if (value != 0)
		p[n++] = '.';
	while (value != 0) {
		unit /= 10;
		p[n++] = (char)('0' + value / unit);
		value %= unit;
	}
	memcpy(p + n, name, strlen(name));
	return n + strlen(name);
}

size_t
usage_duration_print(char *p, int64_t ns)
{
	uint64_t left = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	const uint64_t minute = 60 * (uint64_t)NS_PER_S, hour = 60 * minute;
	size_t n = 0;

	if (left == 0) {
		memcpy(p, "0s", 2);
		return 2;
	}
	if (ns < 0)
		p[n++] = '-';
	if (left < 1000)
		return n + print_fraction(p + n, left, 1, "ns");
	if (left < (uint64_t)NS_PER_MS)
		return n + print_fraction(p + n, left, 1000, "\u00b5s");
	if (left < (uint64_t)NS_PER_S)
		return n + print_fraction(p + n, left, NS_PER_MS, "ms");
	if (left >= hour) {
		n += print_u64(p + n, left / hour);
		p[n++] = 'h';
	}
	if (left >= minute) {
		n += print_u64(p + n, left % hour / minute);
		p[n++] = 'm';
	}
	return n + print_fraction(p + n, left % minute, NS_PER_S, "s");
}
