/* SPDX-License-Identifier: ISC */
/*
 * Standard output of a filter: whole lines, and an end of the process when
 * nobody reads them any more.
 */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include "common/loop.h"
#include "common/str.h"

struct event;

struct output {
	struct loop *loop;
	struct event *on_closed;
	bool is_closed;		/* the reader is gone */
};

/* Stops the loop when stdout is a pipe whose reader goes away. */
void output_init(struct output *o, struct loop *loop);
void output_fini(struct output *o);

/*
 * Writes all of it, waiting for a slow reader but not beyond a signal to
 * stop.  False: closed, or told to stop; the loop is being stopped.  Exits
 * with 74 when writing fails for another reason.
 */
bool output_write(struct output *o, struct str bytes);

#endif
