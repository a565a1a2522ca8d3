/* SPDX-License-Identifier: ISC */
/*
 * Keeps the programs of a plan running, and stops them in order.
 *
 * A program that ends is started again: after 50 ms, then twice as long each
 * time up to 30 s, and after a run of 10 s from 50 ms again.  Exit codes 64
 * and 78 mean that its configuration is wrong, which no restart mends: a sink
 * is left out, as in Heapster, unless it was the last one; else the loop is
 * stopped and exit_code set.
 */
#ifndef LAUNCHER_SUPERVISOR_H
#define LAUNCHER_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/counters.h"
#include "common/err.h"
#include "common/loop.h"
#include "launcher/child.h"
#include "launcher/plan.h"

#define SUPERVISOR_COUNTERS(X) \
	X(children_running, GAUGE, "children that run") \
	X(children_started, COUNTER, "processes started") \
	X(children_left_out, GAUGE, "sinks whose configuration is wrong") \
	X(children_restarted, COUNTER, "of these, after an unwanted end") \
	X(children_killed, COUNTER, "children that did not stop in time")
COUNTERS_STRUCT(supervisor_counters, SUPERVISOR_COUNTERS)

struct supervisor {
	struct loop *loop;
	struct slot *slots;		/* one per program of the plan */
	size_t n_slots;
	struct event *sigchld;
	bool is_check;		/* every program runs once; then the loop stops */
	bool has_metric_sink;	/* one that is always left */
	bool is_stopping;
	bool is_ready;
	int exit_code;		/* 0, or why everything had to stop */
	struct supervisor_counters counters;
	void (*on_ready)(void *arg);	/* once, when every child is ready */
	void *on_ready_arg;
};

bool supervisor_init(struct supervisor *s, struct loop *loop,
    const struct plan *plan, struct err *err);
void supervisor_fini(struct supervisor *s);

void supervisor_start(struct supervisor *s);
void supervisor_signal(struct supervisor *s, int number);

/* Stage by stage: SIGTERM, up to timeout_ns for each, then SIGKILL.  Runs the
 * loop meanwhile. */
void supervisor_stop(struct supervisor *s, int64_t timeout_ns);

#endif
