/* SPDX-License-Identifier: ISC */
/*
 * What happens to pods and containers of itself, each kind at its rate, to
 * one chosen at random: a pod gives way to another (which has its name in
 * half of the cases), a container is started anew, a counter starts at 0.
 */
#ifndef CONTRIB_KUBESIM_CHURN_H
#define CONTRIB_KUBESIM_CHURN_H

#include "common/loop.h"

#include "contrib/kubesim/api.h"
#include "contrib/kubesim/truth.h"

enum churn_kind { CHURN_REPLACE, CHURN_RESTART, CHURN_RESET,
    CHURN_KIND_COUNT };

struct churn;

struct churn_beat {
	struct churn *churn;
	enum churn_kind kind;
	uint64_t per_minute;		/* 0: never */
	uint64_t done;
	struct loop_timer timer;
};

struct churn {
	struct sim *sim;
	struct api *api;
	struct truth *truth;
	struct churn_beat beats[CHURN_KIND_COUNT];
};

/* All is borrowed. */
void churn_init(struct churn *c, struct loop *loop, struct sim *sim,
    struct api *api, struct truth *truth);
void churn_fini(struct churn *c);

/* From now on; at most 60000. */
void churn_set(struct churn *c, enum churn_kind kind, uint64_t per_minute);

#endif
