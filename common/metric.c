/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/metric.h"

#define X(id, name, kind, type, unit, sets, rollup, help) \
	{ STR_INIT(name), METRIC_##kind, METRIC_##type, unit, sets, rollup, help },
const struct metric_desc metrics[METRIC_COUNT] = {
	METRICS_PLAIN(X)
	METRICS_LABELLED(X)
};
#undef X

enum metric
metric_find(struct str name)
{
	return metric_find_after(name, METRIC_COUNT - 1);
}

enum metric
metric_find_after(struct str name, enum metric previous)
{
	unsigned m = previous;

	for (unsigned n = 0; n < METRIC_COUNT; n++) {
		m = m + 1 < METRIC_COUNT ? m + 1 : 0;
		if (name.len == metrics[m].name.len &&
		    memcmp(name.p, metrics[m].name.p, name.len) == 0)
			return m;
	}
	return METRIC_COUNT;
}
