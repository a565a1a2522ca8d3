/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "contrib/kubesim/objects.h"
#include "contrib/kubesim/resource.h"
#include "contrib/kubesim/summary.h"
#include "t/tap.h"

#define NOW_MS INT64_C(1790000000000)

static const struct sim_conf small = {
	.nodes = 2, .pods = 3, .containers = 2, .namespaces = 2, .seed = 7,
};

static void
test_fnv(void)
{
	/* FNV-1a of one byte, by hand. */
	is_u64(sim_fnv("", ""), 0x2a0c975e, "the hash of \"/\"");
	ok(sim_fnv("a", "b") != sim_fnv("b", "a"), "both names count");
}

static void
test_same_seed(void)
{
	struct sim a, b;
	struct sim_conf other = small;

	sim_init(&a, &small, NOW_MS);
	sim_init(&b, &small, NOW_MS);
	ok(memcmp(a.pods, b.pods, sim_n_pods(&a) * sizeof *a.pods) == 0,
	    "the same seed is the same cluster");
	sim_fini(&b);
	other.seed++;
	sim_init(&b, &other, NOW_MS);
	ok(strcmp(a.pods[0].uid, b.pods[0].uid) != 0,
	    "another seed is another");
	sim_fini(&a);
	sim_fini(&b);
}

static void
test_rates(void)
{
	struct sim s;
	bool is_exact = true;

	sim_init(&s, &small, NOW_MS);
	for (size_t i = 0; i < sim_n_pods(&s); i++)
		for (size_t c = 0; c < small.containers; c++) {
			const struct sim_container *k = &s.pods[i].containers[c];
			char name[] = { 'c', (char)('0' + c), '\0' };
			uint64_t grown_ns = sim_container_ns(k, NOW_MS + 1777) -
			    sim_container_ns(k, NOW_MS);

			is_exact = is_exact && k->rate_milli ==
			    1 + sim_fnv(s.pods[i].uid, name) % 1999 &&
			    grown_ns * 1000 / (1777 * UINT64_C(1000000)) ==
			    k->rate_milli;
		}
	ok(is_exact, "a counter grows by what the names say");
	sim_fini(&s);
}

static void
test_restart(void)
{
	struct sim s;
	struct sim_container *c;
	uint64_t pod_ns, node_ns;

	sim_init(&s, &small, NOW_MS);
	c = &s.pods[4].containers[1];
	pod_ns = sim_pod_ns(&s, &s.pods[4], NOW_MS);
	node_ns = sim_node_ns(&s, 1, NOW_MS);
	sim_restart(&s, 4, 1, NOW_MS);
	is_u64(sim_container_ns(c, NOW_MS), 0, "a restart begins at 0");
	is_u64(c->restarts, 1, "and is counted");
	is_i64(c->started_ms, NOW_MS, "and has its time");
	is_u64(sim_pod_ns(&s, &s.pods[4], NOW_MS), pod_ns,
	    "the pod's counter goes on");
	sim_reset(&s, 4, 0, NOW_MS);
	is_i64(s.pods[4].containers[0].started_ms < NOW_MS, 1,
	    "a reset is no start");
	is_u64(sim_node_ns(&s, 1, NOW_MS), node_ns,
	    "so does the node's");
	sim_fini(&s);
}

