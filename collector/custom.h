/* SPDX-License-Identifier: ISC */
/*
 * Custom metrics: what applications say of themselves, through their kubelet.
 * Each has the name custom/NAME (metric.h) and is a float.
 *
 * A Summary has them ready: [{"name":"n","type":"gauge","value":1.5}, ...].
 * Of cAdvisor, "spec" says which there are and whether they are integers,
 * "stats" has their samples; either may come first.
 *
 * The types are gauge, cumulative and, in a Summary, delta; metrics of other
 * types, without a name, a value or their other half are left out, and so are
 * those beyond what a frame holds.  Of metrics of one name the last counts, of
 * samples that with the latest time, and of those the first.  A set has at most
 * CUSTOM_METRICS_MAX of them, which leaves room for its file systems and
 * requests; of cAdvisor CUSTOM_NAMES_MAX are looked at.
 */
#ifndef COLLECTOR_CUSTOM_H
#define COLLECTOR_CUSTOM_H

#include <stddef.h>

#include "common/arena.h"
#include "common/frame.h"
#include "common/json.h"

#define CUSTOM_METRICS_MAX 48
#define CUSTOM_NAMES_MAX 256

/* The value that stands next, into the set. */
void custom_read_summary(struct json *j, struct frame *frame,
    struct arena *arena, size_t set);

struct custom_spec {
	struct str name;
	bool is_integer;
};

struct custom_sample {
	struct str name;
	double integer;
	double real;
};

/* All zero is empty; the lists are in the arena. */
struct custom_metrics {
	struct custom_spec *specs;
	size_t n_specs;
	size_t cap_specs;
	struct custom_sample *samples;
	size_t n_samples;
	size_t cap_samples;
};

/* The values that stand next: "custom_metrics" of "spec" and of "stats".
 * Each replaces what was read of its kind before. */
void custom_read_specs(struct json *j, struct arena *arena,
    struct custom_metrics *m);
void custom_read_samples(struct json *j, struct arena *arena,
    struct custom_metrics *m);

/* False: the arena is full. */
bool custom_add(const struct custom_metrics *m, struct frame *frame,
    struct arena *arena, size_t set);

#endif
