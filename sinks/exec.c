/* SPDX-License-Identifier: ISC */
/*
 * cheapster-sink-exec: a sink in any language.  The child gets the JSON of
 * one frame per line on stdin and answers each with one line on stdout: "ok",
 * "retry" or "drop", optionally followed by a blank and a reason.  A child
 * that dies, says something else or nothing in time is started anew, and the
 * frame comes again.
 */
#include "config.h"

#include <string.h>

#include "common/sink.h"
#include "common/timestamp.h"

#include "sinks/child.h"

#define GRACE_MS 2000

static int64_t timeout_ns;

static const struct opt options[] = {
	OPT_DURATION("timeout", timeout_ns, "20s",
	    "how long the child may take for one frame"),
	OPT_END
};

struct exec_sink {
	char **argv;
	struct child child;
};

static bool
exec_init(void *self, char **operands, struct err *err)
{
	struct exec_sink *s = self;

	if (operands[0] == NULL)
		return err_set(err, "no command given");
	s->argv = operands;
	return child_start(&s->child, s->argv, err);
}

/* The child is in an unknown state: the next try gets a new one. */
static enum sink_result
give_up(struct exec_sink *s)
{
	child_stop(&s->child, 0);
	return SINK_RETRY;
}

static enum sink_result
exec_write(void *self, const struct sink_frame *frame, struct err *err)
{
	struct exec_sink *s = self;
	struct str answer, verdict;

	if (s->child.pid == 0 && !child_start(&s->child, s->argv, err))
		return SINK_RETRY;
	if (!child_ask(&s->child, frame->json, timeout_ns / NS_PER_MS, &answer,
	    err)) {
		err_wrap(err, "%s", s->argv[0]);
		return give_up(s);
	}
	verdict = str_cut(&answer, ' ');
	if (str_is(verdict, "ok"))
		return SINK_OK;
	if (answer.len == 0)
		answer = STR("no reason given");
	err_set(err, "%s: %.*s", s->argv[0], STR_ARG(answer));
	if (str_is(verdict, "retry"))
		return SINK_RETRY;
	if (str_is(verdict, "drop"))
		return SINK_DROP;
	err_set(err, "%s: answered \"%.*s\", not ok, retry or drop",
	    s->argv[0], STR_ARG(verdict));
	return give_up(s);
}

static void
exec_fini(void *self)
{
	struct exec_sink *s = self;

	child_stop(&s->child, GRACE_MS);
}

/* It could be started, which is all that can be said without a frame. */
static bool
exec_check(void *self, struct err *err)
{
	(void)self;
	(void)err;
	return true;
}

int
main(int argc, char **argv)
{
	static const struct sink_ops ops = {
		.name = "exec",
		.summary = "hands every frame to a child process",
		.synopsis = "COMMAND [ARGUMENT ...]",
		.opts = options,
		.ctx_size = sizeof(struct exec_sink),
		.init = exec_init,
		.write = exec_write,
		.fini = exec_fini,
		.check = exec_check,
	};

	return sink_main(&ops, argc, argv);
}
