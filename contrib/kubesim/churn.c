/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "common/clock.h"
#include "common/timestamp.h"

#include "contrib/kubesim/churn.h"

#define MINUTE_NS (60 * NS_PER_S)

/* Of a counter younger than that, nobody could tell that it was reset. */
#define RESET_AGE_MS (3600 * INT64_C(1000))

static void
replace(struct churn *c, size_t slot, int64_t now_ms)
{
	bool has_same_name = sim_random(c->sim, 2) == 0;

	truth_pod(c->truth, "delete", c->sim, slot, now_ms);
	api_tell(c->api, SIM_POD, API_DELETED, slot);
	sim_replace(c->sim, slot, has_same_name, now_ms);
	truth_pod(c->truth, "add", c->sim, slot, now_ms);
	api_tell(c->api, SIM_POD, API_ADDED, slot);
}

static void
on_beat(void *arg)
{
	struct churn_beat *b = arg;
	struct churn *c = b->churn;
	int64_t now_ms = clock_wall_ns() / NS_PER_MS;
	size_t slot = (size_t)sim_random(c->sim, sim_n_pods(c->sim));
	size_t at = (size_t)sim_random(c->sim, c->sim->conf.containers);

	b->done++;
	if (b->kind == CHURN_REPLACE) {
		replace(c, slot, now_ms);
	} else if (b->kind == CHURN_RESTART) {
		truth_container(c->truth, "restart", c->sim, slot, at, now_ms);
		sim_restart(c->sim, slot, at, now_ms);
		api_tell(c->api, SIM_POD, API_MODIFIED, slot);
	} else if (now_ms - c->sim->pods[slot].containers[at].counted_from_ms >
	    RESET_AGE_MS) {
		truth_container(c->truth, "reset", c->sim, slot, at, now_ms);
		sim_reset(c->sim, slot, at, now_ms);
	}
	loop_timer_set_ns(&b->timer, MINUTE_NS / (int64_t)b->per_minute);
}

void
churn_init(struct churn *c, struct loop *loop, struct sim *sim,
    struct api *api, struct truth *truth)
{
	*c = (struct churn){ .sim = sim, .api = api, .truth = truth };
	for (int i = 0; i < CHURN_KIND_COUNT; i++) {
		c->beats[i].churn = c;
		c->beats[i].kind = (enum churn_kind)i;
		loop_timer_init(&c->beats[i].timer, loop, on_beat,
		    &c->beats[i]);
	}
}

void
churn_fini(struct churn *c)
{
	for (int i = 0; i < CHURN_KIND_COUNT; i++)
		loop_timer_fini(&c->beats[i].timer);
}

void
churn_set(struct churn *c, enum churn_kind kind, uint64_t per_minute)
{
	struct churn_beat *b = &c->beats[kind];

	b->per_minute = per_minute;
	if (per_minute == 0)
		loop_timer_cancel(&b->timer);
	else
		loop_timer_set_ns(&b->timer, MINUTE_NS / (int64_t)per_minute);
}
