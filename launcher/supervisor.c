/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <event2/event.h>

#include "launcher/supervisor.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"

#define NS_PER_MS INT64_C(1000000)
#define GOOD_RUN_NS INT64_C(10000000000)
#define KILL_WAIT_MS 1000

struct slot {
	struct child child;
	struct supervisor *supervisor;
	bool is_left_out;
};

static void
restart_later(struct supervisor *s, struct child *c, const char *status)
{
	/* No jitter: one machine has no herd. */
	int64_t wait_ms = backoff_step_ms(&c->backoff,
	    (uint32_t)(c->backoff.next_ms / 2));

	log_warn("child_exited name=%s %s restart_in_ms=%" PRId64,
	    c->program->name, status, wait_ms);
	s->counters.children_restarted++;
	loop_timer_set_ns(&c->restart, wait_ms * NS_PER_MS);
}

static void
slot_start(void *arg)
{
	struct slot *slot = arg;
	struct supervisor *s = slot->supervisor;
	struct child *c = &slot->child;
	char status[sizeof((struct err *)0)->msg + 16];
	struct err err;

	if (child_start(c, clock_mono_ns(), &err)) {
		s->counters.children_started++;
		s->counters.children_running++;
		return;
	}
	snprintf(status, sizeof status, "error=%s", log_qs(err.msg));
	restart_later(s, c, status);
}

static void
on_child_ready(void *arg)
{
	struct supervisor *s = arg;

	for (size_t i = 0; i < s->n_slots; i++)
		if (!s->slots[i].child.is_ready && !s->slots[i].is_left_out)
			return;
	if (!s->is_ready && s->on_ready != NULL)
		s->on_ready(s->on_ready_arg);
	s->is_ready = true;
}

static bool
is_any_running(void *arg)
{
	struct supervisor *s = arg;

	for (size_t i = 0; i < s->n_slots; i++)
		if (s->slots[i].child.pid != 0)
			return true;
	return false;
}

static void
check_ended(struct supervisor *s, struct child *c, int code, const char *status)
{
	if (code == 0)
		log_info("check_ok name=%s", c->program->name);
	else
		log_err("check_failed name=%s %s", c->program->name, status);
	if (s->exit_code == 0)
		s->exit_code = code;
	if (!is_any_running(s))
		loop_stop(s->loop);
}

static bool
has_sink(const struct supervisor *s)
{
	for (size_t i = 0; i < s->n_slots; i++)
		if (s->slots[i].child.program->is_sink &&
		    !s->slots[i].is_left_out)
			return true;
	return s->has_metric_sink;
}

static void
give_up(struct slot *slot, int code, const char *status)
{
	struct supervisor *s = slot->supervisor;
	const struct program *program = slot->child.program;

	slot->is_left_out = program->is_sink;
	s->counters.children_left_out += slot->is_left_out;
	if (slot->is_left_out && has_sink(s)) {
		log_err("child_exited name=%s %s error=\"bad configuration, "
		    "see its last line: it is left out\"", program->name,
		    status);
		on_child_ready(s);
		return;
	}
	log_err("child_exited name=%s %s error=\"bad configuration, "
	    "see its last line: everything stops\"", program->name, status);
	if (s->exit_code == 0)
		s->exit_code = code;
	loop_stop(s->loop);
}

static void
status_print(char *text, size_t size, pid_t pid, int status)
{
	const char *name;

	if (!WIFSIGNALED(status)) {
		snprintf(text, size, "pid=%jd status=%d", (intmax_t)pid,
		    WEXITSTATUS(status));
		return;
	}
	name = sigabbrev_np(WTERMSIG(status));
	snprintf(text, size, "pid=%jd status=%d signal=SIG%s", (intmax_t)pid,
	    WTERMSIG(status), name != NULL ? name : "?");
}

