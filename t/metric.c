/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "common/metric.h"
#include "t/tap.h"

static void
test_find(void)
{
	size_t n_wrong = 0;

	for (unsigned m = 0; m < METRIC_COUNT; m++)
		n_wrong += metric_find(metrics[m].name) != (enum metric)m;
	ok(n_wrong == 0, "every metric is found by its name");

	n_wrong = 0;
	for (unsigned m = 0; m < METRIC_COUNT; m++)
		for (unsigned from = 0; from < METRIC_COUNT; from++)
			n_wrong += metric_find_after(metrics[m].name,
			    (enum metric)from) != (enum metric)m;
	ok(n_wrong == 0, "and wherever the search begins");

	ok(metric_find(STR("cpu/usag")) == METRIC_COUNT,
	    "a part of a name is not found");
	ok(metric_find(STR("cpu/usage ")) == METRIC_COUNT,
	    "a name with something behind it is not found");
	ok(metric_find(STR("CPU/usage")) == METRIC_COUNT,
	    "names are case sensitive");
	ok(metric_find(STR("")) == METRIC_COUNT, "an empty name is not found");
	ok(metric_find((struct str){ 0 }) == METRIC_COUNT,
	    "an absent name is not found");
}

static void
test_table(void)
{
	ok(metrics[METRIC_CPU_USAGE].kind == METRIC_CUMULATIVE &&
	    metrics[METRIC_CPU_USAGE].type == METRIC_INT &&
	    strcmp(metrics[METRIC_CPU_USAGE].unit, "ns") == 0,
	    "cpu/usage is a cumulative integer of ns");
	ok(metrics[METRIC_NETWORK_RX_RATE].kind == METRIC_GAUGE &&
	    metrics[METRIC_NETWORK_RX_RATE].type == METRIC_FLOAT,
	    "network/rx_rate is a floating gauge");
	ok(str_is(metrics[METRIC_PLAIN_COUNT].name, "filesystem/usage"),
	    "the labelled metrics begin with filesystem/usage");
	ok(metrics[METRIC_MEMORY_REQUEST].rollup ==
	    (INTO_POD | INTO_NODE | INTO_NS),
	    "memory/request is summed into pods, nodes and namespaces");
	ok(metrics[METRIC_PROCESS_LIMIT].sets == ON_N,
	    "process/limit is on nodes only");
}

/* A name that stands twice, or METRIC_COUNT. */
static unsigned
repeated_name(void)
{
	for (unsigned m = 0; m < METRIC_COUNT; m++)
		for (unsigned k = 0; k < m; k++)
			if (str_eq(metrics[m].name, metrics[k].name))
				return m;
	return METRIC_COUNT;
}

static void
test_rates(void)
{
	static const struct { enum metric counter, rate; } rates[] = {
#define X(counter, rate, factor) { METRIC_##counter, METRIC_##rate },
		METRIC_RATES(X)
		METRIC_LABELLED_RATES(X)
#undef X
	};

	for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
		const struct metric_desc *counter = &metrics[rates[i].counter];
		const struct metric_desc *rate = &metrics[rates[i].rate];

		ok(counter->kind == METRIC_CUMULATIVE &&
		    counter->type == METRIC_INT && rate->kind == METRIC_GAUGE &&
		    counter->sets == (rate->sets & counter->sets),
		    "%.*s can be derived wherever its counter is",
		    STR_ARG(rate->name));
	}
}

static void
test_composed(void)
{
	static const struct {
		const char *name;
		enum metric metric;
		const char *resource_id;	/* NULL: absent */
	} cases[] = {
		{ "nvidia.com/gpu/request", METRIC_RESOURCE_REQUEST,
		    "nvidia.com/gpu" },
		{ "hugepages-2Mi/request", METRIC_RESOURCE_REQUEST,
		    "hugepages-2Mi" },
		{ "custom/queue_length", METRIC_CUSTOM_VALUE, "queue_length" },
		{ "custom/x/request", METRIC_CUSTOM_VALUE, "x/request" },
		{ "resource/request", METRIC_RESOURCE_REQUEST, "resource" },
		{ "custom/value", METRIC_CUSTOM_VALUE, "value" },
		{ "cpu/request", METRIC_CPU_REQUEST, NULL },
		{ "ephemeral_storage/request",
		    METRIC_EPHEMERAL_STORAGE_REQUEST, NULL },
		{ "filesystem/usage", METRIC_FILESYSTEM_USAGE, NULL },
		{ "custom/", METRIC_COUNT, NULL },
		{ "custom", METRIC_COUNT, NULL },
		{ "/request", METRIC_COUNT, NULL },
		{ "request", METRIC_COUNT, NULL },
		{ "nvidia.com/gpu/limit", METRIC_COUNT, NULL },
		{ "cpu/usag", METRIC_COUNT, NULL },
		{ "", METRIC_COUNT, NULL },
	};
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str id;
		enum metric m = metric_parse(str_of(cases[i].name), &id);

		ok(m == cases[i].metric && (id.p == NULL) ==
		    (cases[i].resource_id == NULL) && (id.p == NULL ||
		    str_is(id, cases[i].resource_id)), "\"%s\" is parsed",
		    cases[i].name);
		ok(metric_is_composed(m) == (id.p != NULL),
		    "with a resource if it is composed");
		if (m == METRIC_COUNT)
			continue;
		buf_reset(&b);
		metric_compose(&b, m, id);
		is_mem(b.p, b.len, cases[i].name, strlen(cases[i].name),
		    "and composed again");
	}
	ok(metric_parse((struct str){ 0 }, &(struct str){ 0 }) == METRIC_COUNT,
	    "an absent name is no metric");
	buf_fini(&b);
}

int
main(void)
{
	test_find();
	test_table();
	test_composed();
	ok(repeated_name() == METRIC_COUNT, "every name stands once");
	test_rates();
	return done_testing();
}