static void
test_sampling(void)
{
	static const struct {
		const char *name;
		int64_t sampling_ms;
		uint32_t phase;
		int64_t from_ms, now_ms, want_ms;
	} cases[] = {
		{ "sampled when asked", 0, 7, 0, 10019, 10019 },
		{ "at its phase", 10, 7, 0, 10019, 10013 },
		{ "until the next one", 10, 7, 0, 10022, 10013 },
		{ "which is a new one", 10, 7, 0, 10023, 10023 },
		{ "at the beginning", 10, 7, 10016, 10019, 10016 },
		{ "not later than now", 10, 7, 10020, 10019, 10019 },
		{ "a phase beyond the period", 10, 1007, 0, 10019, 10013 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sim s = { .conf.sampling_ms = cases[i].sampling_ms };

		is_i64(sim_sampled_ms(&s, cases[i].phase, cases[i].from_ms,
		    cases[i].now_ms), cases[i].want_ms, "%s",
		    cases[i].name);
	}
}

/* A node may be asked for what was before its last pod came. */
static void
test_past(void)
{
	struct sim s;
	const struct sim_pod *p;
	uint64_t ns;

	sim_init(&s, &small, NOW_MS);
	p = &s.pods[0];
	ns = sim_pod_ns(&s, p, NOW_MS - 500);
	sim_restart(&s, 0, 0, NOW_MS);
	sim_reset(&s, 0, 1, NOW_MS);
	is_u64(sim_pod_ns(&s, p, NOW_MS - 500), ns,
	    "what a pod had used before a restart");
	sim_replace(&s, 0, false, NOW_MS);
	is_i64(s.nodes[0].changed_ms, NOW_MS,
	    "a node knows when a pod came");
	is_i64(s.nodes[1].changed_ms, 0, "which is no affair of others");
	sim_fini(&s);
}

static void
test_replace(void)
{
	struct sim s;
	struct sim_pod old;
	uint64_t node_ns;

	sim_init(&s, &small, NOW_MS);
	old = s.pods[2];
	node_ns = sim_node_ns(&s, 0, NOW_MS);
	sim_replace(&s, 2, true, NOW_MS);
	is_str(s.pods[2].name, old.name, "a pod of the same name");
	ok(strcmp(s.pods[2].uid, old.uid) != 0, "is another");
	is_u64(sim_node_ns(&s, 0, NOW_MS), node_ns, "what the old one used stays "
	    "used");
	sim_replace(&s, 2, false, NOW_MS);
	ok(strcmp(s.pods[2].name, old.name) != 0, "or has its own name");
	sim_fini(&s);
}

static void
test_texts(void)
{
	struct sim s;
	struct buf out = BUF_INIT;

	sim_init(&s, &small, NOW_MS);
	object_print(&out, &s, SIM_POD, 4, 10250);
	buf_add_char(&out, '\0');
	ok(strstr(out.p, s.pods[4].uid) != NULL &&
	    strstr(out.p, "\"nodeName\":\"node-1\"") != NULL,
	    "an object names its pod and its node");
	buf_reset(&out);
	summary_print(&out, &s, 1, NOW_MS, 0);
	buf_add_char(&out, '\0');
	ok(strstr(out.p, s.pods[4].uid) != NULL &&
	    strstr(out.p, s.pods[0].uid) == NULL,
	    "a summary has the pods of its node");
	buf_reset(&out);
	summary_print(&out, &s, 1, NOW_MS, 100);
	buf_add_char(&out, '\0');
	ok(strstr(out.p, "usageCoreNanoSeconds") != NULL &&
	    strstr(out.p, "rxBytes") == NULL, "CPU is never missing");
	is_u64(s.nodes[1].n_answers, 2, "answers are counted");
	ok(strstr(out.p, "psi") == NULL, "an old kubelet knows no pressure");
	s.conf.is_newer = true;
	buf_reset(&out);
	summary_print(&out, &s, 1, NOW_MS, 0);
	buf_add_char(&out, '\0');
	ok(strstr(out.p, "\"psi\"") != NULL && strstr(out.p, "\"swap\"") !=
	    NULL && strstr(out.p, "\"pvcRef\"") != NULL, "a newer one does");
	buf_reset(&out);
	s.conf.sampling_ms = 10000;
	resource_print(&out, &s, 1, NOW_MS);
	buf_add_char(&out, '\0');
	ok(strstr(out.p, s.pods[4].name) != NULL &&
	    strstr(out.p, s.pods[0].name) == NULL,
	    "resources are those of a node's pods");
	buf_fini(&out);
	sim_fini(&s);
}

int
main(void)
{
	test_fnv();
	test_same_seed();
	test_rates();
	test_restart();
	test_replace();
	test_sampling();
	test_past();
	test_texts();
	return done_testing();
}
