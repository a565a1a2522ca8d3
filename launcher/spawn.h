/* SPDX-License-Identifier: ISC */
/*
 * Starting a child that cannot outlive its parent.
 *
 * posix_spawn() cannot set the signal that a process gets when its parent
 * dies, and a fork that runs code of ours is what we avoid.  So a child is
 * started in two steps: the launcher spawns itself, as
 *
 *	cheapster --child-of=PID PROGRAM ARGV0 [ARG ...]
 *
 * and that sets the signal, looks whether the parent is still there, and
 * becomes the program.  The process id stays the same.
 *
 * The signal is SIGKILL: every program of ours survives that by design, and
 * one that hangs must not keep sockets and ports that the next launcher needs.
 * Each child leads a process group of its own, so that Ctrl-C reaches only
 * the launcher, which stops them in order.
 */
#ifndef LAUNCHER_SPAWN_H
#define LAUNCHER_SPAWN_H

#include <sys/types.h>

#include <stdbool.h>

#include "common/err.h"

/*
 * The child has /dev/null as stdin, our stdout, stderr_fd as stderr, extra_fd
 * as descriptor extra_fd_as, no other that is close-on-exec, and the default
 * action for all signals.  Its environment is ours, and variable if it is not
 * NULL.
 */
bool spawn_child(const char *path, char *const argv[], char *variable,
    int stderr_fd, int extra_fd, int extra_fd_as, pid_t *out_pid,
    struct err *err);

/* To be called first in main(): does not return when argv is the second
 * step's. */
void spawn_second_step(int argc, char **argv);

#endif
