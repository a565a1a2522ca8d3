/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/sink.h"
#include "common/timestamp.h"

#include "sinks/child.h"

#define POLL_SLICE_MS 100	/* how soon a request to stop is noticed */
#define DEATH_SLICE_MS 10

/* The child gets the default signals, none of them blocked. */
static void
reset_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setflags(attr,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int
spawn(pid_t *pid, char **argv, int in, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	reset_signals(&attr);
	error = posix_spawnp(pid, argv[0], &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return error;
}

bool
child_start(struct child *c, char **argv, struct err *err)
{
	int in[2], out[2], error;

	if (pipe2(in, O_CLOEXEC) == -1)
		return err_set(err, "pipe: %s", strerror(errno));
	if (pipe2(out, O_CLOEXEC) == -1) {
		err_set(err, "pipe: %s", strerror(errno));
		close(in[0]);
		close(in[1]);
		return false;
	}
	error = spawn(&c->pid, argv, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	if (error != 0) {
		close(in[1]);
		close(out[0]);
		c->pid = 0;
		return err_set(err, "%s: %s", argv[0], strerror(error));
	}
	c->to = in[1];
	c->from = out[0];
	c->n_answer = 0;
	fcntl(c->to, F_SETFL, O_NONBLOCK);
	fcntl(c->from, F_SETFL, O_NONBLOCK);
	return true;
}

/* Waits until fd is ready; false at the deadline or when asked to stop. */
static bool
wait_for(int fd, short events, int64_t deadline_mono_ns, struct err *err)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left_ms =
		    (deadline_mono_ns - clock_mono_ns()) / NS_PER_MS;

		if (sink_is_stopping())
			return err_set(err, "interrupted by a request to stop");
		if (left_ms <= 0)
			return err_set(err, "no answer in time");
		if (poll(&p, 1, left_ms < POLL_SLICE_MS ? (int)left_ms :
		    POLL_SLICE_MS) > 0)
			return true;
	}
}

static bool
send_all(struct child *c, struct str text, int64_t deadline_mono_ns,
    struct err *err)
{
	while (text.len > 0) {
		ssize_t n = write(c->to, text.p, text.len);

		if (n >= 0) {
			text.p += n;
			text.len -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (!wait_for(c->to, POLLOUT, deadline_mono_ns, err))
				return false;
		} else if (errno != EINTR) {
			return err_set(err, "write to the child: %s",
			    strerror(errno));
		}
	}
	return true;
}

static bool
receive_line(struct child *c, int64_t deadline_mono_ns, struct str *answer,
    struct err *err)
{
	c->n_answer = 0;
	for (;;) {
		ssize_t n = read(c->from, c->answer + c->n_answer,
		    sizeof c->answer - c->n_answer);

		if (n == 0)
			return err_set(err, "the child has ended");
		if (n == -1 && errno == EAGAIN) {
			if (!wait_for(c->from, POLLIN, deadline_mono_ns, err))
				return false;
			continue;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(err, "read from the child: %s",
			    strerror(errno));
		c->n_answer += (size_t)n;
		if (c->answer[c->n_answer - 1] == '\n')
			break;
		if (c->n_answer == sizeof c->answer)
			return err_set(err, "the child's answer is too long");
	}
	*answer = (struct str){ c->answer, c->n_answer - 1 };
	if (memchr(answer->p, '\n', answer->len) != NULL)
		return err_set(err, "the child answered more than one line");
	return true;
}

/* What it said by itself would be taken for the answer. */
static bool
check_silent(struct child *c, struct err *err)
{
	ssize_t n = read(c->from, c->answer, sizeof c->answer);

	if (n == 0)
		return err_set(err, "the child has ended");
	return n == -1 || err_set(err, "the child spoke unasked");
}

bool
child_ask(struct child *c, struct str line, int64_t timeout_ms,
    struct str *answer, struct err *err)
{
	int64_t deadline_mono_ns = clock_mono_ns() + timeout_ms * NS_PER_MS;

	return check_silent(c, err) &&
	    send_all(c, line, deadline_mono_ns, err) &&
	    send_all(c, STR("\n"), deadline_mono_ns, err) &&
	    receive_line(c, deadline_mono_ns, answer, err);
}

/* False at the deadline.  What it still says is read, so that it can end. */
static bool
wait_dead(struct child *c, int64_t deadline_mono_ns)
{
	struct pollfd p = { .fd = c->from, .events = POLLIN };
	char scrap[CHILD_ANSWER_MAX];

	while (waitpid(c->pid, NULL, WNOHANG) == 0) {
		if (clock_mono_ns() >= deadline_mono_ns)
			return false;
		/* An end of file is not yet the end of the process. */
		if (poll(&p, 1, DEATH_SLICE_MS) > 0 &&
		    read(c->from, scrap, sizeof scrap) == 0)
			p.fd = -1;
	}
	return true;
}

void
child_stop(struct child *c, int64_t grace_ms)
{
	if (c->pid == 0)
		return;
	close(c->to);
	if (!wait_dead(c, clock_mono_ns() + grace_ms * NS_PER_MS)) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
	close(c->from);
	memset(c, 0, sizeof *c);
}
