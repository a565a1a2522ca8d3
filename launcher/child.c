/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "launcher/child.h"
#include "launcher/spawn.h"
#include "common/log.h"

#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 30000

void
child_init(struct child *c, const struct program *program, struct loop *loop,
    void (*on_ready)(void *arg), void *on_ready_arg,
    void (*on_restart)(void *arg), void *on_restart_arg)
{
	memset(c, 0, sizeof *c);
	c->program = program;
	c->loop = loop;
	c->on_ready = on_ready;
	c->on_ready_arg = on_ready_arg;
	backoff_init(&c->backoff, BACKOFF_MIN_MS, BACKOFF_MAX_MS);
	loop_timer_init(&c->restart, loop, on_restart, on_restart_arg);
}

static void
ready_close(struct child *c)
{
	if (c->ready_event == NULL)
		return;
	event_free(c->ready_event);
	c->ready_event = NULL;
	close(c->ready_fd);
}

void
child_fini(struct child *c)
{
	ready_close(c);
	relay_close(&c->relay);
	loop_timer_fini(&c->restart);
}

static void
on_ready_readable(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;
	char text[16];
	ssize_t n = read(fd, text, sizeof text);

	(void)what;
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	ready_close(c);
	if (n <= 0 || memchr(text, '\n', (size_t)n) == NULL)
		return;
	c->is_ready = true;
	log_info("child_ready name=%s pid=%jd", c->program->name,
	    (intmax_t)c->pid);
	if (c->wants_hangup)
		child_signal(c, SIGHUP);
	c->on_ready(c->on_ready_arg);
}

static bool
ready_open(struct child *c, int *out_write_fd, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_set(err, "pipe: %s", strerror(errno));
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	c->ready_fd = ends[0];
	c->ready_event = event_new(c->loop->base, ends[0],
	    EV_READ | EV_PERSIST, on_ready_readable, c);
	if (c->ready_event == NULL || event_add(c->ready_event, NULL) == -1) {
		if (c->ready_event != NULL)
			ready_close(c);
		else
			close(ends[0]);
		close(ends[1]);
		return err_set(err, "out of memory");
	}
	*out_write_fd = ends[1];
	return true;
}

bool
child_start(struct child *c, int64_t now_mono_ns, struct err *err)
{
	int stderr_fd = -1, ready_fd = -1;
	bool ok;

	c->is_ready = c->wants_hangup = false;
	ok = relay_open(&c->relay, c->loop, c->program->name,
	    c->program->path, &stderr_fd, err) && ready_open(c, &ready_fd, err) &&
	    spawn_child(c->program->path, c->program->argv,
	    c->program->variable, stderr_fd, ready_fd, PLAN_READY_FD, &c->pid,
	    err);
	if (stderr_fd != -1)
		close(stderr_fd);
	if (ready_fd != -1)
		close(ready_fd);
	if (!ok) {
		child_ended(c);
		return false;
	}
	c->started_mono_ns = now_mono_ns;
	log_info("child_started name=%s pid=%jd", c->program->name,
	    (intmax_t)c->pid);
	return true;
}

void
child_ended(struct child *c)
{
	c->pid = 0;
	c->is_ready = c->wants_hangup = false;
	ready_close(c);
	relay_close(&c->relay);
}

void
child_signal(struct child *c, int number)
{
	if (c->pid == 0)
		return;
	if ((number == SIGHUP || number == SIGUSR1) && !c->is_ready) {
		c->wants_hangup |= number == SIGHUP;
		return;
	}
	c->wants_hangup = false;
	kill(c->pid, number);
}
