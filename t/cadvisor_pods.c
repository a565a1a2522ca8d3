/* SPDX-License-Identifier: ISC */
/* Pods of cAdvisor, behind the aggregator. */
#include "config.h"

#include "aggregator/rollup.h"
#include "t/cadvisor_decoded.h"
#include "t/tap.h"

/* A container of the pod with all groups, of which these are the numbers. */
#define WITH(label, total, usage, more) "\"x\":{\"name\":\"/" label \
	"\",\"spec\":{\"creation_time\":\"2026-11-23T09:20:00Z\"" ALL \
	LABELS(label, "ns", "p") "},\"stats\":[{\"cpu\":{\"usage\":{" \
	"\"total\":" total "},\"load_average\":1},\"memory\":{\"usage\":" \
	usage ",\"working_set\":" usage ",\"container_data\":{" \
	"\"pgfault\":3,\"pgmajfault\":1}}" more "}]}"
#define RX(n) ",\"network\":{\"interfaces\":[{\"rx_bytes\":" n "}]}"

static const struct pod_case {
	enum metric metric;
	const char *value;	/* of the pod, behind the aggregator */
} pod_cases[] = {
	{ METRIC_CPU_USAGE, "-" },
	{ METRIC_CPU_USAGE_RATE, "33" },
	{ METRIC_CPU_LOAD, "3" },
	{ METRIC_MEMORY_USAGE, "307" },
	{ METRIC_MEMORY_WORKING_SET, "307" },
	{ METRIC_MEMORY_RSS, "-" },
	{ METRIC_MEMORY_PAGE_FAULTS, "-" },
	{ METRIC_MEMORY_MAJOR_PAGE_FAULTS, "-" },
	{ METRIC_NETWORK_RX, "9" },
	{ METRIC_UPTIME, "245000" },
};

/* What a pod has is its pause container's and its containers'. */
static void
test_pods(void)
{
	static const char *const bodies[] = {
		BODY(NODE "," WITH("POD", "5", "7", RX("9")) ","
		    WITH("c", "50", "100", "") "," WITH("d", "60", "200", "")),
		BODY(NODE "," WITH("c", "50", "100", "") ","
		    WITH("d", "60", "200", "") ","
		    WITH("POD", "5", "7", RX("9"))),
	};
	struct decoded d;

	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct metric_set *sets;

		decode(&d, str_of(bodies[i]));
		if (!ok(d.is_decoded && d.frame.n_sets == 4,
		    "a pod and two containers"))
			bail("%s", d.err.msg);
		sets = d.frame.sets;
		set_u64(&sets[2], METRIC_CPU_USAGE_RATE, 11);
		set_u64(&sets[3], METRIC_CPU_USAGE_RATE, 22);
		rollup_pods(&d.frame);
		for (size_t m = 0; m < COUNT(pod_cases); m++)
			is_str(value_of(&d.frame, POD_KEY,
			    pod_cases[m].metric), pod_cases[m].value,
			    "%s of a pod", metrics[pod_cases[m].metric].name.p);
		is_str(value_of(&d.frame, ONE_KEY, METRIC_CPU_USAGE), "50",
		    "containers keep their own");
		is_str(value_of(&d.frame, ONE_KEY, METRIC_MEMORY_USAGE), "100",
		    "all of it");
		decoded_fini(&d);
	}
}

int
main(void)
{
	test_pods();
	return done_testing();
}
