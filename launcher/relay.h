/* SPDX-License-Identifier: ISC */
/*
 * A child's stderr on its way to ours: line by line, each with the child's
 * name before it, in place of the program's own ("cheapster-collector: ") if
 * the line begins with that.  A syslog priority ("<6>") that a line begins
 * with stays first.  A line longer than RELAY_LINE_MAX goes on in further
 * lines.
 */
#ifndef LAUNCHER_RELAY_H
#define LAUNCHER_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/loop.h"

#define RELAY_LINE_MAX 8192

struct relay {
	const char *name;	/* borrowed */
	const char *program;	/* file name; borrowed */
	struct event *event;	/* NULL: closed */
	int fd;
	size_t len;
	char line[RELAY_LINE_MAX];
};

/* path: of the program.  write_fd is close-on-exec and the caller's. */
bool relay_open(struct relay *r, struct loop *loop, const char *name,
    const char *path, int *out_write_fd, struct err *err);

/* Forwards what is there already, then closes. */
void relay_close(struct relay *r);

#endif
