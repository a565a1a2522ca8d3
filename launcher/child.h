/* SPDX-License-Identifier: ISC */
/*
 * One child: a program of the plan and the process that runs it at the
 * moment, if any.  Knows how to start and to signal it; what happens after
 * its end is the supervisor's decision.
 */
#ifndef LAUNCHER_CHILD_H
#define LAUNCHER_CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "common/backoff.h"
#include "common/err.h"
#include "common/loop.h"
#include "launcher/plan.h"
#include "launcher/relay.h"

struct child {
	const struct program *program;
	struct loop *loop;
	pid_t pid;			/* 0: not running */
	int64_t started_mono_ns;
	struct relay relay;
	struct event *ready_event;	/* NULL: not waited for */
	int ready_fd;
	bool is_ready;
	bool wants_hangup;		/* SIGHUP came before it was ready */
	void (*on_ready)(void *arg);
	void *on_ready_arg;
	struct backoff backoff;
	struct loop_timer restart;
};

/* struct child must not move afterwards.  on_restart is for the timer. */
void child_init(struct child *c, const struct program *program,
    struct loop *loop, void (*on_ready)(void *arg), void *on_ready_arg,
    void (*on_restart)(void *arg), void *on_restart_arg);
void child_fini(struct child *c);

bool child_start(struct child *c, int64_t now_mono_ns, struct err *err);

/* The process is gone: forwards its last words. */
void child_ended(struct child *c);

/* SIGHUP and SIGUSR1 end a program that has not set its handlers yet: before
 * it is ready the one comes later and the other not at all. */
void child_signal(struct child *c, int number);

#endif
