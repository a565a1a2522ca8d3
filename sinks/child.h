/* SPDX-License-Identifier: ISC */
/*
 * A child process that is asked one line at a time: a line to its stdin, one
 * line back from its stdout, each within a deadline.  Its stderr is ours.
 *
 * The command is run directly, never through a shell.
 */
#ifndef SINKS_CHILD_H
#define SINKS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/str.h"

#define CHILD_ANSWER_MAX 256

/* Zero-initialise; child_stop() leaves the zero state. */
struct child {
	pid_t pid;	/* 0: not running */
	int to;		/* its stdin, non-blocking */
	int from;	/* its stdout, non-blocking */
	char answer[CHILD_ANSWER_MAX];
	size_t n_answer;
};

/* argv[0] is looked up in PATH unless it has a slash. */
bool child_start(struct child *c, char **argv, struct err *err);

/*
 * Sends line (without newline) and waits for the answer, which is returned
 * without its newline and is valid until the next call.  False: it died, did
 * not answer in time, answered more than CHILD_ANSWER_MAX bytes, said something
 * before it was asked, or sink_is_stopping(); the child must then be stopped.
 */
bool child_ask(struct child *c, struct str line, int64_t timeout_ms,
    struct str *answer, struct err *err);

/* Closes its stdin, gives it grace_ms to end, then kills it. */
void child_stop(struct child *c, int64_t grace_ms);

#endif
