/* SPDX-License-Identifier: ISC */
/*
 * The event loop of a process: libevent's, with signals and timers.
 *
 * SIGTERM and SIGINT stop the loop; a second one exits at once with 128+N,
 * even while a callback blocks.  What comes within 200 ms of the first still
 * is the first: timeout(1), for one, signals the process and then its group,
 * in which that is again.  SIGHUP and SIGUSR1 call the hooks.  SIGPIPE
 * and SIGXFSZ are ignored.  loop_init() blocks these signals, so that threads
 * of libraries started later never get one; loop_run() lets them in.  A
 * process has one loop.
 *
 * Whoever wants file descriptors uses libevent on loop->base directly.
 */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct event;
struct event_base;

struct loop {
	struct event_base *base;
	struct event *wakeup;		/* the signal handler's way in */
	int wakeup_fd;
	int stop_signal;		/* 0 until asked to stop */
	bool is_stopped;		/* by a signal or loop_stop() */
	void (*on_hangup)(void *arg);	/* SIGHUP, may be NULL */
	void (*on_usr1)(void *arg);	/* SIGUSR1, may be NULL */
	void *hook_arg;			/* for on_hangup */
	void *usr1_arg;			/* for on_usr1 */
};

bool loop_init(struct loop *loop, struct err *err);
void loop_fini(struct loop *loop);
void loop_run(struct loop *loop);	/* until a signal or loop_stop() */
void loop_stop(struct loop *loop);

/*
 * The signal that asked the process to stop, or 0: known at once, also inside
 * a callback that blocks and should give up early.
 */
int loop_signal_pending(void);

/* Runs the loop for at most ms, returns early when done(arg) is true. */
bool loop_run_until(struct loop *loop, int64_t ms, bool (*done)(void *arg),
    void *arg);

/*
 * One-shot monotonic timer; fn may set it again or end it.  Setting it anew
 * moves it.  The struct must not move between init and fini.
 */
struct loop_timer {
	struct event *event;
	void (*fn)(void *arg);
	void *arg;
};

void loop_timer_init(struct loop_timer *t, struct loop *loop,
    void (*fn)(void *arg), void *arg);	/* dies when memory is out */
void loop_timer_fini(struct loop_timer *t);
void loop_timer_set_ns(struct loop_timer *t, int64_t delay_ns);
void loop_timer_cancel(struct loop_timer *t);
bool loop_timer_is_set(const struct loop_timer *t);

#endif
