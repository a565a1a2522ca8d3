/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/eventfd.h>

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/loop.h"
#include "common/clock.h"
#include "common/log.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define US_PER_S INT64_C(1000000)
#define BURST_NS INT64_C(200000000)	/* one wish, said twice */

/*
 * Not libevent's signal events: their callbacks wait for the loop, and a sink
 * blocked in write() has to see the first signal and obey the second.
 */
static volatile sig_atomic_t seen_stop, seen_hangup, seen_usr1;
static volatile sig_atomic_t handler_fd = -1;

static int64_t stop_seen_ns;		/* the handler's own */

static const int handled[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

static void
on_stop_signal(int number)
{
	int64_t now_ns = clock_mono_ns();

	if (seen_stop == 0) {
		seen_stop = number;
		stop_seen_ns = now_ns;
	} else if (now_ns - stop_seen_ns > BURST_NS) {
		_exit(128 + number);
	}
}

static void
on_signal(int number)
{
	static const uint64_t one = 1;
	int saved_errno = errno;
	ssize_t n;

	switch (number) {
	case SIGHUP:
		seen_hangup = 1;
		break;
	case SIGUSR1:
		seen_usr1 = 1;
		break;
	default:
		on_stop_signal(number);
		break;
	}
	n = write(handler_fd, &one, sizeof one);
	(void)n;	/* a full eventfd wakes up the loop as well */
	errno = saved_errno;
}

int
loop_signal_pending(void)
{
	return (int)seen_stop;
}

static void
signal_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++)
		sigaddset(set, handled[i]);
}

static void
signals_block(void)
{
	sigset_t set;

	signal_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void
signals_unblock(void)
{
	sigset_t set;

	signal_set(&set);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void
signals_install(void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };

	signal_set(&sa.sa_mask);
	for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++)
		sigaction(handled[i], &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGXFSZ, &sa, NULL);	/* as a full disk */
}

static void
on_wakeup(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	uint64_t n;

	(void)what;
	if (read(fd, &n, sizeof n) == -1)
		return;

	if (seen_stop != 0 && loop->stop_signal == 0) {
		loop->stop_signal = (int)seen_stop;
		loop_stop(loop);
	}
	if (seen_hangup != 0) {
		seen_hangup = 0;
		if (loop->on_hangup != NULL)
			loop->on_hangup(loop->hook_arg);
	}
	if (seen_usr1 != 0) {
		seen_usr1 = 0;
		if (loop->on_usr1 != NULL)
			loop->on_usr1(loop->usr1_arg);
	}
}

/*
 * No cached time: a callback may block for seconds and then set a timer,
 * which would otherwise count from before.
 */
static struct event_base *
base_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return NULL;
	if (event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

bool
loop_init(struct loop *loop, struct err *err)
{
	memset(loop, 0, sizeof *loop);
	loop->wakeup_fd = -1;
	assert(handler_fd == -1);
	signals_block();

	loop->base = base_new();
	if (loop->base == NULL)
		return err_set(err, "event loop: cannot be made");
	loop->wakeup_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wakeup_fd == -1) {
		err_set(err, "eventfd: %s", strerror(errno));
		goto out;
	}
	loop->wakeup = event_new(loop->base, loop->wakeup_fd,
	    EV_READ | EV_PERSIST, on_wakeup, loop);
	if (loop->wakeup == NULL || event_add(loop->wakeup, NULL) == -1) {
		err_set(err, "event loop: out of memory");
		goto out;
	}
	seen_stop = seen_hangup = seen_usr1 = 0;
	handler_fd = loop->wakeup_fd;
	signals_install(on_signal);
	return true;
out:
	loop_fini(loop);
	return false;
}

/* Blocked signals stay so: the process is about to end. */
void
loop_fini(struct loop *loop)
{
	if (loop->base == NULL)
		return;
	signals_block();
	signals_install(SIG_DFL);
	handler_fd = -1;
	if (loop->wakeup != NULL)
		event_free(loop->wakeup);
	if (loop->wakeup_fd != -1)
		close(loop->wakeup_fd);
	event_base_free(loop->base);
	memset(loop, 0, sizeof *loop);
	loop->wakeup_fd = -1;
}

void
loop_run(struct loop *loop)
{
	signals_unblock();
	while (!loop->is_stopped)
		if (event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) == -1)
			log_die(EX_OSERR, "event_loop_failed error=%s",
			    log_qs(strerror(errno)));
}

void
loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
	event_base_loopbreak(loop->base);
}

static void
on_deadline(void *arg)
{
	*(bool *)arg = true;
}

bool
loop_run_until(struct loop *loop, int64_t ms, bool (*done)(void *arg),
    void *arg)
{
	struct loop_timer deadline;
	bool is_late = false;
	bool is_done;

	loop_timer_init(&deadline, loop, on_deadline, &is_late);
	loop_timer_set_ns(&deadline, ms * NS_PER_MS);
	signals_unblock();
	while (!(is_done = done != NULL && done(arg)) && !is_late)
		event_base_loop(loop->base, EVLOOP_ONCE);
	loop_timer_fini(&deadline);
	return is_done;
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	t->fn(t->arg);
}

void
loop_timer_init(struct loop_timer *t, struct loop *loop, void (*fn)(void *arg),
    void *arg)
{
	t->event = evtimer_new(loop->base, on_timeout, t);
	if (t->event == NULL)
		log_die(EX_OSERR, "out_of_memory");
	t->fn = fn;
	t->arg = arg;
}

void
loop_timer_fini(struct loop_timer *t)
{
	if (t->event != NULL)
		event_free(t->event);
	t->event = NULL;
}

void
loop_timer_set_ns(struct loop_timer *t, int64_t delay_ns)
{
	int64_t us = delay_ns <= 0 ? 0 : (delay_ns - 1) / NS_PER_US + 1;
	struct timeval tv = {
		.tv_sec = us / US_PER_S,
		.tv_usec = us % US_PER_S,
	};

	if (evtimer_add(t->event, &tv) == -1)
		log_die(EX_OSERR, "out_of_memory");
}

void
loop_timer_cancel(struct loop_timer *t)
{
	if (t->event != NULL)
		evtimer_del(t->event);
}

bool
loop_timer_is_set(const struct loop_timer *t)
{
	return t->event != NULL && evtimer_pending(t->event, NULL);
}
