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

#define X(id, prefix, suffix) \
	{ METRIC_##id, STR_INIT(prefix), STR_INIT(suffix) },
static const struct composition {
	enum metric metric;
	struct str prefix, suffix;
} compositions[] = { METRICS_COMPOSED(X) };
#undef X

#define N_COMPOSITIONS (sizeof compositions / sizeof compositions[0])

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

void
metric_compose(struct buf *out, enum metric m, struct str resource_id)
{
	for (size_t i = 0; i < N_COMPOSITIONS; i++)
		if (compositions[i].metric == m) {
			buf_add_str(out, compositions[i].prefix);
			buf_add_str(out, resource_id);
			buf_add_str(out, compositions[i].suffix);
			return;
		}
	buf_add_str(out, metrics[m].name);
}

enum metric
metric_parse(struct str name, struct str *resource_id)
{
	enum metric m = metric_find(name);

	*resource_id = (struct str){ NULL, 0 };
	if (m != METRIC_COUNT && !metric_is_composed(m))
		return m;
	for (size_t i = 0; i < N_COMPOSITIONS; i++) {
		struct str prefix = compositions[i].prefix;
		struct str suffix = compositions[i].suffix;

		if (name.len <= prefix.len + suffix.len ||
		    !str_has_prefix(name, prefix) || memcmp(name.p + name.len -
		    suffix.len, suffix.p, suffix.len) != 0)
			continue;
		*resource_id = (struct str){ name.p + prefix.len,
			name.len - prefix.len - suffix.len };
		return compositions[i].metric;
	}
	return METRIC_COUNT;
}
