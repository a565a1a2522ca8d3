/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/wait.h>

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/loop.h"
#include "t/tap.h"

#define NS_PER_MS INT64_C(1000000)

struct state {
	struct loop loop;
	struct loop_timer a, b;
	int n_a, n_b, n_hangup, n_usr1;
	int seen_in_callback;
};

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 * NS_PER_MS + ts.tv_nsec;
}

static bool
start(struct state *s)
{
	struct err err;

	memset(s, 0, sizeof *s);
	return loop_init(&s->loop, &err);
}

static void
on_a_thrice(void *arg)
{
	struct state *s = arg;

	if (++s->n_a < 3)
		loop_timer_set_ns(&s->a, NS_PER_MS);
	else
		loop_stop(&s->loop);
}

static void
on_b(void *arg)
{
	((struct state *)arg)->n_b++;
}

static void
test_timers(void)
{
	struct state s;
	int64_t begin_ns;

	ok(start(&s), "a loop can be made");
	loop_timer_init(&s.a, &s.loop, on_a_thrice, &s);
	loop_timer_init(&s.b, &s.loop, on_b, &s);
	ok(!loop_timer_is_set(&s.a), "a new timer is not set");
	loop_timer_set_ns(&s.a, 1);
	loop_timer_set_ns(&s.b, 0);
	ok(loop_timer_is_set(&s.b), "a timer is set after setting it");
	loop_timer_cancel(&s.b);
	ok(!loop_timer_is_set(&s.b), "a cancelled timer is not set");
	loop_run(&s.loop);
	is_u64((uint64_t)s.n_a, 3, "a timer can set itself again");
	is_u64((uint64_t)s.n_b, 0, "a cancelled timer does not fire");
	is_u64((uint64_t)s.loop.stop_signal, 0,
	    "loop_stop() leaves no signal behind");
	loop_run(&s.loop);
	ok(true, "a stopped loop does not run again");

	begin_ns = now_ns();
	ok(!loop_run_until(&s.loop, 30, NULL, NULL),
	    "loop_run_until() without a condition runs out of time");
	ok(now_ns() - begin_ns >= 25 * NS_PER_MS,
	    "loop_run_until() takes its time, also in a stopped loop");
	loop_timer_fini(&s.a);
	loop_timer_fini(&s.b);
	loop_timer_fini(&s.b);
	loop_fini(&s.loop);
	loop_fini(&s.loop);
	ok(true, "loop and timers may be ended twice");
}

static bool
b_has_fired(void *arg)
{
	return ((struct state *)arg)->n_b > 0;
}

static void
on_a_slow(void *arg)
{
	struct state *s = arg;
	struct timespec nap = { .tv_nsec = 50 * NS_PER_MS };

	nanosleep(&nap, NULL);
	s->n_a++;
	loop_timer_set_ns(&s->b, 30 * NS_PER_MS);
}

static void
test_until(void)
{
	struct state s;
	int64_t begin_ns;

	start(&s);
	loop_timer_init(&s.a, &s.loop, on_a_slow, &s);
	loop_timer_init(&s.b, &s.loop, on_b, &s);
	loop_timer_set_ns(&s.a, 0);
	begin_ns = now_ns();
	ok(loop_run_until(&s.loop, 10000, b_has_fired, &s),
	    "loop_run_until() sees its condition come true");
	ok(now_ns() - begin_ns < 5000 * NS_PER_MS,
	    "loop_run_until() returns early then");
	ok(now_ns() - begin_ns >= 75 * NS_PER_MS,
	    "a timer set after a slow callback counts from now");
	loop_timer_fini(&s.a);
	loop_timer_fini(&s.b);
	loop_fini(&s.loop);
}

static void
on_hangup(void *arg)
{
	((struct state *)arg)->n_hangup++;
}

static void
on_usr1(void *arg)
{
	struct state *s = arg;

	s->n_usr1++;
	raise(SIGTERM);
	s->seen_in_callback = loop_signal_pending();
}

static void
test_signals(void)
{
	struct state s;
	sigset_t set;

	start(&s);
	s.loop.on_hangup = on_hangup;
	s.loop.on_usr1 = on_usr1;
	s.loop.hook_arg = s.loop.usr1_arg = &s;
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	ok(sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGINT) == 1 &&
	    sigismember(&set, SIGHUP) == 1 && sigismember(&set, SIGUSR1) == 1,
	    "loop_init() blocks the signals, so that threads inherit that");
	raise(SIGHUP);
	raise(SIGUSR1);
	is_u64((uint64_t)s.n_hangup, 0, "a signal waits for the loop");
	loop_run(&s.loop);
	is_u64((uint64_t)s.n_hangup, 1, "SIGHUP calls its hook");
	is_u64((uint64_t)s.n_usr1, 1, "SIGUSR1 calls its hook");
	is_u64((uint64_t)s.seen_in_callback, SIGTERM,
	    "a callback sees SIGTERM while it runs");
	is_u64((uint64_t)s.loop.stop_signal, SIGTERM,
	    "SIGTERM stops the loop and is remembered");
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	loop_fini(&s.loop);

	start(&s);
	raise(SIGPIPE);
	raise(SIGXFSZ);
	ok(true, "SIGPIPE and SIGXFSZ are ignored");
	loop_fini(&s.loop);
}

static void
on_a_blocked(void *arg)
{
	struct timespec nap = { .tv_nsec = 300 * NS_PER_MS };

	(void)arg;
	raise(SIGTERM);
	nanosleep(&nap, NULL);
	raise(SIGINT);
	_exit(99);
}

static void
on_a_burst(void *arg)
{
	(void)arg;
	raise(SIGTERM);
	raise(SIGTERM);
}

/* The exit code of a process whose loop calls fn, -1 if it was killed. */
static int
run_in_child(void (*fn)(void *arg), int exit_code)
{
	struct state s;
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		start(&s);
		loop_timer_init(&s.a, &s.loop, fn, &s);
		loop_timer_set_ns(&s.a, 0);
		loop_run(&s.loop);
		_exit(exit_code);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_second_signal(void)
{
	is_i64(run_in_child(on_a_blocked, 98), 128 + SIGINT,
	    "a second signal ends even a blocked process, with 128 + N");
	is_i64(run_in_child(on_a_burst, 0), 0,
	    "a signal that comes twice at once is one");
}

int
main(void)
{
	test_timers();
	test_until();
	test_signals();
	test_second_signal();
	return done_testing();
}
