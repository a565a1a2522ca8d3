/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "common/quantiles.h"

void
quantiles_add(struct quantiles *q, double value)
{
	q->last[q->count++ % QUANTILES_LAST] = (float)value;
	q->sum += value;
}

static int
by_value(const void *a, const void *b)
{
	const float *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void
quantiles_print_head(struct buf *out, const char *name, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s summary\n", name, help, name);
}

static void
add_number(struct buf *out, double value)
{
	char text[NUMBER_MAX_BYTES];

	buf_add_char(out, ' ');
	buf_add(out, text, print_double(text, value));
	buf_add_char(out, '\n');
}

void
quantiles_print(struct buf *out, const char *name, const char *label,
    const char *value, const struct quantiles *q)
{
	static const struct {
		const char *name;
		size_t percent;
	} levels[] = { { "0.5", 50 }, { "0.9", 90 }, { "0.99", 99 } };
	float sorted[QUANTILES_LAST];
	size_t n = q->count < QUANTILES_LAST ? (size_t)q->count :
	    QUANTILES_LAST;

	memcpy(sorted, q->last, n * sizeof sorted[0]);
	qsort(sorted, n, sizeof sorted[0], by_value);
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
		buf_addf(out, "%s{%s=\"%s\",quantile=\"%s\"}", name, label,
		    value, levels[i].name);
		if (n == 0)
			buf_addf(out, " NaN\n");
		else	/* the least with so many per cent up to it */
			buf_addf(out, " %.7g\n", (double)sorted[(n *
			    levels[i].percent + 99) / 100 - 1]);
	}
	buf_addf(out, "%s_sum{%s=\"%s\"}", name, label, value);
	add_number(out, q->sum);
	buf_addf(out, "%s_count{%s=\"%s\"}", name, label, value);
	add_number(out, (double)q->count);
}
