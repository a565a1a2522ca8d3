/* SPDX-License-Identifier: ISC */
/* Where what kubelets have computed is kept. */
#include "config.h"

#include "common/timestamp.h"

#include "collector/first_usage.h"

#include "t/tap.h"

#define S NS_PER_S
#define T0 (INT64_C(1790000010) * S)
#define R (15 * S)

static const struct {
	const char *what;
	enum set_type type;
	int64_t age_s;		/* 0: not known */
	bool is_first;
	uint64_t nano;
	bool is_kept;
} cases[] = {
	{ "a node that was not asked before", SET_NODE, 900, true, 5, true },
	{ "one that was", SET_NODE, 900, false, 5, false },
	{ "an old container of a node that was not asked before",
	    SET_POD_CONTAINER, 900, true, 5, true },
	{ "of one that was", SET_POD_CONTAINER, 900, false, 5, false },
	{ "a young one", SET_POD_CONTAINER, 49, false, 5, true },
	{ "one that is not any more", SET_POD_CONTAINER, 50, false, 5, false },
	{ "one of which that is not known", SET_POD_CONTAINER, 0, false, 5,
	    false },
	{ "one that has not begun", SET_POD_CONTAINER, -5, false, 5, false },
	{ "a pod", SET_POD, 20, true, 5, false },
	{ "a system container", SET_SYS_CONTAINER, 20, true, 5, false },
	{ "nothing", SET_POD_CONTAINER, 20, true, 0, false },
	{ "nothing of a node", SET_NODE, 900, true, 0, false },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct metric_set sets[2] = { { .type = SET_NODE }, {
			.type = cases[i].type,
			.scraped_ns = T0,
			.start_ns = cases[i].age_s == 0 ? 0 :
			    T0 - cases[i].age_s * S,
		} };
		struct frame f = { .kind = FRAME_NODE, .sets = sets,
			.n_sets = 2 };

		set_u64(&sets[1], METRIC_CPU_USAGE, 7);
		set_u64(&sets[1], METRIC_CPU_FIRST_USAGE, cases[i].nano);
		first_usage_keep(&f, cases[i].is_first, R);
		is_i64(set_has(&sets[1], METRIC_CPU_FIRST_USAGE),
		    cases[i].is_kept, "%s", cases[i].what);
		ok(set_has(&sets[1], METRIC_CPU_USAGE) &&
		    !set_has(&sets[0], METRIC_CPU_FIRST_USAGE),
		    "all else is as it was");
	}
	return done_testing();
}