static void
slot_ended(struct slot *slot, int status)
{
	struct supervisor *s = slot->supervisor;
	struct child *c = &slot->child;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
	char text[80];

	status_print(text, sizeof text, c->pid, status);
	if (clock_mono_ns() - c->started_mono_ns >= GOOD_RUN_NS)
		backoff_reset(&c->backoff);
	child_ended(c);
	s->counters.children_running--;

	if (s->is_check)
		check_ended(s, c, code, text);
	else if (s->is_stopping)
		log_info("child_exited name=%s %s", c->program->name, text);
	else if (code == EX_USAGE || code == EX_CONFIG)
		give_up(slot, code, text);
	else
		restart_later(s, c, text);
}

/* As the first process of a container we also inherit orphans. */
static void
on_sigchld(evutil_socket_t number, short what, void *arg)
{
	struct supervisor *s = arg;
	pid_t pid;
	int status;

	(void)number;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < s->n_slots; i++)
			if (s->slots[i].child.pid == pid) {
				slot_ended(&s->slots[i], status);
				break;
			}
}

bool
supervisor_init(struct supervisor *s, struct loop *loop,
    const struct plan *plan, struct err *err)
{
	memset(s, 0, sizeof *s);
	s->loop = loop;
	s->sigchld = evsignal_new(loop->base, SIGCHLD, on_sigchld, s);
	if (s->sigchld == NULL || event_add(s->sigchld, NULL) == -1) {
		supervisor_fini(s);
		return err_set(err, "SIGCHLD: cannot be watched");
	}
	s->slots = xcalloc(plan->n_programs, sizeof *s->slots);
	s->n_slots = plan->n_programs;
	for (size_t i = 0; i < s->n_slots; i++) {
		s->slots[i].supervisor = s;
		child_init(&s->slots[i].child, &plan->programs[i], loop,
		    on_child_ready, s, slot_start, &s->slots[i]);
	}
	return true;
}

void
supervisor_fini(struct supervisor *s)
{
	for (size_t i = 0; i < s->n_slots; i++)
		child_fini(&s->slots[i].child);
	free(s->slots);
	if (s->sigchld != NULL)
		event_free(s->sigchld);
	s->slots = NULL;
	s->n_slots = 0;
	s->sigchld = NULL;
}

void
supervisor_start(struct supervisor *s)
{
	for (size_t i = 0; i < s->n_slots; i++)
		slot_start(&s->slots[i]);
}

void
supervisor_signal(struct supervisor *s, int number)
{
	for (size_t i = 0; i < s->n_slots; i++)
		child_signal(&s->slots[i].child, number);
}

struct stage_of {
	struct supervisor *supervisor;
	enum stage stage;
};

static bool
is_stage_down(void *arg)
{
	const struct stage_of *of = arg;
	const struct supervisor *s = of->supervisor;

	for (size_t i = 0; i < s->n_slots; i++)
		if (s->slots[i].child.pid != 0 &&
		    s->slots[i].child.program->stage == of->stage)
			return false;
	return true;
}

static void
stage_signal(struct supervisor *s, enum stage stage, int number)
{
	for (size_t i = 0; i < s->n_slots; i++) {
		struct child *c = &s->slots[i].child;

		if (c->pid == 0 || c->program->stage != stage)
			continue;
		if (number == SIGKILL) {
			log_warn("child_killed name=%s pid=%jd "
			    "error=\"did not stop in time\"",
			    c->program->name, (intmax_t)c->pid);
			s->counters.children_killed++;
		}
		child_signal(c, number);
	}
}

void
supervisor_stop(struct supervisor *s, int64_t timeout_ns)
{
	s->is_stopping = true;
	for (size_t i = 0; i < s->n_slots; i++)
		loop_timer_cancel(&s->slots[i].child.restart);
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		struct stage_of of = { s, stage };

		stage_signal(s, stage, SIGTERM);
		if (loop_run_until(s->loop, timeout_ns / NS_PER_MS,
		    is_stage_down, &of))
			continue;
		stage_signal(s, stage, SIGKILL);
		loop_run_until(s->loop, KILL_WAIT_MS, is_stage_down, &of);
	}
}
