/* SPDX-License-Identifier: ISC */
/*
 * Two genuine answers of a kubelet, some seconds apart: of which the decoder and
 * the rates make what has happened between the samples of each part, and
 * nothing where there is no new sample.
 */
#include "config.h"

#include "aggregator/rate.h"
#include "aggregator/rollup.h"
#include "collector/summary.h"
#include "t/golden.h"

#define AGENT "namespace:kube-system/pod:agent-hjxrz"
#define BURN "namespace:beta/pod:cpu-burn"

static const struct expected {
	const char *key;
	enum metric metric;
	double value;		/* -1: none */
} rates[] = {
	/* CPU and memory: 18 s.  The network was not sampled. */
	{ AGENT, METRIC_CPU_USAGE_RATE, 5 },
	{ AGENT, METRIC_MEMORY_PAGE_FAULTS_RATE, 0 },
	{ AGENT, METRIC_NETWORK_RX_RATE, -1 },
	{ AGENT, METRIC_NETWORK_TX_RATE, -1 },
	{ AGENT "/container:agent", METRIC_CPU_USAGE_RATE, -1 },
	/* The other way round: 22 s without traffic. */
	{ BURN, METRIC_CPU_USAGE_RATE, -1 },
	{ BURN, METRIC_MEMORY_PAGE_FAULTS_RATE, -1 },
	{ BURN, METRIC_NETWORK_RX_RATE, 0 },
	{ BURN, METRIC_NETWORK_TX_RATE, 0 },
	/* 16 s, (15524659555 - 14970092812) / 16 ns. */
	{ "namespace:alpha/pod:scaled-64f98945fc-cjqxn",
	    METRIC_CPU_USAGE_RATE, 34 },
	{ "namespace:alpha/pod:scaled-64f98945fc-cjqxn",
	    METRIC_NETWORK_RX_RATE, -1 },
	/* A container was sampled, its pod was not: no sum of a part. */
	{ "namespace:alpha/pod:scaled-64f98945fc-mp6xv/container:load",
	    METRIC_CPU_USAGE_RATE, 34 },
	{ "namespace:alpha/pod:scaled-64f98945fc-mp6xv/container:load",
	    METRIC_MEMORY_PAGE_FAULTS_RATE, 0 },
	{ "namespace:alpha/pod:scaled-64f98945fc-mp6xv",
	    METRIC_CPU_USAGE_RATE, -1 },
	{ "namespace:alpha/pod:scaled-64f98945fc-mp6xv",
	    METRIC_NETWORK_RX_RATE, -1 },
	/* 13 s and 14 s. */
	{ "namespace:gamma/pod:hostnet", METRIC_CPU_USAGE_RATE, 0 },
	{ "namespace:gamma/pod:hostnet", METRIC_NETWORK_RX_RATE, 0 },
	{ "node:rig-node", METRIC_CPU_USAGE_RATE, -1 },
	{ "node:rig-node", METRIC_NETWORK_RX_RATE, -1 },
};

static double
rate_of(const struct frame *f, const struct expected *e)
{
	size_t set = find_set(f, e->key);

	if (set == SIZE_MAX || set >= f->n_sets) {
		ok(false, "%s is there", e->key);
		return -2;
	}
	if (!set_has(&f->sets[set], e->metric))
		return -1;
	return metrics[e->metric].type == METRIC_FLOAT ?
	    f->sets[set].values[e->metric].f :
	    (double)f->sets[set].values[e->metric].u;
}

/* Traffic and faults as they might have been: the bodies have few. */
static void
add_growth(struct frame *f, uint64_t n)
{
	for (size_t i = 0; i < f->n_sets; i++) {
		struct metric_set *s = &f->sets[i];

		s->values[METRIC_NETWORK_RX].u += n * 1100;
		s->values[METRIC_MEMORY_PAGE_FAULTS].u += n * 1100;
	}
}

static void
test_bodies(bool is_grown, const struct expected *expected, size_t n)
{
	static const char *const names[] = { "summary.body",
		"summary-later.body" };
	struct rate_history h = { 0 };
	struct decoded d[2];

	for (int i = 0; i < 2; i++) {
		struct buf body = BUF_INIT;

		read_file(&body, names[i]);
		decode_with(&d[i], buf_str(&body), summary_decode);
		ok(d[i].is_decoded, "%s is decoded", names[i]);
		if (is_grown)
			add_growth(&d[i].frame, (uint64_t)i);
		rate_apply(&h, &d[i].frame);
		rate_remember(&h, &d[i].frame);
		rollup_pods(&d[i].frame);
		buf_fini(&body);
	}
	for (size_t i = 0; i < n; i++)
		is_double(rate_of(&d[1].frame, &expected[i]),
		    expected[i].value, "%s of %s",
		    metrics[expected[i].metric].name.p, expected[i].key);
	for (int i = 0; i < 2; i++)
		decoded_fini(&d[i]);
	rate_history_fini(&h);
}

int
main(void)
{
	static const struct expected grown[] = {
		{ AGENT, METRIC_MEMORY_PAGE_FAULTS_RATE, 1100.0 / 18 },
		{ AGENT, METRIC_NETWORK_RX_RATE, -1 },
		{ BURN, METRIC_MEMORY_PAGE_FAULTS_RATE, -1 },
		{ BURN, METRIC_NETWORK_RX_RATE, 50 },
		{ "namespace:gamma/pod:hostnet",
		    METRIC_MEMORY_PAGE_FAULTS_RATE, 1100.0 / 13 },
		{ "namespace:gamma/pod:hostnet", METRIC_NETWORK_RX_RATE,
		    1100.0 / 14 },
	};

	test_bodies(false, rates, sizeof rates / sizeof rates[0]);
	test_bodies(true, grown, sizeof grown / sizeof grown[0]);
	return done_testing();
}
