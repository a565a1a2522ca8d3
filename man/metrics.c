/* SPDX-License-Identifier: ISC */
/*
 * Prints the tables of cheapster-model(7) in mdoc, from common/metric.h.
 */
#include "config.h"

#include <stdio.h>
#include <sysexits.h>

#include "common/metric.h"

static void
print_sets(unsigned sets)
{
	static const char *const names[] = {
		"node", "sys_container", "pod", "pod_container", "ns",
		"cluster",
	};
	const char *separator = "";

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if ((sets >> i & 1) != 0) {
			printf("%s%s", separator, names[i]);
			separator = ", ";
		}
	puts(".");
}

static void
print_sums(unsigned rollup)
{
	if (rollup == NONE)
		return;
	printf("Summed:");
	if ((rollup & INTO_POD) != 0)
		printf(" containers into pods%s", rollup == INTO_POD ? "." :
		    ",");
	if ((rollup & INTO_NODE) != 0)
		printf(" pods into nodes%s",
		    (rollup & INTO_NS) == 0 ? "." : ",");
	if ((rollup & INTO_NS) != 0)
		printf(" pods into namespaces, those into the cluster.");
	putchar('\n');
}

/* The name, with what stands for that of a resource. */
static void
print_name(enum metric m)
{
	struct buf name = BUF_INIT;

	metric_compose(&name, m, STR("\\fINAME\\fP"));
	printf(".It Sy %.*s\n", STR_ARG(buf_str(&name)));
	buf_fini(&name);
}

static void
print_metric(enum metric id)
{
	const struct metric_desc *m = &metrics[id];

	print_name(id);
	printf("%s.\n.br\n", m->help);
	printf("%s, %s%s%s; on ",
	    m->kind == METRIC_CUMULATIVE ? "cumulative" : "gauge",
	    m->type == METRIC_INT ? "integer" : "float",
	    m->unit[0] != '\0' ? ", " : "", m->unit);
	print_sets(m->sets);
	print_sums(m->rollup);
}

static void
print_range(unsigned from, unsigned to, bool are_composed)
{
	puts(".Bl -tag -width Ds");
	for (unsigned m = from; m < to; m++)
		if (metric_is_composed((enum metric)m) == are_composed)
			print_metric((enum metric)m);
	puts(".El");
}

int
main(void)
{
	puts(".Ss Metrics of sets");
	print_range(0, METRIC_PLAIN_COUNT, false);
	puts(".Ss Metrics named after something");
	puts("One for each\n.Ar NAME :\na resource of Kubernetes, such as\n"
	    ".Sy nvidia.com/gpu ,\nor what an application called it.");
	print_range(METRIC_PLAIN_COUNT, METRIC_COUNT, true);
	puts(".Ss Metrics of resources");
	print_range(METRIC_PLAIN_COUNT, METRIC_COUNT, false);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
