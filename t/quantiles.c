/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/quantiles.h"
#include "t/tap.h"

static void
prints(const struct quantiles *q, const char *want, const char *what)
{
	struct buf out = BUF_INIT;

	quantiles_print(&out, "x", "of", "y", q);
	is_mem(out.p, out.len, want, strlen(want), "%s", what);
	buf_fini(&out);
}

int
main(void)
{
	struct quantiles q = { .count = 0 };
	struct buf out = BUF_INIT;

	quantiles_print_head(&out, "x", "what it is");
	buf_add_char(&out, '\0');
	is_str(out.p, "# HELP x what it is\n# TYPE x summary\n", "a head");
	buf_fini(&out);
	prints(&q, "x{of=\"y\",quantile=\"0.5\"} NaN\n"
	    "x{of=\"y\",quantile=\"0.9\"} NaN\n"
	    "x{of=\"y\",quantile=\"0.99\"} NaN\n"
	    "x_sum{of=\"y\"} 0\nx_count{of=\"y\"} 0\n", "nothing");
	quantiles_add(&q, 1.5);
	prints(&q, "x{of=\"y\",quantile=\"0.5\"} 1.5\n"
	    "x{of=\"y\",quantile=\"0.9\"} 1.5\n"
	    "x{of=\"y\",quantile=\"0.99\"} 1.5\n"
	    "x_sum{of=\"y\"} 1.5\nx_count{of=\"y\"} 1\n", "one");
	q = (struct quantiles){ .count = 0 };
	for (int i = 100; i > 0; i--)
		quantiles_add(&q, i);
	prints(&q, "x{of=\"y\",quantile=\"0.5\"} 50\n"
	    "x{of=\"y\",quantile=\"0.9\"} 90\n"
	    "x{of=\"y\",quantile=\"0.99\"} 99\n"
	    "x_sum{of=\"y\"} 5050\nx_count{of=\"y\"} 100\n", "a hundred");
	for (int i = 0; i < QUANTILES_LAST; i++)
		quantiles_add(&q, 7);
	prints(&q, "x{of=\"y\",quantile=\"0.5\"} 7\n"
	    "x{of=\"y\",quantile=\"0.9\"} 7\n"
	    "x{of=\"y\",quantile=\"0.99\"} 7\n"
	    "x_sum{of=\"y\"} 6842\nx_count{of=\"y\"} 356\n",
	    "the old ones are forgotten, but not in the sum");
	return done_testing();
}
